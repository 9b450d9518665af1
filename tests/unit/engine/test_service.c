#include "fixture.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/decision.h"
#include "engine/records.pb-c.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

/* Users that every Debian has. */
#define GATEWAY "daemon"
#define PUBLISHER "nobody"
#define ADVISER "bin"
#define USERS "users: {gateway: " GATEWAY ", publisher: " PUBLISHER ", adviser: " ADVISER "}\n"

struct world {
	struct fixture f;
	struct service request, admin;
	struct rpc_peer root, own, gateway, publisher, stranger;
};

static uid_t uid_of(const char *name)
{
	const struct passwd *entry = getpwnam(name);
	assert_non_null(entry);
	return entry->pw_uid;
}

static int setup(void **state)
{
	static struct world w;
	char sections[4096];
	snprintf(sections, sizeof sections, "%s%s", USERS, fixture_sections);
	fixture_make(&w.f, sections);
	fixture_open(&w.f);
	w.request = (struct service){w.f.engine, false};
	w.admin = (struct service){w.f.engine, true};
	w.root = (struct rpc_peer){.uid = 0};
	w.own = (struct rpc_peer){.uid = geteuid()};
	w.gateway = (struct rpc_peer){.uid = uid_of(GATEWAY)};
	w.publisher = (struct rpc_peer){.uid = uid_of(PUBLISHER)};
	w.stranger = (struct rpc_peer){.uid = 54321};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	fixture_end(&w->f);
	return 0;
}

static int hold_until_approved(const void *rule, const struct signet_request *request,
                               struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)draft;
	return request->approver_count ? 0 : signet_hold(verdict, "an officer has to look at it");
}

static void request_socket_admits_the_roles(void **state)
{
	struct world *w = *state;
	assert_true(service_admits(&w->request, &w->root));
	assert_true(service_admits(&w->request, &w->own));
	assert_true(service_admits(&w->request, &w->gateway));
	assert_true(service_admits(&w->request, &w->publisher));
	assert_false(service_admits(&w->request, &w->stranger));
}

static void admin_socket_admits_root_and_itself(void **state)
{
	struct world *w = *state;
	assert_true(service_admits(&w->admin, &w->root));
	assert_true(service_admits(&w->admin, &w->own));
	assert_false(service_admits(&w->admin, &w->gateway));
	assert_false(service_admits(&w->admin, &w->publisher));
	assert_false(service_admits(&w->admin, &w->stranger));
}

static int handle(struct world *w, struct service *service, const struct rpc_peer *peer,
                  const Signet__Rpc__Call *call)
{
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	service_handle(service, peer, w->f.arena, call, &reply);
	assert_true(reply.configuration > 0);
	if (reply.code) {
		assert_int_not_equal(reply.message[0], '\0');
		assert_int_equal(reply.body_case, SIGNET__RPC__REPLY__BODY__NOT_SET);
	}
	return reply.code;
}

static int submit_as(struct world *w, const struct rpc_peer *peer)
{
	Signet__Rpc__Submission submission = SIGNET__RPC__SUBMISSION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	struct bytes csr = fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL);
	submission.csr = (ProtobufCBinaryData){csr.length, (uint8_t *)(uintptr_t)csr.data};
	submission.profile = (char *)"tls-server";
	submission.intermediary = submission.protocol = (char *)"acme";
	submission.idempotency_key = (char *)"order-1";
	call.call_case = SIGNET__RPC__CALL__CALL_SUBMIT;
	call.submit = &submission;
	return handle(w, &w->request, peer, &call);
}

/* Event 1 of request 1. */
static void submit(struct world *w)
{
	assert_int_equal(submit_as(w, &w->gateway), 0);
}

static void only_the_gateway_submits(void **state)
{
	struct world *w = *state;
	assert_int_equal(submit_as(w, &w->publisher), SIGNET_E_PERMISSION);
	assert_int_equal(submit_as(w, &w->gateway), 0);
}

