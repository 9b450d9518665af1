/* What the checks of the rule `lint` look at. */
#include "policy/lint.h"

#include <stdio.h>

#include "asn1/der_string.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

#define LABEL_MAX 63 /* RFC 1034 section 3.1 */

/* Lower case, digits and single hyphens, in labels of the right length, and no address: nothing that is said
 * of the form of host names is wrong with it. */
static bool is_plain_host(struct bytes name)
{
	size_t start = 0;
	if (name.length == 0 || name.length > LIMIT_DNS_NAME)
		return false;
	for (size_t i = 0; i <= name.length; i++) {
		char c = i < name.length ? (char)name.data[i] : '.', before = i ? (char)name.data[i - 1] : '.';
		bool edge = c == '.' || c == '-';
		if (edge && (before == '.' || before == '-'))
			return false;
		if (!edge && !(c >= 'a' && c <= 'z') && !(c >= '0' && c <= '9'))
			return false;
		if (c != '.')
			continue;
		if (i - start > LABEL_MAX)
			return false;
		if (i < name.length)
			start = i + 1;
	}
	return name.data[start] >= 'a';
}

static unsigned facts_of_name(const struct general_name *name)
{
	switch (name->kind) {
	case GN_DNS:
		return is_plain_host(name->value) ? LINT_HAS_DNS : LINT_HAS_DNS | LINT_HAS_ODD_NAME;
	case GN_EMAIL:
		return LINT_HAS_EMAIL | LINT_HAS_ODD_NAME;
	case GN_URI:
		return LINT_HAS_URI;
	case GN_IP:
		return LINT_HAS_IP;
	default:
		return 0;
	}
}

static unsigned facts_of_part(const struct name_part *part, const char *text)
{
	unsigned facts = LINT_HAS_SUBJECT;
	bool usual = part->tag == DER_UTF8_STRING || part->tag == DER_PRINTABLE_STRING;
	if (!bytes_equal(part->oid, OID_COMMON_NAME))
		facts |= LINT_HAS_SUBJECT_MORE;
	if (!usual || part->joined || !text_is_printable(bytes_text(text)) || text[0] == ' ' ||
	    text[strlen(text) - 1] == ' ')
		facts |= LINT_HAS_SUBJECT_ODD;
	return facts;
}

static int read_subject(struct lint *lint, struct signet_draft *draft, struct error *err)
{
	struct signet_subject subject;
	int result = signet_draft_read_subject(draft, &subject, err);
	if (result)
		return result == SIGNET_E_BAD_NAME ? SIGNET_E_INVALID : result;
	lint->parts = subject.parts;
	lint->texts = subject.texts;
	lint->part_count = subject.count;
	for (size_t i = 0; i < subject.count; i++)
		lint->facts |= facts_of_part(&subject.parts[i], subject.texts[i]);
	return 0;
}

static void read_names(struct lint *lint)
{
	for (size_t i = 0; i < lint->name_count; i++)
		lint->facts |= facts_of_name(&lint->names[i]);
}

static void read_purposes(struct lint *lint)
{
	for (size_t i = 0; i < lint->purpose_count; i++)
		if (!bytes_equal(lint->purposes[i], OID_SERVER_AUTH) &&
		    !bytes_equal(lint->purposes[i], OID_CLIENT_AUTH))
			lint->facts |= LINT_HAS_PURPOSE_MORE;
}

static int read_extension(struct lint *lint, const struct extension *extension, bool *ca)
{
	int path_length;
	if (bytes_equal(extension->oid, OID_BASIC_CONSTRAINTS)) {
		lint->facts |= LINT_HAS_BASIC;
		return basic_constraints_decode(extension->value, ca, &path_length);
	}
	if (bytes_equal(extension->oid, OID_KEY_USAGE)) {
		lint->facts |= LINT_HAS_KEY_USAGE;
		return key_usage_decode(extension->value, &lint->key_usage);
	}
	if (bytes_equal(extension->oid, OID_EXT_KEY_USAGE)) {
		lint->facts |= LINT_HAS_PURPOSES;
		return ext_key_usage_decode(lint->arena, extension->value, &lint->purposes,
		                            &lint->purpose_count);
	}
	if (bytes_equal(extension->oid, OID_CERTIFICATE_POLICIES)) {
		lint->facts |= LINT_HAS_POLICIES;
		return certificate_policies_decode(lint->arena, extension->value,
		                                   &lint->policies, &lint->policy_count);
	}
	if (bytes_equal(extension->oid, OID_CRL_DISTRIBUTION)) {
		lint->facts |= LINT_HAS_CRL;
		return crl_distribution_decode(lint->arena, extension->value, &lint->crl_uris,
		                               &lint->crl_count);
	}
	lint->facts |= LINT_HAS_EXTENSION_MORE;
	if (bytes_equal(extension->oid, OID_AUTHORITY_INFO)) {
		lint->facts |= LINT_HAS_ACCESS;
		return authority_info_decode(lint->arena, extension->value, &lint->access,
		                             &lint->access_count);
	}
	return 0;
}

