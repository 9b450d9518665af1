/* RFC 5280: subject and subjectAltName. */
#include "asn1/der_string.h"
#include "asn1/oid.h"
#include "base/idn.h"
#include "base/limits.h"
#include "base/text.h"
#include "policy/lint.h"

#define LABEL_MAX 63 /* RFC 1034 section 3.1 */

static int check_san_missing(struct lint *lint)
{
	if (lint->name_count || !name_is_empty(lint->subject))
		return 0;
	return lint_found(lint, "neither a subject nor an alternative name");
}

/* The name of a kind that the predicate refuses, if there is one. */
static int find_name(struct lint *lint, enum general_name_kind kind,
                     bool (*is_bad)(struct bytes value), const char *what)
{
	for (size_t i = 0; i < lint->name_count; i++)
		if (lint->names[i].kind == kind && is_bad(lint->names[i].value))
			return lint_found(lint, "%s \"%s\" %s", general_name_kind_name(kind),
			                  lint_shown(lint, lint->names[i].value), what);
	return 0;
}

/* Whether it passes as a general name of this kind, limits apart. */
static bool is_refused(enum general_name_kind kind, struct bytes value)
{
	const struct general_name name = {kind, value};
	return general_name_check(&name, NULL) != 0;
}

static bool is_bad_dns(struct bytes value)
{
	return is_refused(GN_DNS, value);
}

static int check_dns_syntax(struct lint *lint)
{
	return find_name(lint, GN_DNS, is_bad_dns,
	                 "is not of letters, digits and hyphens in labels");
}

static bool is_long_dns(struct bytes value)
{
	size_t label = 0;
	for (size_t i = 0; i < value.length; i++) {
		label = value.data[i] == '.' ? 0 : label + 1;
		if (label > LABEL_MAX)
			return true;
	}
	return value.length > LIMIT_DNS_NAME;
}

static int check_dns_length(struct lint *lint)
{
	return find_name(lint, GN_DNS, is_long_dns, "or one of its labels is too long");
}

static bool has_odd_wildcard(struct bytes value)
{
	for (size_t i = 0; i < value.length; i++)
		if (value.data[i] == '*' && (i > 0 || value.length < 3 || value.data[1] != '.'))
			return true;
	return false;
}

static int check_wildcard(struct lint *lint)
{
	return find_name(lint, GN_DNS, has_odd_wildcard,
	                 "has a wildcard that is not the whole left-most label");
}

static bool is_broken_idn(struct bytes value)
{
	return idn_judge(value) == IDN_BROKEN;
}

static int check_idn(struct lint *lint)
{
	return find_name(lint, GN_DNS, is_broken_idn, "has an xn-- label that is no A-label");
}

static bool is_beyond_ascii(struct bytes value)
{
	for (size_t i = 0; i < value.length; i++)
		if (value.data[i] >= 0x80)
			return true;
	return false;
}

static int check_email_ascii(struct lint *lint)
{
	return find_name(lint, GN_EMAIL, is_beyond_ascii, "is not ASCII");
}

static bool is_bad_email(struct bytes value)
{
	return is_refused(GN_EMAIL, value) || memchr(value.data, '<', value.length) ||
	       memchr(value.data, '>', value.length);
}

static int check_email_syntax(struct lint *lint)
{
	return find_name(lint, GN_EMAIL, is_bad_email, "is not of the form local@domain");
}

static bool is_bad_uri(struct bytes value)
{
	return is_refused(GN_URI, value);
}

static int check_uri_absolute(struct lint *lint)
{
	return find_name(lint, GN_URI, is_bad_uri, "is no absolute URI");
}

