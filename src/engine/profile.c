#include "engine/profile.h"

#include <stdlib.h>

#include "asn1/oid.h"
#include "crypto/algorithm.h"

#define DAY 86400
#define POLICIES_MAX 16
#define USAGES_MAX 32

/* What only RSA keys of the kinds that we know can do (RFC 8813 section 3, RFC 8410 section 5). */
#define KU_RSA_ONLY (KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT)

static int find_authority(struct profile *p, const struct conf_node *map,
                          const struct authority *authorities, size_t count, struct error *err)
{
	const struct conf_node *node = conf_find(map, "authority");
	const char *name;
	if (!node && count == 1) {
		p->authority = &authorities[0];
		return 0;
	}
	if (!node)
		return conf_error(map, err, "the key 'authority' is missing, and there are %zu of "
		                  "them", count);
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < count; i++)
		if (strcmp(authorities[i].name, name) == 0)
			p->authority = &authorities[i];
	return p->authority ? 0 : conf_error(node, err, "there is no authority '%s'", name);
}

static int read_validity(struct profile *p, const struct conf_node *map, struct error *err)
{
	if (conf_get_duration(map, "validity", 90 * DAY, &p->validity, err) ||
	    conf_get_duration(map, "backdate", 60, &p->backdate, err))
		return SIGNET_E_CONFIG;
	if (p->validity <= 0)
		return conf_error(conf_find(map, "validity"), err, "must be longer than 0");
	if (p->backdate >= p->validity)
		return conf_error(map, err, "'backdate' must be shorter than 'validity'");
	return 0;
}

static int read_subject(struct profile *p, const struct conf_node *node, struct error *err)
{
	static const char *const whole[] = {"request", "empty", NULL};
	static const char *const known[] = {"common-name", NULL};
	static const char *const names[] = {"first-dns", "from-request", "none", NULL};
	static const enum profile_subject by_name[] = {
		PROFILE_SUBJECT_FIRST_DNS, PROFILE_SUBJECT_COMMON_NAME, PROFILE_SUBJECT_EMPTY};
	int choice = 0;
	if (node && conf_kind(node) == CONF_SCALAR) {
		if (conf_choice(node, whole, &choice, err))
			return SIGNET_E_CONFIG;
		p->subject = choice ? PROFILE_SUBJECT_EMPTY : PROFILE_SUBJECT_REQUEST;
		return 0;
	}
	if (node && conf_check_keys(node, known, err))
		return SIGNET_E_CONFIG;
	const struct conf_node *common_name = conf_find(node, "common-name");
	if (common_name && conf_choice(common_name, names, &choice, err))
		return SIGNET_E_CONFIG;
	p->subject = by_name[choice];
	return 0;
}

static int read_name_kinds(struct profile *p, const struct conf_node *node, struct error *err)
{
	static const enum general_name_kind allowed[] = {GN_DNS, GN_IP, GN_EMAIL, GN_URI, GN_OTHER};
	p->name_kinds = 1u << GN_DNS | 1u << GN_IP;
	if (!node)
		return 0;
	const char **list;
	size_t count;
	if (conf_text_list(node, &list, &count, err))
		return SIGNET_E_CONFIG;
	p->name_kinds = 0;
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++) {
		int kind = general_name_kind_from_name(list[i]);
		bool known = false;
		for (size_t k = 0; k < sizeof allowed / sizeof *allowed; k++)
			known = known || (int)allowed[k] == kind;
		if (known)
			p->name_kinds |= 1u << kind;
		else
			result = conf_error(node, err, "'%s' is none of dns, ip, email, uri, other",
			                    list[i]);
	}
	free(list);
	return result;
}

static int add_extension(struct extension *out, struct arena *arena, struct bytes oid,
                         bool critical, const struct buffer *value, struct error *err)
{
	if (value->error || arena_bytes(arena, buffer_bytes(value), &out->value))
		return error_nomem(err);
	out->oid = oid;
	out->critical = critical;
	return 0;
}

