#include "engine_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "gateway/keeper.h"
#include "gateway/own_certificate.h"

#define WAIT_TRIES 3000 /* of 10 ms */

static struct fixture f;
static struct settings *settings;
static struct signet_client *client;
static struct tls *tls;

static void configure(const char *more)
{
	struct error err = {0};
	fixture_configure(&f, arena_printf(f.arena, "%s%s", fixture_sections, more));
	settings_free(settings);
	settings = NULL;
	if (settings_load(&settings, f.config, &err))
		fail_msg("%s", err.message);
}

static int setup(void **state)
{
	(void)state;
	char path[FIXTURE_PATH];
	struct error err = {0};
	fixture_make(&f, fixture_sections);
	configure("");
	fixture_path(&f, "gateway", path);
	assert_int_equal(mkdir(path, 0700), 0);
	fixture_path(&f, "run/request.sock", path);
	engine_peer_start(&f);
	assert_int_equal(signet_client_open(&client, path, &err), 0);
	return tls_new(&tls, &err);
}

static int teardown(void **state)
{
	(void)state;
	clock_freeze(0);
	tls_free(tls);
	signet_client_close(client);
	engine_peer_stop();
	settings_free(settings);
	settings = NULL;
	fixture_end(&f);
	return 0;
}

/* The content of the file of the gateway's own certificate. */
static char *read_own(void)
{
	char path[FIXTURE_PATH];
	struct error err = {0};
	_cleanup_secret_ struct buffer text = BUFFER_MAX(LIMIT_PEM_FILE);
	fixture_path(&f, "gateway/tls.pem", path);
	assert_int_equal(file_read(&text, path, &err), 0);
	char *copy = arena_text(f.arena, buffer_bytes(&text));
	assert_non_null(copy);
	return copy;
}

static void the_own_certificate_is_in_place(void **state)
{
	(void)state;
	struct keeper *keeper;
	struct error err = {0};
	if (keeper_start(&keeper, settings, client, tls, &err))
		fail_msg("%s", err.message);
	const char *first = read_own();
	keeper_stop(keeper);
	assert_int_equal(keeper_start(&keeper, settings, client, tls, &err), 0);
	keeper_stop(keeper);
	assert_string_equal(read_own(), first);
}

static void it_is_renewed_in_time(void **state)
{
	(void)state;
	struct keeper *keeper;
	struct error err = {0};
	struct own_certificate own = OWN_CERTIFICATE_EMPTY;
	assert_int_equal(own_certificate_request(&own, settings, client, &err), 0);
	const char *first = read_own();
	/* a moment before, it is used as it is; then the keeper does not wait */
	clock_freeze(own.renew_at - 1);
	assert_int_equal(keeper_start(&keeper, settings, client, tls, &err), 0);
	keeper_stop(keeper);
	assert_string_equal(read_own(), first);
	clock_freeze(own.renew_at);
	assert_int_equal(keeper_start(&keeper, settings, client, tls, &err), 0);
	for (int i = 0; i < WAIT_TRIES && strcmp(read_own(), first) == 0; i++)
		nanosleep(&(struct timespec){0, 10000000}, NULL);
	keeper_stop(keeper);
	assert_string_not_equal(read_own(), first);
	own_certificate_clear(&own);
}

static void a_refusal_of_the_engine_is_told(void **state)
{
	(void)state;
	struct keeper *keeper = NULL;
	struct error err = {0};
	settings->hostname = "elsewhere.example.com"; /* not what the engine's configuration says */
	assert_int_equal(keeper_start(&keeper, settings, client, tls, &err), SIGNET_E_DENIED);
	assert_null(keeper);
}

static void the_configured_certificate_is_taken(void **state)
{
	(void)state;
	struct keeper *keeper;
	struct error err = {0};
	configure("tls: {certificate: issuing.pem, key: issuing.key}\n");
	assert_int_equal(keeper_check(settings, &err), 0);
	assert_int_equal(keeper_start(&keeper, settings, client, tls, &err), 0);
	keeper_stop(keeper);
}

static void unusable_sections_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *section, *said;
	} wrong[] = {
		{"tls: {certificate: issuing.pem, key: none.key}\n", "tls.key: cannot read none.key"},
		{"tls: {certificate: issuing.pem, key: other.key}\n", "do not match"},
		{"tls: {certificate: issuing.key, key: issuing.key}\n", "does not parse"},
		{"tls: {certificate: issuing.pem, key: issuing.pem}\n", "does not parse"},
	};
	fixture_write_key(&f, "other.key", f.key, NULL);
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct error err = {0};
		struct keeper *keeper = NULL;
		configure(wrong[i].section);
		assert_int_equal(keeper_check(settings, &err), SIGNET_E_CONFIG);
		if (!strstr(err.message, wrong[i].said) || !strstr(err.message, "signet.yaml:"))
			fail_msg("%s: %s", wrong[i].section, err.message);
		assert_true(keeper_start(&keeper, settings, client, tls, &err) < 0);
		assert_null(keeper);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_own_certificate_is_in_place),
		TEST(it_is_renewed_in_time),
		TEST(a_refusal_of_the_engine_is_told),
		TEST(the_configured_certificate_is_taken),
		TEST(unusable_sections_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