/* host, host:port, [address]:port; without the user's part. */
static bool is_host_name(struct bytes authority)
{
	char host[LIMIT_DNS_NAME + 1];
	uint8_t address[16];
	const uint8_t *at = memrchr(authority.data, '@', authority.length);
	if (at)
		authority = bytes_make(at + 1, (size_t)(authority.data + authority.length - at) - 1);
	bool literal = authority.length && authority.data[0] == '[';
	const uint8_t *start = authority.data + literal;
	const uint8_t *end = memchr(authority.data, literal ? ']' : ':', authority.length);
	if (!end)
		end = authority.data + authority.length;
	size_t length = (size_t)(end - start);
	if (length >= sizeof host || (literal && end == authority.data + authority.length))
		return false;
	memcpy(host, start, length);
	host[length] = '\0';
	size_t octets = text_to_address(host, address);
	if (literal)
		return octets == 16;
	return octets == 4 || (text_is_dns_name(host, false) && strchr(host, '.'));
}

static bool has_bad_host(struct bytes value)
{
	const uint8_t *slashes = value.length ? memmem(value.data, value.length, "://", 3) : NULL;
	if (!slashes)
		return false;
	struct bytes rest = bytes_make(slashes + 3, (size_t)(value.data + value.length - slashes) - 3);
	size_t length = 0;
	while (length < rest.length && !memchr("/?#", rest.data[length], 3))
		length++;
	return !is_host_name(bytes_make(rest.data, length));
}

static int check_uri_host(struct lint *lint)
{
	return find_name(lint, GN_URI, has_bad_host, "has no full domain name or address as its host");
}

static bool is_bad_ip(struct bytes value)
{
	return value.length != 4 && value.length != 16;
}

static int check_ip_length(struct lint *lint)
{
	for (size_t i = 0; i < lint->name_count; i++)
		if (lint->names[i].kind == GN_IP && is_bad_ip(lint->names[i].value))
			return lint_found(lint, "an address of %zu octets",
			                  lint->names[i].value.length);
	return 0;
}

static size_t upper_bound(struct bytes oid)
{
	static const struct {
		const struct bytes *oid;
		size_t most; /* characters */
	} bounds[] = {
		{&OID_COMMON_NAME, 64},       {&OID_SERIAL_NUMBER, 64},
		{&OID_LOCALITY, 128},         {&OID_STATE, 128},
		{&OID_ORGANIZATION, 64},      {&OID_ORGANIZATIONAL_UNIT, 64},
		{&OID_TITLE, 64},             {&OID_EMAIL_ADDRESS, 255},
		{&OID_DOMAIN_COMPONENT, 63},  {&OID_STREET, 128},
		{&OID_POSTAL_CODE, 40},       {&OID_USER_ID, 256},
	};
	for (size_t i = 0; i < sizeof bounds / sizeof *bounds; i++)
		if (bytes_equal(*bounds[i].oid, oid))
			return bounds[i].most;
	return LIMIT_NAME;
}

static int check_lengths(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		const struct name_part *part = &lint->parts[i];
		size_t characters;
		if (der_string_check(part->tag, part->value, &characters) ||
		    characters > upper_bound(part->oid))
			return lint_found(lint, "%s is longer than %zu characters",
			                  lint_oid(lint, part->oid), upper_bound(part->oid));
	}
	return 0;
}

static bool is_letter(char c)
{
	c = text_lower(c);
	return c >= 'a' && c <= 'z';
}

static int check_country(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		const char *text = lint->texts[i];
		if (!bytes_equal(lint->parts[i].oid, OID_COUNTRY))
			continue;
		if (strlen(text) != 2 || !is_letter(text[0]) || !is_letter(text[1]))
			return lint_found(lint, "C \"%s\" is not two letters", text);
	}
	return 0;
}

static int check_string_types(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		uint8_t tag = lint->parts[i].tag;
		if (tag == DER_T61_STRING || tag == DER_BMP_STRING || tag == DER_UNIVERSAL_STRING)
			return lint_found(lint, "%s is neither UTF8String nor PrintableString",
			                  lint_oid(lint, lint->parts[i].oid));
	}
	return 0;
}

static bool has_email(const struct lint *lint, const char *mailbox)
{
	for (size_t i = 0; i < lint->name_count; i++)
		if (lint->names[i].kind == GN_EMAIL &&
		    text_equal_nocase(lint_shown(lint, lint->names[i].value), mailbox))
			return true;
	return false;
}

