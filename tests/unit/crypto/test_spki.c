#include "tests/unit/data.h"

#include "crypto/key.h"
#include "crypto/spki.h"

static const struct {
	const char *name;
	int code;
	const char *says; /* begins the message */
} hostile[] = {
	{"dsa", SIGNET_E_BAD_ALGORITHM, "public key of an unknown algorithm"},
	{"ed25519-31", SIGNET_E_BAD_KEY, "Ed25519 key of another length than 32 octets"},
	{"ed25519-33", SIGNET_E_BAD_KEY, "Ed25519 key of another length than 32 octets"},
	{"ed25519-empty", SIGNET_E_BAD_KEY, "Ed25519 key of another length than 32 octets"},
	{"ed25519-minus-one", SIGNET_E_BAD_KEY, "Ed25519 key of small order"},
	{"ed25519-null-parameters", SIGNET_E_BAD_ALGORITHM,
	 "Ed25519 key with parameters (RFC 8410 section 3)"},
	{"ed25519-one-signed", SIGNET_E_BAD_KEY, "Ed25519 key of small order"},
	{"ed25519-one", SIGNET_E_BAD_KEY, "Ed25519 key of small order"},
	{"ed25519-over-prime", SIGNET_E_BAD_KEY,
	 "Ed25519 key out of range (RFC 8032 section 5.1.3)"},
	{"ed25519-prime", SIGNET_E_BAD_KEY, "Ed25519 key out of range (RFC 8032 section 5.1.3)"},
	{"ed25519-zero", SIGNET_E_BAD_KEY, "Ed25519 key of small order"},
	{"ed448", SIGNET_E_BAD_ALGORITHM, "public key of an unknown algorithm"},
	{"empty", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"p-224", SIGNET_E_BAD_ALGORITHM, "EC key on another curve than P-256, P-384 and P-521"},
	{"p-256-as-p-384", SIGNET_E_BAD_KEY, "malformed EC point (RFC 5480 section 2.2)"},
	{"p-256-compressed", SIGNET_E_BAD_KEY, "compressed EC points are not accepted"},
	{"p-256-empty", SIGNET_E_BAD_KEY, "malformed EC point (RFC 5480 section 2.2)"},
	{"p-256-explicit", SIGNET_E_BAD_ALGORITHM,
	 "EC key without a named curve (RFC 5480 section 2.1.1)"},
	{"p-256-hybrid", SIGNET_E_BAD_KEY, "malformed EC point (RFC 5480 section 2.2)"},
	{"p-256-indefinite", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"p-256-infinity", SIGNET_E_BAD_KEY, "malformed EC point (RFC 5480 section 2.2)"},
	{"p-256-long-length", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"p-256-long", SIGNET_E_BAD_KEY, "malformed EC point (RFC 5480 section 2.2)"},
	{"p-256-no-parameters", SIGNET_E_BAD_ALGORITHM,
	 "EC key without a named curve (RFC 5480 section 2.1.1)"},
	{"p-256-null-parameters", SIGNET_E_BAD_ALGORITHM,
	 "EC key without a named curve (RFC 5480 section 2.1.1)"},
	{"p-256-octet-string", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"p-256-off-curve", SIGNET_E_BAD_KEY, "EC point not on its curve"},
	{"p-256-over-prime", SIGNET_E_BAD_KEY, "EC point not on its curve"},
	{"p-256-short", SIGNET_E_BAD_KEY, "malformed EC point (RFC 5480 section 2.2)"},
	{"p-256-trailing-inside", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"p-256-trailing", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"p-256-truncated", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"p-256-two-parameters", SIGNET_E_BAD_ALGORITHM,
	 "EC key without a named curve (RFC 5480 section 2.1.1)"},
	{"p-256-unused-bits", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"p-256-zero", SIGNET_E_BAD_KEY, "public key not usable"},
	{"random", SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo"},
	{"rsa-1024", SIGNET_E_BAD_KEY, "RSA key of 1024 bits, not 2048 to 8192"},
	{"rsa-16384", SIGNET_E_BAD_KEY, "public key of more than 2048 octets"},
	{"rsa-2047", SIGNET_E_BAD_KEY, "RSA key of 2047 bits, not 2048 to 8192"},
	{"rsa-512", SIGNET_E_BAD_KEY, "RSA key of 512 bits, not 2048 to 8192"},
	{"rsa-8193", SIGNET_E_BAD_KEY, "RSA key of 8193 bits, not 2048 to 8192"},
	{"rsa-even-exponent", SIGNET_E_BAD_KEY, "RSA key with an exponent that is even or 1"},
	{"rsa-even-modulus", SIGNET_E_BAD_KEY, "RSA key with an even modulus"},
	{"rsa-exponent-0", SIGNET_E_BAD_KEY, "malformed RSAPublicKey (RFC 8017 appendix A.1.1)"},
	{"rsa-exponent-1", SIGNET_E_BAD_KEY, "RSA key with an exponent that is even or 1"},
	{"rsa-exponent-65-bits", SIGNET_E_BAD_KEY, "RSA key with an exponent over 64 bits"},
	{"rsa-exponent-huge", SIGNET_E_BAD_KEY, "RSA key with an exponent over 64 bits"},
	{"rsa-exponent-negative", SIGNET_E_BAD_KEY,
	 "malformed RSAPublicKey (RFC 8017 appendix A.1.1)"},
	{"rsa-modulus-negative", SIGNET_E_BAD_KEY,
	 "malformed RSAPublicKey (RFC 8017 appendix A.1.1)"},
	{"rsa-modulus-padded", SIGNET_E_BAD_KEY,
	 "malformed RSAPublicKey (RFC 8017 appendix A.1.1)"},
	{"rsa-modulus-zero", SIGNET_E_BAD_KEY, "malformed RSAPublicKey (RFC 8017 appendix A.1.1)"},
	{"rsa-no-parameters", SIGNET_E_BAD_ALGORITHM,
	 "RSA key without NULL parameters (RFC 3279 section 2.3.1)"},
	{"rsa-oid-parameters", SIGNET_E_BAD_ALGORITHM,
	 "RSA key without NULL parameters (RFC 3279 section 2.3.1)"},
	{"rsa-pss", SIGNET_E_BAD_ALGORITHM, "public key of an unknown algorithm"},
	{"rsa-three-numbers", SIGNET_E_BAD_KEY, "malformed RSAPublicKey (RFC 8017 appendix A.1.1)"},
	{"rsa-trailing", SIGNET_E_BAD_KEY, "malformed RSAPublicKey (RFC 8017 appendix A.1.1)"},
	{"secp256k1", SIGNET_E_BAD_ALGORITHM,
	 "EC key on another curve than P-256, P-384 and P-521"},
	{"sequence-empty", SIGNET_E_BAD_KEY, "malformed AlgorithmIdentifier of a public key"},
	{"x25519", SIGNET_E_BAD_ALGORITHM, "public key of an unknown algorithm"},
};

static void hostile_keys_are_refused_with_the_reason(void **state)
{
	(void)state;
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		struct pubkey *pubkey = NULL;
		struct error err = {0};
		struct bytes der = exact(data_read(arena_printf(arena, "hostile/spki/%s.der",
		                                                hostile[i].name)));
		int code = pubkey_from_spki(&pubkey, der, &err);
		if (code != hostile[i].code || strncmp(err.message, hostile[i].says,
		                                       strlen(hostile[i].says)) != 0)
			fail_msg("%s: %s: %s", hostile[i].name, error_name(code), err.message);
		assert_null(pubkey);
		exact_free(der);
	}
	assert_int_equal(data_count("hostile/spki"), sizeof hostile / sizeof *hostile);
}

