#include "fake_engine.h"

#include "api/exit.h"

static void answer_bury(struct fake_engine *engine, struct arena *arena,
                        const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)arena;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_EVENTS_BURY);
	const Signet__Rpc__EventsBury *bury = call->events_bury;
	assert_string_equal(bury->consumer, "file");
	assert_int_equal(bury->tries, 50);
	assert_string_equal(bury->reason, "no such entry");
	*(uint64_t *)engine->arg = bury->sequence;
	if (bury->sequence == 8) {
		reply->code = SIGNET_E_TOO_BIG;
		reply->message = TEXT("full");
	}
}

static void event_is_buried(void **state)
{
	struct fake_engine *engine = *state;
	uint64_t buried = 0;
	struct error err = {0};
	engine->answer = answer_bury;
	engine->arg = &buried;
	assert_int_equal(signet_bury_event(engine->client, "file", 7, 50, "no such entry", NULL), 0);
	assert_int_equal(buried, 7);
	assert_int_equal(signet_bury_event(engine->client, "file", 8, 50, "no such entry", &err),
	                 SIGNET_E_TOO_BIG);
	assert_string_equal(err.message, "full");
}

static void answer_read(struct fake_engine *engine, struct arena *arena,
                        const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	if (call->call_case == SIGNET__RPC__CALL__CALL_LETTER_SETTLE) {
		assert_string_equal(call->letter_settle->consumer, "file");
		*(uint64_t *)engine->arg = call->letter_settle->sequence;
		return;
	}
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_LETTERS_READ);
	assert_string_equal(call->letters_read->consumer, "file");
	assert_int_equal(call->letters_read->limit, 16);
	Signet__Rpc__Events *events = FAKE(arena, events);
	Signet__Rpc__Event *e = FAKE(arena, event);
	e->sequence = 9;
	e->kind = SIGNET_EVENT_ISSUED;
	e->certificate = fake_data("leaf");
	events->n_items = 1;
	events->items = arena_array(arena, 1, sizeof *events->items);
	events->items[0] = e;
	reply->events = events;
	reply->body_case = SIGNET__RPC__REPLY__BODY_EVENTS;
}

static void letters_are_read_and_settled(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_event *events;
	size_t count;
	uint64_t settled = 0;
	engine->answer = answer_read;
	engine->arg = &settled;
	assert_int_equal(signet_read_letters(engine->client, engine->arena, "file", 16, &events,
	                                     &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(events[0].sequence, 9);
	assert_true(bytes_is_text(events[0].certificate, "leaf"));
	assert_int_equal(signet_settle_letter(engine->client, "file", 9, NULL), 0);
	assert_int_equal(settled, 9);
}

static void answer_list(struct fake_engine *engine, struct arena *arena,
                        const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_LIST_LETTERS);
	const Signet__Rpc__ListLetters *list = call->list_letters;
	assert_string_equal(list->consumer, "");
	assert_string_equal(list->after_consumer, "exec");
	assert_int_equal(list->after, 44);
	assert_int_equal(list->limit, 10);
	Signet__Rpc__Letters *letters = FAKE(arena, letters);
	Signet__Rpc__Letter *l = FAKE(arena, letter);
	l->consumer = TEXT("file");
	l->sequence = 7;
	l->kind = SIGNET_EVENT_REVOKED;
	l->request_id = 17;
	l->subject = TEXT("CN=example.com");
	l->time = 1000;
	l->tries = 50;
	l->reason = TEXT("no such entry");
	l->retrying = true;
	letters->n_items = 1;
	letters->items = arena_array(arena, 1, sizeof *letters->items);
	letters->items[0] = l;
	letters->more = true;
	reply->letters = letters;
	reply->body_case = SIGNET__RPC__REPLY__BODY_LETTERS;
}

static void letters_are_listed(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_letter *letters;
	size_t count;
	bool more = false;
	engine->answer = answer_list;
	assert_int_equal(signet_list_letters(engine->client, engine->arena, "", "exec", 44, 10,
	                                     &letters, &count, &more, NULL), 0);
	assert_int_equal(count, 1);
	assert_true(more);
	assert_string_equal(letters->consumer, "file");
	assert_int_equal(letters->sequence, 7);
	assert_int_equal(letters->kind, SIGNET_EVENT_REVOKED);
	assert_int_equal(letters->request_id, 17);
	assert_string_equal(letters->subject, "CN=example.com");
	assert_int_equal(letters->time, 1000);
	assert_int_equal(letters->tries, 50);
	assert_string_equal(letters->reason, "no such entry");
	assert_true(letters->retrying);
}

static void answer_move(struct fake_engine *engine, struct arena *arena,
                        const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	bool retry = call->call_case == SIGNET__RPC__CALL__CALL_RETRY_LETTERS;
	(void)engine;
	assert_true(retry || call->call_case == SIGNET__RPC__CALL__CALL_DROP_LETTERS);
	const Signet__Rpc__EventsAdvance *which = retry ? call->retry_letters : call->drop_letters;
	if (strcmp(which->consumer, "file") != 0) {
		reply->code = SIGNET_E_NOT_FOUND;
		reply->message = TEXT("none");
		return;
	}
	Signet__Rpc__Number *number = FAKE(arena, number);
	number->number = which->sequence ? (retry ? 1 : 2) : (retry ? 10 : 20);
	reply->number = number;
	reply->body_case = SIGNET__RPC__REPLY__BODY_NUMBER;
}

static void letters_are_moved_one_or_all(void **state)
{
	struct fake_engine *engine = *state;
	uint64_t moved;
	engine->answer = answer_move;
	assert_int_equal(signet_retry_letters(engine->client, "file", 7, &moved, NULL), 0);
	assert_int_equal(moved, 1);
	assert_int_equal(signet_retry_letters(engine->client, "file", 0, &moved, NULL), 0);
	assert_int_equal(moved, 10);
	assert_int_equal(signet_drop_letters(engine->client, "file", 7, &moved, NULL), 0);
	assert_int_equal(moved, 2);
	assert_int_equal(signet_drop_letters(engine->client, "file", 0, &moved, NULL), 0);
	assert_int_equal(moved, 20);
	assert_int_equal(signet_drop_letters(engine->client, "ldap", 0, &moved, NULL),
	                 SIGNET_E_NOT_FOUND);
}

static void answer_forget(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_FORGET_EXIT);
	assert_string_equal(call->forget_exit->name, "file");
	Signet__Rpc__Forgotten *forgotten = FAKE(arena, forgotten);
	forgotten->waiting = 5;
	forgotten->letters = 6;
	reply->forgotten = forgotten;
	reply->body_case = SIGNET__RPC__REPLY__BODY_FORGOTTEN;
}

static void exit_is_forgotten(void **state)
{
	struct fake_engine *engine = *state;
	struct signet_forgotten forgotten;
	engine->answer = answer_forget;
	assert_int_equal(signet_forget_exit(engine->client, "file", &forgotten, NULL), 0);
	assert_int_equal(forgotten.waiting, 5);
	assert_int_equal(forgotten.letters, 6);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(event_is_buried),
		TEST(letters_are_read_and_settled),
		TEST(letters_are_listed),
		TEST(letters_are_moved_one_or_all),
		TEST(exit_is_forgotten),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
