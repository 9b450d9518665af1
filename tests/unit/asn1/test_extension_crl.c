#include "tests/unit/asn1/describe.h"

#include "asn1/oid.h"

static struct buffer out = BUFFER_MAX(5000);

static struct bytes written(int result)
{
	assert_int_equal(result, 0);
	struct bytes value = BYTES_NONE;
	assert_int_equal(arena_bytes(arena, buffer_bytes(&out), &value), 0);
	buffer_free(&out);
	return value;
}

static void numbers_go_both_ways(void **state)
{
	(void)state;
	uint64_t number;
	assert_bytes(written(crl_number_encode(&out, 1)), "020101");
	assert_bytes(written(crl_number_encode(&out, UINT64_MAX)), "020900ffffffffffffffff");
	assert_int_equal(crl_number_decode(hex("020900ffffffffffffffff"), &number), 0);
	assert_true(number == UINT64_MAX);
	assert_int_equal(crl_number_decode(hex("0209010000000000000000"), &number), SIGNET_E_TOO_BIG);
	assert_int_equal(crl_number_decode(hex("0201ff"), &number), SIGNET_E_INVALID);
	assert_int_equal(crl_number_decode(hex("02010100"), &number), SIGNET_E_INVALID);
	assert_int_equal(crl_number_decode(hex(""), &number), SIGNET_E_INVALID);
}

static void issuing_points_go_both_ways(void **state)
{
	(void)state;
	struct issuing_point point;
	static const char *const uris[] = {"http://a/b", "http://c", "none"};
	struct bytes value = written(issuing_point_encode(&out, uris, 1));
	assert_bytes(value, "3010 a00e a00c 860a 687474703a2f2f612f62");
	assert_int_equal(issuing_point_decode(arena, value, &point), 0);
	assert_int_equal(point.uri_count, 1);
	assert_true(bytes_is_text(point.uris[0], "http://a/b"));
	assert_false(point.users_only || point.authorities_only || point.attributes_only ||
	             point.indirect || point.some_reasons);
	value = written(issuing_point_encode(&out, uris, 2));
	assert_bytes(value, "301a a018 a016 860a 687474703a2f2f612f62 8608 687474703a2f2f63");
	assert_int_equal(issuing_point_decode(arena, value, &point), 0);
	assert_int_equal(point.uri_count, 2);
	assert_true(bytes_is_text(point.uris[1], "http://c"));
	assert_int_equal(issuing_point_encode(&out, uris, 3), SIGNET_E_INVALID);
	assert_int_equal(issuing_point_encode(&out, uris, 0), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
	assert_int_equal(issuing_point_decode(arena, hex("300a 8101ff 83020780 8401ff"), &point), 0);
	assert_true(point.users_only && point.some_reasons && point.indirect);
	assert_int_equal(issuing_point_decode(arena, hex("3003 8201ff"), &point), 0);
	assert_true(point.authorities_only && !point.users_only);
	assert_int_equal(issuing_point_decode(arena, hex("3003 8501ff"), &point), 0);
	assert_true(point.attributes_only);
	/* a name below that of the issuer */
	assert_int_equal(issuing_point_decode(arena, hex("3011 a00f a10d 300b 0603550403 0c046e616d65"),
	                                      &point), 0);
	assert_int_equal(point.uri_count, 0);
}

static void broken_issuing_points_are_refused(void **state)
{
	(void)state;
	static const char *const broken[] = {
		"", "3000", "3003 810100", "3003 810101", "3006 8101ff 8201ff", "3006 8201ff 8101ff",
		"3004 8102ffff", "3002 a000", "3004 a002 a000", "3003 8601ff", "3003 8101ff 00",
		"3012 a010 a00c 860a 687474703a2f2f612f62 0500", "3006 a004 a002 8600", "3003 010100"};
	struct issuing_point point;
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		if (issuing_point_decode(arena, hex(broken[i]), &point) != SIGNET_E_INVALID)
			fail_msg("%s", broken[i]);
}

static void reasons_go_both_ways(void **state)
{
	(void)state;
	unsigned reason;
	for (unsigned i = 0; i <= 12; i++) {
		bool is = i <= 10 && i != 7;
		assert_int_equal(crl_reason_is(i), is);
		assert_int_equal(crl_reason_encode(&out, i), is && i ? 0 : SIGNET_E_INVALID);
		buffer_free(&out);
		uint8_t value[] = {0x0a, 1, (uint8_t)i};
		assert_int_equal(crl_reason_decode(BYTES_OF(value), &reason), is ? 0 : SIGNET_E_INVALID);
		assert_true(!is || reason == i);
	}
	assert_int_equal(crl_reason_decode(hex("020101"), &reason), SIGNET_E_INVALID);
	assert_int_equal(crl_reason_decode(hex("0a01ff"), &reason), SIGNET_E_INVALID);
	assert_int_equal(crl_reason_decode(hex("0a0201ff"), &reason), SIGNET_E_INVALID);
}

static void dates_are_generalized(void **state)
{
	(void)state;
	int64_t date;
	struct bytes value = written(invalidity_date_encode(&out, 951782400));
	assert_bytes(value, "180f 32303030303232393030303030305a");
	assert_int_equal(invalidity_date_decode(value, &date), 0);
	assert_true(date == 951782400);
	assert_int_equal(invalidity_date_decode(hex("170d 3030303232393030303030305a"), &date),
	                 SIGNET_E_INVALID);
}

static void they_are_described(void **state)
{
	(void)state;
	assert_string_equal(describe(OID_CRL_NUMBER, "02020100"), "> 256");
	assert_string_equal(describe(OID_DELTA_CRL, "020103"), "> 3");
	assert_string_equal(describe(OID_ISSUING_POINT,
	                             "3013 a00e a00c 860a 687474703a2f2f612f62 8101ff"),
	                    "> http://a/b\nend entities only");
	assert_string_equal(describe(OID_CRL_REASON, "0a0101"), "> key-compromise");
	assert_string_equal(describe(OID_CRL_REASON, "0a010a"), "> aa-compromise");
	assert_string_equal(describe(OID_INVALIDITY_DATE, "180f 32303030303232393030303030305a"),
	                    "> 2000-02-29T00:00:00Z");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_go_both_ways),
		cmocka_unit_test(issuing_points_go_both_ways),
		cmocka_unit_test(broken_issuing_points_are_refused),
		cmocka_unit_test(reasons_go_both_ways),
		cmocka_unit_test(dates_are_generalized),
		cmocka_unit_test(they_are_described),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
