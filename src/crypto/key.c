#include "crypto/key.h"

#include <stdlib.h>

#include "crypto/gnutls_private.h"
#include "crypto/hash.h"

struct key {
	gnutls_privkey_t handle; /* GnuTLS lets threads share it for signing */
	struct pubkey *pubkey;
};

static void x509_privkey_free(gnutls_x509_privkey_t *key)
{
	if (*key)
		gnutls_x509_privkey_deinit(*key);
}
#define _cleanup_x509_privkey_ __attribute__((cleanup(x509_privkey_free)))

static void gnutls_pubkey_free(gnutls_pubkey_t *key)
{
	if (*key)
		gnutls_pubkey_deinit(*key);
}
#define _cleanup_gnutls_pubkey_ __attribute__((cleanup(gnutls_pubkey_free)))

static void secret_datum_free(gnutls_datum_t *datum)
{
	if (datum->data)
		explicit_bzero(datum->data, datum->size);
	datum_free(datum);
}
#define _cleanup_secret_datum_ __attribute__((cleanup(secret_datum_free)))

static int key_new(struct key **out, struct error *err)
{
	struct key *key = calloc(1, sizeof *key);
	if (!key)
		return error_nomem(err);
	int result = gnutls_privkey_init(&key->handle);
	if (result) {
		free(key);
		return gnutls_failed(err, SIGNET_E_CRYPTO, result, "private key not made");
	}
	*out = key;
	return 0;
}

/* The public half goes through the same strict reader as everybody's. */
static int derive_pubkey(struct key *key, struct error *err)
{
	_cleanup_gnutls_pubkey_ gnutls_pubkey_t pubkey = NULL;
	_cleanup_datum_ gnutls_datum_t spki = {NULL, 0};
	int result = gnutls_pubkey_init(&pubkey);
	if (!result)
		result = gnutls_pubkey_import_privkey(pubkey, key->handle, 0, 0);
	if (!result)
		result = gnutls_pubkey_export2(pubkey, GNUTLS_X509_FMT_DER, &spki);
	if (result)
		return gnutls_failed(err, SIGNET_E_BAD_KEY, result,
		                     "private key without a usable public half");
	result = pubkey_from_spki(&key->pubkey, bytes_of_datum(&spki), err);
	if (result == SIGNET_E_BAD_ALGORITHM)
		return error_set(err, SIGNET_E_BAD_KEY, "%s", err ? err->message : "");
	return result;
}

/* gnutls_privkey_verify_params looks at the numbers of the private half; the proof that they are
 * those of the public half is a signature that verifies. */
static int check_halves(const struct key *key, struct error *err)
{
	int result = gnutls_privkey_verify_params(key->handle);
	if (result)
		return gnutls_failed(err, SIGNET_E_BAD_KEY, result,
		                     "the private and the public half of the key do not match");
	static const uint8_t sample[] = "private and public half";
	_cleanup_buffer_ struct buffer signature = BUFFER_MAX(LIMIT_SPKI);
	enum signature_algorithm algorithm =
		signature_algorithm_for(pubkey_algorithm(key->pubkey));
	if (!key_sign(key, algorithm, BYTES_OF(sample), &signature, err) &&
	    !pubkey_verify(key->pubkey, algorithm, BYTES_OF(sample), buffer_bytes(&signature), err))
		return 0;
	return error_set(err, SIGNET_E_BAD_KEY,
	                 "the private and the public half of the key do not match");
}

int key_generate(struct key **out, enum key_algorithm algorithm, unsigned bits,
                 struct error *err)
{
	gnutls_pk_algorithm_t pk = key_algorithm_gnutls(algorithm);
	if (pk == GNUTLS_PK_UNKNOWN)
		return error_set(err, SIGNET_E_BAD_ALGORITHM, "unknown kind of key");
	if (algorithm != KEY_RSA)
		bits = GNUTLS_CURVE_TO_BITS(key_algorithm_curve(algorithm));
	else if (bits < LIMIT_RSA_BITS_MIN || bits > LIMIT_RSA_BITS_MAX)
		return error_set(err, SIGNET_E_BAD_KEY, "RSA key of %u bits, not %u to %u", bits,
		                 LIMIT_RSA_BITS_MIN, LIMIT_RSA_BITS_MAX);
	struct key *key;
	int result = key_new(&key, err);
	if (result)
		return result;
	result = gnutls_privkey_generate(key->handle, pk, bits, 0);
	if (result)
		result = gnutls_failed(err, SIGNET_E_CRYPTO, result, "key not generated");
	else
		result = derive_pubkey(key, err);
	if (result)
		key_free(key);
	else
		*out = key;
	return result;
}

