/* Extensions of a profile that have no key of their own: `extensions`, each by its OID and the hex of
 * its value, or spelled in ASN.1. */
#include "asn1/der_primitive.h"
#include "asn1/oid.h"
#include "base/encoding.h"
#include "engine/profile_private.h"

/* ---- values in ASN.1 ---- */

/* Private: they call each other. A value is a map of one key, its type. */
static int put_value(const struct profile_reader *r, const struct conf_node *node,
                     struct der_writer *w);

static int put_primitive(const struct profile_reader *r, const struct conf_node *node,
                         struct der_writer *w)
{
	const char *text = "", *type = conf_key(node);
	struct error why = {0};
	bool empty = strcmp(type, "null") == 0 && conf_kind(node) == CONF_SCALAR &&
	             conf_text(node, &text, NULL); /* a value of none is none */
	if (!empty && conf_text(node, &text, r->err))
		return SIGNET_E_CONFIG;
	int result = der_put_primitive(w, type, text, &why);
	return result == SIGNET_E_INVALID ? conf_error(node, r->err, "%s", why.message) : 0;
}

static int put_list(const struct profile_reader *r, const struct conf_node *node,
                    struct der_writer *w, bool is_set)
{
	if (conf_expect(node, CONF_LIST, r->err))
		return SIGNET_E_CONFIG;
	der_begin(w, is_set ? DER_SET : DER_SEQUENCE);
	for (size_t i = 0; i < conf_count(node); i++) {
		int result = put_value(r, conf_item(node, i), w);
		if (result)
			return result;
	}
	if (is_set)
		der_end_set(w);
	else
		der_end(w);
	return 0;
}

/* The tag takes the place of the value's own, which stays primitive or constructed. */
static int put_implicit(const struct profile_reader *r, const struct conf_node *value,
                        struct der_writer *w, uint8_t tag)
{
	_cleanup_buffer_ struct buffer inside = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct der_writer writer = der_write(&inside);
	struct bytes content;
	uint8_t own;
	int result = put_value(r, value, &writer);
	if (result)
		return result;
	struct der der = der_open(buffer_bytes(&inside));
	if (der_writer_finish(&writer) || der_any(&der, &own, &content, NULL)) {
		if (!w->out->error)
			w->out->error = inside.error ? inside.error : SIGNET_E_INTERNAL;
		return 0;
	}
	bool constructed = own & 0x20;
	der_put(w, constructed ? DER_CONTEXT_CONSTRUCTED(tag) : DER_CONTEXT(tag), content);
	return 0;
}

static int put_tagged(const struct profile_reader *r, const struct conf_node *node,
                      struct der_writer *w, bool is_implicit)
{
	static const char *const known[] = {"tag", "value", NULL};
	const struct conf_node *value = conf_find(node, "value");
	int64_t tag;
	if (conf_check_keys(node, known, r->err))
		return SIGNET_E_CONFIG;
	if (!value || !conf_find(node, "tag"))
		return conf_error(node, r->err, "the key '%s' is missing", value ? "tag" : "value");
	if (conf_integer(conf_find(node, "tag"), 0, 30, &tag, r->err))
		return SIGNET_E_CONFIG;
	if (is_implicit)
		return put_implicit(r, value, w, (uint8_t)tag);
	der_begin(w, (uint8_t)DER_CONTEXT_CONSTRUCTED(tag));
	int result = put_value(r, value, w);
	if (result == 0)
		der_end(w);
	return result;
}

/* An OCTET STRING around a value. */
static int put_wrapped(const struct profile_reader *r, const struct conf_node *value,
                       struct der_writer *w)
{
	der_begin(w, DER_OCTET_STRING);
	int result = put_value(r, value, w);
	if (result == 0)
		der_end(w);
	return result;
}

static int put_value(const struct profile_reader *r, const struct conf_node *node,
                     struct der_writer *w)
{
	if (conf_expect(node, CONF_MAP, r->err))
		return SIGNET_E_CONFIG;
	if (conf_count(node) != 1)
		return conf_error(node, r->err, "a value is a map of one type, such as {utf8: text}");
	const struct conf_node *value = conf_item(node, 0);
	const char *type = conf_key(value);
	if (strcmp(type, "sequence") == 0 || strcmp(type, "set") == 0)
		return put_list(r, value, w, strcmp(type, "set") == 0);
	if (strcmp(type, "explicit") == 0 || strcmp(type, "implicit") == 0)
		return put_tagged(r, value, w, strcmp(type, "implicit") == 0);
	if (strcmp(type, "octets") == 0 && conf_kind(value) == CONF_MAP)
		return put_wrapped(r, value, w);
	if (der_primitive_is(type))
		return put_primitive(r, value, w);
	return conf_error(value, r->err, "there is no such type");
}

