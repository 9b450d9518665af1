#include "fake_engine.h"

#include "api/import.h"

static void answer_import(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	static Signet__Rpc__ImportRefusal *refused[1];
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_IMPORT_CERTIFICATES);
	const Signet__Rpc__Import *in = call->import_certificates;
	assert_string_equal(in->authority, "issuing");
	assert_true(in->unexpired && in->check && !in->publish);
	assert_int_equal(in->n_items, 2);
	assert_true(bytes_is_text(bytes_make(in->items[1]->certificate.data,
	                                     in->items[1]->certificate.len), "two"));
	assert_int_equal(in->items[0]->revoked, 0);
	assert_int_equal(in->items[1]->revoked, 1000);
	assert_int_equal(in->items[1]->invalid, 900);
	assert_int_equal(in->items[1]->reason, 4);
	Signet__Rpc__Imported *out = FAKE(arena, imported);
	out->imported = 5;
	out->skipped = 6;
	out->ended = 7;
	out->revoked = 8;
	refused[0] = FAKE(arena, import_refusal);
	refused[0]->item = *(const uint32_t *)engine->arg;
	refused[0]->code = SIGNET_E_EXISTS;
	refused[0]->message = TEXT("so it is");
	out->refused = refused;
	out->n_refused = 1;
	reply->imported = out;
	reply->body_case = SIGNET__RPC__REPLY__BODY_IMPORTED;
}

static void a_batch_is_imported(void **state)
{
	struct fake_engine *engine = *state;
	const struct signet_import_item items[] = {
		{.certificate = bytes_text("one")},
		{.certificate = bytes_text("two"), .revoked = 1000, .invalid = 900, .reason = 4}};
	const struct signet_import import = {.items = items, .count = 2, .authority = "issuing",
	                                     .unexpired = true, .check = true};
	struct signet_imported out;
	uint32_t refused = 1;
	engine->answer = answer_import;
	engine->arg = &refused;
	assert_int_equal(signet_import_certificates(engine->client, engine->arena, &import, &out, NULL),
	                 0);
	assert_int_equal(out.imported, 5);
	assert_int_equal(out.skipped, 6);
	assert_int_equal(out.ended, 7);
	assert_int_equal(out.revoked, 8);
	assert_int_equal(out.refused_count, 1);
	assert_int_equal(out.refused[0].item, 1);
	assert_int_equal(out.refused[0].code, SIGNET_E_EXISTS);
	assert_string_equal(out.refused[0].message, "so it is");
	/* one that was not sent */
	refused = 2;
	assert_int_equal(signet_import_certificates(engine->client, engine->arena, &import, &out, NULL),
	                 SIGNET_E_CORRUPT);
}

static void refuse(struct fake_engine *engine, struct arena *arena, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	(void)engine, (void)arena;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_IMPORT_CERTIFICATES);
	assert_string_equal(call->import_certificates->authority, "");
	reply->code = SIGNET_E_PERMISSION;
	reply->message = TEXT("this call is not open to this peer");
}

static void an_error_is_the_whole_batch(void **state)
{
	struct fake_engine *engine = *state;
	const struct signet_import import = {0};
	struct signet_imported out;
	struct error err;
	engine->answer = refuse;
	assert_int_equal(signet_import_certificates(engine->client, engine->arena, &import, &out, &err),
	                 SIGNET_E_PERMISSION);
	assert_string_equal(err.message, "this call is not open to this peer");
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_batch_is_imported),
		TEST(an_error_is_the_whole_batch),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
