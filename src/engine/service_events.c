#include "engine/service.h"
#include "engine/view.h"
#include "rpc/ca.pb-c.h"

/* Octets of events in one reply: what else a message holds is far below the rest. */
#define EVENTS_OCTETS (LIMIT_MESSAGE - 1024)

static int add_event(const struct service_call *c, Signet__Rpc__Events *list,
                     const struct event_row *row, size_t *octets)
{
	Signet__Rpc__Event *event = arena_alloc(c->arena, sizeof *event);
	if (!event)
		return error_nomem(c->err);
	int result = view_event(c->arena, row, event);
	if (result)
		return error_set(c->err, result, "event %llu cannot be shown",
		                 (unsigned long long)row->sequence);
	size_t size = signet__rpc__event__get_packed_size(event);
	if (size > EVENTS_OCTETS) {
		/* the certificate says them, too: an event must never hold up the queue */
		event->n_names = 0;
		size = signet__rpc__event__get_packed_size(event);
	}
	*octets += size + 8;
	list->items[list->n_items++] = event;
	return 0;
}

int service_reply_events(const struct service_call *c, const struct events_batch *batch)
{
	Signet__Rpc__Events *list = arena_alloc(c->arena, sizeof *list);
	if (!list)
		return error_nomem(c->err);
	signet__rpc__events__init(list);
	list->last = batch->last;
	list->items = arena_array(c->arena, batch->count, sizeof *list->items);
	if (!list->items)
		return error_nomem(c->err);
	size_t octets = 0;
	int result = 0;
	for (size_t i = 0; result == 0 && i < batch->count; i++) {
		result = add_event(c, list, &batch->rows[i], &octets);
		if (result == 0 && octets > EVENTS_OCTETS && i > 0) {
			/* it comes with the next batch */
			list->n_items--;
			list->last = batch->rows[i - 1].sequence;
			break;
		}
	}
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_EVENTS;
	c->reply->events = list;
	return result;
}

int service_read_events(const struct service_call *c)
{
	const Signet__Rpc__EventsRead *in = c->call->events_read;
	struct events_batch batch;
	uint64_t after = in->after;
	int result = consumer_check(in->consumer, c->err);
	if (result == 0 && after == 0)
		result = consumers_cursor(c->engine->consumers, in->consumer, &after, c->err);
	if (result)
		return result;
	const struct consumer_says says = {in->tries, in->trouble,
	                                   {in->published, in->failed, in->given_up}};
	consumers_note(c->engine->consumers, in->consumer, &says);
	result = events_read(c->engine->events, c->arena, in->kinds, after, in->limit, in->wait_ms,
	                     &batch, c->err);
	return result ? result : service_reply_events(c, &batch);
}

int service_advance_events(const struct service_call *c)
{
	const Signet__Rpc__EventsAdvance *in = c->call->events_advance;
	return consumers_advance(c->engine->consumers, in->consumer, in->sequence, c->err);
}
