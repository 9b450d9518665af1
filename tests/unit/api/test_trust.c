#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/trust.h"
#include "base/file.h"

#define BLOCK(label) "-----BEGIN " label "-----\nMAA=\n-----END " label "-----\n"

static char path[] = "/tmp/signet-trust-XXXXXX";
static struct conf *conf;
static struct error err;

static int make_file(void **state)
{
	(void)state;
	int fd = mkstemp(path);
	close(fd);
	return fd < 0 || conf_parse(&conf, "t.yaml", bytes_text("\nca: x\n"), NULL);
}

static int remove_file(void **state)
{
	(void)state;
	conf_free(conf);
	return unlink(path);
}

static int check(const char *content)
{
	assert_int_equal(file_write(path, bytes_text(content), 0600, FILE_REPLACE, NULL), 0);
	return trust_check(path, conf_find(conf_root(conf), "ca"), &err);
}

static void refuses(const char *content, const char *why)
{
	char message[200];
	snprintf(message, sizeof message, "t.yaml:2: ca: %s: %s", path, why);
	assert_int_equal(check(content), SIGNET_E_CONFIG);
	assert_string_equal(err.message, message);
}

static void certificates_are_taken(void **state)
{
	(void)state;
	assert_int_equal(check(BLOCK("CERTIFICATE")), 0);
	assert_int_equal(check("a root\n" BLOCK("CERTIFICATE") "another\n" BLOCK("CERTIFICATE")), 0);
}

static void other_content_is_refused(void **state)
{
	(void)state;
	refuses("", "holds no certificates in PEM");
	refuses("word\n", "holds no certificates in PEM");
	refuses(BLOCK("CERTIFICATE") "-----BEGIN CERTIFICATE-----\nMAA=\n",
	        "holds no certificates in PEM");
	refuses(BLOCK("CERTIFICATE") BLOCK("PRIVATE KEY"), "holds a PRIVATE KEY");
}

static void a_missing_file_is_refused(void **state)
{
	(void)state;
	assert_int_equal(trust_check("/nonexistent/ca", conf_find(conf_root(conf), "ca"), &err),
	                 SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "t.yaml:2: ca: "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_are_taken),
		cmocka_unit_test(other_content_is_refused),
		cmocka_unit_test(a_missing_file_is_refused),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
