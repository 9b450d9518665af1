#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/draft.h"
#include "api/draft_message.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "engine/advice.h"
#include "rpc/ca.pb-c.h"

static const struct extension key_usage = {{(const uint8_t *)"\x55\x1d\x0f", 3}, true,
                                           {(const uint8_t *)"\x03\x02\x07\x80", 4}};
static const struct extension not_ca = {{(const uint8_t *)"\x55\x1d\x13", 3}, true,
                                        {(const uint8_t *)"\x30\x00", 2}};

static struct {
	struct arena *arena;
	struct signet_draft *draft;  /* the engine's */
	struct signet_draft *copy;   /* the adviser's */
	Signet__Rpc__Judgement judgement;
	struct signet_verdict verdict;
	struct error err;
} f;

static struct signet_draft *make_draft(void)
{
	const struct general_name name = {GN_DNS, bytes_text("example.com")};
	struct signet_draft *draft = signet_draft_new(f.arena);
	struct bytes subject;
	assert_int_equal(name_from_text(f.arena, "CN=example.com", &subject, NULL), 0);
	signet_draft_begin(draft, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_set_subject(draft, subject), 0);
	assert_int_equal(signet_draft_set_validity(draft, 100, 200), 0);
	assert_int_equal(signet_draft_set_extension(draft, &key_usage), 0);
	assert_int_equal(signet_draft_set_extension(draft, &not_ca), 0);
	signet_draft_begin(draft, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_set_alt_names(draft, &name, 1), 0);
	signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
	return draft;
}

static int setup(void **state)
{
	(void)state;
	f.arena = arena_new(LIMIT_REQUEST_ARENA);
	f.err = (struct error){0};
	f.verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	f.draft = make_draft();
	f.copy = make_draft();
	signet__rpc__judgement__init(&f.judgement);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(f.arena);
	return 0;
}

/* What became of the adviser's copy goes back. */
static int take_copy(void)
{
	assert_int_equal(draft_message_make(f.arena, f.copy, &f.judgement.draft), 0);
	return advice_take(&f.judgement, f.draft, &f.verdict, &f.err);
}

static void refuses(const char *why)
{
	static const struct signet_verdict before = {SIGNET_HOLD, SIGNET_REASON_KEY, 3, "untouched"};
	f.verdict = before;
	assert_int_equal(advice_take(&f.judgement, f.draft, &f.verdict, &f.err), SIGNET_E_INVALID);
	if (!strstr(f.err.message, why))
		fail_msg("%s", f.err.message);
	assert_memory_equal(&f.verdict, &before, sizeof before);
	assert_string_equal(signet_draft_changes(f.draft), "");
}

static void refuses_copy(const char *why)
{
	assert_int_equal(draft_message_make(f.arena, f.copy, &f.judgement.draft), 0);
	refuses(why);
}

static void verdicts_are_taken(void **state)
{
	(void)state;
	assert_int_equal(advice_take(&f.judgement, f.draft, &f.verdict, &f.err), 0);
	assert_int_equal(f.verdict.decision, SIGNET_PASS);
	f.judgement.decision = SIGNET_HOLD;
	f.judgement.approvals = 2;
	f.judgement.message = (char *)"ask Jörg";
	assert_int_equal(advice_take(&f.judgement, f.draft, &f.verdict, &f.err), 0);
	assert_int_equal(f.verdict.decision, SIGNET_HOLD);
	assert_int_equal(f.verdict.approvals, 2);
	assert_string_equal(f.verdict.message, "ask Jörg");
	f.judgement.decision = SIGNET_DENY;
	f.judgement.reason = SIGNET_REASON_NAME;
	assert_int_equal(advice_take(&f.judgement, f.draft, &f.verdict, &f.err), 0);
	assert_int_equal(f.verdict.decision, SIGNET_DENY);
	assert_int_equal(f.verdict.reason, SIGNET_REASON_NAME);
	assert_string_equal(signet_draft_changes(f.draft), "");
}

