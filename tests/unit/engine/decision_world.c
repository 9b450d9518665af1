#include "tests/unit/engine/decision_world.h"

#include "base/clock.h"

struct decision_world decision_world;

int decision_world_hold_until(const void *rule, const struct signet_request *request,
                              struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)draft;
	if (decision_world.denying && request->resubmitted)
		return signet_deny(verdict, SIGNET_REASON_NAME, "not any more");
	if (decision_world.wanted && !signet_request_attribute(request, decision_world.wanted))
		return signet_deny(verdict, SIGNET_REASON_REQUEST, "the attribute is missing");
	if (request->approver_count >= decision_world.officers)
		return 0;
	verdict->approvals = decision_world.officers;
	return signet_hold(verdict, "an officer has to look at it");
}

int decision_world_setup(void **state)
{
	static struct fixture f;
	decision_world.officers = 1;
	decision_world.denying = false;
	decision_world.wanted = NULL;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	fixture_use_rule(&f, decision_world_hold_until);
	decision_world.csr = fixture_csr(f.arena, f.key, "", "dns:a.example.com", NULL);
	*state = &f;
	return 0;
}

int decision_world_teardown(void **state)
{
	clock_freeze(0);
	fixture_end(*state);
	return 0;
}

void decision_world_submit(struct fixture *f, const char *key, struct signet_outcome *out)
{
	struct error err = {0};
	struct signet_submission s = fixture_submission(decision_world.csr, key);
	if (fixture_submit(f, &s, out, &err))
		fail_msg("%s", err.message);
}

uint64_t decision_world_submit_pending(struct fixture *f, const char *key)
{
	struct signet_outcome out;
	decision_world_submit(f, key, &out);
	assert_int_equal(out.disposition, SIGNET_PENDING);
	return out.request_id;
}

int decision_world_decide(struct fixture *f, decision_function how, uint64_t id, const char *actor,
                          const char *reason, struct signet_outcome *out)
{
	struct decision decision = {id, actor, reason, NULL};
	struct configuration *c = configuration_take(f->engine->holder);
	int result = how(f->engine, c, f->arena, &decision, out, NULL);
	configuration_release(f->engine->holder, c);
	return result;
}

int decision_world_approve(struct fixture *f, uint64_t id, const char *actor, struct signet_outcome *out)
{
	return decision_world_decide(f, decision_approve, id, actor, "", out);
}

int decision_world_edit(struct fixture *f, uint64_t id, const struct signet_request_edit *changes,
                        struct error *err)
{
	struct decision decision = {id, "uid 1000", "a better one", NULL};
	struct configuration *c = configuration_take(f->engine->holder);
	int result = decision_edit(f->engine, c, f->arena, &decision, changes, err);
	configuration_release(f->engine->holder, c);
	return result;
}

struct stored decision_world_find(struct fixture *f, uint64_t id)
{
	struct stored stored;
	assert_int_equal(database_find(f->engine->database, f->arena, id, &stored, NULL), 0);
	return stored;
}

struct database_counts decision_world_count(struct fixture *f)
{
	struct database_counts counts;
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	return counts;
}

void decision_world_expect_pending(struct fixture *f, uint64_t id)
{
	assert_int_equal(decision_world_find(f, id).request->state, SIGNET_REQUEST_PENDING);
	assert_null(decision_world_find(f, id).certificate);
	assert_int_equal(decision_world_count(f).pending, 1);
}

static int visit(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	(void)sequence;
	if (entry->request)
		buffer_printf(arg, "%s by %s: %s\n", audit_action_name(entry->action), entry->actor,
		              entry->detail);
	return 0;
}

void decision_world_expect_trail(struct fixture *f, const char *expected)
{
	struct buffer text = BUFFER_MAX(65536);
	assert_int_equal(audit_read(database_store(f->engine->database), 1, visit, &text, NULL), 0);
	assert_string_equal(buffer_text(&text), expected);
	buffer_free(&text);
}
