#include "crypto/x509.h"

#include "crypto/gnutls_private.h"
#include "crypto/hash.h"

static void crt_free(gnutls_x509_crt_t *crt)
{
	if (*crt)
		gnutls_x509_crt_deinit(*crt);
	*crt = NULL;
}
#define _cleanup_crt_ __attribute__((cleanup(crt_free)))

static int crt_import(gnutls_x509_crt_t *out, struct bytes der, int code, struct error *err)
{
	gnutls_datum_t datum = datum_of(der);
	int result = gnutls_x509_crt_init(out);
	if (result)
		return gnutls_failed(err, SIGNET_E_CRYPTO, result, "certificate not read");
	result = gnutls_x509_crt_import(*out, &datum, GNUTLS_X509_FMT_DER);
	if (result)
		return gnutls_failed(err, code, result, "GnuTLS does not read the certificate");
	return 0;
}

static bool serial_agrees(gnutls_x509_crt_t crt, struct bytes expected)
{
	uint8_t serial[64];
	size_t size = sizeof serial;
	if (gnutls_x509_crt_get_serial(crt, serial, &size))
		return false;
	struct bytes got = bytes_make(serial, size);
	if (got.length > 1 && got.data[0] == 0) {
		got.data++;
		got.length--;
	}
	return bytes_equal(got, expected);
}

static bool name_agrees(gnutls_x509_crt_t crt,
                        int (*get)(gnutls_x509_crt_t crt, gnutls_datum_t *name),
                        struct bytes expected)
{
	_cleanup_datum_ gnutls_datum_t name = {NULL, 0};
	return get(crt, &name) == 0 && bytes_equal(bytes_of_datum(&name), expected);
}

/* GnuTLS gives no SPKI out without importing the key, but its hash. */
static bool spki_agrees(gnutls_x509_crt_t crt, struct bytes expected)
{
	uint8_t got[HASH_SIZE_MAX], want[HASH_SIZE_MAX];
	size_t size = sizeof got;
	return gnutls_x509_crt_get_key_id(crt, GNUTLS_KEYID_USE_SHA256, got, &size) == 0 &&
	       size == hash_size(HASH_SHA256) && hash_compute(HASH_SHA256, expected, want) == 0 &&
	       memcmp(got, want, size) == 0;
}

int x509_agrees(struct bytes certificate, const struct x509_expected *expected,
                struct error *err)
{
	_cleanup_crt_ gnutls_x509_crt_t crt = NULL;
	int result = crt_import(&crt, certificate, SIGNET_E_INTERNAL, err);
	if (result)
		return result;
	const char *differs = NULL;
	if (gnutls_x509_crt_get_version(crt) != 3)
		differs = "version";
	else if (!serial_agrees(crt, expected->serial))
		differs = "serialNumber";
	else if (!name_agrees(crt, gnutls_x509_crt_get_raw_issuer_dn, expected->issuer))
		differs = "issuer";
	else if (!name_agrees(crt, gnutls_x509_crt_get_raw_dn, expected->subject))
		differs = "subject";
	else if (gnutls_x509_crt_get_activation_time(crt) != (time_t)expected->not_before)
		differs = "notBefore";
	else if (gnutls_x509_crt_get_expiration_time(crt) != (time_t)expected->not_after)
		differs = "notAfter";
	else if (!spki_agrees(crt, expected->spki))
		differs = "subjectPublicKeyInfo";
	if (!differs)
		return 0;
	return error_set(err, SIGNET_E_INTERNAL, "GnuTLS reads another %s in the certificate",
	                 differs);
}

static int check_time(gnutls_x509_crt_t crt, size_t index, int64_t at, struct error *err)
{
	time_t from = gnutls_x509_crt_get_activation_time(crt);
	time_t to = gnutls_x509_crt_get_expiration_time(crt);
	if (from == (time_t)-1 || to == (time_t)-1)
		return error_set(err, SIGNET_E_INVALID, "certificate %zu has an unreadable validity",
		                 index);
	if (at < from)
		return error_set(err, SIGNET_E_INVALID, "certificate %zu is not valid yet", index);
	if (at > to)
		return error_set(err, SIGNET_E_INVALID, "certificate %zu has expired", index);
	return 0;
}

