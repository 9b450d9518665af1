#include "exit/file_content.h"

#include "asn1/der.h"
#include "base/encoding.h"

#define CERTIFICATE "CERTIFICATE"
#define CRL "X509 CRL"
#define LABEL_SIZE 32

int file_put_certificate(struct buffer *out, enum file_format format, struct bytes certificate,
                         const struct bytes *issuers, size_t issuer_count)
{
	if (format == FILE_DER)
		return buffer_append_bytes(out, certificate);
	pem_encode(out, CERTIFICATE, certificate);
	for (size_t i = 0; format == FILE_PEM_CHAIN && i < issuer_count; i++)
		pem_encode(out, CERTIFICATE, issuers[i]);
	return out->error;
}

int file_put_crl(struct buffer *out, enum file_format format, struct bytes crl)
{
	return format == FILE_DER ? buffer_append_bytes(out, crl) : pem_encode(out, CRL, crl);
}

/* The first block of a file in PEM, or the file. */
static int read_first(struct buffer *out, struct bytes content, enum file_format format,
                      const char *label)
{
	char found[LABEL_SIZE];
	if (format == FILE_DER)
		return buffer_append_bytes(out, content);
	int result = pem_decode(out, found, sizeof found, &content);
	return result == 0 && strcmp(found, label) != 0 ? SIGNET_E_INVALID : result;
}

bool file_is_certificate(struct bytes content, enum file_format format, struct bytes certificate)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(content.length);
	return read_first(&der, content, format, CERTIFICATE) == 0 &&
	       bytes_equal(buffer_bytes(&der), certificate);
}

/* The to-be-signed part of a certificate or CRL: the first element of the only one. */
static int enter_signed(struct bytes whole, struct der *tbs)
{
	struct der der = der_open(whole), signed_;
	return der_enter(&der, DER_SEQUENCE, &signed_) || der_finish(&der) ||
	       der_enter(&signed_, DER_SEQUENCE, tbs) ? SIGNET_E_INVALID : 0;
}

/* TBSCertificate ::= SEQUENCE { version [0] EXPLICIT DEFAULT v1, serialNumber INTEGER, signature
 * SEQUENCE, issuer Name, validity SEQUENCE { notBefore Time, ... */
int file_certificate_time(struct bytes content, enum file_format format, int64_t *seconds)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(content.length);
	struct der tbs, validity;
	struct bytes serial;
	if (read_first(&text, content, format, CERTIFICATE) ||
	    enter_signed(buffer_bytes(&text), &tbs))
		return SIGNET_E_INVALID;
	if (der_peek(&tbs) == DER_CONTEXT_CONSTRUCTED(0) && der_any(&tbs, NULL, NULL, NULL))
		return SIGNET_E_INVALID;
	return der_integer(&tbs, &serial) || der_expect(&tbs, DER_SEQUENCE, NULL) ||
	       der_expect(&tbs, DER_SEQUENCE, NULL) || der_enter(&tbs, DER_SEQUENCE, &validity) ||
	       der_time(&validity, seconds) ? SIGNET_E_INVALID : 0;
}

/* TBSCertList ::= SEQUENCE { version INTEGER OPTIONAL, signature SEQUENCE, issuer Name,
 * thisUpdate Time, ... (section 5.1) */
int file_crl_time(struct bytes content, enum file_format format, int64_t *seconds)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(content.length);
	struct bytes version;
	struct der tbs;
	if (read_first(&text, content, format, CRL) || enter_signed(buffer_bytes(&text), &tbs))
		return SIGNET_E_INVALID;
	if (der_peek(&tbs) == DER_INTEGER && der_integer(&tbs, &version))
		return SIGNET_E_INVALID;
	return der_expect(&tbs, DER_SEQUENCE, NULL) || der_expect(&tbs, DER_SEQUENCE, NULL) ||
	       der_time(&tbs, seconds) ? SIGNET_E_INVALID : 0;
}
