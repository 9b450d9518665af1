/* The configuration of the rule `extensions`. */
#include <stdlib.h>

#include "asn1/oid.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "base/text.h"
#include "policy/extensions.h"

#define MUST_STAPLE 5 /* status_request (RFC 7633 section 4.2.3) */

/* The extensions with a name, and whether they are critical (RFC 5280 section 4.2.1). */
static const struct known {
	const struct bytes *oid;
	bool critical;
} known[] = {
	{&OID_KEY_USAGE, true},
	{&OID_EXT_KEY_USAGE, false},
	{&OID_BASIC_CONSTRAINTS, true},
	{&OID_SUBJECT_ALT_NAME, false},
	{&OID_CERTIFICATE_POLICIES, false},
	{&OID_NAME_CONSTRAINTS, true},
	{&OID_POLICY_CONSTRAINTS, true},
	{&OID_INHIBIT_ANY_POLICY, true},
	{&OID_CRL_DISTRIBUTION, false},
	{&OID_FRESHEST_CRL, false},
	{&OID_AUTHORITY_INFO, false},
	{&OID_TLS_FEATURE, false},
	{&OID_OCSP_NOCHECK, false},
	{&OID_MS_TEMPLATE, false},
	{&OID_MS_SID, false},
	{&OID_SUBJECT_KEY_ID, false},
	{&OID_AUTHORITY_KEY_ID, false},
};
#define KNOWN_COUNT (sizeof known / sizeof *known)

/* Hyphens and case apart, so that "key-usage" is keyUsage. */
static bool is_name(const char *text, const char *name)
{
	for (; *text; text++) {
		if (*text == '-')
			continue;
		if (text_lower(*text) != text_lower(*name))
			return false;
		name++;
	}
	return *name == '\0';
}

static bool is_extension(const char *text, struct bytes oid)
{
	if (bytes_equal(oid, OID_EXT_KEY_USAGE) && strcmp(text, "extended-key-usage") == 0)
		return true;
	if (bytes_equal(oid, OID_TLS_FEATURE) && strcmp(text, "must-staple") == 0)
		return true;
	return is_name(text, oid_name(oid));
}

/* "keyUsage", "key-usage", "2.5.29.15". */
static int read_oid(struct extensions *extensions, const char *text,
                    const struct conf_node *node, struct bytes *out, bool *critical,
                    struct error *err)
{
	bool dotted = *text >= '0' && *text <= '9';
	int result = dotted ? oid_from_text(extensions->arena, text, out) : SIGNET_E_INVALID;
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	*critical = false;
	for (size_t i = 0; i < KNOWN_COUNT; i++) {
		if (result == 0 ? bytes_equal(*known[i].oid, *out)
		                : is_extension(text, *known[i].oid)) {
			*out = *known[i].oid;
			*critical = known[i].critical;
			return 0;
		}
	}
	return result ? conf_error(node, err, "'%.64s' is no known extension and no OID", text) : 0;
}

static int read_oids(struct extensions *extensions, const struct conf_node *node, bool names,
                     struct bytes **out, size_t *count, struct error *err)
{
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	struct bytes *list = arena_array(extensions->arena, conf_count(node), sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *item = conf_item(node, i);
		const char *text;
		bool critical;
		int result = conf_text(item, &text, err);
		if (result == 0)
			result = read_oid(extensions, text, item, &list[i], &critical, err);
		if (result)
			return result;
		if (!names && bytes_equal(list[i], OID_SUBJECT_ALT_NAME))
			return conf_error(item, err, "the rule 'names' judges subjectAltName");
	}
	*out = list;
	*count = conf_count(node);
	return 0;
}

static int read_key_usage(const struct conf_node *node, unsigned *mask, struct error *err)
{
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	*mask = 0;
	for (size_t i = 0; i < conf_count(node); i++) {
		int choice;
		if (conf_choice(conf_item(node, i), key_usage_names, &choice, err))
			return SIGNET_E_CONFIG;
		*mask |= 1u << choice;
	}
	return *mask ? 0 : conf_error(node, err, "is empty");
}

