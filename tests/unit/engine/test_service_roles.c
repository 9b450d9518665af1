#include "tests/unit/engine/service_world.h"

#include "engine/records.pb-c.h"
#include "engine/request.h"
#include "engine/decision.h"

/* Who may what is said once, for every call that there is. */
static void every_call_has_its_duties(void **state)
{
	(void)state;
	const ProtobufCMessageDescriptor *d = &signet__rpc__call__descriptor;
	for (unsigned i = 0; i < d->n_fields; i++)
		if (!service_knows(d->fields[i].id))
			fail_msg("the call '%s' is in no table", d->fields[i].name);
	assert_false(service_knows(0));
	assert_false(service_knows(9999));
	assert_int_equal(service_duties(9999), 0);
	assert_int_equal(service_duties(SIGNET__RPC__CALL__CALL_APPROVE), ROLES_OFFICER);
	assert_int_equal(service_duties(SIGNET__RPC__CALL__CALL_JUDGE), 0);
	/* whoever has a duty may look */
	assert_int_equal(service_duties(SIGNET__RPC__CALL__CALL_STATUS), ROLES_ALL);
	assert_int_equal(service_duties(SIGNET__RPC__CALL__CALL_LIST_REQUESTS), ROLES_ALL);
}

/* A call that asks for nothing, by its number. */
static int call_empty(struct service_world *w, const struct rpc_peer *peer, Signet__Rpc__Call__CallCase which)
{
	Signet__Rpc__EventsAdvance advance = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__ListLetters letters = SIGNET__RPC__LIST_LETTERS__INIT;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	advance.consumer = (char *)"file";
	call.call_case = which;
	if (which == SIGNET__RPC__CALL__CALL_STATUS)
		call.status = &empty;
	else if (which == SIGNET__RPC__CALL__CALL_LIST_LETTERS)
		call.list_letters = &letters;
	else
		call.retry_letters = &advance;
	return service_world_handle(w, &w->admin, peer, &call);
}

static void operators_run_and_auditors_look(void **state)
{
	struct service_world *w = *state;
	struct rpc_peer auditor = {.uid = 4713}, operator = {.uid = 4714};
	service_world_open_with(w, "{auditor: uid:4713, operator: uid:4714}");
	assert_int_equal(call_empty(w, &auditor, SIGNET__RPC__CALL__CALL_STATUS), 0);
	assert_int_equal(call_empty(w, &auditor, SIGNET__RPC__CALL__CALL_LIST_LETTERS), 0);
	assert_int_equal(call_empty(w, &auditor, SIGNET__RPC__CALL__CALL_RETRY_LETTERS),
	                 SIGNET_E_PERMISSION);
	assert_int_equal(call_empty(w, &operator, SIGNET__RPC__CALL__CALL_RETRY_LETTERS),
	                 SIGNET_E_NOT_FOUND);
	assert_int_equal(call_empty(w, &operator, SIGNET__RPC__CALL__CALL_DROP_LETTERS),
	                 SIGNET_E_PERMISSION);
	assert_int_equal(call_empty(w, &operator, SIGNET__RPC__CALL__CALL_STATUS), 0);
}

static void separate_duties_bind_root_too(void **state)
{
	struct service_world *w = *state;
	struct rpc_peer auditor = {.uid = 4713};
	service_world_open_with(w, "{auditor: uid:4713, separate: true}");
	assert_false(service_admits(&w->admin, &w->root));
	assert_false(service_admits(&w->admin, &w->own));
	assert_false(service_admits(&w->request, &w->root));
	assert_true(service_admits(&w->request, &w->gateway));
	assert_true(service_admits(&w->admin, &auditor));
	assert_int_equal(call_empty(w, &w->root, SIGNET__RPC__CALL__CALL_STATUS), SIGNET_E_PERMISSION);
	service_world_open_with(w, "{auditor: uid:4713, operator: uid:0, separate: true}");
	assert_true(service_admits(&w->admin, &w->root));
	assert_int_equal(call_empty(w, &w->root, SIGNET__RPC__CALL__CALL_STATUS), 0);
	assert_int_equal(call_empty(w, &w->root, SIGNET__RPC__CALL__CALL_DROP_LETTERS),
	                 SIGNET_E_PERMISSION);
}

