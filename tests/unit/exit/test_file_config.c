#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "exit/file_config.h"

static struct conf *conf, *authorities;
static struct file_config config;

static int read_config(const char *text, struct error *err)
{
	struct signet_exit_host host = {.name = "file", .state_directory = "/var/state"};
	if (!authorities)
		assert_int_equal(conf_parse(&authorities, "a.yaml",
		                            bytes_text("{a: {}, b: {}, issuing: {}}"), NULL), 0);
	host.authorities = conf_root(authorities);
	conf_free(conf);
	file_config_clear(&config);
	config = (struct file_config){0};
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), NULL), 0);
	return file_config_read(&config, &host, conf_root(conf), err);
}

static void expect_good(const char *text)
{
	struct error err = {0};
	if (read_config(text, &err))
		fail_msg("%s", err.message);
}

static int teardown(void **state)
{
	(void)state;
	file_config_clear(&config);
	config = (struct file_config){0};
	conf_free(conf);
	conf_free(authorities);
	conf = authorities = NULL;
	return 0;
}

static void defaults_are_apart_from_each_other(void **state)
{
	(void)state;
	expect_good("directory: published\n");
	assert_string_equal(config.directory, "/var/state/published");
	assert_string_equal(config.certificate.pattern, "{serial}.{ext}");
	assert_int_equal(config.certificate.formats, 1u << FILE_PEM);
	assert_string_equal(config.authority.pattern, "ca/{authority}.{ext}");
	assert_int_equal(config.authority.formats, 1u << FILE_PEM);
	assert_string_equal(config.crl.pattern, "crl/{crl}.{ext}");
	assert_int_equal(config.crl.formats, 1u << FILE_DER);
	assert_string_equal(config.delta.pattern, "crl/{crl}-delta.{ext}");
	assert_int_equal(config.delta.formats, 1u << FILE_DER);
	assert_int_equal(config.mode, 0644);
	assert_int_equal(config.on_revoke, FILE_KEEP);
	assert_false(config.chain);
	assert_null(config.hook.arguments);
}

static void every_key_is_read(void **state)
{
	(void)state;
	expect_good("directory: /srv/pub\nfile-name: \"{profile}/{name}.{ext}\"\n"
	            "ca-name: \"{authority}.{ext}\"\ncrl-name: \"lists/{authority}.{ext}\"\n"
	            "delta-name: \"d/{authority}.{ext}\"\nformat: [pem, pem-chain]\nca-format: der\n"
	            "crl-format: [der, pem]\nmode: \"0600\"\non-revoke: rename\n"
	            "authorities: [a, b]\nhook: [/bin/true, \"{path}\"]\nhook-timeout: 5s\n");
	assert_string_equal(config.directory, "/srv/pub");
	assert_int_equal(config.certificate.formats, 1u << FILE_PEM | 1u << FILE_PEM_CHAIN);
	assert_int_equal(config.authority.formats, 1u << FILE_DER);
	assert_int_equal(config.crl.formats, 1u << FILE_DER | 1u << FILE_PEM);
	assert_int_equal(config.on_revoke, FILE_RENAME);
	assert_int_equal(config.authority_count, 2);
	assert_string_equal(config.hook.arguments[1], "{path}");
	assert_int_equal(config.hook.timeout, 5);
	/* one authority needs no name in the path */
	expect_good("directory: a\nauthorities: issuing\ncrl-name: current.crl\n");
}

static void wrong_configuration_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{"format: pem\n", "'directory' is missing"},
		{"directory: \"\"\n", "directory: is empty"},
		{"directory: a\nformat: p12\n", "format"},
		{"directory: a\nformat: []\n", "format: is empty"},
		{"directory: a\nformat: [pem, der, pem]\n", "'pem' stands here twice"},
		{"directory: a\ncrl-format: pem-chain\n", "crl-format"},
		{"directory: a\nfile-name: \"../{serial}\"\n", "file-name: no part of a path may begin"},
		{"directory: a\nfile-name: \"{serial}.pem\"\nformat: [pem, der]\n", "file-name: with several"},
		{"directory: a\nca-name: \"{authority}.pem\"\nca-format: [pem, der]\n", "ca-name: with several"},
		{"directory: a\nca-name: \"{common-name}.pem\"\n", "ca-name: '{common-name}' is none of"},
		{"directory: a\ncrl-name: current.crl\n", "crl-name: needs {authority}"},
		{"directory: a\nauthorities: [a, b]\ndelta-name: d.crl\n", "delta-name: needs {authority}"},
		{"directory: a\nauthorities:\n- a\n- none\n",
		 "t.yaml:4: authorities: there is no authority 'none'"},
		{"directory: a\nauthorities: issuin\ncrl-name: current.crl\n",
		 "t.yaml:2: authorities: there is no authority 'issuin'"},
		{"directory: a\nauthorities: []\n", "authorities: is empty"},
		{"directory: a\ncrl-name: \"{authority}\"\ndelta-name: \"{authority}\"\n", "are the same"},
		{"directory: a\nfile-name: \"{common-name}.pem\"\nca-name: \"{authority}.{ext}\"\n",
		 "t.yaml:2: file-name: a certificate could overwrite what 'ca-name' ({authority}.{ext})"},
		{"directory: a\nfile-name: \"{name}/{serial}x{name}.{ext}\"\n", "could overwrite what 'ca-name'"},
		{"directory: a\nformat: der\nchain: true\n", "chain: only a file in the format 'pem'"},
		{"directory: a\nmode: \"888\"\n", "mode"},
		{"directory: a\nmode: \"0200\"\n", "mode"},
		{"directory: a\nmode: \"04755\"\n", "mode"},
		{"directory: a\nmode: \"-1\"\n", "mode"},
		{"directory: a\non-revoke: burn\n", "on-revoke"},
		{"directory: a\nhook: nowhere\n", "hook"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		assert_int_equal(read_config(cases[i].text, &err), SIGNET_E_CONFIG);
		if (!strstr(err.message, cases[i].part) || !strstr(err.message, "t.yaml:"))
			fail_msg("%s", err.message);
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_apart_from_each_other),
		TEST(every_key_is_read),
		TEST(wrong_configuration_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
