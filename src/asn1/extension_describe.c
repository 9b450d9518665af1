#include "asn1/extension.h"

#include "asn1/der_describe.h"
#include "asn1/extension_describe.h"
#include "asn1/oid.h"
#include "base/encoding.h"

/* The texts of a value of LIMIT_CERTIFICATE octets. */
#define DESCRIBE_MEMORY (1u << 20)

void describe_divider(struct buffer *out, size_t index, const char *divider)
{
	if (index > 0)
		buffer_append_text(out, divider);
}

static int describe_key_usage(struct buffer *out, struct arena *arena, struct bytes value)
{
	unsigned mask;
	size_t shown = 0;
	(void)arena;
	int result = key_usage_decode(value, &mask);
	if (result)
		return result;
	for (unsigned i = 0; key_usage_names[i]; i++) {
		if (!(mask >> i & 1))
			continue;
		describe_divider(out, shown++, ", ");
		buffer_append_text(out, key_usage_names[i]);
	}
	return 0;
}

static int describe_basic(struct buffer *out, struct arena *arena, struct bytes value)
{
	bool ca;
	int path_length;
	(void)arena;
	int result = basic_constraints_decode(value, &ca, &path_length);
	if (result)
		return result;
	buffer_append_text(out, ca ? "ca" : "not a ca");
	if (path_length != PATH_LENGTH_NONE)
		buffer_printf(out, ", path length %d", path_length);
	return 0;
}

static int describe_ext_key_usage(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct bytes *oids;
	size_t count;
	int result = ext_key_usage_decode(arena, value, &oids, &count);
	if (result)
		return result;
	for (size_t i = 0; i < count; i++) {
		describe_divider(out, i, ", ");
		if (der_describe_oid(out, arena, oids[i]))
			return SIGNET_E_NOMEM;
	}
	return 0;
}

static int describe_alt_name(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct general_name *names;
	size_t count;
	int result = subject_alt_name_decode(arena, value, &names, &count, NULL);
	if (result)
		return result;
	for (size_t i = 0; i < count; i++) {
		const char *text = general_name_text(arena, &names[i]);
		if (!text)
			return SIGNET_E_NOMEM;
		describe_divider(out, i, "\n");
		buffer_append_text(out, general_name_kind_name(names[i].kind));
		buffer_append_octet(out, ':');
		buffer_append_text(out, text);
	}
	return 0;
}

static int describe_subject_key(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct bytes key_id;
	(void)arena;
	int result = subject_key_id_decode(value, &key_id);
	return result ? result : hex_encode(out, key_id);
}

static int describe_authority_key(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct bytes key_id;
	(void)arena;
	int result = authority_key_id_decode(value, &key_id);
	if (result)
		return result;
	return key_id.length ? hex_encode(out, key_id)
	                     : buffer_append_text(out, "no key identifier");
}

static int describe_crl_distribution(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct bytes *uris;
	size_t count;
	int result = crl_distribution_decode(arena, value, &uris, &count);
	if (result)
		return result;
	for (size_t i = 0; i < count; i++) {
		describe_divider(out, i, "\n");
		buffer_append_bytes(out, uris[i]);
	}
	return count ? 0 : buffer_append_text(out, "no URI");
}

static int describe_authority_info(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct access_description *items;
	size_t count;
	int result = authority_info_decode(arena, value, &items, &count);
	if (result)
		return result;
	for (size_t i = 0; i < count; i++) {
		describe_divider(out, i, "\n");
		if (der_describe_oid(out, arena, items[i].method))
			return SIGNET_E_NOMEM;
		buffer_append_octet(out, ' ');
		buffer_append_bytes(out, items[i].uri);
	}
	return count ? 0 : buffer_append_text(out, "no URI");
}

static int describe_policies(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct policy_information *items;
	size_t count;
	int result = certificate_policies_decode(arena, value, &items, &count);
	if (result)
		return result;
	for (size_t i = 0; i < count; i++) {
		describe_divider(out, i, "\n");
		if (der_describe_oid(out, arena, items[i].oid))
			return SIGNET_E_NOMEM;
		if (items[i].cps)
			buffer_printf(out, " cps %s", items[i].cps);
		if (items[i].notice)
			buffer_printf(out, " notice \"%s\"", items[i].notice);
	}
	return 0;
}

static const struct {
	const struct bytes *oid;
	int (*describe)(struct buffer *out, struct arena *arena, struct bytes value);
} handlers[] = {
	{&OID_KEY_USAGE, describe_key_usage},
	{&OID_BASIC_CONSTRAINTS, describe_basic},
	{&OID_EXT_KEY_USAGE, describe_ext_key_usage},
	{&OID_SUBJECT_ALT_NAME, describe_alt_name},
	{&OID_SUBJECT_KEY_ID, describe_subject_key},
	{&OID_AUTHORITY_KEY_ID, describe_authority_key},
	{&OID_CRL_DISTRIBUTION, describe_crl_distribution},
	{&OID_AUTHORITY_INFO, describe_authority_info},
	{&OID_CERTIFICATE_POLICIES, describe_policies},
	{&OID_FRESHEST_CRL, describe_crl_distribution},
	{&OID_NAME_CONSTRAINTS, describe_name_constraints},
	{&OID_POLICY_CONSTRAINTS, describe_policy_constraints},
	{&OID_INHIBIT_ANY_POLICY, describe_inhibit_any_policy},
	{&OID_OCSP_NOCHECK, describe_ocsp_nocheck},
	{&OID_TLS_FEATURE, describe_tls_feature},
	{&OID_MS_TEMPLATE, describe_ms_template},
	{&OID_MS_SID, describe_ms_sid},
	{&OID_CRL_NUMBER, describe_crl_number},
	{&OID_DELTA_CRL, describe_crl_number},
	{&OID_ISSUING_POINT, describe_issuing_point},
	{&OID_CRL_REASON, describe_crl_reason},
	{&OID_INVALIDITY_DATE, describe_invalidity_date},
};

/* SIGNET_E_INVALID: there is no handler, or the value is not what it decodes. */
static int describe_by_handler(struct buffer *out, struct arena *arena,
                               const struct extension *extension)
{
	for (size_t i = 0; i < sizeof handlers / sizeof *handlers; i++)
		if (bytes_equal(*handlers[i].oid, extension->oid))
			return handlers[i].describe(out, arena, extension->value);
	return SIGNET_E_INVALID;
}

int extension_describe(struct buffer *out, const struct extension *extension)
{
	struct arena *arena = arena_new(DESCRIBE_MEMORY);
	if (!arena)
		return SIGNET_E_NOMEM;
	size_t start = out->length;
	int result = describe_by_handler(out, arena, extension);
	if (result && result != SIGNET_E_NOMEM && !out->error) {
		out->length = start;
		result = der_describe(out, arena, extension->value);
	}
	arena_free(arena);
	if (result == SIGNET_E_NOMEM || out->error)
		return out->error ? out->error : result;
	return result ? hex_encode(out, extension->value) : 0;
}
