#include "pki/csr.h"

#include "asn1/der_string.h"
#include "asn1/oid.h"

#define CHALLENGE_PASSWORD_MAX 255 /* pkcs-9-ub-challengePassword, RFC 2985 appendix A */

static int broken(struct error *err, const char *what)
{
	return error_set(err, SIGNET_E_BAD_REQUEST, "certification request: %s", what);
}

/* extensions_parse speaks of malformed input in general. */
static int broken_extensions(struct error *err, int result)
{
	if (result != SIGNET_E_INVALID)
		return result;
	return error_set(err, SIGNET_E_BAD_REQUEST, "certification request: %s",
	                 err ? err->message : "");
}

static int read_alt_names(struct csr *csr, struct arena *arena, struct error *err)
{
	for (size_t i = 0; i < csr->extension_count; i++) {
		if (der_check(csr->extensions[i].value))
			return broken(err, "an extension's value is not DER");
		if (!bytes_equal(csr->extensions[i].oid, OID_SUBJECT_ALT_NAME))
			continue;
		int result = subject_alt_name_decode(arena, csr->extensions[i].value, &csr->alt_names,
		                                     &csr->alt_name_count, err);
		if (result)
			return result;
	}
	return 0;
}

static int read_extension_request(struct csr *csr, struct arena *arena, struct bytes value,
                                  struct error *err)
{
	int result = extensions_parse(arena, value, &csr->extensions, &csr->extension_count, err);
	if (result)
		return broken_extensions(err, result);
	return read_alt_names(csr, arena, err);
}

static int read_challenge_password(struct csr *csr, struct arena *arena, struct bytes value,
                                   struct error *err)
{
	struct der der = der_open(value);
	struct bytes content;
	uint8_t tag;
	size_t characters;
	if (der_any(&der, &tag, &content, NULL) || der_string_check(tag, content, &characters) ||
	    characters > CHALLENGE_PASSWORD_MAX)
		return broken(err, "malformed challengePassword (RFC 2985 section 5.4.1)");
	csr->challenge_password = der_string_text(arena, tag, content);
	return csr->challenge_password ? 0 : error_nomem(err);
}

static int read_attribute(struct csr *csr, struct arena *arena, struct bytes oid,
                          struct bytes values, struct error *err)
{
	bool is_extensions = bytes_equal(oid, OID_EXTENSION_REQUEST);
	if (!is_extensions && !bytes_equal(oid, OID_CHALLENGE_PASSWORD))
		return der_check(values) ? broken(err, "an attribute's value is not DER") : 0;
	/* both are SINGLE VALUE TRUE (RFC 2985 sections 5.4.1 and 5.4.2) */
	struct der der = der_open(values);
	struct bytes value;
	if (der_any(&der, NULL, NULL, &value) || der_finish(&der))
		return broken(err, is_extensions ? "extensionRequest without exactly one value"
		                                 : "challengePassword without exactly one value");
	return is_extensions ? read_extension_request(csr, arena, value, err)
	                     : read_challenge_password(csr, arena, value, err);
}

/* Attributes ::= SET OF Attribute. Their order is not looked at: clients that do not sort them
 * are many, and the signature is over what they sent. */
static int read_attributes(struct csr *csr, struct arena *arena, struct der *attributes,
                           struct error *err)
{
	struct bytes seen[LIMIT_CSR_ATTRIBUTES];
	size_t count = 0;
	while (!der_at_end(attributes)) {
		struct der attribute;
		struct bytes oid, values;
		if (der_enter(attributes, DER_SEQUENCE, &attribute) || der_oid(&attribute, &oid) ||
		    der_expect(&attribute, DER_SET, &values) || der_finish(&attribute) ||
		    values.length == 0)
			return broken(err, "malformed attribute (RFC 2986 section 4.1)");
		for (size_t i = 0; i < count; i++)
			if (bytes_equal(seen[i], oid))
				return broken(err, "an attribute is there twice");
		if (count == LIMIT_CSR_ATTRIBUTES)
			return broken(err, "too many attributes");
		seen[count++] = oid;
		int result = read_attribute(csr, arena, oid, values, err);
		if (result)
			return result;
	}
	return 0;
}

