#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/file.h"
#include "exit/file_hook.h"

struct fixture {
	char directory[64], program[96], output[96];
	struct conf *conf;
	struct file_hook hook;
	struct arena *arena;
};

static int setup(void **state)
{
	static struct fixture f;
	f = (struct fixture){.directory = "/tmp/signet-hook.XXXXXX", .arena = arena_new(100000)};
	assert_non_null(mkdtemp(f.directory));
	snprintf(f.program, sizeof f.program, "%s/program", f.directory);
	snprintf(f.output, sizeof f.output, "%s/output", f.directory);
	*state = &f;
	return 0;
}

static int remove_entry(const char *path, const struct stat *info, int type, struct FTW *ftw)
{
	(void)info, (void)type, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	file_hook_clear(&f->hook);
	conf_free(f->conf);
	arena_free(f->arena);
	nftw(f->directory, remove_entry, 8, FTW_DEPTH | FTW_PHYS);
	return 0;
}

static void write_program(struct fixture *f, const char *script)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(10000);
	buffer_printf(&text, "#!/bin/sh\n%s\n", script);
	assert_int_equal(file_write(f->program, buffer_bytes(&text), 0755, FILE_REPLACE, NULL), 0);
}

static int read_hook(struct fixture *f, const char *text, struct error *err)
{
	file_hook_clear(&f->hook);
	conf_free(f->conf);
	f->hook = (struct file_hook){NULL, 0};
	assert_int_equal(conf_parse(&f->conf, "t.yaml", bytes_text(text), NULL), 0);
	return file_hook_read(&f->hook, conf_root(f->conf), err);
}

static void configure(struct fixture *f, const char *rest)
{
	char text[1024];
	struct error err = {0};
	snprintf(text, sizeof text, "hook: [\"%s\"%s\n", f->program, rest);
	if (read_hook(f, text, &err))
		fail_msg("%s", err.message);
}

static int run(struct fixture *f, struct error *err)
{
	const struct signet_event event = {.kind = SIGNET_EVENT_ISSUED, .authority = "issuing",
	                                   .serial = bytes_text("AB")};
	return file_hook_run(&f->hook, f->arena, &event, "/pub/x y.pem", err);
}

static void without_a_hook_nothing_is_run(void **state)
{
	struct fixture *f = *state;
	assert_int_equal(read_hook(f, "directory: x\n", NULL), 0);
	assert_int_equal(run(f, NULL), 0);
}

static void program_gets_its_arguments_one_by_one(void **state)
{
	struct fixture *f = *state;
	char script[256];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(1000);
	snprintf(script, sizeof script, "printf '%%s|' \"$@\" >%s", f->output);
	write_program(f, script);
	configure(f, ", \"{path}\", \"s={serial}-{event}\", \"{authority}\", \"$(id); plain\", \"\"]");
	assert_int_equal(run(f, NULL), 0);
	assert_int_equal(file_read(&text, f->output, NULL), 0);
	assert_string_equal(buffer_text(&text),
	                    "/pub/x y.pem|s=4142-issued|issuing|$(id); plain||");
}

static void hook_that_fails_is_an_error(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	write_program(f, "exit 3");
	configure(f, "]");
	assert_int_equal(run(f, &err), SIGNET_E_UNAVAILABLE);
	assert_non_null(strstr(err.message, "status 3"));
	write_program(f, "kill -9 $$");
	assert_int_equal(run(f, &err), SIGNET_E_UNAVAILABLE);
	assert_non_null(strstr(err.message, "signal 9"));
	write_program(f, "yes");
	assert_int_equal(run(f, &err), SIGNET_E_TOO_BIG);
	assert_int_equal(unlink(f->program), 0);
	assert_int_equal(run(f, &err), SIGNET_E_NOT_FOUND);
}

static void hook_that_hangs_is_ended(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	write_program(f, "sleep 1000");
	configure(f, "]\nhook-timeout: 1s");
	assert_int_equal(f->hook.timeout, 1);
	assert_int_equal(run(f, &err), SIGNET_E_TIMEOUT);
	assert_non_null(strstr(err.message, f->program));
}

static void wrong_configuration_is_refused(void **state)
{
	struct fixture *f = *state;
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"hook: []\n", "hook: is empty"},
		{"hook: true\n", "hook: 'true' is no absolute path"},
		{"hook: /no/such/program\n", "no such program"},
		{"hook: /etc/passwd\n", "executed"},
		{"hook: [/bin/true, \"{paths}\"]\n", "'{paths}' is none of {path}"},
		{"hook: [/bin/true, \"{\"]\n", "none of"},
		{"hook: /bin/true\nhook-timeout: 0\n", "hook-timeout"},
		{"hook: /bin/true\nhook-timeout: 2h\n", "hook-timeout"},
		{"hook-timeout: 5s\n", "there is no 'hook'"},
		{"hook: [/bin/true, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, "
		 "21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]\n", "more than 32"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		assert_int_equal(read_hook(f, cases[i].text, &err), SIGNET_E_CONFIG);
		if (!strstr(err.message, cases[i].part) || !strstr(err.message, "t.yaml:"))
			fail_msg("%s", err.message);
	}
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(without_a_hook_nothing_is_run),
		TEST(program_gets_its_arguments_one_by_one),
		TEST(hook_that_fails_is_an_error),
		TEST(hook_that_hangs_is_ended),
		TEST(wrong_configuration_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
