#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"
#include "asn1/oid.h"

static void key_usage_encodes_as_a_named_bit_list(void **state)
{
	(void)state;
	static const struct {
		unsigned mask;
		const char *value;
	} samples[] = {
		{KU_DIGITAL_SIGNATURE, "03020780"},
		{KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT, "030205a0"},
		{KU_KEY_CERT_SIGN | KU_CRL_SIGN, "03020106"},
		{KU_ENCIPHER_ONLY, "03020001"},
		{KU_DECIPHER_ONLY, "0303070080"},
		{0x1ff, "030307ff80"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct buffer out = BUFFER_MAX(100);
		unsigned mask = 0;
		assert_int_equal(key_usage_encode(&out, samples[i].mask), 0);
		assert_bytes(buffer_bytes(&out), samples[i].value);
		assert_int_equal(key_usage_decode(buffer_bytes(&out), &mask), 0);
		assert_int_equal(mask, samples[i].mask);
		buffer_free(&out);
	}
}

static void every_key_usage_round_trips(void **state)
{
	(void)state;
	struct buffer out = BUFFER_MAX(100);
	for (unsigned mask = 1; mask < 0x200; mask++) {
		unsigned back = 0;
		buffer_clear(&out);
		assert_int_equal(key_usage_encode(&out, mask), 0);
		assert_int_equal(key_usage_decode(buffer_bytes(&out), &back), 0);
		assert_int_equal(back, mask);
	}
	assert_int_equal(key_usage_encode(&out, 0), SIGNET_E_INVALID);
	assert_int_equal(key_usage_encode(&out, 0x200), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void other_key_usages_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "03", "030100", "03020700", "03020680", "03020080", "0303060080", "030306 0040",
		"0303070080 00", "0304 070000 80", "03030700 00", "04020780", "0303078000",
	};
	unsigned mask;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(key_usage_decode(hex(bad[i]), &mask), SIGNET_E_INVALID);
}

static void key_usage_has_a_name_for_each_bit(void **state)
{
	(void)state;
	unsigned n = 0;
	while (key_usage_names[n])
		n++;
	assert_int_equal(n, 9);
	assert_string_equal(key_usage_names[0], "digital-signature");
	assert_string_equal(key_usage_names[5], "key-cert-sign");
	assert_string_equal(key_usage_names[8], "decipher-only");
}

static void ext_key_usage_round_trips(void **state)
{
	(void)state;
	const struct bytes oids[] = {OID_SERVER_AUTH, OID_CLIENT_AUTH};
	struct buffer out = BUFFER_MAX(100);
	struct bytes *back;
	size_t count;
	assert_int_equal(ext_key_usage_encode(&out, oids, 2), 0);
	assert_bytes(buffer_bytes(&out), "3014 06082b06010505070301 06082b06010505070302");
	assert_int_equal(ext_key_usage_decode(arena, buffer_bytes(&out), &back, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(back[0], OID_SERVER_AUTH));
	assert_true(bytes_equal(back[1], OID_CLIENT_AUTH));
	for (size_t n = 0; n < out.length; n++)
		assert_int_equal(ext_key_usage_decode(arena, bytes_make(out.data, n), &back,
		                                      &count), SIGNET_E_INVALID);
	assert_int_equal(ext_key_usage_encode(&out, oids, 0), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void other_ext_key_usages_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"3000", "3002 0600", "3003 020101", "3003 06012a 00",
	                                  "3103 06012a"};
	struct bytes *oids;
	size_t count;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ext_key_usage_decode(arena, hex(bad[i]), &oids, &count),
		                 SIGNET_E_INVALID);
	struct bytes many[LIMIT_EXTENSION_ITEMS + 1];
	struct buffer out = BUFFER_MAX(10000);
	for (size_t i = 0; i <= LIMIT_EXTENSION_ITEMS; i++)
		many[i] = OID_SERVER_AUTH;
	assert_int_equal(ext_key_usage_encode(&out, many, LIMIT_EXTENSION_ITEMS + 1), 0);
	assert_int_equal(ext_key_usage_decode(arena, buffer_bytes(&out), &oids, &count),
	                 SIGNET_E_TOO_BIG);
	buffer_free(&out);
}

static void purposes_are_read_by_name(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "keyUsage", "CN", "ocsp", "server_auth", "1.3.6..1"};
	struct bytes oid;
	assert_int_equal(ext_key_usage_from_text(arena, "server-auth", &oid), 0);
	assert_true(bytes_equal(oid, OID_SERVER_AUTH));
	assert_int_equal(ext_key_usage_from_text(arena, "any", &oid), 0);
	assert_true(bytes_equal(oid, OID_ANY_EXT_KEY_USAGE));
	assert_int_equal(ext_key_usage_from_text(arena, "smartcard-logon", &oid), 0);
	assert_true(bytes_equal(oid, OID_SMARTCARD_LOGON));
	assert_int_equal(ext_key_usage_from_text(arena, "1.2.3", &oid), 0);
	assert_bytes(oid, "2a03");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ext_key_usage_from_text(arena, bad[i], &oid), SIGNET_E_INVALID);
	assert_bytes(oid, "2a03");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_usage_encodes_as_a_named_bit_list),
		cmocka_unit_test(every_key_usage_round_trips),
		cmocka_unit_test(other_key_usages_are_refused),
		cmocka_unit_test(key_usage_has_a_name_for_each_bit),
		cmocka_unit_test(ext_key_usage_round_trips),
		cmocka_unit_test(other_ext_key_usages_are_refused),
		cmocka_unit_test(purposes_are_read_by_name),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
