#include "tests/unit/data.h"

#include "crypto/hash.h"
#include "crypto/key.h"
#include "crypto/spki.h"

#define MESSAGE bytes_text("Signet test message\n")

static struct pubkey *load(const char *name)
{
	struct pubkey *pubkey = NULL;
	struct error err = {0};
	struct bytes der = data_read(arena_printf(arena, "good/spki/%s.der", name));
	if (pubkey_from_spki(&pubkey, der, &err))
		fail_msg("%s: %s (%s)", name, err.message, err.detail);
	return pubkey;
}

static struct bytes signature_of(const char *name, const char *digest)
{
	return data_read(arena_printf(arena, "good/signatures/%s-%s.sig", name, digest));
}

static const struct sample {
	const char *name;
	enum key_algorithm algorithm;
	unsigned bits;
	uint64_t exponent;
} samples[] = {
	{"rsa-2048", KEY_RSA, 2048, 65537}, {"rsa-3072", KEY_RSA, 3072, 65537},
	{"p-256", KEY_P256, 256, 0},        {"p-384", KEY_P384, 384, 0},
	{"p-521", KEY_P521, 521, 0},        {"ed25519", KEY_ED25519, 256, 0},
};
#define SAMPLES (sizeof samples / sizeof *samples)

static void a_key_knows_what_it_is(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct pubkey *pubkey = load(samples[i].name);
		assert_int_equal(pubkey_algorithm(pubkey), samples[i].algorithm);
		assert_int_equal(pubkey_bits(pubkey), samples[i].bits);
		assert_int_equal(pubkey_rsa_exponent(pubkey), samples[i].exponent);
		struct bytes der = data_read(arena_printf(arena, "good/spki/%s.der", samples[i].name));
		assert_true(bytes_equal(pubkey_spki(pubkey), der));
		pubkey_free(pubkey);
	}
	pubkey_free(NULL);
}

static void a_key_id_is_over_the_bit_string_and_a_fingerprint_over_all(void **state)
{
	(void)state;
	struct pubkey *pubkey = load("p-256");
	struct bytes spki = pubkey_spki(pubkey);
	uint8_t id[20], expected_id[20], fingerprint[32], expected_fingerprint[32];
	/* 65 octets of point end the encoding (RFC 5280 section 4.2.1.2) */
	struct bytes point = bytes_make(spki.data + spki.length - 65, 65);
	assert_int_equal(hash_compute(HASH_SHA1, point, expected_id), 0);
	assert_int_equal(hash_compute(HASH_SHA256, spki, expected_fingerprint), 0);
	pubkey_id(pubkey, id);
	pubkey_fingerprint(pubkey, fingerprint);
	assert_memory_equal(id, expected_id, sizeof id);
	assert_memory_equal(fingerprint, expected_fingerprint, sizeof fingerprint);
	pubkey_free(pubkey);
}

static void equality_is_of_the_key(void **state)
{
	(void)state;
	struct pubkey *a = load("p-256"), *same = load("p-256"), *other = load("p-256-other");
	struct pubkey *rsa = load("rsa-2048");
	assert_true(pubkey_equal(a, same));
	assert_false(pubkey_equal(a, other));
	assert_false(pubkey_equal(a, rsa));
	pubkey_free(a);
	pubkey_free(same);
	pubkey_free(other);
	pubkey_free(rsa);
}

