#include "fixture.h"

#include <pwd.h>

#include "engine/roles.h"

struct world {
	struct arena *arena;
	struct conf *conf;
	struct roles_process processes[2];
	size_t process_count;
};

static int setup(void **state)
{
	static struct world w;
	w = (struct world){.arena = arena_new(1u << 20)};
	*state = &w;
	return w.arena ? 0 : -1;
}

static int teardown(void **state)
{
	struct world *w = *state;
	conf_free(w->conf);
	arena_free(w->arena);
	return 0;
}

static int load(struct world *w, const char *text, struct roles *out, struct error *err)
{
	conf_free(w->conf);
	w->conf = NULL;
	assert_int_equal(conf_parse(&w->conf, "signet.yaml", bytes_text(text), err), 0);
	return roles_load(out, w->arena, conf_find(conf_root(w->conf), "roles"), w->processes,
	                  w->process_count, err);
}

static void users_are_names_and_numbers(void **state)
{
	struct world *w = *state;
	struct roles roles;
	struct error err = {0};
	const struct passwd *entry = getpwnam("nobody");
	assert_non_null(entry);
	assert_int_equal(load(w, "roles:\n  officer: [nobody, uid:4711]\n"
	                      "  administrator: [uid:4712, uid:4711, uid:0]\n", &roles, &err), 0);
	assert_int_equal(roles.count, 4);
	assert_int_equal(roles_of(&roles, entry->pw_uid), ROLES_OFFICER);
	assert_int_equal(roles_of(&roles, 4711), ROLES_OFFICER | ROLES_ADMINISTRATOR);
	assert_int_equal(roles_of(&roles, 4712), ROLES_ADMINISTRATOR);
	assert_int_equal(roles_of(&roles, 4713), 0);
	assert_int_equal(load(w, "roles: {officer: uid:4294967294}", &roles, &err), 0);
	assert_int_equal(roles_of(&roles, 4294967294), ROLES_OFFICER);
}

static void without_the_key_there_is_nobody(void **state)
{
	struct world *w = *state;
	struct roles roles;
	struct error err = {0};
	assert_int_equal(load(w, "state: x", &roles, &err), 0);
	assert_int_equal(roles.count, 0);
	assert_int_equal(roles_of(&roles, 0), 0);
	assert_int_equal(load(w, "roles:\n  officer: []\n", &roles, &err), 0);
	assert_int_equal(roles.count, 0);
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *text, *message;
	} wrong[] = {
		{"roles:\n  officers: [nobody]\n", "signet.yaml:2: roles.officers"},
		{"roles:\n  officer: [no.such.user]\n",
		 "signet.yaml:2: roles.officer: there is no user 'no.such.user'"},
		{"roles:\n  officer: [uid:x]\n", "'uid:x' is no user id"},
		{"roles:\n  officer: ['uid:']\n", "'uid:' is no user id"},
		{"roles:\n  officer: ['uid:-1']\n", "is no user id"},
		/* chown(2) takes this one for nobody in particular */
		{"roles:\n  officer: ['uid:4294967295']\n", "is no user id"},
		{"roles: {officer: {a: b}}\n", "signet.yaml:1: roles.officer"},
		{"roles: nobody\n", "signet.yaml:1: roles"},
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		struct roles roles;
		struct error err = {0};
		assert_int_equal(load(w, wrong[i].text, &roles, &err), SIGNET_E_CONFIG);
		if (!strstr(err.message, wrong[i].message))
			fail_msg("%s", err.message);
	}
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

static void no_process_decides_for_itself(void **state)
{
	struct world *w = *state;
	struct roles roles;
	struct error err = {0};
	w->processes[0] = (struct roles_process){"gateway", 4711, false};
	w->processes[1] = (struct roles_process){"adviser", 4712, true};
	w->process_count = 2;
	assert_int_equal(load(w, "state: x\nroles:\n  officer: [uid:4710, uid:4711]\n", &roles, &err),
	                 SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "signet.yaml:3: roles.officer: 'uid:4711' is the user "
	                       "that the gateway runs as"));
	/* the engine's own user may everything already, unless the duties are separate */
	assert_int_equal(load(w, "roles:\n  administrator: uid:4712\n", &roles, &err), 0);
	assert_int_equal(load(w, "roles:\n  separate: true\n  administrator: uid:4712\n", &roles, &err),
	                 SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "signet.yaml:3: roles.administrator: 'uid:4712' is the "
	                       "user that the adviser runs as"));
	assert_int_equal(load(w, "roles:\n  officer: [uid:4710, uid:4713]\n", &roles, &err), 0);
	assert_int_equal(roles.count, 2);
}

static void all_duties_have_a_list(void **state)
{
	struct world *w = *state;
	struct roles roles;
	struct error err = {0};
	assert_int_equal(load(w, "roles: {officer: uid:1, administrator: uid:2, auditor: uid:3, "
	                      "operator: [uid:4, uid:3]}\n", &roles, &err), 0);
	assert_false(roles.separate);
	assert_int_equal(roles_of(&roles, 1), ROLES_OFFICER);
	assert_int_equal(roles_of(&roles, 2), ROLES_ADMINISTRATOR);
	assert_int_equal(roles_of(&roles, 3), ROLES_AUDITOR | ROLES_OPERATOR);
	assert_int_equal(roles_of(&roles, 4), ROLES_OPERATOR);
}

static void separate_duties_are_of_separate_users(void **state)
{
	struct world *w = *state;
	struct roles roles;
	struct error err = {0};
	assert_int_equal(load(w, "roles:\n  separate: true\n  officer: [nobody, nobody]\n"
	                      "  auditor: uid:0\n", &roles, &err), 0);
	assert_true(roles.separate);
	assert_int_equal(roles_of(&roles, 0), ROLES_AUDITOR);
	assert_int_equal(load(w, "roles:\n  separate: true\n  officer: [uid:4711]\n"
	                      "  operator: [uid:4712, uid:4711]\n", &roles, &err), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "signet.yaml:4: roles.operator: 'uid:4711' has another "
	                       "role already"));
	assert_int_equal(load(w, "roles:\n  separate: true\n  officer: []\n", &roles, &err),
	                 SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "signet.yaml:2: roles.separate: nobody could administer"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(users_are_names_and_numbers),
		TEST(without_the_key_there_is_nobody),
		TEST(mistakes_are_named),
		TEST(no_process_decides_for_itself),
		TEST(all_duties_have_a_list),
		TEST(separate_duties_are_of_separate_users),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