static void verdicts_that_are_none_are_refused(void **state)
{
	(void)state;
	char endless[SIGNET_VERDICT_TEXT + 1];
	f.judgement.decision = SIGNET_DENY + 1;
	refuses("no decision");
	f.judgement.decision = UINT32_MAX;
	refuses("no decision");
	f.judgement.decision = SIGNET_DENY;
	refuses("no reason");
	f.judgement.reason = SIGNET_REASON_INTERNAL + 1;
	refuses("no reason");
	f.judgement.decision = SIGNET_PASS;
	f.judgement.reason = SIGNET_REASON_KEY;
	refuses("no reason");
	f.judgement.reason = 0;
	f.judgement.approvals = LIMIT_APPROVALS + 1;
	refuses("approvals");
	f.judgement.approvals = 0;
	memset(endless, 'x', sizeof endless);
	endless[SIGNET_VERDICT_TEXT] = '\0';
	f.judgement.message = endless;
	refuses("message");
	f.judgement.message = (char *)"a\nb";
	refuses("message");
	f.judgement.message = (char *)"\xff";
	refuses("message");
}

static void an_equal_draft_changes_nothing(void **state)
{
	(void)state;
	size_t count;
	assert_int_equal(take_copy(), 0);
	assert_string_equal(signet_draft_changes(f.draft), "");
	/* the origins stay, too */
	assert_int_equal(signet_draft_alt_names_origin(f.draft), SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_subject_origin(f.draft), SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_extensions(f.draft, &count)[0].origin, SIGNET_ORIGIN_PROFILE);
}

static void only_what_differs_is_taken(void **state)
{
	(void)state;
	const struct general_name names[] = {{GN_DNS, bytes_text("example.com")},
	                                     {GN_DNS, bytes_text("www.example.com")}};
	assert_int_equal(signet_draft_set_alt_names(f.copy, names, 2), 0);
	assert_int_equal(take_copy(), 0);
	assert_string_equal(signet_draft_changes(f.draft), "names");
	assert_int_equal(signet_draft_alt_names_origin(f.draft), SIGNET_ORIGIN_POLICY);
	assert_int_equal(signet_draft_subject_origin(f.draft), SIGNET_ORIGIN_PROFILE);
}

static void everything_may_change(void **state)
{
	(void)state;
	struct extension usage = key_usage, own = {.oid = bytes_text("\x2a\x03\x04"),
	                                           .value = bytes_make("\x05\x00", 2)};
	struct bytes subject;
	size_t count;
	usage.critical = false;
	assert_int_equal(name_from_text(f.arena, "CN=other", &subject, NULL), 0);
	assert_int_equal(signet_draft_set_subject(f.copy, subject), 0);
	assert_int_equal(signet_draft_set_validity(f.copy, 150, 160), 0);
	assert_int_equal(signet_draft_set_alt_names(f.copy, NULL, 0), 0);
	assert_int_equal(signet_draft_set_extension(f.copy, &usage), 0);
	assert_int_equal(signet_draft_set_extension(f.copy, &own), 0);
	assert_int_equal(take_copy(), 0);
	assert_string_equal(signet_draft_changes(f.draft),
	                    "validity, subject, names, extension keyUsage, extension 1.2.3.4");
	assert_string_equal(name_to_text(f.arena, signet_draft_subject(f.draft)), "CN=other");
	assert_int_equal(signet_draft_not_before(f.draft), 150);
	assert_int_equal(signet_draft_not_after(f.draft), 160);
	signet_draft_alt_names(f.draft, &count);
	assert_int_equal(count, 0);
	assert_false(signet_draft_extensions(f.draft, &count)[0].extension.critical);
	assert_int_equal(count, 3);
}

static void extensions_that_are_gone_are_removed(void **state)
{
	(void)state;
	size_t count;
	struct extension own = {.oid = bytes_text("\x2a\x03\x04"), .value = bytes_make("\x05\x00", 2)};
	assert_int_equal(signet_draft_set_extension(f.draft, &own), 0);
	signet_draft_begin(f.draft, SIGNET_ORIGIN_POLICY);
	assert_int_equal(signet_draft_remove_extension(f.copy, OID_KEY_USAGE), 0);
	assert_int_equal(take_copy(), 0);
	const struct signet_draft_extension *list = signet_draft_extensions(f.draft, &count);
	assert_int_equal(count, 1);
	assert_true(bytes_equal(list[0].extension.oid, OID_BASIC_CONSTRAINTS));
}