static void good_keys_read_and_write_back(void **state)
{
	(void)state;
	static const char *const names[] = {"rsa-2048", "rsa-3072", "p-256",
	                                    "p-384",    "p-521",    "ed25519"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bytes der = exact(data_read(arena_printf(arena, "good/spki/%s.der", names[i])));
		struct spki key;
		struct buffer out = BUFFER_MAX(LIMIT_SPKI);
		struct der_writer w = der_write(&out);
		assert_int_equal(spki_read(&key, der, NULL), 0);
		if (key.algorithm == KEY_RSA)
			spki_put_rsa(&w, key.modulus, key.exponent_bytes);
		else
			spki_put_point(&w, key.algorithm, key.x, key.y);
		assert_int_equal(der_writer_finish(&w), 0);
		assert_true(bytes_equal(buffer_bytes(&out), der));
		buffer_free(&out);
		exact_free(der);
	}
}

static void every_truncation_and_every_changed_length_is_refused(void **state)
{
	(void)state;
	struct bytes good = data_read("good/spki/p-256.der");
	struct spki key;
	for (size_t length = 0; length < good.length; length++) {
		struct bytes cut = exact(bytes_make(good.data, length));
		assert_int_equal(spki_read(&key, cut, NULL), SIGNET_E_BAD_KEY);
		exact_free(cut);
	}
	/* the length octets of the outer SEQUENCE, AlgorithmIdentifier, OIDs and BIT STRING */
	static const size_t lengths[] = {1, 3, 5, 14, 24};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		for (int value = 0; value < 256; value++) {
			struct bytes copy = exact(good);
			((uint8_t *)(uintptr_t)copy.data)[lengths[i]] = (uint8_t)value;
			if (value != good.data[lengths[i]])
				assert_int_not_equal(spki_read(&key, copy, NULL), 0);
			exact_free(copy);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(good_keys_read_and_write_back),
		cmocka_unit_test(every_truncation_and_every_changed_length_is_refused),
		cmocka_unit_test(hostile_keys_are_refused_with_the_reason),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
