#include <stdlib.h>

#include "crypto/gnutls_private.h"
#include "crypto/hash.h"
#include "crypto/key.h"
#include "crypto/spki.h"

struct pubkey {
	gnutls_pubkey_t handle;
	enum key_algorithm algorithm;
	unsigned bits;
	uint64_t exponent;
	uint8_t id[20];
	uint8_t fingerprint[32];
	size_t spki_length;
	uint8_t spki[];
};

static int import(gnutls_pubkey_t handle, const struct spki *key)
{
	if (key->algorithm == KEY_RSA) {
		gnutls_datum_t modulus = datum_of(key->modulus);
		gnutls_datum_t exponent = datum_of(key->exponent_bytes);
		return gnutls_pubkey_import_rsa_raw(handle, &modulus, &exponent);
	}
	gnutls_datum_t x = datum_of(key->x), y = datum_of(key->y);
	return gnutls_pubkey_import_ecc_raw(handle, key_algorithm_curve(key->algorithm), &x,
	                                    key->algorithm == KEY_ED25519 ? NULL : &y);
}

/* Takes the parts over into GnuTLS, which does not look whether a point is on its curve before
 * it is asked to. */
static int load(struct pubkey *pubkey, const struct spki *key, struct error *err)
{
	int result = gnutls_pubkey_init(&pubkey->handle);
	if (result)
		return gnutls_failed(err, SIGNET_E_CRYPTO, result, "public key not usable");
	result = import(pubkey->handle, key);
	if (result)
		return gnutls_failed(err, SIGNET_E_BAD_KEY, result, "public key not usable");
	result = gnutls_pubkey_verify_params(pubkey->handle);
	if (result)
		return gnutls_failed(err, SIGNET_E_BAD_KEY, result,
		                     key->algorithm == KEY_RSA ? "RSA key not usable"
		                                               : "EC point not on its curve");
	/* half a microsecond now, and nothing that can fail later */
	result = hash_compute(HASH_SHA1, key->key_bits, pubkey->id);
	if (!result)
		result = hash_compute(HASH_SHA256, pubkey_spki(pubkey), pubkey->fingerprint);
	if (result)
		return error_set(err, result, "hash of a public key failed");
	return 0;
}

int pubkey_from_spki(struct pubkey **out, struct bytes spki, struct error *err)
{
	struct spki key;
	int result = spki_read(&key, spki, err);
	if (result)
		return result;
	struct pubkey *pubkey = calloc(1, sizeof *pubkey + spki.length);
	if (!pubkey)
		return error_nomem(err);
	pubkey->algorithm = key.algorithm;
	pubkey->bits = key.bits;
	pubkey->exponent = key.exponent;
	pubkey->spki_length = spki.length;
	memcpy(pubkey->spki, spki.data, spki.length);
	result = load(pubkey, &key, err);
	if (result) {
		pubkey_free(pubkey);
		return result;
	}
	*out = pubkey;
	return 0;
}

int pubkey_from_coordinates(struct pubkey **out, enum key_algorithm algorithm, struct bytes x,
                            struct bytes y, struct error *err)
{
	size_t size = key_algorithm_octets(algorithm);
	if (!size)
		return error_set(err, SIGNET_E_BAD_ALGORITHM, "coordinates of a key without a curve");
	if (x.length != size || y.length != (algorithm == KEY_ED25519 ? 0 : size))
		return error_set(err, SIGNET_E_BAD_KEY,
		                 "%s coordinate of another length than %zu octets",
		                 key_algorithm_name(algorithm), size);
	_cleanup_buffer_ struct buffer spki = BUFFER_MAX(LIMIT_SPKI);
	struct der_writer w = der_write(&spki);
	spki_put_point(&w, algorithm, x, y);
	int result = der_writer_finish(&w);
	if (result)
		return error_set(err, result, "public key not encoded");
	return pubkey_from_spki(out, buffer_bytes(&spki), err);
}

static bool is_minimal(struct bytes magnitude)
{
	return magnitude.length && magnitude.data[0] != 0;
}

int pubkey_from_rsa(struct pubkey **out, struct bytes modulus, struct bytes exponent,
                    struct error *err)
{
	if (!is_minimal(modulus) || !is_minimal(exponent))
		return error_set(err, SIGNET_E_BAD_KEY,
		                 "RSA modulus or exponent empty or with a leading zero");
	if (modulus.length > LIMIT_RSA_BITS_MAX / 8)
		return error_set(err, SIGNET_E_BAD_KEY, "RSA key of more than %u bits",
		                 LIMIT_RSA_BITS_MAX);
	if (exponent.length > sizeof(uint64_t))
		return error_set(err, SIGNET_E_BAD_KEY, "RSA key with an exponent over 64 bits");
	_cleanup_buffer_ struct buffer spki = BUFFER_MAX(LIMIT_SPKI);
	struct der_writer w = der_write(&spki);
	spki_put_rsa(&w, modulus, exponent);
	int result = der_writer_finish(&w);
	if (result)
		return error_set(err, result, "public key not encoded");
	return pubkey_from_spki(out, buffer_bytes(&spki), err);
}