static void auditors_alone_read_the_trail(void **state)
{
	struct service_world *w = *state;
	struct rpc_peer auditor = {.uid = 4713}, officer = {.uid = 4711};
	Signet__Rpc__AuditRead read = SIGNET__RPC__AUDIT_READ__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	service_world_open_with(w, "{auditor: uid:4713, officer: uid:4711}");
	service_world_submit(w);
	call.call_case = SIGNET__RPC__CALL__CALL_AUDIT_READ;
	call.audit_read = &read;
	assert_int_equal(service_world_handle(w, &w->admin, &officer, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	read.limit = 1;
	service_handle(&w->admin, &auditor, w->f.arena, &call, &reply);
	assert_int_equal(reply.code, 0);
	assert_int_equal(reply.audit_records->n_items, 1);
	assert_string_equal(reply.audit_records->items[0]->action, "issued");
	uint64_t newest = reply.audit_records->last;
	assert_int_equal(reply.audit_records->items[0]->sequence, newest);
	assert_int_equal(reply.audit_records->next, newest);
	/* the rest of them, forwards, and what a filter leaves */
	read.limit = 0;
	read.from = 1;
	service_handle(&w->admin, &auditor, w->f.arena, &call, &reply);
	assert_int_equal(reply.audit_records->n_items, newest);
	assert_int_equal(reply.audit_records->next, 0);
	read.from = 0;
	read.action = (char *)"issued";
	read.actor = (char *)"acme";
	read.request = 1;
	service_handle(&w->admin, &auditor, w->f.arena, &call, &reply);
	assert_int_equal(reply.audit_records->n_items, 1);
	read.action = (char *)"nothing";
	assert_int_equal(service_world_handle(w, &w->admin, &auditor, &call), SIGNET_E_INVALID);
}

static int approve_as(struct service_world *w, uid_t uid, uint64_t id)
{
	const struct rpc_peer peer = {.uid = uid};
	Signet__Rpc__Decision decision = SIGNET__RPC__DECISION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	decision.id = id;
	call.call_case = SIGNET__RPC__CALL__CALL_APPROVE;
	call.approve = &decision;
	return service_world_handle(w, &w->admin, &peer, &call);
}

static void edit_as(struct service_world *w, uid_t uid, uint64_t id)
{
	const struct rpc_peer peer = {.uid = uid};
	Signet__Rpc__Attribute attribute = SIGNET__RPC__ATTRIBUTE__INIT, *attributes[] = {&attribute};
	Signet__Rpc__Edit edit = SIGNET__RPC__EDIT__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	attribute.name = (char *)"device";
	attribute.value = (char *)"printer";
	edit.id = id;
	edit.attributes = attributes;
	edit.n_attributes = 1;
	call.call_case = SIGNET__RPC__CALL__CALL_EDIT;
	call.edit = &edit;
	assert_int_equal(service_world_handle(w, &w->admin, &peer, &call), 0);
}

static void separate_officers_do_not_approve_their_own(void **state)
{
	struct service_world *w = *state;
	struct rpc_peer officer = {.uid = 4711};
	struct service request = w->request;
	service_world_open_with(w, "{officer: [uid:4711, uid:4712], separate: true}");
	fixture_use_rule(&w->f, service_world_hold_until_approved);
	/* submitted over admin.sock */
	w->request = w->admin;
	assert_int_equal(service_world_submit_as(w, &officer), 0);
	w->request = request;
	assert_int_equal(approve_as(w, 4711, 1), SIGNET_E_PERMISSION);
	edit_as(w, 4712, 1);
	assert_int_equal(approve_as(w, 4712, 1), SIGNET_E_PERMISSION);
	service_world_open_with(w, "{officer: [uid:4711, uid:4712, uid:4713], separate: true}");
	fixture_use_rule(&w->f, service_world_hold_until_approved);
	assert_int_equal(approve_as(w, 4711, 1), SIGNET_E_PERMISSION);
	assert_int_equal(approve_as(w, 4713, 1), 0);
}

static void officers_approve_their_own_else(void **state)
{
	struct service_world *w = *state;
	service_world_open_with(w, "{officer: [uid:4711]}");
	fixture_use_rule(&w->f, service_world_hold_until_approved);
	service_world_submit(w);
	edit_as(w, 4711, 1);
	assert_int_equal(approve_as(w, 4711, 1), 0);
}

/* A request that waits, and a world whose roles are these. */
static uint64_t wait_with_roles(struct service_world *w)
{
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(
		fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL), "held");
	service_world_open_with(w, "{officer: [uid:4711], administrator: [uid:4712]}");
	fixture_use_rule(&w->f, service_world_hold_until_approved);
	assert_int_equal(fixture_submit(&w->f, &s, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	return out.request_id;
}

static void roles_open_the_admin_socket(void **state)
{
	struct service_world *w = *state;
	struct rpc_peer officer = {.uid = 4711}, administrator = {.uid = 4712};
	assert_int_equal(service_admin_mode(w->f.engine), 0600);
	assert_false(service_admits(&w->admin, &officer));
	wait_with_roles(w);
	assert_int_equal(service_admin_mode(w->f.engine), 0666);
	assert_true(service_admits(&w->admin, &officer));
	assert_true(service_admits(&w->admin, &administrator));
	assert_true(service_admits(&w->admin, &w->root));
	assert_false(service_admits(&w->admin, &w->stranger));
	assert_false(service_admits(&w->admin, &w->gateway));
	assert_false(service_admits(&w->request, &officer));
}

static void officers_decide_in_their_own_name(void **state)
{
	struct service_world *w = *state;
	struct rpc_peer officer = {.uid = 4711}, administrator = {.uid = 4712};
	Signet__Rpc__Decision decision = SIGNET__RPC__DECISION__INIT;
	Signet__Rpc__RequestId show = SIGNET__RPC__REQUEST_ID__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	struct stored stored;
	decision.id = show.id = wait_with_roles(w);
	call.call_case = SIGNET__RPC__CALL__CALL_SHOW_REQUEST;
	call.show_request = &show;
	assert_int_equal(service_world_handle(w, &w->admin, &administrator, &call), 0);
	assert_int_equal(service_world_handle(w, &w->admin, &officer, &call), 0);
	call.call_case = SIGNET__RPC__CALL__CALL_APPROVE;
	call.approve = &decision;
	assert_int_equal(service_world_handle(w, &w->admin, &administrator, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->request, &w->root, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->admin, &officer, &call), 0);
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, decision.id, &stored, NULL),
	                 0);
	assert_non_null(stored.certificate);
	assert_string_equal(stored.request->approvals[0]->actor, "uid 4711");
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), SIGNET_E_STATE);
	call.call_case = SIGNET__RPC__CALL__CALL_DENY;
	call.deny = &decision;
	assert_int_equal(service_world_handle(w, &w->admin, &administrator, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->admin, &officer, &call), SIGNET_E_STATE);
}

