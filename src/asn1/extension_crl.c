/* Extensions of CRLs and of their entries (RFC 5280 sections 5.2 and 5.3). */
#include "asn1/extension.h"

#include "asn1/extension_list.h"

#define REASON_LAST 10
#define REASON_UNUSED 7

int crl_number_encode(struct buffer *out, uint64_t number)
{
	struct der_writer w = der_write(out);
	der_put_uint(&w, number);
	return der_writer_finish(&w);
}

int crl_number_decode(struct bytes value, uint64_t *number)
{
	struct der der = der_open(value);
	uint64_t n;
	int result = der_uint(&der, &n);
	if (result)
		return result;
	if (der_finish(&der))
		return SIGNET_E_INVALID;
	*number = n;
	return 0;
}

int issuing_point_encode(struct buffer *out, const char *const *uris, size_t count)
{
	bool good = count > 0;
	for (size_t i = 0; i < count; i++)
		good = good && extension_is_uri(bytes_text(uris[i]));
	if (!good)
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0)); /* distributionPoint, a CHOICE */
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0)); /* fullName */
	for (size_t i = 0; i < count; i++)
		der_put(&w, DER_CONTEXT(GN_URI), bytes_text(uris[i]));
	der_end(&w);
	der_end(&w);
	der_end(&w);
	return der_writer_finish(&w);
}

/* BOOLEAN DEFAULT FALSE: what is there is TRUE. */
static int read_flag(struct der *point, unsigned number, bool *flag)
{
	struct bytes octet;
	*flag = der_peek(point) == DER_CONTEXT(number);
	if (!*flag)
		return 0;
	if (der_expect(point, (uint8_t)DER_CONTEXT(number), &octet))
		return SIGNET_E_INVALID;
	return octet.length == 1 && octet.data[0] == 0xff ? 0 : SIGNET_E_INVALID;
}

static int read_point_name(struct der *point, struct issuing_point *out)
{
	struct der name, full;
	if (der_peek(point) != DER_CONTEXT_CONSTRUCTED(0))
		return 0;
	if (der_enter(point, DER_CONTEXT_CONSTRUCTED(0), &name))
		return SIGNET_E_INVALID;
	if (der_peek(&name) != DER_CONTEXT_CONSTRUCTED(0))
		return der_expect(&name, DER_CONTEXT_CONSTRUCTED(1), NULL) || der_finish(&name)
		               ? SIGNET_E_INVALID : 0;
	if (der_enter(&name, DER_CONTEXT_CONSTRUCTED(0), &full) || der_finish(&name))
		return SIGNET_E_INVALID;
	return extension_read_full_name(full, out->uris, &out->uri_count);
}

int issuing_point_decode(struct arena *arena, struct bytes value, struct issuing_point *out)
{
	struct der der = der_open(value), point;
	struct issuing_point read = {0};
	/* an empty one says nothing (RFC 5280 section 5.2.5) */
	if (der_check(value) || der_enter(&der, DER_SEQUENCE, &point) || der_finish(&der) ||
	    der_at_end(&point))
		return SIGNET_E_INVALID;
	read.uris = arena_array(arena, LIMIT_EXTENSION_ITEMS, sizeof *read.uris);
	if (!read.uris)
		return SIGNET_E_NOMEM;
	int result = read_point_name(&point, &read);
	if (result)
		return result;
	if (read_flag(&point, 1, &read.users_only) || read_flag(&point, 2, &read.authorities_only))
		return SIGNET_E_INVALID;
	read.some_reasons = der_peek(&point) == DER_CONTEXT(3);
	if (read.some_reasons && der_expect(&point, DER_CONTEXT(3), NULL))
		return SIGNET_E_INVALID;
	if (read_flag(&point, 4, &read.indirect) || read_flag(&point, 5, &read.attributes_only) ||
	    der_finish(&point))
		return SIGNET_E_INVALID;
	if (read.users_only + read.authorities_only + read.attributes_only > 1)
		return SIGNET_E_INVALID;
	*out = read;
	return 0;
}

bool crl_reason_is(unsigned reason)
{
	return reason <= REASON_LAST && reason != REASON_UNUSED;
}

int crl_reason_encode(struct buffer *out, unsigned reason)
{
	if (reason == 0 || !crl_reason_is(reason))
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_put_uint_as(&w, DER_ENUMERATED, reason);
	return der_writer_finish(&w);
}

int crl_reason_decode(struct bytes value, unsigned *reason)
{
	struct der der = der_open(value);
	uint64_t n;
	if (der_uint_as(&der, DER_ENUMERATED, &n) || der_finish(&der) || n > REASON_LAST ||
	    !crl_reason_is((unsigned)n))
		return SIGNET_E_INVALID;
	*reason = (unsigned)n;
	return 0;
}

int invalidity_date_encode(struct buffer *out, int64_t date)
{
	struct der_writer w = der_write(out);
	der_put_time_as(&w, DER_GENERALIZED_TIME, date);
	return der_writer_finish(&w);
}

int invalidity_date_decode(struct bytes value, int64_t *date)
{
	struct der der = der_open(value);
	int64_t seconds;
	if (der_peek(&der) != DER_GENERALIZED_TIME || der_time(&der, &seconds) || der_finish(&der))
		return SIGNET_E_INVALID;
	*date = seconds;
	return 0;
}
