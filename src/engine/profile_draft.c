#include "api/draft.h"
#include "asn1/oid.h"
#include "base/text.h"
#include "engine/profile.h"

/* ub-common-name (RFC 5280 appendix A.1), in characters; dNSNames are ASCII. */
#define COMMON_NAME_MAX 64

static bool is_listed(const struct general_name *names, size_t count, const char *dns)
{
	size_t length = strlen(dns);
	for (size_t i = 0; i < count; i++) {
		size_t at = 0;
		if (names[i].kind != GN_DNS || names[i].value.length != length)
			continue;
		while (at < length &&
		       text_lower((char)names[i].value.data[at]) == text_lower(dns[at]))
			at++;
		if (at == length)
			return true;
	}
	return false;
}

/* The names that the request asks for: its subjectAltName, and a common name that is a host name
 * and does not stand there (RFC 8555 section 7.4 knows both places). */
static int collect_names(const struct profile *profile, const struct signet_request *request,
                         struct arena *arena, struct general_name **out, size_t *count)
{
	size_t length = request->alt_name_count;
	struct general_name *names = arena_array(arena, length + 1, sizeof *names);
	if (!names)
		return SIGNET_E_NOMEM;
	if (length)
		memcpy(names, request->alt_names, length * sizeof *names);
	const char *common_name =
		name_is_empty(request->subject) ? NULL : name_common_name(arena, request->subject);
	if (common_name && profile->name_kinds & 1u << GN_DNS && length < LIMIT_SAN_COUNT &&
	    text_is_dns_name(common_name, true) && !is_listed(names, length, common_name))
		names[length++] = (struct general_name){GN_DNS, bytes_text(common_name)};
	*out = names;
	*count = length;
	return 0;
}

static int draft_names(const struct profile *profile, const struct signet_request *request,
                       struct signet_draft *draft, struct signet_verdict *verdict)
{
	struct general_name *names;
	size_t count;
	int result = collect_names(profile, request, signet_draft_arena(draft), &names, &count);
	if (result)
		return result;
	for (size_t i = 0; i < count; i++)
		if (!(profile->name_kinds & 1u << names[i].kind))
			return signet_deny(verdict, SIGNET_REASON_NAME,
			                   "the profile '%s' takes no names of the kind %s",
			                   profile->name, general_name_kind_name(names[i].kind));
	signet_draft_begin(draft, SIGNET_ORIGIN_REQUEST);
	return signet_draft_set_alt_names(draft, names, count);
}

/* A subject of one common name; the empty one for NULL. */
static int make_subject(struct arena *arena, struct bytes common_name, struct bytes *out)
{
	struct error err = {0};
	*out = NAME_EMPTY;
	if (common_name.length == 0)
		return 0;
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_NAME);
	struct der_writer w = der_write(&der);
	der_begin(&w, DER_SEQUENCE);
	int result = name_put_part(&w, OID_COMMON_NAME, common_name, &err);
	der_end(&w);
	if (result == 0)
		result = der_writer_finish(&w);
	return result ? result : arena_bytes(arena, buffer_bytes(&der), out);
}

static struct bytes first_dns(const struct signet_draft *draft)
{
	size_t count;
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	for (size_t i = 0; i < count; i++)
		if (names[i].kind == GN_DNS && names[i].value.length <= COMMON_NAME_MAX)
			return names[i].value;
	return BYTES_NONE;
}

