/* What Windows domains look for: certificate template and security identifier ([MS-WCCE] sections
 * 2.2.2.7.7.2, 2.2.2.7.7.4). */
#include "asn1/extension.h"

#include "asn1/oid.h"

#define VERSION_MAX UINT32_MAX

/* "S-1-", an authority of 48 bits and up to 15 numbers of 32 bits ([MS-DTYP] section 2.4.2.1) */
#define SID_SUBAUTHORITIES 15
#define SID_AUTHORITY_MAX ((1ull << 48) - 1)

static bool is_version(int64_t version)
{
	return version >= -1 && version <= (int64_t)VERSION_MAX;
}

int ms_template_encode(struct buffer *out, const struct ms_template *template)
{
	if (template->oid.length == 0 || !is_version(template->major) ||
	    !is_version(template->minor) || (template->major < 0 && template->minor >= 0))
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, template->oid);
	if (template->major >= 0)
		der_put_uint(&w, (uint64_t)template->major);
	if (template->minor >= 0)
		der_put_uint(&w, (uint64_t)template->minor);
	der_end(&w);
	return der_writer_finish(&w);
}

static int read_version(struct der *der, int64_t *out)
{
	uint64_t number;
	*out = -1;
	if (der_at_end(der))
		return 0;
	if (der_uint(der, &number) || number > VERSION_MAX)
		return SIGNET_E_INVALID;
	*out = (int64_t)number;
	return 0;
}

int ms_template_decode(struct bytes value, struct ms_template *out)
{
	struct der der = der_open(value), inside;
	struct ms_template template;
	if (der_enter(&der, DER_SEQUENCE, &inside) || der_finish(&der) ||
	    der_oid(&inside, &template.oid) || read_version(&inside, &template.major) ||
	    read_version(&inside, &template.minor) || der_finish(&inside))
		return SIGNET_E_INVALID;
	*out = template;
	return 0;
}

/* A decimal number without superfluous zeros; moves over it. */
static bool skip_number(struct bytes *at, uint64_t maximum)
{
	uint64_t value = 0;
	size_t n = 0;
	for (; n < at->length && at->data[n] >= '0' && at->data[n] <= '9'; n++) {
		value = value * 10 + (at->data[n] - '0');
		if (value > maximum || (n == 1 && at->data[0] == '0'))
			return false;
	}
	at->data += n;
	at->length -= n;
	return n > 0;
}

static bool is_sid(struct bytes sid)
{
	static const char prefix[] = "S-1-";
	const size_t start = sizeof prefix - 1;
	if (sid.length < start || memcmp(sid.data, prefix, start) != 0)
		return false;
	sid = bytes_make(sid.data + start, sid.length - start);
	if (!skip_number(&sid, SID_AUTHORITY_MAX))
		return false;
	for (int i = 0; i < SID_SUBAUTHORITIES && sid.length; i++) {
		if (sid.data[0] != '-')
			return false;
		sid = bytes_make(sid.data + 1, sid.length - 1);
		if (!skip_number(&sid, UINT32_MAX))
			return false;
	}
	return sid.length == 0;
}

int ms_sid_encode(struct buffer *out, struct bytes sid)
{
	if (!is_sid(sid))
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(GN_OTHER));
	der_put_oid(&w, OID_MS_OBJECT_SID);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	der_put(&w, DER_OCTET_STRING, sid);
	for (int depth = 0; depth < 3; depth++)
		der_end(&w);
	return der_writer_finish(&w);
}

int ms_sid_decode(struct bytes value, struct bytes *sid)
{
	struct der der = der_open(value), list, other, inside;
	struct bytes oid, octets;
	if (der_enter(&der, DER_SEQUENCE, &list) || der_finish(&der) ||
	    der_enter(&list, DER_CONTEXT_CONSTRUCTED(GN_OTHER), &other) || der_finish(&list) ||
	    der_oid(&other, &oid) || !bytes_equal(oid, OID_MS_OBJECT_SID) ||
	    der_enter(&other, DER_CONTEXT_CONSTRUCTED(0), &inside) || der_finish(&other) ||
	    der_octets(&inside, &octets) || der_finish(&inside) || !is_sid(octets))
		return SIGNET_E_INVALID;
	*sid = octets;
	return 0;
}
