#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "publisher/exits.h"
#include "publisher/publisher.h"

static struct settings *parse(const char *exits)
{
	char text[1024];
	snprintf(text, sizeof text, "state: /tmp/signet-no-such\nprofiles: {tls: {}}\nauthorities: {issuing: {}}\nexit:\n%s", exits);
	struct settings *settings;
	struct error err = {0};
	if (settings_parse(&settings, "/etc/t.yaml", bytes_text(text), &err))
		fail_msg("%s", err.message);
	return settings;
}

static void instances_are_configured(void **state)
{
	(void)state;
	struct settings *settings = parse("  - file: {directory: a, events: [issued]}\n"
	                                  "  - file: {directory: b, name: second, tries: 0}\n");
	struct exits *exits;
	assert_int_equal(exits_load(&exits, settings, NULL), 0);
	assert_int_equal(exits->count, 2);
	assert_string_equal(exits->items[0].name, "file");
	assert_int_equal(exits->items[0].kinds, SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED));
	assert_int_equal(exits->items[0].tries, 50);
	assert_string_equal(exits->items[1].name, "second");
	assert_int_equal(exits->items[1].tries, 0);
	/* without `events`: all that the module can publish */
	assert_int_equal(exits->items[1].kinds, exits->items[1].module->events);
	assert_true(exits->items[1].kinds & SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED));
	exits_free(exits);
	settings_free(settings);
}

static void profiles_choose_among_events(void **state)
{
	(void)state;
	struct settings *settings = parse("  - file: {directory: a}\n"
	                                  "  - file: {directory: b, name: second, profiles: [tls, gateway]}\n");
	struct exits *exits;
	struct signet_event event = {.profile = "tls"};
	assert_int_equal(exits_load(&exits, settings, NULL), 0);
	assert_true(exits_wants(&exits->items[0], &event));
	assert_true(exits_wants(&exits->items[1], &event));
	event.profile = "gateway";
	assert_true(exits_wants(&exits->items[1], &event));
	event.profile = "other";
	assert_true(exits_wants(&exits->items[0], &event));
	assert_false(exits_wants(&exits->items[1], &event));
	/* of an authority */
	event.profile = "";
	assert_true(exits_wants(&exits->items[1], &event));
	event.profile = NULL;
	assert_true(exits_wants(&exits->items[1], &event));
	exits_free(exits);
	settings_free(settings);
}

static void no_exit_is_no_error(void **state)
{
	(void)state;
	struct settings *settings = parse("  []\n");
	struct exits *exits;
	assert_int_equal(exits_load(&exits, settings, NULL), 0);
	assert_int_equal(exits->count, 0);
	exits_free(exits);
	assert_int_equal(publisher_check(settings, NULL), 0);
	settings_free(settings);
	exits_free(NULL);
}

static void errors_name_the_line(void **state)
{
	(void)state;
	static const struct {
		const char *exits;
		const char *part;
	} cases[] = {
		{"  - nonsense: {}\n", "no module 'nonsense'"},
		{"  - file: {directory: a, events: [born]}\n", "'born' is no kind of event"},
		{"  - file: {directory: a, events: [pending]}\n", "does not publish 'pending'"},
		{"  - file: {directory: a, events: []}\n", "is empty"},
		{"  - file: {directory: a, directroy: b}\n", "directroy"},
		{"  - file: {directory: a, profiles: []}\n", "profiles: is empty"},
		{"  - file: {directory: a, profiles: [tls, none]}\n", "there is no profile 'none'"},
		{"  - file: {directory: a, tries: -1}\n", "tries"},
		{"  - file: {directory: a, tries: many}\n", "tries"},
		{"  - file: {directory: a, authorities: [issuing, none]}\n",
		 "authorities: there is no authority 'none'"},
		{"  - file: {}\n", "'directory' is missing"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct settings *settings = parse(cases[i].exits);
		struct exits *exits = NULL;
		struct error err = {0};
		assert_int_equal(exits_load(&exits, settings, &err), SIGNET_E_CONFIG);
		assert_null(exits);
		if (!strstr(err.message, cases[i].part) || !strstr(err.message, "t.yaml:5: "))
			fail_msg("%s", err.message);
		err = (struct error){0};
		assert_int_equal(publisher_check(settings, &err), SIGNET_E_CONFIG);
		settings_free(settings);
	}
}

static void state_directory_too_deep_for_a_socket_is_said(void **state)
{
	(void)state;
	char text[400] = "state: /";
	memset(text + 8, 'a', 200);
	memcpy(text + 208, "\n", 2);
	struct settings *settings;
	assert_int_equal(settings_parse(&settings, "/etc/t.yaml", bytes_text(text), NULL), 0);
	struct error err = {0};
	assert_int_equal(publisher_check(settings, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "shorter state directory"));
	settings_free(settings);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(instances_are_configured),
		cmocka_unit_test(profiles_choose_among_events),
		cmocka_unit_test(no_exit_is_no_error),
		cmocka_unit_test(errors_name_the_line),
		cmocka_unit_test(state_directory_too_deep_for_a_socket_is_said),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
