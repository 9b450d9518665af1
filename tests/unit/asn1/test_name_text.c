#include "tests/unit/asn1/hex.h"

#include "asn1/name.h"
#include "asn1/oid.h"

/* A name of one attribute. */
static struct bytes one(struct bytes oid, uint8_t tag, struct bytes value)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	struct der_writer w = der_write(&out);
	struct bytes name = BYTES_NONE;
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SET);
	der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, oid);
	der_put(&w, tag, value);
	der_end(&w);
	der_end(&w);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&out), &name), 0);
	buffer_free(&out);
	return name;
}

static const char *text_of(const char *common_name)
{
	return name_to_text(arena, one(OID_COMMON_NAME, DER_UTF8_STRING, bytes_text(common_name)));
}

static void the_order_is_reversed(void **state)
{
	(void)state;
	struct bytes name = hex("3032 310b 3009 0603550406 13024445 310b 3009 060355040a 0c024f31"
	                        "3116 3008 060355040b 0c0178 300a 0603550403 0c03616263");
	assert_int_equal(name_check(name, NULL), 0);
	assert_string_equal(name_to_text(arena, name), "OU=x+CN=abc,O=O1,C=DE");
	assert_string_equal(name_to_text(arena, NAME_EMPTY), "");
}

static void special_characters_are_escaped(void **state)
{
	(void)state;
	assert_string_equal(text_of("Smith, John"), "CN=Smith\\, John");
	assert_string_equal(text_of("a+b"), "CN=a\\+b");
	assert_string_equal(text_of("\"<>;\\"), "CN=\\\"\\<\\>\\;\\\\");
	assert_string_equal(text_of("#a#"), "CN=\\#a#");
	assert_string_equal(text_of(" a b "), "CN=\\ a b\\ ");
	assert_string_equal(text_of(" "), "CN=\\ ");
	assert_string_equal(text_of("  "), "CN=\\ \\ ");
	assert_string_equal(text_of("a=b"), "CN=a=b");
	assert_string_equal(text_of("Lu\xc4\x8di\xc4\x87"), "CN=Lu\xc4\x8di\xc4\x87");
}

static void unknown_attributes_are_dotted_with_hex(void **state)
{
	(void)state;
	assert_string_equal(name_to_text(arena, one(hex("2a0304"), DER_IA5_STRING, hex("6162"))),
	                    "1.2.3.4=#16026162");
}

static void other_string_types_become_utf8(void **state)
{
	(void)state;
	assert_string_equal(name_to_text(arena, one(OID_COMMON_NAME, DER_BMP_STRING,
	                                            hex("00e420ac"))), "CN=\xc3\xa4\xe2\x82\xac");
	assert_string_equal(name_to_text(arena, one(OID_COMMON_NAME, DER_T61_STRING, hex("e4"))),
	                    "CN=\xc3\xa4");
	assert_string_equal(name_to_text(arena, one(OID_COMMON_NAME, DER_UNIVERSAL_STRING,
	                                            hex("0001f600"))), "CN=\xf0\x9f\x98\x80");
}

static void the_last_common_name_counts(void **state)
{
	(void)state;
	struct bytes name;
	assert_int_equal(name_from_text(arena, "CN=last,O=x,CN=first", &name, NULL), 0);
	assert_string_equal(name_common_name(arena, name), "last");
	assert_int_equal(name_from_text(arena, "O=x", &name, NULL), 0);
	assert_null(name_common_name(arena, name));
	assert_null(name_common_name(arena, NAME_EMPTY));
	assert_string_equal(name_common_name(arena, one(OID_COMMON_NAME, DER_BMP_STRING,
	                                                hex("00e4"))), "\xc3\xa4");
}

static void the_largest_names_have_a_text(void **state)
{
	(void)state;
	static char commas[LIMIT_NAME - 31];
	memset(commas, ',', sizeof commas - 1);
	struct bytes name = one(OID_COMMON_NAME, DER_UTF8_STRING, bytes_text(commas)), back;
	assert_int_equal(name_check(name, NULL), 0);
	const char *text = name_to_text(arena, name);
	assert_non_null(text);
	assert_int_equal(strlen(text), 3 + 2 * strlen(commas));
	/* longer than a common name of ours may be */
	assert_int_equal(name_from_text(arena, text, &back, NULL), SIGNET_E_BAD_NAME);
	name = one(hex("2a0304"), DER_UTF8_STRING, bytes_text(commas));
	assert_int_equal(name_check(name, NULL), 0);
	text = name_to_text(arena, name);
	assert_non_null(text);
	assert_int_equal(name_from_text(arena, text, &back, NULL), 0);
	assert_true(bytes_equal(back, name));
}

static void without_memory_there_is_no_text(void **state)
{
	(void)state;
	struct arena *small = arena_new(4);
	struct bytes name = one(OID_COMMON_NAME, DER_UTF8_STRING, bytes_text("abcdef"));
	struct bytes unknown = one(hex("2a0304"), DER_UTF8_STRING, bytes_text("abcdef"));
	assert_null(name_to_text(small, name));
	assert_null(name_to_text(small, unknown));
	assert_null(name_common_name(small, name));
	arena_free(small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_order_is_reversed),
		cmocka_unit_test(special_characters_are_escaped),
		cmocka_unit_test(unknown_attributes_are_dotted_with_hex),
		cmocka_unit_test(other_string_types_become_utf8),
		cmocka_unit_test(the_last_common_name_counts),
		cmocka_unit_test(the_largest_names_have_a_text),
		cmocka_unit_test(without_memory_there_is_no_text),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
