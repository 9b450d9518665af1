#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

static void numbers_sort_as_their_octets(void **state)
{
	static const uint64_t numbers[] = {0, 1, 255, 256, 65535, 1ull << 32, UINT64_MAX - 1,
	                                   UINT64_MAX};
	(void)state;
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		struct store_key key = store_key_number(numbers[i]);
		assert_int_equal(store_key_get(&key).length, 8);
		assert_true(store_key_to_u64(store_key_get(&key)) == numbers[i]);
		if (i) {
			struct store_key before = store_key_number(numbers[i - 1]);
			assert_true(bytes_compare(store_key_get(&before), store_key_get(&key)) < 0);
		}
	}
}

static void parts_stand_one_behind_the_other(void **state)
{
	struct store_key key;
	(void)state;
	store_key_begin(&key);
	store_key_bytes(&key, bytes_text("cn="));
	store_key_bytes(&key, BYTES_NONE);
	store_key_u64(&key, 0x4142434445464748);
	assert_true(bytes_is_text(store_key_get(&key), "cn=ABCDEFGH"));
}

static void too_few_octets_are_zero(void **state)
{
	(void)state;
	assert_true(store_key_to_u64(bytes_text("1234567")) == 0);
	assert_true(store_key_to_u64(bytes_text("ABCDEFGHI")) == 0x4142434445464748);
}

static void a_key_fills_up_to_its_maximum(void **state)
{
	static const uint8_t octets[STORE_KEY_MAX];
	struct store_key key;
	(void)state;
	store_key_begin(&key);
	store_key_bytes(&key, BYTES_OF(octets));
	assert_false(key.overflow);
	assert_int_equal(store_key_get(&key).length, STORE_KEY_MAX);
}

static void overflow_makes_a_key_that_nothing_accepts(void **state)
{
	static const uint8_t octets[STORE_KEY_MAX];
	struct store_key key;
	(void)state;
	store_key_begin(&key);
	store_key_bytes(&key, BYTES_OF(octets));
	store_key_u64(&key, 1);
	assert_true(key.overflow);
	store_key_bytes(&key, bytes_text("x"));
	assert_true(store_key_get(&key).length > STORE_KEY_MAX);
	assert_int_equal(store_key_get(&key).data[STORE_KEY_MAX], 0);
	store_key_begin(&key);
	assert_int_equal(store_key_get(&key).length, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_sort_as_their_octets),
		cmocka_unit_test(parts_stand_one_behind_the_other),
		cmocka_unit_test(too_few_octets_are_zero),
		cmocka_unit_test(a_key_fills_up_to_its_maximum),
		cmocka_unit_test(overflow_makes_a_key_that_nothing_accepts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
