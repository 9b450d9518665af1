/* OCSP: answers for the gateway, and how it goes for administrators. */
#include "base/clock.h"
#include "engine/ocsp.h"
#include "engine/recent.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

static ProtobufCBinaryData field(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.length, (uint8_t *)(uintptr_t)bytes.data};
}

static int put_serials(const struct service_call *c, const struct bytes *serials, size_t count,
                       ProtobufCBinaryData **out)
{
	*out = arena_array(c->arena, count, sizeof **out);
	if (!*out)
		return error_nomem(c->err);
	for (size_t i = 0; i < count; i++)
		(*out)[i] = field(serials[i]);
	return 0;
}

/* What one answer takes of the reply beside its octets. */
#define AROUND 128
/* The clients of the first answers are not to wait for those of the last. */
#define TIME_US 20000

/* alone: it may take long. Its own errors stand in the answer. */
static int answer_one(const struct service_call *c, const Signet__Rpc__OcspRequest *in, bool alone,
                      Signet__Rpc__OcspResponse *out)
{
	struct ocsp_answered answered;
	struct error err = {0};
	struct bytes request = bytes_make(in->request.data, in->request.len);
	int result = (alone ? ocsp_answer : ocsp_answer_at_once)(
		c->engine->ocsp, c->arena, request, in->authority, &answered, &err);
	signet__rpc__ocsp_response__init(out);
	out->slow = !alone && result == SIGNET_E_STATE;
	if (result) {
		out->code = result;
		out->message = arena_strdup(c->arena, err.code ? err.message : error_name(result));
		return out->message ? 0 : error_nomem(c->err);
	}
	out->response = field(answered.response);
	out->this_update = answered.this_update;
	out->next_update = answered.next_update;
	out->cacheable = answered.cacheable;
	if (!answered.cacheable)
		return 0;
	out->n_serials = answered.serial_count;
	return put_serials(c, answered.serials, answered.serial_count, &out->serials);
}

static size_t answer_size(const Signet__Rpc__OcspResponse *answer)
{
	size_t size = AROUND + answer->response.len + strlen(answer->message);
	for (size_t i = 0; i < answer->n_serials; i++)
		size += 4 + answer->serials[i].len;
	return size;
}

/* One, and the others as far as there is time and room in the reply. */
static int answer_all(const struct service_call *c, const Signet__Rpc__OcspRequests *in,
                      Signet__Rpc__OcspResponses *out)
{
	int64_t end = clock_monotonic_us() + TIME_US;
	size_t size = 0;
	for (size_t i = 0; i < in->n_items && (i == 0 || clock_monotonic_us() < end); i++) {
		Signet__Rpc__OcspResponse *item = arena_alloc(c->arena, sizeof *item);
		int result = item ? answer_one(c, in->items[i], in->n_items == 1, item)
		                  : error_nomem(c->err);
		if (result)
			return result;
		size += answer_size(item);
		if (i && size > LIMIT_MESSAGE)
			break;
		out->items[out->n_items++] = item;
	}
	return 0;
}

int service_ocsp_answer(const struct service_call *c)
{
	const Signet__Rpc__OcspRequests *in = c->call->ocsp_answer;
	Signet__Rpc__OcspResponses *out = arena_alloc(c->arena, sizeof *out);
	if (in->n_items == 0 || in->n_items > LIMIT_OCSP_REQUESTS)
		return error_set(c->err, SIGNET_E_BAD_REQUEST, "ocsp: 1 to %d requests at once",
		                 LIMIT_OCSP_REQUESTS);
	if (!out)
		return error_nomem(c->err);
	signet__rpc__ocsp_responses__init(out);
	out->items = arena_array(c->arena, in->n_items, sizeof *out->items);
	if (!out->items)
		return error_nomem(c->err);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_OCSP_RESPONSES;
	c->reply->ocsp_responses = out;
	return answer_all(c, in, out);
}

int service_watch_revocations(const struct service_call *c)
{
	const Signet__Rpc__RevocationsWatch *in = c->call->revocations_watch;
	struct recent_changes changes;
	int result = recent_wait(c->engine->recent, c->arena, in->after, in->wait_ms, &changes, c->err);
	if (result)
		return result;
	Signet__Rpc__Revocations *out = arena_alloc(c->arena, sizeof *out);
	if (!out)
		return error_nomem(c->err);
	signet__rpc__revocations__init(out);
	out->generation = changes.generation;
	out->all = changes.all;
	out->n_serials = changes.count;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_REVOKED;
	c->reply->revoked = out;
	return put_serials(c, changes.serials, changes.count, &out->serials);
}

struct listing {
	const struct service_call *c;
	Signet__Rpc__OcspStatus *out;
	size_t room;
};

static int grow(struct listing *l)
{
	size_t room = l->room ? 2 * l->room : 16;
	Signet__Rpc__OcspResponder **items = arena_array(l->c->arena, room, sizeof *items);
	if (!items)
		return error_nomem(l->c->err);
	for (size_t i = 0; i < l->out->n_items; i++)
		items[i] = l->out->items[i];
	l->out->items = items;
	l->room = room;
	return 0;
}

static int show_responder(void *arg, const struct responder *r)
{
	struct listing *l = arg;
	struct arena *arena = l->c->arena;
	Signet__Rpc__OcspResponder *out = arena_alloc(arena, sizeof *out);
	struct bytes serial;
	if (!out || arena_bytes(arena, bytes_make(r->serial, r->serial_length), &serial))
		return error_nomem(l->c->err);
	signet__rpc__ocsp_responder__init(out);
	out->authority = arena_strdup(arena, r->authority->name);
	out->public_name = arena_strdup(arena, r->authority->public_name);
	out->delegated = !r->own;
	out->key = arena_strdup(arena, r->key_name ? r->key_name : "");
	out->serial = field(serial);
	out->not_before = r->not_before;
	out->not_after = r->not_after;
	out->renewal = r->renewal;
	out->answers = atomic_load(&r->answers);
	out->trouble = arena_strdup(arena, r->trouble);
	if (!out->authority || !out->public_name || !out->key || !out->trouble)
		return error_nomem(l->c->err);
	if (l->out->n_items == l->room && grow(l))
		return SIGNET_E_NOMEM;
	l->out->items[l->out->n_items++] = out;
	return 0;
}

int service_ocsp_status(const struct service_call *c)
{
	struct listing listing = {.c = c, .out = arena_alloc(c->arena, sizeof *listing.out)};
	struct ocsp_totals totals;
	if (!listing.out)
		return error_nomem(c->err);
	signet__rpc__ocsp_status__init(listing.out);
	int result = ocsp_status(c->engine->ocsp, &totals, show_responder, &listing);
	listing.out->answered = totals.answered;
	listing.out->refused = totals.refused;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_OCSP_STATUS;
	c->reply->ocsp_status = listing.out;
	return result;
}
