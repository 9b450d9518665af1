#include "fake_engine.h"

static void answer_authorities(struct fake_engine *engine, struct arena *arena,
                               const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_LIST_AUTHORITIES);
	Signet__Rpc__Authorities *list = FAKE(arena, authorities);
	list->n_items = 2;
	list->items = arena_array(arena, 2, sizeof *list->items);
	for (int i = 0; i < 2; i++)
		list->items[i] = FAKE(arena, authority);
	Signet__Rpc__Authority *a = list->items[1];
	a->name = TEXT("issuing");
	a->subject = TEXT("CN=Issuing CA");
	a->certificate = fake_data("DER");
	a->key = TEXT("P-256");
	a->not_before = 1000;
	a->not_after = 2000;
	a->base_url = TEXT("http://ca.example.com");
	a->issued = 17;
	a->n_name_constraints = 2;
	a->name_constraints = arena_array(arena, 2, sizeof *a->name_constraints);
	a->name_constraints[0] = fake_data("one");
	a->name_constraints[1] = fake_data("two");
	a->n_keys = 2;
	a->keys = arena_array(arena, 2, sizeof *a->keys);
	for (int i = 0; i < 2; i++)
		a->keys[i] = FAKE(arena, authority_key);
	a->keys[1]->ordinal = 2;
	a->keys[1]->issuer = fake_data("issuer");
	a->keys[1]->key = TEXT("P-384");
	a->keys[1]->not_before = 1100;
	a->keys[1]->not_after = 2100;
	a->keys[1]->revoked = 1500;
	a->cross_certificates = 3;
	reply->authorities = list;
	reply->body_case = SIGNET__RPC__REPLY__BODY_AUTHORITIES;
}

static void authorities_come_whole(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_authorities;
	struct signet_authority *list;
	size_t count;
	assert_int_equal(signet_list_authorities(engine->client, engine->arena, &list, &count, NULL),
	                 0);
	assert_int_equal(count, 2);
	assert_string_equal(list[0].name, "");
	assert_string_equal(list[0].base_url, "");
	assert_string_equal(list[1].name, "issuing");
	assert_string_equal(list[1].subject, "CN=Issuing CA");
	assert_true(bytes_is_text(list[1].certificate, "DER"));
	assert_string_equal(list[1].key, "P-256");
	assert_int_equal(list[1].not_before, 1000);
	assert_int_equal(list[1].not_after, 2000);
	assert_string_equal(list[1].base_url, "http://ca.example.com");
	assert_int_equal(list[1].issued, 17);
	assert_int_equal(list[0].key_count, 0);
	assert_int_equal(list[1].key_count, 2);
	assert_int_equal(list[1].keys[1].ordinal, 2);
	assert_true(bytes_is_text(list[1].keys[1].issuer, "issuer"));
	assert_string_equal(list[1].keys[1].key, "P-384");
	assert_int_equal(list[1].keys[1].not_before, 1100);
	assert_int_equal(list[1].keys[1].not_after, 2100);
	assert_int_equal(list[1].keys[1].revoked, 1500);
	assert_int_equal(list[1].cross_certificates, 3);
	assert_int_equal(list[0].name_constraint_count, 0);
	assert_int_equal(list[1].name_constraint_count, 2);
	assert_true(bytes_is_text(list[1].name_constraints[1], "two"));
}

static void answer_profiles(struct fake_engine *engine, struct arena *arena,
                            const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_LIST_PROFILES);
	Signet__Rpc__Profiles *list = FAKE(arena, profiles);
	list->n_items = 1;
	list->items = arena_array(arena, 1, sizeof *list->items);
	list->items[0] = FAKE(arena, profile);
	list->items[0]->name = TEXT("tls-server");
	list->items[0]->authority = TEXT("issuing");
	list->items[0]->validity = 7776000;
	reply->profiles = list;
	reply->body_case = SIGNET__RPC__REPLY__BODY_PROFILES;
}

static void profiles_come_whole(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_profiles;
	struct signet_profile *list;
	size_t count;
	assert_int_equal(signet_list_profiles(engine->client, engine->arena, &list, &count, NULL), 0);
	assert_int_equal(count, 1);
	assert_string_equal(list[0].name, "tls-server");
	assert_string_equal(list[0].authority, "issuing");
	assert_int_equal(list[0].validity, 7776000);
}

static void answer_chain(struct fake_engine *engine, struct arena *arena,
                         const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_GET_CHAIN);
	if (strcmp(call->get_chain->name, "issuing") != 0) {
		reply->code = SIGNET_E_NOT_FOUND;
		return;
	}
	Signet__Rpc__Chain *chain = FAKE(arena, chain);
	chain->n_certificates = 2;
	chain->certificates = arena_array(arena, 2, sizeof *chain->certificates);
	chain->certificates[0] = fake_data("issuing");
	chain->certificates[1] = fake_data("root");
	reply->chain = chain;
	reply->body_case = SIGNET__RPC__REPLY__BODY_CHAIN;
}

static void chain_comes_in_its_order(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_chain;
	struct bytes *chain;
	size_t count = 0;
	assert_int_equal(signet_get_chain(engine->client, engine->arena, "issuing", &chain, &count,
	                                  NULL), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_is_text(chain[0], "issuing"));
	assert_true(bytes_is_text(chain[1], "root"));
	assert_int_equal(signet_get_chain(engine->client, engine->arena, "other", &chain, &count,
	                                  NULL), SIGNET_E_NOT_FOUND);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(authorities_come_whole),
		TEST(profiles_come_whole),
		TEST(chain_comes_in_its_order),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
