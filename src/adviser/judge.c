#include "adviser/judge.h"

#include "api/draft.h"
#include "api/draft_message.h"
#include "pki/csr.h"
#include "rpc/ca.pb-c.h"

static int read_attributes(struct arena *arena, const Signet__Rpc__Submission *in,
                           struct signet_request *request)
{
	struct signet_attribute *list = arena_array(arena, in->n_attributes, sizeof *list);
	if (!list)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < in->n_attributes; i++)
		list[i] = (struct signet_attribute){in->attributes[i]->name,
		                                    in->attributes[i]->value};
	request->attributes = list;
	request->attribute_count = in->n_attributes;
	return 0;
}

/* The request is read from its own octets once more, not from what the engine made of them. */
static int read_request(struct arena *arena, const Signet__Rpc__Judge *in, struct csr *csr,
                        struct signet_request *out, struct error *err)
{
	const Signet__Rpc__Submission *s = in->submission;
	int result = csr_parse(csr, arena, bytes_make(s->csr.data, s->csr.len), err);
	if (result)
		return result;
	*out = (struct signet_request){
		.id = in->id,
		.resubmitted = in->resubmitted,
		.test = in->test,
		.csr = csr->der,
		.profile = s->profile,
		.authority = in->authority,
		.intermediary = s->intermediary,
		.protocol = s->protocol,
		.requester = s->requester,
		.address = s->address,
		.submitted = in->submitted,
		.approvers = (const char *const *)in->approvers,
		.approver_count = in->n_approvers,
		.key = csr->key,
		.subject = csr->subject,
		.alt_names = csr->alt_names,
		.alt_name_count = csr->alt_name_count,
		.extensions = csr->extensions,
		.extension_count = csr->extension_count,
	};
	if (read_attributes(arena, s, out)) {
		csr_clear(csr);
		return error_nomem(err);
	}
	return 0;
}

static int fill_draft(struct signet_draft *draft, const struct draft_parts *parts)
{
	signet_draft_begin(draft, parts->subject_origin);
	int result = signet_draft_set_subject(draft, parts->subject);
	if (result == 0)
		result = signet_draft_set_validity(draft, parts->not_before, parts->not_after);
	signet_draft_begin(draft, parts->names_origin);
	if (result == 0)
		result = signet_draft_set_alt_names(draft, parts->names, parts->name_count);
	for (size_t i = 0; result == 0 && i < parts->removed_count; i++)
		result = signet_draft_remove_extension(draft, parts->removed[i]);
	for (size_t i = 0; result == 0 && i < parts->extension_count; i++) {
		signet_draft_begin(draft, parts->extensions[i].origin);
		result = signet_draft_set_extension(draft, &parts->extensions[i].extension);
	}
	signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
	return result;
}

static int read_draft(struct arena *arena, const Signet__Rpc__Draft *in, struct signet_draft **out,
                      struct error *err)
{
	struct draft_parts parts;
	int result = draft_message_read(arena, in, &parts, err);
	if (result)
		return result;
	*out = signet_draft_new(arena);
	return *out && fill_draft(*out, &parts) == 0 ? 0 : error_nomem(err);
}

/* The draft is left out when the rule left it alone. */
static int write_judgement(struct arena *arena, const struct signet_verdict *verdict,
                           struct signet_draft *draft, Signet__Rpc__Judgement **out,
                           struct error *err)
{
	Signet__Rpc__Judgement *judgement = arena_alloc(arena, sizeof *judgement);
	if (!judgement)
		return error_nomem(err);
	signet__rpc__judgement__init(judgement);
	judgement->decision = verdict->decision;
	judgement->reason = verdict->decision == SIGNET_DENY ? verdict->reason : SIGNET_REASON_NONE;
	judgement->approvals = verdict->approvals;
	judgement->message = arena_strdup(arena, verdict->message);
	if (!judgement->message)
		return error_nomem(err);
	size_t removed;
	if (!signet_draft_removed(draft, &removed))
		return error_nomem(err);
	/* what was not there yet can be taken out without a change */
	if ((signet_draft_is_changed(draft) || removed) &&
	    draft_message_make(arena, draft, &judgement->draft))
		return error_nomem(err);
	*out = judgement;
	return 0;
}

static int check(const struct rule *rule, struct arena *arena, const Signet__Rpc__Judge *in,
                 const struct signet_request *request, Signet__Rpc__Judgement **out,
                 struct error *err)
{
	struct signet_verdict verdict = {.decision = SIGNET_PASS};
	struct signet_draft *draft;
	int result = read_draft(arena, in->draft, &draft, err);
	if (result)
		return result;
	result = rule->module->check(rule->instance, request, draft, &verdict);
	if (result)
		return error_set(err, result, "the rule failed");
	verdict.message[sizeof verdict.message - 1] = '\0';
	return write_judgement(arena, &verdict, draft, out, err);
}

int judge(struct rules_holder *holder, struct arena *arena, const Signet__Rpc__Judge *in,
          Signet__Rpc__Judgement **out, struct error *err)
{
	struct signet_request request;
	struct rules *of;
	struct csr csr;
	if (!in->submission || !in->draft)
		return error_set(err, SIGNET_E_INVALID, "the call has no request or no draft");
	const struct rule *rule = rules_take(holder, in->rule, in->configuration, &of);
	if (!rule)
		return error_set(err, SIGNET_E_CONFLICT, "the adviser has no such rule '%.64s'",
		                 in->rule);
	int result = read_request(arena, in, &csr, &request, err);
	if (result == 0) {
		request.groups = rules_groups(of);
		result = check(rule, arena, in, &request, out, err);
		csr_clear(&csr);
	}
	rules_release(holder, of);
	return result;
}
