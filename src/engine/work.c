#include "engine/work.h"

#include "api/draft.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "engine/edit.h"
#include "engine/history.h"
#include "engine/outcome.h"
#include "engine/record.h"
#include "engine/revoke_key.h"
#include "engine/records.pb-c.h"

int work_find_profile(struct work *work, struct error *err)
{
	const struct signet_submission *s = work->submission;
	work->profile = configuration_profile(work->configuration, s->profile);
	if (!work->profile)
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no profile '%s'", s->profile);
	if (!configuration_is_open(work->configuration, s->intermediary, s->profile))
		return error_set(err, SIGNET_E_PERMISSION,
		                 "the profile '%s' is not open to the intermediary '%s'",
		                 s->profile, s->intermediary);
	return 0;
}

/* What makes a stored request another one than a new one. */
static int fill_stored(struct work *work)
{
	const Signet__Db__Request *stored = work->stored;
	const char **approvers = arena_array(work->arena, stored->n_approvals, sizeof *approvers);
	if (!approvers)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < stored->n_approvals; i++)
		approvers[i] = stored->approvals[i]->actor;
	work->request.id = work->id;
	work->request.resubmitted = true;
	work->request.approvers = approvers;
	work->request.approver_count = stored->n_approvals;
	return 0;
}

static int fill_request(struct work *work)
{
	const struct signet_submission *s = work->submission;
	work->request = (struct signet_request){
		.csr = s->csr,
		.profile = work->profile->name,
		.authority = work->profile->authority->name,
		.intermediary = s->intermediary,
		.protocol = s->protocol,
		.requester = s->requester,
		.address = s->address,
		.attributes = s->attributes,
		.attribute_count = s->attribute_count,
		.submitted = clock_now(),
		.test = work->test,
		.groups = work->configuration->groups,
		.key = work->csr.key,
		.subject = work->csr.subject,
		.alt_names = work->csr.alt_names,
		.alt_name_count = work->csr.alt_name_count,
		.extensions = work->csr.extensions,
		.extension_count = work->csr.extension_count,
	};
	return work->stored ? fill_stored(work) : 0;
}

/* Not the request's fault: nothing is stored, and it can come again when there is a new one. */
static int check_authority(const struct work *work, struct error *err)
{
	const struct authority *authority = work->profile->authority;
	if (work->request.submitted < authority->bounds.not_after)
		return 0;
	return error_set(err, SIGNET_E_UNAVAILABLE, "the certificate of the authority '%s', or one "
	                 "above it, has ended", authority->name);
}

int work_begin(struct work *work, struct error *err)
{
	int result = csr_parse(&work->csr, work->arena, work->submission->csr, err);
	if (result)
		return result;
	if (fill_request(work))
		return error_nomem(err);
	result = csr_verify_possession(&work->csr, err);
	return result ? result : check_authority(work, err);
}

static int judge_gateway(struct work *work)
{
	struct signet_verdict verdict = {.decision = SIGNET_PASS};
	profile_judge_gateway(work->configuration->settings, &work->request, work->draft, &verdict);
	return chain_add_step(work->arena, &work->chain, PROFILE_GATEWAY, &verdict, "");
}

static int judge_by_chain(struct work *work)
{
	history_attach(work->history, work->draft);
	return chain_run(work->configuration->chain, work->arena, &work->request, work->draft,
	                 &work->chain);
}

/* A request that was held stays so until as many have approved as were wanted then, also when the rule
 * does not hold it now: its condition may be one of time, or the configuration another one. */
static int hold_on(struct work *work)
{
	const Signet__Db__Request *stored = work->stored;
	struct signet_verdict verdict;
	if (!stored || work->chain.decision != SIGNET_PASS)
		return 0;
	size_t wanted = stored->wanted ? stored->wanted : 1;
	if (work->request.approver_count >= wanted)
		return 0;
	signet_hold(&verdict, "%s", stored->message);
	work->chain.approvals_missing = (unsigned)(wanted - work->request.approver_count);
	return chain_add_step(work->arena, &work->chain, "held", &verdict, "");
}

/* What the issuer's own certificates forbid, whatever the rules say: after them, since one may have
 * made the draft fit. */
