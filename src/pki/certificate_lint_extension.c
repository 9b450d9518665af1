#include "pki/certificate_lint.h"

#include "asn1/oid.h"

/* subjectDirectoryAttributes and subjectInfoAccess, which Signet does not build */
static const struct bytes directory_attributes = {(const uint8_t[]){0x55, 0x1d, 0x09}, 3};
static const struct bytes subject_info = {
	(const uint8_t[]){0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x0b}, 8};

static int read_purposes(struct arena *arena, struct bytes value)
{
	struct bytes *oids;
	size_t count;
	return ext_key_usage_decode(arena, value, &oids, &count);
}

static int read_policies(struct arena *arena, struct bytes value)
{
	struct policy_information *items;
	size_t count;
	return certificate_policies_decode(arena, value, &items, &count);
}

static int read_points(struct arena *arena, struct bytes value)
{
	struct bytes *uris;
	size_t count;
	return crl_distribution_decode(arena, value, &uris, &count);
}

static int read_info(struct arena *arena, struct bytes value)
{
	struct access_description *items;
	size_t count;
	return authority_info_decode(arena, value, &items, &count);
}

static int read_name_constraints(struct arena *arena, struct bytes value)
{
	struct name_constraints constraints;
	return name_constraints_decode(arena, value, &constraints);
}

static int read_policy_constraints(struct arena *arena, struct bytes value)
{
	int require, inhibit;
	(void)arena;
	return policy_constraints_decode(value, &require, &inhibit);
}

static int read_inhibit_any_policy(struct arena *arena, struct bytes value)
{
	int skip;
	(void)arena;
	return inhibit_any_policy_decode(value, &skip);
}

static int read_nocheck(struct arena *arena, struct bytes value)
{
	(void)arena;
	return ocsp_nocheck_decode(value);
}

static int read_features(struct arena *arena, struct bytes value)
{
	unsigned *features;
	size_t count;
	return tls_feature_decode(arena, value, &features, &count);
}

static int read_template(struct arena *arena, struct bytes value)
{
	struct ms_template template;
	(void)arena;
	return ms_template_decode(value, &template);
}

static int read_sid(struct arena *arena, struct bytes value)
{
	struct bytes sid;
	(void)arena;
	return ms_sid_decode(value, &sid);
}

enum criticality { EITHER, ALWAYS, NEVER };

struct rule {
	const struct bytes *oid;
	const char *name, *section;
	enum criticality critical;
	bool for_ca;
	int (*read)(struct arena *arena, struct bytes value); /* NULL: any DER */
};

static const struct rule rules[] = {
	{&directory_attributes, "subjectDirectoryAttributes", "RFC 5280 section 4.2.1.8", NEVER,
	 false, NULL},
	{&OID_CERTIFICATE_POLICIES, "certificatePolicies", "RFC 5280 section 4.2.1.4", EITHER,
	 false, read_policies},
	{&OID_NAME_CONSTRAINTS, "nameConstraints", "RFC 5280 section 4.2.1.10", ALWAYS, true,
	 read_name_constraints},
	{&OID_POLICY_CONSTRAINTS, "policyConstraints", "RFC 5280 section 4.2.1.11", ALWAYS, true,
	 read_policy_constraints},
	{&OID_EXT_KEY_USAGE, "extKeyUsage", "RFC 5280 section 4.2.1.12", EITHER, false,
	 read_purposes},
	{&OID_CRL_DISTRIBUTION, "cRLDistributionPoints", "RFC 5280 section 4.2.1.13", EITHER,
	 false, read_points},
	{&OID_INHIBIT_ANY_POLICY, "inhibitAnyPolicy", "RFC 5280 section 4.2.1.14", ALWAYS, true,
	 read_inhibit_any_policy},
	{&OID_FRESHEST_CRL, "freshestCRL", "RFC 5280 section 4.2.1.15", NEVER, false, read_points},
	{&OID_AUTHORITY_INFO, "authorityInfoAccess", "RFC 5280 section 4.2.2.1", NEVER, false,
	 read_info},
	{&subject_info, "subjectInfoAccess", "RFC 5280 section 4.2.2.2", NEVER, false, NULL},
	{&OID_OCSP_NOCHECK, "ocspNoCheck", "RFC 6960 section 4.2.2.2.1", NEVER, false,
	 read_nocheck},
	{&OID_TLS_FEATURE, "tlsFeature", "RFC 7633", NEVER, false, read_features},
	{&OID_MS_TEMPLATE, "msCertificateTemplate", "[MS-WCCE] section 2.2.2.7.7.2", EITHER, false,
	 read_template},
	{&OID_MS_SID, "msSecurityIdentifier", "[MS-WCCE] section 2.2.2.7.7.4", EITHER, false,
	 read_sid},
};

static int refuse(struct error *err, const struct rule *rule, const char *what)
{
	return error_set(err, SIGNET_E_INVALID, "%s %s (%s)", rule->name, what, rule->section);
}

static int check(struct arena *arena, const struct rule *rule, const struct extension *extension,
                 bool ca, struct error *err)
{
	if (rule->critical == ALWAYS && !extension->critical)
		return refuse(err, rule, "must be critical");
	if (rule->critical == NEVER && extension->critical)
		return refuse(err, rule, "must not be critical");
	if (rule->for_ca && !ca)
		return refuse(err, rule, "is for CAs only");
	int result = rule->read ? rule->read(arena, extension->value) : 0;
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? refuse(err, rule, "is broken") : 0;
}

int certificate_lint_extension(struct arena *arena, const struct extension *extension, bool ca,
                   struct error *err)
{
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
		if (bytes_equal(*rules[i].oid, extension->oid))
			return check(arena, &rules[i], extension, ca, err);
	return 0;
}
