#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>

#include "api/draft.h"
#include "api/json.h"
#include "base/limits.h"

struct fixture {
	struct arena *arena;
	struct signet_draft *draft;
	struct signet_verdict verdict;
	struct error err;
};

static struct fixture f;

static int setup(void **state)
{
	(void)state;
	f = (struct fixture){.arena = arena_new(LIMIT_REQUEST_ARENA)};
	f.draft = signet_draft_new(f.arena);
	assert_non_null(f.draft);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(f.arena);
	return 0;
}

static void reads(const char *text)
{
	f.verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	if (json_read_judgement(bytes_text(text), f.draft, &f.verdict, &f.err))
		fail_msg("%s: %s", text, f.err.message);
}

static void refuses_bytes(struct bytes text)
{
	static const struct signet_verdict before = {SIGNET_HOLD, SIGNET_REASON_KEY, 3, "untouched"};
	f.verdict = before;
	f.err = (struct error){0};
	signet_draft_begin(f.draft, SIGNET_ORIGIN_POLICY);
	if (json_read_judgement(text, f.draft, &f.verdict, &f.err) != SIGNET_E_INVALID)
		fail_msg("taken: %.*s", (int)text.length, (const char *)text.data);
	assert_memory_equal(&f.verdict, &before, sizeof before);
	assert_string_equal(signet_draft_changes(f.draft), "");
	assert_int_equal(f.err.code, SIGNET_E_INVALID);
	assert_true(f.err.message[0]);
}

static void refuses(const char *text)
{
	refuses_bytes(bytes_text(text));
}

static void pass_is_read(void **state)
{
	(void)state;
	reads("{\"decision\": \"pass\"}\n");
	assert_int_equal(f.verdict.decision, SIGNET_PASS);
	assert_int_equal(f.verdict.reason, SIGNET_REASON_NONE);
	assert_string_equal(f.verdict.message, "");
	reads("{\"decision\": \"pass\", \"message\": \"seen, Jörg\"}");
	assert_string_equal(f.verdict.message, "seen, Jörg");
}

static void hold_is_read(void **state)
{
	(void)state;
	reads("{\"decision\": \"hold\", \"message\": \"ask somebody\"}");
	assert_int_equal(f.verdict.decision, SIGNET_HOLD);
	assert_int_equal(f.verdict.reason, SIGNET_REASON_NONE);
	assert_int_equal(f.verdict.approvals, 0);
	assert_string_equal(f.verdict.message, "ask somebody");
	reads("{\"decision\": \"hold\", \"approvals\": 2}");
	assert_int_equal(f.verdict.approvals, 2);
}

static void deny_is_read(void **state)
{
	(void)state;
	reads("{\"decision\": \"deny\"}");
	assert_int_equal(f.verdict.decision, SIGNET_DENY);
	assert_int_equal(f.verdict.reason, SIGNET_REASON_POLICY);
	assert_string_equal(f.verdict.message, "denied by policy");
	reads("{\"decision\": \"deny\", \"reason\": \"name\", \"message\": \"not yours\"}");
	assert_int_equal(f.verdict.reason, SIGNET_REASON_NAME);
	assert_string_equal(f.verdict.message, "not yours");
}

static void what_is_no_json_is_refused(void **state)
{
	(void)state;
	refuses("");
	refuses(" ");
	refuses("pass");
	refuses("{");
	refuses("{\"decision\": \"pass\"");
	refuses("{\"decision\": \"pass\"} {}");
	refuses("{\"decision\": \"pass\"}}");
	refuses("{\"decision\": \"pass\",}");
	refuses("{'decision': 'pass'}");
	refuses("\xef\xbb\xbf{\"decision\": \"pass\"}");
	refuses("{\"decision\": \"deny\", \"message\": \"\xff\"}");
	refuses("{\"decision\": \"deny\", \"message\": \"\xc0\xaf\"}");
	refuses("{\"decision\": \"deny\", \"message\": \"\\ud800\"}");
}

static void nul_is_refused_everywhere(void **state)
{
	(void)state;
	refuses("{\"decision\": \"pass\\u0000\"}");
	refuses("{\"decision\\u0000\": \"pass\"}");
	refuses("{\"decision\": \"deny\", \"message\": \"a\\u0000b\"}");
	refuses_bytes(bytes_make("{\"decision\": \"pass\"}\0", 21));
	refuses_bytes(bytes_make("{\"decision\": \"pa\0ss\"}", 21));
}

static void other_values_than_an_object_are_refused(void **state)
{
	(void)state;
	refuses("[]");
	refuses("[{\"decision\": \"pass\"}]");
	refuses("null");
	refuses("true");
	refuses("\"pass\"");
	refuses("1");
}

static void duplicates_are_refused(void **state)
{
	(void)state;
	refuses("{\"decision\": \"deny\", \"decision\": \"pass\"}");
	refuses("{\"decision\": \"pass\", \"decision\": \"pass\"}");
	refuses("{\"decision\": \"pass\", \"d\\u0065cision\": \"pass\"}");
}

static void unknown_members_are_refused(void **state)
{
	(void)state;
	refuses("{\"decision\": \"pass\", \"Decision\": \"deny\"}");
	refuses("{\"decision\": \"pass\", \"\": 1}");
	refuses("{\"decision\": \"pass\", \"comment\": \"\"}");
	assert_non_null(strstr(f.err.message, "comment"));
}

