#include "pki/certificate.h"

#include "crypto/x509.h"

#define VERSION_3 2
#define SIGNATURE_MAX (LIMIT_RSA_BITS_MAX / 8)

static void put_tbs(struct der_writer *w, const struct certificate_template *t,
                    enum signature_algorithm algorithm)
{
	der_begin(w, DER_SEQUENCE);
	der_begin(w, DER_CONTEXT_CONSTRUCTED(0));
	der_put_uint(w, VERSION_3);
	der_end(w);
	der_put_magnitude(w, t->serial);
	signature_algorithm_put(w, algorithm);
	der_put_raw(w, t->issuer);
	der_begin(w, DER_SEQUENCE);
	der_put_time(w, t->not_before);
	der_put_time(w, t->not_after);
	der_end(w);
	der_put_raw(w, t->subject);
	der_put_raw(w, t->spki);
	if (t->extension_count) {
		der_begin(w, DER_CONTEXT_CONSTRUCTED(3));
		der_begin(w, DER_SEQUENCE);
		for (size_t i = 0; i < t->extension_count; i++)
			extension_put(w, &t->extensions[i]);
		der_end(w);
		der_end(w);
	}
	der_end(w);
}

static int buffer_failed(const struct buffer *buffer, struct error *err)
{
	switch (buffer->error) {
	case SIGNET_E_NOMEM:
		return error_nomem(err);
	case SIGNET_E_TOO_BIG:
		return error_set(err, SIGNET_E_TOO_BIG, "certificate: too big");
	default:
		return error_set(err, SIGNET_E_INVALID,
		                 "certificate: a time that X.509 cannot express");
	}
}

static int sign(struct buffer *out, const struct certificate_template *template,
                const struct key *issuer_key, struct error *err)
{
	enum signature_algorithm algorithm =
		signature_algorithm_for(pubkey_algorithm(key_public(issuer_key)));
	_cleanup_buffer_ struct buffer signature = BUFFER_MAX(SIGNATURE_MAX);
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	size_t start = out->length;
	put_tbs(&w, template, algorithm);
	if (out->error)
		return buffer_failed(out, err);
	const struct bytes tbs = bytes_make(out->data + start, out->length - start);
	int result = key_sign(issuer_key, algorithm, tbs, &signature, err);
	if (result)
		return result;
	signature_algorithm_put(&w, algorithm);
	der_put_bits(&w, buffer_bytes(&signature), 0);
	der_end(&w);
	return der_writer_finish(&w) ? buffer_failed(out, err) : 0;
}

/* GnuTLS reads the result once more, and must see what was meant. */
static int check_built(struct bytes made, const struct certificate_template *template,
                       struct error *err)
{
	struct x509_expected expected = {
		.serial = template->serial,
		.issuer = template->issuer,
		.subject = template->subject,
		.spki = template->spki,
		.not_before = template->not_before,
		.not_after = template->not_after,
	};
	while (expected.serial.length && expected.serial.data[0] == 0) {
		expected.serial.data++;
		expected.serial.length--;
	}
	return x509_agrees(made, &expected, err);
}

int certificate_build(struct buffer *out, const struct certificate_template *template,
                      const struct key *issuer_key, struct error *err)
{
	size_t start = out->length;
	if (out->error)
		return buffer_failed(out, err);
	int result = sign(out, template, issuer_key, err);
	if (result == 0 && out->length - start > LIMIT_CERTIFICATE)
		result = error_set(err, SIGNET_E_TOO_BIG, "certificate: more than %d octets",
		                   LIMIT_CERTIFICATE);
	if (result == 0)
		result = check_built(bytes_make(out->data + start, out->length - start), template,
		                     err);
	if (result)
		out->length = start;
	return result;
}
