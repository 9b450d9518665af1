#include "engine/decision.h"

#include "base/clock.h"
#include "base/log.h"
#include "engine/approval.h"
#include "engine/edit.h"
#include "engine/outcome.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/submission.h"
#include "engine/work.h"

/* How often a request that others change meanwhile is looked at again. */
#define ROUNDS 8

/* One decision on its way. */
struct deciding {
	struct engine *engine;
	const struct configuration *configuration;
	struct arena *arena;
	const struct decision *decision;
	const struct signet_request_edit *edit; /* NULL unless it is edited */
	struct signet_outcome *out;             /* NULL when it is */
	struct stored stored;                   /* read anew in each round */
	int64_t now;
};

static int load(struct deciding *d, struct error *err)
{
	int result = database_find(d->engine->database, d->arena, d->decision->id, &d->stored, err);
	if (result)
		return result;
	unsigned state = d->stored.request->state;
	if (state == SIGNET_REQUEST_PENDING)
		return 0;
	return error_set(err, SIGNET_E_STATE, "request %llu is not pending, it is %s",
	                 (unsigned long long)d->decision->id,
	                 signet_request_state_name((enum signet_request_state)state));
}

static void log_decision(const struct deciding *d, const char *event)
{
	char *number = arena_printf(d->arena, "%llu", (unsigned long long)d->decision->id);
	const char *reason = d->decision->reason;
	log_event(LOG_INFO, event, "request", number, "actor", d->decision->actor, "reason",
	          *reason ? reason : NULL, NULL);
}

/* ---- the request goes its way again ---- */

static int read_submission(const struct deciding *d, struct signet_submission *out)
{
	const Signet__Db__Request *record = d->stored.request;
	struct signet_attribute *attributes =
		arena_array(d->arena, record->n_attributes, sizeof *attributes);
	if (!attributes)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < record->n_attributes; i++)
		attributes[i] = (struct signet_attribute){record->attributes[i]->name,
		                                          record->attributes[i]->value};
	*out = (struct signet_submission){
		.csr = bytes_make(record->csr.data, record->csr.len),
		.profile = record->profile,
		.intermediary = record->intermediary,
		.protocol = record->protocol,
		.requester = record->requester,
		.address = record->address,
		.attributes = attributes,
		.attribute_count = record->n_attributes,
		.idempotency_key = "",
		.not_before = record->wish_not_before,
		.not_after = record->wish_not_after,
	};
	return 0;
}

static struct work start_work(const struct deciding *d, const struct signet_submission *submission)
{
	return (struct work){
		.engine = d->engine, .configuration = d->configuration, .arena = d->arena,
		.submission = submission, .id = d->decision->id, .stored = d->stored.request};
}

/* Drafted and judged again, with the decision in the stored record. */
static int judge_again(struct work *work, struct error *err)
{
	int result = work_find_profile(work, err);
	if (result == 0)
		result = work_begin(work, err);
	return result ? result : work_judge(work, err);
}

/* ---- whose it is ---- */

static bool is_author(const Signet__Db__Request *record, const char *actor)
{
	for (size_t i = 0; i < record->n_authors; i++)
		if (strcmp(record->authors[i], actor) == 0)
			return true;
	return false;
}

static int add_author(struct arena *arena, Signet__Db__Request *record, const char *actor)
{
	if (is_author(record, actor))
		return 0;
	char **authors = arena_array(arena, record->n_authors + 1, sizeof *authors);
	if (!authors)
		return SIGNET_E_NOMEM;
	if (record->n_authors)
		memcpy(authors, record->authors, record->n_authors * sizeof *authors);
	authors[record->n_authors++] = (char *)(uintptr_t)actor;
	record->authors = authors;
	return 0;
}

/* Where the duties are separate nobody approves what he has asked for or changed himself. */
static int check_author(const struct deciding *d, struct error *err)
{
	if (!d->configuration->roles.separate || !is_author(d->stored.request, d->decision->actor))
		return 0;
	return error_set(err, SIGNET_E_PERMISSION, "%s has submitted or edited request %llu: another "
	                 "officer has to approve it", d->decision->actor,
	                 (unsigned long long)d->decision->id);
}

/* ---- editing ---- */

/* An edit that cannot become a certificate is refused while it can be made better. */
static int check_edited(const struct work *work, struct error *err)
{
	struct issue_plan plan;
	if (work->chain.decision == SIGNET_DENY)
		return 0;
	return issue_check(&plan, work->arena, work->profile, work->csr.key, work->draft,
	                   work->request.submitted, err);
}

static const char *edit_detail(const struct deciding *d)
{
	const char *text = edit_text(d->arena, d->edit), *reason = d->decision->reason;
	if (!text || !*reason)
		return text;
	return arena_printf(d->arena, "%s: %s", reason, text);
}

