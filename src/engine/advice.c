#include "engine/advice.h"

#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/draft_message.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "rpc/ca.pb-c.h"
#include "rpc/rpc.h"

/* Rules that run at once, and those that ask at all: fewer than the calls that the gateway may make
 * at a time, so that a rule that hangs leaves room for requests that it does not judge. */
#define CHANNELS 24
#define MOST_ASKING 40
#define MARGIN_US INT64_C(5000000)
#define RETRY_NS 50000000

struct advice {
	struct rpc_pool *pool;
	atomic_uint asking;
	struct load *load; /* where questions count; NULL: nowhere */
};

int advice_new(struct advice **out, const char *state_directory, struct error *err)
{
	struct advice *advice = calloc(1, sizeof *advice);
	char *path = file_below(state_directory, ADVICE_SOCKET);
	int result = advice && path ? rpc_pool_new(&advice->pool, path, CHANNELS, err)
	                            : error_nomem(err);
	free(path);
	if (result) {
		free(advice);
		return result;
	}
	rpc_pool_name_peer(advice->pool, "adviser");
	*out = advice;
	return 0;
}

void advice_count(struct advice *advice, struct load *load)
{
	advice->load = load;
}

void advice_free(struct advice *advice)
{
	if (!advice)
		return;
	rpc_pool_free(advice->pool);
	free(advice);
}

/* ---- the question ---- */

static char *field(const char *text)
{
	return (char *)(uintptr_t)(text ? text : "");
}

static int fill_attributes(struct arena *arena, const struct signet_request *request,
                           Signet__Rpc__Submission *out)
{
	size_t count = request->attribute_count;
	Signet__Rpc__Attribute *list = arena_array(arena, count, sizeof *list);
	out->attributes = arena_array(arena, count, sizeof(Signet__Rpc__Attribute *));
	if (!list || !out->attributes)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < count; i++) {
		signet__rpc__attribute__init(&list[i]);
		list[i].name = field(request->attributes[i].name);
		list[i].value = field(request->attributes[i].value);
		out->attributes[i] = &list[i];
	}
	out->n_attributes = count;
	return 0;
}

static int fill_submission(struct arena *arena, const struct signet_request *request,
                           Signet__Rpc__Submission *out)
{
	signet__rpc__submission__init(out);
	out->csr = (ProtobufCBinaryData){request->csr.length,
	                                 (uint8_t *)(uintptr_t)request->csr.data};
	out->profile = field(request->profile);
	out->intermediary = field(request->intermediary);
	out->protocol = field(request->protocol);
	out->requester = field(request->requester);
	out->address = field(request->address);
	return fill_attributes(arena, request, out);
}

static void fill_judge(Signet__Rpc__Judge *out, const struct rule *rule,
                       const struct signet_request *request)
{
	signet__rpc__judge__init(out);
	out->rule = field(rule->name);
	out->configuration = rule->fingerprint;
	out->id = request->id;
	out->resubmitted = request->resubmitted;
	out->test = request->test;
	out->authority = field(request->authority);
	out->submitted = request->submitted;
	out->approvers = (char **)(uintptr_t)request->approvers;
	out->n_approvers = request->approver_count;
}

/* ---- the call ---- */

static void rest(void)
{
	nanosleep(&(struct timespec){0, RETRY_NS}, NULL);
}

/* A call may be made again: what a rule is asked twice it answers twice. */
static int call(struct advice *advice, struct arena *arena, const Signet__Rpc__Call *question,
                int64_t timeout_us, Signet__Rpc__Judgement **out, struct error *err)
{
	int64_t now = clock_monotonic_us(), end = now + timeout_us + MARGIN_US;
	int64_t patience = now + MARGIN_US; /* with an adviser that has not loaded its rules yet */
	for (;; rest()) {
		Signet__Rpc__Reply *reply;
		int result = rpc_call(advice->pool, arena, question, true,
		                      end - clock_monotonic_us(), &reply, err);
		if (result)
			return result;
		if (reply->code == SIGNET_E_CONFLICT && clock_monotonic_us() < patience)
			continue;
		if (reply->code)
			return error_set(err, reply->code < 0 ? reply->code : SIGNET_E_INVALID, "%s",
			                 reply->message);
		if (reply->body_case != SIGNET__RPC__REPLY__BODY_JUDGEMENT || !reply->judgement)
			return error_set(err, SIGNET_E_INVALID,
			                 "the adviser answered another question");
		*out = reply->judgement;
		return 0;
	}
}

static int ask(struct advice *advice, const struct rule *rule,
               const struct signet_request *request, struct signet_draft *draft,
               struct signet_verdict *verdict, struct error *err)
{
	struct arena *arena = signet_draft_arena(draft);
	Signet__Rpc__Call question = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Submission submission;
	Signet__Rpc__Judge message;
	Signet__Rpc__Judgement *judgement = NULL;
	fill_judge(&message, rule, request);
	int result = fill_submission(arena, request, &submission);
	if (result == 0)
		result = draft_message_make(arena, draft, &message.draft);
	if (result)
		return error_set(err, result, "the question to the adviser cannot be made");
	message.submission = &submission;
	question.call_case = SIGNET__RPC__CALL__CALL_JUDGE;
	question.judge = &message;
	if (signet__rpc__call__get_packed_size(&question) > LIMIT_MESSAGE - 1)
		return signet_deny(verdict, SIGNET_REASON_REQUEST,
		                   "request and draft are larger than the %d octets that a rule which is "
		                   "run apart can be given", LIMIT_MESSAGE - 1);
	result = call(advice, arena, &question, rule->timeout_us, &judgement, err);
	return result ? result : advice_take(judgement, draft, verdict, err);
}

int advice_judge(struct advice *advice, const struct rule *rule,
                 const struct signet_request *request, struct signet_draft *draft,
                 struct signet_verdict *verdict, bool *busy, struct error *err)
{
	load_begin(advice->load);
	*busy = atomic_fetch_add(&advice->asking, 1) >= MOST_ASKING;
	int result = *busy ? error_set(err, SIGNET_E_UNAVAILABLE,
	                               "too many requests wait for the adviser")
	                   : ask(advice, rule, request, draft, verdict, err);
	atomic_fetch_sub(&advice->asking, 1);
	load_end(advice->load, result != 0);
	return result;
}