/* ---- the list ---- */

/* Those that have a key of their own, or are the engine's. */
static const char *find_key(struct bytes oid)
{
	const struct {
		struct bytes oid;
		const char *key;
	} keys[] = {
		{OID_SUBJECT_ALT_NAME, "names"}, {OID_KEY_USAGE, "key-usage"},
		{OID_EXT_KEY_USAGE, "extended-key-usage"},
		{OID_BASIC_CONSTRAINTS, "basic-constraints"},
		{OID_NAME_CONSTRAINTS, "name-constraints"}, {OID_CERTIFICATE_POLICIES, "policies"},
		{OID_POLICY_CONSTRAINTS, "policy-constraints"},
		{OID_INHIBIT_ANY_POLICY, "inhibit-any-policy"}, {OID_CRL_DISTRIBUTION, "urls"},
		{OID_FRESHEST_CRL, "urls"}, {OID_AUTHORITY_INFO, "urls"},
		{OID_OCSP_NOCHECK, "ocsp-no-check"}, {OID_TLS_FEATURE, "tls-feature"},
		{OID_MS_TEMPLATE, "ms-template"}, {OID_MS_SID, "ms-sid"},
		{OID_SUBJECT_KEY_ID, ""}, {OID_AUTHORITY_KEY_ID, ""}};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		if (bytes_equal(keys[i].oid, oid))
			return keys[i].key;
	return NULL;
}

static int read_oid(const struct profile_reader *r, const struct conf_node *entry,
                    struct bytes *out)
{
	const struct conf_node *node = conf_find(entry, "oid");
	if (!node)
		return conf_error(entry, r->err, "the key 'oid' is missing");
	int result = profile_read_oid(r, node, out);
	if (result)
		return result;
	const char *key = find_key(*out);
	if (key && !*key)
		return conf_error(node, r->err, "key identifiers are made by the engine");
	return key ? conf_error(node, r->err, "%s has a key of its own, '%s'", oid_name(*out), key)
	           : 0;
}

static int read_hex(const struct profile_reader *r, const struct conf_node *node,
                    struct buffer *value)
{
	const char *text;
	if (conf_text(node, &text, r->err))
		return SIGNET_E_CONFIG;
	int result = hex_decode(value, bytes_text(text));
	if (result == SIGNET_E_INVALID)
		return conf_error(node, r->err, "not hex digits in pairs");
	struct der der = der_open(buffer_bytes(value));
	if (!value->error &&
	    (der_check(buffer_bytes(value)) || der_any(&der, NULL, NULL, NULL) || der_finish(&der)))
		return conf_error(node, r->err, "not one element of DER");
	return 0;
}

static int read_value(const struct profile_reader *r, const struct conf_node *entry,
                      struct buffer *value)
{
	const struct conf_node *hex = conf_find(entry, "hex"), *asn1 = conf_find(entry, "asn1");
	if (!hex == !asn1)
		return conf_error(entry, r->err, "either 'hex' or 'asn1' says the value");
	if (hex)
		return read_hex(r, hex, value);
	struct der_writer w = der_write(value);
	int result = put_value(r, asn1, &w);
	if (result == 0 && der_writer_finish(&w) == SIGNET_E_INTERNAL)
		return conf_error(asn1, r->err, "nested deeper than %d", LIMIT_DER_DEPTH);
	return result;
}

static int read_extension(const struct profile_reader *r, const struct conf_node *entry)
{
	static const char *const known[] = {"oid", "critical", "hex", "asn1", NULL};
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct bytes oid;
	bool critical;
	if (conf_check_keys(entry, known, r->err) ||
	    conf_get_boolean(entry, "critical", false, &critical, r->err))
		return SIGNET_E_CONFIG;
	int result = read_oid(r, entry, &oid);
	if (result == 0)
		result = read_value(r, entry, &value);
	return result ? result : profile_add(r, entry, oid, critical, &value);
}

int profile_read_others(const struct profile_reader *r)
{
	const struct conf_node *node = conf_find(r->map, "extensions");
	if (!node)
		return 0;
	if (conf_expect(node, CONF_LIST, r->err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < conf_count(node); i++) {
		int result = read_extension(r, conf_item(node, i));
		if (result)
			return result;
	}
	return 0;
}