enum pem_form { PEM_PLAIN, PEM_ENCRYPTED_PKCS8, PEM_ENCRYPTED_OLD };

static const uint8_t *find(struct bytes in, const char *text)
{
	return in.length ? memmem(in.data, in.length, text, strlen(text)) : NULL;
}

#define PEM_LINES(label) "-----BEGIN " label "-----", "-----END " label "-----"

/* What the first private key in the text is, and its block with both lines. */
static int find_private_key(struct bytes pem, struct bytes *block, enum pem_form *form)
{
	static const struct {
		const char *begin, *end;
		enum pem_form form;
	} known[] = {
		{PEM_LINES("PRIVATE KEY"), PEM_PLAIN},
		{PEM_LINES("EC PRIVATE KEY"), PEM_PLAIN},
		{PEM_LINES("RSA PRIVATE KEY"), PEM_PLAIN},
		{PEM_LINES("ENCRYPTED PRIVATE KEY"), PEM_ENCRYPTED_PKCS8},
	};
	const uint8_t *first = NULL, *limit = pem.data + pem.length;
	size_t which = 0;
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		const uint8_t *at = find(pem, known[i].begin);
		if (!at || (first && at > first))
			continue;
		first = at;
		which = i;
	}
	if (!first)
		return SIGNET_E_BAD_KEY;
	const uint8_t *end = find(bytes_make(first, (size_t)(limit - first)), known[which].end);
	if (!end)
		return SIGNET_E_BAD_KEY;
	*block = bytes_make(first, (size_t)(end - first) + strlen(known[which].end));
	*form = known[which].form;
	/* RFC 1421 section 4.6.1.1, as OpenSSL wrote it before PKCS#8 */
	if (*form == PEM_PLAIN && find(*block, "Proc-Type: 4,ENCRYPTED"))
		*form = PEM_ENCRYPTED_OLD;
	return 0;
}

/* A PKCS#8 that cannot be decrypted whatever the passphrase is a bad key, not a wrong
 * passphrase. */
static int check_pkcs8(const gnutls_datum_t *pem, struct error *err)
{
	unsigned schema, cipher, iterations, salt_size = 0;
	char *oid = NULL;
	int result = gnutls_pkcs8_info(pem, GNUTLS_X509_FMT_PEM, &schema, &cipher, NULL, &salt_size,
	                               &iterations, &oid);
	gnutls_free(oid);
	if (result)
		return gnutls_failed(err, SIGNET_E_BAD_KEY, result,
		                     "encrypted private key is malformed or of an unknown cipher");
	return 0;
}

static int import(gnutls_x509_privkey_t x509, struct bytes block, enum pem_form form,
                  const char *passphrase, struct error *err)
{
	gnutls_datum_t pem = datum_of(block);
	if (form != PEM_PLAIN && !passphrase)
		return error_set(err, SIGNET_E_PERMISSION,
		                 "the private key is encrypted and there is no passphrase for it");
	if (form == PEM_ENCRYPTED_PKCS8) {
		int bad = check_pkcs8(&pem, err);
		if (bad)
			return bad;
	}
	int result = gnutls_x509_privkey_import2(x509, &pem, GNUTLS_X509_FMT_PEM,
	                                         form == PEM_PLAIN ? NULL : passphrase,
	                                         form == PEM_PLAIN ? GNUTLS_PKCS_PLAIN : 0);
	if (!result)
		return 0;
	/* a wrong passphrase may as well give padding that looks right and then no ASN.1 */
	if (form != PEM_PLAIN)
		return gnutls_failed(err, SIGNET_E_PERMISSION, result,
		                     "the passphrase of the private key is wrong");
	return gnutls_failed(err, SIGNET_E_BAD_KEY, result, "malformed private key");
}

