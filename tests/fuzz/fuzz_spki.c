/*
 * Public keys and signatures: a key that is taken has one encoding, and no
 * input is a signature by a key whose owner never signed.
 */
#include "base/error.h"
#include "crypto/key.h"
#include "crypto/spki.h"
#include "tests/fuzz/fuzz.h"

static const uint8_t p256[] = {
	0x30, 0x59, 0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08,
	0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01, 0x07, 0x03, 0x42, 0x00, 0x04,
	/* the base point, SEC 2 section 2.4.2 */
	0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40,
	0xf2, 0x77, 0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98,
	0xc2, 0x96, 0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c,
	0x0f, 0x9e, 0x16, 0x2b, 0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68,
	0x37, 0xbf, 0x51, 0xf5,
};

static void check_same(const struct pubkey *pubkey, struct bytes der)
{
	struct pubkey *again = NULL;
	struct spki key;
	FUZZ_CHECK(bytes_equal(pubkey_spki(pubkey), der));
	FUZZ_CHECK(spki_read(&key, der, NULL) == 0);
	int result = key.algorithm == KEY_RSA
		? pubkey_from_rsa(&again, key.modulus, key.exponent_bytes, NULL)
		: pubkey_from_coordinates(&again, key.algorithm, key.x, key.y, NULL);
	FUZZ_CHECK(result == 0 && pubkey_equal(pubkey, again));
	pubkey_free(again);
}

/* This octet string is no signature of this key: what it signs is not chosen by it. */
static void check_refuses(const struct pubkey *pubkey, struct bytes signature)
{
	static const char message[] = "a message that nobody signed";
	enum signature_algorithm algorithm = signature_algorithm_for(pubkey_algorithm(pubkey));
	FUZZ_CHECK(pubkey_verify(pubkey, algorithm, BYTES_OF(message), signature, NULL) ==
	           SIGNET_E_BAD_SIGNATURE);
	FUZZ_CHECK(pubkey_verify_raw(pubkey, algorithm, BYTES_OF(message), signature, NULL) ==
	           SIGNET_E_BAD_SIGNATURE);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct bytes in = bytes_make(data, length);
	struct pubkey *pubkey = NULL;
	struct error err = {0};
	int result = pubkey_from_spki(&pubkey, in, &err);
	if (result == 0) {
		check_same(pubkey, in);
		check_refuses(pubkey, bytes_make(data, length < 64 ? length : 64));
		pubkey_free(pubkey);
	} else {
		FUZZ_CHECK((result == SIGNET_E_BAD_KEY || result == SIGNET_E_BAD_ALGORITHM) &&
		           err.code == result && err.message[0] && !pubkey);
	}
	FUZZ_CHECK(pubkey_from_spki(&pubkey, BYTES_OF(p256), NULL) == 0);
	check_refuses(pubkey, in);
	pubkey_free(pubkey);
	return 0;
}