static const struct {
	const char *name, *digest;
	enum signature_algorithm algorithm;
} signatures[] = {
	{"rsa-2048", "sha256", SIGNATURE_RSA_SHA256}, {"rsa-2048", "sha384", SIGNATURE_RSA_SHA384},
	{"rsa-2048", "sha512", SIGNATURE_RSA_SHA512}, {"rsa-3072", "sha256", SIGNATURE_RSA_SHA256},
	{"rsa-3072", "sha384", SIGNATURE_RSA_SHA384}, {"rsa-3072", "sha512", SIGNATURE_RSA_SHA512},
	{"p-256", "sha256", SIGNATURE_ECDSA_SHA256},  {"p-256", "sha384", SIGNATURE_ECDSA_SHA384},
	{"p-256", "sha512", SIGNATURE_ECDSA_SHA512},  {"p-384", "sha256", SIGNATURE_ECDSA_SHA256},
	{"p-384", "sha384", SIGNATURE_ECDSA_SHA384},  {"p-384", "sha512", SIGNATURE_ECDSA_SHA512},
	{"p-521", "sha256", SIGNATURE_ECDSA_SHA256},  {"p-521", "sha384", SIGNATURE_ECDSA_SHA384},
	{"p-521", "sha512", SIGNATURE_ECDSA_SHA512},  {"ed25519", "sha256", SIGNATURE_ED25519},
};
#define SIGNATURES (sizeof signatures / sizeof *signatures)

static void signatures_of_openssl_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIGNATURES; i++) {
		struct pubkey *pubkey = load(signatures[i].name);
		struct error err = {0};
		struct bytes signature = exact(signature_of(signatures[i].name, signatures[i].digest));
		if (pubkey_verify(pubkey, signatures[i].algorithm, MESSAGE, signature, &err))
			fail_msg("%s %s: %s", signatures[i].name, signatures[i].digest, err.message);
		exact_free(signature);
		pubkey_free(pubkey);
	}
	assert_int_equal(data_count("good/signatures"), SIGNATURES);
}

static void wrong_signatures_do_not_verify(void **state)
{
	(void)state;
	for (size_t i = 0; i < SIGNATURES; i++) {
		struct pubkey *pubkey = load(signatures[i].name);
		enum signature_algorithm algorithm = signatures[i].algorithm;
		struct bytes good = signature_of(signatures[i].name, signatures[i].digest);
		assert_int_equal(pubkey_verify(pubkey, algorithm, bytes_text("another"), good, NULL),
		                 SIGNET_E_BAD_SIGNATURE);
		assert_int_equal(pubkey_verify(pubkey, algorithm, BYTES_NONE, good, NULL),
		                 SIGNET_E_BAD_SIGNATURE);
		assert_int_equal(pubkey_verify(pubkey, algorithm, MESSAGE, BYTES_NONE, NULL),
		                 SIGNET_E_BAD_SIGNATURE);
		/* every octet counts, and so does the length */
		for (size_t at = 0; at < good.length; at += 7) {
			struct bytes bad = exact(good);
			((uint8_t *)(uintptr_t)bad.data)[at] ^= 0x01;
			assert_int_equal(pubkey_verify(pubkey, algorithm, MESSAGE, bad, NULL),
			                 SIGNET_E_BAD_SIGNATURE);
			struct bytes cut = exact(bytes_make(good.data, at));
			assert_int_equal(pubkey_verify(pubkey, algorithm, MESSAGE, cut, NULL),
			                 SIGNET_E_BAD_SIGNATURE);
			exact_free(cut);
			exact_free(bad);
		}
		uint8_t longer[1024] = {0};
		memcpy(longer, good.data, good.length);
		assert_int_equal(pubkey_verify(pubkey, algorithm, MESSAGE,
		                               bytes_make(longer, good.length + 1), NULL),
		                 SIGNET_E_BAD_SIGNATURE);
		pubkey_free(pubkey);
	}
}

static void algorithms_of_another_kind_of_key_are_refused(void **state)
{
	(void)state;
	struct pubkey *p256 = load("p-256"), *rsa = load("rsa-2048"), *ed = load("ed25519");
	struct bytes signature = signature_of("p-256", "sha256");
	assert_int_equal(pubkey_verify(p256, SIGNATURE_RSA_SHA256, MESSAGE, signature, NULL),
	                 SIGNET_E_BAD_ALGORITHM);
	assert_int_equal(pubkey_verify(p256, SIGNATURE_ED25519, MESSAGE, signature, NULL),
	                 SIGNET_E_BAD_ALGORITHM);
	assert_int_equal(pubkey_verify(rsa, SIGNATURE_ECDSA_SHA256, MESSAGE, signature, NULL),
	                 SIGNET_E_BAD_ALGORITHM);
	assert_int_equal(pubkey_verify(ed, SIGNATURE_ECDSA_SHA256, MESSAGE, signature, NULL),
	                 SIGNET_E_BAD_ALGORITHM);
	assert_int_equal(pubkey_verify(p256, 0, MESSAGE, signature, NULL), SIGNET_E_BAD_ALGORITHM);
	assert_int_equal(pubkey_verify_raw(p256, SIGNATURE_RSA_SHA256, MESSAGE,
	                                   bytes_make(signature.data, 64), NULL),
	                 SIGNET_E_BAD_ALGORITHM);
	pubkey_free(p256);
	pubkey_free(rsa);
	pubkey_free(ed);
}

