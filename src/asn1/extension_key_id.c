/* subjectKeyIdentifier and authorityKeyIdentifier (RFC 5280 sections 4.2.1.1, 4.2.1.2). */
#include "asn1/extension.h"

int subject_key_id_encode(struct buffer *out, struct bytes key_id)
{
	if (key_id.length == 0)
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_put(&w, DER_OCTET_STRING, key_id);
	return der_writer_finish(&w);
}

int subject_key_id_decode(struct bytes value, struct bytes *key_id)
{
	struct der der = der_open(value);
	struct bytes id;
	if (der_octets(&der, &id) || der_finish(&der) || id.length == 0)
		return SIGNET_E_INVALID;
	*key_id = id;
	return 0;
}

int authority_key_id_encode(struct buffer *out, struct bytes key_id)
{
	if (key_id.length == 0)
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_put(&w, DER_CONTEXT(0), key_id);
	der_end(&w);
	return der_writer_finish(&w);
}

int authority_key_id_decode(struct bytes value, struct bytes *key_id)
{
	struct der der = der_open(value), inside;
	struct bytes id = BYTES_NONE;
	if (der_check(value) || der_enter(&der, DER_SEQUENCE, &inside) || der_finish(&der))
		return SIGNET_E_INVALID;
	if (der_peek(&inside) == DER_CONTEXT(0) &&
	    (der_expect(&inside, DER_CONTEXT(0), &id) || id.length == 0))
		return SIGNET_E_INVALID;
	/* authorityCertIssuer and authorityCertSerialNumber: both or none */
	if (der_peek(&inside) == DER_CONTEXT_CONSTRUCTED(1) &&
	    (der_expect(&inside, DER_CONTEXT_CONSTRUCTED(1), NULL) ||
	     der_expect(&inside, DER_CONTEXT(2), NULL)))
		return SIGNET_E_INVALID;
	if (der_finish(&inside))
		return SIGNET_E_INVALID;
	*key_id = id;
	return 0;
}
