#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/arena.h"
#include "base/error.h"

static void memory_is_zeroed_and_aligned(void **state)
{
	(void)state;
	struct arena *arena = arena_new(1 << 20);
	for (size_t size = 0; size < 300; size++) {
		unsigned char *p = arena_alloc(arena, size);
		assert_non_null(p);
		assert_int_equal((uintptr_t)p % _Alignof(max_align_t), 0);
		for (size_t i = 0; i < size; i++)
			assert_int_equal(p[i], 0);
		memset(p, 0xff, size); /* a neighbour that is not zero would be seen next */
	}
	arena_free(arena);
}

static void memory_after_clear_is_zeroed_again(void **state)
{
	(void)state;
	struct arena *arena = arena_new(1 << 20);
	memset(arena_alloc(arena, 4000), 0xff, 4000);
	memset(arena_alloc(arena, 100000), 0xff, 100000);
	arena_clear(arena);
	unsigned char *p = arena_alloc(arena, 4000);
	for (size_t i = 0; i < 4000; i++)
		assert_int_equal(p[i], 0);
	arena_free(arena);
}

static void blocks_do_not_overlap(void **state)
{
	(void)state;
	struct arena *arena = arena_new(1 << 22);
	unsigned char *p[200];
	for (size_t i = 0; i < 200; i++) { /* many blocks, some of their own */
		p[i] = arena_alloc(arena, 1 + i * 97);
		assert_non_null(p[i]);
		memset(p[i], (int)i, 1 + i * 97);
	}
	for (size_t i = 0; i < 200; i++)
		for (size_t k = 0; k < 1 + i * 97; k++)
			assert_int_equal(p[i][k], i);
	arena_free(arena);
}

static void maximum_holds(void **state)
{
	(void)state;
	struct arena *arena = arena_new(100);
	assert_null(arena_alloc(arena, 101));
	assert_non_null(arena_alloc(arena, 60));
	assert_null(arena_alloc(arena, 41));
	assert_non_null(arena_alloc(arena, 40));
	assert_null(arena_alloc(arena, 0)); /* takes one octet, so that it has an address */
	arena_clear(arena);
	assert_non_null(arena_alloc(arena, 100));
	arena_free(arena);
}

static void failed_allocation_takes_nothing(void **state)
{
	(void)state;
	struct arena *arena = arena_new(64);
	assert_null(arena_alloc(arena, 65));
	assert_null(arena_array(arena, SIZE_MAX, 2));
	assert_non_null(arena_alloc(arena, 64));
	arena_free(arena);
}

static void sizes_that_overflow_fail(void **state)
{
	(void)state;
	struct arena *arena = arena_new(SIZE_MAX);
	for (size_t less = 0; less < 64; less++)
		assert_null(arena_alloc(arena, SIZE_MAX - less));
	assert_null(arena_array(arena, SIZE_MAX / 2, 3));
	assert_null(arena_array(arena, (size_t)1 << 33, (size_t)1 << 33));
	assert_null(arena_text(arena, bytes_make("x", SIZE_MAX)));
	assert_non_null(arena_array(arena, 10, 10));
	assert_non_null(arena_array(arena, 0, SIZE_MAX));
	arena_free(arena);
}

static void copies_are_copies(void **state)
{
	(void)state;
	struct arena *arena = arena_new(4096);
	char source[] = "abc";
	char *text = arena_strdup(arena, source);
	char *data = arena_memdup(arena, source, 3);
	char *part = arena_text(arena, bytes_make(source, 2));
	struct bytes copy = BYTES_NONE;
	assert_int_equal(arena_bytes(arena, bytes_text(source), &copy), 0);
	memset(source, 'x', 3);
	assert_string_equal(text, "abc");
	assert_memory_equal(data, "abc", 3);
	assert_string_equal(part, "ab");
	assert_true(bytes_is_text(copy, "abc"));
	assert_string_equal(arena_text(arena, BYTES_NONE), "");
	assert_non_null(arena_memdup(arena, NULL, 0));
	assert_string_equal(arena_printf(arena, "%s-%d", "n", 42), "n-42");
	assert_string_equal(arena_printf(arena, "%s", ""), "");
	arena_free(arena);
}

static void copies_obey_the_maximum(void **state)
{
	(void)state;
	struct arena *arena = arena_new(4);
	struct bytes copy = {(const uint8_t *)"before", 6};
	assert_null(arena_strdup(arena, "abcd")); /* five with its NUL */
	assert_null(arena_printf(arena, "%04d", 1));
	assert_null(arena_memdup(arena, "abcde", 5));
	assert_int_equal(arena_bytes(arena, bytes_text("abcde"), &copy), SIGNET_E_NOMEM);
	assert_true(bytes_is_text(copy, "before"));
	assert_string_equal(arena_strdup(arena, "abc"), "abc");
	arena_free(arena);
}

static void clear_and_free_take_the_unused(void **state)
{
	(void)state;
	struct arena *arena = arena_new(10);
	arena_clear(arena);
	arena_free(arena);
	arena_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(memory_is_zeroed_and_aligned),
		cmocka_unit_test(memory_after_clear_is_zeroed_again),
		cmocka_unit_test(blocks_do_not_overlap),
		cmocka_unit_test(maximum_holds),
		cmocka_unit_test(failed_allocation_takes_nothing),
		cmocka_unit_test(sizes_that_overflow_fail),
		cmocka_unit_test(copies_are_copies),
		cmocka_unit_test(copies_obey_the_maximum),
		cmocka_unit_test(clear_and_free_take_the_unused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
