#include "fake_engine.h"

#include "api/policy.h"

static Signet__Rpc__Request *make_request(struct arena *arena)
{
	Signet__Rpc__Request *r = FAKE(arena, request);
	r->id = 17;
	r->state = SIGNET_REQUEST_DENIED;
	r->submitted = 1000;
	r->resolved = 1001;
	r->profile = TEXT("tls-server");
	r->authority = TEXT("issuing");
	r->intermediary = TEXT("acme");
	r->protocol = TEXT("ACME");
	r->requester = TEXT("account-7");
	r->address = TEXT("192.0.2.1");
	r->subject = TEXT("CN=example.org");
	r->n_names = 1;
	r->names = arena_array(arena, 1, sizeof *r->names);
	r->names[0] = TEXT("dns:example.org");
	r->key = TEXT("P-256");
	r->reason = SIGNET_REASON_NAME;
	r->message = TEXT("not allowed");
	r->certificate_id = 0;
	return r;
}

static void add_details(struct arena *arena, Signet__Rpc__Request *r)
{
	r->csr = fake_data("PKCS#10");
	r->n_attributes = 1;
	r->attributes = arena_array(arena, 1, sizeof *r->attributes);
	r->attributes[0] = FAKE(arena, attribute);
	r->attributes[0]->name = TEXT("account");
	r->attributes[0]->value = TEXT("7");
	r->n_trace = 1;
	r->trace = arena_array(arena, 1, sizeof *r->trace);
	r->trace[0] = FAKE(arena, trace_step);
	r->trace[0]->rule = TEXT("names");
	r->trace[0]->decision = SIGNET_DENY;
	r->trace[0]->reason = SIGNET_REASON_NAME;
	r->trace[0]->message = TEXT("not allowed");
	r->trace[0]->change = TEXT("validity");
	r->n_extensions = 1;
	r->extensions = arena_array(arena, 1, sizeof *r->extensions);
	r->extensions[0] = FAKE(arena, request_extension);
	r->extensions[0]->oid = TEXT("2.5.29.15");
	r->extensions[0]->name = TEXT("keyUsage");
	r->extensions[0]->critical = 1;
	r->extensions[0]->value = fake_data("bits");
	r->extensions[0]->origin = SIGNET_ORIGIN_PROFILE;
}

static void answer_requests(struct fake_engine *engine, struct arena *arena,
                            const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	if (call->call_case == SIGNET__RPC__CALL__CALL_SHOW_REQUEST) {
		assert_int_equal(call->show_request->id, 17);
		reply->request = make_request(arena);
		add_details(arena, reply->request);
		reply->body_case = SIGNET__RPC__REPLY__BODY_REQUEST;
		return;
	}
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_LIST_REQUESTS);
	assert_int_equal(call->list_requests->before, 18);
	assert_int_equal(call->list_requests->limit, 2);
	assert_int_equal(call->list_requests->state, SIGNET_REQUEST_DENIED);
	Signet__Rpc__Requests *list = FAKE(arena, requests);
	list->n_items = 1;
	list->items = arena_array(arena, 1, sizeof *list->items);
	list->items[0] = make_request(arena);
	list->more = 1;
	reply->requests = list;
	reply->body_case = SIGNET__RPC__REPLY__BODY_REQUESTS;
}

static void expect_head(const struct signet_request_info *r)
{
	assert_int_equal(r->id, 17);
	assert_int_equal(r->state, SIGNET_REQUEST_DENIED);
	assert_int_equal(r->submitted, 1000);
	assert_int_equal(r->resolved, 1001);
	assert_string_equal(r->profile, "tls-server");
	assert_string_equal(r->authority, "issuing");
	assert_string_equal(r->intermediary, "acme");
	assert_string_equal(r->protocol, "ACME");
	assert_string_equal(r->requester, "account-7");
	assert_string_equal(r->address, "192.0.2.1");
	assert_string_equal(r->subject, "CN=example.org");
	assert_int_equal(r->name_count, 1);
	assert_string_equal(r->names[0], "dns:example.org");
	assert_string_equal(r->key, "P-256");
	assert_int_equal(r->reason, SIGNET_REASON_NAME);
	assert_string_equal(r->message, "not allowed");
}

