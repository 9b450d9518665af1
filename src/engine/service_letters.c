/* Dead letters: what the publisher does with them, and what administrators do. */
#include <stdio.h>

#include "engine/letters.h"
#include "engine/service.h"
#include "engine/view.h"
#include "rpc/ca.pb-c.h"

/* Octets of rows in one reply: what else a message holds is far below the rest. */
#define ROWS_OCTETS (LIMIT_MESSAGE - 1024)

int service_bury_event(const struct service_call *c)
{
	const Signet__Rpc__EventsBury *in = c->call->events_bury;
	const char *actor = service_actor_from(c);
	if (!actor)
		return error_nomem(c->err);
	return letters_bury(c->engine->database, in->consumer, in->sequence, in->tries, in->reason,
	                    actor, c->err);
}

int service_read_letters(const struct service_call *c)
{
	const Signet__Rpc__LettersRead *in = c->call->letters_read;
	struct events_batch batch;
	int result = letters_read(c->engine->database, c->arena, in->consumer, in->limit, &batch,
	                          c->err);
	return result ? result : service_reply_events(c, &batch);
}

int service_settle_letter(const struct service_call *c)
{
	const Signet__Rpc__EventsAdvance *in = c->call->letter_settle;
	const char *actor = service_actor_from(c);
	if (!actor)
		return error_nomem(c->err);
	return letters_settle(c->engine->database, in->consumer, in->sequence, actor, c->err);
}

/* Protobuf-c's strings are not const, although packing leaves them alone. */
static char *text(const char *string)
{
	return (char *)(uintptr_t)string;
}

static int fill_letter(const struct service_call *c, const struct letter_row *row,
                       Signet__Rpc__Letter *out)
{
	Signet__Rpc__Event event;
	int result = view_event(c->arena, &row->event, &event);
	if (result)
		return result;
	signet__rpc__letter__init(out);
	out->consumer = text(row->consumer);
	out->sequence = row->event.sequence;
	out->kind = row->event.kind;
	out->request_id = event.request_id;
	out->subject = event.subject;
	out->time = row->letter.time;
	out->tries = row->letter.tries;
	out->reason = text(row->letter.reason);
	out->retrying = row->letter.retrying;
	return 0;
}

static int fill_letters(const struct service_call *c, const struct letter_row *rows, size_t count,
                        Signet__Rpc__Letters *list)
{
	size_t octets = 0;
	for (size_t i = 0; i < count; i++) {
		Signet__Rpc__Letter *letter = arena_alloc(c->arena, sizeof *letter);
		int result = letter ? fill_letter(c, &rows[i], letter) : SIGNET_E_NOMEM;
		if (result == 0)
			octets += signet__rpc__letter__get_packed_size(letter) + 8;
		if (list->n_items && (result == SIGNET_E_NOMEM || octets > ROWS_OCTETS)) {
			list->more = true;
			return 0;
		}
		if (result == SIGNET_E_NOMEM)
			return error_nomem(c->err);
		if (result)
			return error_set(c->err, result, "a stored record cannot be shown");
		list->items[list->n_items++] = letter;
	}
	return 0;
}

int service_list_letters(const struct service_call *c)
{
	const Signet__Rpc__ListLetters *in = c->call->list_letters;
	struct letter_row *rows;
	size_t count;
	bool more;
	int result = letters_list(c->engine->database, c->arena, in->consumer, in->after_consumer,
	                          in->after, in->limit, &rows, &count, &more, c->err);
	if (result)
		return result;
	Signet__Rpc__Letters *list = arena_alloc(c->arena, sizeof *list);
	if (!list)
		return error_nomem(c->err);
	signet__rpc__letters__init(list);
	list->more = more;
	list->items = arena_array(c->arena, count, sizeof *list->items);
	if (!list->items)
		return error_nomem(c->err);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_LETTERS;
	c->reply->letters = list;
	return fill_letters(c, rows, count, list);
}

static int move(const struct service_call *c, enum letters_move how,
                const Signet__Rpc__EventsAdvance *in)
{
	const char *actor = service_actor_from(c);
	Signet__Rpc__Number *number = arena_alloc(c->arena, sizeof *number);
	if (!number || !actor)
		return error_nomem(c->err);
	signet__rpc__number__init(number);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_NUMBER;
	c->reply->number = number;
	return letters_move(c->engine->database, how, in->consumer, in->sequence, actor,
	                    &number->number, c->err);
}

int service_retry_letters(const struct service_call *c)
{
	return move(c, LETTERS_RETRY, c->call->retry_letters);
}

int service_drop_letters(const struct service_call *c)
{
	return move(c, LETTERS_DROP, c->call->drop_letters);
}

/* What is configured is run: it would be back at once, at the beginning of the queue. */
int service_forget_exit(const struct service_call *c)
{
	const char *name = c->call->forget_exit->name;
	const struct settings *settings = c->configuration->settings;
	struct signet_forgotten forgotten;
	for (size_t i = 0; i < settings->exit_count; i++)
		if (strcmp(settings->exits[i].name, name) == 0)
			return error_set(c->err, SIGNET_E_STATE, "the exit '%s' is configured", name);
	Signet__Rpc__Forgotten *reply = arena_alloc(c->arena, sizeof *reply);
	const char *actor = service_actor_from(c);
	if (!reply || !actor)
		return error_nomem(c->err);
	int result = consumers_forget(c->engine->consumers, name, actor, &forgotten, c->err);
	if (result)
		return result;
	signet__rpc__forgotten__init(reply);
	reply->waiting = forgotten.waiting;
	reply->letters = forgotten.letters;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_FORGOTTEN;
	c->reply->forgotten = reply;
	return 0;
}
