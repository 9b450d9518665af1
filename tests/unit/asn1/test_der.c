#include "tests/unit/asn1/hex.h"

#include "asn1/der.h"

static int any(const char *text)
{
	struct bytes sample = exact(hex(text));
	struct der der = der_open(sample);
	int result = der_any(&der, NULL, NULL, NULL);
	if (result)
		assert_ptr_equal(der.at, sample.data);
	exact_free(sample);
	return result;
}

static void definite_minimal_lengths_are_read(void **state)
{
	(void)state;
	assert_int_equal(any("0500"), 0);
	assert_int_equal(any("0403 616263"), 0);
	struct buffer long_form = BUFFER_MAX(1000);
	buffer_append(&long_form, "\x04\x82\x01\x00", 4);
	for (int i = 0; i < 256; i++)
		buffer_append_octet(&long_form, (uint8_t)i);
	struct der der = der_open(buffer_bytes(&long_form));
	uint8_t tag;
	struct bytes content, whole;
	assert_int_equal(der_any(&der, &tag, &content, &whole), 0);
	assert_int_equal(tag, DER_OCTET_STRING);
	assert_int_equal(content.length, 256);
	assert_int_equal(whole.length, 260);
	assert_int_equal(der_finish(&der), 0);
	buffer_free(&long_form);
}

static void lengths_that_are_no_der_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"04", "05", "0481", "048100", "04810161", "04 81 7f", "0482 0001 61",
		"0483 000080", "3080 0000", "3080 0500 0000", "04ff 00", "0484 ffffffff",
		"0485 0000000001 61", "0488 ffffffffffffffff", "0402 61", "0001 00", "0000",
		"1f01 00", "3f01 00", "1f8101 00", "bf1f 00", "df2001 00",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(any(bad[i]), SIGNET_E_INVALID);
}

static void expect_wants_its_tag_and_stays_else(void **state)
{
	(void)state;
	struct der der = der_open(hex("0201 05"));
	struct bytes content = BYTES_NONE, whole = BYTES_NONE;
	assert_int_equal(der_expect(&der, DER_OCTET_STRING, &content), SIGNET_E_INVALID);
	assert_int_equal(der_whole(&der, DER_OCTET_STRING, &whole), SIGNET_E_INVALID);
	assert_null(content.data);
	assert_int_equal(der_peek(&der), DER_INTEGER);
	assert_int_equal(der_finish(&der), SIGNET_E_INVALID);
	assert_int_equal(der_whole(&der, DER_INTEGER, &whole), 0);
	assert_bytes(whole, "020105");
	assert_int_equal(der_peek(&der), 0);
	assert_int_equal(der_expect(&der, DER_INTEGER, &content), SIGNET_E_INVALID);
}

static void the_empty_slice_is_at_its_end(void **state)
{
	(void)state;
	struct der der = der_open(BYTES_NONE);
	assert_true(der_at_end(&der));
	assert_int_equal(der_peek(&der), 0);
	assert_int_equal(der_any(&der, NULL, NULL, NULL), SIGNET_E_INVALID);
	assert_int_equal(der_finish(&der), 0);
	assert_int_equal(der_check(BYTES_NONE), 0);
}

static void enter_reads_inside_only(void **state)
{
	(void)state;
	struct der der = der_open(hex("3003 020107 0500")), inside;
	uint64_t value;
	assert_int_equal(der_enter(&der, DER_SEQUENCE, &inside), 0);
	assert_int_equal(der_uint(&inside, &value), 0);
	assert_int_equal(value, 7);
	assert_int_equal(der_finish(&inside), 0);
	assert_int_equal(der_null(&der), 0);
	assert_int_equal(der_finish(&der), 0);
}

static void booleans_are_00_or_ff(void **state)
{
	(void)state;
	bool value = false;
	struct der der = der_open(hex("0101ff 010100"));
	assert_int_equal(der_boolean(&der, &value), 0);
	assert_true(value);
	assert_int_equal(der_boolean(&der, &value), 0);
	assert_false(value);
	static const char *const bad[] = {"010101", "0101fe", "0100", "0102ffff", "020100"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		der = der_open(hex(bad[i]));
		assert_int_equal(der_boolean(&der, &value), SIGNET_E_INVALID);
	}
}

static void integers_are_minimal(void **state)
{
	(void)state;
	static const char *const good[] = {"020100", "02017f", "02020080", "0201ff", "0202ff7f"};
	static const char *const bad[] = {"0200", "02020000", "0202007f", "0202ffff", "0202ff80"};
	struct bytes value;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		struct der der = der_open(hex(good[i]));
		assert_int_equal(der_integer(&der, &value), 0);
		assert_int_equal(der_finish(&der), 0);
	}
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct der der = der_open(hex(bad[i]));
		assert_int_equal(der_integer(&der, &value), SIGNET_E_INVALID);
	}
}

static int read_uint(const char *text, uint64_t *value)
{
	struct der der = der_open(hex(text));
	const uint8_t *start = der.at;
	int result = der_uint(&der, value);
	assert_true(result == 0 ? der_at_end(&der) : der.at == start);
	return result;
}