static void officers_revoke(void **state)
{
	struct service_world *w = *state;
	struct rpc_peer officer = {.uid = 4711}, administrator = {.uid = 4712};
	uint8_t serial[64] = {0};
	Signet__Rpc__Revocation revocation = SIGNET__RPC__REVOCATION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	struct signet_outcome out;
	struct stored stored;
	uint64_t id = wait_with_roles(w);
	struct decision decision = {id, "uid 4711", "", NULL};
	struct configuration *c = configuration_take(w->f.engine->holder);
	assert_int_equal(decision_approve(w->f.engine, c, w->f.arena, &decision, &out, NULL), 0);
	configuration_release(w->f.engine->holder, c);
	/* with the zero that DER may put in front */
	memcpy(serial + 1, out.serial.data, out.serial.length);
	revocation.serial = (ProtobufCBinaryData){out.serial.length + 1, serial};
	revocation.reason = 4;
	call.call_case = SIGNET__RPC__CALL__CALL_REVOKE;
	call.revoke = &revocation;
	assert_int_equal(service_world_handle(w, &w->admin, &administrator, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(service_world_handle(w, &w->admin, &officer, &call), 0);
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, id, &stored, NULL), 0);
	assert_int_equal(stored.certificate->state, SIGNET_REVOKED);
	serial[5] ^= 1;
	assert_int_equal(service_world_handle(w, &w->admin, &officer, &call), SIGNET_E_NOT_FOUND);
}