static void requests_are_listed(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_requests;
	struct signet_request_info *list;
	size_t count;
	bool more = false;
	assert_int_equal(signet_list_requests(engine->client, engine->arena, 18, 2,
	                                      SIGNET_REQUEST_DENIED, &list, &count, &more, NULL),
	                 0);
	assert_int_equal(count, 1);
	assert_true(more);
	expect_head(list);
	assert_int_equal(list->csr.length, 0);
	assert_int_equal(list->trace_count, 0);
}

static void request_comes_with_its_trace(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_requests;
	struct signet_request_info r;
	assert_int_equal(signet_show_request(engine->client, engine->arena, 17, &r, NULL), 0);
	expect_head(&r);
	assert_true(bytes_is_text(r.csr, "PKCS#10"));
	assert_int_equal(r.attribute_count, 1);
	assert_string_equal(r.attributes[0].name, "account");
	assert_string_equal(r.attributes[0].value, "7");
	assert_int_equal(r.trace_count, 1);
	assert_string_equal(r.trace[0].rule, "names");
	assert_int_equal(r.trace[0].decision, SIGNET_DENY);
	assert_int_equal(r.trace[0].reason, SIGNET_REASON_NAME);
	assert_string_equal(r.trace[0].message, "not allowed");
	assert_string_equal(r.trace[0].change, "validity");
	assert_int_equal(r.extension_count, 1);
	assert_string_equal(r.extensions[0].oid, "2.5.29.15");
	assert_string_equal(r.extensions[0].name, "keyUsage");
	assert_true(r.extensions[0].critical);
	assert_true(bytes_is_text(r.extensions[0].value, "bits"));
	assert_int_equal(r.extensions[0].origin, SIGNET_ORIGIN_PROFILE);
}

static void answer_certificates(struct fake_engine *engine, struct arena *arena,
                                const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_LIST_CERTIFICATES);
	assert_string_equal(call->list_certificates->name, "example.com");
	assert_int_equal(call->list_certificates->before, 0);
	assert_int_equal(call->list_certificates->limit, 50);
	Signet__Rpc__Certificates *list = FAKE(arena, certificates);
	list->n_items = 2;
	list->items = arena_array(arena, 2, sizeof *list->items);
	for (unsigned i = 0; i < 2; i++) {
		list->items[i] = FAKE(arena, certificate);
		list->items[i]->id = 20 - i;
	}
	reply->certificates = list;
	reply->body_case = SIGNET__RPC__REPLY__BODY_CERTIFICATES;
}

static void certificates_are_listed(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_certificates;
	struct signet_certificate *list;
	size_t count;
	bool more = true;
	assert_int_equal(signet_list_certificates(engine->client, engine->arena, 0, 50,
	                                          "example.com", &list, &count, &more, NULL), 0);
	assert_int_equal(count, 2);
	assert_false(more);
	assert_int_equal(list[0].id, 20);
	assert_int_equal(list[1].id, 19);
}

static void answer_status(struct fake_engine *engine, struct arena *arena,
                          const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_STATUS);
	Signet__Rpc__Status *s = FAKE(arena, status);
	s->version = TEXT("0.1.0");
	s->pid = 4711;
	s->started = 1000;
	s->requests = 1;
	s->certificates = 2;
	s->pending = 3;
	s->events = 4;
	s->database_used = 5;
	s->database_file = 6;
	s->n_consumers = 1;
	s->consumers = arena_array(arena, 1, sizeof *s->consumers);
	s->consumers[0] = FAKE(arena, consumer_status);
	s->consumers[0]->name = TEXT("file");
	s->consumers[0]->cursor = 7;
	s->consumers[0]->waiting = 8;
	s->consumers[0]->published = 18;
	s->consumers[0]->failed = 19;
	s->consumers[0]->given_up = 20;
	s->consumers[0]->oldest = 21;
	s->n_crls = 1;
	s->crls = arena_array(arena, 1, sizeof *s->crls);
	s->crls[0] = FAKE(arena, crl_summary);
	s->crls[0]->authority = TEXT("issuing");
	s->crls[0]->delta = true;
	s->crls[0]->count = 9;
	s->crls[0]->stale = 10;
	s->crls[0]->number = 11;
	s->crls[0]->entries = 12;
	s->crls[0]->this_update = 13;
	s->crls[0]->next_update = 14;
	s->stale_crls = 15;
	s->connections = 16;
	s->admin_connections = 17;
	s->crls_busy = true;
	s->crls_failing = 22;
	s->n_ocsp_signed = 1;
	s->ocsp_signed = arena_array(arena, 1, sizeof *s->ocsp_signed);
	s->ocsp_signed[0] = 23;
	s->n_roles = 1;
	s->roles = arena_array(arena, 1, sizeof *s->roles);
	s->roles[0] = FAKE(arena, role_load);
	s->roles[0]->role = TEXT("gateway");
	s->roles[0]->busy = 24;
	s->roles[0]->queue = -1;
	s->roles[0]->n_done = 2;
	s->roles[0]->n_failed = 1;
	s->roles[0]->done = arena_array(arena, 2, sizeof *s->roles[0]->done);
	s->roles[0]->failed = arena_array(arena, 1, sizeof *s->roles[0]->failed);
	s->roles[0]->done[0] = 25;
	s->roles[0]->failed[0] = 26;
	if (!engine->arg) {
		s->gateway = FAKE(arena, gateway_load);
		s->gateway->threads = 27;
		s->gateway->doubtful = 28;
	}
	reply->status = s;
	reply->body_case = SIGNET__RPC__REPLY__BODY_STATUS;
}

