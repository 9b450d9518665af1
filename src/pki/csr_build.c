/* Certification requests that we make, and the forms in which they travel. */
#include "asn1/oid.h"
#include "base/encoding.h"
#include "pki/csr.h"

#define LABEL_MAX 64
/* base64 makes four of three, and line breaks and text around come on top */
#define PEM_MAX (2 * LIMIT_CSR)

static bool is_request_label(const char *label)
{
	/* RFC 7468 section 7; the older one is still written by some */
	return strcmp(label, "CERTIFICATE REQUEST") == 0 ||
	       strcmp(label, "NEW CERTIFICATE REQUEST") == 0;
}

static bool is_der_sequence(struct bytes in)
{
	struct der der = der_open(in);
	return der_whole(&der, DER_SEQUENCE, NULL) == 0 && der_at_end(&der);
}

static int append(struct buffer *out, struct bytes der, struct error *err)
{
	if (buffer_append_bytes(out, der))
		return error_set(err, out->error, "certification request: more than %zu octets",
		                 out->maximum);
	return 0;
}

static int read_pem(struct buffer *out, struct bytes pem, struct error *err)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CSR);
	_cleanup_buffer_ struct buffer more = BUFFER_MAX(LIMIT_CSR);
	char label[LABEL_MAX], next[LABEL_MAX];
	int result = pem_decode(&der, label, sizeof label, &pem);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, SIGNET_E_BAD_REQUEST,
		                 "certification request: neither PEM nor DER");
	if (result == SIGNET_E_TOO_BIG)
		return error_set(err, result, "certification request: more than %d octets", LIMIT_CSR);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result || !is_request_label(label))
		return error_set(err, SIGNET_E_BAD_REQUEST,
		                 "certification request: not a CERTIFICATE REQUEST in PEM "
		                 "(RFC 7468 section 7)");
	if (pem_decode(&more, next, sizeof next, &pem) != SIGNET_E_NOT_FOUND)
		return error_set(err, SIGNET_E_BAD_REQUEST,
		                 "certification request: more than one PEM block");
	return append(out, buffer_bytes(&der), err);
}

int csr_read(struct buffer *der, struct bytes pem_or_der, struct error *err)
{
	if (pem_or_der.length > PEM_MAX)
		return error_set(err, SIGNET_E_TOO_BIG,
		                 "certification request: more than %d octets", LIMIT_CSR);
	/* PEM may have any text before its block, even one that begins like a SEQUENCE, so that
	 * only the whole tells */
	if (!is_der_sequence(pem_or_der))
		return read_pem(der, pem_or_der, err);
	if (pem_or_der.length > LIMIT_CSR)
		return error_set(err, SIGNET_E_TOO_BIG,
		                 "certification request: more than %d octets", LIMIT_CSR);
	return append(der, pem_or_der, err);
}

static int put_info(struct buffer *out, const struct key *key, struct bytes subject,
                    const struct extension *extensions, size_t count)
{
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_put_uint(&w, 0);
	der_put_raw(&w, subject);
	der_put_raw(&w, pubkey_spki(key_public(key)));
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	if (count) {
		der_begin(&w, DER_SEQUENCE);
		der_put_oid(&w, OID_EXTENSION_REQUEST);
		der_begin(&w, DER_SET);
		der_begin(&w, DER_SEQUENCE);
		for (size_t i = 0; i < count; i++)
			extension_put(&w, &extensions[i]);
		der_end(&w);
		der_end(&w);
		der_end(&w);
	}
	der_end(&w);
	der_end(&w);
	return der_writer_finish(&w);
}

int csr_build(struct buffer *out, const struct key *key, struct bytes subject,
              const struct extension *extensions, size_t count, struct error *err)
{
	_cleanup_buffer_ struct buffer info = BUFFER_MAX(LIMIT_CSR);
	_cleanup_buffer_ struct buffer signature = BUFFER_MAX(LIMIT_RSA_BITS_MAX / 8);
	enum signature_algorithm algorithm =
		signature_algorithm_for(pubkey_algorithm(key_public(key)));
	int result = put_info(&info, key, subject, extensions, count);
	if (result)
		return error_set(err, result, "certification request not encoded");
	result = key_sign(key, algorithm, buffer_bytes(&info), &signature, err);
	if (result)
		return result;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_put_raw(&w, buffer_bytes(&info));
	signature_algorithm_put(&w, algorithm);
	der_put_bits(&w, buffer_bytes(&signature), 0);
	der_end(&w);
	result = der_writer_finish(&w);
	return result ? error_set(err, result, "certification request not encoded") : 0;
}
