#include "fixture.h"

#include <pthread.h>
#include <stdio.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "engine/decision.h"
#include "engine/records.pb-c.h"
#include "engine/request.h"
#include "pki/certificate.h"

static unsigned officers;    /* that lift the rule's hold */
static bool denying;         /* whether the rule denies what is resubmitted */
static struct bytes csr;     /* of all requests */
static const char *wanted;   /* an attribute that it denies without; NULL: none */

/* Holds until so many officers have approved. */
static int hold_until(const void *rule, const struct signet_request *request,
                      struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)draft;
	if (denying && request->resubmitted)
		return signet_deny(verdict, SIGNET_REASON_NAME, "not any more");
	if (wanted && !signet_request_attribute(request, wanted))
		return signet_deny(verdict, SIGNET_REASON_REQUEST, "the attribute is missing");
	if (request->approver_count >= officers)
		return 0;
	verdict->approvals = officers;
	return signet_hold(verdict, "an officer has to look at it");
}

static int setup(void **state)
{
	static struct fixture f;
	officers = 1;
	denying = false;
	wanted = NULL;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	fixture_use_rule(&f, hold_until);
	csr = fixture_csr(f.arena, f.key, "", "dns:a.example.com", NULL);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	clock_freeze(0);
	fixture_end(*state);
	return 0;
}

static void submit(struct fixture *f, const char *key, struct signet_outcome *out)
{
	struct error err = {0};
	struct signet_submission s = fixture_submission(csr, key);
	if (fixture_submit(f, &s, out, &err))
		fail_msg("%s", err.message);
}

static uint64_t submit_pending(struct fixture *f, const char *key)
{
	struct signet_outcome out;
	submit(f, key, &out);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	return out.request_id;
}

typedef int (*decision_function)(struct engine *engine, const struct configuration *configuration,
                                 struct arena *arena, const struct decision *decision,
                                 struct signet_outcome *out, struct error *err);

static int decide(struct fixture *f, decision_function how, uint64_t id, const char *actor,
                  const char *reason, struct signet_outcome *out)
{
	struct decision decision = {id, actor, reason, NULL};
	struct configuration *c = configuration_take(f->engine->holder);
	int result = how(f->engine, c, f->arena, &decision, out, NULL);
	configuration_release(f->engine->holder, c);
	return result;
}

static int approve(struct fixture *f, uint64_t id, const char *actor, struct signet_outcome *out)
{
	return decide(f, decision_approve, id, actor, "", out);
}

static int edit(struct fixture *f, uint64_t id, const struct signet_request_edit *changes,
                struct error *err)
{
	struct decision decision = {id, "uid 1000", "a better one", NULL};
	struct configuration *c = configuration_take(f->engine->holder);
	int result = decision_edit(f->engine, c, f->arena, &decision, changes, err);
	configuration_release(f->engine->holder, c);
	return result;
}

static struct stored find(struct fixture *f, uint64_t id)
{
	struct stored stored;
	assert_int_equal(database_find(f->engine->database, f->arena, id, &stored, NULL), 0);
	return stored;
}

static struct database_counts count(struct fixture *f)
{
	struct database_counts counts;
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	return counts;
}

static void expect_pending(struct fixture *f, uint64_t id)
{
	assert_int_equal(find(f, id).request->state, SIGNET_REQUEST_PENDING);
	assert_null(find(f, id).certificate);
	assert_int_equal(count(f).pending, 1);
}

static int visit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (entry->request)
		buffer_printf(arg, "%s by %s: %s\n", audit_action_name(entry->action), entry->actor,
		              entry->detail);
	return 0;
}

static void expect_trail(struct fixture *f, const char *expected)
{
	struct buffer text = BUFFER_MAX(65536);
	assert_int_equal(audit_read(database_store(f->engine->database), 1, visit, &text, NULL), 0);
	assert_string_equal(buffer_text(&text), expected);
	buffer_free(&text);
}