static void find_scopes(struct lint *lint, bool ca)
{
	lint->scopes = LINT_ANY | (ca ? LINT_CA : LINT_LEAF);
	if (ca)
		return;
	bool everything = lint->purpose_count == 0 ||
	                  lint_has_purpose(lint, OID_ANY_EXT_KEY_USAGE);
	if (everything || lint_has_purpose(lint, OID_SERVER_AUTH))
		lint->scopes |= LINT_SERVER;
	if (lint_has_purpose(lint, OID_CODE_SIGNING))
		lint->scopes |= LINT_CODE;
	if (lint_has_purpose(lint, OID_EMAIL_PROTECTION))
		lint->scopes |= LINT_MAIL;
}

int lint_open(struct lint *lint, const struct signet_request *request, struct signet_draft *draft,
              struct error *err)
{
	bool ca = false;
	*lint = (struct lint){
		.arena = signet_draft_arena(draft),
		.key = request->key,
		.now = clock_now(),
		.not_before = signet_draft_not_before(draft),
		.not_after = signet_draft_not_after(draft),
		.subject = signet_draft_subject(draft),
	};
	lint->names = signet_draft_alt_names(draft, &lint->name_count);
	lint->extensions = signet_draft_extensions(draft, &lint->extension_count);
	if (pubkey_algorithm(lint->key) == KEY_RSA)
		lint->facts |= LINT_HAS_RSA;
	read_names(lint);
	int result = read_subject(lint, draft, err);
	for (size_t i = 0; result == 0 && i < lint->extension_count; i++) {
		result = read_extension(lint, &lint->extensions[i].extension, &ca);
		if (result == SIGNET_E_NOMEM)
			return error_nomem(err);
		if (result)
			return error_set(err, SIGNET_E_INVALID, "%s is broken",
			                 lint_oid(lint, lint->extensions[i].extension.oid));
	}
	read_purposes(lint);
	find_scopes(lint, ca);
	return result;
}

size_t lint_append(char *out, size_t size, size_t length, const char *text)
{
	size_t room = size - 1 - length, count = strlen(text);
	if (count > room)
		for (count = room; count && ((unsigned char)text[count] & 0xc0) == 0x80;)
			count--;
	memcpy(out + length, text, count);
	out[length + count] = '\0';
	return length + count;
}

int lint_found(struct lint *lint, const char *format, ...)
{
	va_list ap;
	if (!strchr(format, '%')) {
		lint_append(lint->detail, sizeof lint->detail, 0, format);
		return LINT_BROKEN;
	}
	va_start(ap, format);
	text_format(lint->detail, sizeof lint->detail, format, ap);
	va_end(ap);
	return LINT_BROKEN;
}

const struct extension *lint_extension(const struct lint *lint, struct bytes oid)
{
	for (size_t i = 0; i < lint->extension_count; i++)
		if (bytes_equal(lint->extensions[i].extension.oid, oid))
			return &lint->extensions[i].extension;
	return NULL;
}

bool lint_has_purpose(const struct lint *lint, struct bytes oid)
{
	for (size_t i = 0; i < lint->purpose_count; i++)
		if (bytes_equal(lint->purposes[i], oid))
			return true;
	return false;
}

size_t lint_count_parts(const struct lint *lint, struct bytes oid)
{
	size_t count = 0;
	for (size_t i = 0; i < lint->part_count; i++)
		count += bytes_equal(lint->parts[i].oid, oid);
	return count;
}

const char *lint_shown(const struct lint *lint, struct bytes value)
{
	char *text = arena_text(lint->arena, value);
	for (size_t i = 0; text && i < value.length; i++)
		if (text[i] < 0x20 || text[i] > 0x7e)
			text[i] = '?';
	return text ? text : "?";
}

const char *lint_oid(const struct lint *lint, struct bytes oid)
{
	const char *name = oid_name(oid);
	if (!name)
		name = oid_to_text(lint->arena, oid);
	return name ? name : "?";
}
