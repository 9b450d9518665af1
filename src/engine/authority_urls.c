/* Where the certificates of an authority say that CRLs, its own certificate and OCSP are found. */
#include <stdlib.h>

#include "asn1/oid.h"
#include "engine/authority_private.h"
#include "engine/urls.h"

char *authority_crl_file(struct arena *arena, const struct authority *a, unsigned shard,
                         bool delta)
{
	char *name = arena_printf(arena, "%s%s", a->public_name, delta ? ".delta" : "");
	if (!name)
		return NULL;
	return shard ? arena_printf(arena, "%s-%u.crl", name, shard)
	             : arena_printf(arena, "%s.crl", name);
}

int authority_crl_url(struct arena *arena, const struct authority *a, unsigned shard, bool delta,
                      const char **out)
{
	const char *name = authority_crl_file(arena, a, shard, delta);
	*out = NULL;
	if (name && a->base_url)
		*out = arena_printf(arena, "%s/crl/%s", a->base_url, name);
	return name && (*out || !a->base_url) ? 0 : SIGNET_E_NOMEM;
}

unsigned authority_shard(const struct authority *a, struct bytes serial)
{
	unsigned number = 0;
	if (!a->crl.shards || serial.length < 2)
		return 0;
	number = (unsigned)serial.data[serial.length - 2] << 8 | serial.data[serial.length - 1];
	return 1 + number % a->crl.shards;
}

static int add_extension(struct authority *a, struct arena *arena, struct bytes oid,
                         const struct buffer *value, struct error *err)
{
	struct extension *extension = &a->extensions[a->extension_count];
	if (value->error == SIGNET_E_INVALID)
		return error_set(err, SIGNET_E_INVALID, "urls: one of them is no URI");
	if (value->error || arena_bytes(arena, buffer_bytes(value), &extension->value))
		return error_nomem(err);
	extension->oid = oid;
	a->extension_count++;
	return 0;
}

/* What urls.KEY says; where it says nothing, what comes of the base. */
struct list {
	const char **items;
	size_t count;
	const char *derived[1];
};

static int read_list(struct list *out, const struct conf_node *urls, const char *key,
                     const char *derived, struct error *err)
{
	const struct conf_node *node = conf_find(urls, key);
	*out = (struct list){.derived = {derived}};
	if (node)
		return urls_read(node, &out->items, &out->count, err);
	out->count = derived != NULL;
	return 0;
}

static const char *const *items_of(const struct list *list)
{
	return list->items ? list->items : list->derived;
}

static int add_points(struct authority *a, struct arena *arena, struct bytes oid,
                      const struct list *list, struct error *err)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	if (list->count == 0)
		return 0;
	crl_distribution_encode(&value, items_of(list), list->count);
	return add_extension(a, arena, oid, &value, err);
}

/* With shards it stands for the one of the certificate, which takes its place. */
static int add_crl_urls(struct authority *a, struct arena *arena, const struct conf_node *urls,
                        struct error *err)
{
	const char *complete = NULL, *delta = NULL;
	struct list list;
	if (authority_crl_url(arena, a, 0, false, &complete) ||
	    authority_crl_url(arena, a, 0, true, &delta))
		return error_nomem(err);
	int result = read_list(&list, urls, "crl", a->crl.published ? complete : NULL, err);
	if (result == 0)
		result = add_points(a, arena, OID_CRL_DISTRIBUTION, &list, err);
	free(list.items);
	if (result || !a->freshest)
		return result;
	list = (struct list){NULL, 1, {delta}};
	return add_points(a, arena, OID_FRESHEST_CRL, &list, err);
}

static void add_method(struct access_description *items, size_t *count, struct bytes method,
                       const struct list *list)
{
	for (size_t i = 0; i < list->count; i++)
		items[(*count)++] = (struct access_description){method,
		                                                bytes_text(items_of(list)[i])};
}

static int add_access_urls(struct authority *a, struct arena *arena, const struct conf_node *urls,
                           bool ocsp, struct error *err)
{
	struct access_description items[2 * URLS_MAX];
	struct list responders = {0}, issuers = {0};
	const char *responder = NULL, *own = NULL;
	size_t count = 0;
	if (a->base_url) {
		responder = arena_printf(arena, "%s/ocsp", a->base_url);
		own = arena_printf(arena, "%s/ca/%s.cer", a->base_url, a->public_name);
		if (!responder || !own)
			return error_nomem(err);
	}
	int result = read_list(&responders, urls, "ocsp", ocsp ? responder : NULL, err);
	if (result == 0)
		result = read_list(&issuers, urls, "issuers", own, err);
	if (result == 0) {
		_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
		add_method(items, &count, OID_AD_OCSP, &responders);
		add_method(items, &count, OID_AD_CA_ISSUERS, &issuers);
		if (count) {
			authority_info_encode(&value, items, count);
			result = add_extension(a, arena, OID_AUTHORITY_INFO, &value, err);
		}
	}
	free(responders.items);
	free(issuers.items);
	return result;
}

static int read_base(struct authority *a, struct arena *arena, const struct conf_node *urls,
                     struct error *err)
{
	const struct conf_node *node = conf_find(urls, "base");
	const char **list;
	size_t count;
	if (!node)
		return 0;
	int result = urls_read(node, &list, &count, err);
	if (result)
		return result;
	if (count == 1)
		a->base_url = arena_strdup(arena, list[0]);
	free(list);
	if (count != 1)
		return conf_error(node, err, "must be one URL");
	if (!a->base_url)
		return error_nomem(err);
	for (size_t n = strlen(a->base_url); n && a->base_url[n - 1] == '/'; n--)
		a->base_url[n - 1] = '\0';
	return 0;
}

static int check_urls(struct authority *a, const struct conf_node *map,
                      const struct conf_node *urls, struct error *err)
{
	const struct conf_node *crl = conf_find(map, "crl");
	if (conf_get_boolean(urls, "freshest", false, &a->freshest, err))
		return SIGNET_E_CONFIG;
	if (a->freshest && (!a->base_url || !a->crl.delta))
		return conf_error(urls, err, "freshest: wants 'base' and 'crl.delta'");
	if (a->crl.shards && !a->base_url)
		return conf_error(crl, err, "shards: wants 'urls.base', to tell them apart");
	if (a->crl.shards && conf_find(urls, "crl"))
		return conf_error(crl, err, "shards: certificates name what 'urls.crl' says: leave that out");
	return 0;
}

static bool has_ocsp(const struct conf_node *map)
{
	const struct conf_node *node = conf_find(map, "ocsp");
	const char *text;
	return !node || conf_kind(node) != CONF_SCALAR || conf_text(node, &text, NULL) ||
	       strcmp(text, "none") != 0;
}

int authority_add_urls(struct authority *a, struct arena *arena, const struct conf_node *map,
                       struct error *err)
{
	static const char *const known[] = {"base", "crl", "freshest", "issuers", "ocsp", NULL};
	const struct conf_node *urls = conf_find(map, "urls");
	if (urls && conf_check_keys(urls, known, err))
		return SIGNET_E_CONFIG;
	int result = read_base(a, arena, urls, err);
	if (result == 0)
		result = check_urls(a, map, urls, err);
	if (result == 0)
		result = add_access_urls(a, arena, urls, has_ocsp(map), err);
	return result ? result : add_crl_urls(a, arena, urls, err);
}
