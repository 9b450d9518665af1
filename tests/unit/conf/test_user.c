#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <unistd.h>

#include "conf/settings.h"

static struct settings *settings;

static int load(void **state)
{
	(void)state;
	return settings_parse(&settings, "t.yaml", bytes_text("state: .\nusers: {engine: bin}\n"), NULL);
}

static int unload(void **state)
{
	(void)state;
	settings_free(settings);
	return 0;
}

static void users_are_found_by_their_names(void **state)
{
	(void)state;
	uid_t uid = 1;
	assert_int_equal(settings_find_user(settings, "root", &uid, NULL), 0);
	assert_int_equal(uid, 0);
}

static void nobody_named_is_this_process(void **state)
{
	(void)state;
	uid_t uid = 12345;
	assert_int_equal(settings_find_user(settings, NULL, &uid, NULL), 0);
	assert_int_equal(uid, geteuid());
}

static void unknown_user_is_a_mistake_of_the_file(void **state)
{
	(void)state;
	uid_t uid = 12345;
	struct error err = {0};
	assert_int_equal(settings_find_user(settings, "no-such-user", &uid, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:2: users: there is no user 'no-such-user'");
	assert_int_equal(uid, 12345);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(users_are_found_by_their_names),
		cmocka_unit_test(nobody_named_is_this_process),
		cmocka_unit_test(unknown_user_is_a_mistake_of_the_file),
	};
	return cmocka_run_group_tests(tests, load, unload);
}