/* r || s of a DER signature, each of the given length. */
static void to_raw(struct bytes der, uint8_t *raw, size_t size)
{
	struct der outer = der_open(der), inside;
	assert_int_equal(der_enter(&outer, DER_SEQUENCE, &inside), 0);
	memset(raw, 0, 2 * size);
	for (int i = 0; i < 2; i++) {
		struct bytes number;
		assert_int_equal(der_integer(&inside, &number), 0);
		if (number.data[0] == 0)
			number = bytes_make(number.data + 1, number.length - 1);
		memcpy(raw + (size_t)(i + 1) * size - number.length, number.data, number.length);
	}
}

static void raw_signatures_are_those_of_jose(void **state)
{
	(void)state;
	static const struct {
		const char *name, *digest;
		enum signature_algorithm algorithm;
		size_t size;
	} cases[] = {
		{"p-256", "sha256", SIGNATURE_ECDSA_SHA256, 32},
		{"p-384", "sha384", SIGNATURE_ECDSA_SHA384, 48},
		{"p-521", "sha512", SIGNATURE_ECDSA_SHA512, 66},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct pubkey *pubkey = load(cases[i].name);
		struct bytes der = signature_of(cases[i].name, cases[i].digest);
		uint8_t raw[2 * 66 + 1] = {0};
		size_t length = 2 * cases[i].size;
		to_raw(der, raw, cases[i].size);
		assert_int_equal(pubkey_verify_raw(pubkey, cases[i].algorithm, MESSAGE,
		                                   bytes_make(raw, length), NULL), 0);
		/* the DER form, and every other length */
		assert_int_equal(pubkey_verify_raw(pubkey, cases[i].algorithm, MESSAGE, der, NULL),
		                 SIGNET_E_BAD_SIGNATURE);
		for (size_t other = 0; other <= length + 1; other++)
			if (other != length)
				assert_int_equal(pubkey_verify_raw(pubkey, cases[i].algorithm, MESSAGE,
				                                   bytes_make(raw, other), NULL),
				                 SIGNET_E_BAD_SIGNATURE);
		/* the raw form where DER is due */
		assert_int_equal(pubkey_verify(pubkey, cases[i].algorithm, MESSAGE,
		                               bytes_make(raw, length), NULL),
		                 SIGNET_E_BAD_SIGNATURE);
		pubkey_free(pubkey);
	}
}

static void raw_signatures_of_other_keys_have_their_own_form(void **state)
{
	(void)state;
	struct pubkey *rsa = load("rsa-2048"), *ed = load("ed25519");
	assert_int_equal(pubkey_verify_raw(rsa, SIGNATURE_RSA_SHA256, MESSAGE,
	                                   signature_of("rsa-2048", "sha256"), NULL), 0);
	assert_int_equal(pubkey_verify_raw(ed, SIGNATURE_ED25519, MESSAGE,
	                                   signature_of("ed25519", "sha256"), NULL), 0);
	pubkey_free(rsa);
	pubkey_free(ed);
}