void pubkey_free(struct pubkey *pubkey)
{
	if (!pubkey)
		return;
	gnutls_pubkey_deinit(pubkey->handle);
	free(pubkey);
}

enum key_algorithm pubkey_algorithm(const struct pubkey *pubkey)
{
	return pubkey->algorithm;
}

unsigned pubkey_bits(const struct pubkey *pubkey)
{
	return pubkey->bits;
}

uint64_t pubkey_rsa_exponent(const struct pubkey *pubkey)
{
	return pubkey->exponent;
}

struct bytes pubkey_spki(const struct pubkey *pubkey)
{
	return bytes_make(pubkey->spki, pubkey->spki_length);
}

void pubkey_id(const struct pubkey *pubkey, uint8_t out[20])
{
	memcpy(out, pubkey->id, sizeof pubkey->id);
}

void pubkey_fingerprint(const struct pubkey *pubkey, uint8_t out[32])
{
	memcpy(out, pubkey->fingerprint, sizeof pubkey->fingerprint);
}

bool pubkey_equal(const struct pubkey *a, const struct pubkey *b)
{
	/* the reader admits one encoding of each key only */
	return bytes_equal(pubkey_spki(a), pubkey_spki(b));
}

static int bad_signature(struct error *err, const char *what)
{
	return error_set(err, SIGNET_E_BAD_SIGNATURE, "%s", what);
}

/* Ecdsa-Sig-Value (RFC 3279 section 2.2.3): GnuTLS would take BER. It checks the upper bound. */
static bool is_ecdsa_value(struct bytes signature, size_t size)
{
	struct der outer = der_open(signature), inside;
	if (der_enter(&outer, DER_SEQUENCE, &inside) || der_finish(&outer))
		return false;
	for (int i = 0; i < 2; i++) {
		struct bytes number;
		if (der_integer(&inside, &number) || (number.data[0] & 0x80))
			return false;
		if (number.data[0] == 0 && number.length == 1)
			return false;
		if (number.length - (number.data[0] == 0) > size)
			return false;
	}
	return der_finish(&inside) == 0;
}

static bool has_signature_form(const struct pubkey *pubkey, struct bytes signature)
{
	switch (pubkey->algorithm) {
	case KEY_RSA:
		/* RFC 8017 section 8.2.2 step 1 */
		return signature.length == (pubkey->bits + 7) / 8;
	case KEY_ED25519:
		return signature.length == 64;
	default:
		return is_ecdsa_value(signature, key_algorithm_octets(pubkey->algorithm));
	}
}

static int check_fits(const struct pubkey *pubkey, enum signature_algorithm algorithm,
                      struct error *err)
{
	if (signature_algorithm_fits(algorithm, pubkey->algorithm))
		return 0;
	return error_set(err, SIGNET_E_BAD_ALGORITHM, "%s signature by a key of kind %s",
	                 signature_algorithm_name(algorithm), key_algorithm_name(pubkey->algorithm));
}

int pubkey_verify(const struct pubkey *pubkey, enum signature_algorithm algorithm,
                  struct bytes data, struct bytes signature, struct error *err)
{
	int result = check_fits(pubkey, algorithm, err);
	if (result)
		return result;
	if (!has_signature_form(pubkey, signature))
		return bad_signature(err, "malformed signature");
	gnutls_datum_t data_in = datum_of(data), signature_in = datum_of(signature);
	result = gnutls_pubkey_verify_data2(pubkey->handle, signature_algorithm_gnutls(algorithm), 0,
	                                    &data_in, &signature_in);
	if (result == 0)
		return 0;
	if (result == GNUTLS_E_PK_SIG_VERIFY_FAILED)
		return bad_signature(err, "the signature does not verify");
	return gnutls_failed(err, SIGNET_E_CRYPTO, result, "verification of a signature failed");
}

int pubkey_verify_raw(const struct pubkey *pubkey, enum signature_algorithm algorithm,
                      struct bytes data, struct bytes signature, struct error *err)
{
	if (key_algorithm_gnutls(pubkey->algorithm) != GNUTLS_PK_ECDSA)
		return pubkey_verify(pubkey, algorithm, data, signature, err);
	size_t size = key_algorithm_octets(pubkey->algorithm);
	if (signature.length != 2 * size)
		return bad_signature(err, "ECDSA signature of another length than RFC 7518 "
		                          "section 3.4 gives it");
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(256);
	struct der_writer w = der_write(&value);
	der_begin(&w, DER_SEQUENCE);
	der_put_magnitude(&w, bytes_make(signature.data, size));
	der_put_magnitude(&w, bytes_make(signature.data + size, size));
	der_end(&w);
	int result = der_writer_finish(&w);
	if (result)
		return error_set(err, result, "signature not encoded");
	return pubkey_verify(pubkey, algorithm, data, buffer_bytes(&value), err);
}
