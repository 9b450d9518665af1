/* Every call of the service's table: what changes something leaves a record, what does not changes nothing. */
#include "crl_world.h"
#include "import_world.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/audit.h"
#include "engine/letters.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

#define DAY 86400
#define PID 4711

enum kind {
	LOOKS,   /* nothing is written */
	RECORDS, /* the newest record tells of it */
	MOVES,   /* what is no act of anybody: a cursor, a probe */
	ELSEWHERE, /* another socket's */
};

struct world {
	struct crl_world crl;
	struct service request, admin;
	unsigned submitted;
	struct rpc_file file; /* that comes with the call */
};

struct trial {
	unsigned call;
	enum kind kind;
	/* of RECORDS: the newest record's; "" for a state that nothing has changed */
	const char *action, *before, *after;
	unsigned writes; /* 0: 1, the record's own transaction */
	void (*prepare)(struct world *w, Signet__Rpc__Call *call);
};

static int setup(void **state)
{
	static struct world w;
	w = (struct world){.file = {-1, -1, NULL}};
	crl_world_make(&w.crl, "{interval: 1d}");
	w.request = (struct service){w.crl.f.engine, false};
	w.admin = (struct service){w.crl.f.engine, true};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	crl_world_end(&w->crl);
	return 0;
}

static int hold_until_approved(const void *rule, const struct signet_request *request,
                               struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)draft;
	return request->approver_count ? 0 : signet_hold(verdict, "an officer has to look at it");
}

static void *message(struct world *w, const ProtobufCMessageDescriptor *descriptor)
{
	void *out = arena_alloc(w->crl.f.arena, descriptor->sizeof_message);
	assert_non_null(out);
	protobuf_c_message_init(descriptor, out);
	return out;
}
#define MESSAGE(w, type) message(w, &signet__rpc__##type##__descriptor)

static struct signet_outcome submit(struct world *w)
{
	struct signet_outcome out;
	char *key = arena_printf(w->crl.f.arena, "%u", ++w->submitted);
	struct signet_submission s = fixture_submission(
		fixture_csr(w->crl.f.arena, w->crl.f.key, "", "dns:a.example.com", NULL), key);
	assert_int_equal(fixture_submit(&w->crl.f, &s, &out, NULL), 0);
	return out;
}

static uint64_t submit_to_wait(struct world *w)
{
	fixture_use_rule(&w->crl.f, hold_until_approved);
	struct signet_outcome out = submit(w);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	return out.request_id;
}

static void bury(struct world *w, bool retry)
{
	uint64_t moved;
	submit(w);
	assert_int_equal(letters_bury(w->crl.f.engine->database, "file", 1, 3, "no", "uid 7", NULL), 0);
	if (retry)
		assert_int_equal(letters_move(w->crl.f.engine->database, LETTERS_RETRY, "file", 1, "uid 7",
		                              &moved, NULL), 0);
}

/* ---- what each call is asked for ---- */

static void empty(struct world *w, Signet__Rpc__Call *call)
{
	call->status = MESSAGE(w, empty);
}

static void name_issuing(struct world *w, Signet__Rpc__Call *call)
{
	call->get_chain = MESSAGE(w, name);
	call->get_chain->name = (char *)"issuing";
}

static void submission(struct world *w, Signet__Rpc__Call *call)
{
	Signet__Rpc__Submission *s = MESSAGE(w, submission);
	struct bytes csr = fixture_csr(w->crl.f.arena, w->crl.f.key, "", "dns:a.example.com", NULL);
	s->csr = (ProtobufCBinaryData){csr.length, (uint8_t *)(uintptr_t)csr.data};
	s->profile = (char *)"tls-server";
	s->intermediary = s->protocol = (char *)"acme";
	s->address = (char *)"admin.sock pid 4711"; /* as the trail is to have it */
	s->idempotency_key = (char *)"1";
	call->submit = s;
}

static void issued_id(struct world *w, Signet__Rpc__Call *call)
{
	call->retrieve = MESSAGE(w, request_id);
	call->retrieve->id = submit(w).request_id;
}

static void issued_key(struct world *w, Signet__Rpc__Call *call)
{
	call->get_certificate = MESSAGE(w, certificate_key);
	call->get_certificate->request_id = submit(w).request_id;
}

static void events(struct world *w, Signet__Rpc__Call *call)
{
	submit(w);
	call->events_read = MESSAGE(w, events_read);
	call->events_read->consumer = (char *)"file";
	call->events_read->kinds = UINT64_MAX;
	call->events_read->limit = 1;
}

static Signet__Rpc__EventsAdvance *place(struct world *w)
{
	Signet__Rpc__EventsAdvance *out = MESSAGE(w, events_advance);
	out->consumer = (char *)"file";
	out->sequence = 1;
	return out;
}