static void numbers_out_of_range_do_not_verify(void **state)
{
	(void)state;
	/* n of P-256, SEC 2 section 2.4.2 */
	struct bytes order = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632551");
	struct bytes over = hex("ffffffff00000000ffffffffffffffffbce6faada7179e84f3b9cac2fc632552");
	struct bytes zero = hex("0000000000000000000000000000000000000000000000000000000000000000");
	struct bytes all = hex("ffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffffff");
	struct bytes bad[] = {order, over, zero, all};
	struct pubkey *pubkey = load("p-256");
	uint8_t good[64];
	to_raw(signature_of("p-256", "sha256"), good, 32);
	for (size_t i = 0; i < 4; i++) {
		uint8_t r_bad[64], s_bad[64], both[64];
		memcpy(r_bad, good, 64);
		memcpy(s_bad, good, 64);
		memcpy(r_bad, bad[i].data, 32);
		memcpy(s_bad + 32, bad[i].data, 32);
		memcpy(both, r_bad, 32);
		memcpy(both + 32, s_bad + 32, 32);
		assert_int_equal(pubkey_verify_raw(pubkey, SIGNATURE_ECDSA_SHA256, MESSAGE,
		                                   BYTES_OF(r_bad), NULL), SIGNET_E_BAD_SIGNATURE);
		assert_int_equal(pubkey_verify_raw(pubkey, SIGNATURE_ECDSA_SHA256, MESSAGE,
		                                   BYTES_OF(s_bad), NULL), SIGNET_E_BAD_SIGNATURE);
		assert_int_equal(pubkey_verify_raw(pubkey, SIGNATURE_ECDSA_SHA256, MESSAGE,
		                                   BYTES_OF(both), NULL), SIGNET_E_BAD_SIGNATURE);
	}
	pubkey_free(pubkey);
}

static void an_rsa_signature_over_the_modulus_does_not_verify(void **state)
{
	(void)state;
	struct pubkey *pubkey = load("rsa-2048");
	uint8_t bad[256];
	memset(bad, 0xff, sizeof bad);
	assert_int_equal(pubkey_verify(pubkey, SIGNATURE_RSA_SHA256, MESSAGE, BYTES_OF(bad), NULL),
	                 SIGNET_E_BAD_SIGNATURE);
	memset(bad, 0, sizeof bad);
	assert_int_equal(pubkey_verify(pubkey, SIGNATURE_RSA_SHA256, MESSAGE, BYTES_OF(bad), NULL),
	                 SIGNET_E_BAD_SIGNATURE);
	bad[255] = 1;
	assert_int_equal(pubkey_verify(pubkey, SIGNATURE_RSA_SHA256, MESSAGE, BYTES_OF(bad), NULL),
	                 SIGNET_E_BAD_SIGNATURE);
	pubkey_free(pubkey);
}

static void ecdsa_signatures_are_der_and_not_ber(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3006 0201 00 0201 00", "3006 0201 01 0201 00", "3006 0201 ff 0201 01", "3003 020101",
		"3009 020101 020101 020101", "3006 020101 040101", "3106 020101 020101",
		"3080 020101 020101 0000", "3007 02020001 020101", "308106 020101 020101", "3000",
	};
	struct pubkey *pubkey = load("p-256");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct error err = {0};
		assert_int_equal(pubkey_verify(pubkey, SIGNATURE_ECDSA_SHA256, MESSAGE, hex(bad[i]),
		                               &err), SIGNET_E_BAD_SIGNATURE);
		assert_string_equal(err.message, "malformed signature");
	}
	pubkey_free(pubkey);
}

static void coordinates_make_the_same_key(void **state)
{
	(void)state;
	for (size_t i = 0; i < SAMPLES; i++) {
		struct pubkey *a = load(samples[i].name), *b = NULL;
		struct spki key;
		assert_int_equal(spki_read(&key, pubkey_spki(a), NULL), 0);
		if (key.algorithm == KEY_RSA)
			assert_int_equal(pubkey_from_rsa(&b, key.modulus, key.exponent_bytes, NULL), 0);
		else
			assert_int_equal(pubkey_from_coordinates(&b, key.algorithm, key.x, key.y, NULL), 0);
		assert_true(pubkey_equal(a, b));
		pubkey_free(a);
		pubkey_free(b);
	}
}

