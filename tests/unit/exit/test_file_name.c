#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "exit/file_name.h"

static struct signet_event make_event(const char *subject)
{
	static const char *names[] = {"dns:*.example.com", "ip:192.0.2.1"};
	return (struct signet_event){
		.request_id = 17,
		.certificate_id = 16,
		.authority = "issuing",
		.profile = "tls-server",
		.serial = bytes_make("\x41\x00\xff", 3),
		.subject = subject,
		.names = names,
		.name_count = 2,
	};
}

static void expect_name(const char *pattern, const char *subject, const char *expected)
{
	struct signet_event event = make_event(subject);
	struct error err = {0};
	char name[FILE_NAME_MAX + 1];
	if (file_name_check(pattern, &err))
		fail_msg("%s", err.message);
	assert_int_equal(file_name_make(name, pattern, &event, "pem", NULL), 0);
	assert_string_equal(name, expected);
}

static void placeholders_are_filled(void **state)
{
	(void)state;
	expect_name("{serial}.{ext}", "", "4100ff.pem");
	expect_name("{certificate-id}-{request-id}", "", "16-17");
	expect_name("{authority}_{profile}_{serial}", "", "issuing_tls-server_4100ff");
	expect_name("{name}.crt", "", "_.example.com.crt");
	expect_name("{common-name}-{serial}.{ext}", "CN=example.com,O=Example",
	            "example.com-4100ff.pem");
}

static void common_name_is_found_in_the_subject(void **state)
{
	(void)state;
	expect_name("{common-name}", "O=CN\\,CN=fake,CN=real", "real");
	expect_name("{common-name}", "C=DE+CN=joined,O=x", "joined");
	expect_name("{common-name}", "CN=a\\,b\\+c\\\\d", "a_b_c_d");
	expect_name("{common-name}", "CN=a\\00b\\E2x", "a_b_x");
	expect_name("{common-name}", "O=Example", "none");
	expect_name("{common-name}", "CN=", "none");
	expect_name("{common-name}", "CN=a\\", "a_");
	expect_name("{common-name}", "O=CN=x", "none");
}

static void no_name_escapes_the_directory(void **state)
{
	(void)state;
	expect_name("{common-name}", "CN=../../etc/passwd", "_._.._etc_passwd");
	expect_name("{common-name}", "CN=..", "_.");
	expect_name("{common-name}", "CN=.", "_");
	expect_name("{common-name}", "CN=/", "_");
	expect_name("{common-name}", "CN=-rf", "_rf");
	expect_name("{common-name}", "CN=.signet-file.tmp", "_signet-file.tmp");
	expect_name("{common-name}", "CN=a b\tc\x7f\xc3\xa9", "a_b_c___");
}

static void long_values_are_cut(void **state)
{
	(void)state;
	char subject[600] = "CN=";
	memset(subject + 3, 'a', sizeof subject - 4);
	struct signet_event event = make_event(subject);
	char name[FILE_NAME_MAX + 1];
	assert_int_equal(file_name_make(name, "{common-name}.pem", &event, "pem", NULL), 0);
	assert_int_equal(strlen(name), 64 + 4);
	static uint8_t serial[300];
	event.serial = BYTES_OF(serial);
	assert_int_equal(file_name_make(name, "{serial}", &event, "pem", NULL), 0);
	assert_true(strlen(name) <= 40);
}

static void every_placeholder_at_once_fits_or_is_refused(void **state)
{
	(void)state;
	assert_int_equal(file_name_check("{name}{common-name}{serial}", NULL), 0);
	assert_int_equal(file_name_check("{name}{name}{name}", NULL), SIGNET_E_INVALID);
}

static void bad_patterns_are_refused(void **state)
{
	(void)state;
	static const char *const patterns[] = {"",           "cert.pem",    "{serial",  "{serial}/x",
	                                       "../{serial}", "{nonsense}", "{}",       "{Serial}",
	                                       "{authority}.{ext}", "{serial} x", "{serial}\n", NULL};
	for (size_t i = 0; patterns[i]; i++)
		if (file_name_check(patterns[i], NULL) != SIGNET_E_INVALID)
			fail_msg("'%s' passed", patterns[i]);
	struct error err = {0};
	file_name_check("{nonsense}", &err);
	assert_non_null(strstr(err.message, "{serial}, {common-name}"));
}

static void event_without_anything_still_has_a_name(void **state)
{
	(void)state;
	const struct signet_event event = {0};
	char name[FILE_NAME_MAX + 1];
	assert_int_equal(file_name_make(name, "{serial}-{name}-{authority}", &event, "pem", NULL), 0);
	assert_string_equal(name, "none-none-none");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(placeholders_are_filled),
		cmocka_unit_test(common_name_is_found_in_the_subject),
		cmocka_unit_test(no_name_escapes_the_directory),
		cmocka_unit_test(long_values_are_cut),
		cmocka_unit_test(every_placeholder_at_once_fits_or_is_refused),
		cmocka_unit_test(bad_patterns_are_refused),
		cmocka_unit_test(event_without_anything_still_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
