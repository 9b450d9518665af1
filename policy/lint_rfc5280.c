/* RFC 5280 and those beside it: extensions. */
#include "asn1/oid.h"
#include "policy/lint.h"

static int check_key_usage_critical(struct lint *lint)
{
	const struct extension *usage = lint_extension(lint, OID_KEY_USAGE);
	return usage && !usage->critical ? lint_found(lint, "keyUsage is not critical") : 0;
}

/* The usages of which one at least goes with a purpose. */
static int check_purposes(struct lint *lint)
{
	static const struct {
		const struct bytes *purpose;
		unsigned usages;
	} consistent[] = {
		{&OID_SERVER_AUTH, KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT},
		{&OID_CLIENT_AUTH, KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT},
		{&OID_CODE_SIGNING, KU_DIGITAL_SIGNATURE},
		{&OID_EMAIL_PROTECTION, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION |
		                        KU_KEY_ENCIPHERMENT | KU_KEY_AGREEMENT},
		{&OID_TIME_STAMPING, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION},
		{&OID_OCSP_SIGNING, KU_DIGITAL_SIGNATURE | KU_NON_REPUDIATION},
	};
	for (size_t i = 0; lint->key_usage && i < sizeof consistent / sizeof *consistent; i++)
		if (lint_has_purpose(lint, *consistent[i].purpose) &&
		    !(lint->key_usage & consistent[i].usages))
			return lint_found(lint, "no key usage is there that goes with %s",
			                  oid_name(*consistent[i].purpose));
	return 0;
}

static int check_any_purpose(struct lint *lint)
{
	const struct extension *usage = lint_extension(lint, OID_EXT_KEY_USAGE);
	if (!usage || !usage->critical || !lint_has_purpose(lint, OID_ANY_EXT_KEY_USAGE))
		return 0;
	return lint_found(lint, "extKeyUsage with any is critical");
}

static int check_time_stamping(struct lint *lint)
{
	const struct extension *usage = lint_extension(lint, OID_EXT_KEY_USAGE);
	if (!usage || !lint_has_purpose(lint, OID_TIME_STAMPING))
		return 0;
	if (lint->purpose_count > 1)
		return lint_found(lint, "time-stamping stands beside other purposes");
	return usage->critical ? 0 : lint_found(lint, "time-stamping is not critical");
}

static int check_crl_critical(struct lint *lint)
{
	const struct extension *points = lint_extension(lint, OID_CRL_DISTRIBUTION);
	return points && points->critical ? lint_found(lint, "cRLDistributionPoints is critical") : 0;
}

static bool begins_with(struct bytes uri, const char *start)
{
	size_t length = strlen(start);
	return uri.length > length && memcmp(uri.data, start, length) == 0;
}

static bool is_fetchable(struct bytes uri)
{
	return begins_with(uri, "http://") || begins_with(uri, "https://") ||
	       begins_with(uri, "ldap://");
}

static int check_crl_scheme(struct lint *lint)
{
	if (!lint_extension(lint, OID_CRL_DISTRIBUTION))
		return 0;
	for (size_t i = 0; i < lint->crl_count; i++)
		if (is_fetchable(lint->crl_uris[i]))
			return 0;
	return lint_found(lint, "no place of the CRL is an HTTP or LDAP URI");
}

static int check_access_scheme(struct lint *lint)
{
	size_t issuers = 0;
	for (size_t i = 0; i < lint->access_count; i++) {
		if (!bytes_equal(lint->access[i].method, OID_AD_CA_ISSUERS))
			continue;
		if (is_fetchable(lint->access[i].uri))
			return 0;
		issuers++;
	}
	return issuers ? lint_found(lint, "no place of the issuer is an HTTP or LDAP URI") : 0;
}

static int check_unknown_critical(struct lint *lint)
{
	static const struct bytes *const known[] = {
		&OID_KEY_USAGE, &OID_EXT_KEY_USAGE, &OID_BASIC_CONSTRAINTS,
		&OID_CERTIFICATE_POLICIES, &OID_NAME_CONSTRAINTS, &OID_POLICY_CONSTRAINTS,
		&OID_INHIBIT_ANY_POLICY, &OID_CRL_DISTRIBUTION, &OID_TLS_FEATURE,
	};
	for (size_t i = 0; i < lint->extension_count; i++) {
		const struct extension *extension = &lint->extensions[i].extension;
		bool found = !extension->critical;
		for (size_t k = 0; !found && k < sizeof known / sizeof *known; k++)
			found = bytes_equal(*known[k], extension->oid);
		if (!found)
			return lint_found(lint, "the extension %s is critical, and few know it",
			                  lint_oid(lint, extension->oid));
	}
	return 0;
}

static int check_ocsp_nocheck(struct lint *lint)
{
	if (!lint_extension(lint, OID_OCSP_NOCHECK) || lint_has_purpose(lint, OID_OCSP_SIGNING))
		return 0;
	return lint_found(lint, "ocspNoCheck without the purpose ocsp-signing");
}

static int check_tls_feature(struct lint *lint)
{
	const struct extension *feature = lint_extension(lint, OID_TLS_FEATURE);
	return feature && feature->critical ? lint_found(lint, "tlsFeature is critical") : 0;
}

#define EXTENSION LINT_ANY, SIGNET_REASON_POLICY

const struct lint_check lint_rfc5280[] = {
	{"rfc5280-key-usage-critical", "RFC 5280 4.2.1.3", EXTENSION, check_key_usage_critical,
	 LINT_HAS_KEY_USAGE},
	{"rfc5280-key-usage-purposes", "RFC 5280 4.2.1.12", EXTENSION, check_purposes,
	 LINT_HAS_KEY_USAGE | LINT_HAS_PURPOSES},
	{"rfc5280-any-purpose-critical", "RFC 5280 4.2.1.12", EXTENSION, check_any_purpose,
	 LINT_HAS_PURPOSE_MORE},
	{"rfc5280-time-stamping-alone", "RFC 5280 4.2.1.12, RFC 3161 2.3", EXTENSION,
	 check_time_stamping, LINT_HAS_PURPOSE_MORE},
	{"rfc5280-crl-critical", "RFC 5280 4.2.1.13", EXTENSION, check_crl_critical, LINT_HAS_CRL},
	{"rfc5280-crl-scheme", "RFC 5280 4.2.1.13", EXTENSION, check_crl_scheme, LINT_HAS_CRL},
	{"rfc5280-access-scheme", "RFC 5280 4.2.2.1", EXTENSION, check_access_scheme,
	 LINT_HAS_ACCESS},
	{"rfc5280-unknown-critical", "RFC 5280 4.2", EXTENSION, check_unknown_critical,
	 LINT_HAS_EXTENSION_MORE},
	{"rfc5280-ocsp-no-check", "RFC 6960 4.2.2.2.1", EXTENSION, check_ocsp_nocheck,
	 LINT_HAS_EXTENSION_MORE},
	{"rfc5280-tls-feature-critical", "RFC 7633 4", EXTENSION, check_tls_feature,
	 LINT_HAS_EXTENSION_MORE},
	{NULL, NULL, 0, SIGNET_REASON_NONE, NULL, 0},
};