static void wrong_coordinates_are_refused(void **state)
{
	(void)state;
	struct pubkey *pubkey = load("p-256"), *out = NULL;
	struct spki key;
	assert_int_equal(spki_read(&key, pubkey_spki(pubkey), NULL), 0);
	struct bytes short_y = bytes_make(key.y.data, 31), both = bytes_make(key.x.data, 64);
	assert_int_equal(pubkey_from_coordinates(&out, KEY_P256, key.x, short_y, NULL),
	                 SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_coordinates(&out, KEY_P256, key.x, BYTES_NONE, NULL),
	                 SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_coordinates(&out, KEY_P256, both, BYTES_NONE, NULL),
	                 SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_coordinates(&out, KEY_P384, key.x, key.y, NULL),
	                 SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_coordinates(&out, KEY_ED25519, key.x, key.y, NULL),
	                 SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_coordinates(&out, KEY_RSA, key.x, key.y, NULL),
	                 SIGNET_E_BAD_ALGORITHM);
	assert_int_equal(pubkey_from_coordinates(&out, 0, key.x, key.y, NULL),
	                 SIGNET_E_BAD_ALGORITHM);
	/* x for y: off the curve */
	assert_int_equal(pubkey_from_coordinates(&out, KEY_P256, key.y, key.x, NULL),
	                 SIGNET_E_BAD_KEY);
	assert_null(out);
	pubkey_free(pubkey);
}

static void wrong_rsa_numbers_are_refused(void **state)
{
	(void)state;
	struct pubkey *pubkey = load("rsa-2048"), *out = NULL;
	struct spki key;
	assert_int_equal(spki_read(&key, pubkey_spki(pubkey), NULL), 0);
	uint8_t padded[257] = {0}, huge[2048];
	memcpy(padded + 1, key.modulus.data, 256);
	memset(huge, 0xff, sizeof huge);
	struct bytes e = hex("010001");
	assert_int_equal(pubkey_from_rsa(&out, BYTES_OF(padded), e, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, key.modulus, hex("00010001"), NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, key.modulus, BYTES_NONE, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, BYTES_NONE, e, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, key.modulus, hex("01"), NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, key.modulus, hex("010000"), NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, key.modulus, hex("010000000000000001"), NULL),
	                 SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, bytes_make(huge, 128), e, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, bytes_make(huge, 1025), e, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, BYTES_OF(huge), e, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(pubkey_from_rsa(&out, key.modulus, BYTES_OF(huge), NULL), SIGNET_E_BAD_KEY);
	assert_null(out);
	/* the bounds are still in */
	assert_int_equal(pubkey_from_rsa(&out, bytes_make(huge, 1024), hex("03"), NULL), 0);
	assert_int_equal(pubkey_bits(out), 8192);
	assert_int_equal(pubkey_rsa_exponent(out), 3);
	pubkey_free(out);
	assert_int_equal(pubkey_from_rsa(&out, key.modulus, hex("ffffffffffffffff"), NULL), 0);
	assert_true(pubkey_rsa_exponent(out) == UINT64_MAX);
	pubkey_free(out);
	pubkey_free(pubkey);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_key_knows_what_it_is),
		cmocka_unit_test(a_key_id_is_over_the_bit_string_and_a_fingerprint_over_all),
		cmocka_unit_test(equality_is_of_the_key),
		cmocka_unit_test(signatures_of_openssl_verify),
		cmocka_unit_test(wrong_signatures_do_not_verify),
		cmocka_unit_test(algorithms_of_another_kind_of_key_are_refused),
		cmocka_unit_test(raw_signatures_are_those_of_jose),
		cmocka_unit_test(raw_signatures_of_other_keys_have_their_own_form),
		cmocka_unit_test(numbers_out_of_range_do_not_verify),
		cmocka_unit_test(an_rsa_signature_over_the_modulus_does_not_verify),
		cmocka_unit_test(ecdsa_signatures_are_der_and_not_ber),
		cmocka_unit_test(coordinates_make_the_same_key),
		cmocka_unit_test(wrong_coordinates_are_refused),
		cmocka_unit_test(wrong_rsa_numbers_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
