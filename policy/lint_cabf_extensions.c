/* CA/Browser Forum: extensions of TLS servers and of authorities (BR), and what the requirements
 * for code signing (CSBR) and mail (SBR) add. */
#include "asn1/oid.h"
#include "policy/lint.h"

#define DAY 86400
#define MARCH_2026 1772323200 /* 2026-03-01 */
#define CODE_DAYS 460
#define MAIL_DAYS 825
#define CODE_RSA_MIN 3072

static const uint8_t precertificate[] = {0x2b, 0x06, 0x01, 0x04, 0x01,
                                         0xd6, 0x79, 0x02, 0x04, 0x04};
static const uint8_t any_policy[] = {0x55, 0x1d, 0x20, 0x00};

static int check_purposes_present(struct lint *lint)
{
	return lint->purpose_count ? 0 : lint_found(lint, "extKeyUsage is missing");
}

/* The first of these purposes that is there. */
static int find_purpose(struct lint *lint, const struct bytes *const *purposes, size_t count,
                        const char *beside)
{
	for (size_t i = 0; i < count; i++)
		if (lint_has_purpose(lint, *purposes[i]))
			return lint_found(lint, "the purpose %s beside %s",
			                  lint_oid(lint, *purposes[i]), beside);
	return 0;
}

#define COUNT(array) (sizeof(array) / sizeof *(array))

static int check_other_purposes(struct lint *lint)
{
	static const struct bytes precertificates = {precertificate, sizeof precertificate};
	static const struct bytes *const refused[] = {
		&OID_CODE_SIGNING, &OID_EMAIL_PROTECTION, &OID_TIME_STAMPING, &OID_OCSP_SIGNING,
		&OID_ANY_EXT_KEY_USAGE, &precertificates,
	};
	return find_purpose(lint, refused, COUNT(refused), "server-auth");
}

static int check_purposes_critical(struct lint *lint)
{
	const struct extension *found = lint_extension(lint, OID_EXT_KEY_USAGE);
	return found && found->critical ? lint_found(lint, "extKeyUsage is critical") : 0;
}

static int check_key_usage_critical(struct lint *lint)
{
	const struct extension *found = lint_extension(lint, OID_KEY_USAGE);
	return found && !found->critical ? lint_found(lint, "keyUsage is not critical") : 0;
}

static int check_key_usage_rsa(struct lint *lint)
{
	const unsigned allowed = KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT | KU_DATA_ENCIPHERMENT;
	if (pubkey_algorithm(lint->key) != KEY_RSA || !(lint->key_usage & ~allowed))
		return 0;
	return lint_found(lint, "other usages of an RSA key than signature and encipherment");
}

static int check_key_usage_ec(struct lint *lint)
{
	const unsigned allowed = KU_DIGITAL_SIGNATURE | KU_KEY_AGREEMENT;
	enum key_algorithm algorithm = pubkey_algorithm(lint->key);
	bool ec = algorithm == KEY_P256 || algorithm == KEY_P384 || algorithm == KEY_P521;
	if (!ec || !lint->key_usage)
		return 0;
	if (!(lint->key_usage & KU_DIGITAL_SIGNATURE))
		return lint_found(lint, "an ECDSA key without digital-signature");
	if (lint->key_usage & ~allowed)
		return lint_found(lint, "other usages of an ECDSA key than signature and agreement");
	return 0;
}

static int check_basic_constraints(struct lint *lint)
{
	const struct extension *found = lint_extension(lint, OID_BASIC_CONSTRAINTS);
	return found && !found->critical ? lint_found(lint, "basicConstraints is not critical") : 0;
}

static int check_policies_present(struct lint *lint)
{
	return lint->policy_count ? 0 : lint_found(lint, "certificatePolicies is missing");
}

static int check_policies_critical(struct lint *lint)
{
	const struct extension *found = lint_extension(lint, OID_CERTIFICATE_POLICIES);
	return found && found->critical ? lint_found(lint, "certificatePolicies is critical") : 0;
}

/* The reserved identifiers of section 7.1.6.1; the values are the last arcs of 2.23.140.1.2. */
enum reserved {
	RESERVED_NONE,
	RESERVED_DOMAIN,
	RESERVED_ORGANIZATION,
	RESERVED_PERSON,
	RESERVED_EV,
};

static enum reserved reserved_policy(struct bytes oid)
{
	static const uint8_t baseline[] = {0x67, 0x81, 0x0c, 0x01, 0x02},
	                     extended[] = {0x67, 0x81, 0x0c, 0x01, 0x01};
	if (bytes_equal(oid, BYTES_OF(extended)))
		return RESERVED_EV;
	if (oid.length != sizeof baseline + 1 ||
	    memcmp(oid.data, baseline, sizeof baseline) != 0)
		return RESERVED_NONE;
	uint8_t last = oid.data[oid.length - 1];
	return last >= RESERVED_DOMAIN && last <= RESERVED_PERSON ? (enum reserved)last
	                                                          : RESERVED_NONE;
}