static void only_the_publisher_moves_cursors(void **state)
{
	struct world *w = *state;
	Signet__Rpc__EventsAdvance advance = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__EventsRead read = SIGNET__RPC__EVENTS_READ__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	advance.consumer = read.consumer = (char *)"file";
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE;
	call.events_advance = &advance;
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
	call.events_read = &read;
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
}

static void only_the_publisher_writes_letters(void **state)
{
	struct world *w = *state;
	Signet__Rpc__EventsBury bury = SIGNET__RPC__EVENTS_BURY__INIT;
	Signet__Rpc__LettersRead read = SIGNET__RPC__LETTERS_READ__INIT;
	Signet__Rpc__EventsAdvance settle = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__Call calls[3];
	bury.consumer = read.consumer = settle.consumer = (char *)"file";
	bury.sequence = settle.sequence = 1;
	for (int i = 0; i < 3; i++)
		signet__rpc__call__init(&calls[i]);
	calls[0].call_case = SIGNET__RPC__CALL__CALL_EVENTS_BURY;
	calls[0].events_bury = &bury;
	calls[1].call_case = SIGNET__RPC__CALL__CALL_LETTERS_READ;
	calls[1].letters_read = &read;
	calls[2].call_case = SIGNET__RPC__CALL__CALL_LETTER_SETTLE;
	calls[2].letter_settle = &settle;
	submit(w);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(handle(w, &w->request, &w->gateway, &calls[i]),
		                 SIGNET_E_PERMISSION);
		/* the last one: nobody has sent it back */
		assert_int_equal(handle(w, &w->request, &w->publisher, &calls[i]),
		                 i == 2 ? SIGNET_E_STATE : 0);
	}
}

static void only_administrators_move_letters(void **state)
{
	struct world *w = *state;
	Signet__Rpc__EventsBury bury = SIGNET__RPC__EVENTS_BURY__INIT;
	Signet__Rpc__EventsAdvance which = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__ListLetters list = SIGNET__RPC__LIST_LETTERS__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT, calls[3];
	which.consumer = bury.consumer = (char *)"file";
	bury.sequence = 1;
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_BURY;
	call.events_bury = &bury;
	for (int i = 0; i < 3; i++)
		signet__rpc__call__init(&calls[i]);
	calls[0].call_case = SIGNET__RPC__CALL__CALL_LIST_LETTERS;
	calls[0].list_letters = &list;
	calls[1].call_case = SIGNET__RPC__CALL__CALL_RETRY_LETTERS;
	calls[1].retry_letters = &which;
	calls[2].call_case = SIGNET__RPC__CALL__CALL_DROP_LETTERS;
	calls[2].drop_letters = &which;
	submit(w);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(handle(w, &w->request, &w->publisher, &calls[i]),
		                 SIGNET_E_PERMISSION);
		assert_int_equal(handle(w, &w->request, &w->root, &calls[i]), SIGNET_E_PERMISSION);
		assert_int_equal(handle(w, &w->admin, &w->root, &calls[i]), 0);
	}
	assert_int_equal(handle(w, &w->admin, &w->root, &calls[2]), SIGNET_E_NOT_FOUND);
}

static void only_an_exit_of_the_past_is_forgotten(void **state)
{
	struct world *w = *state;
	char sections[4096];
	Signet__Rpc__EventsAdvance place = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__Name name = SIGNET__RPC__NAME__INIT;
	Signet__Rpc__Call advance = SIGNET__RPC__CALL__INIT, call = SIGNET__RPC__CALL__INIT;
	snprintf(sections, sizeof sections, "%s%sexit:\n  - file: {name: new, directory: x}\n", USERS,
	         fixture_sections);
	fixture_shut(&w->f);
	fixture_configure(&w->f, sections);
	fixture_open(&w->f);
	w->request.engine = w->admin.engine = w->f.engine;
	submit(w);
	place.sequence = 1;
	advance.call_case = SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE;
	advance.events_advance = &place;
	call.call_case = SIGNET__RPC__CALL__CALL_FORGET_EXIT;
	call.forget_exit = &name;
	place.consumer = name.name = (char *)"new";
	assert_int_equal(handle(w, &w->request, &w->publisher, &advance), 0);
	assert_int_equal(handle(w, &w->admin, &w->root, &call), SIGNET_E_STATE);
	place.consumer = name.name = (char *)"old";
	assert_int_equal(handle(w, &w->request, &w->publisher, &advance), 0);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->admin, &w->stranger, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->admin, &w->root, &call), 0);
	assert_int_equal(handle(w, &w->admin, &w->root, &call), SIGNET_E_NOT_FOUND);
}