/* RFC 5280 section 6.1.4 (k) and (n). */
static int check_issuer(gnutls_x509_crt_t crt, size_t index, struct error *err)
{
	unsigned critical, ca = 0, usage = 0;
	int path_length;
	if (gnutls_x509_crt_get_basic_constraints(crt, &critical, &ca, &path_length) < 0 || !ca)
		return error_set(err, SIGNET_E_INVALID,
		                 "certificate %zu issues and is no CA (basicConstraints)", index);
	int result = gnutls_x509_crt_get_key_usage(crt, &usage, &critical);
	if (result == GNUTLS_E_REQUESTED_DATA_NOT_AVAILABLE)
		return 0;
	if (result < 0 || !(usage & GNUTLS_KEY_KEY_CERT_SIGN))
		return error_set(err, SIGNET_E_INVALID,
		                 "certificate %zu issues without keyCertSign (keyUsage)", index);
	return 0;
}

/* Certificate ::= SEQUENCE { tbsCertificate, signatureAlgorithm, signature } */
static int read_signed(struct bytes der, struct bytes *tbs, struct bytes *signature)
{
	struct der reader = der_open(der), certificate;
	if (der_enter(&reader, DER_SEQUENCE, &certificate) || der_finish(&reader) ||
	    der_whole(&certificate, DER_SEQUENCE, tbs) ||
	    der_whole(&certificate, DER_SEQUENCE, NULL) ||
	    der_bits(&certificate, signature, NULL) || der_finish(&certificate))
		return SIGNET_E_INVALID;
	return 0;
}

static int verify_signature(gnutls_pubkey_t key, gnutls_x509_crt_t crt,
                            gnutls_x509_crt_t issuer, struct bytes der)
{
	struct bytes tbs, signature;
	int algorithm = gnutls_x509_crt_get_signature_algorithm(crt);
	if (algorithm < 0 || read_signed(der, &tbs, &signature))
		return GNUTLS_E_ASN1_DER_ERROR;
	if (!gnutls_sign_is_secure2((gnutls_sign_algorithm_t)algorithm,
	                            GNUTLS_SIGN_FLAG_SECURE_FOR_CERTS))
		return GNUTLS_E_INSUFFICIENT_SECURITY;
	int result = gnutls_pubkey_import_x509(key, issuer, 0);
	if (result)
		return result;
	gnutls_datum_t data = datum_of(tbs), value = datum_of(signature);
	return gnutls_pubkey_verify_data2(key, (gnutls_sign_algorithm_t)algorithm, 0, &data,
	                                  &value);
}

/* Signed by the next one. GnuTLS looks at that in check_path, too, where more is tolerated. */
static int check_signature(gnutls_x509_crt_t *crts, const struct bytes *chain, size_t index,
                           struct error *err)
{
	gnutls_pubkey_t key = NULL;
	int result = gnutls_pubkey_init(&key);
	if (result)
		return error_nomem(err);
	result = verify_signature(key, crts[index], crts[index + 1], chain[index]);
	gnutls_pubkey_deinit(key);
	if (result == 0)
		return 0;
	error_set(err, SIGNET_E_INVALID, result == GNUTLS_E_INSUFFICIENT_SECURITY
	          ? "certificate %zu is signed with an algorithm that is not safe"
	          : "certificate %zu is not signed by the next one", index);
	error_detail(err, "GnuTLS: %s", gnutls_strerror(result));
	return SIGNET_E_INVALID;
}

static bool is_self_issued(gnutls_x509_crt_t crt)
{
	_cleanup_datum_ gnutls_datum_t subject = {NULL, 0};
	return gnutls_x509_crt_get_raw_dn(crt, &subject) == 0 &&
	       name_agrees(crt, gnutls_x509_crt_get_raw_issuer_dn, bytes_of_datum(&subject));
}

