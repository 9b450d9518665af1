#include "crypto/algorithm.h"

#include <assert.h>

#include "asn1/oid.h"
#include "base/text.h"
#include "crypto/gnutls_private.h"

/* The index is the enum key_algorithm. */
static const struct {
	const char *name;
	const char *setting;
	unsigned bits;
	size_t octets;
	gnutls_pk_algorithm_t pk;
	gnutls_ecc_curve_t curve;
	enum signature_algorithm signs_with;
} keys[] = {
	[KEY_RSA] = {"RSA", NULL, 0, 0, GNUTLS_PK_RSA, GNUTLS_ECC_CURVE_INVALID,
	             SIGNATURE_RSA_SHA256},
	[KEY_P256] = {"P-256", "p-256", 256, 32, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP256R1,
	              SIGNATURE_ECDSA_SHA256},
	[KEY_P384] = {"P-384", "p-384", 384, 48, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP384R1,
	              SIGNATURE_ECDSA_SHA384},
	[KEY_P521] = {"P-521", "p-521", 521, 66, GNUTLS_PK_ECDSA, GNUTLS_ECC_CURVE_SECP521R1,
	              SIGNATURE_ECDSA_SHA512},
	[KEY_ED25519] = {"Ed25519", "ed25519", 256, 32, GNUTLS_PK_EDDSA_ED25519,
	                 GNUTLS_ECC_CURVE_ED25519, SIGNATURE_ED25519},
};
#define KEY_COUNT (sizeof keys / sizeof *keys)

/* The index is the enum signature_algorithm. */
static const struct {
	const char *name;
	const struct bytes *oid;
	gnutls_pk_algorithm_t pk;
	gnutls_sign_algorithm_t sign;
} signatures[] = {
	[SIGNATURE_RSA_SHA256] = {"RSA-SHA256", &OID_RSA_SHA256, GNUTLS_PK_RSA,
	                          GNUTLS_SIGN_RSA_SHA256},
	[SIGNATURE_RSA_SHA384] = {"RSA-SHA384", &OID_RSA_SHA384, GNUTLS_PK_RSA,
	                          GNUTLS_SIGN_RSA_SHA384},
	[SIGNATURE_RSA_SHA512] = {"RSA-SHA512", &OID_RSA_SHA512, GNUTLS_PK_RSA,
	                          GNUTLS_SIGN_RSA_SHA512},
	[SIGNATURE_ECDSA_SHA256] = {"ECDSA-SHA256", &OID_ECDSA_SHA256, GNUTLS_PK_ECDSA,
	                            GNUTLS_SIGN_ECDSA_SHA256},
	[SIGNATURE_ECDSA_SHA384] = {"ECDSA-SHA384", &OID_ECDSA_SHA384, GNUTLS_PK_ECDSA,
	                            GNUTLS_SIGN_ECDSA_SHA384},
	[SIGNATURE_ECDSA_SHA512] = {"ECDSA-SHA512", &OID_ECDSA_SHA512, GNUTLS_PK_ECDSA,
	                            GNUTLS_SIGN_ECDSA_SHA512},
	[SIGNATURE_ED25519] = {"Ed25519", &OID_ED25519, GNUTLS_PK_EDDSA_ED25519,
	                       GNUTLS_SIGN_EDDSA_ED25519},
};
#define SIGNATURE_COUNT (sizeof signatures / sizeof *signatures)

static bool is_key(enum key_algorithm algorithm)
{
	return algorithm >= KEY_RSA && algorithm < KEY_COUNT;
}

static bool is_signature(enum signature_algorithm algorithm)
{
	return algorithm >= SIGNATURE_RSA_SHA256 && algorithm < SIGNATURE_COUNT;
}

const char *key_algorithm_name(enum key_algorithm algorithm)
{
	return is_key(algorithm) ? keys[algorithm].name : "?";
}

