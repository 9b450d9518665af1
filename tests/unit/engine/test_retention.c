#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "engine/retention.h"

#define DAY INT64_C(86400)

static int load(struct retention *out, const char *text)
{
	struct conf *conf;
	struct error err = {0};
	assert_int_equal(conf_parse(&conf, "test", bytes_text(text), &err), 0);
	int result = retention_load(out, conf_find(conf_root(conf), "retention"), &err);
	conf_free(conf);
	return result;
}

static void events_alone_go_by_default(void **state)
{
	(void)state;
	struct retention r;
	assert_int_equal(load(&r, ""), 0);
	assert_int_equal(r.expired, RETENTION_NEVER);
	assert_int_equal(r.denied, RETENTION_NEVER);
	assert_int_equal(r.failed, RETENTION_NEVER);
	assert_int_equal(r.events, 30 * DAY);
}

static void each_time_is_read(void **state)
{
	(void)state;
	struct retention r;
	assert_int_equal(load(&r, "retention: {expired: 730d, denied: 90d, failed: 1d, events: never, "
	                          "audit: never}"), 0);
	assert_int_equal(r.expired, 730 * DAY);
	assert_int_equal(r.denied, 90 * DAY);
	assert_int_equal(r.failed, DAY);
	assert_int_equal(r.events, RETENTION_NEVER);
}

static void what_would_take_too_much_is_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"retention: {expired: 29d}", "retention: {expired: 0}", "retention: {events: 1h}",
		"retention: {denied: soon}", "retention: {audit: 90d}", "retention: {other: 1d}",
		"retention: {failed: [1d]}",
	};
	struct retention r;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (load(&r, texts[i]) != SIGNET_E_CONFIG)
			fail_msg("taken: %s", texts[i]);
}

static int check(const char *retention, const char *ocsp, struct error *err)
{
	struct conf *conf;
	struct retention r;
	struct ocsp_settings s;
	char text[256];
	snprintf(text, sizeof text, "%s\n%s\n", retention, ocsp);
	assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text(text), err), 0);
	const struct conf_node *node = conf_find(conf_root(conf), "ocsp");
	assert_int_equal(retention_load(&r, conf_find(conf_root(conf), "retention"), err), 0);
	assert_int_equal(ocsp_settings_load(&s, node, err), 0);
	int result = retention_check_answers(&r, &s, node, err);
	conf_free(conf);
	return result;
}

static void answers_are_kept_as_long_as_they_are_promised(void **state)
{
	(void)state;
	struct error err = {0};
	assert_int_equal(check("retention: {expired: 30d}", "ocsp: {archive-cutoff: 365d, unissued: revoked}",
	                       &err), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "test.yaml:2"));
	assert_non_null(strstr(err.message, "archive-cutoff"));
	assert_int_equal(check("retention: {expired: 30d}", "ocsp: {archive-cutoff: 31d}", &err),
	                 SIGNET_E_CONFIG);
	assert_int_equal(check("retention: {expired: 30d}", "ocsp: {archive-cutoff: 30d}", &err), 0);
	assert_int_equal(check("retention: {expired: never}", "ocsp: {archive-cutoff: 365d}", &err), 0);
	assert_int_equal(check("retention: {expired: 30d}", "ocsp: none", &err), 0);
	assert_int_equal(check("retention: {expired: 30d}", "", &err), 0);
}

static void what_has_gone_is_not_called_revoked_without_notice(void **state)
{
	(void)state;
	struct error err = {0};
	assert_int_equal(check("retention: {expired: 90d}", "ocsp: {unissued: revoked}", &err),
	                 SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "unissued"));
	assert_int_equal(check("retention: {expired: 90d}", "ocsp: {unissued: revoked, archive-cutoff: 90d}",
	                       &err), 0);
	assert_int_equal(check("retention: {denied: 90d}", "ocsp: {unissued: revoked}", &err), 0);
	assert_int_equal(check("retention: {expired: 90d}", "ocsp: {unissued: unknown}", &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(events_alone_go_by_default),
		cmocka_unit_test(each_time_is_read),
		cmocka_unit_test(what_would_take_too_much_is_refused),
		cmocka_unit_test(answers_are_kept_as_long_as_they_are_promised),
		cmocka_unit_test(what_has_gone_is_not_called_revoked_without_notice),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
