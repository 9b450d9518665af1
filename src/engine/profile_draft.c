#include "api/draft.h"
#include "api/template.h"
#include "asn1/oid.h"
#include "engine/profile_private.h"

int profile_fill(const struct profile_drafting *d, const struct profile_filling *filling,
                 const char **out)
{
	const struct signet_template_source source = {
		.request = d->request, .draft = d->draft, .refused = filling->refused};
	struct error why = {0};
	*out = NULL;
	int result = signet_template_expand(filling->template, &source,
	                                    signet_draft_arena(d->draft), out, &why);
	if (result == 0 || result == SIGNET_E_NOMEM)
		return result;
	if (result == SIGNET_E_NOT_FOUND && filling->optional)
		return 0;
	return signet_deny(d->verdict, SIGNET_REASON_NAME, "the profile '%s' cannot fill its %s: %s",
	                   d->profile->name, filling->what, why.message);
}

/* From the backdated now on, within what the profile gives. */
static enum signet_origin wish_validity(const struct profile_drafting *d, int64_t wish_not_before,
                                        int64_t wish_not_after, int64_t *not_before,
                                        int64_t *not_after)
{
	const struct profile *p = d->profile;
	enum signet_origin origin = SIGNET_ORIGIN_PROFILE;
	int64_t most;
	*not_before = d->request->submitted - p->backdate;
	/* both ends belong to the validity (RFC 5280 section 4.1.2.5) */
	*not_after = *not_before + p->validity - 1;
	most = *not_before + p->validity_most - 1;
	if (!p->wishes)
		return origin;
	if (wish_not_before > *not_before) {
		*not_before = wish_not_before;
		origin = SIGNET_ORIGIN_REQUEST;
	}
	if (wish_not_after > most)
		wish_not_after = most;
	if (wish_not_after && wish_not_after != *not_after) {
		*not_after = wish_not_after;
		origin = SIGNET_ORIGIN_REQUEST;
	}
	return origin;
}

static int draft_validity(const struct profile_drafting *d, int64_t wish_not_before,
                          int64_t wish_not_after)
{
	const struct profile *p = d->profile;
	const struct certificate *issuer = &p->authority->certificate;
	int64_t not_before, not_after;
	enum signet_origin origin = wish_validity(d, wish_not_before, wish_not_after, &not_before,
	                                          &not_after);
	if (not_before < issuer->not_before)
		not_before = issuer->not_before;
	if (not_after > p->authority->bounds.not_after) {
		not_after = p->authority->bounds.not_after;
		origin = SIGNET_ORIGIN_ENGINE;
	}
	if (not_after <= not_before || not_after <= d->request->submitted)
		return signet_deny(d->verdict, SIGNET_REASON_VALIDITY,
		                   "nothing is left of the wished validity");
	if (not_after - not_before + 1 < p->validity_least)
		return signet_deny(d->verdict, SIGNET_REASON_VALIDITY,
		                   "the validity would be shorter than the profile '%s' wants",
		                   p->name);
	signet_draft_begin(d->draft, origin);
	return signet_draft_set_validity(d->draft, not_before, not_after);
}

static int draft_sid(const struct profile_drafting *d)
{
	const struct profile_filling filling = {d->profile->sid, "ms-sid", NULL,
	                                        d->profile->sid_optional};
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	const char *sid;
	if (!d->profile->sid)
		return 0;
	int result = profile_fill(d, &filling, &sid);
	if (result || !sid)
		return result;
	if (ms_sid_encode(&value, bytes_text(sid)) == SIGNET_E_INVALID)
		return signet_deny(d->verdict, SIGNET_REASON_NAME,
		                   "what the request brings for ms-sid is no SID");
	const struct extension extension = {OID_MS_SID, false, buffer_bytes(&value)};
	return value.error ? value.error : signet_draft_set_extension(d->draft, &extension);
}

static int set_all(struct signet_draft *draft, const struct extension *list, size_t count)
{
	int result = 0;
	for (size_t i = 0; result == 0 && i < count; i++)
		result = signet_draft_set_extension(draft, &list[i]);
	return result;
}

/* What is derived of the authority is not in the draft: issue.c adds it. */
static int draft_extensions(const struct profile_drafting *d)
{
	const struct profile *p = d->profile;
	const struct extension *usage = &p->usages[profile_key_of(d->request->key)];
	if (usage->value.length == 0 && p->key_usage)
		return signet_deny(d->verdict, SIGNET_REASON_KEY,
		                   "no key usage of the profile '%s' fits this kind of key", p->name);
	signet_draft_begin(d->draft, SIGNET_ORIGIN_PROFILE);
	int result = set_all(d->draft, usage, usage->value.length > 0);
	if (result == 0)
		result = set_all(d->draft, p->extensions, p->extension_count);
	return result ? result : draft_sid(d);
}

int profile_draft(const struct profile *profile, const struct signet_request *request,
                  int64_t wish_not_before, int64_t wish_not_after, struct arena *arena,
                  struct signet_draft **out, struct signet_verdict *verdict, struct error *err)
{
	const struct profile_drafting d = {profile, request, signet_draft_new(arena), verdict};
	*verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	int result = d.draft ? profile_draft_names(&d) : SIGNET_E_NOMEM;
	if (result == 0 && verdict->decision == SIGNET_PASS)
		result = profile_draft_subject(&d);
	if (result == 0 && verdict->decision == SIGNET_PASS)
		result = draft_validity(&d, wish_not_before, wish_not_after);
	if (result == 0 && verdict->decision == SIGNET_PASS)
		result = draft_extensions(&d);
	if (result == 0 && verdict->decision == SIGNET_PASS)
		result = profile_draft_requested(&d);
	if (result)
		return error_set(err, result, "cannot draft the certificate");
	*out = d.draft;
	return 0;
}