static void status_comes_whole(void **state)
{
	struct fake_engine *engine = *state;
	engine->answer = answer_status;
	struct signet_status s;
	assert_int_equal(signet_get_status(engine->client, engine->arena, &s, NULL), 0);
	assert_string_equal(s.version, "0.1.0");
	assert_int_equal(s.pid, 4711);
	assert_int_equal(s.started, 1000);
	assert_int_equal(s.requests, 1);
	assert_int_equal(s.certificates, 2);
	assert_int_equal(s.pending, 3);
	assert_int_equal(s.events, 4);
	assert_int_equal(s.database_used, 5);
	assert_int_equal(s.database_file, 6);
	assert_int_equal(s.consumer_count, 1);
	assert_string_equal(s.consumers[0].name, "file");
	assert_int_equal(s.consumers[0].cursor, 7);
	assert_int_equal(s.consumers[0].waiting, 8);
	assert_int_equal(s.consumers[0].counts.published, 18);
	assert_int_equal(s.consumers[0].counts.failed, 19);
	assert_int_equal(s.consumers[0].counts.given_up, 20);
	assert_int_equal(s.consumers[0].oldest, 21);
	assert_int_equal(s.crl_count, 1);
	assert_string_equal(s.crls[0].authority, "issuing");
	assert_true(s.crls[0].delta && !s.crls[0].shards);
	assert_int_equal(s.crls[0].count, 9);
	assert_int_equal(s.crls[0].stale, 10);
	assert_int_equal(s.crls[0].number, 11);
	assert_int_equal(s.crls[0].entries, 12);
	assert_int_equal(s.crls[0].this_update, 13);
	assert_int_equal(s.crls[0].next_update, 14);
	assert_int_equal(s.stale_crls, 15);
	assert_true(s.crls_busy);
	assert_int_equal(s.crls_failing, 22);
	assert_int_equal(s.ocsp_minute_count, 1);
	assert_int_equal(s.ocsp_signed[0], 23);
	assert_int_equal(s.role_count, 1);
	assert_string_equal(s.roles[0].role, "gateway");
	assert_int_equal(s.roles[0].busy, 24);
	assert_int_equal(s.roles[0].queue, -1);
	/* as many minutes as both have */
	assert_int_equal(s.roles[0].minute_count, 1);
	assert_int_equal(s.roles[0].done[0], 25);
	assert_int_equal(s.roles[0].failed[0], 26);
	assert_int_equal(s.gateway->threads, 27);
	assert_int_equal(s.gateway->doubtful, 28);
	engine->arg = engine;
	assert_int_equal(signet_get_status(engine->client, engine->arena, &s, NULL), 0);
	assert_null(s.gateway);
	assert_int_equal(s.connections, 16);
	assert_int_equal(s.admin_connections, 17);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fake_engine_setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(requests_are_listed),
		TEST(request_comes_with_its_trace),
		TEST(certificates_are_listed),
		TEST(status_comes_whole),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
