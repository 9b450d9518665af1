#include <stdlib.h>

#include "asn1/oid.h"
#include "engine/authority_private.h"
#include "engine/urls.h"

static int add_extension(struct authority *a, struct arena *arena, struct bytes oid,
                         const struct buffer *value, struct error *err)
{
	struct extension *extension = &a->extensions[a->extension_count];
	if (value->error || arena_bytes(arena, buffer_bytes(value), &extension->value))
		return error_nomem(err);
	extension->oid = oid;
	a->extension_count++;
	return 0;
}

/* The issuer's subjectKeyIdentifier as its certificate says, else as it would be made. */
static int add_key_id(struct authority *a, struct arena *arena, struct error *err)
{
	const struct extension *own = certificate_extension(&a->certificate, OID_SUBJECT_KEY_ID);
	uint8_t made[20];
	struct bytes id = BYTES_OF(made);
	if (own && subject_key_id_decode(own->value, &id))
		return error_set(err, SIGNET_E_INVALID, "subjectKeyIdentifier does not parse");
	if (!own)
		pubkey_id(key_public(a->key), made);
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	a->key_id.oid = OID_AUTHORITY_KEY_ID;
	if (authority_key_id_encode(&value, id) ||
	    arena_bytes(arena, buffer_bytes(&value), &a->key_id.value))
		return error_nomem(err);
	return 0;
}

static int add_crl_urls(struct authority *a, struct arena *arena, const struct conf_node *urls,
                        struct error *err)
{
	const char **list;
	size_t count;
	int result = urls_read(conf_find(urls, "crl"), &list, &count, err);
	if (result)
		return result;
	if (count == 0)
		return 0;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	crl_distribution_encode(&value, list, count);
	free(list);
	return add_extension(a, arena, OID_CRL_DISTRIBUTION, &value, err);
}

static int add_access_urls(struct authority *a, struct arena *arena,
                           const struct conf_node *urls, struct error *err)
{
	static const struct {
		const char *key;
		const struct bytes *method;
	} kinds[] = {{"ocsp", &OID_AD_OCSP}, {"issuers", &OID_AD_CA_ISSUERS}};
	struct access_description items[2 * URLS_MAX];
	size_t count = 0;
	for (size_t k = 0; k < 2; k++) {
		const char **list;
		size_t length;
		int result = urls_read(conf_find(urls, kinds[k].key), &list, &length, err);
		if (result)
			return result;
		for (size_t i = 0; i < length; i++)
			items[count++] = (struct access_description){*kinds[k].method,
			                                             bytes_text(list[i])};
		free(list);
	}
	if (count == 0)
		return 0;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	authority_info_encode(&value, items, count);
	return add_extension(a, arena, OID_AUTHORITY_INFO, &value, err);
}

int authority_add_extensions(struct authority *a, struct arena *arena,
                             const struct conf_node *urls, struct error *err)
{
	static const char *const known[] = {"crl", "issuers", "ocsp", NULL};
	if (urls && conf_check_keys(urls, known, err))
		return SIGNET_E_CONFIG;
	int result = add_key_id(a, arena, err);
	if (result == 0)
		result = add_access_urls(a, arena, urls, err);
	return result ? result : add_crl_urls(a, arena, urls, err);
}
