#include "tests/unit/conf/document.h"

#include <stdio.h>

#include "base/buffer.h"
#include "base/limits.h"
#include "conf/instance.h"

struct section {
	struct conf *conf;
	struct instance *list;
	size_t count;
	struct error err;
};

static int read_section(struct section *s, const char *text, bool with_profiles)
{
	*s = (struct section){.conf = parse(text)};
	return instance_list_read(&s->list, &s->count, conf_find(conf_root(s->conf), "s"),
	                          with_profiles, &s->err);
}

static void drop_section(struct section *s)
{
	instance_list_free(s->list, s->count);
	conf_free(s->conf);
}

static void assert_section_refused(const char *text, bool with_profiles, const char *message)
{
	struct section s;
	assert_int_equal(read_section(&s, text, with_profiles), SIGNET_E_CONFIG);
	assert_string_equal(s.err.message, message);
	drop_section(&s);
}

static void missing_and_empty_sections_have_no_entries(void **state)
{
	(void)state;
	static const char *const texts[] = {"a: 1", "s:", "s: []"};
	for (size_t i = 0; i < 3; i++) {
		struct section s;
		assert_int_equal(read_section(&s, texts[i], true), 0);
		assert_int_equal(s.count, 0);
		drop_section(&s);
	}
}

static void entries_keep_their_order(void **state)
{
	(void)state;
	struct section s;
	assert_int_equal(read_section(&s, "s:\n  - names: {dns: x, name: inside-2}\n  - keys:\n"
	                                  "  - names: {}\n", false), 0);
	assert_int_equal(s.count, 3);
	assert_string_equal(s.list[0].kind, "names");
	assert_string_equal(s.list[0].name, "inside-2");
	assert_non_null(conf_find(s.list[0].node, "dns"));
	assert_string_equal(s.list[1].kind, "keys");
	assert_string_equal(s.list[1].name, "keys");
	assert_int_equal(conf_count(s.list[1].node), 0);
	assert_string_equal(s.list[2].name, "names");
	assert_null(s.list[0].profiles);
	drop_section(&s);
}

static void malformed_entries_are_refused(void **state)
{
	(void)state;
	assert_section_refused("s: {keys: {}}", false, "t.yaml:1: s: must be a list, not a map");
	assert_section_refused("s: keys", false, "t.yaml:1: s: must be a list, not a single value");
	assert_section_refused("s:\n - keys\n", false,
	                       "t.yaml:2: s: must be a map, not a single value");
	assert_section_refused("s:\n - keys: {}\n   names: {}\n", false,
	                       "t.yaml:2: s: an entry is one module's name and its keys, such as "
	                       "'- NAME: {...}', but this one has 2 names");
	assert_section_refused("s: [{}]", false,
	                       "t.yaml:1: s: an entry is one module's name and its keys, such as "
	                       "'- NAME: {...}', but this one has 0 names");
	assert_section_refused("s: [~]", false,
	                       "t.yaml:1: s: an entry is one module's name and its keys, such as "
	                       "'- NAME: {...}', but this one has 0 names");
	assert_section_refused("s:\n - a: {}\n - keys: [x]\n", false,
	                       "t.yaml:3: s.keys: must be a map, not a list");
	assert_section_refused("s: [{keys: x}]", false,
	                       "t.yaml:1: s.keys: must be a map, not a single value");
}

static void kinds_that_could_leave_their_directory_are_refused(void **state)
{
	(void)state;
	static const char *const kinds[] = {"../evil", "a/b", ".", "Keys", "a_b", "a.so", "\xc3\xa9",
	                                    "a234567890123456789012345678901-x"};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		char text[128], message[256];
		snprintf(text, sizeof text, "s: [{%s: }]", kinds[i]);
		snprintf(message, sizeof message, "t.yaml:1: s.%s: a module's name is 1 to 32 of the "
		         "characters a-z, 0-9 and '-'", kinds[i]);
		assert_section_refused(text, false, message);
	}
	struct section s;
	assert_int_equal(read_section(&s, "s: [{a2345678901234567890123456789-32: }]", false), 0);
	drop_section(&s);
}