static size_t count_reserved(const struct lint *lint, enum reserved *which)
{
	size_t count = 0;
	for (size_t i = 0; i < lint->policy_count; i++) {
		enum reserved reserved = reserved_policy(lint->policies[i].oid);
		if (reserved == RESERVED_NONE)
			continue;
		*which = reserved;
		count++;
	}
	return count;
}

static int check_policies_reserved(struct lint *lint)
{
	enum reserved which;
	size_t count = count_reserved(lint, &which);
	if (lint->policy_count == 0 || count == 1)
		return 0;
	return lint_found(lint, "%zu of the Forum's policies, not one", count);
}

/* What was validated is what the subject says. */
static int check_policies_subject(struct lint *lint)
{
	enum reserved which = RESERVED_NONE;
	if (count_reserved(lint, &which) != 1)
		return 0;
	bool organization = lint_count_parts(lint, OID_ORGANIZATION) > 0,
	     person = lint_count_parts(lint, OID_SURNAME) > 0;
	bool fits = which == RESERVED_PERSON ? person
	            : which == RESERVED_DOMAIN ? !organization && !person : organization;
	return fits ? 0 : lint_found(lint, "the Forum's policy is not the one of such a subject");
}

static int check_policies_any(struct lint *lint)
{
	for (size_t i = 0; i < lint->policy_count; i++)
		if (bytes_equal(lint->policies[i].oid, BYTES_OF(any_policy)))
			return lint_found(lint, "anyPolicy is among the policies");
	return 0;
}

static bool is_web(const char *uri)
{
	return strncmp(uri, "http://", 7) == 0 || strncmp(uri, "https://", 8) == 0;
}

static int check_policies_qualifiers(struct lint *lint)
{
	for (size_t i = 0; i < lint->policy_count; i++) {
		const struct policy_information *policy = &lint->policies[i];
		if (policy->notice || (policy->cps && !is_web(policy->cps)))
			return lint_found(lint, "a policy with another qualifier than an HTTP URL");
	}
	return 0;
}

static bool is_http(struct bytes uri)
{
	return uri.length > 7 && memcmp(uri.data, "http://", 7) == 0;
}

static int check_crl(struct lint *lint)
{
	for (size_t i = 0; i < lint->crl_count; i++)
		if (!is_http(lint->crl_uris[i]))
			return lint_found(lint, "a place of the CRL whose scheme is not http");
	return 0;
}

static int check_access(struct lint *lint)
{
	for (size_t i = 0; i < lint->access_count; i++)
		if (!is_http(lint->access[i].uri))
			return lint_found(lint, "an authority's place whose scheme is not http");
	return 0;
}

static int check_ca_key_usage(struct lint *lint)
{
	const unsigned wanted = KU_KEY_CERT_SIGN | KU_CRL_SIGN;
	if ((lint->key_usage & wanted) != wanted)
		return lint_found(lint, "an authority without key-cert-sign and crl-sign");
	if (lint->key_usage & ~(wanted | KU_DIGITAL_SIGNATURE))
		return lint_found(lint, "other usages of an authority's key than signatures");
	return 0;
}

static int check_ca_purposes(struct lint *lint)
{
	if (!lint_has_purpose(lint, OID_SERVER_AUTH))
		return lint_found(lint, "an authority without the purpose server-auth");
	return check_other_purposes(lint);
}

static int check_code_rsa(struct lint *lint)
{
	if (pubkey_algorithm(lint->key) != KEY_RSA || pubkey_bits(lint->key) >= CODE_RSA_MIN)
		return 0;
	return lint_found(lint, "an RSA key of %u bits signs code", pubkey_bits(lint->key));
}

static int check_code_purposes(struct lint *lint)
{
	static const struct bytes *const refused[] = {&OID_SERVER_AUTH, &OID_ANY_EXT_KEY_USAGE};
	return find_purpose(lint, refused, COUNT(refused), "code-signing");
}

static int check_code_days(struct lint *lint)
{
	if (lint->now < MARCH_2026 ||
	    lint->not_after - lint->not_before + 1 <= (int64_t)CODE_DAYS * DAY)
		return 0;
	return lint_found(lint, "valid for more than %d days", CODE_DAYS);
}

static int check_mail_name(struct lint *lint)
{
	for (size_t i = 0; i < lint->name_count; i++)
		if (lint->names[i].kind == GN_EMAIL)
			return 0;
	return lint_found(lint, "no email among the alternative names");
}

