#include "pki/ocsp.h"

#include <stdlib.h>

#include "asn1/extension.h"
#include "asn1/oid.h"

#define SIGNATURE_MAX (LIMIT_RSA_BITS_MAX / 8)
#define CERTIFICATES_MAX (4 * LIMIT_CERTIFICATE)
#define RESPONSE_DATA_MAX 32768
#define DATA_USUAL 500 /* with a nonce, about one certificate */

struct ocsp_signer {
	const struct key *key;
	enum signature_algorithm algorithm;
	struct buffer responder;    /* ResponderID */
	struct buffer signature;    /* AlgorithmIdentifier */
	struct buffer certificates; /* [0], or nothing */
};

struct bytes ocsp_error_response(enum ocsp_result result)
{
	static const uint8_t responses[][5] = {
		[OCSP_MALFORMED_REQUEST] = {0x30, 3, DER_ENUMERATED, 1, OCSP_MALFORMED_REQUEST},
		[OCSP_INTERNAL_ERROR] = {0x30, 3, DER_ENUMERATED, 1, OCSP_INTERNAL_ERROR},
		[OCSP_TRY_LATER] = {0x30, 3, DER_ENUMERATED, 1, OCSP_TRY_LATER},
		[OCSP_SIGNATURE_REQUIRED] = {0x30, 3, DER_ENUMERATED, 1, OCSP_SIGNATURE_REQUIRED},
		[OCSP_UNAUTHORIZED] = {0x30, 3, DER_ENUMERATED, 1, OCSP_UNAUTHORIZED},
	};
	size_t which = (size_t)result;
	/* success without an answer would be a lie */
	if (which >= sizeof responses / sizeof *responses || !responses[which][0])
		which = OCSP_INTERNAL_ERROR;
	return bytes_make(responses[which], sizeof responses[which]);
}

static int encode(struct ocsp_signer *s, const struct bytes *certificates, size_t count)
{
	uint8_t id[20];
	pubkey_id(key_public(s->key), id);
	struct der_writer w = der_write(&s->responder);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(2)); /* byKey */
	der_put(&w, DER_OCTET_STRING, BYTES_OF(id));
	der_end(&w);
	int result = der_writer_finish(&w);
	w = der_write(&s->signature);
	signature_algorithm_put(&w, s->algorithm);
	if (result == 0)
		result = der_writer_finish(&w);
	if (result || count == 0)
		return result;
	w = der_write(&s->certificates);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		der_put_raw(&w, certificates[i]);
	der_end(&w);
	der_end(&w);
	return der_writer_finish(&w);
}

int ocsp_signer_new(struct ocsp_signer **out, const struct key *key,
                    const struct bytes *certificates, size_t count, struct error *err)
{
	struct ocsp_signer *s = calloc(1, sizeof *s);
	if (!s)
		return error_nomem(err);
	*s = (struct ocsp_signer){
		.key = key, .algorithm = signature_algorithm_for(pubkey_algorithm(key_public(key))),
		.responder = BUFFER_MAX(64), .signature = BUFFER_MAX(64),
		.certificates = BUFFER_MAX(CERTIFICATES_MAX)};
	int result = encode(s, certificates, count);
	if (result) {
		ocsp_signer_free(s);
		return error_set(err, result, "ocsp: the responder cannot be encoded");
	}
	*out = s;
	return 0;
}

void ocsp_signer_free(struct ocsp_signer *s)
{
	if (!s)
		return;
	buffer_free(&s->responder);
	buffer_free(&s->signature);
	buffer_free(&s->certificates);
	free(s);
}

/* An extension that is not critical; its value is what was written in between. */
static void begin_extension(struct der_writer *w, struct bytes oid)
{
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, oid);
	der_begin(w, DER_OCTET_STRING);
}

static void end_extension(struct der_writer *w)
{
	der_end(w);
	der_end(w);
}

static void put_status(struct der_writer *w, const struct ocsp_single *single)
{
	switch (single->status) {
	case OCSP_GOOD:
		der_put(w, DER_CONTEXT(0), BYTES_NONE);
		break;
	case OCSP_REVOKED:
		der_begin(w, DER_CONTEXT_CONSTRUCTED(1));
		der_put_time_as(w, DER_GENERALIZED_TIME, single->revoked);
		if (single->reason) {
			der_begin(w, DER_CONTEXT_CONSTRUCTED(0));
			der_put_uint_as(w, DER_ENUMERATED, single->reason);
			der_end(w);
		}
		der_end(w);
		break;
	case OCSP_UNKNOWN:
		der_put(w, DER_CONTEXT(2), BYTES_NONE);
		break;
	}
}

