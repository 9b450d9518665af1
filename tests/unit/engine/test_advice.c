/* The engine's question, with this test in the adviser's place. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/draft.h"
#include "api/draft_message.h"
#include "base/clock.h"
#include "base/limits.h"
#include "engine/advice.h"
#include "engine/chain.h"
#include "rpc/ca.pb-c.h"
#include "rpc/rpc.h"
#include "tests/unit/tree.h"

static struct {
	char directory[64];
	char socket[96];
	struct rpc_server *server;
	struct advice *advice;
	struct arena *arena;
	struct signet_draft *draft;
	struct signet_request request;
	struct rule rule;
	struct signet_verdict verdict;
	struct error err;
	_Atomic int asked;
	_Atomic bool go_on; /* lets those who wait return */
	enum { DENY, CONFLICT_TWICE, CONFLICT, ERROR, POSITIVE, OTHER, WAIT, ODD, TELL } answer;
} f;

static void fill(Signet__Rpc__Judgement *judgement, struct arena *arena,
                 const Signet__Rpc__Judge *in)
{
	const Signet__Rpc__Submission *s = in->submission;
	judgement->decision = f.answer == ODD ? 9 : SIGNET_DENY;
	judgement->reason = SIGNET_REASON_NAME;
	judgement->message = (char *)"not this one";
	if (f.answer == TELL)
		judgement->message = arena_printf(
			arena, "%s %llu %llu %d%d %s %s %s %s %s %s %s %lld %s=%s %s %zu/%zu", in->rule,
			(unsigned long long)in->configuration, (unsigned long long)in->id,
			in->resubmitted, in->test, s->profile, s->intermediary, s->protocol, s->requester,
			s->address, in->authority, s->idempotency_key, (long long)in->submitted,
			s->attributes[0]->name, s->attributes[0]->value, in->approvers[0], s->csr.len,
			in->draft->n_extensions);
}

static void handle(void *context, const struct rpc_peer *peer, struct arena *arena,
                   const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)context;
	(void)peer;
	int nth = ++f.asked;
	Signet__Rpc__Judgement *judgement = arena_alloc(arena, sizeof *judgement);
	signet__rpc__judgement__init(judgement);
	while (f.answer == WAIT && !f.go_on && !rpc_server_is_stopping(f.server))
		usleep(1000);
	if (f.answer == CONFLICT || (f.answer == CONFLICT_TWICE && nth <= 2))
		reply->code = SIGNET_E_CONFLICT;
	else if (f.answer == ERROR)
		reply->code = SIGNET_E_IO;
	else if (f.answer == POSITIVE)
		reply->code = 1;
	if (reply->code || f.answer == OTHER)
		return;
	fill(judgement, arena, call->judge);
	reply->body_case = SIGNET__RPC__REPLY__BODY_JUDGEMENT;
	reply->judgement = judgement;
}

static void serve(void)
{
	assert_int_equal(rpc_server_start(&f.server, f.socket, 0600, NULL, handle, NULL, &f.err), 0);
}

static int setup(void **state)
{
	(void)state;
	char path[96];
	memset(&f, 0, sizeof f);
	snprintf(f.directory, sizeof f.directory, "/tmp/signet-advice-XXXXXX");
	assert_non_null(mkdtemp(f.directory));
	snprintf(path, sizeof path, "%s/adviser", f.directory);
	assert_int_equal(mkdir(path, 0700), 0);
	snprintf(f.socket, sizeof f.socket, "%s/" ADVICE_SOCKET, f.directory);
	f.arena = arena_new(LIMIT_REQUEST_ARENA);
	f.draft = signet_draft_new(f.arena);
	f.rule = (struct rule){.name = "ask", .fingerprint = 77, .timeout_us = 30000000};
	f.request = (struct signet_request){.csr = bytes_text("csr"), .profile = "p",
	                                    .intermediary = "i"};
	return advice_new(&f.advice, f.directory, &f.err);
}

static int teardown(void **state)
{
	(void)state;
	advice_free(f.advice);
	rpc_server_stop(f.server);
	arena_free(f.arena);
	return tree_remove(f.directory);
}

static int judge(void)
{
	bool busy;
	f.verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	int result = advice_judge(f.advice, &f.rule, &f.request, f.draft, &f.verdict, &busy, &f.err);
	assert_false(busy);
	return result;
}

static void the_verdict_comes_back(void **state)
{
	(void)state;
	serve();
	assert_int_equal(judge(), 0);
	assert_int_equal(f.verdict.decision, SIGNET_DENY);
	assert_int_equal(f.verdict.reason, SIGNET_REASON_NAME);
	assert_string_equal(f.verdict.message, "not this one");
}

static void questions_and_failures_count(void **state)
{
	(void)state;
	struct load load = {0};
	uint32_t done[RATES_MINUTES], failed[RATES_MINUTES];
	clock_freeze(1800000030);
	advice_count(f.advice, &load);
	serve();
	assert_int_equal(judge(), 0);
	f.answer = ERROR;
	assert_int_equal(judge(), SIGNET_E_IO);
	rates_read(&load.done, 1800000030, done);
	rates_read(&load.failed, 1800000030, failed);
	clock_freeze(0);
	assert_int_equal(done[0], 2);
	assert_int_equal(failed[0], 1);
	assert_int_equal(load.busy, 0);
}

