/* OCSP: answers for the gateway, and how it goes for administrators. */
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

int service_ocsp_answer(const struct service_call *c)
{
	const Signet__Rpc__OcspRequest *in = c->call->ocsp_answer;
	struct ocsp_answered answered;
	int result = ocsp_answer(c->engine->ocsp, c->arena, bytes_make(in->request.data, in->request.len),
	                         in->authority, &answered, c->err);
	if (result)
		return result;
	Signet__Rpc__OcspResponse *out = arena_alloc(c->arena, sizeof *out);
	if (!out)
		return error_nomem(c->err);
	signet__rpc__ocsp_response__init(out);
	out->response = field(answered.response);
	out->this_update = answered.this_update;
	out->next_update = answered.next_update;
	out->cacheable = answered.cacheable;
	out->n_serials = answered.serial_count;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_OCSP_RESPONSE;
	c->reply->ocsp_response = out;
	return put_serials(c, answered.serials, answered.serial_count, &out->serials);
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
	out->delegated = r->authority->ocsp.delegated;
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
