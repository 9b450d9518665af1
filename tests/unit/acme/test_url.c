#include "tests/unit/asn1/hex.h"

#include "intermediaries/acme/url.h"

static const uint8_t secret[URL_SECRET] = "a secret of thirty-two octets, 1";
static const uint8_t other_secret[URL_SECRET] = "a secret of thirty-two octets, 2";

static void identifier_comes_back_as_its_number(void **state)
{
	(void)state;
	static const uint64_t numbers[] = {0, 1, 255, 256, UINT32_MAX, UINT64_MAX};
	for (size_t i = 0; i < sizeof numbers / sizeof *numbers; i++) {
		char id[URL_ID];
		uint64_t number = 7;
		assert_int_equal(url_id_make(secret, URL_ORDER, numbers[i], id), 0);
		assert_int_equal(strlen(id), URL_ID - 1);
		assert_int_equal(url_id_read(secret, URL_ORDER, id, &number), 0);
		assert_true(number == numbers[i]);
	}
}

static void identifier_of_another_kind_or_secret_is_not_found(void **state)
{
	(void)state;
	char id[URL_ID];
	uint64_t number = 7;
	assert_int_equal(url_id_make(secret, URL_ORDER, 5, id), 0);
	assert_int_equal(url_id_read(secret, URL_CERTIFICATE, id, &number), SIGNET_E_NOT_FOUND);
	assert_int_equal(url_id_read(secret, URL_ACCOUNT, id, &number), SIGNET_E_NOT_FOUND);
	assert_int_equal(url_id_read(other_secret, URL_ORDER, id, &number), SIGNET_E_NOT_FOUND);
	assert_int_equal(number, 7);
}

static void changed_identifier_is_not_found(void **state)
{
	(void)state;
	char id[URL_ID];
	uint64_t number;
	assert_int_equal(url_id_make(secret, URL_ORDER, 5, id), 0);
	for (size_t i = 0; i < URL_ID - 1; i++) {
		char old = id[i];
		id[i] = old == 'A' ? 'E' : 'A';
		assert_int_equal(url_id_read(secret, URL_ORDER, id, &number), SIGNET_E_NOT_FOUND);
		id[i] = '\0';
		assert_int_equal(url_id_read(secret, URL_ORDER, id, &number), SIGNET_E_NOT_FOUND);
		id[i] = old;
	}
	assert_int_equal(url_id_read(secret, URL_ORDER, NULL, &number), SIGNET_E_NOT_FOUND);
	assert_int_equal(url_id_read(secret, URL_ORDER, arena_printf(arena, "%sA", id), &number),
	                 SIGNET_E_NOT_FOUND);
}

static void tokens_are_long_and_differ(void **state)
{
	(void)state;
	char one[URL_TOKEN], two[URL_TOKEN], again[URL_TOKEN], foreign[URL_TOKEN];
	assert_int_equal(url_token_make(secret, 1, one), 0);
	assert_int_equal(url_token_make(secret, 2, two), 0);
	assert_int_equal(url_token_make(secret, 1, again), 0);
	assert_int_equal(url_token_make(other_secret, 1, foreign), 0);
	assert_int_equal(strlen(one), URL_TOKEN - 1);
	assert_string_equal(one, again);
	assert_string_not_equal(one, two);
	assert_string_not_equal(one, foreign);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(identifier_comes_back_as_its_number),
		cmocka_unit_test(identifier_of_another_kind_or_secret_is_not_found),
		cmocka_unit_test(changed_identifier_is_not_found),
		cmocka_unit_test(tokens_are_long_and_differ),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
