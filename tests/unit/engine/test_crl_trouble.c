#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "engine/crl_trouble.h"

static struct crl_troubles troubles;
static FILE *said;
static int standard;

static int setup(void **state)
{
	(void)state;
	memset(&troubles, 0, sizeof troubles);
	said = tmpfile();
	standard = dup(STDERR_FILENO);
	return !said || standard < 0 || dup2(fileno(said), STDERR_FILENO) < 0;
}

static int teardown(void **state)
{
	(void)state;
	dup2(standard, STDERR_FILENO);
	close(standard);
	fclose(said);
	return 0;
}

/* Lines of the log with this text. */
static unsigned count(const char *text)
{
	char line[4200];
	unsigned lines = 0;
	rewind(said);
	while (fgets(line, sizeof line, said))
		lines += strstr(line, text) != NULL;
	return lines;
}

static void note(const char *name, int code, const char *message)
{
	struct error err = {0};
	error_set(&err, code, "%s", message);
	crl_trouble_note(&troubles, name, "interval", &err);
}

static void a_trouble_is_said_when_it_begins_and_ends(void **state)
{
	(void)state;
	for (unsigned i = 0; i < 5; i++) {
		note("issuing", SIGNET_E_FULL, "issuing.crl: no space left");
		note("issuing", SIGNET_E_FULL, "issuing-1.crl: no space left");
	}
	assert_int_equal(count("event=crl-failed"), 1);
	assert_int_equal(count("authority=issuing due=interval code=full"), 1);
	crl_trouble_end(&troubles, "issuing");
	crl_trouble_end(&troubles, "issuing");
	assert_int_equal(count("event=crl-recovered authority=issuing"), 1);
	note("issuing", SIGNET_E_FULL, "issuing.crl: no space left");
	assert_int_equal(count("event=crl-failed"), 2);
}

static void others_are_said_too(void **state)
{
	(void)state;
	note("issuing", SIGNET_E_FULL, "full");
	note("other", SIGNET_E_FULL, "full");
	note("issuing", SIGNET_E_IO, "broken");
	assert_int_equal(count("event=crl-failed"), 3);
	crl_trouble_end(&troubles, "other");
	note("issuing", SIGNET_E_FULL, "full");
	note("issuing", SIGNET_E_IO, "broken");
	assert_int_equal(count("event=crl-failed"), 3);
}

static void more_than_are_remembered_are_said_each_time(void **state)
{
	(void)state;
	char name[16];
	for (unsigned i = 0; i < CRL_TROUBLES_MAX; i++) {
		snprintf(name, sizeof name, "a%u", i);
		note(name, SIGNET_E_IO, "broken");
	}
	note("last", SIGNET_E_IO, "broken");
	note("last", SIGNET_E_IO, "broken");
	assert_int_equal(count("authority=last"), 2);
	assert_int_equal(troubles.count, CRL_TROUBLES_MAX);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_trouble_is_said_when_it_begins_and_ends),
		TEST(others_are_said_too),
		TEST(more_than_are_remembered_are_said_each_time),
	};
	log_setup("test", LOG_INFO, false);
	return cmocka_run_group_tests(tests, NULL, NULL);
}
