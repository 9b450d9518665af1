#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "api/groups.h"

static bool fits(const char *pattern, const char *name)
{
	return signet_pattern_fits(NULL, pattern, name);
}

static void a_pattern_without_stars_fits_itself_alone(void **state)
{
	(void)state;
	assert_true(fits("alice", "alice"));
	assert_false(fits("alice", "Alice"));
	assert_false(fits("alice", "alic"));
	assert_false(fits("alice", "alice2"));
	assert_false(fits("alice", ""));
	/* nothing but the star has a meaning of its own */
	assert_false(fits("a?c", "abc"));
	assert_false(fits("[ab]", "a"));
	assert_true(fits("[a?]\\", "[a?]\\"));
}

static void a_star_stands_for_any_octets(void **state)
{
	(void)state;
	assert_true(fits("*@example.com", "a@example.com"));
	assert_true(fits("*@example.com", "@example.com"));
	assert_false(fits("*@example.com", "a@example.com.evil.example"));
	assert_true(fits("host/*", "host/a/b"));
	assert_false(fits("host/*", "hos"));
	assert_true(fits("a*b*c", "abc"));
	assert_true(fits("a*b*c", "a-b-b-c"));
	assert_false(fits("a*b*c", "a-b-b"));
	assert_true(fits("a**b", "ab"));
	assert_true(fits("*\xc3\xa9*", "caf\xc3\xa9s"));
}

static void case_counts_but_in_the_host_of_a_name(void **state)
{
	(void)state;
	static const char *const fitting[] = {
		"alice@example.com", "*@example.com", "*@EXAMPLE.com", "alice@*.Com", "*example*", "*EXAMPLE*m",
		"*@*M", "a*e@e*", "*e@E*", "*@*", "*ice@ex*LE.COM", "alice@eXAMPLE.cOM", "*@*.*"};
	static const char *const others[] = {
		"Alice@example.com", "ALICE*", "*ICE@example.com", "*LICE*", "*E@E*", "*@*examples*",
		"alice@example.co", "*@@example.com", "*@*@*"};
	for (size_t i = 0; i < sizeof fitting / sizeof *fitting; i++)
		if (!fits(fitting[i], "alice@Example.COM"))
			fail_msg("%s", fitting[i]);
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		if (fits(others[i], "alice@Example.COM"))
			fail_msg("%s", others[i]);
	/* accounts, users, distinguished names */
	assert_false(fits("account/*", "Account/7"));
	assert_false(fits("CN=host,*", "cn=host,O=x"));
	/* nothing but the last host */
	assert_true(fits("\"a@B\"@c.example", "\"a@B\"@C.Example"));
	assert_false(fits("\"a@b\"@c.example", "\"a@B\"@c.example"));
	assert_true(fits("*@B*@C*", "\"a@B\"@c.example"));
	assert_false(fits("*@b*@C*", "\"a@B\"@c.example"));
	assert_true(fits("alice@", "alice@"));
}

static void what_is_too_long_for_a_host_is_none(void **state)
{
	(void)state;
	char name[256] = "a@", pattern[256] = "a@";
	memset(name + 2, 'H', 253);
	memset(pattern + 2, 'h', 253);
	assert_true(fits(pattern, name));
	assert_true(fits("*@*hH*Hh*", name));
	char longer[300] = "a@", same[300] = "a@";
	memset(longer + 2, 'H', 254);
	memset(same + 2, 'h', 254);
	assert_false(fits(same, longer));
	assert_false(fits("*@*h*", longer));
	assert_true(fits("*@*H*", longer));
}

static void pieces_do_not_share_octets(void **state)
{
	(void)state;
	assert_false(fits("ab*ba", "aba"));
	assert_true(fits("ab*ba", "abba"));
	assert_false(fits("*aa*aa", "aaa"));
	assert_true(fits("*aa*aa", "aaaa"));
	assert_true(fits("*ab*ab*", "xababx"));
}

static void nobody_fits_only_the_star_and_nothing(void **state)
{
	(void)state;
	assert_true(fits("*", ""));
	assert_true(fits("", ""));
	assert_false(fits("*@example.com", ""));
	assert_false(fits("@ops", ""));
	assert_false(fits("", "a"));
}

/* One that goes back at every star would take longer than the universe has. */
static void hostile_patterns_take_no_time(void **state)
{
	enum { STARS = 60, LENGTH = 1000 };
	char pattern[2 * STARS + 2], name[LENGTH + 1];
	(void)state;
	for (size_t i = 0; i < STARS; i++)
		memcpy(pattern + 2 * i, "a*", 2);
	memcpy(pattern + 2 * STARS, "b", 2);
	memset(name, 'a', LENGTH);
	name[LENGTH] = '\0';
	assert_false(fits(pattern, name));
	name[LENGTH - 1] = 'b';
	assert_true(fits(pattern, name));
}

struct world {
	struct conf *conf;
	struct signet_groups *groups;
};

static void load(struct world *w, const char *text)
{
	struct error err = {0};
	assert_int_equal(conf_parse(&w->conf, "test.yaml", bytes_text(text), &err), 0);
	if (groups_load(&w->groups, conf_root(w->conf), &err))
		fail_msg("%s", err.message);
}