static int read_purpose(struct extensions *extensions, const struct conf_node *node,
                        struct bytes *out, struct error *err)
{
	const char *text;
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	int result = ext_key_usage_from_text(extensions->arena, text, out);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? conf_error(node, err, "'%.64s' is no known purpose and no OID", text) : 0;
}

static int read_purposes(struct extensions *extensions, const struct conf_node *node,
                         struct bytes **out, size_t *count, struct error *err)
{
	if (conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	size_t length = conf_count(node);
	if (length == 0 || length > LIMIT_EXTENSION_ITEMS)
		return conf_error(node, err, "1 to %d are wanted", LIMIT_EXTENSION_ITEMS);
	struct bytes *list = arena_array(extensions->arena, length, sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < length; i++) {
		int result = read_purpose(extensions, conf_item(node, i), &list[i], err);
		if (result)
			return result;
	}
	*out = list;
	*count = length;
	return 0;
}

/* One DER element as hex. */
static int read_hex(const struct conf_node *node, struct buffer *out, struct error *err)
{
	const char *text;
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	int result = hex_decode(out, bytes_text(text));
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	struct der der = der_open(buffer_bytes(out));
	if (result || der_check(buffer_bytes(out)) || der_any(&der, NULL, NULL, NULL) ||
	    der_finish(&der))
		return conf_error(node, err, "not one DER element in hex");
	return 0;
}

static int encode_must_staple(const struct conf_node *node, struct buffer *out,
                              struct error *err)
{
	const char *text;
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	if (strcmp(text, "must-staple") != 0 && strcmp(text, "true") != 0)
		return read_hex(node, out, err);
	return tls_feature_encode(out, &(const unsigned){MUST_STAPLE}, 1) ? error_nomem(err) : 0;
}

static int encode_value(struct extensions *extensions, const struct conf_node *node,
                        struct bytes oid, struct buffer *out, struct error *err)
{
	unsigned mask;
	struct bytes *purposes;
	size_t count;
	int result;
	if (bytes_equal(oid, OID_KEY_USAGE)) {
		result = read_key_usage(node, &mask, err);
		if (result == 0 && key_usage_encode(out, mask))
			return error_nomem(err);
		return result;
	}
	if (bytes_equal(oid, OID_EXT_KEY_USAGE)) {
		result = read_purposes(extensions, node, &purposes, &count, err);
		if (result == 0 && ext_key_usage_encode(out, purposes, count))
			return error_nomem(err);
		return result;
	}
	if (bytes_equal(oid, OID_TLS_FEATURE))
		return encode_must_staple(node, out, err);
	return read_hex(node, out, err);
}

/* NAME: VALUE, or NAME: {value: VALUE, critical: true}. */
static int read_forced(struct extensions *extensions, const struct conf_node *node,
                       struct extension *out, struct error *err)
{
	static const char *const keys[] = {"value", "critical", NULL};
	const struct conf_node *value = node;
	int result = read_oid(extensions, conf_key(node), node, &out->oid, &out->critical, err);
	if (result)
		return result;
	if (bytes_equal(out->oid, OID_SUBJECT_ALT_NAME) ||
	    bytes_equal(out->oid, OID_SUBJECT_KEY_ID) ||
	    bytes_equal(out->oid, OID_AUTHORITY_KEY_ID))
		return conf_error(node, err, "this extension is the engine's own");
	if (conf_kind(node) == CONF_MAP) {
		value = conf_find(node, "value");
		if (conf_check_keys(node, keys, err) ||
		    conf_get_boolean(node, "critical", out->critical, &out->critical, err))
			return SIGNET_E_CONFIG;
		if (!value)
			return conf_error(node, err, "needs 'value'");
	}
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	result = encode_value(extensions, value, out->oid, &der, err);
	if (result)
		return result;
	return arena_bytes(extensions->arena, buffer_bytes(&der), &out->value) ? error_nomem(err)
	                                                                       : 0;
}

static int read_force(struct extensions *extensions, const struct conf_node *node,
                      struct error *err)
{
	if (!node)
		return 0;
	if (conf_expect(node, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	size_t count = conf_count(node);
	if (count > LIMIT_EXTENSIONS)
		return conf_error(node, err, "more than %d", LIMIT_EXTENSIONS);
	extensions->forced = arena_array(extensions->arena, count, sizeof *extensions->forced);
	if (!extensions->forced)
		return error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const struct conf_node *item = conf_item(node, i);
		int result = read_forced(extensions, item, &extensions->forced[i], err);
		if (result)
			return result;
		for (size_t k = 0; k < i; k++)
			if (bytes_equal(extensions->forced[k].oid, extensions->forced[i].oid))
				return conf_error(item, err, "this extension is there twice");
	}
	extensions->forced_count = count;
	return 0;
}

static int read_usages(struct extensions *extensions, const struct conf_node *node,
                       struct error *err)
{
	static const char *const choices[] = {"deny", "narrow", NULL};
	const struct conf_node *usages = conf_find(node, "key-usage"),
	                       *purposes = conf_find(node, "extended-key-usage"),
	                       *how = conf_find(node, "usages");
	int choice = 0;
	extensions->any_key_usage = !usages;
	extensions->any_purpose = !purposes;
	int result = usages ? read_key_usage(usages, &extensions->key_usage, err) : 0;
	if (result == 0 && purposes)
		result = read_purposes(extensions, purposes, &extensions->purposes,
		                       &extensions->purpose_count, err);
	if (result == 0 && how)
		result = conf_choice(how, choices, &choice, err);
	if (result == 0 && how && !usages && !purposes)
		result = conf_error(how, err, "needs 'key-usage' or 'extended-key-usage'");
	extensions->narrow = choice == 1;
	return result;
}

static int read_others(struct extensions *extensions, const struct conf_node *node,
                       struct error *err)
{
	static const char *const choices[] = {"deny", "strip", NULL};
	const struct conf_node *others = conf_find(node, "others");
	int choice = 0;
	if (others && conf_choice(others, choices, &choice, err))
		return SIGNET_E_CONFIG;
	if (others && !conf_find(node, "allow"))
		return conf_error(others, err, "needs 'allow'");
	extensions->any = !conf_find(node, "allow");
	extensions->strip_others = choice == 1;
	return 0;
}

/* What asks for nothing was meant to ask for something. */
static int check_whole(const struct extensions *extensions, const struct conf_node *node,
                       struct error *err)
{
	static const char *const lists[] = {"strip", "force", "require"};
	for (size_t i = 0; i < sizeof lists / sizeof *lists; i++) {
		const struct conf_node *list = conf_find(node, lists[i]);
		if (list && conf_count(list) == 0)
			return conf_error(list, err, "is empty");
	}
	if (extensions->any && extensions->any_key_usage && extensions->any_purpose &&
	    !extensions->stripped_count && !extensions->forced_count &&
	    !extensions->required_count)
		return conf_error(node, err, "asks for nothing");
	return 0;
}

int extensions_read(struct extensions *extensions, const struct conf_node *node,
                    struct error *err)
{
	int result = read_oids(extensions, conf_find(node, "allow"), false, &extensions->allowed,
	                       &extensions->allowed_count, err);
	if (result == 0)
		result = read_others(extensions, node, err);
	if (result == 0)
		result = read_oids(extensions, conf_find(node, "strip"), false,
		                   &extensions->stripped, &extensions->stripped_count, err);
	if (result == 0)
		result = read_force(extensions, conf_find(node, "force"), err);
	if (result == 0)
		result = read_oids(extensions, conf_find(node, "require"), true,
		                   &extensions->required, &extensions->required_count, err);
	if (result == 0)
		result = read_usages(extensions, node, err);
	return result ? result : check_whole(extensions, node, err);
}