static int check_mail_purposes(struct lint *lint)
{
	static const struct bytes *const refused[] = {
		&OID_SERVER_AUTH, &OID_CODE_SIGNING, &OID_TIME_STAMPING, &OID_ANY_EXT_KEY_USAGE};
	return find_purpose(lint, refused, COUNT(refused), "email-protection");
}

static int check_mail_days(struct lint *lint)
{
	if (lint->not_after - lint->not_before + 1 <= (int64_t)MAIL_DAYS * DAY)
		return 0;
	return lint_found(lint, "valid for more than %d days", MAIL_DAYS);
}

#define SERVER LINT_SERVER, SIGNET_REASON_POLICY
#define TLS (LINT_SERVER | LINT_CA), SIGNET_REASON_POLICY

const struct lint_check lint_cabf_extensions[] = {
	{"cabf-eku-present", "BR 7.1.2.7.10", SERVER, check_purposes_present, 0},
	{"cabf-eku-others", "BR 7.1.2.7.10", SERVER, check_other_purposes, LINT_HAS_PURPOSE_MORE},
	{"cabf-eku-critical", "BR 7.1.2.7.6", SERVER, check_purposes_critical, LINT_HAS_PURPOSES},
	{"cabf-key-usage-critical", "BR 7.1.2.7.6, 7.1.2.6.1", TLS, check_key_usage_critical,
	 LINT_HAS_KEY_USAGE},
	{"cabf-key-usage-rsa", "BR 7.1.2.7.11", SERVER, check_key_usage_rsa,
	 LINT_HAS_RSA | LINT_HAS_KEY_USAGE},
	{"cabf-key-usage-ec", "BR 7.1.2.7.11", SERVER, check_key_usage_ec, LINT_HAS_KEY_USAGE},
	{"cabf-basic-constraints-critical", "BR 7.1.2.7.6", SERVER, check_basic_constraints,
	 LINT_HAS_BASIC},
	{"cabf-policies-present", "BR 7.1.2.7.6, 7.1.2.6.1", TLS, check_policies_present, 0},
	{"cabf-policies-critical", "BR 7.1.2.7.6, 7.1.2.6.1", TLS, check_policies_critical,
	 LINT_HAS_POLICIES},
	{"cabf-policies-reserved", "BR 7.1.2.7.9", SERVER, check_policies_reserved,
	 LINT_HAS_POLICIES},
	{"cabf-policies-subject", "BR 7.1.2.7.1", SERVER, check_policies_subject,
	 LINT_HAS_POLICIES},
	{"cabf-policies-any", "BR 7.1.2.7.9", SERVER, check_policies_any, LINT_HAS_POLICIES},
	{"cabf-policies-qualifiers", "BR 7.1.2.7.9, 7.1.2.10.5", TLS, check_policies_qualifiers,
	 LINT_HAS_POLICIES},
	{"cabf-crl-http", "BR 7.1.2.11.2", TLS, check_crl, LINT_HAS_CRL},
	{"cabf-access-http", "BR 7.1.2.7.7, 7.1.2.10.3", TLS, check_access, LINT_HAS_ACCESS},
	{"cabf-ca-key-usage", "BR 7.1.2.10.7", LINT_CA, SIGNET_REASON_POLICY, check_ca_key_usage,
	 0},
	{"cabf-ca-purposes", "BR 7.1.2.10.6", LINT_CA, SIGNET_REASON_POLICY, check_ca_purposes, 0},
	{"cabf-code-rsa-3072", "CSBR 6.1.5.2", LINT_CODE, SIGNET_REASON_KEY, check_code_rsa,
	 LINT_HAS_RSA},
	{"cabf-code-eku-others", "CSBR 7.1.2.3", LINT_CODE, SIGNET_REASON_POLICY,
	 check_code_purposes, 0},
	{"cabf-code-validity-460d", "CSBR 6.3.2", LINT_CODE, SIGNET_REASON_VALIDITY,
	 check_code_days, 0},
	{"cabf-mail-san-email", "SBR 7.1.4.2.1", LINT_MAIL, SIGNET_REASON_NAME, check_mail_name, 0},
	{"cabf-mail-eku-others", "SBR 7.1.2.3", LINT_MAIL, SIGNET_REASON_POLICY,
	 check_mail_purposes, 0},
	{"cabf-mail-validity-825d", "SBR 6.3.2", LINT_MAIL, SIGNET_REASON_VALIDITY,
	 check_mail_days, 0},
	{NULL, NULL, 0, SIGNET_REASON_NONE, NULL, 0},
};
