#include "fake_engine.h"

#include "api/client_audit.h"

static Signet__Rpc__AuditRecord *make_record(struct arena *arena, uint64_t sequence)
{
	Signet__Rpc__AuditRecord *record = FAKE(arena, audit_record);
	Signet__Rpc__AuditEntry entry = SIGNET__RPC__AUDIT_ENTRY__INIT;
	entry.time = 1000;
	entry.action = 12;
	entry.actor = TEXT("uid 7");
	entry.request = 17;
	entry.detail = TEXT("serial ab");
	entry.from = TEXT("admin.sock pid 9");
	entry.before = TEXT("valid");
	entry.after = TEXT("revoked");
	record->sequence = sequence;
	record->action = TEXT("revoked");
	record->record.data = arena_alloc(arena, 256);
	record->record.len = signet__rpc__audit_entry__pack(&entry, record->record.data);
	return record;
}

static void answer(struct fake_engine *engine, struct arena *arena, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_AUDIT_READ);
	const Signet__Rpc__AuditRead *read = call->audit_read;
	if (strcmp(read->action, "nonsense") == 0) {
		reply->code = SIGNET_E_INVALID;
		reply->message = TEXT("there is no such action");
		return;
	}
	assert_int_equal(read->from, 1);
	assert_int_equal(read->before, 2);
	assert_int_equal(read->limit, 3);
	assert_string_equal(read->actor, "uid 7");
	assert_string_equal(read->action, "");
	assert_int_equal(read->request, 4);
	assert_int_equal(read->since, 5);
	assert_int_equal(read->until, 6);
	Signet__Rpc__AuditRecords *list = FAKE(arena, audit_records);
	list->n_items = 2;
	list->items = arena_array(arena, 2, sizeof *list->items);
	list->items[0] = make_record(arena, 41);
	list->items[1] = make_record(arena, 42);
	list->items[1]->record = fake_data("\x0a\xff no record");
	list->next = 40;
	list->last = 99;
	reply->audit_records = list;
	reply->body_case = SIGNET__RPC__REPLY__BODY_AUDIT_RECORDS;
}

static void records_come_with_what_is_stored(void **state)
{
	struct fake_engine *engine = *state;
	const struct signet_audit_query query = {.from = 1, .before = 2, .limit = 3,
	                                         .actor = "uid 7", .request = 4, .since = 5,
	                                         .until = 6};
	struct signet_audit_page page;
	engine->answer = answer;
	assert_int_equal(signet_read_audit(engine->client, engine->arena, &query, &page, NULL), 0);
	assert_int_equal(page.count, 2);
	assert_int_equal(page.next, 40);
	assert_int_equal(page.last, 99);
	const struct signet_audit_record *r = page.records;
	assert_int_equal(r->sequence, 41);
	assert_string_equal(r->action, "revoked");
	assert_int_equal(r->time, 1000);
	assert_int_equal(r->request, 17);
	assert_string_equal(r->actor, "uid 7");
	assert_string_equal(r->from, "admin.sock pid 9");
	assert_string_equal(r->detail, "serial ab");
	assert_string_equal(r->before, "valid");
	assert_string_equal(r->after, "revoked");
	assert_true(r->stored.length > 0);
}

/* Whoever checks the chain wants the octets all the same. */
static void one_that_does_not_read_is_empty_but_there(void **state)
{
	struct fake_engine *engine = *state;
	const struct signet_audit_query query = {.from = 1, .before = 2, .limit = 3,
	                                         .actor = "uid 7", .request = 4, .since = 5,
	                                         .until = 6};
	struct signet_audit_page page;
	engine->answer = answer;
	assert_int_equal(signet_read_audit(engine->client, engine->arena, &query, &page, NULL), 0);
	assert_int_equal(page.records[1].sequence, 42);
	assert_true(bytes_is_text(page.records[1].stored, "\x0a\xff no record"));
	assert_string_equal(page.records[1].actor, "");
	assert_string_equal(page.records[1].after, "");
	assert_int_equal(page.records[1].time, 0);
}

static void refusals_come_back(void **state)
{
	struct fake_engine *engine = *state;
	const struct signet_audit_query query = {.action = "nonsense"};
	struct signet_audit_page page = {.count = 7};
	struct error err = {0};
	engine->answer = answer;
	assert_int_equal(signet_read_audit(engine->client, engine->arena, &query, &page, &err),
	                 SIGNET_E_INVALID);
	assert_string_equal(err.message, "there is no such action");
	assert_int_equal(page.count, 7);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(records_come_with_what_is_stored),
		TEST(one_that_does_not_read_is_empty_but_there),
		TEST(refusals_come_back),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
