#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cmocka.h>

#include "api/exit.h"
#include "api/intermediary.h"
#include "api/policy.h"

struct fixture {
	char directory[64];
	char objects[4096]; /* where the sample modules were built */
};

static int setup(void **state)
{
	static struct fixture f;
	const char *build = getenv("builddir");
	snprintf(f.objects, sizeof f.objects, "%s/tests/unit/api/modules", build ? build : ".");
	snprintf(f.directory, sizeof f.directory, "/tmp/signet-module.XXXXXX");
	assert_non_null(mkdtemp(f.directory));
	char path[128];
	snprintf(path, sizeof path, "%s/policy", f.directory);
	assert_int_equal(mkdir(path, 0700), 0);
	*state = &f;
	return 0;
}

static void make_path(const struct fixture *f, const char *name, char out[128])
{
	snprintf(out, 128, "%s/policy/%s.so", f->directory, name);
}

static int teardown(void **state)
{
	const struct fixture *f = *state;
	static const char *const names[] = {"sample", "text", "other"};
	char path[128];
	for (size_t i = 0; i < 3; i++) {
		make_path(f, names[i], path);
		unlink(path);
	}
	snprintf(path, sizeof path, "%s/policy", f->directory);
	rmdir(path);
	return rmdir(f->directory);
}

/* Puts the object that was built for this case into place as NAME.so. */
static void install(const struct fixture *f, const char *object, const char *name)
{
	char from[8192], to[128];
	snprintf(from, sizeof from, "%s/%s.so", f->objects, object);
	make_path(f, name, to);
	if (access(from, R_OK))
		fail_msg("%s is missing", from);
	assert_int_equal(symlink(from, to), 0);
}

static int find(const struct fixture *f, const char *name, const struct signet_module **out,
                struct error *err)
{
	return signet_module_find(out, SIGNET_MODULE_POLICY, name, NULL, f->directory, err);
}

static void built_in_module_comes_first(void **state)
{
	const struct fixture *f = *state;
	static const struct signet_module a = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "a", "", NULL};
	static const struct signet_module sample = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "sample",
	                                            "", NULL};
	static const struct signet_module *const table[] = {&a, &sample, NULL};
	install(f, "sample", "sample");
	const struct signet_module *found;
	assert_int_equal(signet_module_find(&found, SIGNET_MODULE_POLICY, "sample", table,
	                                    f->directory, NULL), 0);
	assert_ptr_equal(found, &sample);
}

static void module_is_loaded_and_calls_the_sdk(void **state)
{
	const struct fixture *f = *state;
	install(f, "sample", "sample");
	const struct signet_module *found;
	struct error err = {0};
	if (find(f, "sample", &found, &err))
		fail_msg("%s", err.message);
	assert_string_equal(found->name, "sample");
	const struct signet_policy *policy = (const struct signet_policy *)found;
	struct signet_verdict verdict = {0};
	assert_int_equal(policy->check(NULL, NULL, NULL, &verdict), 0);
	assert_int_equal(verdict.decision, SIGNET_HOLD);
}

static void missing_module_is_not_found(void **state)
{
	const struct fixture *f = *state;
	const struct signet_module *found = NULL;
	struct error err = {0};
	assert_int_equal(find(f, "sample", &found, &err), SIGNET_E_NOT_FOUND);
	assert_non_null(strstr(err.message, "/policy/sample.so"));
	assert_null(found);
}

static void name_cannot_lead_out_of_the_directory(void **state)
{
	const struct fixture *f = *state;
	static const char *const names[] = {"../policy/sample", "a/b", "", "Sample", "a.b", NULL};
	install(f, "sample", "sample");
	for (size_t i = 0; names[i]; i++) {
		const struct signet_module *found = NULL;
		assert_int_equal(find(f, names[i], &found, NULL), SIGNET_E_INVALID);
	}
}