static void cursor(struct world *w, Signet__Rpc__Call *call)
{
	submit(w);
	call->events_advance = place(w);
}

static void burial(struct world *w, Signet__Rpc__Call *call)
{
	submit(w);
	call->events_bury = MESSAGE(w, events_bury);
	call->events_bury->consumer = (char *)"file";
	call->events_bury->sequence = 1;
	call->events_bury->reason = (char *)"no";
}

static void letters(struct world *w, Signet__Rpc__Call *call)
{
	bury(w, true);
	call->letters_read = MESSAGE(w, letters_read);
	call->letters_read->consumer = (char *)"file";
}

static void letters_of_all(struct world *w, Signet__Rpc__Call *call)
{
	bury(w, false);
	call->list_letters = MESSAGE(w, list_letters);
}

static void letter(struct world *w, Signet__Rpc__Call *call)
{
	bury(w, false);
	call->retry_letters = place(w);
}

static void letter_that_is_back(struct world *w, Signet__Rpc__Call *call)
{
	bury(w, true);
	call->letter_settle = place(w);
}

static void exit_of_the_past(struct world *w, Signet__Rpc__Call *call)
{
	bury(w, false);
	call->forget_exit = MESSAGE(w, name);
	call->forget_exit->name = (char *)"file";
}

static void malformed_ocsp(struct world *w, Signet__Rpc__Call *call)
{
	call->ocsp_answer = MESSAGE(w, ocsp_requests);
	call->ocsp_answer->items = arena_array(w->crl.f.arena, 1, sizeof *call->ocsp_answer->items);
	call->ocsp_answer->items[call->ocsp_answer->n_items++] = MESSAGE(w, ocsp_request);
}

static void revocations(struct world *w, Signet__Rpc__Call *call)
{
	call->revocations_watch = MESSAGE(w, revocations_watch);
}

static void report(struct world *w, Signet__Rpc__Call *call)
{
	call->report = MESSAGE(w, gateway_load);
}

static void probe(struct world *w, Signet__Rpc__Call *call)
{
	call->health = MESSAGE(w, health);
	call->health->probe = true;
}

static void requests(struct world *w, Signet__Rpc__Call *call)
{
	submit(w);
	call->list_requests = MESSAGE(w, list_requests);
}

static void certificates(struct world *w, Signet__Rpc__Call *call)
{
	submit(w);
	call->list_certificates = MESSAGE(w, list_certificates);
}

static void pending(struct world *w, Signet__Rpc__Call *call)
{
	call->approve = MESSAGE(w, decision);
	call->approve->id = submit_to_wait(w);
}

static void edit(struct world *w, Signet__Rpc__Call *call)
{
	Signet__Rpc__Attribute *attribute = MESSAGE(w, attribute);
	attribute->name = attribute->value = (char *)"x";
	call->edit = MESSAGE(w, edit);
	call->edit->id = submit_to_wait(w);
	call->edit->attributes = arena_array(w->crl.f.arena, 1, sizeof attribute);
	call->edit->attributes[call->edit->n_attributes++] = attribute;
}

static void serial(struct world *w, Signet__Rpc__Call *call)
{
	struct bytes number = submit(w).serial;
	call->revoke = MESSAGE(w, revocation);
	call->revoke->serial = (ProtobufCBinaryData){number.length, (uint8_t *)(uintptr_t)number.data};
	call->revoke->reason = 4;
}

static void crls(struct world *w, Signet__Rpc__Call *call)
{
	call->publish_crls = MESSAGE(w, crl_order);
}

static void crls_published(struct world *w, Signet__Rpc__Call *call)
{
	call->list_crls = MESSAGE(w, list_crls);
}

static void authority(struct world *w, Signet__Rpc__Call *call)
{
	call->revoke_authority = MESSAGE(w, key_revocation);
	call->revoke_authority->authority = (char *)"issuing";
	call->revoke_authority->reason = 1;
}

static void trail(struct world *w, Signet__Rpc__Call *call)
{
	call->audit_read = MESSAGE(w, audit_read);
}

static void backup(struct world *w, Signet__Rpc__Call *call)
{
	char path[FIXTURE_PATH];
	empty(w, call);
	fixture_path(&w->crl.f, "copy", path);
	w->file.fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	assert_true(w->file.fd >= 0);
}

static void import(struct world *w, Signet__Rpc__Call *call)
{
	const struct old_certificate old = {.serial = 1, .name = "dns:old.example.com",
	                                    .not_before = w->crl.now - DAY,
	                                    .not_after = w->crl.now + 60 * DAY};
	struct bytes der = old_certificate(&w->crl.f, &old);
	Signet__Rpc__ImportItem *item = MESSAGE(w, import_item);
	item->certificate = (ProtobufCBinaryData){der.length, (uint8_t *)(uintptr_t)der.data};
	call->import_certificates = MESSAGE(w, import);
	call->import_certificates->items = arena_array(w->crl.f.arena, 1, sizeof item);
	call->import_certificates->items[call->import_certificates->n_items++] = item;
}