static void administrators_test_policy(void **state)
{
	struct service_world *w = *state;
	struct rpc_peer officer = {.uid = 4711}, administrator = {.uid = 4712};
	Signet__Rpc__Submission submission = SIGNET__RPC__SUBMISSION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	struct bytes csr = fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL);
	submission.csr = (ProtobufCBinaryData){csr.length, (uint8_t *)(uintptr_t)csr.data};
	submission.profile = (char *)"tls-server";
	call.call_case = SIGNET__RPC__CALL__CALL_TEST_POLICY;
	call.test_policy = &submission;
	assert_int_equal(service_world_handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	service_handle(&w->admin, &w->root, w->f.arena, &call, &reply);
	assert_int_equal(reply.code, 0);
	assert_int_equal(reply.body_case, SIGNET__RPC__REPLY__BODY_REQUEST);
	assert_int_equal(reply.request->state, SIGNET_REQUEST_ISSUED);
	assert_string_equal(reply.request->draft_subject, "CN=a.example.com");
	bool engine = false;
	for (size_t i = 0; i < reply.request->n_extensions; i++)
		engine = engine || reply.request->extensions[i]->origin == SIGNET_ORIGIN_ENGINE;
	assert_true(engine);
	wait_with_roles(w);
	assert_int_equal(service_world_handle(w, &w->admin, &officer, &call), 0);
	assert_int_equal(service_world_handle(w, &w->admin, &administrator, &call), 0);
}

static void edits_arrive_whole(void **state)
{
	struct service_world *w = *state;
	static uint8_t null[] = {0x05, 0x00};
	Signet__Rpc__RequestExtension extension = SIGNET__RPC__REQUEST_EXTENSION__INIT;
	Signet__Rpc__RequestExtension *extensions[] = {&extension};
	Signet__Rpc__Attribute attribute = SIGNET__RPC__ATTRIBUTE__INIT, *attributes[] = {&attribute};
	char *removed[] = {(char *)"2.5.29.15"};
	Signet__Rpc__Edit edit = SIGNET__RPC__EDIT__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	struct stored stored;
	edit.id = wait_with_roles(w);
	extension.oid = (char *)"1.2.3";
	extension.critical = 1;
	extension.value = (ProtobufCBinaryData){sizeof null, null};
	edit.extensions = extensions;
	attribute.name = attribute.value = (char *)"x";
	edit.attributes = attributes;
	edit.removed = removed;
	edit.n_extensions = edit.n_attributes = edit.n_removed = 1;
	call.call_case = SIGNET__RPC__CALL__CALL_EDIT;
	call.edit = &edit;
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), 0);
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, edit.id, &stored, NULL), 0);
	assert_int_equal(stored.request->n_edits, 1);
	assert_true(stored.request->edits[0]->critical);
	assert_int_equal(stored.request->n_removed, 1);
	assert_int_equal(stored.request->n_attributes, 1);
	edit.n_extensions = edit.n_attributes = edit.n_removed = 0;
	assert_int_equal(service_world_handle(w, &w->admin, &w->root, &call), SIGNET_E_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, service_world_setup, service_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(roles_open_the_admin_socket),
		TEST(officers_decide_in_their_own_name),
		TEST(edits_arrive_whole),
		TEST(administrators_test_policy),
		TEST(officers_revoke),
		TEST(every_call_has_its_duties),
		TEST(operators_run_and_auditors_look),
		TEST(separate_duties_bind_root_too),
		TEST(auditors_alone_read_the_trail),
		TEST(separate_officers_do_not_approve_their_own),
		TEST(officers_approve_their_own_else),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
