#include "fake_engine.h"

#include "api/exit.h"

static void answer_events(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	if (call->call_case == SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE) {
		assert_string_equal(call->events_advance->consumer, "file");
		*(uint64_t *)engine->arg = call->events_advance->sequence;
		return;
	}
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_EVENTS_READ);
	const Signet__Rpc__EventsRead *read = call->events_read;
	assert_string_equal(read->consumer, "file");
	assert_int_equal(read->kinds, SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED));
	assert_int_equal(read->limit, 100);
	assert_int_equal(read->wait_ms, 5);
	assert_int_equal(read->tries, 3);
	assert_string_equal(read->trouble, "no route");
	assert_int_equal(read->published, 7);
	assert_int_equal(read->failed, 8);
	assert_int_equal(read->given_up, 9);
	Signet__Rpc__Events *events = FAKE(arena, events);
	events->last = read->after + 10;
	if (read->after == 0) {
		Signet__Rpc__Event *e = FAKE(arena, event);
		e->sequence = 9;
		e->kind = SIGNET_EVENT_ISSUED;
		e->time = 1000;
		e->request_id = 17;
		e->certificate_id = 16;
		e->authority = TEXT("issuing");
		e->profile = TEXT("tls-server");
		e->requester = TEXT("account-7");
		e->serial = fake_data("AB");
		e->certificate = fake_data("leaf");
		e->subject = TEXT("CN=example.com");
		e->n_names = 1;
		e->names = arena_array(arena, 1, sizeof *e->names);
		e->names[0] = TEXT("dns:example.com");
		e->message = TEXT("renewal");
		e->state = SIGNET_HELD;
		e->not_before = 500;
		e->not_after = 5000;
		e->revoked = 2000;
		e->revocation_reason = 6;
		events->n_items = 1;
		events->items = arena_array(arena, 1, sizeof *events->items);
		events->items[0] = e;
	}
	reply->events = events;
	reply->body_case = SIGNET__RPC__REPLY__BODY_EVENTS;
}

static struct signet_events_query make_query(uint64_t after)
{
	return (struct signet_events_query){
		"file", SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED), after, 100, 5, 3, "no route", {7, 8, 9}};
}

static void events_come_whole(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_events;
	struct signet_event *e;
	size_t count;
	uint64_t last;
	const struct signet_events_query query = make_query(0);
	assert_int_equal(signet_read_events(engine->client, engine->arena, &query, &e, &count,
	                                    &last, NULL), 0);
	assert_int_equal(count, 1);
	assert_int_equal(last, 10);
	assert_int_equal(e->sequence, 9);
	assert_int_equal(e->kind, SIGNET_EVENT_ISSUED);
	assert_int_equal(e->time, 1000);
	assert_int_equal(e->request_id, 17);
	assert_int_equal(e->certificate_id, 16);
	assert_int_equal(e->state, SIGNET_HELD);
	assert_int_equal(e->not_before, 500);
	assert_int_equal(e->not_after, 5000);
	assert_int_equal(e->revoked, 2000);
	assert_int_equal(e->revocation_reason, 6);
	assert_string_equal(e->authority, "issuing");
	assert_string_equal(e->profile, "tls-server");
	assert_string_equal(e->requester, "account-7");
	assert_true(bytes_is_text(e->serial, "AB"));
	assert_true(bytes_is_text(e->certificate, "leaf"));
	assert_string_equal(e->subject, "CN=example.com");
	assert_int_equal(e->name_count, 1);
	assert_string_equal(e->names[0], "dns:example.com");
	assert_string_equal(e->message, "renewal");
}

static void no_event_is_no_error(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_events;
	struct signet_event *events;
	size_t count = 99;
	uint64_t last;
	const struct signet_events_query query = make_query(10);
	assert_int_equal(signet_read_events(engine->client, engine->arena, &query, &events, &count,
	                                    &last, NULL), 0);
	assert_int_equal(count, 0);
	assert_int_equal(last, 20);
}

static void cursor_is_advanced(void **state)
{
	struct fake_engine *engine = *state;
	uint64_t cursor = 0;
	engine->answer = answer_events;
	engine->arg = &cursor;
	assert_int_equal(signet_advance_events(engine->client, "file", 44, NULL), 0);
	assert_int_equal(cursor, 44);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(events_come_whole),
		TEST(no_event_is_no_error),
		TEST(cursor_is_advanced),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
