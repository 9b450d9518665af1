/* basicConstraints (RFC 5280 section 4.2.1.9). */
#include "asn1/extension.h"

#include <limits.h>

int basic_constraints_encode(struct buffer *out, bool ca, int path_length)
{
	if (path_length < PATH_LENGTH_NONE || (!ca && path_length != PATH_LENGTH_NONE))
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	if (ca)
		der_put_boolean(&w, true);
	if (path_length != PATH_LENGTH_NONE)
		der_put_uint(&w, (uint64_t)path_length);
	der_end(&w);
	return der_writer_finish(&w);
}

int basic_constraints_decode(struct bytes value, bool *ca, int *path_length)
{
	struct der der = der_open(value), inside;
	bool is_ca = false;
	int length = PATH_LENGTH_NONE;
	if (der_enter(&der, DER_SEQUENCE, &inside) || der_finish(&der))
		return SIGNET_E_INVALID;
	/* DEFAULT FALSE is not encoded (X.690 section 11.5) */
	if (der_peek(&inside) == DER_BOOLEAN && (der_boolean(&inside, &is_ca) || !is_ca))
		return SIGNET_E_INVALID;
	if (!der_at_end(&inside)) {
		uint64_t number;
		if (!is_ca || der_uint(&inside, &number) || number > INT_MAX)
			return SIGNET_E_INVALID;
		length = (int)number;
	}
	if (der_finish(&inside))
		return SIGNET_E_INVALID;
	*ca = is_ca;
	*path_length = length;
	return 0;
}
