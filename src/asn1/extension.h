/*
 * Certificate extensions (RFC 5280 section 4.2): the envelope, and a handler
 * for each kind with encode and decode. An encode function appends the
 * extension's value (what the OCTET STRING holds), or nothing and returns
 * SIGNET_E_INVALID for what RFC 5280 forbids (an empty list, a URI that is
 * none); a decode function is strict and takes that value: SIGNET_E_INVALID,
 * SIGNET_E_TOO_BIG over LIMIT_EXTENSION_ITEMS, SIGNET_E_NOMEM.
 */
#ifndef SIGNET_ASN1_EXTENSION_H
#define SIGNET_ASN1_EXTENSION_H

#include "asn1/general_name.h"

struct extension {
	struct bytes oid;   /* content octets */
	bool critical;
	struct bytes value; /* DER inside the OCTET STRING */
};

/* SEQUENCE OF Extension. Each OID at most once (RFC 5280 section 4.2), at most LIMIT_EXTENSIONS,
 * DEFAULT FALSE not encoded. */
int extensions_parse(struct arena *arena, struct bytes der, struct extension **out, size_t *count,
                     struct error *err);
void extension_put(struct der_writer *w, const struct extension *extension);

/* keyUsage: bit n of the mask is named bit n of RFC 5280 section 4.2.1.3. */
enum key_usage {
	KU_DIGITAL_SIGNATURE = 1 << 0,
	KU_NON_REPUDIATION = 1 << 1,
	KU_KEY_ENCIPHERMENT = 1 << 2,
	KU_DATA_ENCIPHERMENT = 1 << 3,
	KU_KEY_AGREEMENT = 1 << 4,
	KU_KEY_CERT_SIGN = 1 << 5,
	KU_CRL_SIGN = 1 << 6,
	KU_ENCIPHER_ONLY = 1 << 7,
	KU_DECIPHER_ONLY = 1 << 8,
};
int key_usage_encode(struct buffer *out, unsigned mask);
int key_usage_decode(struct bytes value, unsigned *mask);
/* "digital-signature", ...; NULL-ended, in the order of the bits. */
extern const char *const key_usage_names[];

#define PATH_LENGTH_NONE (-1)
int basic_constraints_encode(struct buffer *out, bool ca, int path_length);
int basic_constraints_decode(struct bytes value, bool *ca, int *path_length);

int ext_key_usage_encode(struct buffer *out, const struct bytes *oids, size_t count);
int ext_key_usage_decode(struct arena *arena, struct bytes value, struct bytes **oids,
                         size_t *count);
/* The purpose of this name ("server-auth", "any", ...), or of any dotted form, which is encoded into
 * the arena. SIGNET_E_INVALID for another text. */
int ext_key_usage_from_text(struct arena *arena, const char *text, struct bytes *oid);

int subject_alt_name_encode(struct buffer *out, const struct general_name *names, size_t count);
int subject_alt_name_decode(struct arena *arena, struct bytes value, struct general_name **names,
                            size_t *count, struct error *err);

int subject_key_id_encode(struct buffer *out, struct bytes key_id);
int subject_key_id_decode(struct bytes value, struct bytes *key_id);
/* keyIdentifier only; the decoder skips authorityCertIssuer and authorityCertSerialNumber and
 * gives BYTES_NONE when there is no keyIdentifier. */
int authority_key_id_encode(struct buffer *out, struct bytes key_id);
int authority_key_id_decode(struct bytes value, struct bytes *key_id);

/* fullName URIs, one distribution point each; the decoder gives the URIs of all points, which may
 * be none, and skips names of other kinds. */
int crl_distribution_encode(struct buffer *out, const char *const *uris, size_t count);
int crl_distribution_decode(struct arena *arena, struct bytes value, struct bytes **uris,
                            size_t *count);

struct access_description {
	struct bytes method; /* OID_AD_OCSP, OID_AD_CA_ISSUERS, ... */
	struct bytes uri;
};
/* The decoder skips locations that are no URI. */
int authority_info_encode(struct buffer *out, const struct access_description *items,
                          size_t count);
int authority_info_decode(struct arena *arena, struct bytes value,
                          struct access_description **items, size_t *count);

struct policy_information {
	struct bytes oid;
	const char *cps;    /* URI or NULL */
	const char *notice; /* explicitText, UTF-8, at most 200 characters, or NULL */
};
int certificate_policies_encode(struct buffer *out, const struct policy_information *items,
                                size_t count);
int certificate_policies_decode(struct arena *arena, struct bytes value,
                                struct policy_information **items, size_t *count);

/* nameConstraints (RFC 5280 section 4.2.1.10). The base of a subtree: dns "example.com" (it and all
 * below) or "" (all); email a mailbox, "host" or ".domain"; uri "host" or ".domain"; ip 8 or 32 octets,
 * address and mask; directory a Name. minimum 0 and no maximum, as the RFC lays down; at most
 * LIMIT_SUBTREES each. A base of another kind than these five is refused by the encoder and kept by
 * the decoder, which also takes what others write: dns ".domain", an empty email or uri base. */