static int judge_by_authority(struct work *work)
{
	struct signet_verdict verdict = {.decision = SIGNET_PASS};
	struct error why = {0};
	if (work->chain.decision == SIGNET_DENY)
		return 0;
	int result = issue_check_bounds(work->arena, work->profile->authority, work->draft, &why);
	if (result == 0 || result == SIGNET_E_NOMEM)
		return result;
	signet_deny(&verdict, result == SIGNET_E_BAD_NAME ? SIGNET_REASON_NAME
	                                                  : SIGNET_REASON_POLICY, "%s", why.message);
	return chain_add_step(work->arena, &work->chain, "authority", &verdict, "");
}

/* The judges that there are for such a request. */
static int ask_judges(struct work *work, const struct signet_verdict *drafted)
{
	int result;
	if (drafted->decision != SIGNET_PASS)
		result = chain_add_step(work->arena, &work->chain, "profile", drafted, "");
	else if (work->unasked)
		result = chain_add_step(work->arena, &work->chain, work->profile->name, drafted, "");
	else if (work->profile == &work->configuration->gateway)
		result = judge_gateway(work);
	else
		result = judge_by_chain(work);
	if (result == 0)
		result = hold_on(work);
	return result ? result : judge_by_authority(work);
}

static int judge(struct work *work, struct error *err)
{
	const struct signet_submission *s = work->submission;
	struct signet_verdict verdict;
	struct store_txn *snapshot;
	int result = history_snapshot(work->history, &snapshot, err);
	if (result == 0)
		result = revoke_key_ask(snapshot, work->profile->authority, err);
	if (result == 0)
		result = profile_draft(work->profile, &work->request, s->not_before, s->not_after,
		                       work->arena, &work->draft, &verdict, err);
	if (result == 0 && verdict.decision == SIGNET_PASS && work->stored)
		result = edit_draft(work->arena, work->stored, work->draft, err);
	if (result)
		return result;
	result = ask_judges(work, &verdict);
	return result ? error_set(err, result, "the request could not be judged") : 0;
}

int work_judge(struct work *work, struct error *err)
{
	work->history = history_new(work->arena, work->engine->database, work->request.submitted);
	if (!work->history)
		return error_nomem(err);
	work->issued = (struct issued){0};
	work->chain = (struct chain_result){.decision = SIGNET_PASS, .message = ""};
	int result = judge(work, err);
	history_rest(work->history);
	if (result)
		return result;
	work->reason = work->chain.reason;
	work->message = work->chain.message;
	return 0;
}

/* Signs what has passed. A draft that breaks RFC 5280 is a request that failed, and stays so. */
static int issue(struct work *work, struct error *err)
{
	const struct profile *profile = work->profile;
	int64_t now = work->request.submitted;
	int result = work->test
		? issue_check(&work->plan, work->arena, profile, work->csr.key, work->draft, now,
		              err)
		: issue_certificate(&work->issued, work->arena, profile, work->csr.key,
		                    work->draft, now, err);
	if (result != SIGNET_E_INVALID) {
		work->state = SIGNET_REQUEST_ISSUED;
		return result;
	}
	if (!work->test)
		log_error(LOG_ERROR, "lint", err, "profile", work->profile->name, NULL);
	work->state = SIGNET_REQUEST_FAILED;
	work->reason = SIGNET_REASON_REQUEST;
	work->message = arena_strdup(work->arena, err->message);
	return work->message ? 0 : error_nomem(err);
}

int work_decide(struct work *work, struct error *err)
{
	switch (work->chain.decision) {
	case SIGNET_PASS:
		return issue(work, err);
	case SIGNET_HOLD:
		work->state = SIGNET_REQUEST_PENDING;
		return 0;
	case SIGNET_DENY:
		break;
	}
	work->state = SIGNET_REQUEST_DENIED;
	return 0;
}

/* What the indexes say of it. */
static int fill_indexes(const struct work *work, struct database_entry *entry)
{
	const struct alike *alike;
	int result = history_identify(work->history, work->draft, work->csr.key, &alike);
	if (result)
		return result;
	memcpy(entry->fingerprint, alike->fingerprint, sizeof entry->fingerprint);
	entry->names = alike->forms;
	entry->name_count = alike->form_count;
	entry->key_row = alike->key_row;
	entry->name_row = alike->name_row;
	index_row_stamp(&entry->key_row, entry->time);
	index_row_stamp(&entry->name_row, entry->time);
	return index_fingerprint(work->issued.certificate, entry->print);
}

