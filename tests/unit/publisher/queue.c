#include "queue.h"

#include <poll.h>
#include <stdlib.h>

void queue_pause(void)
{
	poll(NULL, 0, 1);
}

static bool is_wanted(const struct queue *q, unsigned sequence)
{
	return !q->unwanted || sequence % q->unwanted != 0;
}

static void put_event(struct arena *arena, Signet__Rpc__Events *events, unsigned sequence)
{
	Signet__Rpc__Event *e = FAKE(arena, event);
	e->sequence = sequence;
	e->kind = SIGNET_EVENT_ISSUED;
	e->serial = fake_data("AB");
	e->certificate = fake_data("leaf");
	e->profile = TEXT(sequence % 2 ? "odd" : "even");
	events->items[events->n_items++] = e;
}

static void answer_read(struct queue *q, struct arena *arena, const Signet__Rpc__EventsRead *read,
                        Signet__Rpc__Reply *reply)
{
	q->reads++;
	q->said_tries = read->tries;
	q->trouble = *read->trouble != '\0';
	q->said_published = (unsigned)read->published;
	q->said_failed = (unsigned)read->failed;
	q->said_given_up = (unsigned)read->given_up;
	if (q->too_big && read->limit > q->too_big) {
		reply->code = SIGNET_E_TOO_BIG;
		return;
	}
	unsigned after = read->after ? (unsigned)read->after : q->cursor;
	for (unsigned i = 0; i < read->wait_ms && q->events <= after; i++) {
		if (rpc_server_is_stopping(q->engine->server))
			break;
		queue_pause();
	}
	Signet__Rpc__Events *events = FAKE(arena, events);
	events->items = arena_array(arena, read->limit, sizeof *events->items);
	events->last = after;
	while (events->last < q->events && events->n_items < read->limit) {
		events->last++;
		if (is_wanted(q, (unsigned)events->last))
			put_event(arena, events, (unsigned)events->last);
	}
	reply->events = events;
	reply->body_case = SIGNET__RPC__REPLY__BODY_EVENTS;
}

static void answer_bury(struct queue *q, const Signet__Rpc__EventsBury *bury,
                        Signet__Rpc__Reply *reply)
{
	assert_true(bury->sequence < QUEUE_LETTERS);
	assert_true(*bury->reason != '\0');
	if (q->full) {
		reply->code = SIGNET_E_TOO_BIG;
		reply->message = TEXT("the list is full");
		return;
	}
	q->buried[bury->sequence]++;
	q->tries[bury->sequence] += bury->tries;
	q->retrying[bury->sequence] = false;
}

static void answer_letters(struct queue *q, struct arena *arena,
                           const Signet__Rpc__LettersRead *read, Signet__Rpc__Reply *reply)
{
	Signet__Rpc__Events *events = FAKE(arena, events);
	events->items = arena_array(arena, QUEUE_LETTERS, sizeof *events->items);
	for (unsigned i = 0; i < QUEUE_LETTERS && events->n_items < read->limit; i++)
		if (q->retrying[i])
			put_event(arena, events, i);
	reply->events = events;
	reply->body_case = SIGNET__RPC__REPLY__BODY_EVENTS;
}

static void answer(struct fake_engine *engine, struct arena *arena, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	struct queue *q = engine->arg;
	if (q->refuse) {
		reply->code = SIGNET_E_IO;
		reply->message = TEXT("refused");
	} else if (call->call_case == SIGNET__RPC__CALL__CALL_EVENTS_READ) {
		answer_read(q, arena, call->events_read, reply);
	} else if (call->call_case == SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE) {
		q->cursor = (unsigned)call->events_advance->sequence;
		q->advances++;
	} else if (call->call_case == SIGNET__RPC__CALL__CALL_EVENTS_BURY) {
		answer_bury(q, call->events_bury, reply);
	} else if (call->call_case == SIGNET__RPC__CALL__CALL_LETTERS_READ) {
		answer_letters(q, arena, call->letters_read, reply);
	} else if (call->call_case == SIGNET__RPC__CALL__CALL_LETTER_SETTLE) {
		q->retrying[call->letter_settle->sequence] = false;
		q->settled++;
	} else {
		reply->code = SIGNET_E_UNSUPPORTED;
	}
}

void queue_open(struct queue *queue, struct fake_engine *engine)
{
	memset(queue, 0, sizeof *queue);
	queue->engine = engine;
	engine->answer = answer;
	engine->arg = queue;
}

static enum signet_exit_result notify(void *instance, const struct signet_event *event,
                                      struct error *err)
{
	struct script *s = instance;
	unsigned at = s->count;
	assert_true(at < 4096);
	s->seen[at] = (unsigned)event->sequence;
	s->count = at + 1;
	if (s->hang_at == event->sequence) {
		s->hanging = 1;
		while (s->hang_at)
			queue_pause();
		s->hanging = 0;
	}
	if (s->retry_at == event->sequence && s->retries > 0) {
		s->retries--;
		if (!s->mute)
			error_set(err, SIGNET_E_UNAVAILABLE, "the target is away");
		return SIGNET_EXIT_RETRY;
	}
	if (s->give_up_at == event->sequence) {
		error_set(err, SIGNET_E_INVALID, "this cannot be published");
		return SIGNET_EXIT_GIVE_UP;
	}
	return SIGNET_EXIT_DONE;
}

static int flush(void *instance, struct error *err)
{
	struct script *s = instance;
	if (s->fail_flushes > 0) {
		s->fail_flushes--;
		return error_set(err, SIGNET_E_FULL, "no room");
	}
	s->flushed = s->count;
	s->flushes++;
	return 0;
}

static void forget(void *instance)
{
	(void)instance;
}

const struct signet_exit script_module = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "script", "as a test says", NULL},
	.events = SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED),
	.notify = notify,
	.flush = flush,
	.close = forget,
};

struct exits *exits_open(const struct fake_engine *engine, struct script *scripts, size_t count)
{
	struct exits *exits = calloc(1, sizeof *exits);
	assert_non_null(exits);
	exits->items = calloc(count, sizeof *exits->items);
	assert_non_null(exits->items);
	assert_int_equal(signet_client_open(&exits->reader, engine->socket, NULL), 0);
	assert_int_equal(signet_client_open(&exits->client, engine->socket, NULL), 0);
	for (size_t i = 0; i < count; i++)
		exits->items[exits->count++] = (struct exit_instance){
			.name = i ? "second" : "first",
			.module = &script_module,
			.instance = &scripts[i],
			.kinds = script_module.events,
		};
	return exits;
}

void exits_close(struct exits *exits)
{
	exits_free(exits);
}
