/* OCSP: answers for the intermediary that gives them, and how it goes. */
#include <unistd.h>

#include "api/client_call.h"
#include "base/clock.h"
#include "base/combine.h"

/* Who asks whether a certificate is good waits less than who wants one: an engine that is restarted is
 * back by then, and a later answer finds nobody. */
#define OCSP_TIMEOUT_US INT64_C(4000000)

/* More calls at once only when the engine takes long for them: the client's channels are for others,
 * too. */
#define LANES_MOST 32
/* Of the message, beside the requests: what stands around each, and around all. */
#define AROUND 32
#define AROUND_ALL 64

/* One request on its way, from a thread that waits. */
struct asking {
	struct combine_item item; /* the first */
	struct arena *arena;
	struct bytes request;
	const char *authority;
	struct signet_ocsp_response *out;
	struct error *err;
	int result;
	bool slow;                /* to be asked by itself */
};

static struct asking *next_of(const struct asking *a)
{
	return (struct asking *)a->item.next;
}

/* owned: the answer is in the asking thread's arena already. */
static int take_answer(struct asking *a, const Signet__Rpc__OcspResponse *in, bool owned)
{
	a->slow = in->slow;
	if (in->code > 0)
		return error_set(a->err, SIGNET_E_INTERNAL, "the engine's answer has no known code");
	if (in->code)
		return error_set(a->err, in->code, "%s", in->message);
	struct bytes *serials = client_bytes_array(a->arena, in->serials, in->n_serials);
	struct signet_ocsp_response out = {
		.response = client_bytes(in->response), .this_update = in->this_update,
		.next_update = in->next_update, .cacheable = in->cacheable, .serials = serials,
		.serial_count = in->n_serials};
	bool copied = serials && (owned || arena_bytes(a->arena, out.response, &out.response) == 0);
	for (size_t i = 0; copied && !owned && i < out.serial_count; i++)
		copied = arena_bytes(a->arena, serials[i], &serials[i]) == 0;
	if (!copied)
		return error_nomem(a->err);
	*a->out = out;
	return 0;
}

/* How many of them one message takes. */
static size_t fill(Signet__Rpc__OcspRequest *requests, const struct asking *first)
{
	size_t count = 0, size = AROUND_ALL;
	for (const struct asking *a = first; a && count < LIMIT_OCSP_REQUESTS; a = next_of(a)) {
		size += AROUND + a->request.length + strlen(a->authority);
		if (count && size > LIMIT_MESSAGE)
			break;
		signet__rpc__ocsp_request__init(&requests[count]);
		requests[count].request = client_data(a->request);
		requests[count].authority = client_text(a->authority);
		count++;
	}
	return count;
}

/* No answer for any of them. When it is only that the time of the first is up, those that have more of
 * it try again. */
static size_t fail_all(struct asking *first, size_t count, int result, const struct error *err)
{
	bool later = result == SIGNET_E_TIMEOUT || result == SIGNET_E_UNAVAILABLE;
	int64_t now = clock_monotonic_us();
	size_t failed = 0;
	for (struct asking *a = first; failed < count; a = next_of(a), failed++) {
		if (failed && later && a->item.deadline > now)
			break;
		a->result = result;
		if (a->err)
			*a->err = *err;
	}
	return failed;
}