/* RFC 5280 section 4.2.1.3: SHOULD be critical. */
static int make_usage(struct extension *out, struct arena *arena, unsigned mask,
                      struct error *err)
{
	if (mask == 0)
		return 0;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	key_usage_encode(&value, mask);
	return add_extension(out, arena, OID_KEY_USAGE, true, &value, err);
}

static int make_usages(struct profile *p, struct arena *arena, struct error *err)
{
	int result = make_usage(&p->usage_rsa, arena, p->key_usage, err);
	return result ? result : make_usage(&p->usage_other, arena, p->key_usage & ~KU_RSA_ONLY,
	                                    err);
}

static int read_key_usage(struct profile *p, struct arena *arena, const struct conf_node *node,
                          struct error *err)
{
	p->key_usage = KU_DIGITAL_SIGNATURE;
	if (!node)
		return make_usages(p, arena, err);
	if (conf_kind(node) != CONF_LIST)
		return conf_expect(node, CONF_LIST, err);
	p->key_usage = 0;
	for (size_t i = 0; i < conf_count(node); i++) {
		int bit;
		if (conf_choice(conf_item(node, i), key_usage_names, &bit, err))
			return SIGNET_E_CONFIG;
		p->key_usage |= 1u << bit;
	}
	return make_usages(p, arena, err);
}

/* id-kp (RFC 5280 section 4.2.1.12), anyExtendedKeyUsage, or written in dotted form. */
static bool is_usage(const char *name, struct bytes oid)
{
	static const uint8_t id_kp[] = {0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03};
	return (name[0] >= '0' && name[0] <= '9') || bytes_equal(oid, OID_ANY_EXT_KEY_USAGE) ||
	       (oid.length > sizeof id_kp && memcmp(oid.data, id_kp, sizeof id_kp) == 0);
}

static int read_extended_usage(struct profile *p, struct arena *arena,
                               const struct conf_node *node, struct error *err)
{
	if (!node)
		return 0;
	struct bytes oids[USAGES_MAX];
	size_t count = conf_count(node);
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	if (count > USAGES_MAX)
		return conf_error(node, err, "more than %d usages", USAGES_MAX);
	for (size_t i = 0; i < count; i++) {
		const char *name;
		if (conf_text(conf_item(node, i), &name, err))
			return SIGNET_E_CONFIG;
		if (oid_from_text(arena, name, &oids[i]) || !is_usage(name, oids[i]))
			return conf_error(conf_item(node, i), err,
			                  "'%s' is no known usage and no dotted OID", name);
	}
	if (count == 0)
		return 0;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	ext_key_usage_encode(&value, oids, count);
	return add_extension(&p->extensions[p->extension_count++], arena, OID_EXT_KEY_USAGE, false,
	                     &value, err);
}

/* An issuer with a path length of 0 may not stand over another CA (RFC 5280 section 4.2.1.9). */
static int check_path(const struct profile *p, const struct conf_node *map, int64_t path_length,
                      struct error *err)
{
	int issuer_length;
	if (!p->ca && path_length != PATH_LENGTH_NONE)
		return conf_error(map, err, "'path-length' needs 'ca: true'");
	if (p->ca != !!(p->key_usage & KU_KEY_CERT_SIGN))
		return conf_error(map, err, "'ca: true' and the key usage key-cert-sign go "
		                  "together (RFC 5280 section 4.2.1.3)");
	if (!p->ca)
		return 0;
	certificate_is_ca(&p->authority->certificate, &issuer_length);
	if (issuer_length != PATH_LENGTH_NONE &&
	    (path_length == PATH_LENGTH_NONE || path_length >= issuer_length))
		return conf_error(map, err, "the authority '%s' has a path length of %d: it needs "
		                  "a 'path-length' below that", p->authority->name, issuer_length);
	return 0;
}