static void decision_must_be_one(void **state)
{
	(void)state;
	refuses("{}");
	refuses("{\"decision\": \"Pass\"}");
	refuses("{\"decision\": \"passed\"}");
	refuses("{\"decision\": \"\"}");
	refuses("{\"decision\": \"unknown\"}");
	refuses("{\"decision\": null}");
	refuses("{\"decision\": true}");
	refuses("{\"decision\": 0}");
	refuses("{\"decision\": [\"pass\"]}");
	refuses("{\"message\": \"pass\"}");
}

static void reason_must_be_one_of_a_denial(void **state)
{
	(void)state;
	refuses("{\"decision\": \"deny\", \"reason\": \"internal\"}");
	refuses("{\"decision\": \"deny\", \"reason\": \"none\"}");
	refuses("{\"decision\": \"deny\", \"reason\": \"\"}");
	refuses("{\"decision\": \"deny\", \"reason\": 3}");
	refuses("{\"decision\": \"deny\", \"reason\": null}");
	refuses("{\"decision\": \"pass\", \"reason\": \"policy\"}");
	refuses("{\"decision\": \"hold\", \"reason\": \"policy\"}");
}

static void message_is_one_line_of_bounded_length(void **state)
{
	(void)state;
	char text[400];
	int n = snprintf(text, sizeof text, "{\"decision\": \"deny\", \"message\": \"%0*d\"}",
	                 SIGNET_VERDICT_TEXT - 1, 0);
	assert_true(n > 0);
	reads(text);
	assert_int_equal(strlen(f.verdict.message), SIGNET_VERDICT_TEXT - 1);
	snprintf(text, sizeof text, "{\"decision\": \"deny\", \"message\": \"%0*d\"}",
	         SIGNET_VERDICT_TEXT, 0);
	refuses(text);
	refuses("{\"decision\": \"deny\", \"message\": \"a\\nb\"}");
	refuses("{\"decision\": \"deny\", \"message\": \"\\u001b[2J\"}");
	refuses("{\"decision\": \"deny\", \"message\": \"\\u009b2J\"}");
	refuses("{\"decision\": \"deny\", \"message\": 7}");
	refuses("{\"decision\": \"deny\", \"message\": null}");
}

static void approvals_are_a_small_number_of_a_hold(void **state)
{
	(void)state;
	reads("{\"decision\": \"hold\", \"approvals\": 16}");
	refuses("{\"decision\": \"hold\", \"approvals\": 17}");
	refuses("{\"decision\": \"hold\", \"approvals\": 0}");
	refuses("{\"decision\": \"hold\", \"approvals\": -1}");
	refuses("{\"decision\": \"hold\", \"approvals\": 1.0}");
	refuses("{\"decision\": \"hold\", \"approvals\": \"1\"}");
	refuses("{\"decision\": \"hold\", \"approvals\": 4294967297}");
	refuses("{\"decision\": \"hold\", \"approvals\": 99999999999999999999999999}");
	refuses("{\"decision\": \"hold\", \"approvals\": 1e400}");
	refuses("{\"decision\": \"hold\", \"approvals\": 01}");
	refuses("{\"decision\": \"pass\", \"approvals\": 1}");
	refuses("{\"decision\": \"deny\", \"approvals\": 1}");
}

static void depth_bombs_are_refused(void **state)
{
	(void)state;
	static char text[60000];
	memset(text, '[', sizeof text);
	refuses_bytes(BYTES_OF(text));
	memset(text, '{', sizeof text);
	refuses_bytes(BYTES_OF(text));
	for (size_t i = 0; i + 5 <= sizeof text; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	refuses_bytes(BYTES_OF(text));
	assert_non_null(strstr(f.err.message, "deep"));
	/* brackets within strings are none, and a quote behind a backslash ends none */
	reads("{\"decision\": \"deny\", \"message\": \"[[[[[[[[[[[[[[{{{{{{{{{\"}");
	reads("{\"decision\": \"deny\", \"message\": \"\\\"[[[[[[[[[[[[[[[{{{{\"}");
}

static void failed_allocation_touches_nothing(void **state)
{
	(void)state;
	struct arena *full = arena_new(1 << 16);
	struct signet_draft *draft = signet_draft_new(full);
	assert_non_null(draft);
	while (arena_alloc(full, 16))
		;
	assert_int_equal(json_read_judgement(bytes_text("{\"decision\": \"deny\"}"), draft,
	                                     &f.verdict, &f.err), SIGNET_E_NOMEM);
	assert_int_equal(f.verdict.decision, SIGNET_PASS);
	arena_free(full);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

static void depth_is_counted_outside_of_strings(void **state)
{
	(void)state;
	assert_true(json_is_shallow(bytes_text("[[[[[[[[]]]]]]]]")));
	assert_false(json_is_shallow(bytes_text("[[[[{\"a\":[[[[1]]]]}]]]]")));
	assert_true(json_is_shallow(bytes_text("[],[],[],[],[],[],[],[],[],[]")));
	assert_true(json_is_shallow(bytes_text("{\"[[[[[[[[[[\\\"[[\": 1}")));
	assert_false(json_is_shallow(bytes_text("\"\\\\\"[[[[[[[[[")));
	assert_true(json_is_shallow(BYTES_NONE));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pass_is_read), T(hold_is_read), T(deny_is_read), T(what_is_no_json_is_refused),
		T(nul_is_refused_everywhere), T(other_values_than_an_object_are_refused),
		T(duplicates_are_refused), T(unknown_members_are_refused), T(decision_must_be_one),
		T(reason_must_be_one_of_a_denial), T(message_is_one_line_of_bounded_length),
		T(approvals_are_a_small_number_of_a_hold), T(depth_bombs_are_refused),
		T(depth_is_counted_outside_of_strings),
		T(failed_allocation_touches_nothing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