static void nobody_is_made_an_authority(void **state)
{
	(void)state;
	struct extension ca = not_ca;
	ca.value = bytes_make("\x30\x03\x01\x01\xff", 5);
	assert_int_equal(signet_draft_set_extension(f.copy, &ca), 0);
	refuses_copy("basicConstraints");
	assert_int_equal(signet_draft_remove_extension(f.copy, OID_BASIC_CONSTRAINTS), 0);
	refuses_copy("basicConstraints");
	/* nor where there was none before */
	assert_int_equal(signet_draft_remove_extension(f.draft, OID_BASIC_CONSTRAINTS), 0);
	signet_draft_begin(f.draft, SIGNET_ORIGIN_POLICY);
	assert_int_equal(signet_draft_set_extension(f.copy, &ca), 0);
	refuses_copy("basicConstraints");
}

/* Of the message only that they are DER is looked at here. */
static void what_bounds_an_authority_stays(void **state)
{
	(void)state;
	struct extension bound = {.critical = true, .value = bytes_make("\x30\x00", 2)};
	const struct bytes oids[] = {OID_NAME_CONSTRAINTS, OID_POLICY_CONSTRAINTS,
	                             OID_INHIBIT_ANY_POLICY};
	const char *const names[] = {"nameConstraints", "policyConstraints", "inhibitAnyPolicy"};
	for (size_t i = 0; i < 3; i++) {
		bound.oid = oids[i];
		signet_draft_begin(f.draft, SIGNET_ORIGIN_PROFILE);
		assert_int_equal(signet_draft_set_extension(f.draft, &bound), 0);
		signet_draft_begin(f.draft, SIGNET_ORIGIN_POLICY);
		refuses_copy(names[i]);
		assert_int_equal(signet_draft_set_extension(f.copy, &bound), 0);
		assert_int_equal(take_copy(), 0);
	}
}

static void key_identifiers_are_the_engines(void **state)
{
	(void)state;
	struct extension id = {.value = bytes_make("\x04\x01\x01", 3)};
	id.oid = OID_SUBJECT_KEY_ID;
	assert_int_equal(signet_draft_set_extension(f.copy, &id), 0);
	refuses_copy("subjectKeyIdentifier");
	assert_int_equal(signet_draft_remove_extension(f.copy, id.oid), 0);
	id.oid = OID_AUTHORITY_KEY_ID;
	assert_int_equal(signet_draft_set_extension(f.copy, &id), 0);
	refuses_copy("authorityKeyIdentifier");
}

static void what_is_not_there_yet_is_taken_out(void **state)
{
	(void)state;
	assert_int_equal(signet_draft_remove_extension(f.copy, OID_CRL_DISTRIBUTION), 0);
	assert_int_equal(take_copy(), 0);
	assert_true(signet_draft_has_removed(f.draft, OID_CRL_DISTRIBUTION));
	assert_string_equal(signet_draft_changes(f.draft), "");
}

static void drafts_that_are_none_are_refused(void **state)
{
	(void)state;
	assert_int_equal(signet_draft_set_validity(f.copy, 150, 160), 0);
	assert_int_equal(draft_message_make(f.arena, f.copy, &f.judgement.draft), 0);
	f.judgement.draft->extensions[0]->oid = (char *)"2.5.29.17";
	refuses("OID");
	f.judgement.draft->n_extensions = 0;
	f.judgement.draft->alt_names.len--;
	refuses("names");
	f.judgement.draft->alt_names.len = 0;
	f.judgement.draft->subject.len--;
	refuses("subject");
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(verdicts_are_taken), T(verdicts_that_are_none_are_refused),
		T(an_equal_draft_changes_nothing), T(only_what_differs_is_taken),
		T(everything_may_change), T(extensions_that_are_gone_are_removed),
		T(what_is_not_there_yet_is_taken_out), T(nobody_is_made_an_authority), T(key_identifiers_are_the_engines),
		T(what_bounds_an_authority_stays),
		T(drafts_that_are_none_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
