#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "engine/approval.h"
#include "engine/records.pb-c.h"

/* A held request whose draft has two extensions. */
struct world {
	struct arena *arena;
	Signet__Db__Request request;
	Signet__Db__Draft draft;
	Signet__Db__Extension extensions[2], *list[2];
};

static ProtobufCBinaryData data(const char *text)
{
	return (ProtobufCBinaryData){strlen(text), (uint8_t *)(uintptr_t)text};
}

static int setup(void **state)
{
	static struct world w;
	w = (struct world){.arena = arena_new(LIMIT_REQUEST_ARENA)};
	assert_non_null(w.arena);
	signet__db__request__init(&w.request);
	signet__db__draft__init(&w.draft);
	for (int i = 0; i < 2; i++) {
		signet__db__extension__init(&w.extensions[i]);
		w.extensions[i].oid = data(i ? "oid1" : "oid0");
		w.extensions[i].value = data("value");
		w.list[i] = &w.extensions[i];
	}
	w.request.profile = (char *)"tls-server";
	w.request.authority = (char *)"issuing";
	w.request.csr = data("csr");
	w.request.draft = &w.draft;
	w.draft.subject = data("subject");
	w.draft.alt_names = data("names");
	w.draft.not_before = 1000;
	w.draft.not_after = 2000;
	w.draft.extensions = w.list;
	w.draft.n_extensions = 2;
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	arena_free(((struct world *)*state)->arena);
	return 0;
}

static struct approval_mark mark(struct world *w)
{
	struct approval_mark out;
	assert_int_equal(approval_mark(&out, &w->request), 0);
	return out;
}

static bool covers(const struct approval_mark *approved, struct world *w)
{
	struct approval_mark now = mark(w);
	return approval_covers(approved, &now);
}

static void every_part_is_marked(void **state)
{
	struct world *w = *state;
	struct approval_mark approved = mark(w);
	assert_true(covers(&approved, w));
#define OTHER(field, value)                                                                      \
	do {                                                                                     \
		__typeof__(field) kept = field;                                                  \
		field = value;                                                                   \
		assert_false(covers(&approved, w));                                              \
		field = kept;                                                                    \
		assert_true(covers(&approved, w));                                               \
	} while (0)
	OTHER(w->request.profile, (char *)"other");
	OTHER(w->request.authority, (char *)"other");
	OTHER(w->request.csr, data("other"));
	OTHER(w->draft.subject, data("other"));
	OTHER(w->draft.alt_names, data("other"));
	OTHER(w->extensions[1].oid, data("other"));
	OTHER(w->extensions[1].critical, true);
	OTHER(w->extensions[1].value, data("other"));
	OTHER(w->draft.n_extensions, 1);
	/* their order is of the certificate, too */
	OTHER(w->list[0], &w->extensions[1]);
}

static void no_part_passes_for_the_end_of_another(void **state)
{
	struct world *w = *state;
	struct approval_mark approved = mark(w);
	w->draft.subject = data("subjectnames");
	w->draft.alt_names = data("");
	assert_false(covers(&approved, w));
	w->draft.subject = data("");
	w->draft.alt_names = data("subjectnames");
	assert_false(covers(&approved, w));
}

static void validity_may_move_and_shrink_only(void **state)
{
	struct world *w = *state;
	struct approval_mark approved = mark(w);
	assert_int_equal(approved.validity, 1000);
	w->draft.not_before += 500;
	w->draft.not_after += 500;
	assert_true(covers(&approved, w));
	w->draft.not_after--;
	assert_true(covers(&approved, w));
	w->draft.not_after += 2;
	assert_false(covers(&approved, w));
}

static void add(struct world *w, const char *actor)
{
	assert_int_equal(approval_add(w->arena, &w->request, 17, actor, 3000, NULL), 0);
}

static void an_officer_approves_once(void **state)
{
	struct world *w = *state;
	struct error err = {0};
	add(w, "uid 1");
	add(w, "uid 2");
	assert_int_equal(approval_add(w->arena, &w->request, 17, "uid 1", 3001, &err),
	                 SIGNET_E_EXISTS);
	assert_string_equal(err.message, "uid 1 has approved request 17 already");
	assert_int_equal(w->request.n_approvals, 2);
	assert_string_equal(w->request.approvals[1]->actor, "uid 2");
	assert_int_equal(w->request.approvals[1]->time, 3000);
	struct approval_mark now = mark(w);
	assert_true(approval_counts(w->request.approvals[0], &now));
	/* one of a version that marked none */
	w->request.approvals[0]->digest.len = 0;
	assert_false(approval_counts(w->request.approvals[0], &now));
}

static void without_a_draft_there_is_nothing_to_approve(void **state)
{
	struct world *w = *state;
	struct error err = {0};
	struct approval_mark out;
	w->request.draft = NULL;
	assert_int_equal(approval_mark(&out, &w->request), SIGNET_E_CORRUPT);
	assert_int_equal(approval_add(w->arena, &w->request, 17, "uid 1", 3000, &err),
	                 SIGNET_E_CORRUPT);
	assert_int_equal(w->request.n_approvals, 0);
	/* nor to void */
	assert_int_equal(approval_void(w->arena, &w->request, false), 0);
}

static void what_does_not_count_any_more_is_void(void **state)
{
	struct world *w = *state;
	add(w, "uid 1");
	assert_int_equal(approval_void(w->arena, &w->request, false), 0);
	assert_int_equal(w->request.n_approvals, 1);
	assert_int_equal(w->request.n_voided, 0);
	w->draft.subject = data("another");
	add(w, "uid 2");
	assert_int_equal(approval_void(w->arena, &w->request, false), 0);
	assert_int_equal(w->request.n_approvals, 1);
	assert_string_equal(w->request.approvals[0]->actor, "uid 2");
	assert_int_equal(w->request.n_voided, 1);
	assert_string_equal(w->request.voided[0]->actor, "uid 1");
	/* who approves again is void no more */
	add(w, "uid 1");
	assert_int_equal(w->request.n_voided, 0);
	assert_int_equal(approval_void(w->arena, &w->request, true), 0);
	assert_int_equal(w->request.n_approvals, 0);
	assert_int_equal(w->request.n_voided, 2);
}

static void void_ones_are_not_without_number(void **state)
{
	struct world *w = *state;
	size_t most = 2 * LIMIT_APPROVALS;
	for (size_t i = 0; i < most + 3; i++) {
		add(w, arena_printf(w->arena, "uid %zu", i));
		assert_int_equal(approval_void(w->arena, &w->request, true), 0);
	}
	assert_int_equal(w->request.n_voided, most);
	/* the latest of them */
	assert_string_equal(w->request.voided[0]->actor, "uid 3");
	/* and of one officer the last one alone */
	add(w, "uid 3");
	assert_int_equal(approval_void(w->arena, &w->request, true), 0);
	assert_int_equal(w->request.n_voided, most);
	assert_string_equal(w->request.voided[0]->actor, "uid 4");
	assert_string_equal(w->request.voided[most - 1]->actor, "uid 3");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(every_part_is_marked),
		TEST(no_part_passes_for_the_end_of_another),
		TEST(validity_may_move_and_shrink_only),
		TEST(an_officer_approves_once),
		TEST(without_a_draft_there_is_nothing_to_approve),
		TEST(what_does_not_count_any_more_is_void),
		TEST(void_ones_are_not_without_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