/* RFC 5280 section 6.1.4 (l) and (m): self-issued certificates do not count. */
static int check_path_lengths(gnutls_x509_crt_t *crts, size_t count, struct error *err)
{
	int below = 0;
	for (size_t i = 1; i < count; i++) {
		unsigned critical, ca;
		int allowed = -1;
		if (gnutls_x509_crt_get_basic_constraints(crts[i], &critical, &ca, &allowed) < 0)
			return error_set(err, SIGNET_E_INVALID, "certificate %zu is no CA", i);
		if (allowed >= 0 && allowed < below)
			return error_set(err, SIGNET_E_INVALID, "certificate %zu does not allow so "
			                 "many CAs below it (path length)", i);
		below += !is_self_issued(crts[i]);
	}
	return 0;
}

static int check_step(gnutls_x509_crt_t *crts, const struct bytes *chain, size_t index,
                      struct error *err)
{
	if (gnutls_x509_crt_check_issuer(crts[index], crts[index + 1]) != 1)
		return error_set(err, SIGNET_E_INVALID,
		                 "certificate %zu does not name the next one as its issuer", index);
	int result = check_issuer(crts[index + 1], index + 1, err);
	return result ? result : check_signature(crts, chain, index, err);
}

/* Signatures, algorithms and critical extensions under this trust anchor. Name constraints are the
 * caller's: GnuTLS takes the common name of a CA for a host name, and knows only some kinds. What else
 * it calls by that name, path lengths, was looked at before. */
static int check_path(gnutls_x509_crt_t *crts, size_t count, gnutls_x509_crt_t anchor,
                      unsigned flags, struct error *err)
{
	unsigned status = 0;
	/* the time was checked against ours; both flags are needed for GnuTLS to leave its own out */
	flags |= GNUTLS_VERIFY_DISABLE_TIME_CHECKS | GNUTLS_VERIFY_DISABLE_TRUSTED_TIME_CHECKS;
	int result = gnutls_x509_crt_list_verify(crts, (int)count, &anchor, 1, NULL, 0, flags,
	                                         &status);
	if (result)
		return gnutls_failed(err, SIGNET_E_CRYPTO, result, "the chain was not verified");
	const unsigned constraints = GNUTLS_CERT_INVALID | GNUTLS_CERT_SIGNER_CONSTRAINTS_FAILURE;
	if (status == 0 || status == constraints)
		return 0;
	error_set(err, SIGNET_E_INVALID, "the chain does not verify");
	gnutls_datum_t text = {NULL, 0};
	if (gnutls_certificate_verification_status_print(status, GNUTLS_CRT_X509, &text, 0) == 0)
		error_detail(err, "GnuTLS: %s", (const char *)text.data);
	datum_free(&text);
	return SIGNET_E_INVALID;
}

static int check_chain(gnutls_x509_crt_t *crts, const struct bytes *chain, size_t count,
                       int64_t at, struct error *err)
{
	int result = 0;
	for (size_t i = 0; !result && i < count; i++) {
		result = crt_import(&crts[i], chain[i], SIGNET_E_INVALID, err);
		if (!result)
			result = check_time(crts[i], i, at, err);
	}
	for (size_t i = 0; !result && i + 1 < count; i++)
		result = check_step(crts, chain, i, err);
	if (!result)
		result = check_path_lengths(crts, count, err);
	if (result)
		return result;
	gnutls_x509_crt_t last = crts[count - 1];
	result = check_path(crts, count, last, 0, err);
	/* GnuTLS does not look at a trust anchor's own signature unless it stands for another */
	if (!result && gnutls_x509_crt_check_issuer(last, last) == 1)
		result = check_path(&last, 1, last, GNUTLS_VERIFY_DO_NOT_ALLOW_SAME, err);
	return result;
}

int x509_verify_chain(const struct bytes *chain, size_t count, int64_t at, struct error *err)
{
	gnutls_x509_crt_t crts[LIMIT_CHAIN] = {NULL};
	if (count == 0 || count > LIMIT_CHAIN)
		return error_set(err, SIGNET_E_INVALID, "a chain of %zu certificates, not 1 to %d",
		                 count, LIMIT_CHAIN);
	int result = check_chain(crts, chain, count, at, err);
	for (size_t i = 0; i < count; i++)
		crt_free(&crts[i]);
	return result;
}
