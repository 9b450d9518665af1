#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"

static unsigned *features;
static size_t count;

static int read_features(struct bytes value)
{
	struct bytes sample = exact(value);
	int result = tls_feature_decode(arena, sample, &features, &count);
	exact_free(sample);
	return result;
}

static void must_staple_round_trips(void **state)
{
	(void)state;
	static const unsigned sample[] = {5, 17};
	struct buffer out = BUFFER_MAX(100);
	assert_int_equal(tls_feature_encode(&out, sample, 1), 0);
	assert_bytes(buffer_bytes(&out), "3003 020105"); /* RFC 7633: the one that everybody means */
	buffer_clear(&out);
	assert_int_equal(tls_feature_encode(&out, sample, 2), 0);
	assert_bytes(buffer_bytes(&out), "3006 020105 020111");
	assert_int_equal(read_features(buffer_bytes(&out)), 0);
	assert_int_equal(count, 2);
	assert_int_equal(features[0], 5);
	assert_int_equal(features[1], 17);
	for (size_t n = 0; n < out.length; n++)
		assert_int_equal(read_features(bytes_make(out.data, n)), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void other_features_are_refused(void **state)
{
	(void)state;
	static const unsigned twice[] = {5, 5}, big[] = {65536};
	static const char *const bad[] = {
		"3000", "3003 0201ff", "3006 020105 020105", "3005 0203010000", "3004 02020005",
		"3003 0a0105", "020105", "3003 020105 00",
	};
	struct buffer out = BUFFER_MAX(100);
	assert_int_equal(tls_feature_encode(&out, twice, 2), SIGNET_E_INVALID);
	assert_int_equal(tls_feature_encode(&out, big, 1), SIGNET_E_INVALID);
	assert_int_equal(tls_feature_encode(&out, big, 0), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(read_features(hex(bad[i])), SIGNET_E_INVALID);
	assert_int_equal(read_features(hex("3004 0202ffff")), SIGNET_E_INVALID); /* negative */
	assert_int_equal(read_features(hex("3005 020300ffff")), 0);
}

static void features_are_limited(void **state)
{
	(void)state;
	struct buffer out = BUFFER_MAX(1000);
	unsigned many[LIMIT_EXTENSION_ITEMS + 1];
	for (unsigned i = 0; i <= LIMIT_EXTENSION_ITEMS; i++)
		many[i] = i;
	assert_int_equal(tls_feature_encode(&out, many, LIMIT_EXTENSION_ITEMS), 0);
	assert_int_equal(read_features(buffer_bytes(&out)), 0);
	buffer_clear(&out);
	assert_int_equal(tls_feature_encode(&out, many, LIMIT_EXTENSION_ITEMS + 1), 0);
	assert_int_equal(read_features(buffer_bytes(&out)), SIGNET_E_TOO_BIG);
	buffer_free(&out);
}

static void nocheck_is_null(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "05", "0501 00", "0500 00", "3000", "0400"};
	struct buffer out = BUFFER_MAX(100);
	assert_int_equal(ocsp_nocheck_encode(&out), 0);
	assert_bytes(buffer_bytes(&out), "0500");
	assert_int_equal(ocsp_nocheck_decode(buffer_bytes(&out)), 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ocsp_nocheck_decode(hex(bad[i])), SIGNET_E_INVALID);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(must_staple_round_trips),
		cmocka_unit_test(other_features_are_refused),
		cmocka_unit_test(features_are_limited),
		cmocka_unit_test(nocheck_is_null),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
