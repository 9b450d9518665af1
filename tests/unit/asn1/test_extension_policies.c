#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"
#include "asn1/oid.h"

static struct policy_information *items;
static size_t count;

static int decode(struct bytes value)
{
	struct bytes sample = exact(value);
	int result = certificate_policies_decode(arena, sample, &items, &count);
	exact_free(sample);
	return result;
}

static const char full_hex[] =
	"3044 3005 06032a0301 303b 06032a0302 3034"
	"3018 06082b06010505070201 160c 687474703a2f2f612f637073"
	"3018 06082b06010505070202 300c 0c0a 426572c3bc6e67202121";

static void policies_round_trip(void **state)
{
	(void)state;
	const struct policy_information sample[] = {
		{.oid = hex("2a0301")},
		{.oid = hex("2a0302"), .cps = "http://a/cps", .notice = "Ber\xc3\xbcng !!"},
	};
	struct buffer out = BUFFER_MAX(1000);
	assert_int_equal(certificate_policies_encode(&out, sample, 2), 0);
	assert_bytes(buffer_bytes(&out), full_hex);
	struct bytes value = hex(full_hex);
	assert_int_equal(certificate_policies_decode(arena, value, &items, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(items[0].oid, sample[0].oid));
	assert_null(items[0].cps);
	assert_null(items[0].notice);
	assert_true(bytes_equal(items[1].oid, sample[1].oid));
	assert_string_equal(items[1].cps, sample[1].cps);
	assert_string_equal(items[1].notice, sample[1].notice);
	for (size_t n = 0; n < value.length; n++)
		assert_int_equal(decode(bytes_make(value.data, n)), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void policies_that_are_none_are_not_encoded(void **state)
{
	(void)state;
	char notice[202];
	struct buffer out = BUFFER_MAX(10000);
	const struct policy_information twice[] = {{.oid = hex("2a03")}, {.oid = hex("2a03")}};
	const struct policy_information relative = {.oid = hex("2a03"), .cps = "a/b"};
	const struct policy_information control = {.oid = hex("2a03"), .notice = "a\nb"};
	const struct policy_information empty = {.oid = hex("2a03"), .notice = ""};
	struct policy_information length = {.oid = hex("2a03"), .notice = notice};
	memset(notice, 'x', sizeof notice - 1);
	notice[201] = '\0';
	assert_int_equal(certificate_policies_encode(&out, twice, 2), SIGNET_E_INVALID);
	assert_int_equal(certificate_policies_encode(&out, twice, 0), SIGNET_E_INVALID);
	assert_int_equal(certificate_policies_encode(&out, &relative, 1), SIGNET_E_INVALID);
	assert_int_equal(certificate_policies_encode(&out, &control, 1), SIGNET_E_INVALID);
	assert_int_equal(certificate_policies_encode(&out, &empty, 1), SIGNET_E_INVALID);
	assert_int_equal(certificate_policies_encode(&out, &length, 1), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
	notice[200] = '\0';
	assert_int_equal(certificate_policies_encode(&out, &length, 1), 0);
	buffer_free(&out);
}

/* One policy with one qualifier of this encoding. */
static int decode_qualifier(const char *oid, const char *qualifier)
{
	struct buffer out = BUFFER_MAX(10000);
	struct der_writer w = der_write(&out);
	for (int i = 0; i < 2; i++)
		der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, hex("2a0304"));
	for (int i = 0; i < 2; i++)
		der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, hex(oid));
	der_put_raw(&w, hex(qualifier));
	for (int i = 0; i < 4; i++)
		der_end(&w);
	int result = decode(buffer_bytes(&out));
	buffer_free(&out);
	return result;
}

#define CPS "2b06010505070201"
#define NOTICE "2b06010505070202"

static void notices_of_others_are_read(void **state)
{
	(void)state;
	assert_int_equal(decode_qualifier(NOTICE, "3000"), 0);
	assert_null(items[0].notice);
	assert_int_equal(decode_qualifier(NOTICE, "3004 1a02 6162"), 0);
	assert_string_equal(items[0].notice, "ab");
	assert_int_equal(decode_qualifier(NOTICE, "3006 1e04 004200e4"), 0);
	assert_string_equal(items[0].notice, "B\xc3\xa4");
	assert_int_equal(decode_qualifier(NOTICE, "300e 3008 0c01 61 3003 020101 0c02 6162"), 0);
	assert_string_equal(items[0].notice, "ab");
	assert_int_equal(decode_qualifier("2a0305", "0500"), 0);
	assert_null(items[0].notice);
}

static void other_qualifiers_are_refused(void **state)
{
	(void)state;
	static const char *const cps[] = {"0c03 613a62", "1603 612f62", "1600", "1603 613a62 0500",
	                                  ""};
	static const char *const notices[] = {
		"3002 0c00", "3003 0c01 0a", "3004 1302 6162", "3006 0c01 61 0c01 62", "3002 3000",
		"3005 3003 0c01 61", "3007 3005 0c01 61 3000 0500", "3009 3007 0c01 61 3002 0500",
		"0c01 61", "3003 1e01 61",
	};
	for (size_t i = 0; i < sizeof cps / sizeof *cps; i++)
		assert_int_equal(decode_qualifier(CPS, cps[i]), SIGNET_E_INVALID);
	for (size_t i = 0; i < sizeof notices / sizeof *notices; i++)
		assert_int_equal(decode_qualifier(NOTICE, notices[i]), SIGNET_E_INVALID);
}

static void other_values_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3000", "3002 3000", "3009 3007 06032a0304 3000",
		"300e 3005 06032a0304 3005 06032a0304", "3009 3007 06032a0304 0500",
		"300b 3009 06032a0304 3002 3000",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(decode(hex(bad[i])), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policies_round_trip),
		cmocka_unit_test(policies_that_are_none_are_not_encoded),
		cmocka_unit_test(notices_of_others_are_read),
		cmocka_unit_test(other_qualifiers_are_refused),
		cmocka_unit_test(other_values_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