int key_from_pem(struct key **out, struct bytes pem, const char *passphrase, struct error *err)
{
	struct bytes block;
	enum pem_form form;
	if (pem.length > LIMIT_KEY_FILE)
		return error_set(err, SIGNET_E_BAD_KEY, "private key of more than %d octets",
		                 LIMIT_KEY_FILE);
	if (find_private_key(pem, &block, &form))
		return error_set(err, SIGNET_E_BAD_KEY,
		                 "no private key in PEM form (PKCS#8, SEC 1 or PKCS#1)");
	_cleanup_x509_privkey_ gnutls_x509_privkey_t x509 = NULL;
	int result = gnutls_x509_privkey_init(&x509);
	if (result)
		return gnutls_failed(err, SIGNET_E_CRYPTO, result, "private key not loaded");
	result = import(x509, block, form, passphrase, err);
	if (result)
		return result;
	struct key *key;
	result = key_new(&key, err);
	if (result)
		return result;
	result = gnutls_privkey_import_x509(key->handle, x509, GNUTLS_PRIVKEY_IMPORT_COPY);
	if (result)
		result = gnutls_failed(err, SIGNET_E_BAD_KEY, result, "private key not usable");
	if (!result)
		result = derive_pubkey(key, err);
	if (!result)
		result = check_halves(key, err);
	if (result)
		key_free(key);
	else
		*out = key;
	return result;
}

int key_to_pem(const struct key *key, const char *passphrase, struct buffer *out,
               struct error *err)
{
	_cleanup_x509_privkey_ gnutls_x509_privkey_t x509 = NULL;
	_cleanup_secret_datum_ gnutls_datum_t pem = {NULL, 0};
	int result = gnutls_privkey_export_x509(key->handle, &x509);
	if (!result)
		result = gnutls_x509_privkey_export2_pkcs8(
			x509, GNUTLS_X509_FMT_PEM, passphrase,
			passphrase ? GNUTLS_PKCS_PBES2_AES_256 : GNUTLS_PKCS_PLAIN, &pem);
	if (result)
		return gnutls_failed(err, SIGNET_E_CRYPTO, result, "private key not exported");
	/* growing in steps would leave copies of the secret behind */
	if (buffer_reserve(out, pem.size) || buffer_append(out, pem.data, pem.size))
		return error_set(err, out->error, "private key not exported");
	return 0;
}

void key_free(struct key *key)
{
	if (!key)
		return;
	gnutls_privkey_deinit(key->handle); /* wipes the secret */
	pubkey_free(key->pubkey);
	free(key);
}

const struct pubkey *key_public(const struct key *key)
{
	return key->pubkey;
}

static int check_fits(const struct key *key, enum signature_algorithm algorithm, struct error *err)
{
	enum key_algorithm kind = pubkey_algorithm(key->pubkey);
	if (signature_algorithm_fits(algorithm, kind))
		return 0;
	return error_set(err, SIGNET_E_BAD_ALGORITHM, "%s signature by a key of kind %s",
	                 signature_algorithm_name(algorithm), key_algorithm_name(kind));
}

static int take_signature(int result, const gnutls_datum_t *signature, struct buffer *out,
                          struct error *err)
{
	if (result)
		return gnutls_failed(err, SIGNET_E_CRYPTO, result, "signing failed");
	if (buffer_append(out, signature->data, signature->size))
		return error_set(err, out->error, "signature not stored");
	return 0;
}

int key_sign(const struct key *key, enum signature_algorithm algorithm, struct bytes data,
             struct buffer *out, struct error *err)
{
	int result = check_fits(key, algorithm, err);
	if (result)
		return result;
	gnutls_datum_t in = datum_of(data);
	_cleanup_datum_ gnutls_datum_t signature = {NULL, 0};
	result = gnutls_privkey_sign_data2(key->handle, signature_algorithm_gnutls(algorithm), 0, &in,
	                                   &signature);
	return take_signature(result, &signature, out, err);
}

int key_sign_hash(const struct key *key, enum signature_algorithm algorithm, struct bytes hash,
                  struct buffer *out, struct error *err)
{
	enum hash_algorithm needed = signature_algorithm_hash(algorithm);
	int result = check_fits(key, algorithm, err);
	if (result)
		return result;
	if (!needed || hash.length != hash_size(needed))
		return error_set(err, SIGNET_E_BAD_ALGORITHM, "a hash of %zu octets for %s",
		                 hash.length, signature_algorithm_name(algorithm));
	gnutls_datum_t in = datum_of(hash);
	_cleanup_datum_ gnutls_datum_t signature = {NULL, 0};
	result = gnutls_privkey_sign_hash2(key->handle, signature_algorithm_gnutls(algorithm), 0, &in,
	                                   &signature);
	return take_signature(result, &signature, out, err);
}