static void publisher_fetches_what_belongs_to_an_event(void **state)
{
	struct world *w = *state;
	Signet__Rpc__RequestId id = SIGNET__RPC__REQUEST_ID__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	id.id = 1;
	call.call_case = SIGNET__RPC__CALL__CALL_RETRIEVE;
	call.retrieve = &id;
	submit(w);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
}

static void status_of_many_consumers_in_trouble_fits_a_message(void **state)
{
	struct world *w = *state;
	Signet__Rpc__EventsRead read = SIGNET__RPC__EVENTS_READ__INIT;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	char name[LIMIT_CONSUMER + 1], trouble[LIMIT_CONSUMER_SAYS + 1];
	memset(trouble, 'x', sizeof trouble - 1);
	trouble[sizeof trouble - 1] = '\0';
	read.trouble = trouble;
	read.tries = UINT32_MAX;
	for (int i = 0; i < LIMIT_CONSUMERS; i++) {
		snprintf(name, sizeof name, "%0*d", LIMIT_CONSUMER, i);
		read.consumer = name;
		call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
		call.events_read = &read;
		assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
	}
	call.call_case = SIGNET__RPC__CALL__CALL_STATUS;
	call.status = &empty;
	service_handle(&w->admin, &w->root, w->f.arena, &call, &reply);
	assert_int_equal(reply.status->n_consumers, LIMIT_CONSUMERS);
	assert_int_equal(strlen(reply.status->consumers[0]->trouble), LIMIT_CONSUMER_SAYS);
	assert_in_range(signet__rpc__reply__get_packed_size(&reply), 1, LIMIT_MESSAGE);
}

static void administration_is_not_on_the_request_socket(void **state)
{
	struct world *w = *state;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_STATUS;
	call.status = &empty;
	assert_int_equal(handle(w, &w->request, &w->root, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->admin, &w->root, &call), 0);
}

static void everybody_admitted_reads_the_configuration(void **state)
{
	struct world *w = *state;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_PROFILES;
	call.list_profiles = &empty;
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), 0);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
}

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

static void open_with(struct world *w, const char *roles)
{
	char sections[4096];
	snprintf(sections, sizeof sections, "%sroles: %s\n%s", USERS, roles, fixture_sections);
	fixture_shut(&w->f);
	fixture_configure(&w->f, sections);
	fixture_open(&w->f);
	w->request.engine = w->admin.engine = w->f.engine;
}

/* A call that asks for nothing, by its number. */
static int call_empty(struct world *w, const struct rpc_peer *peer, Signet__Rpc__Call__CallCase which)
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
	return handle(w, &w->admin, peer, &call);
}

static void operators_run_and_auditors_look(void **state)
{
	struct world *w = *state;
	struct rpc_peer auditor = {.uid = 4713}, operator = {.uid = 4714};
	open_with(w, "{auditor: uid:4713, operator: uid:4714}");
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
	struct world *w = *state;
	struct rpc_peer auditor = {.uid = 4713};
	open_with(w, "{auditor: uid:4713, separate: true}");
	assert_false(service_admits(&w->admin, &w->root));
	assert_false(service_admits(&w->admin, &w->own));
	assert_false(service_admits(&w->request, &w->root));
	assert_true(service_admits(&w->request, &w->gateway));
	assert_true(service_admits(&w->admin, &auditor));
	assert_int_equal(call_empty(w, &w->root, SIGNET__RPC__CALL__CALL_STATUS), SIGNET_E_PERMISSION);
	open_with(w, "{auditor: uid:4713, operator: uid:0, separate: true}");
	assert_true(service_admits(&w->admin, &w->root));
	assert_int_equal(call_empty(w, &w->root, SIGNET__RPC__CALL__CALL_STATUS), 0);
	assert_int_equal(call_empty(w, &w->root, SIGNET__RPC__CALL__CALL_DROP_LETTERS),
	                 SIGNET_E_PERMISSION);
}