static void unload(struct world *w)
{
	groups_free(w->groups);
	conf_free(w->conf);
}

static void a_group_is_its_names_and_patterns(void **state)
{
	struct world w;
	(void)state;
	load(&w, "ops: [zoe, alice, '*@ops.example.com', bob]\nboss: carol\n");
	assert_true(signet_pattern_fits(w.groups, "@ops", "alice"));
	assert_true(signet_pattern_fits(w.groups, "@ops", "bob"));
	assert_true(signet_pattern_fits(w.groups, "@ops", "zoe"));
	assert_true(signet_pattern_fits(w.groups, "@ops", "x@ops.example.com"));
	assert_false(signet_pattern_fits(w.groups, "@ops", "carol"));
	assert_false(signet_pattern_fits(w.groups, "@ops", "@ops"));
	assert_false(signet_pattern_fits(w.groups, "@ops", ""));
	assert_true(signet_pattern_fits(w.groups, "@boss", "carol"));
	assert_false(signet_pattern_fits(w.groups, "@none", "carol"));
	assert_false(signet_pattern_fits(NULL, "@ops", "alice"));
	unload(&w);
}

static void members_of_a_group_are_found_whatever_the_case_of_their_host(void **state)
{
	struct world w;
	(void)state;
	load(&w, "ops: [zoe@B.example, 'Zoe', alice@a.EXAMPLE, 'bob', alice@B.example, '*@C.example']\n");
	assert_true(signet_pattern_fits(w.groups, "@ops", "zoe@b.example"));
	assert_true(signet_pattern_fits(w.groups, "@ops", "alice@A.Example"));
	assert_true(signet_pattern_fits(w.groups, "@ops", "alice@b.EXAMPLE"));
	assert_true(signet_pattern_fits(w.groups, "@ops", "x@c.example"));
	assert_false(signet_pattern_fits(w.groups, "@ops", "Alice@a.example"));
	assert_false(signet_pattern_fits(w.groups, "@ops", "zoe"));
	assert_true(signet_pattern_fits(w.groups, "@ops", "Zoe"));
	unload(&w);
}

static void one_of_several_patterns_is_enough(void **state)
{
	static const char *const patterns[] = {"dave", "@ops"};
	struct world w;
	(void)state;
	load(&w, "ops: [alice]\n");
	assert_true(signet_patterns_fit(w.groups, patterns, 2, "alice"));
	assert_true(signet_patterns_fit(w.groups, patterns, 2, "dave"));
	assert_false(signet_patterns_fit(w.groups, patterns, 2, "eve"));
	assert_false(signet_patterns_fit(w.groups, patterns, 0, "alice"));
	unload(&w);
}

static void refuses(const char *text, const char *message)
{
	struct conf *conf;
	struct signet_groups *groups;
	struct error err = {0};
	assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text(text), &err), 0);
	assert_int_equal(groups_load(&groups, conf_root(conf), &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, message);
	conf_free(conf);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	refuses("a: [x]\nops: []\n", "test.yaml:2: ops: the list is empty");
	refuses("ops:\n  - a\n  - ''\n", "test.yaml:3: ops: a pattern is empty");
	refuses("ops: ['@ops']\n", "test.yaml:1: ops: a group cannot contain another one, '@ops'");
	refuses("o ps: [a]\n", "test.yaml:1: o ps: a group's name has letters, digits, '.', '_' and "
	        "'-' only");
	refuses("ops: {a: b}\n", "test.yaml:1: ops: must be a list, not a map");
}

static void a_pattern_of_no_group_is_refused(void **state)
{
	struct world w;
	struct conf *conf;
	const char **patterns;
	size_t count;
	struct error err = {0};
	(void)state;
	load(&w, "ops: [alice]\n");
	assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text("good: ['@ops', b]\nbad: '@opps'\n"),
	                            &err), 0);
	const struct conf_node *root = conf_root(conf);
	assert_int_equal(signet_patterns_read(&patterns, &count, w.groups, conf_find(root, "good"),
	                                      &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(patterns[1], "b");
	free(patterns);
	assert_int_equal(signet_patterns_read(&patterns, &count, w.groups, conf_find(root, "bad"),
	                                      &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "test.yaml:2: bad: there is no group 'opps'");
	conf_free(conf);
	unload(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_pattern_without_stars_fits_itself_alone),
		cmocka_unit_test(a_star_stands_for_any_octets),
		cmocka_unit_test(case_counts_but_in_the_host_of_a_name),
		cmocka_unit_test(what_is_too_long_for_a_host_is_none),
		cmocka_unit_test(pieces_do_not_share_octets),
		cmocka_unit_test(nobody_fits_only_the_star_and_nothing),
		cmocka_unit_test(hostile_patterns_take_no_time),
		cmocka_unit_test(members_of_a_group_are_found_whatever_the_case_of_their_host),
		cmocka_unit_test(a_group_is_its_names_and_patterns),
		cmocka_unit_test(one_of_several_patterns_is_enough),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(a_pattern_of_no_group_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
