#include "tests/unit/asn1/hex.h"

#include "asn1/oid.h"
#include "crypto/algorithm.h"

static void key_names_are_read_without_regard_to_case(void **state)
{
	(void)state;
	static const struct {
		const char *name;
		enum key_algorithm algorithm;
		unsigned bits;
	} good[] = {
		{"rsa-2048", KEY_RSA, 2048}, {"RSA-8192", KEY_RSA, 8192}, {"p-256", KEY_P256, 256},
		{"P-384", KEY_P384, 384},    {"p-521", KEY_P521, 521},    {"Ed25519", KEY_ED25519, 256},
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		enum key_algorithm algorithm = 0;
		unsigned bits = 0;
		assert_int_equal(key_algorithm_from_name(good[i].name, &algorithm, &bits), 0);
		assert_int_equal(algorithm, good[i].algorithm);
		assert_int_equal(bits, good[i].bits);
	}
}

static void other_key_names_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "rsa", "rsa-", "rsa-1024", "rsa-2047", "rsa-8193", "rsa-2048 ", "rsa--2048",
		"rsa-+2048", "rsa-99999999999999999999", "p256", "p-224", "p-256x", "ed448",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		enum key_algorithm algorithm = 0;
		unsigned bits = 0;
		assert_int_equal(key_algorithm_from_name(bad[i], &algorithm, &bits),
		                 SIGNET_E_BAD_ALGORITHM);
		assert_int_equal(algorithm, 0);
		assert_int_equal(bits, 0);
	}
}

static void unknown_algorithms_have_a_name_for_logs(void **state)
{
	(void)state;
	assert_string_equal(key_algorithm_name(KEY_P256), "P-256");
	assert_string_equal(key_algorithm_name(0), "?");
	assert_string_equal(key_algorithm_name(99), "?");
	assert_string_equal(signature_algorithm_name(SIGNATURE_ED25519), "Ed25519");
	assert_string_equal(signature_algorithm_name(0), "?");
	assert_string_equal(signature_algorithm_name(99), "?");
}

static void signatures_fit_their_kind_of_key_only(void **state)
{
	(void)state;
	for (enum key_algorithm key = KEY_RSA; key <= KEY_ED25519; key++) {
		assert_true(signature_algorithm_fits(signature_algorithm_for(key), key));
		bool is_ec = key == KEY_P256 || key == KEY_P384 || key == KEY_P521;
		assert_int_equal(signature_algorithm_fits(SIGNATURE_RSA_SHA512, key), key == KEY_RSA);
		assert_int_equal(signature_algorithm_fits(SIGNATURE_ECDSA_SHA256, key), is_ec);
		assert_int_equal(signature_algorithm_fits(SIGNATURE_ED25519, key), key == KEY_ED25519);
		assert_false(signature_algorithm_fits(0, key));
	}
	assert_int_equal(signature_algorithm_for(KEY_P384), SIGNATURE_ECDSA_SHA384);
	assert_int_equal(signature_algorithm_for(KEY_P521), SIGNATURE_ECDSA_SHA512);
}

static void identifiers_round_trip(void **state)
{
	(void)state;
	for (enum signature_algorithm i = SIGNATURE_RSA_SHA256; i <= SIGNATURE_ED25519; i++) {
		struct buffer out = BUFFER_MAX(100);
		struct der_writer w = der_write(&out);
		signature_algorithm_put(&w, i);
		assert_int_equal(der_writer_finish(&w), 0);
		struct der der = der_open(buffer_bytes(&out));
		enum signature_algorithm back = 0;
		assert_int_equal(signature_algorithm_read(&der, &back), 0);
		assert_int_equal(back, i);
		assert_true(der_at_end(&der));
		buffer_free(&out);
	}
}

static int read_identifier(const char *text, enum signature_algorithm *out)
{
	struct der der = der_open(hex(text));
	const uint8_t *start = der.at;
	int result = signature_algorithm_read(&der, out);
	if (result)
		assert_ptr_equal(der.at, start);
	return result;
}

static void identifiers_have_their_exact_encoding(void **state)
{
	(void)state;
	enum signature_algorithm out = 0;
	assert_int_equal(read_identifier("300d 06092a864886f70d01010b 0500", &out), 0);
	assert_int_equal(out, SIGNATURE_RSA_SHA256);
	/* RFC 4055 section 5: readers accept RSA without parameters */
	assert_int_equal(read_identifier("300b 06092a864886f70d01010c", &out), 0);
	assert_int_equal(out, SIGNATURE_RSA_SHA384);
	assert_int_equal(read_identifier("300a 06082a8648ce3d040302", &out), 0);
	assert_int_equal(out, SIGNATURE_ECDSA_SHA256);
	assert_int_equal(read_identifier("3005 06032b6570", &out), 0);
	assert_int_equal(out, SIGNATURE_ED25519);
}

static void other_identifiers_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *what, *text;
		int code;
	} bad[] = {
		{"md2WithRSA", "300d 06092a864886f70d010102 0500", SIGNET_E_BAD_ALGORITHM},
		{"md5WithRSA", "300d 06092a864886f70d010104 0500", SIGNET_E_BAD_ALGORITHM},
		{"sha1WithRSA", "300d 06092a864886f70d010105 0500", SIGNET_E_BAD_ALGORITHM},
		{"rsaPSS", "300d 06092a864886f70d01010a 3000", SIGNET_E_BAD_ALGORITHM},
		{"sha224WithRSA", "300d 06092a864886f70d01010e 0500", SIGNET_E_BAD_ALGORITHM},
		{"ecdsaWithSHA1", "3009 06072a8648ce3d0401", SIGNET_E_BAD_ALGORITHM},
		{"dsaWithSHA1", "3009 06072a8648ce380403", SIGNET_E_BAD_ALGORITHM},
		{"RSA, an OID", "300e 06092a864886f70d01010b 06012a", SIGNET_E_BAD_ALGORITHM},
		{"RSA, two NULLs", "300f 06092a864886f70d01010b 0500 0500", SIGNET_E_BAD_ALGORITHM},
		{"ECDSA, NULL", "300c 06082a8648ce3d040302 0500", SIGNET_E_BAD_ALGORITHM},
		{"Ed25519, NULL", "3007 06032b6570 0500", SIGNET_E_BAD_ALGORITHM},
		{"empty", "", SIGNET_E_INVALID},
		{"no OID", "3000", SIGNET_E_INVALID},
		{"a SET", "3105 06032b6570", SIGNET_E_INVALID},
		{"truncated", "300a 06082a8648ce3d0403", SIGNET_E_INVALID},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		enum signature_algorithm out = 0;
		int code = read_identifier(bad[i].text, &out);
		if (code != bad[i].code)
			fail_msg("%s: %d", bad[i].what, code);
		assert_int_equal(out, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(key_names_are_read_without_regard_to_case),
		cmocka_unit_test(other_key_names_are_refused),
		cmocka_unit_test(unknown_algorithms_have_a_name_for_logs),
		cmocka_unit_test(signatures_fit_their_kind_of_key_only),
		cmocka_unit_test(identifiers_round_trip),
		cmocka_unit_test(identifiers_have_their_exact_encoding),
		cmocka_unit_test(other_identifiers_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