static void unsigned_integers_have_64_bits(void **state)
{
	(void)state;
	uint64_t value = 1;
	assert_int_equal(read_uint("020100", &value), 0);
	assert_true(value == 0);
	assert_int_equal(read_uint("0209 00ffffffffffffffff", &value), 0);
	assert_true(value == UINT64_MAX);
	assert_int_equal(read_uint("0208 7fffffffffffffff", &value), 0);
	assert_true(value == INT64_MAX);
	assert_int_equal(read_uint("0209 010000000000000000", &value), SIGNET_E_TOO_BIG);
	assert_int_equal(read_uint("020a 00ff0000000000000000", &value), SIGNET_E_TOO_BIG);
	assert_int_equal(read_uint("0201ff", &value), SIGNET_E_INVALID);
	assert_int_equal(read_uint("020180", &value), SIGNET_E_INVALID);
	assert_int_equal(read_uint("02020001", &value), SIGNET_E_INVALID);
}

static void integers_are_read_under_other_tags(void **state)
{
	(void)state;
	uint64_t value = 0;
	struct der der = der_open(hex("800105 0a01ff 810200ff"));
	assert_int_equal(der_uint_as(&der, DER_INTEGER, &value), SIGNET_E_INVALID);
	assert_int_equal(der_uint_as(&der, DER_CONTEXT(0), &value), 0);
	assert_int_equal(value, 5);
	/* a negative one: it stays there */
	assert_int_equal(der_uint_as(&der, DER_ENUMERATED, &value), SIGNET_E_INVALID);
	assert_int_equal(der_expect(&der, DER_ENUMERATED, NULL), 0);
	assert_int_equal(der_uint_as(&der, DER_CONTEXT(1), &value), 0);
	assert_int_equal(value, 255);
	assert_int_equal(der_finish(&der), 0);
}

static void oids_have_minimal_complete_arcs(void **state)
{
	(void)state;
	struct bytes oid;
	struct der der = der_open(hex("0603 550403"));
	assert_int_equal(der_oid(&der, &oid), 0);
	assert_bytes(oid, "550403");
	static const char *const bad[] = {"0600", "060180", "06025580", "0603558001", "060381"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		der = der_open(hex(bad[i]));
		assert_int_equal(der_oid(&der, &oid), SIGNET_E_INVALID);
	}
	uint8_t long_oid[2 + LIMIT_OID + 1] = {DER_OID, LIMIT_OID + 1};
	memset(long_oid + 2, 1, LIMIT_OID + 1);
	der = der_open(BYTES_OF(long_oid));
	assert_int_equal(der_oid(&der, &oid), SIGNET_E_INVALID);
}

static void unused_bits_are_zero(void **state)
{
	(void)state;
	struct bytes bits;
	unsigned unused;
	struct der der = der_open(hex("0302 07 80"));
	assert_int_equal(der_bits(&der, &bits, &unused), 0);
	assert_int_equal(unused, 7);
	assert_bytes(bits, "80");
	der = der_open(hex("0302 07 80"));
	assert_int_equal(der_bits(&der, &bits, NULL), SIGNET_E_INVALID);
	assert_int_equal(der_peek(&der), DER_BIT_STRING);
	der = der_open(hex("0301 00"));
	assert_int_equal(der_bits(&der, &bits, NULL), 0);
	assert_int_equal(bits.length, 0);
	static const char *const bad[] = {"0300", "030101", "030208 00", "0302 07 81", "0302 01 01",
	                                  "0302ff00", "2303 0302 0780"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		der = der_open(hex(bad[i]));
		assert_int_equal(der_bits(&der, &bits, &unused), SIGNET_E_INVALID);
	}
}

static int read_time_text(uint8_t tag, const char *text, int64_t *seconds)
{
	uint8_t sample[64] = {tag, (uint8_t)strlen(text)};
	memcpy(sample + 2, text, strlen(text));
	struct der der = der_open(bytes_make(sample, 2 + strlen(text)));
	int result = der_time(&der, seconds);
	assert_true(result == 0 ? der_at_end(&der) : der.at == sample);
	return result;
}

static void times_are_those_of_rfc_5280(void **state)
{
	(void)state;
	int64_t seconds = 0;
	assert_int_equal(read_time_text(DER_UTC_TIME, "700101000000Z", &seconds), 0);
	assert_true(seconds == 0);
	assert_int_equal(read_time_text(DER_UTC_TIME, "491231235959Z", &seconds), 0);
	assert_true(seconds == 2524607999);
	assert_int_equal(read_time_text(DER_UTC_TIME, "500101000000Z", &seconds), 0);
	assert_true(seconds == -631152000);
	assert_int_equal(read_time_text(DER_GENERALIZED_TIME, "20500101000000Z", &seconds), 0);
	assert_true(seconds == 2524608000);
	assert_int_equal(read_time_text(DER_GENERALIZED_TIME, "99991231235959Z", &seconds), 0);
	assert_true(seconds == 253402300799);
	assert_int_equal(read_time_text(DER_UTC_TIME, "240229120000Z", &seconds), 0);
}

