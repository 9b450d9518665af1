#include "signetctl/authority.h"

#include "asn1/extension.h"
#include "asn1/oid.h"

#define VALUE_MAX 512

/* The extensions of a CA certificate (RFC 5280 section 4.2.1), and where their values are kept. */
struct ca_extensions {
	struct buffer values[4];
	struct extension list[4];
	size_t count;
};

static void extensions_clear(struct ca_extensions *set)
{
	for (size_t i = 0; i < sizeof set->values / sizeof *set->values; i++)
		buffer_free(&set->values[i]);
}

static void extension_add(struct ca_extensions *set, struct bytes oid, bool critical)
{
	struct buffer *value = &set->values[set->count];
	set->list[set->count++] = (struct extension){oid, critical, buffer_bytes(value)};
}

static int extensions_make(struct ca_extensions *set, int path_length, const struct pubkey *key,
                           const struct pubkey *issuer)
{
	uint8_t key_id[20], issuer_id[20];
	int result = 0;
	*set = (struct ca_extensions){0};
	for (size_t i = 0; i < sizeof set->values / sizeof *set->values; i++)
		set->values[i] = BUFFER_MAX(VALUE_MAX);
	if ((result = basic_constraints_encode(&set->values[0], true, path_length)))
		return result;
	extension_add(set, OID_BASIC_CONSTRAINTS, true);
	if ((result = key_usage_encode(&set->values[1], KU_KEY_CERT_SIGN | KU_CRL_SIGN)))
		return result;
	extension_add(set, OID_KEY_USAGE, true);
	pubkey_id(key, key_id);
	if ((result = subject_key_id_encode(&set->values[2], BYTES_OF(key_id))))
		return result;
	extension_add(set, OID_SUBJECT_KEY_ID, false);
	if (!issuer)
		return 0;
	pubkey_id(issuer, issuer_id);
	if ((result = authority_key_id_encode(&set->values[3], BYTES_OF(issuer_id))))
		return result;
	extension_add(set, OID_AUTHORITY_KEY_ID, false);
	return 0;
}

int authority_certificate(struct buffer *out, const struct authority_plan *plan,
                          const struct key *key, const struct certificate *issuer,
                          const struct key *issuer_key, struct error *err)
{
	struct ca_extensions set;
	uint8_t serial[SERIAL_SIZE];
	const struct key *signer = issuer_key ? issuer_key : key;
	int result = extensions_make(&set, plan->path_length, key_public(key), key_public(signer));
	if (result || (result = serial_make(serial))) {
		error_set(err, result, "cannot encode the CA certificate");
		goto out;
	}
	struct certificate_template template = {
		.serial = BYTES_OF(serial),
		.issuer = issuer ? issuer->subject : plan->subject,
		.subject = plan->subject,
		.not_before = plan->not_before,
		.not_after = plan->not_after,
		.spki = pubkey_spki(key_public(key)),
		.extensions = set.list,
		.extension_count = set.count,
	};
	result = certificate_lint(&template, err);
	if (!result)
		result = certificate_build(out, &template, signer, err);
out:
	extensions_clear(&set);
	return result;
}

int authority_request(struct buffer *out, struct bytes subject, const struct key *key,
                      struct error *err)
{
	struct ca_extensions set;
	int result = extensions_make(&set, PATH_LENGTH_NONE, key_public(key), NULL);
	if (result)
		error_set(err, result, "cannot encode the certification request");
	else
		result = csr_build(out, key, subject, set.list, set.count, err);
	extensions_clear(&set);
	return result;
}