static void what_is_approved_is_issued(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	struct stored stored;
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(decide(f, decision_approve, id, "uid 1000", "fine", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(out.request_id, id);
	assert_int_equal(out.certificate_id, id);
	assert_int_equal(out.chain_count, 1);
	assert_int_equal(count(f).pending, 0);
	assert_int_equal(count(f).certificates, 1);
	assert_int_equal(count(f).events, 2); /* pending, issued */
	assert_int_equal(database_issued(f->engine->database, "issuing"), 1);
	assert_int_equal(database_find_serial(f->engine->database, f->arena, out.serial, &stored,
	                                      NULL), 0);
	assert_int_equal(stored.id, id);
	assert_int_equal(stored.request->n_approvals, 1);
	assert_string_equal(stored.request->approvals[0]->actor, "uid 1000");
	expect_trail(f, "pending by acme: \napproved by uid 1000: fine\nissued by uid 1000: \n");
	/* who submits it again gets what came of it */
	submit(f, "1", &again);
	assert_int_equal(again.disposition, SIGNET_ISSUED);
	assert_true(bytes_equal(again.certificate, out.certificate));
	assert_int_equal(count(f).requests, 1);
}

static void the_validity_begins_with_the_approval(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct certificate certificate;
	int64_t now = clock_now(), later = now + 20 * 86400;
	clock_freeze(now);
	uint64_t id = submit_pending(f, "1");
	clock_freeze(later);
	assert_int_equal(approve(f, id, "uid 0", &out), 0);
	assert_int_equal(certificate_parse(&certificate, f->arena, out.certificate, NULL), 0);
	assert_int_equal(certificate.not_before, later - 60);
	assert_int_equal(certificate.not_after, later - 60 + 90 * 86400 - 1);
	certificate_clear(&certificate);
	assert_int_equal(find(f, id).request->submitted, now);
	assert_int_equal(find(f, id).request->resolved, later);
}

static void what_is_not_pending_cannot_be_decided(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct signet_attribute attribute = {"a", "b"};
	struct signet_request_edit changes = {.attributes = &attribute, .attribute_count = 1};
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(approve(f, 77, "uid 0", &out), SIGNET_E_NOT_FOUND);
	assert_int_equal(approve(f, id, "uid 0", &out), 0);
	assert_int_equal(approve(f, id, "uid 0", &out), SIGNET_E_STATE);
	assert_int_equal(decide(f, decision_deny, id, "uid 0", "", &out), SIGNET_E_STATE);
	assert_int_equal(edit(f, id, &changes, NULL), SIGNET_E_STATE);
	assert_int_equal(count(f).certificates, 1);
}

static void two_officers_are_two_people(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	officers = 2;
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(approve(f, id, "uid 1000", &out), SIGNET_E_EXISTS);
	expect_pending(f, id);
	fixture_shut(f);
	fixture_open(f);
	fixture_use_rule(f, hold_until);
	assert_int_equal(approve(f, id, "uid 1000", &out), SIGNET_E_EXISTS);
	assert_int_equal(approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(find(f, id).request->n_approvals, 2);
	expect_trail(f, "pending by acme: \napproved by uid 1000: \napproved by uid 1001: \n"
	             "issued by uid 1001: \n");
}

static void an_edit_voids_approvals(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct signet_attribute attribute = {"Device-Type", "printer"};
	struct signet_request_edit changes = {.attributes = &attribute, .attribute_count = 1};
	officers = 2;
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(edit(f, id, &changes, NULL), 0);
	expect_pending(f, id);
	assert_int_equal(find(f, id).request->n_approvals, 0);
	assert_int_equal(find(f, id).request->n_voided, 1);
	assert_int_equal(approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(find(f, id).request->n_voided, 0);
}

static void reopen(struct fixture *f, const char *validity, const char *usage, const char *rules)
{
	char sections[1024];
	snprintf(sections, sizeof sections,
	         "profiles:\n  tls-server: {validity: %s, names: [dns], "
	         "extended-key-usage: [%s]}\n"
	         "intermediaries:\n  - acme: {path: /acme, profile: tls-server}\n"
	         "policy:\n%s", validity, usage, rules);
	fixture_shut(f);
	fixture_configure(f, sections);
	fixture_open(f);
}

static const char two_officers[] = "  - approval: {officers: 2}\n";

static void an_approval_is_of_the_draft_that_was_shown(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct error err = {0};
	struct decision decision = {1, "uid 1001", "", NULL};
	reopen(f, "90d", "server-auth", two_officers);
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	reopen(f, "90d", "client-auth", two_officers);
	/* the second officer would be the last one, of another certificate */
	struct configuration *c = configuration_take(f->engine->holder);
	decision.id = id;
	assert_int_equal(decision_approve(f->engine, c, f->arena, &decision, &out, &err),
	                 SIGNET_E_STATE);
	configuration_release(f->engine->holder, c);
	assert_non_null(strstr(err.message, "earlier approvals are void"));
	expect_pending(f, id);
	struct stored stored = find(f, id);
	assert_int_equal(stored.request->n_approvals, 0);
	assert_int_equal(stored.request->n_voided, 1);
	assert_string_equal(stored.request->voided[0]->actor, "uid 1000");
	/* now it is this one that they look at */
	assert_int_equal(approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(find(f, id).request->n_approvals, 2);
	assert_int_equal(find(f, id).request->n_voided, 0);
	expect_trail(f, "pending by acme: \napproved by uid 1000: \n"
	             "redrafted by engine: earlier approvals are void\napproved by uid 1001: \n"
	             "approved by uid 1000: \nissued by uid 1000: \n");
}

static void one_officer_approves_what_was_shown_too(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	reopen(f, "90d", "server-auth", "  - approval: {}\n");
	uint64_t id = submit_pending(f, "1");
	reopen(f, "91d", "server-auth", "  - approval: {}\n");
	assert_int_equal(approve(f, id, "uid 1000", &out), SIGNET_E_STATE);
	expect_pending(f, id);
	/* less than was approved is approved */
	reopen(f, "30d", "server-auth", "  - approval: {}\n");
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void what_was_wanted_once_stays_wanted(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	reopen(f, "90d", "server-auth", two_officers);
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(find(f, id).request->wanted, 2);
	/* no rule holds it any more */
	reopen(f, "90d", "server-auth", "  - keys: {}\n");
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_string_equal(out.message, "2 officers have to approve the request");
	assert_int_equal(approve(f, id, "uid 1000", &out), SIGNET_E_EXISTS);
	assert_int_equal(approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void a_hold_by_the_time_of_week_does_not_pass_with_it(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	int64_t day = clock_now() / 86400 + 1;
	while ((day + 4) % 7 != 6)
		day++;
	int64_t saturday = day * 86400 + 12 * 3600;
	reopen(f, "90d", "server-auth", "  - keys: {}\n"
	       "  - approval: {officers: 2, message: not at weekends, when: {time: 'sat,sun'}}\n");
	clock_freeze(saturday);
	uint64_t id = submit_pending(f, "1");
	clock_freeze(saturday + 2 * 86400);
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_string_equal(out.message, "not at weekends");
	struct stored stored = find(f, id);
	assert_int_equal(stored.request->n_trace, 2);
	assert_string_equal(stored.request->trace[1]->rule, "held");
	assert_int_equal(stored.request->trace[1]->decision, SIGNET_HOLD);
	assert_int_equal(approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	/* what comes on a Monday is not held */
	submit(f, "2", &out);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void what_more_is_wanted_now_counts_too(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	reopen(f, "90d", "server-auth", "  - approval: {}\n");
	uint64_t id = submit_pending(f, "1");
	reopen(f, "90d", "server-auth", two_officers);
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	/* and stays */
	reopen(f, "90d", "server-auth", "  - approval: {}\n");
	assert_int_equal(approve(f, id, "uid 1000", &out), SIGNET_E_EXISTS);
	assert_int_equal(approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static int forget_mark(struct store_txn *txn, void *arg)
{
	const struct stored *stored = arg;
	struct store_key key = store_key_number(stored->id);
	uint8_t packed[8192];
	stored->request->approvals[0]->digest.len = 0;
	size_t size = signet__db__request__get_packed_size(stored->request);
	assert_in_range(size, 1, sizeof packed);
	signet__db__request__pack(stored->request, packed);
	return store_put(txn, TABLE_REQUESTS, store_key_get(&key), bytes_make(packed, size));
}

/* Versions before this one did not say what was approved. */
static void an_approval_of_nothing_in_particular_does_not_count(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	officers = 2;
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	struct stored stored = find(f, id);
	assert_int_equal(store_write(database_store(f->engine->database), forget_mark, &stored, NULL),
	                 0);
	assert_int_equal(approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	assert_int_equal(find(f, id).request->n_approvals, 1);
	assert_int_equal(find(f, id).request->n_voided, 1);
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
}

static void approval_does_not_outvote_policy(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	uint64_t id = submit_pending(f, "1");
	denying = true;
	assert_int_equal(approve(f, id, "uid 1000", &out), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_NAME);
	assert_string_equal(out.message, "not any more");
	assert_int_equal(count(f).pending, 0);
	assert_int_equal(count(f).certificates, 0);
	expect_trail(f, "pending by acme: \napproved by uid 1000: \n"
	             "denied by uid 1000: not any more\n");
}

static void a_denial_says_why(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out, again;
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(decide(f, decision_deny, id, "uid 1000", "not ours", &out), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
	assert_int_equal(out.reason, SIGNET_REASON_POLICY);
	assert_string_equal(out.message, "not ours");
	submit(f, "1", &again);
	assert_int_equal(again.disposition, SIGNET_DENIED);
	assert_string_equal(again.message, "not ours");
	struct stored stored = find(f, id);
	assert_int_equal(stored.request->n_trace, 2);
	assert_string_equal(stored.request->trace[1]->rule, "uid 1000");
	assert_int_equal(stored.request->trace[1]->decision, SIGNET_DENY);
	assert_non_null(stored.request->draft);
	assert_int_equal(count(f).pending, 0);
	assert_int_equal(count(f).events, 2); /* pending, denied */
	expect_trail(f, "pending by acme: \ndenied by uid 1000: not ours\n");
	id = submit_pending(f, "2");
	assert_int_equal(decide(f, decision_deny, id, "uid 1000", "", &out), 0);
	assert_string_equal(out.message, "an administrator has denied the request");
}

static void reasons_are_one_line_of_some_length(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	char longer[LIMIT_REASON + 2];
	uint64_t id = submit_pending(f, "1");
	memset(longer, 'x', sizeof longer);
	longer[LIMIT_REASON + 1] = '\0';
	assert_int_equal(decide(f, decision_approve, id, "uid 0", longer, &out), SIGNET_E_INVALID);
	assert_int_equal(decide(f, decision_deny, id, "uid 0", "a\nb", &out), SIGNET_E_INVALID);
	assert_int_equal(decide(f, decision_deny, id, "uid 0", "\xff", &out), SIGNET_E_INVALID);
	expect_pending(f, id);
	longer[LIMIT_REASON] = '\0';
	assert_int_equal(decide(f, decision_deny, id, "uid 0", longer, &out), 0);
	assert_string_equal(out.message, longer);
}

static const struct extension *extension(const struct certificate *certificate, struct bytes oid)
{
	for (size_t i = 0; i < certificate->extension_count; i++)
		if (bytes_equal(certificate->extensions[i].oid, oid))
			return &certificate->extensions[i];
	return NULL;
}

static const uint8_t client_auth[] = {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07,
                                      0x03, 0x02};
static const uint8_t null[] = {0x05, 0x00};
static const uint8_t broken[] = {0x30, 0x05, 0x00};

static void what_is_edited_comes_from_the_administrator(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct certificate certificate;
	const struct signet_request_extension extensions[] = {
		{.oid = "2.5.29.37", .value = BYTES_OF(client_auth)},
		{.oid = "1.3.6.1.4.1.99999.5", .critical = true, .value = BYTES_OF(null)}};
	const char *const removed[] = {"2.5.29.15"};
	const struct signet_request_edit changes = {
		.extensions = extensions, .extension_count = 2, .removed = removed,
		.removed_count = 1};
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(edit(f, id, &changes, NULL), 0);
	const Signet__Db__Draft *draft = find(f, id).request->draft;
	unsigned edited = 0;
	for (size_t i = 0; i < draft->n_extensions; i++)
		edited += draft->extensions[i]->origin == SIGNET_ORIGIN_ADMIN;
	assert_int_equal(edited, 2);
	assert_int_equal(approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(certificate_parse(&certificate, f->arena, out.certificate, NULL), 0);
	assert_null(extension(&certificate, OID_KEY_USAGE));
	const struct extension *usage = extension(&certificate, OID_EXT_KEY_USAGE);
	assert_non_null(usage);
	assert_true(bytes_equal(usage->value, BYTES_OF(client_auth)));
	const struct stored stored = find(f, id);
	for (size_t i = 0; i < certificate.extension_count; i++)
		if (&certificate.extensions[i] == usage)
			assert_int_equal(stored.request->origins.data[i], SIGNET_ORIGIN_ADMIN);
	certificate_clear(&certificate);
	expect_trail(f, "pending by acme: \nedited by uid 1000: a better one: extension 2.5.29.37: "
	             "300a06082b06010505070302; extension 1.3.6.1.4.1.99999.5 (critical): 0500; "
	             "no extension 2.5.29.15\napproved by uid 1001: \nissued by uid 1001: \n");
}

static void edited_attributes_are_what_rules_see(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct signet_attribute attribute = {"Device-Type", "printer"};
	struct signet_request_edit changes = {.attributes = &attribute, .attribute_count = 1};
	uint64_t id = submit_pending(f, "1");
	wanted = "device type";
	assert_int_equal(edit(f, id, &changes, NULL), 0);
	attribute = (struct signet_attribute){"devicetype", ""};
	assert_int_equal(edit(f, id, &changes, NULL), 0);
	/* pending, although the rule would deny it now: the officer may go on editing */
	struct stored stored = find(f, id);
	assert_int_equal(stored.request->state, SIGNET_REQUEST_PENDING);
	assert_int_equal(stored.request->n_attributes, 0);
	assert_int_equal(stored.request->trace[0]->decision, SIGNET_DENY);
	assert_string_equal(stored.request->message, "an officer has to look at it");
	attribute = (struct signet_attribute){"DEVICE TYPE", "printer"};
	assert_int_equal(edit(f, id, &changes, NULL), 0);
	assert_int_equal(approve(f, id, "uid 0", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(find(f, id).request->n_attributes, 1);
}

static void edits_that_break_the_certificate_are_refused(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	struct signet_request_extension e = {.oid = "2.5.29.15", .critical = true,
	                                     .value = BYTES_OF(null)};
	const struct signet_request_edit changes = {.extensions = &e, .extension_count = 1};
	uint64_t id = submit_pending(f, "1");
	assert_int_equal(edit(f, id, &changes, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "keyUsage is broken"));
	e.value = BYTES_OF(broken);
	assert_int_equal(edit(f, id, &changes, NULL), SIGNET_E_INVALID);
	expect_pending(f, id);
	assert_int_equal(find(f, id).request->n_edits, 0);
}

static void a_profile_that_is_gone_leaves_the_request(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	uint64_t id = submit_pending(f, "1");
	fixture_shut(f);
	fixture_configure(f, "profiles: {other: {}}\nintermediaries:\n"
	                  "  - acme: {path: /acme, profile: other}\npolicy:\n  - keys: {}\n");
	fixture_open(f);
	assert_int_equal(approve(f, id, "uid 0", &out), SIGNET_E_NOT_FOUND);
	expect_pending(f, id);
	/* to deny it nothing is needed */
	assert_int_equal(decide(f, decision_deny, id, "uid 0", "", &out), 0);
	assert_int_equal(out.disposition, SIGNET_DENIED);
}

#define THREADS 16

struct caller {
	pthread_t thread;
	struct fixture *f;
	struct arena *arena;
	uint64_t id;
	decision_function how;
	char actor[32];
	struct signet_outcome out;
	int result;
};

static void *call(void *arg)
{
	struct caller *caller = arg;
	struct decision decision = {caller->id, caller->actor, "", NULL};
	struct configuration *c = configuration_take(caller->f->engine->holder);
	caller->result = caller->how(caller->f->engine, c, caller->arena, &decision, &caller->out, NULL);
	configuration_release(caller->f->engine->holder, c);
	return NULL;
}

/* Lets all of them decide at once; every other one denies when deny is said. */
static void call_all(struct fixture *f, struct caller *callers, uint64_t id, bool deny)
{
	for (unsigned i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){
			.f = f, .id = id, .how = deny && i % 2 ? decision_deny : decision_approve,
			.arena = arena_new(LIMIT_REQUEST_ARENA)};
		snprintf(callers[i].actor, sizeof callers[i].actor, "uid %u", i);
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	for (unsigned i = 0; i < THREADS; i++)
		pthread_join(callers[i].thread, NULL);
}

static void free_all(struct caller *callers)
{
	for (unsigned i = 0; i < THREADS; i++)
		arena_free(callers[i].arena);
}

static void of_many_officers_at_once_the_wanted_number_issues_it(void **state)
{
	struct fixture *f = *state;
	static struct caller callers[THREADS];
	officers = 3;
	uint64_t id = submit_pending(f, "1");
	call_all(f, callers, id, false);
	unsigned pending = 0, issued = 0, late = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		bool done = callers[i].result == 0;
		pending += done && callers[i].out.disposition == SIGNET_PENDING;
		issued += done && callers[i].out.disposition == SIGNET_ISSUED;
		/* who came too late, or was overtaken by too many */
		late += callers[i].result == SIGNET_E_STATE;
	}
	free_all(callers);
	assert_int_equal(pending, 2);
	assert_int_equal(issued, 1);
	assert_int_equal(late, THREADS - 3);
	assert_int_equal(find(f, id).request->n_approvals, 3);
	assert_int_equal(count(f).certificates, 1);
	assert_int_equal(count(f).events, 2);
}

static void of_approvals_and_denials_at_once_one_counts(void **state)
{
	struct fixture *f = *state;
	static struct caller callers[THREADS];
	uint64_t id = submit_pending(f, "1");
	call_all(f, callers, id, true);
	unsigned done = 0;
	for (unsigned i = 0; i < THREADS; i++) {
		done += callers[i].result == 0;
		if (callers[i].result)
			assert_int_equal(callers[i].result, SIGNET_E_STATE);
	}
	free_all(callers);
	assert_int_equal(done, 1);
	struct stored stored = find(f, id);
	assert_int_equal(stored.certificate != NULL,
	                 stored.request->state == SIGNET_REQUEST_ISSUED);
	assert_int_equal(count(f).events, 2);
	assert_int_equal(count(f).pending, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_approved_is_issued),
		TEST(the_validity_begins_with_the_approval),
		TEST(what_is_not_pending_cannot_be_decided),
		TEST(two_officers_are_two_people),
		TEST(an_edit_voids_approvals),
		TEST(an_approval_is_of_the_draft_that_was_shown),
		TEST(one_officer_approves_what_was_shown_too),
		TEST(what_was_wanted_once_stays_wanted),
		TEST(a_hold_by_the_time_of_week_does_not_pass_with_it),
		TEST(what_more_is_wanted_now_counts_too),
		TEST(an_approval_of_nothing_in_particular_does_not_count),
		TEST(approval_does_not_outvote_policy),
		TEST(a_denial_says_why),
		TEST(reasons_are_one_line_of_some_length),
		TEST(what_is_edited_comes_from_the_administrator),
		TEST(edited_attributes_are_what_rules_see),
		TEST(edits_that_break_the_certificate_are_refused),
		TEST(a_profile_that_is_gone_leaves_the_request),
		TEST(of_many_officers_at_once_the_wanted_number_issues_it),
		TEST(of_approvals_and_denials_at_once_one_counts),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