/* The request stays pending, with the draft and the trace of now. */
static int store_pending(const struct deciding *d, struct work *work,
                         const struct audit_entry *audit, struct error *err)
{
	struct database_entry entry = {0};
	work->state = SIGNET_REQUEST_PENDING;
	work->reason = SIGNET_REASON_NONE;
	/* what the rules say against it is for the officer, in the trace, not yet for the client */
	if (work->chain.decision != SIGNET_HOLD)
		work->message = d->stored.request->message;
	int result = work_fill_entry(work, &entry, err);
	if (result)
		return result;
	entry.decision = *audit;
	if (!entry.decision.detail)
		return error_nomem(err);
	return database_resolve(d->engine->database, &entry, err);
}

static int store_edited(const struct deciding *d, struct work *work, const char *before,
                        struct error *err)
{
	const struct audit_entry audit = {
		d->now, AUDIT_EDITED, d->decision->actor, 0, edit_detail(d), d->decision->from, before,
		edit_stored_text(d->arena, d->stored.request)};
	int result = audit.before && audit.after ? judge_again(work, err) : error_nomem(err);
	if (result == 0)
		result = check_edited(work, err);
	if (result == 0)
		result = store_pending(d, work, &audit, err);
	if (result == 0)
		log_decision(d, "edited");
	return result;
}

static int edit(struct deciding *d, struct error *err)
{
	struct signet_submission submission;
	Signet__Db__Request *record = d->stored.request;
	struct work work = start_work(d, &submission);
	const char *before = edit_stored_text(d->arena, record);
	int result = edit_record(d->arena, record, d->edit, err);
	if (result == 0 && add_author(d->arena, record, d->decision->actor))
		result = error_nomem(err);
	/* what was approved was another request */
	if (result == 0 && approval_void(d->arena, record, true))
		result = error_nomem(err);
	if (result == 0 && read_submission(d, &submission))
		result = error_nomem(err);
	if (result == 0)
		result = store_edited(d, &work, before, err);
	work_clear(&work);
	return result;
}

/* ---- approving ---- */

/* How many approvals it has, and is to have: "1 of 2". */
static const char *approvals_text(struct arena *arena, const Signet__Db__Request *record, int more)
{
	return arena_printf(arena, "%ld of %u", (long)record->n_approvals + more, record->wanted);
}

/* What the officers approved is no more: they have to look at what it would be now. */
static int store_redrafted(struct deciding *d, struct error *err)
{
	struct signet_submission submission;
	int result = load(d, err);
	struct work work = start_work(d, &submission);
	if (result)
		return result;
	const char *before = approvals_text(d->arena, d->stored.request, 0);
	if (approval_void(d->arena, d->stored.request, true) || read_submission(d, &submission))
		return error_nomem(err);
	const struct audit_entry audit = {d->now, AUDIT_REDRAFTED, "engine", 0,
	                                  "earlier approvals are void", NULL, before,
	                                  approvals_text(d->arena, d->stored.request, 0)};
	result = before && audit.after ? 0 : error_nomem(err);
	if (result == 0)
		result = judge_again(&work, err);
	if (result == 0)
		result = store_pending(d, &work, &audit, err);
	work_clear(&work);
	if (result)
		return result;
	log_decision(d, "redrafted");
	return error_set(err, SIGNET_E_STATE,
	                 "the configuration has changed what request %llu would become: look at it "
	                 "again, earlier approvals are void",
	                 (unsigned long long)d->decision->id);
}

static int store_approved(const struct deciding *d, struct work *work, struct error *err)
{
	struct database_entry entry = {0};
	int result = work_decide(work, err);
	if (result == 0)
		result = work_fill_entry(work, &entry, err);
	if (result)
		return result;
	entry.decision = (struct audit_entry){d->now, AUDIT_APPROVED, d->decision->actor, 0,
	                                      d->decision->reason, d->decision->from,
	                                      approvals_text(d->arena, work->stored, -1),
	                                      approvals_text(d->arena, work->stored, 0)};
	entry.audit.actor = d->decision->actor;
	entry.audit.from = d->decision->from;
	entry.audit.detail = work->state == SIGNET_REQUEST_ISSUED ? "" : work->message;
	result = database_resolve(d->engine->database, &entry, err);
	if (result)
		return result;
	log_decision(d, "approved");
	return work_finish(work, &entry, d->out, err);
}

/* Whether the new draft is what the record's approvals are for. */
static int is_approved(const struct work *work, bool *out)
{
	Signet__Db__Request drafted = *work->stored;
	struct approval_mark mark;
	drafted.profile = (char *)(uintptr_t)work->request.profile;
	drafted.authority = (char *)(uintptr_t)work->request.authority;
	int result = record_make_draft(work->arena, work->draft, &drafted);
	if (result == 0)
		result = approval_mark(&mark, &drafted);
	*out = true;
	for (size_t i = 0; result == 0 && i < drafted.n_approvals; i++)
		*out &= approval_counts(drafted.approvals[i], &mark);
	return result;
}

