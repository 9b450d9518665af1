#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/file.h"
#include "publisher/published.h"

static char directory[] = "/tmp/signet-published-XXXXXX";
static struct arena *arena;

static const char *below(const char *name)
{
	return arena_printf(arena, "%s/%s", directory, name);
}

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	if (!arena || !mkdtemp(directory))
		return -1;
	return file_make_directory(below("public/crl"), 0755, NULL);
}

static int teardown(void **state)
{
	(void)state;
	rmdir(below("public/crl"));
	rmdir(below("public"));
	rmdir(directory);
	arena_free(arena);
	return 0;
}

static int open_event(struct signet_event *event, struct published *out)
{
	struct error err = {0};
	int result = published_open(out, arena, directory, event, &err);
	assert_int_equal(result, err.code);
	return result;
}

/* The event of a CRL in this file is of this name. */
static void expect(const char *file, unsigned shard, const char *name, bool delta)
{
	struct signet_event event = {.kind = SIGNET_EVENT_CRL_PUBLISHED, .crl_file = file,
	                             .crl_shard = shard};
	struct published published;
	const char *path = below(arena_printf(arena, "public/%s", file));
	assert_int_equal(file_write(path, bytes_text("a CRL"), 0644, FILE_REPLACE, NULL), 0);
	assert_int_equal(open_event(&event, &published), 0);
	assert_string_equal(event.crl_name, name);
	assert_int_equal(event.delta, delta);
	assert_true(bytes_is_text(event.crl, "a CRL"));
	published_close(&published);
	assert_null(published.map);
	assert_int_equal(unlink(path), 0);
}

static void the_file_says_which_crl_it_is(void **state)
{
	(void)state;
	expect("crl/issuing.crl", 0, "issuing", false);
	expect("crl/issuing.delta.crl", 0, "issuing", true);
	expect("crl/issuing-3.crl", 3, "issuing-3", false);
	expect("crl/issuing.delta-3.crl", 3, "issuing-3", true);
	expect("crl/issuing.k2.delta-12.crl", 12, "issuing.k2-12", true);
	/* an authority may be called so */
	expect("crl/ca-3.crl", 0, "ca-3", false);
}

static void another_event_is_left_alone(void **state)
{
	(void)state;
	struct signet_event event = {.kind = SIGNET_EVENT_ISSUED};
	struct published published;
	assert_int_equal(open_event(&event, &published), 0);
	assert_null(event.crl.data);
	published_close(&published);
}

static void what_is_no_crl_of_ours_is_refused(void **state)
{
	(void)state;
	static const char *const names[] = {
		NULL, "", "crl/", "crl/.crl", "crl/../crl/a.crl", "ca/issuing.crl", "crl/a.cer", "a.crl"};
	struct published published;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct signet_event event = {.kind = SIGNET_EVENT_CRL_PUBLISHED, .crl_file = names[i]};
		assert_int_equal(open_event(&event, &published), SIGNET_E_INVALID);
		published_close(&published);
	}
}

static void a_file_that_is_gone_is_told(void **state)
{
	(void)state;
	struct signet_event event = {.kind = SIGNET_EVENT_CRL_PUBLISHED, .crl_file = "crl/gone.crl"};
	struct published published;
	assert_int_equal(open_event(&event, &published), SIGNET_E_NOT_FOUND);
	published_close(&published);
	assert_int_equal(file_write(below("public/crl/gone.crl"), BYTES_NONE, 0644, FILE_REPLACE, NULL), 0);
	assert_int_equal(open_event(&event, &published), SIGNET_E_INVALID);
	assert_int_equal(unlink(below("public/crl/gone.crl")), 0);
	assert_int_equal(symlink("/etc/passwd", below("public/crl/gone.crl")), 0);
	assert_int_equal(open_event(&event, &published), SIGNET_E_IO);
	assert_int_equal(unlink(below("public/crl/gone.crl")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_file_says_which_crl_it_is),
		cmocka_unit_test(another_event_is_left_alone),
		cmocka_unit_test(what_is_no_crl_of_ours_is_refused),
		cmocka_unit_test(a_file_that_is_gone_is_told),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
