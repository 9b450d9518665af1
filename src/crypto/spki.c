#include "crypto/spki.h"

#include "asn1/oid.h"
#include "crypto/gnutls_private.h"

#define POINT_UNCOMPRESSED 0x04 /* SEC 1 section 2.3.3 */

static const struct {
	enum key_algorithm algorithm;
	const struct bytes *oid;
} curves[] = {
	{KEY_P256, &OID_P256},
	{KEY_P384, &OID_P384},
	{KEY_P521, &OID_P521},
};

static const struct bytes *curve_oid(enum key_algorithm algorithm)
{
	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++)
		if (curves[i].algorithm == algorithm)
			return curves[i].oid;
	return NULL;
}

static int read_curve(struct der *parameters, enum key_algorithm *out, struct error *err)
{
	struct bytes oid;
	/* RFC 5480 section 2.1.1: implicitCurve and specifiedCurve must not be used; explicit
	 * parameters have let forged curves through (CVE-2020-0601) */
	if (der_oid(parameters, &oid) || der_finish(parameters))
		return error_set(err, SIGNET_E_BAD_ALGORITHM,
		                 "EC key without a named curve (RFC 5480 section 2.1.1)");
	for (size_t i = 0; i < sizeof curves / sizeof *curves; i++) {
		if (bytes_equal(oid, *curves[i].oid)) {
			*out = curves[i].algorithm;
			return 0;
		}
	}
	return error_set(err, SIGNET_E_BAD_ALGORITHM,
	                 "EC key on another curve than P-256, P-384 and P-521");
}

static int read_algorithm(struct der *info, enum key_algorithm *out, struct error *err)
{
	struct der inside;
	struct bytes oid;
	if (der_enter(info, DER_SEQUENCE, &inside) || der_oid(&inside, &oid))
		return error_set(err, SIGNET_E_BAD_KEY,
		                 "malformed AlgorithmIdentifier of a public key");
	if (bytes_equal(oid, OID_EC_PUBLIC_KEY))
		return read_curve(&inside, out, err);
	if (bytes_equal(oid, OID_RSA_ENCRYPTION)) {
		if (der_null(&inside) || der_finish(&inside))
			return error_set(err, SIGNET_E_BAD_ALGORITHM,
			                 "RSA key without NULL parameters (RFC 3279 section 2.3.1)");
		*out = KEY_RSA;
		return 0;
	}
	if (bytes_equal(oid, OID_ED25519)) {
		if (der_finish(&inside))
			return error_set(err, SIGNET_E_BAD_ALGORITHM,
			                 "Ed25519 key with parameters (RFC 8410 section 3)");
		*out = KEY_ED25519;
		return 0;
	}
	return error_set(err, SIGNET_E_BAD_ALGORITHM, "public key of an unknown algorithm");
}

/* Content octets of a positive INTEGER without its sign octet. */
static int read_positive(struct der *der, struct bytes *out)
{
	struct bytes number;
	if (der_integer(der, &number) || (number.data[0] & 0x80))
		return SIGNET_E_INVALID;
	if (number.data[0] == 0) {
		number.data++;
		number.length--;
	}
	*out = number;
	return number.length ? 0 : SIGNET_E_INVALID;
}

static unsigned bit_length(struct bytes magnitude)
{
	unsigned bits = (unsigned)magnitude.length * 8;
	for (unsigned mask = 0x80; mask && !(magnitude.data[0] & mask); mask >>= 1)
		bits--;
	return bits;
}

static int check_rsa(struct spki *key, struct error *err)
{
	key->bits = bit_length(key->modulus);
	if (key->bits < LIMIT_RSA_BITS_MIN || key->bits > LIMIT_RSA_BITS_MAX)
		return error_set(err, SIGNET_E_BAD_KEY, "RSA key of %u bits, not %u to %u", key->bits,
		                 LIMIT_RSA_BITS_MIN, LIMIT_RSA_BITS_MAX);
	if (!(key->modulus.data[key->modulus.length - 1] & 1))
		return error_set(err, SIGNET_E_BAD_KEY, "RSA key with an even modulus");
	if (key->exponent_bytes.length > sizeof key->exponent)
		return error_set(err, SIGNET_E_BAD_KEY, "RSA key with an exponent over 64 bits");
	key->exponent = 0;
	for (size_t i = 0; i < key->exponent_bytes.length; i++)
		key->exponent = key->exponent << 8 | key->exponent_bytes.data[i];
	if (key->exponent < 3 || !(key->exponent & 1))
		return error_set(err, SIGNET_E_BAD_KEY, "RSA key with an exponent that is even or 1");
	return 0;
}

static int read_rsa(struct spki *key, struct error *err)
{
	struct der bits = der_open(key->key_bits), inside;
	if (der_enter(&bits, DER_SEQUENCE, &inside) || der_finish(&bits) ||
	    read_positive(&inside, &key->modulus) ||
	    read_positive(&inside, &key->exponent_bytes) || der_finish(&inside))
		return error_set(err, SIGNET_E_BAD_KEY,
		                 "malformed RSAPublicKey (RFC 8017 appendix A.1.1)");
	return check_rsa(key, err);
}