static int approve(struct deciding *d, struct error *err)
{
	struct signet_submission submission;
	Signet__Db__Request *record = d->stored.request;
	struct work work = start_work(d, &submission);
	bool approved = true;
	if (check_author(d, err))
		return SIGNET_E_PERMISSION;
	if (approval_void(d->arena, record, false))
		return error_nomem(err);
	int result = approval_add(d->arena, record, d->decision->id, d->decision->actor, d->now,
	                          err);
	if (result == 0 && read_submission(d, &submission))
		result = error_nomem(err);
	if (result == 0)
		result = judge_again(&work, err);
	if (result == 0 && work.chain.decision != SIGNET_DENY && is_approved(&work, &approved))
		result = error_nomem(err);
	if (result == 0 && approved)
		result = store_approved(d, &work, err);
	work_clear(&work);
	return result || approved ? result : store_redrafted(d, err);
}

/* ---- denying: the record as it is, and why ---- */

static int add_denial(const struct deciding *d, const char *message)
{
	Signet__Db__Request *record = d->stored.request;
	size_t count = record->n_trace;
	Signet__Db__Step **trace = arena_array(d->arena, count + 1, sizeof(Signet__Db__Step *));
	Signet__Db__Step *step = arena_alloc(d->arena, sizeof *step);
	if (!trace || !step)
		return SIGNET_E_NOMEM;
	signet__db__step__init(step);
	step->rule = (char *)(uintptr_t)d->decision->actor;
	step->decision = SIGNET_DENY;
	step->reason = SIGNET_REASON_POLICY;
	step->message = (char *)(uintptr_t)message;
	if (count)
		memcpy(trace, record->trace, count * sizeof(Signet__Db__Step *));
	trace[count] = step;
	record->trace = trace;
	record->n_trace = count + 1;
	return 0;
}

static int deny(struct deciding *d, struct error *err)
{
	Signet__Db__Request *record = d->stored.request;
	const char *message =
		*d->decision->reason ? d->decision->reason : "an administrator has denied the request";
	struct database_entry entry = {
		.arena = d->arena, .id = d->decision->id, .revision = record->revision,
		.state = SIGNET_REQUEST_DENIED, .time = d->now,
		.audit = {d->now, AUDIT_DENIED, d->decision->actor, 0, d->decision->reason,
		          d->decision->from, "pending", "denied"}};
	record->state = SIGNET_REQUEST_DENIED;
	record->resolved = d->now;
	record->reason = SIGNET_REASON_POLICY;
	record->message = (char *)(uintptr_t)message;
	record->revision++;
	if (add_denial(d, message) || record_repack_request(d->arena, record, &entry.record))
		return error_nomem(err);
	int result = database_resolve(d->engine->database, &entry, err);
	if (result)
		return result;
	events_announce(d->engine->events, entry.event);
	log_decision(d, "denied");
	struct outcome_parts parts = {
		.id = entry.id, .state = entry.state, .reason = SIGNET_REASON_POLICY,
		.message = message, .authority = record->authority};
	return outcome_make(d->configuration, d->arena, &parts, d->out, err);
}

/* ---- */

static int decide(struct deciding *d, int (*step)(struct deciding *d, struct error *err),
                  struct error *err)
{
	struct error unwanted = {0};
	if (!err)
		err = &unwanted;
	int result = submission_check_label("reason", d->decision->reason, 0, LIMIT_REASON, err);
	if (result == 0 && d->edit)
		result = edit_check(d->arena, d->edit, err);
	for (unsigned i = 0; i < ROUNDS && (i == 0 ? result == 0 : result == SIGNET_E_CONFLICT); i++) {
		d->now = clock_now();
		result = load(d, err);
		if (result == 0)
			result = step(d, err);
	}
	return result;
}

int decision_approve(struct engine *engine, const struct configuration *configuration,
                     struct arena *arena, const struct decision *decision,
                     struct signet_outcome *out, struct error *err)
{
	struct deciding d = {.engine = engine, .configuration = configuration, .arena = arena,
	                     .decision = decision, .out = out};
	return decide(&d, approve, err);
}

int decision_deny(struct engine *engine, const struct configuration *configuration,
                  struct arena *arena, const struct decision *decision,
                  struct signet_outcome *out, struct error *err)
{
	struct deciding d = {.engine = engine, .configuration = configuration, .arena = arena,
	                     .decision = decision, .out = out};
	return decide(&d, deny, err);
}

int decision_edit(struct engine *engine, const struct configuration *configuration,
                  struct arena *arena, const struct decision *decision,
                  const struct signet_request_edit *changes, struct error *err)
{
	struct deciding d = {.engine = engine, .configuration = configuration, .arena = arena,
	                     .decision = decision, .edit = changes};
	return decide(&d, edit, err);
}