static void faulty_modules_are_refused(void **state)
{
	const struct fixture *f = *state;
	static const struct {
		const char *object;
		const char *name;
		int expected;
		const char *part;
	} cases[] = {
		{"version", "sample", SIGNET_E_VERSION, "version 999"},
		{"kind", "sample", SIGNET_E_INVALID, "kind 'policy'"},
		{"sample", "other", SIGNET_E_INVALID, "calls itself 'sample'"},
		{"symbol", "sample", SIGNET_E_INVALID, "does not export"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char path[128];
		const struct signet_module *found = NULL;
		struct error err = {0};
		install(f, cases[i].object, cases[i].name);
		assert_int_equal(find(f, cases[i].name, &found, &err), cases[i].expected);
		if (!strstr(err.message, cases[i].part))
			fail_msg("'%s' lacks '%s'", err.message, cases[i].part);
		assert_null(found);
		make_path(f, cases[i].name, path);
		unlink(path);
	}
}

static void file_that_is_no_object_is_refused(void **state)
{
	const struct fixture *f = *state;
	char path[128];
	make_path(f, "text", path);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("#!/bin/sh\n", file);
	fclose(file);
	const struct signet_module *found = NULL;
	assert_int_equal(find(f, "text", &found, NULL), SIGNET_E_INVALID);
}

static int check_keys(enum signet_module_kind kind, const char *text, struct error *err)
{
	static const char *const keys[] = {"size", NULL};
	const struct signet_module module = {SIGNET_API_VERSION, kind, "sample", "", keys};
	struct conf *conf;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), NULL), 0);
	int result = signet_module_check_keys(&module, conf_root(conf), err);
	conf_free(conf);
	return result;
}

static void keys_of_the_module_and_its_kind_are_known(void **state)
{
	(void)state;
	struct error err = {0};
	assert_int_equal(check_keys(SIGNET_MODULE_POLICY, "size: 1\nname: a\nwhen: {}\n", NULL), 0);
	assert_int_equal(check_keys(SIGNET_MODULE_EXIT, "size: 1\nevents: [issued]\n", NULL), 0);
	assert_int_equal(check_keys(SIGNET_MODULE_INTERMEDIARY,
	                            "size: 1\npath: /a\nprofile: p\nprofiles: [p]\n", NULL), 0);
	assert_int_equal(check_keys(SIGNET_MODULE_POLICY, "sice: 1\n", &err), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "sice"));
	assert_int_equal(check_keys(SIGNET_MODULE_POLICY, "events: [issued]\n", NULL),
	                 SIGNET_E_CONFIG);
	assert_int_equal(check_keys(SIGNET_MODULE_EXIT, "path: /a\n", NULL), SIGNET_E_CONFIG);
}

/* The generated tables: every entry is of its kind, and no name comes twice. */
static void check_table(const struct signet_module *const *table, enum signet_module_kind kind)
{
	for (size_t i = 0; table[i]; i++) {
		assert_int_equal(table[i]->api_version, SIGNET_API_VERSION);
		assert_int_equal(table[i]->kind, kind);
		assert_true(*table[i]->summary != '\0');
		for (size_t k = 0; k < i; k++)
			assert_string_not_equal(table[i]->name, table[k]->name);
	}
}

static void built_in_tables_are_sound(void **state)
{
	(void)state;
	check_table(signet_builtin_intermediaries, SIGNET_MODULE_INTERMEDIARY);
	check_table(signet_builtin_policies, SIGNET_MODULE_POLICY);
	check_table(signet_builtin_exits, SIGNET_MODULE_EXIT);
	assert_non_null(signet_builtin_exits[0]);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(built_in_module_comes_first),
		TEST(module_is_loaded_and_calls_the_sdk),
		TEST(missing_module_is_not_found),
		TEST(name_cannot_lead_out_of_the_directory),
		TEST(faulty_modules_are_refused),
		TEST(file_that_is_no_object_is_refused),
		cmocka_unit_test(keys_of_the_module_and_its_kind_are_known),
		cmocka_unit_test(built_in_tables_are_sound),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
