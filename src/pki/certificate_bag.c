#include "pki/certificate_bag.h"

#include "asn1/oid.h"

#define VERSION_1 1 /* only X.509 certificates, and data as content: RFC 5652 section 5.1 */

static void put_signed_data(struct der_writer *w, const struct bytes *certificates, size_t count)
{
	der_begin(w, DER_SEQUENCE);
	der_put_uint(w, VERSION_1);
	der_put(w, DER_SET, BYTES_NONE); /* digestAlgorithms */
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, OID_PKCS7_DATA);
	der_end(w);
	der_begin(w, DER_CONTEXT_CONSTRUCTED(0));
	for (size_t i = 0; i < count; i++)
		der_put_raw(w, certificates[i]);
	der_end_set(w);
	der_put(w, DER_SET, BYTES_NONE); /* signerInfos */
	der_end(w);
}

int certificate_bag_encode(struct buffer *out, const struct bytes *certificates, size_t count)
{
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, OID_SIGNED_DATA);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	put_signed_data(&w, certificates, count);
	der_end(&w);
	der_end(&w);
	return der_writer_finish(&w);
}
