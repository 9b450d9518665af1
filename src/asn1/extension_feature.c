/* What a certificate asks of those who use it: TLS feature (RFC 7633) and id-pkix-ocsp-nocheck
 * (RFC 6960 section 4.2.2.2.1). */
#include "asn1/extension.h"

#include "asn1/extension_list.h"

/* ExtensionType of TLS (RFC 8446 section 4.2) */
#define TLS_EXTENSION_MAX 65535

int ocsp_nocheck_encode(struct buffer *out)
{
	struct der_writer w = der_write(out);
	der_put_null(&w);
	return der_writer_finish(&w);
}

int ocsp_nocheck_decode(struct bytes value)
{
	struct der der = der_open(value);
	return der_null(&der) || der_finish(&der) ? SIGNET_E_INVALID : 0;
}

static bool is_repeated(const unsigned *features, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (features[i] == features[count])
			return true;
	return false;
}

int tls_feature_encode(struct buffer *out, const unsigned *features, size_t count)
{
	if (count == 0)
		return SIGNET_E_INVALID;
	for (size_t i = 0; i < count; i++)
		if (features[i] > TLS_EXTENSION_MAX || is_repeated(features, i))
			return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		der_put_uint(&w, features[i]);
	der_end(&w);
	return der_writer_finish(&w);
}

int tls_feature_decode(struct arena *arena, struct bytes value, unsigned **features, size_t *count)
{
	struct der list;
	size_t n;
	int result = extension_list_open(value, &list, &n);
	if (result)
		return result;
	unsigned *array = arena_array(arena, n, sizeof *array);
	if (!array)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < n; i++) {
		uint64_t number;
		if (der_uint(&list, &number) || number > TLS_EXTENSION_MAX)
			return SIGNET_E_INVALID;
		array[i] = (unsigned)number;
		if (is_repeated(array, i))
			return SIGNET_E_INVALID;
	}
	*features = array;
	*count = n;
	return 0;
}
