#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/passphrase.h"

static void the_first_line_of_a_file_is_taken(void **state)
{
	(void)state;
	char path[] = "/tmp/signet-passphrase.XXXXXX";
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, "open sesame\nnot this\n", 21), 21);
	close(fd);
	_cleanup_secret_ struct buffer out = BUFFER_MAX(PASSPHRASE_MAX);
	struct error err;
	assert_int_equal(passphrase_read(&out, PASSPHRASE_FILE, path, &err), 0);
	assert_string_equal((const char *)out.data, "open sesame");
	assert_int_equal(out.length, 11);
	unlink(path);
}

static void a_variable_is_taken_and_a_missing_one_is_named(void **state)
{
	(void)state;
	setenv("SIGNET_TEST_PASSPHRASE", "hush", 1);
	_cleanup_secret_ struct buffer out = BUFFER_MAX(PASSPHRASE_MAX);
	struct error err;
	assert_int_equal(passphrase_read(&out, PASSPHRASE_ENVIRONMENT, "SIGNET_TEST_PASSPHRASE", &err), 0);
	assert_string_equal((const char *)out.data, "hush");
	unsetenv("SIGNET_TEST_PASSPHRASE");
	buffer_clear(&out);
	assert_int_equal(passphrase_read(&out, PASSPHRASE_ENVIRONMENT, "SIGNET_TEST_PASSPHRASE", &err),
	                 SIGNET_E_NOT_FOUND);
	assert_non_null(strstr(err.message, "SIGNET_TEST_PASSPHRASE"));
}

static void an_empty_passphrase_is_refused(void **state)
{
	(void)state;
	setenv("SIGNET_TEST_PASSPHRASE", "\n", 1);
	_cleanup_secret_ struct buffer out = BUFFER_MAX(PASSPHRASE_MAX);
	struct error err;
	assert_int_equal(passphrase_read(&out, PASSPHRASE_ENVIRONMENT, "SIGNET_TEST_PASSPHRASE", &err),
	                 SIGNET_E_INVALID);
}

static void a_credential_lies_in_its_directory(void **state)
{
	(void)state;
	char directory[] = "/tmp/signet-credentials.XXXXXX";
	assert_non_null(mkdtemp(directory));
	char path[64];
	snprintf(path, sizeof path, "%s/ca", directory);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("from systemd", file);
	fclose(file);
	_cleanup_secret_ struct buffer out = BUFFER_MAX(PASSPHRASE_MAX);
	struct error err;
	unsetenv("CREDENTIALS_DIRECTORY");
	assert_int_equal(passphrase_read(&out, PASSPHRASE_CREDENTIAL, "ca", &err), SIGNET_E_NOT_FOUND);
	setenv("CREDENTIALS_DIRECTORY", directory, 1);
	assert_int_equal(passphrase_read(&out, PASSPHRASE_CREDENTIAL, "ca", &err), 0);
	assert_string_equal((const char *)out.data, "from systemd");
	unlink(path);
	rmdir(directory);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_first_line_of_a_file_is_taken),
		cmocka_unit_test(a_variable_is_taken_and_a_missing_one_is_named),
		cmocka_unit_test(an_empty_passphrase_is_refused),
		cmocka_unit_test(a_credential_lies_in_its_directory),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