static int read_point(struct spki *key, struct error *err)
{
	size_t size = key_algorithm_octets(key->algorithm);
	struct bytes bits = key->key_bits;
	if (bits.length && (bits.data[0] == 0x02 || bits.data[0] == 0x03))
		return error_set(err, SIGNET_E_BAD_KEY, "compressed EC points are not accepted");
	if (bits.length != 1 + 2 * size || bits.data[0] != POINT_UNCOMPRESSED)
		return error_set(err, SIGNET_E_BAD_KEY, "malformed EC point (RFC 5480 section 2.2)");
	key->x = bytes_make(bits.data + 1, size);
	key->y = bytes_make(bits.data + 1 + size, size);
	key->bits = key->algorithm == KEY_P521 ? 521 : (unsigned)size * 8;
	return 0;
}

/* y of the points of small order, little-endian; x, and with it the sign bit, may be either. A
 * signature by such a "key" can be made by anybody. */
static const uint8_t small_order[][32] = {
	{0},
	{1},
	{0x26, 0xe8, 0x95, 0x8f, 0xc2, 0xb2, 0x27, 0xb0, 0x45, 0xc3, 0xf4,
	 0x89, 0xf2, 0xef, 0x98, 0xf0, 0xd5, 0xdf, 0xac, 0x05, 0xd3, 0xc6,
	 0x33, 0x39, 0xb1, 0x38, 0x02, 0x88, 0x6d, 0x53, 0xfc, 0x05},
	{0xc7, 0x17, 0x6a, 0x70, 0x3d, 0x4d, 0xd8, 0x4f, 0xba, 0x3c, 0x0b,
	 0x76, 0x0d, 0x10, 0x67, 0x0f, 0x2a, 0x20, 0x53, 0xfa, 0x2c, 0x39,
	 0xcc, 0xc6, 0x4e, 0xc7, 0xfd, 0x77, 0x92, 0xac, 0x03, 0x7a},
	{0xec, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff,
	 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0x7f},
};

/* y as a number is below 2^255 - 19 (RFC 8032 section 5.1.3 step 1). */
static bool is_canonical(const uint8_t y[32])
{
	if (y[31] != 0x7f || y[0] < 0xed)
		return true;
	for (size_t i = 1; i < 31; i++)
		if (y[i] != 0xff)
			return true;
	return false;
}

static int read_ed25519(struct spki *key, struct error *err)
{
	uint8_t y[32];
	if (key->key_bits.length != sizeof y)
		return error_set(err, SIGNET_E_BAD_KEY,
		                 "Ed25519 key of another length than 32 octets");
	memcpy(y, key->key_bits.data, sizeof y);
	y[31] &= 0x7f;
	if (!is_canonical(y))
		return error_set(err, SIGNET_E_BAD_KEY,
		                 "Ed25519 key out of range (RFC 8032 section 5.1.3)");
	for (size_t i = 0; i < sizeof small_order / sizeof *small_order; i++)
		if (memcmp(y, small_order[i], sizeof y) == 0)
			return error_set(err, SIGNET_E_BAD_KEY, "Ed25519 key of small order");
	key->x = key->key_bits;
	key->y = BYTES_NONE;
	key->bits = 256;
	return 0;
}

int spki_read(struct spki *out, struct bytes der, struct error *err)
{
	struct spki key = {0};
	if (der.length > LIMIT_SPKI)
		return error_set(err, SIGNET_E_BAD_KEY, "public key of more than %d octets",
		                 LIMIT_SPKI);
	struct der outer = der_open(der), info;
	if (der_enter(&outer, DER_SEQUENCE, &info) || der_finish(&outer))
		return error_set(err, SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo");
	int result = read_algorithm(&info, &key.algorithm, err);
	if (result)
		return result;
	if (der_bits(&info, &key.key_bits, NULL) || der_finish(&info))
		return error_set(err, SIGNET_E_BAD_KEY, "malformed SubjectPublicKeyInfo");
	if (key.algorithm == KEY_RSA)
		result = read_rsa(&key, err);
	else if (key.algorithm == KEY_ED25519)
		result = read_ed25519(&key, err);
	else
		result = read_point(&key, err);
	if (!result)
		*out = key;
	return result;
}

void spki_put_point(struct der_writer *w, enum key_algorithm algorithm, struct bytes x,
                    struct bytes y)
{
	static const uint8_t no_unused_bits[] = {0}, prefix[] = {0, POINT_UNCOMPRESSED};
	const struct bytes *curve = curve_oid(algorithm);
	der_begin(w, DER_SEQUENCE);
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, curve ? OID_EC_PUBLIC_KEY : OID_ED25519);
	if (curve)
		der_put_oid(w, *curve);
	der_end(w);
	der_begin(w, DER_BIT_STRING);
	der_put_raw(w, curve ? BYTES_OF(prefix) : BYTES_OF(no_unused_bits));
	der_put_raw(w, x);
	der_put_raw(w, y);
	der_end(w);
	der_end(w);
}

void spki_put_rsa(struct der_writer *w, struct bytes modulus, struct bytes exponent)
{
	static const uint8_t no_unused_bits[] = {0};
	der_begin(w, DER_SEQUENCE);
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, OID_RSA_ENCRYPTION);
	der_put_null(w);
	der_end(w);
	der_begin(w, DER_BIT_STRING);
	der_put_raw(w, BYTES_OF(no_unused_bits));
	der_begin(w, DER_SEQUENCE);
	der_put_magnitude(w, modulus);
	der_put_magnitude(w, exponent);
	der_end(w);
	der_end(w);
	der_end(w);
}
