/* What a profile's certificates may be used for: keyUsage, extKeyUsage, basicConstraints. */
#include <stdlib.h>

#include "asn1/oid.h"
#include "crypto/algorithm.h"
#include "engine/profile_private.h"

#define USAGES_MAX 32

/* What only RSA keys, and what only keys of an elliptic curve that is not for signatures alone, can
 * do. */
#define KU_ENCIPHER (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT)
#define KU_QUALIFIERS (KU_ENCIPHER_ONLY | KU_DECIPHER_ONLY)

unsigned profile_usage_of(enum profile_key kind, unsigned mask)
{
	if (kind != PROFILE_KEY_RSA)
		mask &= ~KU_ENCIPHER;
	if (kind != PROFILE_KEY_EC)
		mask &= ~KU_KEY_AGREEMENT;
	return mask & KU_KEY_AGREEMENT ? mask : mask & ~KU_QUALIFIERS;
}

enum profile_key profile_key_of(const struct pubkey *key)
{
	switch (pubkey_algorithm(key)) {
	case KEY_RSA:
		return PROFILE_KEY_RSA;
	case KEY_ED25519:
		return PROFILE_KEY_SIGNING;
	default:
		return PROFILE_KEY_EC;
	}
}

/* A list, or a map of `usages` and `critical`. */
static int find_list(const struct profile_reader *r, const struct conf_node *node,
                     const struct conf_node **list, bool *critical)
{
	static const char *const known[] = {"usages", "critical", NULL};
	*list = node;
	if (conf_kind(node) == CONF_MAP) {
		*list = conf_find(node, "usages");
		if (conf_check_keys(node, known, r->err) ||
		    conf_get_boolean(node, "critical", *critical, critical, r->err))
			return SIGNET_E_CONFIG;
		if (!*list)
			return conf_error(node, r->err, "the key 'usages' is missing");
	}
	return conf_kind(*list) == CONF_LIST ? 0 : conf_expect(*list, CONF_LIST, r->err);
}

/* An empty value for no bits: there is no such extension then. */
static int encode_key_usage(const struct profile_reader *r, struct extension *out, unsigned mask)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	out->oid = OID_KEY_USAGE;
	out->critical = r->profile->key_usage_critical;
	if (mask == 0)
		return 0;
	if (key_usage_encode(&value, mask) ||
	    arena_bytes(r->arena, buffer_bytes(&value), &out->value))
		return error_nomem(r->err);
	return 0;
}

static int read_key_usage(const struct profile_reader *r)
{
	const struct conf_node *node = conf_find(r->map, "key-usage"), *list;
	struct profile *p = r->profile;
	p->key_usage = node ? 0 : KU_DIGITAL_SIGNATURE;
	p->key_usage_critical = true; /* SHOULD: RFC 5280 section 4.2.1.3 */
	if (node && find_list(r, node, &list, &p->key_usage_critical))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; node && i < conf_count(list); i++) {
		int bit;
		if (conf_choice(conf_item(list, i), key_usage_names, &bit, r->err))
			return SIGNET_E_CONFIG;
		p->key_usage |= 1u << bit;
	}
	if (p->key_usage & KU_QUALIFIERS && !(p->key_usage & KU_KEY_AGREEMENT))
		return conf_error(node, r->err, "encipher-only and decipher-only need key-agreement");
	for (int kind = 0; kind < PROFILE_KEYS; kind++) {
		int result = encode_key_usage(r, &p->usages[kind],
		                              profile_usage_of((enum profile_key)kind,
		                                               p->key_usage));
		if (result)
			return result;
	}
	return 0;
}

static int read_usage(const struct profile_reader *r, const struct conf_node *node)
{
	struct profile *p = r->profile;
	struct bytes oid;
	const char *name;
	if (conf_text(node, &name, r->err))
		return SIGNET_E_CONFIG;
	int result = ext_key_usage_from_text(r->arena, name, &oid);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(r->err);
	if (result)
		return conf_error(node, r->err, "'%.64s' is no known usage and no dotted OID", name);
	for (size_t i = 0; i < p->ext_usage_count; i++)
		if (bytes_equal(p->ext_usages[i], oid))
			return conf_error(node, r->err, "'%.64s' stands here twice", name);
	p->ext_usages[p->ext_usage_count++] = oid;
	return 0;
}

static int read_extended_usage(const struct profile_reader *r)
{
	const struct conf_node *node = conf_find(r->map, "extended-key-usage"), *list;
	struct profile *p = r->profile;
	bool critical = false;
	if (!node)
		return 0;
	if (find_list(r, node, &list, &critical))
		return SIGNET_E_CONFIG;
	if (conf_count(list) > USAGES_MAX)
		return conf_error(node, r->err, "more than %d usages", USAGES_MAX);
	p->ext_usages = arena_array(r->arena, conf_count(list), sizeof *p->ext_usages);
	if (!p->ext_usages)
		return error_nomem(r->err);
	for (size_t i = 0; i < conf_count(list); i++) {
		int result = read_usage(r, conf_item(list, i));
		if (result)
			return result;
	}
	if (p->ext_usage_count == 0)
		return 0;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	ext_key_usage_encode(&value, p->ext_usages, p->ext_usage_count);
	return profile_add(r, node, OID_EXT_KEY_USAGE, critical, &value);
}

static int check_path(const struct profile_reader *r, const struct conf_node *node,
                      int64_t path_length)
{
	const struct profile *p = r->profile;
	struct error why;
	if (!p->ca && path_length != PATH_LENGTH_NONE)
		return conf_error(node, r->err, "'path-length' needs 'ca: true'");
	if (p->ca != !!(p->key_usage & KU_KEY_CERT_SIGN))
		return conf_error(node, r->err, "'ca: true' and the key usage key-cert-sign go "
		                  "together (RFC 5280 section 4.2.1.3)");
	if (p->ca && authority_check_path(p->authority, (int)path_length, &why))
		return conf_error(node, r->err, "%s", why.message);
	return 0;
}

static int read_basic_constraints(const struct profile_reader *r)
{
	static const char *const known[] = {"ca", "path-length", NULL};
	const struct conf_node *node = conf_find(r->map, "basic-constraints");
	struct profile *p = r->profile;
	int64_t path_length = PATH_LENGTH_NONE;
	if (node && (conf_check_keys(node, known, r->err) ||
	             conf_get_boolean(node, "ca", false, &p->ca, r->err) ||
	             conf_get_integer(node, "path-length", 0, 32, PATH_LENGTH_NONE, &path_length,
	                              r->err)))
		return SIGNET_E_CONFIG;
	if (!node)
		node = r->map;
	if (check_path(r, node, path_length))
		return SIGNET_E_CONFIG;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	basic_constraints_encode(&value, p->ca, (int)path_length);
	return profile_add(r, node, OID_BASIC_CONSTRAINTS, true, &value);
}

int profile_read_usages(const struct profile_reader *r)
{
	int result = read_key_usage(r);
	if (result == 0)
		result = read_extended_usage(r);
	return result ? result : read_basic_constraints(r);
}
