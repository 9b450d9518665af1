#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"
#include "asn1/oid.h"

static struct bytes *uris;
static struct access_description *items;
static size_t count;

static int read_points(struct bytes value)
{
	struct bytes sample = exact(value);
	int result = crl_distribution_decode(arena, sample, &uris, &count);
	exact_free(sample);
	return result;
}

static int read_info(struct bytes value)
{
	struct bytes sample = exact(value);
	int result = authority_info_decode(arena, sample, &items, &count);
	exact_free(sample);
	return result;
}

static void distribution_points_round_trip(void **state)
{
	(void)state;
	static const char *const sample[] = {"http://a/1", "ldap://a/2"};
	struct buffer out = BUFFER_MAX(1000);
	assert_int_equal(crl_distribution_encode(&out, sample, 2), 0);
	assert_bytes(buffer_bytes(&out), "3024 3010 a00e a00c 860a 687474703a2f2f612f31"
	                                 "3010 a00e a00c 860a 6c6461703a2f2f612f32");
	assert_int_equal(crl_distribution_decode(arena, buffer_bytes(&out), &uris, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_is_text(uris[0], sample[0]));
	assert_true(bytes_is_text(uris[1], sample[1]));
	for (size_t n = 0; n < out.length; n++)
		assert_int_equal(read_points(bytes_make(out.data, n)), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void distribution_points_of_others_are_read(void **state)
{
	(void)state;
	/* names of two kinds in one point, with reasons and cRLIssuer */
	struct bytes value = hex("3024 3022 a010 a00e 8603 613a62 8202 6162 8603 633a64 8102 0780"
	                         "a20a a408 3006 3104 3102 0500");
	assert_int_equal(crl_distribution_decode(arena, value, &uris, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_is_text(uris[0], "a:b"));
	assert_true(bytes_is_text(uris[1], "c:d"));
	/* none that we can follow: a relative name, a cRLIssuer alone */
	assert_int_equal(read_points(hex("300a 3008 a006 a104 3002 0500")), 0);
	assert_int_equal(count, 0);
	assert_int_equal(read_points(hex("3008 3006 a204 a402 3000")), 0);
	assert_int_equal(count, 0);
}

static void other_distribution_points_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3000",                                    /* none */
		"3002 3000",                               /* one with nothing in it */
		"3004 3002 a000",                          /* no name in it */
		"3006 3004 a002 a000",                     /* no full name in it */
		"3006 3004 8102 0780",                     /* reasons only */
		"300b 3009 a007 a005 8603 612f62",         /* no absolute URI */
		"300d 300b a009 a005 8603 613a62 0500",    /* two choices */
		"300d 300b a007 a005 8603 613a62 0500",    /* more in the point */
		"300f 300d 8102 0780 a007 a005 8603 613a62", /* the wrong order */
		"300b 3009 a207 a005 8603 613a62 00",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(read_points(hex(bad[i])), SIGNET_E_INVALID);
}

static void bad_uris_are_not_encoded(void **state)
{
	(void)state;
	static const char *const relative[] = {"http://a/1", "a/b"};
	const struct access_description access = {OID_AD_OCSP, bytes_text("http://a b")};
	struct buffer out = BUFFER_MAX(1000);
	assert_int_equal(crl_distribution_encode(&out, relative, 2), SIGNET_E_INVALID);
	assert_int_equal(crl_distribution_encode(&out, relative, 0), SIGNET_E_INVALID);
	assert_int_equal(authority_info_encode(&out, &access, 1), SIGNET_E_INVALID);
	assert_int_equal(authority_info_encode(&out, &access, 0), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
}

static void uris_are_limited(void **state)
{
	(void)state;
	struct buffer out = BUFFER_MAX(10000);
	for (size_t n = LIMIT_EXTENSION_ITEMS; n <= LIMIT_EXTENSION_ITEMS + 1; n++) {
		buffer_clear(&out);
		struct der_writer w = der_write(&out);
		for (int depth = 0; depth < 2; depth++)
			der_begin(&w, DER_SEQUENCE);
		for (int depth = 0; depth < 2; depth++)
			der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
		for (size_t i = 0; i < n; i++)
			der_put(&w, DER_CONTEXT(GN_URI), bytes_text("a:b"));
		for (int depth = 0; depth < 4; depth++)
			der_end(&w);
		assert_int_equal(read_points(buffer_bytes(&out)),
		                 n > LIMIT_EXTENSION_ITEMS ? SIGNET_E_TOO_BIG : 0);
	}
	buffer_free(&out);
}

static void authority_info_round_trips(void **state)
{
	(void)state;
	const struct access_description sample[] = {
		{OID_AD_OCSP, bytes_text("http://a/1")},
		{OID_AD_CA_ISSUERS, bytes_text("http://a/2")},
	};
	struct buffer out = BUFFER_MAX(1000);
	assert_int_equal(authority_info_encode(&out, sample, 2), 0);
	assert_bytes(buffer_bytes(&out), "3030 3016 06082b06010505073001 860a 687474703a2f2f612f31"
	                                 "3016 06082b06010505073002 860a 687474703a2f2f612f32");
	assert_int_equal(authority_info_decode(arena, buffer_bytes(&out), &items, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(items[1].method, OID_AD_CA_ISSUERS));
	assert_true(bytes_is_text(items[1].uri, "http://a/2"));
	for (size_t n = 0; n < out.length; n++)
		assert_int_equal(read_info(bytes_make(out.data, n)), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void other_authority_infos_are_refused(void **state)
{
	(void)state;
	/* a location of another kind is skipped */
	assert_int_equal(read_info(hex("300c 300a 06032a0304 8203 612e62")), 0);
	assert_int_equal(count, 0);
	static const char *const bad[] = {
		"3000", "3002 3000", "3007 3005 06032a0304", "300c 300a 8603 613a62 06032a0304",
		"300c 300a 06032a0304 8603 612f62", "300e 300c 06032a0304 8603 613a62 0500",
		"300c 310a 06032a0304 8603 613a62",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(read_info(hex(bad[i])), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(distribution_points_round_trip),
		cmocka_unit_test(distribution_points_of_others_are_read),
		cmocka_unit_test(other_distribution_points_are_refused),
		cmocka_unit_test(bad_uris_are_not_encoded),
		cmocka_unit_test(uris_are_limited),
		cmocka_unit_test(authority_info_round_trips),
		cmocka_unit_test(other_authority_infos_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
