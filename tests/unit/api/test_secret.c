#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/secret.h"
#include "base/file.h"

static char directory[] = "/tmp/signet-secret-XXXXXX";
static struct buffer out = BUFFER_MAX(PASSPHRASE_MAX);
static struct error err;

static int make_file(void **state)
{
	(void)state;
	char path[100];
	assert_non_null(mkdtemp(directory));
	snprintf(path, sizeof path, "%s/word", directory);
	return file_write(path, bytes_text("open sesame\nsecond line\n"), 0600, FILE_NEW, &err);
}

static int remove_file(void **state)
{
	(void)state;
	char path[100];
	snprintf(path, sizeof path, "%s/word", directory);
	unlink(path);
	return rmdir(directory);
}

static struct conf *parse(const char *text)
{
	struct conf *conf;
	char document[200];
	snprintf(document, sizeof document, "secret: %s", text);
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(document), &err), 0);
	return conf;
}

static int read_secret(const char *text)
{
	struct conf *conf = parse(text);
	buffer_wipe(&out);
	int result = secret_read(&out, conf_item(conf_root(conf), 0), directory, &err);
	conf_free(conf);
	return result;
}

static int check(const char *text)
{
	struct conf *conf = parse(text);
	int result = secret_check(conf_item(conf_root(conf), 0), &err);
	conf_free(conf);
	return result;
}

static void comes_from_a_file(void **state)
{
	(void)state;
	char text[200];
	assert_int_equal(read_secret("{file: word}"), 0);
	assert_string_equal((const char *)out.data, "open sesame");
	snprintf(text, sizeof text, "{file: %s/word}", directory);
	assert_int_equal(read_secret(text), 0);
	assert_int_equal(out.length, 11);
	buffer_wipe(&out);
}

static void comes_from_the_environment(void **state)
{
	(void)state;
	setenv("SIGNET_TEST_SECRET", "hush", 1);
	assert_int_equal(read_secret("{environment: SIGNET_TEST_SECRET}"), 0);
	assert_string_equal((const char *)out.data, "hush");
	unsetenv("SIGNET_TEST_SECRET");
	assert_int_equal(read_secret("{environment: SIGNET_TEST_SECRET}"), SIGNET_E_CONFIG);
	buffer_wipe(&out);
}

static void comes_from_a_credential(void **state)
{
	(void)state;
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	assert_int_equal(read_secret("{credential: word}"), 0);
	assert_string_equal((const char *)out.data, "open sesame");
	unsetenv("CREDENTIALS_DIRECTORY");
	buffer_wipe(&out);
}

static void missing_one_names_line_and_file(void **state)
{
	(void)state;
	assert_int_equal(read_secret("{file: missing}"), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "t.yaml"));
	assert_non_null(strstr(err.message, "/missing: no such file"));
	assert_int_equal(check("{file: missing}"), 0);
}

static void other_forms_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {"", "[file]", "{file: word, environment: HOME}",
	                                    "{text: word}", "{file: [word]}"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		assert_int_equal(check(texts[i]), SIGNET_E_CONFIG);
		assert_int_equal(read_secret(texts[i]), SIGNET_E_CONFIG);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(comes_from_a_file), cmocka_unit_test(comes_from_the_environment),
		cmocka_unit_test(comes_from_a_credential),
		cmocka_unit_test(missing_one_names_line_and_file),
		cmocka_unit_test(other_forms_are_refused),
	};
	return cmocka_run_group_tests(tests, make_file, remove_file);
}
