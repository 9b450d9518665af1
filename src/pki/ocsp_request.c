#include "pki/ocsp.h"

#include "asn1/extension.h"
#include "asn1/oid.h"
#include "pki/certificate.h"

static int refuse(struct error *err, const char *what)
{
	return error_set(err, SIGNET_E_INVALID, "ocsp: %s", what);
}

/* Extensions: only the nonce is known, of the whole request alone. nonce: NULL where it has no
 * meaning. */
static int read_extensions(struct der *holder, uint8_t tag, struct bytes *nonce,
                           struct error *err)
{
	struct der explicit, list;
	bool found = false;
	unsigned count = 0;
	if (der_peek(holder) != tag)
		return 0;
	if (der_enter(holder, tag, &explicit) || der_enter(&explicit, DER_SEQUENCE, &list) ||
	    der_finish(&explicit) || der_at_end(&list))
		return refuse(err, "broken extensions");
	for (; !der_at_end(&list); count++) {
		struct der extension, inside;
		struct bytes oid, value, octets;
		bool critical = false;
		if (count == LIMIT_EXTENSIONS || der_enter(&list, DER_SEQUENCE, &extension) ||
		    der_oid(&extension, &oid) ||
		    (der_peek(&extension) == DER_BOOLEAN && der_boolean(&extension, &critical)) ||
		    der_octets(&extension, &value) || der_finish(&extension))
			return refuse(err, "broken extensions");
		if (nonce && bytes_equal(oid, OID_OCSP_NONCE)) {
			inside = der_open(value);
			if (found || der_octets(&inside, &octets) || der_finish(&inside) ||
			    octets.length == 0 || octets.length > OCSP_NONCE_MAX)
				return refuse(err, "a nonce that is not one of 1 to 128 octets "
				                   "(RFC 9654 section 2.1)");
			*nonce = octets;
			found = true;
		} else if (critical) {
			return refuse(err, "an unknown critical extension");
		}
	}
	return 0;
}

/* AlgorithmIdentifier of a hash; parameters are absent or NULL. */
static int read_hash(struct der *id, enum hash_algorithm *out)
{
	struct der inside;
	struct bytes oid;
	if (der_enter(id, DER_SEQUENCE, &inside) || der_oid(&inside, &oid))
		return SIGNET_E_INVALID;
	if (!der_at_end(&inside) && der_null(&inside))
		return SIGNET_E_INVALID;
	*out = bytes_equal(oid, OID_SHA1) ? HASH_SHA1 : bytes_equal(oid, OID_SHA256) ? HASH_SHA256 : 0;
	return der_finish(&inside);
}

static int read_cert_id(struct der *request, struct ocsp_cert_id *out)
{
	struct der whole, id;
	if (der_whole(request, DER_SEQUENCE, &out->der))
		return SIGNET_E_INVALID;
	whole = der_open(out->der);
	if (der_enter(&whole, DER_SEQUENCE, &id) || read_hash(&id, &out->hash) ||
	    der_octets(&id, &out->name_hash) || der_octets(&id, &out->key_hash) ||
	    der_integer(&id, &out->serial) || der_finish(&id))
		return SIGNET_E_INVALID;
	size_t size = out->hash ? hash_size(out->hash) : out->name_hash.length;
	if (out->name_hash.length != size || out->key_hash.length != size || size > HASH_SIZE_MAX)
		return SIGNET_E_INVALID;
	if (out->serial.data[0] >= 0x80)
		return SIGNET_E_INVALID;
	if (out->serial.data[0] == 0) {
		out->serial.data++;
		out->serial.length--;
	}
	return out->serial.length <= SERIAL_SIZE ? 0 : SIGNET_E_INVALID;
}

static int read_list(struct der *tbs, struct ocsp_request *out, struct error *err)
{
	struct der list, request;
	if (der_enter(tbs, DER_SEQUENCE, &list) || der_at_end(&list))
		return refuse(err, "no requests in it");
	while (!der_at_end(&list)) {
		if (out->count == LIMIT_OCSP_IDS)
			return error_set(err, SIGNET_E_TOO_BIG, "ocsp: more than %d certificates",
			                 LIMIT_OCSP_IDS);
		if (der_enter(&list, DER_SEQUENCE, &request) ||
		    read_cert_id(&request, &out->ids[out->count++]))
			return refuse(err, "a broken CertID (RFC 6960 section 4.1.1)");
		int result = read_extensions(&request, DER_CONTEXT_CONSTRUCTED(0), NULL, err);
		if (result)
			return result;
		if (der_finish(&request))
			return refuse(err, "more in it than RFC 6960 section 4.1.1 knows");
	}
	return 0;
}

static int read_tbs(struct der tbs, struct ocsp_request *out, struct error *err)
{
	struct der explicit;
	uint64_t version;
	/* DEFAULT v1 is not to be written, and is by some */
	if (der_peek(&tbs) == DER_CONTEXT_CONSTRUCTED(0) &&
	    (der_enter(&tbs, DER_CONTEXT_CONSTRUCTED(0), &explicit) ||
	     der_uint(&explicit, &version) || der_finish(&explicit) || version != 0))
		return refuse(err, "not of version 1");
	if (der_peek(&tbs) == DER_CONTEXT_CONSTRUCTED(1)) {
		if (der_enter(&tbs, DER_CONTEXT_CONSTRUCTED(1), &explicit) ||
		    der_any(&explicit, NULL, NULL, NULL) || der_finish(&explicit))
			return refuse(err, "a broken requestorName");
	}
	int result = read_list(&tbs, out, err);
	if (result == 0)
		result = read_extensions(&tbs, DER_CONTEXT_CONSTRUCTED(2), &out->nonce, err);
	if (result == 0 && der_finish(&tbs))
		result = refuse(err, "more in it than RFC 6960 section 4.1.1 knows");
	return result;
}

int ocsp_request_parse(struct ocsp_request *out, struct bytes der, struct error *err)
{
	struct der reader = der_open(der), outer, tbs, signature;
	if (der.length > LIMIT_OCSP_REQUEST)
		return error_set(err, SIGNET_E_TOO_BIG, "ocsp: more than %d octets",
		                 LIMIT_OCSP_REQUEST);
	if (der_enter(&reader, DER_SEQUENCE, &outer) || der_finish(&reader) ||
	    der_enter(&outer, DER_SEQUENCE, &tbs))
		return refuse(err, "not an OCSPRequest in DER (RFC 6960 section 4.1.1)");
	if (der_peek(&outer) == DER_CONTEXT_CONSTRUCTED(0) &&
	    (der_enter(&outer, DER_CONTEXT_CONSTRUCTED(0), &signature) ||
	     der_expect(&signature, DER_SEQUENCE, NULL) || der_finish(&signature)))
		return refuse(err, "a broken signature");
	if (der_finish(&outer))
		return refuse(err, "more in it than RFC 6960 section 4.1.1 knows");
	out->count = 0;
	out->nonce = BYTES_NONE;
	return read_tbs(tbs, out, err);
}