struct name_constraints {
	struct general_name *permitted, *excluded;
	size_t permitted_count, excluded_count;
};
int name_constraints_encode(struct buffer *out, const struct name_constraints *constraints);
int name_constraints_decode(struct arena *arena, struct bytes value,
                            struct name_constraints *out);
/* Whether this subject and these alternative names may stand under the constraints: an empty subject
 * is not judged; its emailAddress is judged as email, and, stricter than the RFC but as verifiers do,
 * a common name that looks like a host name or an address is judged as one. A wildcard must lie
 * wholly in what is permitted and must not touch what is excluded; an IPv4-mapped IPv6 address is judged
 * as both. A name of a kind that is constrained in a way that cannot be applied is refused.
 * SIGNET_E_BAD_NAME names it; SIGNET_E_NOMEM. */
int name_constraints_check(const struct name_constraints *constraints, struct arena *arena,
                           struct bytes subject, const struct general_name *names, size_t count,
                           struct error *err);
/* A base as text: "dns:example.com", "email:.example.com", "uri:www.example.com", "ip:10.0.0.0/8",
 * "directory:O=Example,C=DE". SIGNET_E_BAD_NAME says what is wrong. */
int name_constraint_from_text(struct arena *arena, const char *text, struct general_name *out,
                              struct error *err);
/* The reverse; NULL without memory or for a value that is not of its kind. */
char *name_constraint_text(struct arena *arena, const struct general_name *base);

/* freshestCRL has the shape of cRLDistributionPoints: crl_distribution_encode and _decode. */

/* id-pkix-ocsp-nocheck (RFC 6960 section 4.2.2.2.1): NULL. */
int ocsp_nocheck_encode(struct buffer *out);
int ocsp_nocheck_decode(struct bytes value);

/* TLS feature (RFC 7633): numbers of TLS extensions; status_request 5 is "must-staple". */
int tls_feature_encode(struct buffer *out, const unsigned *features, size_t count);
int tls_feature_decode(struct arena *arena, struct bytes value, unsigned **features,
                       size_t *count);

/* Microsoft certificate template ([MS-WCCE] section 2.2.2.7.7.2): template OID and version of 32
 * bits each; -1: not there, and no minor without major. */
struct ms_template {
	struct bytes oid;
	int64_t major, minor;
};
int ms_template_encode(struct buffer *out, const struct ms_template *template);
int ms_template_decode(struct bytes value, struct ms_template *out);

/* Microsoft security identifier (szOID_NTDS_CA_SECURITY_EXT, [MS-WCCE] section 2.2.2.7.7.4):
 * "S-1-5-21-..." as octets of an otherName. */
int ms_sid_encode(struct buffer *out, struct bytes sid);
int ms_sid_decode(struct bytes value, struct bytes *sid);

/* policyConstraints (section 4.2.1.11), inhibitAnyPolicy (4.2.1.14); -1: not there. */
int policy_constraints_encode(struct buffer *out, int require_explicit, int inhibit_mapping);
int policy_constraints_decode(struct bytes value, int *require_explicit, int *inhibit_mapping);
int inhibit_any_policy_encode(struct buffer *out, int skip);
int inhibit_any_policy_decode(struct bytes value, int *skip);

/* cRLNumber and deltaCRLIndicator (RFC 5280 sections 5.2.3, 5.2.4): up to 64 bits; SIGNET_E_TOO_BIG from
 * the decoder for more. */
int crl_number_encode(struct buffer *out, uint64_t number);
int crl_number_decode(struct bytes value, uint64_t *number);

/* issuingDistributionPoint (section 5.2.5): fullName of at least one URI, and no restriction. A certificate
 * is in the scope whose distribution point has one of them. */
struct issuing_point {
	struct bytes *uris;   /* of fullName; may be none */
	size_t uri_count;
	bool users_only, authorities_only, attributes_only, indirect, some_reasons;
};
int issuing_point_encode(struct buffer *out, const char *const *uris, size_t count);
int issuing_point_decode(struct arena *arena, struct bytes value, struct issuing_point *out);

/* reasonCode (section 5.3.1): 1 to 10 but 7; 0, unspecified, is decoded and never encoded. */
bool crl_reason_is(unsigned reason);
int crl_reason_encode(struct buffer *out, unsigned reason);
int crl_reason_decode(struct bytes value, unsigned *reason);

/* invalidityDate (section 5.3.2): always GeneralizedTime. */
int invalidity_date_encode(struct buffer *out, int64_t date);
int invalidity_date_decode(struct bytes value, int64_t *date);

/* One line (or several, divided by "\n") that says what the value means, through its decoder; for an
 * extension without a handler or with a broken value its DER as der_describe has it, or hex where it
 * is none. */
int extension_describe(struct buffer *out, const struct extension *extension);

#endif
