#include "tests/unit/asn1/hex.h"

#include "asn1/der.h"
#include "asn1/oid.h"

static void the_list_agrees_with_itself(void **state)
{
	(void)state;
#define AGREES(c_name, dotted, name, ...)                                                         \
	{                                                                                         \
		const uint8_t octets[] = {__VA_ARGS__};                                           \
		struct bytes parsed = BYTES_NONE;                                                 \
		assert_true(bytes_equal(c_name, BYTES_OF(octets)));                               \
		assert_string_equal(oid_name(c_name), name);                                      \
		assert_string_equal(oid_to_text(arena, c_name), dotted);                          \
		assert_int_equal(oid_from_text(arena, dotted, &parsed), 0);                       \
		assert_true(bytes_equal(parsed, c_name));                                         \
		assert_int_equal(oid_from_text(arena, name, &parsed), 0);                         \
		assert_true(bytes_equal(parsed, c_name));                                         \
		/* another one under it is not known: the general code reads and prints it */     \
		assert_int_equal(oid_from_text(arena, dotted ".4711", &parsed), 0);               \
		assert_int_equal(parsed.length, c_name.length + 2);                               \
		assert_memory_equal(parsed.data, c_name.data, c_name.length);                     \
		assert_string_equal(oid_to_text(arena, parsed), dotted ".4711");                  \
	}
	OID_LIST(AGREES)
#undef AGREES
}

static void names_ignore_case(void **state)
{
	(void)state;
	struct bytes oid;
	assert_int_equal(oid_from_text(arena, "SERVER-auth", &oid), 0);
	assert_true(bytes_equal(oid, OID_SERVER_AUTH));
}

static void unknown_oids_have_no_name(void **state)
{
	(void)state;
	assert_null(oid_name(hex("2a03")));
	assert_null(oid_name(BYTES_NONE));
}

static void text_round_trips(void **state)
{
	(void)state;
	static const struct {
		const char *text, *octets;
	} samples[] = {
		{"0.0", "00"},
		{"0.39", "27"},
		{"1.0", "28"},
		{"1.39", "4f"},
		{"2.0", "50"},
		{"2.47", "7f"},
		{"2.48", "8100"},
		{"2.999", "8837"},
		{"2.100.3", "813403"},
		{"1.2.840.113549", "2a864886f70d"},
		{"2.16.840.1.101.3.4.2.1", "608648016503040201"},
		{"1.3.127.128.16383.16384", "2b7f8100ff7f818000"},
		{"1.3.18446744073709551615", "2b81ffffffffffffffff7f"},
		/* a UUID as an arc (X.667): 128 bits */
		{"2.25.329800735698586629295641978511506172918", "6983f09da7ebcfdee0c7a1a7b2c0948cc8f9d776"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct bytes oid = BYTES_NONE;
		assert_int_equal(oid_from_text(arena, samples[i].text, &oid), 0);
		assert_bytes(oid, samples[i].octets);
		assert_string_equal(oid_to_text(arena, oid), samples[i].text);
	}
}

static void text_that_is_no_oid_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "1", "1.", ".1", "1..2", "1.2.", "3.1", "0.40", "1.40", "1.160", "01.2", "1.02",
		"1.2.00", "1.2.-3", "1.2.+3", "1. 2", "1.2 ", "1.2.3a", "a.b", "serverauth", "1,2",
		"2.5.4.3.", "10.2",
	};
	struct bytes oid;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(oid_from_text(arena, bad[i], &oid), SIGNET_E_INVALID);
}

static void oids_are_bounded(void **state)
{
	(void)state;
	char text[4 * LIMIT_OID] = "1.2";
	struct bytes oid;
	for (size_t i = 1; i < LIMIT_OID; i++)
		strncat(text, ".3", sizeof text - strlen(text) - 1);
	assert_int_equal(oid_from_text(arena, text, &oid), 0);
	assert_int_equal(oid.length, LIMIT_OID);
	strncat(text, ".3", sizeof text - strlen(text) - 1);
	assert_int_equal(oid_from_text(arena, text, &oid), SIGNET_E_INVALID);
	memset(text, '9', sizeof text - 1);
	memcpy(text, "2.", 2);
	text[sizeof text - 1] = '\0';
	assert_int_equal(oid_from_text(arena, text, &oid), SIGNET_E_INVALID);

	uint8_t largest[LIMIT_OID];
	memset(largest, 0xff, sizeof largest);
	largest[LIMIT_OID - 1] = 0x7f;
	char *printed = oid_to_text(arena, BYTES_OF(largest));
	assert_non_null(printed);
	assert_int_equal(oid_from_text(arena, printed, &oid), 0);
	assert_true(bytes_equal(oid, BYTES_OF(largest)));
	memset(largest, 0x7f, sizeof largest);
	printed = oid_to_text(arena, BYTES_OF(largest));
	assert_non_null(printed);
	assert_int_equal(oid_from_text(arena, printed, &oid), 0);
	assert_true(bytes_equal(oid, BYTES_OF(largest)));
}

static void octets_that_are_no_oid_have_no_text(void **state)
{
	(void)state;
	uint8_t long_oid[LIMIT_OID + 1] = {0};
	assert_null(oid_to_text(arena, BYTES_NONE));
	assert_null(oid_to_text(arena, hex("80")));
	assert_null(oid_to_text(arena, hex("2a80")));
	assert_null(oid_to_text(arena, hex("2a8001")));
	assert_null(oid_to_text(arena, BYTES_OF(long_oid)));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_list_agrees_with_itself),
		cmocka_unit_test(names_ignore_case),
		cmocka_unit_test(unknown_oids_have_no_name),
		cmocka_unit_test(text_round_trips),
		cmocka_unit_test(text_that_is_no_oid_is_refused),
		cmocka_unit_test(oids_are_bounded),
		cmocka_unit_test(octets_that_are_no_oid_have_no_text),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
