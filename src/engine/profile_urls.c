/* Where a profile's certificates say that CRLs, the issuer's certificate and OCSP are found: what the
 * authority's URLs say, or what the profile says in their place. */
#include <stdlib.h>

#include "asn1/oid.h"
#include "engine/profile_private.h"
#include "engine/urls.h"

static const struct extension *find_derived(const struct profile *p, struct bytes oid)
{
	for (size_t i = 0; i < p->authority->extension_count; i++)
		if (bytes_equal(p->authority->extensions[i].oid, oid))
			return &p->authority->extensions[i];
	return NULL;
}

static void derive(struct profile *p, struct bytes oid)
{
	const struct extension *derived = find_derived(p, oid);
	if (derived)
		p->derived[p->derived_count++] = *derived;
}

/* cRLDistributionPoints and freshestCRL have one shape. */
static int read_points(const struct profile_reader *r, const struct conf_node *node,
                       struct bytes oid)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	const char **list;
	size_t count;
	int result = urls_read(node, &list, &count, r->err);
	if (result || count == 0)
		return result;
	crl_distribution_encode(&value, list, count);
	free(list);
	return profile_add(r, node, oid, false, &value);
}

/* What the authority says of the method. The decoded items are slices of its extension. */
static int copy_derived(const struct profile_reader *r, struct bytes method,
                        struct access_description *items, size_t *count)
{
	const struct extension *derived = find_derived(r->profile, OID_AUTHORITY_INFO);
	struct access_description *all;
	size_t length;
	if (!derived)
		return 0;
	if (authority_info_decode(r->arena, derived->value, &all, &length))
		return error_nomem(r->err);
	for (size_t i = 0; i < length; i++)
		if (bytes_equal(all[i].method, method))
			items[(*count)++] = all[i];
	return 0;
}

static int read_method(const struct profile_reader *r, const struct conf_node *node,
                       struct bytes method, struct access_description *items, size_t *count)
{
	const char **list;
	size_t length;
	if (!node)
		return copy_derived(r, method, items, count);
	int result = urls_read(node, &list, &length, r->err);
	for (size_t i = 0; result == 0 && i < length; i++)
		items[(*count)++] = (struct access_description){method, bytes_text(list[i])};
	free(list);
	return result;
}

static int read_access(const struct profile_reader *r, const struct conf_node *ocsp,
                       const struct conf_node *issuers)
{
	struct access_description items[2 * URLS_MAX];
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	size_t count = 0;
	int result = read_method(r, ocsp, OID_AD_OCSP, items, &count);
	if (result == 0)
		result = read_method(r, issuers, OID_AD_CA_ISSUERS, items, &count);
	if (result || count == 0)
		return result;
	authority_info_encode(&value, items, count);
	return profile_add(r, ocsp ? ocsp : issuers, OID_AUTHORITY_INFO, false, &value);
}

int profile_read_urls(const struct profile_reader *r)
{
	static const char *const known[] = {"crl", "issuers", "ocsp", "freshest-crl", NULL};
	const struct conf_node *node = conf_find(r->map, "urls");
	if (node && conf_check_keys(node, known, r->err))
		return SIGNET_E_CONFIG;
	const struct conf_node *crl = conf_find(node, "crl"), *ocsp = conf_find(node, "ocsp");
	const struct conf_node *issuers = conf_find(node, "issuers");
	int result = 0;
	if (crl)
		result = read_points(r, crl, OID_CRL_DISTRIBUTION);
	else
		derive(r->profile, OID_CRL_DISTRIBUTION);
	if (!crl && !conf_find(node, "freshest-crl"))
		derive(r->profile, OID_FRESHEST_CRL);
	if (result == 0 && (ocsp || issuers))
		result = read_access(r, ocsp, issuers);
	else if (result == 0)
		derive(r->profile, OID_AUTHORITY_INFO);
	return result ? result : read_points(r, conf_find(node, "freshest-crl"), OID_FRESHEST_CRL);
}
