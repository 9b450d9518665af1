#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

#include "base/file.h"
#include "intermediaries/repository/file.h"

static char state_directory[64], path[256];

static const char *in_state(const char *name)
{
	snprintf(path, sizeof path, "%s/%s", state_directory, name);
	return path;
}

static int setup(void **state)
{
	(void)state;
	struct error err;
	snprintf(state_directory, sizeof state_directory, "/tmp/signet-repository-XXXXXX");
	if (!mkdtemp(state_directory))
		return -1;
	return file_make_directory(in_state("public/crl/below"), 0755, &err) ||
	       file_make_directory(in_state("engine"), 0755, &err) ||
	       file_write(in_state("engine/secret.crl"), bytes_text("s"), 0644, FILE_NEW, &err) ||
	       file_write(in_state("public/crl/a-1.crl"), bytes_text("crl"), 0644, FILE_NEW, &err) ||
	       file_write(in_state("public/crl/.hidden"), bytes_text("h"), 0644, FILE_NEW, &err) ||
	       symlink("a-1.crl", in_state("public/crl/link.crl")) ||
	       symlink("../engine", in_state("public/engine")) ||
	       mkfifo(in_state("public/crl/pipe.crl"), 0644);
}

static int teardown(void **state)
{
	(void)state;
	static const char *const names[] = {
		"engine/secret.crl", "engine", "public/crl/a-1.crl", "public/crl/.hidden",
		"public/crl/link.crl", "public/engine", "public/crl/pipe.crl", "public/crl/socket.crl",
		"public/crl/below", "public/crl", "public", ""};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		remove(in_state(names[i]));
	return 0;
}

static int open_file(const char *folder, const char *name)
{
	struct repository_file file = {.fd = -1};
	struct error err;
	int result = repository_open_file(&file, state_directory, folder, name, &err);
	assert_int_equal(file.fd >= 0, result == 0);
	file_close(&file.fd);
	return result;
}

static void regular_files_are_opened(void **state)
{
	(void)state;
	struct repository_file file;
	struct error err;
	char text[8] = "";
	assert_int_equal(repository_open_file(&file, state_directory, "crl", "a-1.crl", &err), 0);
	assert_int_equal(file.info.st_size, 3);
	assert_int_equal(read(file.fd, text, sizeof text), 3);
	assert_string_equal(text, "crl");
	file_close(&file.fd);
}

static void links_and_other_kinds_are_not_found(void **state)
{
	(void)state;
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
	snprintf(address.sun_path, sizeof address.sun_path, "%.60s/public/crl/socket.crl",
	         state_directory);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	static const char *const names[] = {"link.crl", "pipe.crl", "below", "none.crl"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++)
		assert_int_equal(open_file("crl", names[i]), SIGNET_E_NOT_FOUND);
	assert_true(open_file("crl", "socket.crl") < 0);
	close(fd);
	assert_int_equal(open_file("engine", "secret.crl"), SIGNET_E_NOT_FOUND);
	assert_int_equal(open_file("ca", "a-1.crl"), SIGNET_E_NOT_FOUND);
}

static void names_lead_nowhere_else(void **state)
{
	(void)state;
	static const char *const names[] = {"", ".", "..", ".hidden", "../crl/a-1.crl", "/etc/passwd",
	                                    "a-1.crl/", "a 1.crl", "a\n.crl", "\xc3\xa4.crl", "a\\b",
	                                    "a%2fb", "a:b"};
	char name[130];
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		assert_false(repository_is_name(names[i]));
		assert_int_equal(open_file("crl", names[i]), SIGNET_E_NOT_FOUND);
	}
	memset(name, 'a', sizeof name);
	name[128] = '\0';
	assert_true(repository_is_name(name));
	name[128] = 'a';
	name[129] = '\0';
	assert_false(repository_is_name(name));
	assert_true(repository_is_name("Issuing_CA.k2.delta-17.crl"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(regular_files_are_opened),
		cmocka_unit_test(links_and_other_kinds_are_not_found),
		cmocka_unit_test(names_lead_nowhere_else),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
