#include "tests/unit/asn1/hex.h"

#include "asn1/der_describe.h"

static const char *describe(struct bytes value)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	struct bytes sample = exact(value);
	int result = der_describe(&out, arena, sample);
	exact_free(sample);
	if (result) {
		assert_int_equal(result, SIGNET_E_INVALID);
		assert_int_equal(out.length, 0);
		return "INVALID";
	}
	const char *text = arena_strdup(arena, buffer_text(&out));
	buffer_free(&out);
	return text;
}

static void every_type_is_readable(void **state)
{
	(void)state;
	static const char *const samples[][2] = {
		{"0500", "NULL"}, {"0101ff", "BOOLEAN TRUE"}, {"010100", "BOOLEAN FALSE"},
		{"020100", "INTEGER 0"}, {"0201ff", "INTEGER -1"}, {"02020080", "INTEGER 128"},
		{"0208 8000000000000000", "INTEGER -9223372036854775808"},
		{"0208 7fffffffffffffff", "INTEGER 9223372036854775807"},
		{"0209 00ffffffffffffffff", "INTEGER 0x00ffffffffffffffff"},
		{"0a0102", "ENUMERATED 2"}, {"06032a0304", "OID 1.2.3.4"}, {"0603551d0f", "OID keyUsage"},
		{"0400", "OCTET STRING"}, {"040200ff", "OCTET STRING 00ff"},
		{"030100", "BIT STRING"}, {"030205a0", "BIT STRING a0/5"}, {"030200a1", "BIT STRING a1"},
		{"0c03 61c3bc", "UTF8String \"a\xc3\xbc\""}, {"0c00", "UTF8String \"\""},
		{"1303 612263", "PrintableString 612263"}, {"1603 61225c", "IA5String \"a\\\"\\\\\""},
		{"0c01 0a", "UTF8String 0a"}, {"0c01 ff", "UTF8String ff"},
		{"1e04 006120ac", "BMPString \"a\xe2\x82\xac\""}, {"1e01 00", "BMPString 00"},
		{"1401 e4", "T61String \"\xc3\xa4\""}, {"1c04 0001f600", "UniversalString \"\xf0\x9f\x98\x80\""},
		{"1202 3120", "NumericString \"1 \""}, {"1a01 61", "VisibleString \"a\""},
		{"170d 3236313132333132343930305a", "UTCTime 2026-11-23T12:49:00Z"},
		{"180f 32303630313132333132343930305a", "GeneralizedTime 2060-11-23T12:49:00Z"},
		{"3000", "SEQUENCE {}"}, {"3100", "SET {}"},
		{"3008 06032a0304 0c0178", "SEQUENCE { OID 1.2.3.4, UTF8String \"x\" }"},
		{"a003 800105", "[0] { [0] 05 }"}, {"8000", "[0]"}, {"8203 612e62", "[2] 612e62"},
		{"8204 612e6263", "[2] \"a.bc\""}, {"5f", "INVALID"}, {"4101 00", "[APPLICATION 1] 00"},
		{"e200", "[PRIVATE 2] {}"}, {"0901 00", "[UNIVERSAL 9] 00"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		assert_string_equal(describe(hex(samples[i][0])), samples[i][1]);
}

static void what_is_no_der_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "05", "0500 0500", "0501 00", "3080 0000", "1f0100",
	                                  "3002 0201", "02020001", "3106 020102 020101", "2400"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_string_equal(describe(hex(bad[i])), "INVALID");
}

static void depth_is_bounded(void **state)
{
	(void)state;
	struct buffer der = BUFFER_MAX(1000);
	struct der_writer w = der_write(&der);
	for (int i = 0; i < 20; i++)
		der_begin(&w, DER_SEQUENCE);
	der_put_null(&w);
	for (int i = 0; i < 20; i++)
		der_end(&w);
	assert_string_equal(describe(buffer_bytes(&der)),
	                    "SEQUENCE { SEQUENCE { SEQUENCE { SEQUENCE { SEQUENCE { SEQUENCE { "
	                    "SEQUENCE { SEQUENCE { SEQUENCE { ... } } } } } } } } }");
	buffer_free(&der);
}

static void size_is_bounded(void **state)
{
	(void)state;
	struct buffer der = BUFFER_MAX(1 << 20);
	struct der_writer w = der_write(&der);
	uint8_t octets[5000] = {0};
	const char *text;
	der_begin(&w, DER_SEQUENCE);
	for (int i = 0; i < 10000; i++)
		der_put_boolean(&w, true);
	der_end(&w);
	text = describe(buffer_bytes(&der));
	assert_in_range(strlen(text), 4096, 4200);
	assert_string_equal(text + strlen(text) - 5, "... }");
	buffer_clear(&der);
	w = der_write(&der);
	der_put(&w, DER_OCTET_STRING, BYTES_OF(octets));
	text = describe(buffer_bytes(&der));
	assert_int_equal(strlen(text), strlen("OCTET STRING ") + 1024 + 3);
	buffer_clear(&der);
	w = der_write(&der);
	memset(octets, 'a', sizeof octets);
	der_put(&w, DER_UTF8_STRING, BYTES_OF(octets));
	assert_int_equal(strlen(describe(buffer_bytes(&der))), strlen("UTF8String ") + 1024 + 3);
	buffer_free(&der);
}

static void memory_that_runs_out_is_told(void **state)
{
	(void)state;
	struct buffer out = BUFFER_MAX(100);
	struct arena *small = arena_new(2);
	assert_int_equal(der_describe(&out, small, hex("06032a0304")), SIGNET_E_NOMEM);
	assert_int_equal(out.length, 0);
	assert_int_equal(der_describe(&out, small, hex("0c03616161")), SIGNET_E_NOMEM);
	assert_int_equal(out.length, 0);
	arena_free(small);
	struct buffer full = BUFFER_MAX(4);
	assert_int_equal(der_describe(&full, arena, hex("0500 ")), 0);
	assert_int_equal(der_describe(&full, arena, hex("0500")), SIGNET_E_TOO_BIG);
	buffer_free(&full);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_readable),
		cmocka_unit_test(what_is_no_der_is_refused),
		cmocka_unit_test(depth_is_bounded),
		cmocka_unit_test(size_is_bounded),
		cmocka_unit_test(memory_that_runs_out_is_told),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