static void put_single(struct der_writer *w, const struct ocsp_answer *answer,
                       const struct ocsp_single *single)
{
	der_begin(w, DER_SEQUENCE);
	der_put_raw(w, single->cert_id);
	put_status(w, single);
	der_put_time_as(w, DER_GENERALIZED_TIME, answer->this_update);
	der_begin(w, DER_CONTEXT_CONSTRUCTED(0));
	der_put_time_as(w, DER_GENERALIZED_TIME, answer->next_update);
	der_end(w);
	if (single->cutoff) {
		der_begin(w, DER_CONTEXT_CONSTRUCTED(1));
		der_begin(w, DER_SEQUENCE);
		begin_extension(w, OID_OCSP_CUTOFF);
		der_put_time_as(w, DER_GENERALIZED_TIME, single->cutoff);
		end_extension(w);
		der_end(w);
		der_end(w);
	}
	der_end(w);
}

static void put_extensions(struct der_writer *w, const struct ocsp_answer *answer)
{
	if (!answer->nonce.length && !answer->extended)
		return;
	der_begin(w, DER_CONTEXT_CONSTRUCTED(1));
	der_begin(w, DER_SEQUENCE);
	if (answer->nonce.length) {
		begin_extension(w, OID_OCSP_NONCE);
		der_put(w, DER_OCTET_STRING, answer->nonce);
		end_extension(w);
	}
	if (answer->extended) {
		begin_extension(w, OID_OCSP_EXTENDED);
		der_put_null(w);
		end_extension(w);
	}
	der_end(w);
	der_end(w);
}

/* ResponseData, what is signed. */
static int put_data(struct buffer *out, const struct ocsp_signer *s,
                    const struct ocsp_answer *answer)
{
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_put_raw(&w, buffer_bytes(&s->responder));
	der_put_time_as(&w, DER_GENERALIZED_TIME, answer->produced);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < answer->count; i++)
		put_single(&w, answer, &answer->singles[i]);
	der_end(&w);
	put_extensions(&w, answer);
	der_end(&w);
	return der_writer_finish(&w);
}

/* OCSPResponse with a BasicOCSPResponse. */
static int put_response(struct buffer *out, const struct ocsp_signer *s, struct bytes data,
                        struct bytes signature)
{
	static const uint8_t successful = OCSP_SUCCESSFUL;
	struct der_writer w = der_write(out);
	buffer_reserve(out, data.length + signature.length + s->certificates.length + 128);
	der_begin(&w, DER_SEQUENCE);
	der_put(&w, DER_ENUMERATED, bytes_make(&successful, 1));
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, OID_OCSP_BASIC);
	der_begin(&w, DER_OCTET_STRING);
	der_begin(&w, DER_SEQUENCE);
	der_put_raw(&w, data);
	der_put_raw(&w, buffer_bytes(&s->signature));
	der_put_bits(&w, signature, 0);
	der_put_raw(&w, buffer_bytes(&s->certificates));
	der_end(&w);
	der_end(&w);
	der_end(&w);
	der_end(&w);
	der_end(&w);
	return der_writer_finish(&w);
}

int ocsp_response_build(struct buffer *out, const struct ocsp_signer *signer,
                        const struct ocsp_answer *answer, struct error *err)
{
	_cleanup_buffer_ struct buffer data = BUFFER_MAX(RESPONSE_DATA_MAX);
	_cleanup_buffer_ struct buffer signature = BUFFER_MAX(SIGNATURE_MAX);
	size_t start = out->length;
	buffer_reserve(&data, DATA_USUAL);
	int result = put_data(&data, signer, answer);
	if (result)
		return error_set(err, result, "ocsp: the answer cannot be encoded");
	result = key_sign(signer->key, signer->algorithm, buffer_bytes(&data), &signature, err);
	if (result)
		return result;
	result = put_response(out, signer, buffer_bytes(&data), buffer_bytes(&signature));
	if (result) {
		out->length = start;
		return error_set(err, result, "ocsp: the response cannot be encoded");
	}
	return 0;
}