static void other_times_are_refused(void **state)
{
	(void)state;
	static const char *const utc[] = {
		"", "Z", "7001010000Z", "700101000000", "700101000000+0000", "7001010000+0100",
		"700101000000z", "700001000000Z", "701301000000Z", "700100000000Z", "700132000000Z",
		"230229000000Z", "700101240000Z", "700101006000Z", "700101000060Z", "70010100000 Z",
		"7O0101000000Z", "-10101000000Z", "19700101000000Z",
	};
	static const char *const generalized[] = {
		"20500101000000", "20500101000000.5Z", "20500101000000.0Z", "205001010000Z",
		"2050010100Z", "20500101000000+0000", "500101000000Z", "20500101000000,5Z",
		"2050-101000000Z",
	};
	int64_t seconds;
	for (size_t i = 0; i < sizeof utc / sizeof *utc; i++)
		assert_int_equal(read_time_text(DER_UTC_TIME, utc[i], &seconds), SIGNET_E_INVALID);
	for (size_t i = 0; i < sizeof generalized / sizeof *generalized; i++)
		assert_int_equal(read_time_text(DER_GENERALIZED_TIME, generalized[i], &seconds),
		                 SIGNET_E_INVALID);
	assert_int_equal(read_time_text(DER_OCTET_STRING, "700101000000Z", &seconds),
	                 SIGNET_E_INVALID);
}

static void check_wants_every_element_well_formed(void **state)
{
	(void)state;
	static const char *const good[] = {
		"3000", "3008 020100 0101ff 0500", "a003 020101", "0c03 e282ac", "0400 3000",
		"3004 8000 a100", "170d 3730303130313030303030305a",
	};
	static const char *const bad[] = {
		"3001", "3080 0000", "3002 0201", "3003 010101", "3004 02020001", "1000", "0500 05",
		"2400", "2404 0402 6161", "3004 0600 0500", "170c 373030313031303030303030",
		"3004 a002 0200", "3003 0301 01", "3003 0501 00", "3005 0a02 0001 00",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(der_check(hex(good[i])), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(der_check(hex(bad[i])), SIGNET_E_INVALID);
}

static void check_wants_sets_in_order(void **state)
{
	(void)state;
	assert_int_equal(der_check(hex("3106 020101 020102")), 0);
	assert_int_equal(der_check(hex("3106 a001 00 8101 00")), SIGNET_E_INVALID);
	/* a SET, by tags: [0] constructed, [1] primitive */
	assert_int_equal(der_check(hex("3105 a000 8101 00")), 0);
	assert_int_equal(der_check(hex("3106 020102 020101")), SIGNET_E_INVALID);
	assert_int_equal(der_check(hex("3105 0500 020101")), SIGNET_E_INVALID);
}

/* depth SEQUENCEs, one in the other. */
static int check_nested(size_t depth)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	for (size_t i = depth; i-- > 0;) {
		struct buffer outer = BUFFER_MAX(1 << 20);
		struct der_writer w = der_write(&outer);
		der_put(&w, DER_SEQUENCE, buffer_bytes(&out));
		buffer_free(&out);
		out = outer;
	}
	int result = der_check(buffer_bytes(&out));
	buffer_free(&out);
	return result;
}

static void check_ends_at_its_depth(void **state)
{
	(void)state;
	assert_int_equal(check_nested(LIMIT_DER_DEPTH), 0);
	assert_int_equal(check_nested(LIMIT_DER_DEPTH + 1), SIGNET_E_INVALID);
	assert_int_equal(check_nested(5000), SIGNET_E_INVALID);
}

static void check_fails_at_every_truncation(void **state)
{
	(void)state;
	struct bytes sample = hex("301f 0603550403 0c03616263 a009 3007 020101 03020780 04"
	                          "00 3106 020101 020102");
	assert_int_equal(der_check(sample), 0);
	for (size_t n = 1; n < sample.length; n++) {
		struct bytes cut = exact(bytes_make(sample.data, n));
		assert_int_equal(der_check(cut), SIGNET_E_INVALID);
		exact_free(cut);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(definite_minimal_lengths_are_read),
		cmocka_unit_test(lengths_that_are_no_der_are_refused),
		cmocka_unit_test(expect_wants_its_tag_and_stays_else),
		cmocka_unit_test(the_empty_slice_is_at_its_end),
		cmocka_unit_test(enter_reads_inside_only),
		cmocka_unit_test(booleans_are_00_or_ff),
		cmocka_unit_test(integers_are_minimal),
		cmocka_unit_test(unsigned_integers_have_64_bits),
		cmocka_unit_test(integers_are_read_under_other_tags),
		cmocka_unit_test(oids_have_minimal_complete_arcs),
		cmocka_unit_test(unused_bits_are_zero),
		cmocka_unit_test(times_are_those_of_rfc_5280),
		cmocka_unit_test(other_times_are_refused),
		cmocka_unit_test(check_wants_every_element_well_formed),
		cmocka_unit_test(check_wants_sets_in_order),
		cmocka_unit_test(check_ends_at_its_depth),
		cmocka_unit_test(check_fails_at_every_truncation),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