static void crl_file(struct world *w, Signet__Rpc__Call *call)
{
	char path[FIXTURE_PATH];
	call->check_crl = MESSAGE(w, name);
	crl_world_round(&w->crl);
	fixture_path(&w->crl.f, "public/crl/issuing.crl", path);
	w->file.fd = open(path, O_RDONLY | O_CLOEXEC);
	assert_true(w->file.fd >= 0);
}

static void check(struct world *w, Signet__Rpc__Call *call)
{
	submit(w);
	call->db_check = MESSAGE(w, db_check);
}

static void prune(struct world *w, Signet__Rpc__Call *call)
{
	submit(w);
	submit(w);
	crl_world_later(&w->crl, 31 * DAY);
	call->db_prune = MESSAGE(w, db_prune);
}

#define CALL(name) SIGNET__RPC__CALL__CALL_##name
static const struct trial trials[] = {
	{.call = CALL(LIST_AUTHORITIES), .prepare = empty},
	{.call = CALL(LIST_PROFILES), .prepare = empty},
	{.call = CALL(GET_CHAIN), .prepare = name_issuing},
	{CALL(SUBMIT), RECORDS, "issued", "", "issued, serial ", 0, submission},
	{.call = CALL(RETRIEVE), .prepare = issued_id},
	{.call = CALL(GET_CERTIFICATE), .prepare = issued_key},
	{.call = CALL(EVENTS_READ), .prepare = events},
	{.call = CALL(EVENTS_ADVANCE), MOVES, .prepare = cursor},
	{CALL(EVENTS_BURY), RECORDS, "exit-gave-up", "waiting", "dead", 0, burial},
	{.call = CALL(LETTERS_READ), .prepare = letters},
	{CALL(LETTER_SETTLE), RECORDS, "exit-delivered", "retrying", "published", 0,
	 letter_that_is_back},
	{.call = CALL(OCSP_ANSWER), .prepare = malformed_ocsp},
	{.call = CALL(REVOCATIONS_WATCH), .prepare = revocations},
	{.call = CALL(REPORT), .prepare = report},
	{.call = CALL(METRICS), .prepare = empty},
	{.call = CALL(HEALTH), MOVES, .prepare = probe},
	{.call = CALL(JUDGE), ELSEWHERE, .prepare = empty},
	{.call = CALL(LIST_REQUESTS), .prepare = requests},
	{.call = CALL(SHOW_REQUEST), .prepare = issued_id},
	{.call = CALL(LIST_CERTIFICATES), .prepare = certificates},
	{.call = CALL(STATUS), .prepare = empty},
	/* behind the record of the approval */
	{CALL(APPROVE), RECORDS, "issued", "pending", "issued, serial ", 0, pending},
	{CALL(DENY), RECORDS, "denied", "pending", "denied", 0, pending},
	{CALL(EDIT), RECORDS, "edited", "", "x", 0, edit},
	{.call = CALL(TEST_POLICY), .prepare = submission},
	{CALL(REVOKE), RECORDS, "revoked", "valid", "revoked, superseded", 0, serial},
	{.call = CALL(LIST_LETTERS), .prepare = letters_of_all},
	{CALL(RETRY_LETTERS), RECORDS, "exit-retried", "1 dead letters, 0 retrying",
	 "1 dead letters, 1 retrying", 0, letter},
	{CALL(DROP_LETTERS), RECORDS, "exit-dropped", "1 dead letters, 0 retrying",
	 "0 dead letters, 0 retrying", 0, letter},
	{CALL(FORGET_EXIT), RECORDS, "exit-forgotten", "cursor 0, 1 dead letters", "unknown", 0,
	 exit_of_the_past},
	{.call = CALL(OCSP_STATUS), .prepare = empty},
	/* the number is taken before anything is signed */
	{CALL(PUBLISH_CRLS), RECORDS, "crl-published", "none", "number ", 2, crls},
	{.call = CALL(LIST_CRLS), .prepare = crls_published},
	{CALL(REVOKE_AUTHORITY), RECORDS, "authority-revoked", "valid", "revoked, key-compromise", 0,
	 authority},
	{.call = CALL(AUDIT_READ), .prepare = trail},
	{CALL(IMPORT_CERTIFICATES), RECORDS, "imported", "0 certificates", "1 certificates, of the new ones ", 0, import},
	{CALL(CHECK_CRL), RECORDS, "import-crl", "", "", 0, crl_file},
	{CALL(DB_BACKUP), RECORDS, "backup", "no copy", "a copy with audit record ", 0, backup},
	{.call = CALL(DB_CHECK), .prepare = check},
	{.call = CALL(DB_STATS), .prepare = empty},
	{CALL(DB_PRUNE), RECORDS, "pruned", "2 certificates, 2 requests, 2 events",
	 "2 certificates, 2 requests, 1 events", 0, prune},
};

