/* Where to find what belongs to a certificate: cRLDistributionPoints and authorityInfoAccess
 * (RFC 5280 sections 4.2.1.13, 4.2.2.1). */
#include "asn1/extension.h"

#include "asn1/extension_list.h"

int crl_distribution_encode(struct buffer *out, const char *const *uris, size_t count)
{
	if (count == 0)
		return SIGNET_E_INVALID;
	for (size_t i = 0; i < count; i++)
		if (!extension_is_uri(bytes_text(uris[i])))
			return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++) {
		der_begin(&w, DER_SEQUENCE);
		der_begin(&w, DER_CONTEXT_CONSTRUCTED(0)); /* distributionPoint, a CHOICE */
		der_begin(&w, DER_CONTEXT_CONSTRUCTED(0)); /* fullName */
		der_put(&w, DER_CONTEXT(GN_URI), bytes_text(uris[i]));
		der_end(&w);
		der_end(&w);
		der_end(&w);
	}
	der_end(&w);
	return der_writer_finish(&w);
}

/* DistributionPoint; what is in it must stand in its order, and cRLIssuer or distributionPoint
 * must be there. */
static int read_point(struct der point, struct bytes *uris, size_t *count)
{
	struct der name, full;
	bool has_name = der_peek(&point) == DER_CONTEXT_CONSTRUCTED(0);
	if (has_name) {
		if (der_enter(&point, DER_CONTEXT_CONSTRUCTED(0), &name))
			return SIGNET_E_INVALID;
		if (der_peek(&name) == DER_CONTEXT_CONSTRUCTED(0)) {
			if (der_enter(&name, DER_CONTEXT_CONSTRUCTED(0), &full))
				return SIGNET_E_INVALID;
			int result = extension_read_full_name(full, uris, count);
			if (result)
				return result;
		} else if (der_expect(&name, DER_CONTEXT_CONSTRUCTED(1), NULL)) {
			return SIGNET_E_INVALID;
		}
		if (der_finish(&name))
			return SIGNET_E_INVALID;
	}
	if (der_peek(&point) == DER_CONTEXT(1))
		der_expect(&point, DER_CONTEXT(1), NULL);
	if (der_peek(&point) == DER_CONTEXT_CONSTRUCTED(2))
		der_expect(&point, DER_CONTEXT_CONSTRUCTED(2), NULL);
	else if (!has_name)
		return SIGNET_E_INVALID;
	return der_finish(&point);
}

int crl_distribution_decode(struct arena *arena, struct bytes value, struct bytes **uris,
                            size_t *count)
{
	struct der list, point;
	size_t points, n = 0;
	int result = der_check(value);
	if (result == 0)
		result = extension_list_open(value, &list, &points);
	if (result)
		return result;
	struct bytes *array = arena_array(arena, LIMIT_EXTENSION_ITEMS, sizeof *array);
	if (!array)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < points; i++) {
		if (der_enter(&list, DER_SEQUENCE, &point))
			return SIGNET_E_INVALID;
		result = read_point(point, array, &n);
		if (result)
			return result;
	}
	*uris = array;
	*count = n;
	return 0;
}

int authority_info_encode(struct buffer *out, const struct access_description *items, size_t count)
{
	if (count == 0)
		return SIGNET_E_INVALID;
	for (size_t i = 0; i < count; i++)
		if (!extension_is_uri(items[i].uri))
			return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++) {
		der_begin(&w, DER_SEQUENCE);
		der_put_oid(&w, items[i].method);
		der_put(&w, DER_CONTEXT(GN_URI), items[i].uri);
		der_end(&w);
	}
	der_end(&w);
	return der_writer_finish(&w);
}

int authority_info_decode(struct arena *arena, struct bytes value,
                          struct access_description **items, size_t *count)
{
	struct der list, pair;
	size_t descriptions, n = 0;
	int result = der_check(value);
	if (result == 0)
		result = extension_list_open(value, &list, &descriptions);
	if (result)
		return result;
	struct access_description *array = arena_array(arena, descriptions, sizeof *array);
	if (!array)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < descriptions; i++) {
		struct access_description item;
		uint8_t tag;
		if (der_enter(&list, DER_SEQUENCE, &pair) || der_oid(&pair, &item.method) ||
		    der_any(&pair, &tag, &item.uri, NULL) || der_finish(&pair))
			return SIGNET_E_INVALID;
		if (tag != DER_CONTEXT(GN_URI))
			continue;
		if (!extension_is_uri(item.uri))
			return SIGNET_E_INVALID;
		array[n++] = item;
	}
	*items = array;
	*count = n;
	return 0;
}