static void auditors_alone_read_the_trail(void **state)
{
	struct world *w = *state;
	struct rpc_peer auditor = {.uid = 4713}, officer = {.uid = 4711};
	Signet__Rpc__AuditRead read = SIGNET__RPC__AUDIT_READ__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	open_with(w, "{auditor: uid:4713, officer: uid:4711}");
	submit(w);
	call.call_case = SIGNET__RPC__CALL__CALL_AUDIT_READ;
	call.audit_read = &read;
	assert_int_equal(handle(w, &w->admin, &officer, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
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
	assert_int_equal(handle(w, &w->admin, &auditor, &call), SIGNET_E_INVALID);
}

static int approve_as(struct world *w, uid_t uid, uint64_t id)
{
	const struct rpc_peer peer = {.uid = uid};
	Signet__Rpc__Decision decision = SIGNET__RPC__DECISION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	decision.id = id;
	call.call_case = SIGNET__RPC__CALL__CALL_APPROVE;
	call.approve = &decision;
	return handle(w, &w->admin, &peer, &call);
}

static void edit_as(struct world *w, uid_t uid, uint64_t id)
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
	assert_int_equal(handle(w, &w->admin, &peer, &call), 0);
}

static void separate_officers_do_not_approve_their_own(void **state)
{
	struct world *w = *state;
	struct rpc_peer officer = {.uid = 4711};
	struct service request = w->request;
	open_with(w, "{officer: [uid:4711, uid:4712], separate: true}");
	fixture_use_rule(&w->f, hold_until_approved);
	/* submitted over admin.sock */
	w->request = w->admin;
	assert_int_equal(submit_as(w, &officer), 0);
	w->request = request;
	assert_int_equal(approve_as(w, 4711, 1), SIGNET_E_PERMISSION);
	edit_as(w, 4712, 1);
	assert_int_equal(approve_as(w, 4712, 1), SIGNET_E_PERMISSION);
	open_with(w, "{officer: [uid:4711, uid:4712, uid:4713], separate: true}");
	fixture_use_rule(&w->f, hold_until_approved);
	assert_int_equal(approve_as(w, 4711, 1), SIGNET_E_PERMISSION);
	assert_int_equal(approve_as(w, 4713, 1), 0);
}

static void officers_approve_their_own_else(void **state)
{
	struct world *w = *state;
	open_with(w, "{officer: [uid:4711]}");
	fixture_use_rule(&w->f, hold_until_approved);
	submit(w);
	edit_as(w, 4711, 1);
	assert_int_equal(approve_as(w, 4711, 1), 0);
}

/* A request that waits, and a world whose roles are these. */
static uint64_t wait_with_roles(struct world *w)
{
	struct signet_outcome out;
	struct signet_submission s = fixture_submission(
		fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL), "held");
	open_with(w, "{officer: [uid:4711], administrator: [uid:4712]}");
	fixture_use_rule(&w->f, hold_until_approved);
	assert_int_equal(fixture_submit(&w->f, &s, &out, NULL), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	return out.request_id;
}

static void roles_open_the_admin_socket(void **state)
{
	struct world *w = *state;
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
	struct world *w = *state;
	struct rpc_peer officer = {.uid = 4711}, administrator = {.uid = 4712};
	Signet__Rpc__Decision decision = SIGNET__RPC__DECISION__INIT;
	Signet__Rpc__RequestId show = SIGNET__RPC__REQUEST_ID__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	struct stored stored;
	decision.id = show.id = wait_with_roles(w);
	call.call_case = SIGNET__RPC__CALL__CALL_SHOW_REQUEST;
	call.show_request = &show;
	assert_int_equal(handle(w, &w->admin, &administrator, &call), 0);
	assert_int_equal(handle(w, &w->admin, &officer, &call), 0);
	call.call_case = SIGNET__RPC__CALL__CALL_APPROVE;
	call.approve = &decision;
	assert_int_equal(handle(w, &w->admin, &administrator, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->root, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->admin, &officer, &call), 0);
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, decision.id, &stored, NULL),
	                 0);
	assert_non_null(stored.certificate);
	assert_string_equal(stored.request->approvals[0]->actor, "uid 4711");
	assert_int_equal(handle(w, &w->admin, &w->root, &call), SIGNET_E_STATE);
	call.call_case = SIGNET__RPC__CALL__CALL_DENY;
	call.deny = &decision;
	assert_int_equal(handle(w, &w->admin, &administrator, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->admin, &officer, &call), SIGNET_E_STATE);
}

