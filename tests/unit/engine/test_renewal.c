#include "fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "crypto/key.h"
#include "engine/renewal.h"
#include "engine/revocation.h"

#define DAY 86400

static const char sections[] =
	"profiles:\n"
	"  tls-server:\n"
	"    validity: 90d\n"
	"    names: [dns]\n"
	"    subject: {common-name: first-dns}\n"
	"    key-usage: [digital-signature]\n"
	"  other:\n"
	"    validity: 90d\n"
	"    names: [dns]\n"
	"    subject: {common-name: first-dns}\n"
	"    key-usage: [digital-signature]\n"
	"  short:\n"
	"    validity: 1d\n"
	"    names: [dns]\n"
	"    key-usage: [digital-signature]\n"
	"intermediaries:\n"
	"  - acme: {name: tls-server, path: /a, profile: tls-server}\n"
	"  - acme: {name: other, path: /b, profile: other}\n"
	"  - acme: {name: short, path: /c, profile: short}\n"
	"policy:\n"
	"  - validity: {max: 397d}\n";

struct world {
	struct fixture f;
	struct key *second; /* another requester's */
	unsigned count;
};

static int setup(void **state)
{
	static struct world w;
	w = (struct world){.count = 0};
	fixture_make(&w.f, sections);
	fixture_open(&w.f);
	assert_int_equal(key_generate(&w.second, KEY_P256, 0, NULL), 0);
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	clock_freeze(0);
	key_free(w->second);
	fixture_end(&w->f);
	return 0;
}

/* Later than those before. names: one, or two. */
static struct signet_outcome issue(struct world *w, const char *profile, const struct key *key,
                                   const char *name, const char *more)
{
	struct signet_outcome out;
	struct error err = {0};
	char number[16];
	snprintf(number, sizeof number, "%u", ++w->count);
	clock_freeze(clock_now() + 10);
	struct signet_submission s = fixture_submission(
		more ? fixture_csr(w->f.arena, key, "", name, more, NULL)
		     : fixture_csr(w->f.arena, key, "", name, NULL), number);
	s.profile = s.intermediary = profile;
	if (fixture_submit(&w->f, &s, &out, &err))
		fail_msg("%s", err.message);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	return out;
}

struct asking {
	struct world *w;
	uint64_t id;
	int64_t now;
	bool found;
};

static int ask(struct store_txn *txn, void *arg)
{
	struct asking *asking = arg;
	struct arena *arena = asking->w->f.arena;
	struct stored stored;
	int result = database_load(txn, arena, asking->id, &stored);
	return result ? result : renewal_exists(txn, arena, &stored, asking->now, &asking->found);
}

static bool is_renewed_at(struct world *w, uint64_t id, int64_t now)
{
	struct asking asking = {w, id, now, false};
	assert_int_equal(store_read(database_store(w->f.engine->database), ask, &asking, NULL), 0);
	return asking.found;
}

static bool is_renewed(struct world *w, const struct signet_outcome *old)
{
	return is_renewed_at(w, old->certificate_id, clock_now());
}

static void a_newer_one_of_the_same_names_renews(void **state)
{
	struct world *w = *state;
	struct signet_outcome old = issue(w, "tls-server", w->f.key, "dns:a.example.com", NULL);
	assert_false(is_renewed(w, &old));
	struct signet_outcome next = issue(w, "tls-server", w->second, "dns:a.example.com", NULL);
	assert_true(is_renewed(w, &old));
	/* not the other way around */
	assert_false(is_renewed(w, &next));
}

static void more_names_renew_and_fewer_do_not(void **state)
{
	struct world *w = *state;
	struct signet_outcome one = issue(w, "tls-server", w->f.key, "dns:a.example.com", NULL);
	struct signet_outcome two = issue(w, "tls-server", w->second, "dns:a.example.com",
	                                  "dns:b.example.com");
	assert_true(is_renewed(w, &one));
	issue(w, "tls-server", w->f.key, "dns:a.example.com", NULL);
	assert_false(is_renewed(w, &two));
}

static void the_same_key_and_one_name_renew(void **state)
{
	struct world *w = *state;
	struct signet_outcome old = issue(w, "tls-server", w->f.key, "dns:a.example.com",
	                                  "dns:b.example.com");
	issue(w, "tls-server", w->f.key, "dns:c.example.com", NULL);
	assert_false(is_renewed(w, &old));
	issue(w, "tls-server", w->f.key, "dns:b.example.com", "dns:c.example.com");
	assert_true(is_renewed(w, &old));
}

static void another_profile_renews_nothing(void **state)
{
	struct world *w = *state;
	struct signet_outcome old = issue(w, "tls-server", w->f.key, "dns:a.example.com", NULL);
	issue(w, "other", w->f.key, "dns:a.example.com", NULL);
	assert_false(is_renewed(w, &old));
}

static void one_that_is_revoked_or_has_ended_renews_nothing(void **state)
{
	struct world *w = *state;
	struct signet_outcome old = issue(w, "short", w->f.key, "dns:a.example.com", NULL);
	struct signet_outcome next = issue(w, "short", w->f.key, "dns:a.example.com", NULL);
	int64_t now = clock_now();
	assert_true(is_renewed_at(w, old.certificate_id, now));
	assert_false(is_renewed_at(w, old.certificate_id, now + 2 * DAY));
	/* nor before it begins */
	assert_false(is_renewed_at(w, old.certificate_id, now - 2 * DAY));
	const struct revocation order = {next.serial, 4, 0, "", "uid 1"};
	assert_int_equal(revocation_order(w->f.engine, w->f.arena, &order, NULL), 0);
	assert_false(is_renewed_at(w, old.certificate_id, now));
}

static void of_very_many_the_latest_are_looked_at(void **state)
{
	struct world *w = *state;
	struct signet_outcome old = issue(w, "tls-server", w->f.key, "dns:a.example.com", NULL);
	issue(w, "tls-server", w->f.key, "dns:a.example.com", NULL);
	assert_true(is_renewed(w, &old));
	/* each is of the name, and is read in vain */
	for (int i = 0; i < 16; i++)
		issue(w, "other", w->second, "dns:a.example.com", NULL);
	assert_false(is_renewed(w, &old));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_newer_one_of_the_same_names_renews),
		TEST(more_names_renew_and_fewer_do_not),
		TEST(the_same_key_and_one_name_renew),
		TEST(another_profile_renews_nothing),
		TEST(one_that_is_revoked_or_has_ended_renews_nothing),
		TEST(of_very_many_the_latest_are_looked_at),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
