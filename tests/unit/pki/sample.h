/*
 * A certificate template that keeps every rule, for tests that break one.
 */
#ifndef SIGNET_TESTS_PKI_SAMPLE_H
#define SIGNET_TESTS_PKI_SAMPLE_H

#include "tests/unit/data.h"

#include "asn1/oid.h"
#include "pki/certificate.h"

/* The places of the extensions in a sample. */
enum { BASIC, USAGE, PURPOSE, NAMES, SUBJECT_KEY, AUTHORITY_KEY, POINTS, INFO, POLICIES, EXTENSIONS };

struct sample {
	struct key *ca, *leaf;
	struct extension extensions[EXTENSIONS];
	struct certificate_template template;
};

static inline struct key *sample_key(const char *name)
{
	struct key *key = NULL;
	struct error err = {0};
	const char *path = arena_printf(arena, "good/keys/%s.pem", name);
	if (key_from_pem(&key, data_read(path), NULL, &err))
		fail_msg("%s: %s", name, err.message);
	return key;
}

static inline struct bytes sample_name(const char *text)
{
	struct bytes name = BYTES_NONE;
	assert_int_equal(name_from_text(arena, text, &name, NULL), 0);
	return name;
}

/* What an encoder wrote, in the arena. */
static inline struct bytes sample_keep(struct buffer *buffer, int result)
{
	struct bytes value = BYTES_NONE;
	assert_int_equal(result, 0);
	assert_int_equal(arena_bytes(arena, buffer_bytes(buffer), &value), 0);
	buffer_free(buffer);
	return value;
}

static inline void sample_key_ids(struct sample *s)
{
	struct buffer out = BUFFER_MAX(1000);
	uint8_t id[20];
	pubkey_id(key_public(s->leaf), id);
	s->extensions[SUBJECT_KEY] = (struct extension){
		OID_SUBJECT_KEY_ID, false,
		sample_keep(&out, subject_key_id_encode(&out, BYTES_OF(id)))};
	pubkey_id(key_public(s->ca), id);
	s->extensions[AUTHORITY_KEY] = (struct extension){
		OID_AUTHORITY_KEY_ID, false,
		sample_keep(&out, authority_key_id_encode(&out, BYTES_OF(id)))};
}

static inline void sample_access(struct sample *s)
{
	static const char *const points[] = {"http://ca.example.com/crl"};
	const struct access_description access = {OID_AD_CA_ISSUERS,
	                                          bytes_text("http://ca.example.com/ca.der")};
	const struct policy_information policy = {.oid = hex("2a0304"),
	                                          .cps = "http://ca.example.com/cps"};
	struct buffer out = BUFFER_MAX(1000);
	s->extensions[POINTS] = (struct extension){
		OID_CRL_DISTRIBUTION, false,
		sample_keep(&out, crl_distribution_encode(&out, points, 1))};
	s->extensions[INFO] = (struct extension){
		OID_AUTHORITY_INFO, false,
		sample_keep(&out, authority_info_encode(&out, &access, 1))};
	s->extensions[POLICIES] = (struct extension){
		OID_CERTIFICATE_POLICIES, false,
		sample_keep(&out, certificate_policies_encode(&out, &policy, 1))};
}

static inline void sample_usages(struct sample *s)
{
	struct buffer out = BUFFER_MAX(1000);
	const struct general_name names[] = {
		{GN_DNS, bytes_text("example.com")},
		{GN_DNS, bytes_text("*.example.org")},
		{GN_IP, hex("c0000201")},
		{GN_EMAIL, bytes_text("a@example.com")},
		{GN_URI, bytes_text("https://example.com/")},
	};
	s->extensions[BASIC] = (struct extension){
		OID_BASIC_CONSTRAINTS, true,
		sample_keep(&out, basic_constraints_encode(&out, false, PATH_LENGTH_NONE))};
	s->extensions[USAGE] = (struct extension){
		OID_KEY_USAGE, true,
		sample_keep(&out, key_usage_encode(&out, KU_DIGITAL_SIGNATURE))};
	s->extensions[PURPOSE] = (struct extension){
		OID_EXT_KEY_USAGE, false,
		sample_keep(&out, ext_key_usage_encode(&out, &OID_SERVER_AUTH, 1))};
	s->extensions[NAMES] = (struct extension){
		OID_SUBJECT_ALT_NAME, false,
		sample_keep(&out, subject_alt_name_encode(&out, names, 5))};
}

static inline void sample_free(struct sample *s)
{
	key_free(s->ca);
	key_free(s->leaf);
}

/* A server's certificate for the key p-256-other; ca: a file of tests/data/good/keys. */
static inline void sample_make(struct sample *s, const char *ca)
{
	memset(s, 0, sizeof *s);
	s->ca = sample_key(ca);
	s->leaf = sample_key("p-256-other");
	sample_key_ids(s);
	sample_access(s);
	sample_usages(s);
	s->template = (struct certificate_template){
		.serial = hex("4100000000008000000000000000000000000001"),
		.issuer = sample_name("CN=Issuing CA,O=Example"),
		.subject = sample_name("CN=example.com,O=B\xc3\xa4r"),
		.not_before = 1767225600, /* 2026-01-01 */
		.not_after = 1775001600,
		.spki = pubkey_spki(key_public(s->leaf)),
		.extensions = s->extensions,
		.extension_count = EXTENSIONS,
	};
}

#endif
