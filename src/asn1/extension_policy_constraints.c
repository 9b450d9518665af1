/* policyConstraints and inhibitAnyPolicy (RFC 5280 sections 4.2.1.11, 4.2.1.14). */
#include "asn1/extension.h"

#include <limits.h>

#define NOT_THERE (-1)

static void put_skip(struct der_writer *w, uint8_t tag, int skip)
{
	if (skip != NOT_THERE)
		der_put_uint_as(w, tag, (uint64_t)skip);
}

static int read_skip(struct der *der, uint8_t tag, int *skip)
{
	uint64_t number;
	*skip = NOT_THERE;
	if (der_peek(der) != tag)
		return 0;
	if (der_uint_as(der, tag, &number) || number > INT_MAX)
		return SIGNET_E_INVALID;
	*skip = (int)number;
	return 0;
}

int policy_constraints_encode(struct buffer *out, int require_explicit, int inhibit_mapping)
{
	if (require_explicit < NOT_THERE || inhibit_mapping < NOT_THERE ||
	    (require_explicit == NOT_THERE && inhibit_mapping == NOT_THERE))
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	put_skip(&w, DER_CONTEXT(0), require_explicit);
	put_skip(&w, DER_CONTEXT(1), inhibit_mapping);
	der_end(&w);
	return der_writer_finish(&w);
}

int policy_constraints_decode(struct bytes value, int *require_explicit, int *inhibit_mapping)
{
	struct der der = der_open(value), inside;
	int require, inhibit;
	if (der_enter(&der, DER_SEQUENCE, &inside) || der_finish(&der) || der_at_end(&inside) ||
	    read_skip(&inside, DER_CONTEXT(0), &require) ||
	    read_skip(&inside, DER_CONTEXT(1), &inhibit) || der_finish(&inside))
		return SIGNET_E_INVALID;
	*require_explicit = require;
	*inhibit_mapping = inhibit;
	return 0;
}

int inhibit_any_policy_encode(struct buffer *out, int skip)
{
	if (skip < 0)
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_put_uint(&w, (uint64_t)skip);
	return der_writer_finish(&w);
}

int inhibit_any_policy_decode(struct bytes value, int *skip)
{
	struct der der = der_open(value);
	int found;
	if (read_skip(&der, DER_INTEGER, &found) || found == NOT_THERE || der_finish(&der))
		return SIGNET_E_INVALID;
	*skip = found;
	return 0;
}