/* ---- what came of it ---- */

struct newest {
	uint64_t sequence;
	char action[64], actor[64], from[64], before[512], after[512];
};

static int note(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct newest *newest = arg;
	newest->sequence = sequence;
	snprintf(newest->action, sizeof newest->action, "%s", audit_action_name(entry->action));
	snprintf(newest->actor, sizeof newest->actor, "%s", entry->actor);
	snprintf(newest->from, sizeof newest->from, "%s", entry->from);
	snprintf(newest->before, sizeof newest->before, "%s", entry->before);
	snprintf(newest->after, sizeof newest->after, "%s", entry->after);
	return 0;
}

static struct newest newest_record(struct world *w)
{
	struct newest newest = {0};
	assert_int_equal(audit_read(database_store(w->crl.f.engine->database), 1, note, &newest, NULL), 0);
	return newest;
}

static uint64_t writes(struct world *w)
{
	struct store_stats stats;
	store_stats(database_store(w->crl.f.engine->database), &stats);
	return stats.writes;
}

/* Who and from where, before and after. */
static void expect_record(const struct trial *t, const char *name, const struct newest *record,
                          bool admin)
{
	char actor[64], from[64];
	snprintf(actor, sizeof actor, "uid %u", (unsigned)geteuid());
	snprintf(from, sizeof from, "%s pid %d", admin ? "admin.sock" : "request.sock", PID);
	if (strcmp(record->action, t->action) != 0)
		fail_msg("%s: the newest record is '%s'", name, record->action);
	if (t->call == CALL(SUBMIT)) /* it is the gateway that says from where */
		snprintf(actor, sizeof actor, "acme"), snprintf(from, sizeof from, "admin.sock pid 4711");
	assert_string_equal(record->actor, actor);
	assert_string_equal(record->from, from);
	assert_string_equal(record->before, t->before);
	if (*t->after ? !strstr(record->after, t->after) : *record->after)
		fail_msg("%s: after it is '%s'", name, record->after);
}

static void try_call(struct world *w, const struct trial *t, const char *name)
{
	const struct rpc_peer own = {.uid = geteuid(), .pid = PID};
	struct rpc_peer peer = own;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	bool admin = service_duties(t->call) != 0 && t->call != CALL(SUBMIT);
	call.call_case = (Signet__Rpc__Call__CallCase)t->call;
	t->prepare(w, &call);
	peer.file = w->file.fd < 0 ? NULL : &w->file;
	struct newest before = newest_record(w);
	uint64_t written = writes(w);
	service_handle(admin ? &w->admin : &w->request, &peer, w->crl.f.arena, &call, &reply);
	if (reply.code != (t->kind == ELSEWHERE ? SIGNET_E_UNSUPPORTED : 0))
		fail_msg("%s: %s", name, reply.message);
	struct newest after = newest_record(w);
	written = writes(w) - written;
	if (t->kind == RECORDS) {
		if (after.sequence == before.sequence)
			fail_msg("%s leaves no record", name);
		expect_record(t, name, &after, admin);
		/* one transaction has the change and the record */
		if (written != (t->writes ? t->writes : 1))
			fail_msg("%s: %u transactions", name, (unsigned)written);
		return;
	}
	assert_int_equal(after.sequence, before.sequence);
	if (written != (t->kind == MOVES))
		fail_msg("%s writes: does it leave a record?", name);
}

static const struct trial *find_trial(unsigned call)
{
	for (size_t i = 0; i < sizeof trials / sizeof *trials; i++)
		if (trials[i].call == call)
			return &trials[i];
	return NULL;
}

static void every_call_that_changes_something_leaves_a_record(void **state)
{
	const ProtobufCMessageDescriptor *d = &signet__rpc__call__descriptor;
	assert_int_equal(sizeof trials / sizeof *trials, d->n_fields);
	for (unsigned i = 0; i < d->n_fields; i++) {
		const struct trial *t = find_trial(d->fields[i].id);
		if (!t)
			fail_msg("what does the call '%s' leave in the audit trail?", d->fields[i].name);
		setup(state);
		struct world *w = *state;
		try_call(w, t, d->fields[i].name);
		if (w->file.fd >= 0)
			close(w->file.fd);
		teardown(state);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_call_that_changes_something_leaves_a_record),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
