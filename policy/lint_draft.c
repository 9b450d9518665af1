/* What the checks of the rule `lint` look at. */
#include "policy/lint.h"

#include <stdio.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "base/limits.h"
#include "base/text.h"

static int read_subject(struct lint *lint, struct error *err)
{
	if (name_check(lint->subject, err))
		return SIGNET_E_INVALID;
	struct name_reader reader = name_open(lint->subject);
	struct name_part part;
	for (; lint->part_count < LIMIT_NAME_PARTS && name_next(&reader, &part);
	     lint->part_count++) {
		lint->parts[lint->part_count] = part;
		lint->texts[lint->part_count] = name_part_text(lint->arena, &part);
		if (!lint->texts[lint->part_count])
			return error_nomem(err);
	}
	return 0;
}

static int read_extension(struct lint *lint, const struct extension *extension, bool *ca)
{
	int path_length;
	if (bytes_equal(extension->oid, OID_BASIC_CONSTRAINTS))
		return basic_constraints_decode(extension->value, ca, &path_length);
	if (bytes_equal(extension->oid, OID_KEY_USAGE))
		return key_usage_decode(extension->value, &lint->key_usage);
	if (bytes_equal(extension->oid, OID_EXT_KEY_USAGE))
		return ext_key_usage_decode(lint->arena, extension->value, &lint->purposes,
		                            &lint->purpose_count);
	if (bytes_equal(extension->oid, OID_CERTIFICATE_POLICIES))
		return certificate_policies_decode(lint->arena, extension->value,
		                                   &lint->policies, &lint->policy_count);
	if (bytes_equal(extension->oid, OID_CRL_DISTRIBUTION))
		return crl_distribution_decode(lint->arena, extension->value, &lint->crl_uris,
		                               &lint->crl_count);
	if (bytes_equal(extension->oid, OID_AUTHORITY_INFO))
		return authority_info_decode(lint->arena, extension->value, &lint->access,
		                             &lint->access_count);
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
	int result = read_subject(lint, err);
	for (size_t i = 0; result == 0 && i < lint->extension_count; i++) {
		result = read_extension(lint, &lint->extensions[i].extension, &ca);
		if (result == SIGNET_E_NOMEM)
			return error_nomem(err);
		if (result)
			return error_set(err, SIGNET_E_INVALID, "%s is broken",
			                 lint_oid(lint, lint->extensions[i].extension.oid));
	}
	find_scopes(lint, ca);
	return result;
}

int lint_found(struct lint *lint, const char *format, ...)
{
	va_list ap;
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