static void the_adviser_is_told_everything(void **state)
{
	(void)state;
	static const struct signet_attribute attribute = {"device", "17"};
	static const char *const approvers[] = {"uid 7"};
	f.request = (struct signet_request){
		.id = 5, .resubmitted = true, .csr = bytes_text("csr"), .profile = "p",
		.authority = "a", .intermediary = "i", .protocol = "est", .requester = "alice",
		.address = "192.0.2.1", .attributes = &attribute, .attribute_count = 1,
		.submitted = 12345, .approvers = approvers, .approver_count = 1};
	f.answer = TELL;
	serve();
	assert_int_equal(judge(), 0);
	assert_string_equal(f.verdict.message, "ask 77 5 10 p i est alice 192.0.2.1 a  12345 device=17 "
	                                       "uid 7 3/0");
}

static void an_adviser_that_loads_its_rules_is_waited_for(void **state)
{
	(void)state;
	f.answer = CONFLICT_TWICE;
	serve();
	assert_int_equal(judge(), 0);
	assert_int_equal(f.asked, 3);
}

static void *serve_later(void *arg)
{
	usleep(200000);
	serve();
	return arg;
}

static void an_adviser_that_starts_is_waited_for(void **state)
{
	(void)state;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, serve_later, NULL), 0);
	assert_int_equal(judge(), 0);
	pthread_join(thread, NULL);
	assert_int_equal(f.verdict.decision, SIGNET_DENY);
}

static void no_adviser_is_an_error(void **state)
{
	(void)state;
	f.rule.timeout_us = -4900000; /* the margin is left */
	assert_int_equal(judge(), SIGNET_E_UNAVAILABLE);
	assert_string_equal(f.err.message, "the adviser is not there");
}

static void an_adviser_that_hangs_is_given_up(void **state)
{
	(void)state;
	f.rule.timeout_us = -4900000;
	f.answer = WAIT;
	serve();
	assert_int_equal(judge(), SIGNET_E_TIMEOUT);
	f.go_on = true;
}

static void answers_that_are_none_are_errors(void **state)
{
	(void)state;
	serve();
	f.answer = ERROR;
	assert_int_equal(judge(), SIGNET_E_IO);
	f.answer = POSITIVE;
	assert_int_equal(judge(), SIGNET_E_INVALID);
	f.answer = OTHER;
	assert_int_equal(judge(), SIGNET_E_INVALID);
	assert_string_equal(f.err.message, "the adviser answered another question");
	f.answer = ODD;
	assert_int_equal(judge(), SIGNET_E_INVALID);
	f.rule.timeout_us = -4900000;
	f.answer = CONFLICT;
	assert_true(judge() < 0);
	assert_int_equal(f.verdict.decision, SIGNET_PASS);
}

static void *judge_in_thread(void *busy_count)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct signet_draft *draft = signet_draft_new(arena);
	struct signet_verdict verdict = {.decision = SIGNET_PASS};
	struct error err;
	bool busy;
	int result = advice_judge(f.advice, &f.rule, &f.request, draft, &verdict, &busy, &err);
	if (busy && result == SIGNET_E_UNAVAILABLE)
		++*(_Atomic int *)busy_count;
	/* those that are turned away come first: the others wait for them */
	if (busy)
		f.go_on = true;
	arena_free(arena);
	return NULL;
}

static void what_is_too_large_to_be_asked_is_denied_for_that(void **state)
{
	(void)state;
	static uint8_t csr[LIMIT_MESSAGE];
	serve();
	f.request.csr = bytes_make(csr, sizeof csr - 300);
	assert_int_equal(judge(), 0);
	assert_string_equal(f.verdict.message, "not this one");
	f.request.csr = bytes_make(csr, sizeof csr);
	assert_int_equal(judge(), 0);
	assert_int_equal(f.verdict.decision, SIGNET_DENY);
	assert_int_equal(f.verdict.reason, SIGNET_REASON_REQUEST);
	assert_string_equal(f.verdict.message, "request and draft are larger than the 65535 octets that a "
	                                       "rule which is run apart can be given");
	assert_int_equal(f.asked, 1);
}

static void too_many_at_once_are_turned_away(void **state)
{
	(void)state;
	enum { MANY = 50 };
	pthread_t threads[MANY];
	_Atomic int busy = 0;
	f.answer = WAIT;
	serve();
	for (int i = 0; i < MANY; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, judge_in_thread, &busy), 0);
	for (int i = 0; i < MANY; i++)
		pthread_join(threads[i], NULL);
	assert_true(busy > 0);
	/* those that have gone make room */
	f.answer = DENY;
	assert_int_equal(judge(), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_verdict_comes_back), T(questions_and_failures_count), T(the_adviser_is_told_everything),
		T(an_adviser_that_loads_its_rules_is_waited_for),
		T(an_adviser_that_starts_is_waited_for), T(no_adviser_is_an_error),
		T(an_adviser_that_hangs_is_given_up), T(answers_that_are_none_are_errors),
		T(what_is_too_large_to_be_asked_is_denied_for_that),
		T(too_many_at_once_are_turned_away),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