static int read_info(struct csr *csr, struct arena *arena, struct error *err)
{
	struct der whole = der_open(csr->info), info, attributes;
	uint64_t version;
	if (der_enter(&whole, DER_SEQUENCE, &info) || der_finish(&whole) ||
	    der_uint(&info, &version))
		return broken(err, "malformed CertificationRequestInfo (RFC 2986 section 4.1)");
	if (version != 0)
		return broken(err, "another version than v1 (RFC 2986 section 4.1)");
	if (der_whole(&info, DER_SEQUENCE, &csr->subject) ||
	    der_whole(&info, DER_SEQUENCE, &csr->spki) ||
	    der_enter(&info, DER_CONTEXT_CONSTRUCTED(0), &attributes) || der_finish(&info))
		return broken(err, "malformed CertificationRequestInfo (RFC 2986 section 4.1)");
	int result = name_check(csr->subject, err);
	return result ? result : read_attributes(csr, arena, &attributes, err);
}

static int refused_algorithm(struct arena *arena, struct der der, struct error *err)
{
	struct der inside;
	struct bytes oid;
	const char *text = NULL;
	if (!der_enter(&der, DER_SEQUENCE, &inside) && !der_oid(&inside, &oid))
		text = oid_to_text(arena, oid);
	return error_set(err, SIGNET_E_BAD_ALGORITHM,
	                 "certification request: signature algorithm %s or its parameters are not "
	                 "accepted", text ? text : "?");
}

static int read_signature(struct csr *csr, struct arena *arena, struct der *der,
                          struct error *err)
{
	int result = signature_algorithm_read(der, &csr->signature_algorithm);
	if (result == SIGNET_E_BAD_ALGORITHM)
		return refused_algorithm(arena, *der, err);
	if (result || der_bits(der, &csr->signature, NULL) || der_finish(der))
		return broken(err, "malformed signature (RFC 2986 section 4.2)");
	return 0;
}

static int read_key(struct csr *csr, struct error *err)
{
	struct pubkey *key;
	int result = pubkey_from_spki(&key, csr->spki, err);
	if (result)
		return result;
	enum key_algorithm kind = pubkey_algorithm(key);
	if (!signature_algorithm_fits(csr->signature_algorithm, kind)) {
		pubkey_free(key);
		return error_set(err, SIGNET_E_BAD_ALGORITHM,
		                 "certification request: %s signature by a key of kind %s",
		                 signature_algorithm_name(csr->signature_algorithm),
		                 key_algorithm_name(kind));
	}
	csr->key = key;
	return 0;
}

int csr_parse(struct csr *out, struct arena *arena, struct bytes der, struct error *err)
{
	struct csr csr = {.der = der};
	struct der outer = der_open(der), request;
	if (der.length > LIMIT_CSR)
		return error_set(err, SIGNET_E_TOO_BIG,
		                 "certification request: more than %d octets", LIMIT_CSR);
	if (der_enter(&outer, DER_SEQUENCE, &request) || der_finish(&outer) ||
	    der_whole(&request, DER_SEQUENCE, &csr.info))
		return broken(err, "not a CertificationRequest in DER (RFC 2986 section 4.2)");
	int result = read_signature(&csr, arena, &request, err);
	if (!result)
		result = read_info(&csr, arena, err);
	if (!result)
		result = read_key(&csr, err);
	if (!result)
		*out = csr;
	return result;
}

void csr_clear(struct csr *csr)
{
	pubkey_free(csr->key);
	*csr = (struct csr){0};
}

int csr_verify_possession(const struct csr *csr, struct error *err)
{
	int result = pubkey_verify(csr->key, csr->signature_algorithm, csr->info, csr->signature,
	                           err);
	if (result == SIGNET_E_BAD_SIGNATURE)
		return error_set(err, result,
		                 "the certification request is not signed by its own key");
	return result;
}
