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
	char name[FILE_PATH_MAX + 1];
	if (file_name_check(pattern, FILE_CERTIFICATE, &err))
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
	char name[FILE_PATH_MAX + 1];
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
	assert_int_equal(file_name_check("{name}{common-name}{serial}", FILE_CERTIFICATE, NULL), 0);
	assert_int_equal(file_name_check("{name}{name}{name}", FILE_CERTIFICATE, NULL), SIGNET_E_INVALID);
}

static void bad_patterns_are_refused(void **state)
{
	(void)state;
	static const char *const patterns[] = {
		"", "cert.pem", "{serial", "{nonsense}", "{}", "{Serial}", "{authority}.{ext}",
		"{serial} x", "{serial}\n", "../{serial}", "{serial}/..", "{serial}/.", "./{serial}",
		"/{serial}", "{serial}/", "a//{serial}", "{serial}/.x", "-a/{serial}", "a\\{serial}",
		"1/2/3/4/5/6/7/8/{serial}", "{name/serial}", NULL};
	for (size_t i = 0; patterns[i]; i++)
		if (file_name_check(patterns[i], FILE_CERTIFICATE, NULL) != SIGNET_E_INVALID)
			fail_msg("'%s' passed", patterns[i]);
	struct error err = {0};
	file_name_check("{nonsense}/{serial}", FILE_CERTIFICATE, &err);
	assert_non_null(strstr(err.message, "'{nonsense}' is none of {serial}, {common-name}"));
}

static void each_kind_has_its_placeholders(void **state)
{
	(void)state;
	struct error err = {0};
	assert_int_equal(file_name_check("{authority}/{serial}.{ext}", FILE_AUTHORITY, NULL), 0);
	assert_int_equal(file_name_check("{common-name}", FILE_AUTHORITY, NULL), SIGNET_E_INVALID);
	assert_int_equal(file_name_check("crl/current.{ext}", FILE_CRL, NULL), 0);
	assert_int_equal(file_name_check("{serial}", FILE_CRL, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "none of {authority}, {ext}"));
	assert_true(file_name_has("a/{authority}.{ext}", "ext"));
	assert_false(file_name_has("{authority}.ext", "ext"));
}

static void values_stay_in_their_part_of_the_path(void **state)
{
	(void)state;
	expect_name("{profile}/{common-name}/{serial}.{ext}", "CN=a/../../b",
	            "tls-server/a_.._.._b/4100ff.pem");
	expect_name("{common-name}/{serial}", "CN=..", "_./4100ff");
	expect_name("{common-name}/x-{serial}", "CN=-", "_/x-4100ff");
	expect_name("{authority}/{common-name}/c{serial}", "CN=.ssh", "issuing/_ssh/c4100ff");
	expect_name("1/2/3/4/5/6/7/{serial}", "", "1/2/3/4/5/6/7/4100ff");
}

static void long_paths_are_refused_and_not_cut(void **state)
{
	(void)state;
	struct signet_event event = make_event("");
	char pattern[2048] = "", name[FILE_PATH_MAX + 1];
	for (int i = 0; i < FILE_PARTS_MAX; i++) {
		size_t length = strlen(pattern);
		memset(pattern + length, 'a', FILE_NAME_MAX - 8);
		memcpy(pattern + length + FILE_NAME_MAX - 8, i + 1 < FILE_PARTS_MAX ? "/" : "x", 2);
	}
	assert_int_equal(file_name_make(name, pattern, &event, "pem", NULL), SIGNET_E_TOO_BIG);
}

static void patterns_that_a_client_can_make_meet_are_found(void **state)
{
	(void)state;
	static const struct {
		const char *certificates, *others;
		bool meet;
	} cases[] = {
		{"{serial}.{ext}", "{authority}.{ext}", false},
		{"{authority}/{serial}.{ext}", "ca/{authority}.{ext}", false},
		{"{common-name}.{ext}", "{authority}.{ext}", true},
		{"{common-name}.{ext}", "ca/{authority}.{ext}", false},
		{"{name}/{common-name}.{ext}", "ca/{authority}.{ext}", true},
		{"{authority}/{common-name}.{ext}", "ca/{authority}.{ext}", false},
		{"{authority}/{common-name}.{ext}", "{authority}/ca.{ext}", true},
		{"{profile}/{common-name}.{ext}", "{authority}/{authority}.{ext}", true},
		{"{name}/{common-name}/{serial}", "ca/{authority}.{ext}", false},
		{"certs/{name}", "ca/{authority}", false},
		{"{common-name}.pem", "issuing.crl", false},
		{"{common-name}.pem", "issuing.pem", true},
		{"{common-name}.pem", "issuing.{ext}", true},
		{"x-{common-name}", "{authority}-x", true},
		{"x-{common-name}", "y-{authority}", false},
		{"{name}{common-name}z", "a{authority}a{ext}a", false},
		{"a{name}b{name}c", "abc", true},
		{"a{name}b{name}c", "acb", false},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (file_name_may_meet(cases[i].certificates, cases[i].others) != cases[i].meet)
			fail_msg("%s and %s", cases[i].certificates, cases[i].others);
}

static void path_is_known_for_one_of_a_pattern(void **state)
{
	(void)state;
	assert_true(file_name_fits("ca/{authority}.{ext}", "ca/issuing.pem"));
	assert_true(file_name_fits("ca/{authority}.{ext}", "ca/.x."));
	assert_false(file_name_fits("ca/{authority}.{ext}", "ca/issuing"));
	assert_false(file_name_fits("ca/{authority}.{ext}", "cb/issuing.pem"));
	assert_false(file_name_fits("ca/{authority}.{ext}", "ca/a/issuing.pem"));
	assert_false(file_name_fits("ca/{authority}.{ext}", ""));
}

static void event_without_anything_still_has_a_name(void **state)
{
	(void)state;
	const struct signet_event event = {0};
	char name[FILE_PATH_MAX + 1];
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
		cmocka_unit_test(each_kind_has_its_placeholders),
		cmocka_unit_test(values_stay_in_their_part_of_the_path),
		cmocka_unit_test(long_paths_are_refused_and_not_cut),
		cmocka_unit_test(patterns_that_a_client_can_make_meet_are_found),
		cmocka_unit_test(path_is_known_for_one_of_a_pattern),
		cmocka_unit_test(event_without_anything_still_has_a_name),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
