#include "tests/unit/asn1/hex.h"

#include "asn1/der_primitive.h"

static struct error err;

static int put(const char *type, const char *text, struct buffer *out)
{
	*out = BUFFER_MAX(1000);
	struct der_writer w = der_write(out);
	err = (struct error){0};
	int result = der_put_primitive(&w, type, text, &err);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_int_equal(result, err.code);
	return result;
}

static void every_type_is_written(void **state)
{
	(void)state;
	static const struct {
		const char *type, *text, *der;
	} samples[] = {
		{"boolean", "true", "0101ff"}, {"boolean", "false", "010100"},
		{"integer", "0", "020100"}, {"integer", "127", "02017f"}, {"integer", "128", "02020080"},
		{"integer", "007", "020107"}, {"integer", "0x80", "02020080"}, {"integer", "0xAb", "020200ab"},
		{"integer", "-0", "020100"}, {"integer", "-1", "0201ff"}, {"integer", "-128", "020180"},
		{"integer", "-129", "0202ff7f"}, {"integer", "-0x100", "0202ff00"},
		{"integer", "18446744073709551616", "0209 010000000000000000"},
		{"enumerated", "3", "0a0103"}, {"null", "", "0500"},
		{"oid", "1.2.3.4", "06032a0304"}, {"oid", "keyUsage", "0603551d0f"},
		{"octets", "", "0400"}, {"octets", "00Ff", "040200ff"},
		{"bits", "", "030100"}, {"bits", "a0", "030200a0"}, {"bits", "a0/5", "030205a0"},
		{"bits", "ff80/7", "030307ff80"}, {"bits", "/0", "030100"},
		{"utf8", "", "0c00"}, {"utf8", "\xc3\xbc\xf0\x9f\x98\x80", "0c06c3bcf09f9880"},
		{"printable", "a b", "1303612062"}, {"ia5", "a@b", "1603614062"},
		{"numeric", "1 2", "1203312032"}, {"visible", "a", "1a0161"}, {"bmp", "", "1e00"},
		{"bmp", "a\xe2\x82\xac", "1e04006120ac"},
		{"utctime", "2026-11-23T12:49:00Z", "170d 3236313132333132343930305a"},
		{"utctime", "1950-01-01T00:00:00Z", "170d 3530303130313030303030305a"},
		{"generalizedtime", "2026-11-23T12:49:00Z", "180f 32303236313132333132343930305a"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct buffer out;
		if (put(samples[i].type, samples[i].text, &out))
			fail_msg("%s %s: %s", samples[i].type, samples[i].text, err.message);
		assert_bytes(buffer_bytes(&out), samples[i].der);
		assert_int_equal(der_check(buffer_bytes(&out)), 0);
		buffer_free(&out);
		assert_true(der_primitive_is(samples[i].type));
	}
}

static void other_texts_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *type, *text;
	} samples[] = {
		{"boolean", ""}, {"boolean", "True"}, {"boolean", "1"}, {"integer", ""},
		{"integer", "-"}, {"integer", "+1"}, {"integer", "1 "}, {"integer", "1a"},
		{"integer", "0x"}, {"integer", "0xg"}, {"integer", "--1"}, {"integer", "1.0"},
		{"null", "null"}, {"oid", ""}, {"oid", "1.2."}, {"oid", "noSuchName"}, {"oid", "3.1"},
		{"octets", "a"}, {"octets", "0 0"}, {"octets", "0x00"}, {"bits", "a0/8"},
		{"bits", "a0/"}, {"bits", "/1"}, {"bits", "a1/5"}, {"bits", "a"},
		{"utf8", "\xff"}, {"utf8", "a\nb"}, {"printable", "a@b"}, {"ia5", "\xc3\xbc"},
		{"numeric", "a"}, {"visible", "\x7f"}, {"bmp", "\xf0\x9f\x98\x80"}, {"bmp", "\xff"},
		{"bmp", "\x01"}, {"utctime", ""}, {"utctime", "2026-11-23"},
		{"utctime", "1949-12-31T23:59:59Z"}, {"utctime", "2050-01-01T00:00:00Z"},
		{"generalizedtime", "2026-02-30T00:00:00Z"}, {"generalizedtime", "20261123124900Z"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct buffer out;
		if (put(samples[i].type, samples[i].text, &out) != SIGNET_E_INVALID)
			fail_msg("%s %s is taken", samples[i].type, samples[i].text);
		assert_int_equal(out.length, 0);
		assert_ptr_equal(strstr(err.message, samples[i].type), err.message);
	}
}

static void types_that_are_none_are_refused(void **state)
{
	(void)state;
	struct buffer out;
	assert_int_equal(put("sequence", "", &out), SIGNET_E_INVALID);
	assert_string_equal(err.message, "there is no ASN.1 type 'sequence'");
	assert_false(der_primitive_is("sequence"));
	assert_false(der_primitive_is("Integer"));
}

static void integers_are_limited(void **state)
{
	(void)state;
	struct buffer out;
	char text[2 + 256 + 1] = "0x";
	/* 2^1023 - 1 has 128 octets, 2^1023 one more for its sign */
	memset(text + 2, 'f', 256);
	text[2] = '7';
	assert_int_equal(put("integer", text, &out), 0);
	assert_int_equal(out.length, 3 + 128);
	buffer_free(&out);
	text[2] = '8';
	assert_int_equal(put("integer", text, &out), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "at most 128 octets"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_type_is_written),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(types_that_are_none_are_refused),
		cmocka_unit_test(integers_are_limited),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