/* Asks for the first and others with it, in the first one's thread. Returns how many have what they get. */
static size_t ask_together(void *arg, struct combine_item *items, size_t total)
{
	struct signet_client *client = arg;
	struct asking *first = (struct asking *)items, *a = first;
	Signet__Rpc__OcspRequest requests[LIMIT_OCSP_REQUESTS], *pointers[LIMIT_OCSP_REQUESTS];
	Signet__Rpc__OcspRequests ask = SIGNET__RPC__OCSP_REQUESTS__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply *reply;
	struct error err = {0};
	(void)total;
	ask.n_items = fill(requests, first);
	for (size_t i = 0; i < ask.n_items; i++)
		pointers[i] = &requests[i];
	ask.items = pointers;
	call.call_case = SIGNET__RPC__CALL__CALL_OCSP_ANSWER;
	call.ocsp_answer = &ask;
	int result = client_call(client, first->arena, &call,
	                         first->item.deadline - clock_monotonic_us(),
	                         SIGNET__RPC__REPLY__BODY_OCSP_RESPONSES, &reply, &err);
	size_t count = result ? 0 : reply->ocsp_responses->n_items;
	if (result == 0 && (count == 0 || count > ask.n_items))
		result = error_set(&err, SIGNET_E_INTERNAL, "the engine answered another question");
	if (result)
		return fail_all(first, ask.n_items, result, &err);
	for (size_t i = 0; i < count; i++, a = next_of(a))
		a->result = take_answer(a, reply->ocsp_responses->items[i], a == first);
	return count;
}

struct combiner *client_ocsp_combiner(struct signet_client *client)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	unsigned lanes = cores < 2 ? 2 : cores < LANES_MOST ? (unsigned)cores : LANES_MOST;
	return combiner_new(lanes, LANES_MOST, LIMIT_OCSP_REQUESTS, ask_together, client);
}

int signet_answer_ocsp(struct signet_client *client, struct arena *arena, struct bytes request,
                       const char *authority, struct signet_ocsp_response *out,
                       struct error *err)
{
	struct asking a = {
		.item = {.deadline = clock_monotonic_us() + OCSP_TIMEOUT_US},
		.arena = arena, .request = request, .authority = client_text(authority),
		.out = out, .err = err};
	if (combiner_run(client_combiner(client), &a.item))
		return error_set(err, SIGNET_E_TIMEOUT, "the engine did not answer in time");
	if (!a.slow)
		return a.result;
	a.item.next = NULL;
	ask_together(client, &a.item, 1);
	return a.result;
}

int signet_watch_revocations(struct signet_client *client, struct arena *arena, uint64_t after,
                             unsigned wait_ms, struct signet_revocation_changes *out,
                             struct error *err)
{
	Signet__Rpc__RevocationsWatch watch = SIGNET__RPC__REVOCATIONS_WATCH__INIT;
	watch.after = after;
	watch.wait_ms = wait_ms;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_REVOCATIONS_WATCH;
	call.revocations_watch = &watch;
	Signet__Rpc__Reply *reply;
	int result = client_call_once(client, arena, &call,
	                              CLIENT_TIMEOUT_US + (int64_t)wait_ms * 1000,
	                              SIGNET__RPC__REPLY__BODY_REVOKED, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__Revocations *in = reply->revoked;
	struct bytes *serials = client_bytes_array(arena, in->serials, in->n_serials);
	if (!serials)
		return error_nomem(err);
	*out = (struct signet_revocation_changes){in->generation, serials, in->n_serials, in->all};
	return 0;
}

int signet_get_ocsp_status(struct signet_client *client, struct arena *arena,
                           struct signet_ocsp_status *out, struct error *err)
{
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_OCSP_STATUS;
	call.ocsp_status = &empty;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_OCSP_STATUS, &reply, err);
	if (result)
		return result;
	const Signet__Rpc__OcspStatus *in = reply->ocsp_status;
	struct signet_ocsp_responder *list = arena_array(arena, in->n_items, sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < in->n_items; i++) {
		const Signet__Rpc__OcspResponder *r = in->items[i];
		list[i] = (struct signet_ocsp_responder){
			.authority = r->authority, .public_name = r->public_name,
			.delegated = r->delegated, .key = r->key, .serial = client_bytes(r->serial),
			.not_before = r->not_before, .not_after = r->not_after,
			.renewal = r->renewal, .answers = r->answers, .trouble = r->trouble};
	}
	*out = (struct signet_ocsp_status){list, in->n_items, in->answered, in->refused};
	return 0;
}