static int check_email_in_san(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++)
		if (bytes_equal(lint->parts[i].oid, OID_EMAIL_ADDRESS) &&
		    !has_email(lint, lint->texts[i]))
			return lint_found(lint, "emailAddress \"%s\" is not among the alternative "
			                  "names", lint->texts[i]);
	return 0;
}

static int check_domain_component(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		const char *text = lint->texts[i];
		if (!bytes_equal(lint->parts[i].oid, OID_DOMAIN_COMPONENT))
			continue;
		size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ"
		                             "0123456789-");
		if (text[length] || length > LABEL_MAX || text[0] == '-')
			return lint_found(lint, "DC \"%s\" is not one label", text);
	}
	return 0;
}

static int check_blanks(struct lint *lint)
{
	for (size_t i = 0; i < lint->part_count; i++) {
		const char *text = lint->texts[i];
		if (text[0] == ' ' || text[strlen(text) - 1] == ' ')
			return lint_found(lint, "%s \"%s\" begins or ends with a blank",
			                  lint_oid(lint, lint->parts[i].oid), text);
	}
	return 0;
}

#define NAME LINT_ANY, SIGNET_REASON_NAME

const struct lint_check lint_rfc5280_names[] = {
	{"rfc5280-san-missing", "RFC 5280 4.1.2.6", NAME, check_san_missing, 0},
	{"rfc5280-dns-syntax", "RFC 5280 4.2.1.6", NAME, check_dns_syntax, LINT_HAS_ODD_NAME},
	{"rfc5280-dns-length", "RFC 5280 4.2.1.6, RFC 1034 3.1", NAME, check_dns_length,
	 LINT_HAS_ODD_NAME},
	{"rfc5280-wildcard-left-most", "RFC 5280 4.2.1.6, RFC 9525 6.3", NAME, check_wildcard,
	 LINT_HAS_ODD_NAME},
	{"rfc5280-idn-a-label", "RFC 5280 7.2, RFC 8399 2.2", NAME, check_idn, LINT_HAS_ODD_NAME},
	{"rfc5280-email-ascii", "RFC 5280 4.2.1.6", NAME, check_email_ascii, LINT_HAS_EMAIL},
	{"rfc5280-email-syntax", "RFC 5280 4.2.1.6", NAME, check_email_syntax, LINT_HAS_EMAIL},
	{"rfc5280-email-in-san", "RFC 5280 4.1.2.6", NAME, check_email_in_san,
	 LINT_HAS_SUBJECT_MORE},
	{"rfc5280-uri-absolute", "RFC 5280 4.2.1.6", NAME, check_uri_absolute, LINT_HAS_URI},
	{"rfc5280-uri-host", "RFC 5280 4.2.1.6", NAME, check_uri_host, LINT_HAS_URI},
	{"rfc5280-ip-length", "RFC 5280 4.2.1.6", NAME, check_ip_length, LINT_HAS_IP},
	{"rfc5280-ub-lengths", "RFC 5280 A.1", NAME, check_lengths, LINT_HAS_SUBJECT},
	{"rfc5280-country-two-letters", "RFC 5280 A.1, ISO 3166-1", NAME, check_country,
	 LINT_HAS_SUBJECT_MORE},
	{"rfc5280-string-types", "RFC 5280 4.1.2.4", NAME, check_string_types,
	 LINT_HAS_SUBJECT_ODD},
	{"rfc5280-domain-component", "RFC 5280 4.1.2.4, RFC 4519 2.4", NAME,
	 check_domain_component, LINT_HAS_SUBJECT_MORE},
	{"rfc5280-subject-blanks", "RFC 5280 7.1, RFC 4518 2.6.1", NAME, check_blanks,
	 LINT_HAS_SUBJECT_ODD},
	{NULL, NULL, 0, SIGNET_REASON_NONE, NULL, 0},
};
