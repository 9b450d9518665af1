/*
 * The extensions' envelope and every handler: a value that a decoder takes is
 * what the encoder makes of it, where the decoder keeps all of it.
 */
#include <string.h>

#include "asn1/extension.h"
#include "asn1/oid.h"
#include "tests/fuzz/fuzz.h"

#define MAX (1u << 20)

static struct arena *arena;
static struct buffer out = BUFFER_MAX(MAX);

static void encodes_as(int result, struct bytes in)
{
	FUZZ_CHECK(result == 0 && bytes_equal(buffer_bytes(&out), in));
	buffer_clear(&out);
}

static void read_usages(struct bytes in)
{
	unsigned mask;
	bool ca;
	int path_length;
	struct bytes *oids;
	size_t count;
	if (key_usage_decode(in, &mask) == 0)
		encodes_as(key_usage_encode(&out, mask), in);
	if (basic_constraints_decode(in, &ca, &path_length) == 0)
		encodes_as(basic_constraints_encode(&out, ca, path_length), in);
	if (ext_key_usage_decode(arena, in, &oids, &count) == 0)
		encodes_as(ext_key_usage_encode(&out, oids, count), in);
}

static void read_key_ids(struct bytes in)
{
	struct bytes id;
	if (subject_key_id_decode(in, &id) == 0)
		encodes_as(subject_key_id_encode(&out, id), in);
	if (authority_key_id_decode(in, &id) == 0 && id.length) {
		FUZZ_CHECK(authority_key_id_encode(&out, id) == 0 && out.length <= in.length);
		buffer_clear(&out);
	}
}

static void read_alt_names(struct bytes in)
{
	struct error err = {0};
	struct general_name *names;
	size_t count;
	if (subject_alt_name_decode(arena, in, &names, &count, &err)) {
		FUZZ_CHECK(err.code && err.message[0]);
		return;
	}
	encodes_as(subject_alt_name_encode(&out, names, count), in);
	for (size_t i = 0; i < count; i++)
		FUZZ_CHECK(general_name_text(arena, &names[i]));
}

/* What these decoders give can be encoded, and decodes to as much. */
static void read_pointers(struct bytes in)
{
	struct bytes *uris;
	struct access_description *items;
	size_t count, again;
	if (crl_distribution_decode(arena, in, &uris, &count) == 0 && count) {
		const char *texts[LIMIT_EXTENSION_ITEMS];
		for (size_t i = 0; i < count; i++)
			FUZZ_CHECK((texts[i] = arena_text(arena, uris[i])));
		FUZZ_CHECK(crl_distribution_encode(&out, texts, count) == 0);
		FUZZ_CHECK(crl_distribution_decode(arena, buffer_bytes(&out), &uris, &again) == 0);
		FUZZ_CHECK(count == again);
		buffer_clear(&out);
	}
	if (authority_info_decode(arena, in, &items, &count) == 0 && count) {
		FUZZ_CHECK(authority_info_encode(&out, items, count) == 0);
		FUZZ_CHECK(authority_info_decode(arena, buffer_bytes(&out), &items, &again) == 0);
		FUZZ_CHECK(count == again);
		buffer_clear(&out);
	}
}

static void read_policies(struct bytes in)
{
	struct policy_information *items;
	size_t count, again;
	if (certificate_policies_decode(arena, in, &items, &count))
		return;
	FUZZ_CHECK(certificate_policies_encode(&out, items, count) == 0);
	FUZZ_CHECK(certificate_policies_decode(arena, buffer_bytes(&out), &items, &again) == 0);
	FUZZ_CHECK(count == again);
	buffer_clear(&out);
}

/* What our own encoder does not write is read of others: then it writes nothing. */
static void read_constraints(struct bytes in)
{
	struct name_constraints constraints;
	int require, inhibit, skip;
	if (name_constraints_decode(arena, in, &constraints) == 0) {
		if (name_constraints_encode(&out, &constraints) == 0)
			encodes_as(0, in);
		FUZZ_CHECK(out.length == 0);
	}
	if (policy_constraints_decode(in, &require, &inhibit) == 0)
		encodes_as(policy_constraints_encode(&out, require, inhibit), in);
	if (inhibit_any_policy_decode(in, &skip) == 0)
		encodes_as(inhibit_any_policy_encode(&out, skip), in);
}

static void read_features(struct bytes in)
{
	unsigned *features;
	size_t count;
	struct ms_template template;
	struct bytes sid;
	if (ocsp_nocheck_decode(in) == 0)
		encodes_as(ocsp_nocheck_encode(&out), in);
	if (tls_feature_decode(arena, in, &features, &count) == 0)
		encodes_as(tls_feature_encode(&out, features, count), in);
	if (ms_template_decode(in, &template) == 0)
		encodes_as(ms_template_encode(&out, &template), in);
	if (ms_sid_decode(in, &sid) == 0)
		encodes_as(ms_sid_encode(&out, sid), in);
}

static void describe(struct bytes in)
{
	static const struct bytes *const oids[] = {
		&OID_KEY_USAGE, &OID_BASIC_CONSTRAINTS, &OID_EXT_KEY_USAGE, &OID_SUBJECT_ALT_NAME,
		&OID_SUBJECT_KEY_ID, &OID_AUTHORITY_KEY_ID, &OID_CRL_DISTRIBUTION,
		&OID_AUTHORITY_INFO, &OID_CERTIFICATE_POLICIES, &OID_NAME_CONSTRAINTS,
		&OID_POLICY_CONSTRAINTS, &OID_INHIBIT_ANY_POLICY, &OID_OCSP_NOCHECK,
		&OID_TLS_FEATURE, &OID_MS_TEMPLATE, &OID_MS_SID, &OID_COMMON_NAME,
	};
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
		const struct extension extension = {*oids[i], false, in};
		int result = extension_describe(&out, &extension);
		FUZZ_CHECK(result == 0 || result == SIGNET_E_NOMEM || result == SIGNET_E_TOO_BIG);
		for (size_t k = 0; k < out.length; k++)
			FUZZ_CHECK(out.data[k] >= 0x20 || out.data[k] == '\n');
		buffer_clear(&out);
	}
}

static void read_envelope(struct bytes in)
{
	struct error err = {0};
	struct extension *extensions;
	size_t count;
	if (extensions_parse(arena, in, &extensions, &count, &err)) {
		FUZZ_CHECK(err.code && err.message[0]);
		return;
	}
	struct der_writer w = der_write(&out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		extension_put(&w, &extensions[i]);
	der_end(&w);
	encodes_as(der_writer_finish(&w), in);
	for (size_t i = 0; i < count; i++)
		describe(extensions[i].value);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct bytes in = {data, length};
	arena = arena_new(MAX * 8);
	FUZZ_CHECK(arena);
	read_usages(in);
	read_key_ids(in);
	read_alt_names(in);
	read_pointers(in);
	read_policies(in);
	read_constraints(in);
	read_features(in);
	describe(in);
	read_envelope(in);
	arena_free(arena);
	buffer_free(&out);
	return 0;
}