static void officers_revoke(void **state)
{
	struct world *w = *state;
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
	assert_int_equal(handle(w, &w->admin, &administrator, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->admin, &officer, &call), 0);
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, id, &stored, NULL), 0);
	assert_int_equal(stored.certificate->state, SIGNET_REVOKED);
	serial[5] ^= 1;
	assert_int_equal(handle(w, &w->admin, &officer, &call), SIGNET_E_NOT_FOUND);
}

static void administrators_test_policy(void **state)
{
	struct world *w = *state;
	struct rpc_peer officer = {.uid = 4711}, administrator = {.uid = 4712};
	Signet__Rpc__Submission submission = SIGNET__RPC__SUBMISSION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	struct bytes csr = fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL);
	submission.csr = (ProtobufCBinaryData){csr.length, (uint8_t *)(uintptr_t)csr.data};
	submission.profile = (char *)"tls-server";
	call.call_case = SIGNET__RPC__CALL__CALL_TEST_POLICY;
	call.test_policy = &submission;
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
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
	assert_int_equal(handle(w, &w->admin, &officer, &call), 0);
	assert_int_equal(handle(w, &w->admin, &administrator, &call), 0);
}

static void edits_arrive_whole(void **state)
{
	struct world *w = *state;
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
	assert_int_equal(handle(w, &w->admin, &w->root, &call), 0);
	assert_int_equal(database_find(w->f.engine->database, w->f.arena, edit.id, &stored, NULL), 0);
	assert_int_equal(stored.request->n_edits, 1);
	assert_true(stored.request->edits[0]->critical);
	assert_int_equal(stored.request->n_removed, 1);
	assert_int_equal(stored.request->n_attributes, 1);
	edit.n_extensions = edit.n_attributes = edit.n_removed = 0;
	assert_int_equal(handle(w, &w->admin, &w->root, &call), SIGNET_E_INVALID);
}

static void calls_of_a_later_protocol_are_unsupported(void **state)
{
	struct world *w = *state;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	assert_int_equal(handle(w, &w->admin, &w->root, &call), SIGNET_E_UNSUPPORTED);
	call.call_case = (Signet__Rpc__Call__CallCase)9999;
	assert_int_equal(handle(w, &w->admin, &w->root, &call), SIGNET_E_UNSUPPORTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(request_socket_admits_the_roles),
		TEST(admin_socket_admits_root_and_itself),
		TEST(only_the_gateway_submits),
		TEST(only_the_publisher_moves_cursors),
		TEST(only_the_publisher_writes_letters),
		TEST(only_administrators_move_letters),
		TEST(only_an_exit_of_the_past_is_forgotten),
		TEST(publisher_fetches_what_belongs_to_an_event),
		TEST(status_of_many_consumers_in_trouble_fits_a_message),
		TEST(administration_is_not_on_the_request_socket),
		TEST(everybody_admitted_reads_the_configuration),
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
		TEST(calls_of_a_later_protocol_are_unsupported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