static void names_have_a_form(void **state)
{
	(void)state;
	static const char *const names[] = {"A", "a b", "a/b", "a_b", "\"\"",
	                                    "a23456789012345678901234567890-33"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		char text[128];
		snprintf(text, sizeof text, "s:\n  - keys:\n      name: %s\n", names[i]);
		assert_section_refused(text, false, "t.yaml:3: s.keys.name: must be 1 to 32 of the "
		                                    "characters a-z, 0-9 and '-'");
	}
	assert_section_refused("s: [{keys: {name: [a]}}]", false,
	                       "t.yaml:1: s.keys.name: must be a single value, not a list");
	assert_section_refused("s: [{keys: {name: }}]", false,
	                       "t.yaml:1: s.keys.name: a value is missing");
}

static void names_are_unique(void **state)
{
	(void)state;
	assert_section_refused("s:\n  - keys:\n  - names:\n  - keys: {}\n", false,
	                       "t.yaml:4: s.keys: the name 'keys' is taken by another entry: give "
	                       "this one a 'name' of its own");
	assert_section_refused("s:\n  - keys: {name: a}\n  - names: {name: a}\n", false,
	                       "t.yaml:3: s.names: the name 'a' is taken by another entry: give "
	                       "this one a 'name' of its own");
	assert_section_refused("s:\n  - keys: {name: names}\n  - names:\n", false,
	                       "t.yaml:3: s.names: the name 'names' is taken by another entry: give "
	                       "this one a 'name' of its own");
}

static void profiles_are_read(void **state)
{
	(void)state;
	struct section s;
	assert_int_equal(read_section(&s, "s:\n  - acme: {profile: web}\n"
	                                  "  - est: {profiles: [a, b]}\n"
	                                  "  - scep: {profiles: one}\n", true), 0);
	assert_int_equal(s.list[0].profile_count, 1);
	assert_string_equal(s.list[0].profiles[0], "web");
	assert_null(s.list[0].profiles[1]);
	assert_int_equal(s.list[1].profile_count, 2);
	assert_string_equal(s.list[1].profiles[1], "b");
	assert_null(s.list[1].profiles[2]);
	assert_int_equal(s.list[2].profile_count, 1);
	assert_string_equal(s.list[2].profiles[0], "one");
	drop_section(&s);
}

static void profiles_are_checked(void **state)
{
	(void)state;
	struct section s;
	assert_int_equal(read_section(&s, "s: [{ocsp: }]", true), 0);
	assert_int_equal(s.list[0].profile_count, 0);
	assert_null(s.list[0].profiles);
	drop_section(&s);
	assert_section_refused("s:\n- acme:\n    profile: a\n    profiles: [b]\n", true,
	                       "t.yaml:4: s.acme.profiles: 'profile' and 'profiles' exclude each "
	                       "other");
	assert_section_refused("s: [{acme: {profiles: []}}]", true,
	                       "t.yaml:1: s.acme.profiles: needs at least one profile");
	assert_section_refused("s: [{acme: {profiles: }}]", true,
	                       "t.yaml:1: s.acme.profiles: needs at least one profile");
	assert_section_refused("s: [{acme: {profile: }}]", true,
	                       "t.yaml:1: s.acme.profile: a value is missing");
	assert_section_refused("s: [{acme: {profile: [a]}}]", true,
	                       "t.yaml:1: s.acme.profile: must be a single value, not a list");
	assert_section_refused("s: [{acme: {profile: ''}}]", true,
	                       "t.yaml:1: s.acme.profile: a profile's name is empty");
	assert_section_refused("s: [{acme: {profiles: [a, b, a]}}]", true,
	                       "t.yaml:1: s.acme.profiles: profile 'a' stands here twice");
	assert_section_refused("s: [{acme: {profiles: {a: b}}}]", true,
	                       "t.yaml:1: s.acme.profiles: must be a list, not a map");
}

static void profiles_have_a_limit(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(65536);
	buffer_append_text(&text, "s: [{acme: {profiles: [");
	for (int i = 0; i < LIMIT_INSTANCE_PROFILES + 1; i++)
		buffer_printf(&text, "p%d, ", i);
	buffer_append_text(&text, "]}}]");
	assert_section_refused(buffer_text(&text), true,
	                       "t.yaml:1: s.acme.profiles: more than 100 profiles");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(missing_and_empty_sections_have_no_entries),
		cmocka_unit_test(entries_keep_their_order),
		cmocka_unit_test(malformed_entries_are_refused),
		cmocka_unit_test(kinds_that_could_leave_their_directory_are_refused),
		cmocka_unit_test(names_have_a_form),
		cmocka_unit_test(names_are_unique),
		cmocka_unit_test(profiles_are_read),
		cmocka_unit_test(profiles_are_checked),
		cmocka_unit_test(profiles_have_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