static int read_constraints(struct profile *p, struct arena *arena, const struct conf_node *map,
                            struct error *err)
{
	static const char *const known[] = {"ca", "path-length", NULL};
	const struct conf_node *node = conf_find(map, "basic-constraints");
	int64_t path_length = PATH_LENGTH_NONE;
	if (node && (conf_check_keys(node, known, err) ||
	             conf_get_boolean(node, "ca", false, &p->ca, err) ||
	             conf_get_integer(node, "path-length", 0, 32, PATH_LENGTH_NONE, &path_length,
	                              err)))
		return SIGNET_E_CONFIG;
	if (check_path(p, node ? node : map, path_length, err))
		return SIGNET_E_CONFIG;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	basic_constraints_encode(&value, p->ca, (int)path_length);
	return add_extension(&p->extensions[p->extension_count++], arena, OID_BASIC_CONSTRAINTS,
	                     true, &value, err);
}

static int read_policy(struct policy_information *out, struct arena *arena,
                       const struct conf_node *node, struct error *err)
{
	static const char *const known[] = {"oid", "cps", "notice", NULL};
	const char *oid;
	if (conf_check_keys(node, known, err))
		return SIGNET_E_CONFIG;
	if (!conf_find(node, "oid"))
		return conf_error(node, err, "the key 'oid' is missing");
	if (conf_get_text(node, "oid", "", &oid, err) ||
	    conf_get_text(node, "cps", NULL, &out->cps, err) ||
	    conf_get_text(node, "notice", NULL, &out->notice, err))
		return SIGNET_E_CONFIG;
	struct general_name url = {GN_URI, bytes_text(out->cps)};
	if (oid_from_text(arena, oid, &out->oid))
		return conf_error(conf_find(node, "oid"), err, "'%s' is no OID", oid);
	if (out->cps && general_name_check(&url, err))
		return conf_error(conf_find(node, "cps"), err, "%s", err->message);
	return 0;
}

static int read_policies(struct profile *p, struct arena *arena, const struct conf_node *node,
                         struct error *err)
{
	struct policy_information items[POLICIES_MAX];
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	size_t count = conf_count(node);
	if (count > POLICIES_MAX)
		return conf_error(node, err, "more than %d policies", POLICIES_MAX);
	for (size_t i = 0; i < count; i++)
		if (read_policy(&items[i], arena, conf_item(node, i), err))
			return SIGNET_E_CONFIG;
	if (count == 0)
		return 0;
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	if (certificate_policies_encode(&value, items, count))
		return conf_error(node, err, "cannot be encoded: a notice has at most 200 "
		                  "characters of UTF-8");
	return add_extension(&p->extensions[p->extension_count++], arena, OID_CERTIFICATE_POLICIES,
	                     false, &value, err);
}

int profile_load(struct profile *out, struct arena *arena, const struct conf_node *node,
                 const struct authority *authorities, size_t authority_count, struct error *err)
{
	static const char *const known[] = {
		"authority", "validity", "backdate", "subject", "names", "key-usage",
		"extended-key-usage", "basic-constraints", "policies", NULL};
	*out = (struct profile){.name = arena_strdup(arena, conf_key(node))};
	if (!out->name)
		return error_nomem(err);
	if (conf_check_keys(node, known, err))
		return SIGNET_E_CONFIG;
	int result = find_authority(out, node, authorities, authority_count, err);
	if (result == 0)
		result = read_validity(out, node, err);
	if (result == 0)
		result = read_subject(out, conf_find(node, "subject"), err);
	if (result == 0)
		result = read_name_kinds(out, conf_find(node, "names"), err);
	if (result == 0)
		result = read_key_usage(out, arena, conf_find(node, "key-usage"), err);
	if (result == 0)
		result = read_extended_usage(out, arena, conf_find(node, "extended-key-usage"),
		                             err);
	if (result == 0)
		result = read_constraints(out, arena, node, err);
	if (result == 0)
		result = read_policies(out, arena, conf_find(node, "policies"), err);
	return result;
}
