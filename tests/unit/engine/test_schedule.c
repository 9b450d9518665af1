#include "fixture.h"

#include "engine/schedule.h"

static int load(const char *text, struct schedule *out, struct error *err)
{
	struct conf *conf;
	assert_int_equal(conf_parse(&conf, "signet.yaml", bytes_text(text), err), 0);
	const struct conf_node *root = conf_root(conf);
	int result = schedule_load(out, conf_find(root, "pending"), conf_find(root, "expiring"), err);
	conf_free(conf);
	return result;
}

static void without_a_word_requests_wait_a_month(void **state)
{
	struct schedule s;
	struct error err = {0};
	(void)state;
	assert_int_equal(load("state: x", &s, &err), 0);
	assert_int_equal(s.pending, 30 * 86400);
	assert_int_equal(s.warning_count, 0);
	assert_int_equal(load("pending: {}\nexpiring: []\n", &s, &err), 0);
	assert_int_equal(s.pending, 30 * 86400);
}

static void times_are_read(void **state)
{
	struct schedule s;
	struct error err = {0};
	(void)state;
	assert_int_equal(load("pending: {expires: 12h}\nexpiring: [30d, 7d, 1h]\n", &s, &err), 0);
	assert_int_equal(s.pending, 12 * 3600);
	assert_int_equal(s.warning_count, 3);
	assert_int_equal(s.warnings[0], 30 * 86400);
	assert_int_equal(s.warnings[2], 3600);
	assert_false(s.renewed);
	assert_int_equal(load("expiring: {before: [7d], renewed: true}\n", &s, &err), 0);
	assert_int_equal(s.warning_count, 1);
	assert_true(s.renewed);
	assert_int_equal(load("pending: {expires: 0}\n", &s, &err), 0);
	assert_int_equal(s.pending, 0);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{"pending: {expire: 1d}\n", "signet.yaml:1: pending.expire"},
		{"pending: {expires: soon}\n", "signet.yaml:1: pending.expires"},
		{"expiring: {renewed: true}\n", "signet.yaml:1: expiring: has no 'before'"},
		{"expiring: {before: 7d}\n", "signet.yaml:1: expiring.before"},
		{"expiring: {before: [7d], all: true}\n", "signet.yaml:1: expiring.all"},
		{"expiring: 30d\n", "signet.yaml:1: expiring"},
		{"expiring: [30d, 0]\n", "must be longer than 0"},
		{"expiring: [7d, 1w]\n", "stands here twice"},
		{"expiring: [month]\n", "signet.yaml:1: expiring"},
		{"expiring: [1s, 2s, 3s, 4s, 5s, 6s, 7s, 8s, 9s, 10s, 11s, 12s, 13s, 14s, 15s, 16s, "
		 "17s]\n", "more than 16"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct schedule s;
		struct error err = {0};
		assert_int_equal(load(wrong[i].text, &s, &err), SIGNET_E_CONFIG);
		if (!strstr(err.message, wrong[i].message))
			fail_msg("%s", err.message);
	}
}

static void times_are_said_in_the_greatest_unit(void **state)
{
	struct arena *arena = arena_new(4096);
	(void)state;
	assert_string_equal(schedule_text(arena, 30 * 86400), "30 days");
	assert_string_equal(schedule_text(arena, 86400), "1 day");
	assert_string_equal(schedule_text(arena, 36 * 3600), "36 hours");
	assert_string_equal(schedule_text(arena, 90), "90 seconds");
	assert_string_equal(schedule_text(arena, 60), "1 minute");
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_word_requests_wait_a_month),
		cmocka_unit_test(times_are_read),
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(times_are_said_in_the_greatest_unit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
