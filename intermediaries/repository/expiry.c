#include "intermediaries/repository/expiry.h"

#include "asn1/der.h"

/* The beginning of a constructed element whose end may lie beyond what we have. */
static int enter(struct der *der)
{
	if (der->end - der->at < 2 || der->at[0] != DER_SEQUENCE)
		return SIGNET_E_INVALID;
	uint8_t first = der->at[1];
	size_t more = first & 0x80 ? first & 0x7f : 0;
	if (first == 0x80 || more > 8 || (size_t)(der->end - der->at) < 2 + more)
		return SIGNET_E_INVALID;
	der->at += 2 + more;
	return 0;
}

int expiry_of_crl(struct bytes beginning, int64_t *out)
{
	struct der der = der_open(beginning);
	struct bytes skipped;
	int64_t this_update;
	if (enter(&der) || enter(&der) ||
	    (der_peek(&der) == DER_INTEGER && der_integer(&der, &skipped)) ||
	    der_expect(&der, DER_SEQUENCE, &skipped) || der_expect(&der, DER_SEQUENCE, &skipped) ||
	    der_time(&der, &this_update))
		return SIGNET_E_INVALID;
	return der_time(&der, out);
}