int key_algorithm_from_name(const char *name, enum key_algorithm *algorithm, unsigned *bits)
{
	static const char rsa[] = "rsa-";
	size_t at = 0;
	while (at < sizeof rsa - 1 && text_lower(name[at]) == rsa[at])
		at++;
	if (at == sizeof rsa - 1) {
		uint64_t size;
		if (text_to_uint(name + at, LIMIT_RSA_BITS_MAX, &size) || size < LIMIT_RSA_BITS_MIN)
			return SIGNET_E_BAD_ALGORITHM;
		*algorithm = KEY_RSA;
		*bits = (unsigned)size;
		return 0;
	}
	for (size_t i = KEY_P256; i < KEY_COUNT; i++) {
		if (!text_equal_nocase(name, keys[i].setting))
			continue;
		*algorithm = (enum key_algorithm)i;
		*bits = keys[i].bits;
		return 0;
	}
	return SIGNET_E_BAD_ALGORITHM;
}

const char *signature_algorithm_name(enum signature_algorithm algorithm)
{
	return is_signature(algorithm) ? signatures[algorithm].name : "?";
}

enum signature_algorithm signature_algorithm_for(enum key_algorithm key)
{
	return is_key(key) ? keys[key].signs_with : 0;
}

enum hash_algorithm signature_algorithm_hash(enum signature_algorithm algorithm)
{
	switch (algorithm) {
	case SIGNATURE_RSA_SHA256:
	case SIGNATURE_ECDSA_SHA256:
		return HASH_SHA256;
	case SIGNATURE_RSA_SHA384:
	case SIGNATURE_ECDSA_SHA384:
		return HASH_SHA384;
	case SIGNATURE_RSA_SHA512:
	case SIGNATURE_ECDSA_SHA512:
		return HASH_SHA512;
	default:
		return 0;
	}
}

bool signature_algorithm_fits(enum signature_algorithm algorithm, enum key_algorithm key)
{
	/* any hash goes with any curve (RFC 5758 section 3.2): OpenSSL signs a request for a P-384
	 * key with SHA-256 when nobody tells it otherwise */
	return is_signature(algorithm) && is_key(key) && signatures[algorithm].pk == keys[key].pk;
}

int signature_algorithm_read(struct der *der, enum signature_algorithm *out)
{
	struct der rest = *der, inside;
	struct bytes oid;
	if (der_enter(&rest, DER_SEQUENCE, &inside) || der_oid(&inside, &oid))
		return SIGNET_E_INVALID;
	for (size_t i = SIGNATURE_RSA_SHA256; i < SIGNATURE_COUNT; i++) {
		if (!bytes_equal(oid, *signatures[i].oid))
			continue;
		/* RFC 4055 section 5 wants NULL for RSA and has readers accept its absence; RFC 5758
		 * section 3.2 and RFC 8410 section 3 want no parameters */
		if (signatures[i].pk == GNUTLS_PK_RSA && !der_at_end(&inside) && der_null(&inside))
			return SIGNET_E_BAD_ALGORITHM;
		if (der_finish(&inside))
			return SIGNET_E_BAD_ALGORITHM;
		*der = rest;
		*out = (enum signature_algorithm)i;
		return 0;
	}
	return SIGNET_E_BAD_ALGORITHM;
}

void signature_algorithm_put(struct der_writer *w, enum signature_algorithm algorithm)
{
	assert(is_signature(algorithm));
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, *signatures[algorithm].oid);
	if (signatures[algorithm].pk == GNUTLS_PK_RSA)
		der_put_null(w);
	der_end(w);
}

gnutls_sign_algorithm_t signature_algorithm_gnutls(enum signature_algorithm algorithm)
{
	return is_signature(algorithm) ? signatures[algorithm].sign : GNUTLS_SIGN_UNKNOWN;
}

gnutls_pk_algorithm_t key_algorithm_gnutls(enum key_algorithm algorithm)
{
	return is_key(algorithm) ? keys[algorithm].pk : GNUTLS_PK_UNKNOWN;
}

gnutls_ecc_curve_t key_algorithm_curve(enum key_algorithm algorithm)
{
	return is_key(algorithm) ? keys[algorithm].curve : GNUTLS_ECC_CURVE_INVALID;
}

size_t key_algorithm_octets(enum key_algorithm algorithm)
{
	return is_key(algorithm) ? keys[algorithm].octets : 0;
}