static int draft_subject(const struct profile *profile, const struct signet_request *request,
                         struct signet_draft *draft, struct signet_verdict *verdict)
{
	struct arena *arena = signet_draft_arena(draft);
	struct bytes subject = NAME_EMPTY;
	int result = 0;
	enum signet_origin origin = SIGNET_ORIGIN_REQUEST;
	switch (profile->subject) {
	case PROFILE_SUBJECT_FIRST_DNS:
		origin = SIGNET_ORIGIN_PROFILE;
		result = make_subject(arena, first_dns(draft), &subject);
		break;
	case PROFILE_SUBJECT_COMMON_NAME:
		result = make_subject(arena, bytes_text(name_common_name(arena, request->subject)),
		                      &subject);
		break;
	case PROFILE_SUBJECT_REQUEST:
		subject = request->subject;
		break;
	case PROFILE_SUBJECT_EMPTY:
		origin = SIGNET_ORIGIN_PROFILE;
		break;
	}
	if (result == SIGNET_E_BAD_NAME)
		return signet_deny(verdict, SIGNET_REASON_NAME,
		                   "the common name does not fit a certificate");
	signet_draft_begin(draft, origin);
	return result ? result : signet_draft_set_subject(draft, subject);
}

/* From the backdated now on, within what the profile gives and the issuer has left. */
static int draft_validity(const struct profile *profile, const struct signet_request *request,
                          int64_t wish_not_before, int64_t wish_not_after,
                          struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct certificate *issuer = &profile->authority->certificate;
	int64_t not_before = request->submitted - profile->backdate;
	/* both ends belong to the validity (RFC 5280 section 4.1.2.5) */
	int64_t not_after = not_before + profile->validity - 1;
	enum signet_origin origin = SIGNET_ORIGIN_PROFILE;
	if (wish_not_before > not_before) {
		not_before = wish_not_before;
		origin = SIGNET_ORIGIN_REQUEST;
	}
	if (wish_not_after && wish_not_after < not_after) {
		not_after = wish_not_after;
		origin = SIGNET_ORIGIN_REQUEST;
	}
	if (not_before < issuer->not_before)
		not_before = issuer->not_before;
	if (not_after > issuer->not_after) {
		not_after = issuer->not_after;
		origin = SIGNET_ORIGIN_ENGINE;
	}
	if (not_after <= not_before || not_after <= request->submitted)
		return signet_deny(verdict, SIGNET_REASON_VALIDITY,
		                   "nothing is left of the wished validity");
	signet_draft_begin(draft, origin);
	return signet_draft_set_validity(draft, not_before, not_after);
}

static int draft_extensions(const struct profile *profile, const struct signet_request *request,
                            struct signet_draft *draft, struct signet_verdict *verdict)
{
	const struct extension *usage = pubkey_algorithm(request->key) == KEY_RSA
		? &profile->usage_rsa : &profile->usage_other;
	signet_draft_begin(draft, SIGNET_ORIGIN_PROFILE);
	if (usage->value.length == 0 && profile->key_usage)
		return signet_deny(verdict, SIGNET_REASON_KEY,
		                   "no key usage of the profile '%s' fits this kind of key",
		                   profile->name);
	int result = usage->value.length ? signet_draft_set_extension(draft, usage) : 0;
	for (size_t i = 0; result == 0 && i < profile->extension_count; i++)
		result = signet_draft_set_extension(draft, &profile->extensions[i]);
	return result;
}

int profile_draft(const struct profile *profile, const struct signet_request *request,
                  int64_t wish_not_before, int64_t wish_not_after, struct arena *arena,
                  struct signet_draft **out, struct signet_verdict *verdict, struct error *err)
{
	struct signet_draft *draft = signet_draft_new(arena);
	*verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	int result = draft ? draft_names(profile, request, draft, verdict) : SIGNET_E_NOMEM;
	if (result == 0 && verdict->decision == SIGNET_PASS)
		result = draft_subject(profile, request, draft, verdict);
	if (result == 0 && verdict->decision == SIGNET_PASS)
		result = draft_validity(profile, request, wish_not_before, wish_not_after, draft,
		                        verdict);
	if (result == 0 && verdict->decision == SIGNET_PASS)
		result = draft_extensions(profile, request, draft, verdict);
	if (result)
		return error_set(err, result, "cannot draft the certificate");
	*out = draft;
	return 0;
}