static int pack_certificate(const struct work *work, struct bytes *out)
{
	const struct authority *authority = work->profile->authority;
	const struct record_certificate record = {
		.der = work->issued.certificate, .issuer = BYTES_OF(authority->issuer),
		.shard = work->issued.shard, .not_after = work->issued.not_after};
	return record_pack_certificate(work->arena, &record, out);
}

static int fill_records(struct work *work, struct database_entry *entry)
{
	struct record_request record = {
		.request = &work->request, .submission = work->submission, .state = work->state,
		.chain = &work->chain, .draft = work->draft, .reason = work->reason,
		.message = work->message, .author = work->author, .stored = work->stored};
	int result = 0;
	if (work->state == SIGNET_REQUEST_ISSUED && !work->test) {
		record.issued = &work->issued;
		entry->serial = work->issued.serial;
		entry->not_after = work->issued.not_after;
		entry->authority = work->profile->authority->name;
		entry->issuer = work->profile->authority->issuer;
		entry->profile = work->profile->name;
		entry->requester = work->submission->requester;
		entry->history = work->history;
		result = fill_indexes(work, entry);
		if (result == 0)
			result = pack_certificate(work, &entry->certificate);
	}
	return result ? result : record_pack_request(work->arena, &record, &entry->record);
}

/* What is, for the audit trail: "denied", "issued, serial 47110815". */
static const char *state_text(const struct work *work)
{
	const char *name = signet_request_state_name(work->state);
	if (work->state != SIGNET_REQUEST_ISSUED || work->test)
		return name;
	const char *serial = hex_text(work->arena, work->issued.serial);
	return serial ? arena_printf(work->arena, "%s, serial %s", name, serial) : NULL;
}

int work_fill_entry(struct work *work, struct database_entry *entry, struct error *err)
{
	static const enum audit_action actions[] = {
		[SIGNET_REQUEST_ISSUED] = AUDIT_ISSUED, [SIGNET_REQUEST_PENDING] = AUDIT_PENDING,
		[SIGNET_REQUEST_DENIED] = AUDIT_DENIED, [SIGNET_REQUEST_FAILED] = AUDIT_FAILED};
	entry->arena = work->arena;
	entry->id = work->id;
	entry->revision = work->stored ? work->stored->revision : 0;
	entry->state = work->state;
	entry->time = work->request.submitted;
	entry->audit = (struct audit_entry){work->request.submitted, actions[work->state],
	                                    work->author ? work->author
	                                                 : work->submission->intermediary, 0, "",
	                                    work->from ? work->from : work->submission->address,
	                                    work->stored ? "pending" : NULL, state_text(work)};
	int result = entry->audit.after ? fill_records(work, entry) : SIGNET_E_NOMEM;
	return result ? error_set(err, result, "the request could not be stored") : 0;
}

static const char *event_of(enum signet_request_state state)
{
	static const char *const events[] = {
		[SIGNET_REQUEST_ISSUED] = "issued", [SIGNET_REQUEST_PENDING] = "pending",
		[SIGNET_REQUEST_DENIED] = "denied", [SIGNET_REQUEST_FAILED] = "failed"};
	return events[state];
}

static void log_outcome(const struct work *work, uint64_t id)
{
	char *number = arena_printf(work->arena, "%llu", (unsigned long long)id);
	bool issued = work->state == SIGNET_REQUEST_ISSUED;
	log_event(LOG_INFO, event_of(work->state), "request", number, "serial",
	          issued ? hex_text(work->arena, work->issued.serial) : NULL, "profile",
	          work->profile->name, "intermediary", work->submission->intermediary, "requester",
	          *work->submission->requester ? work->submission->requester : NULL, "peer",
	          *work->submission->address ? work->submission->address : NULL, "reason",
	          *work->message ? work->message : NULL, NULL);
}

int work_finish(const struct work *work, const struct database_entry *entry,
                struct signet_outcome *out, struct error *err)
{
	events_announce(work->engine->events, entry->event);
	log_outcome(work, entry->id);
	measures_resolved(work->engine->measures, work->submission->intermediary,
	                  work->profile->name, work->state);
	struct outcome_parts parts = {
		.id = entry->id, .state = work->state, .reason = work->reason,
		.message = work->message, .serial = work->issued.serial,
		.certificate = work->issued.certificate, .authority = work->request.authority};
	return outcome_make(work->configuration, work->arena, &parts, out, err);
}

void work_clear(struct work *work)
{
	csr_clear(&work->csr);
}
