/*
 * What the policy chain adds to an issuance. First the chain itself: its ten
 * rules, and each of them alone, over requests such as an ACME client makes,
 * with a history of so many certificates behind them. Then the whole: an
 * engine process with one rule and one with ten, both with that history, asked
 * for the same certificates in short turns. What the machine does besides meets
 * both alike, and what ten rules add is the median over the pairs of turns. A
 * second engine with one rule takes its turns, too: what it "adds" to the first
 * says how far such a figure is to be believed.
 *
 *   bench_chain [--json FILE] [--directory DIR] [--seconds N] [--history N]
 *
 * DIR is where the databases lie (/tmp by default). N seconds for each figure; a history of N
 * certificates (10000).
 */
#include <math.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "api/draft.h"
#include "base/clock.h"
#include "engine/history.h"
#include "engine/request.h"
#include "engine/work.h"
#include "tests/bench/engine_load.h"

#define BATCH 64
#define KEYS 1024
/* Certificates that each name and key of the history has. */
#define REPEATED 4
#define POOL_MAX 10000
#define RULES 10
#define FILLERS 8
#define CALLERS 32
/* Certificates of a turn. */
#define TURN 256
#define PAIRS_MAX 20000
#define HISTORY_MAX 10000000
#define WANTED_US 20.0

#define PROFILES                                             \
	"profiles:\n"                                        \
	"  tls-server:\n"                                    \
	"    validity: 90d\n"                                \
	"    names: [dns]\n"                                 \
	"    subject: {common-name: first-dns}\n"            \
	"    key-usage: [digital-signature]\n"               \
	"    extended-key-usage: [server-auth]\n"            \
	"  closed: {}\n"                                     \
	"intermediaries:\n"                                  \
	"  - acme: {path: /acme, profile: tls-server}\n"     \
	"groups:\n"                                          \
	"  clients: [alice, bob, 'host/*', 'account/*']\n"

static const char one_rule[] = PROFILES "policy:\n  - keys: {}\n";

static const char ten_rules[] = PROFILES
	"policy:\n"
	"  - keys: {}\n"
	"  - requester: {allow: ['@clients']}\n"
	"  - names: {dns: ['*.example.com', '*.example.net']}\n"
	"  - validity: {max: 397d}\n"
	"  - subject: {allow: [CN, O, C], max: 1}\n"
	"  - extensions: {allow: [basic-constraints, key-usage, extended-key-usage]}\n"
	"  - duplicate: {names: 1000, key: 1000, window: 7d}\n"
	"  - quota: {per: [requester, profile], max: 1000000, window: 1d}\n"
	"  - approval: {when: {profile: closed, not: {address: 10.0.0.0/8}}}\n"
	"  - lint: {rfc5280: deny, cabf: note}\n";

static double thread_cpu(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* ---- the chain alone ---- */

/* A request that is judged again and again. */
struct subject {
	struct work work;
	struct signet_submission submission;
	char requester[32];
	struct arena *arena; /* of the parsed request */
};

struct micro {
	struct fixture f;
	struct configuration *configuration;
	struct bytes pool[POOL_MAX]; /* requests, each of a key and a name of its own */
	size_t pool_size;
	struct subject subjects[BATCH];
	uint64_t size;            /* of the history */
	_Atomic uint64_t filled;
};

static void make_pool(struct micro *m)
{
	m->pool_size = m->size / REPEATED;
	if (m->pool_size < BATCH)
		m->pool_size = BATCH;
	if (m->pool_size > POOL_MAX)
		m->pool_size = POOL_MAX;
	for (size_t i = 0; i < m->pool_size; i++) {
		struct key *key;
		char name[64];
		snprintf(name, sizeof name, "dns:host-%zu.example.com", i);
		assert_int_equal(key_generate(&key, KEY_P256, 0, NULL), 0);
		m->pool[i] = fixture_csr(m->f.arena, key, "", name, NULL);
		key_free(key);
	}
}

static void make_requests(struct micro *m)
{
	for (size_t i = 0; i < BATCH; i++) {
		struct subject *s = &m->subjects[i];
		struct error err = {0};
		engine_load_requester(i, s->requester);
		s->arena = arena_new(LIMIT_REQUEST_ARENA);
		s->submission = fixture_submission(m->pool[i * (m->pool_size / BATCH)], "key");
		s->submission.requester = s->requester;
		s->work = (struct work){.engine = m->f.engine, .configuration = m->configuration,
		                        .arena = s->arena, .submission = &s->submission};
		if (work_find_profile(&s->work, &err) || work_begin(&s->work, &err))
			fail_msg("%s", err.message);
		s->work.arena = arena_new(LIMIT_REQUEST_ARENA);
	}
}

static void *fill(void *arg)
{
	struct micro *m = arg;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	for (uint64_t n; (n = atomic_fetch_add(&m->filled, 1)) < m->size; arena_clear(arena)) {
		char key[32], requester[32];
		struct signet_submission s = fixture_submission(m->pool[n % m->pool_size], "");
		struct signet_outcome out;
		struct error err = {0};
		snprintf(key, sizeof key, "order-%llu", (unsigned long long)n);
		engine_load_requester(n, requester);
		s.idempotency_key = key;
		s.requester = requester;
		if (request_submit(m->f.engine, m->configuration, arena, &s, &out, &err) ||
		    out.disposition != SIGNET_ISSUED)
			fail_msg("a request of the history was not issued: %s %s", err.message,
			         err.code ? "" : out.message);
	}
	arena_free(arena);
	return NULL;
}

static void make_history(struct micro *m)
{
	pthread_t threads[FILLERS];
	for (size_t i = 0; i < FILLERS; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, fill, m), 0);
	for (size_t i = 0; i < FILLERS; i++)
		pthread_join(threads[i], NULL);
}

static void draft(struct subject *s)
{
	struct signet_verdict verdict;
	struct error err = {0};
	struct work *w = &s->work;
	arena_clear(w->arena);
	if (profile_draft(w->profile, &w->request, 0, 0, w->arena, &w->draft, &verdict, &err) ||
	    verdict.decision != SIGNET_PASS)
		fail_msg("a request cannot be drafted: %s", err.message);
}

static void judge(struct subject *s, const struct chain *chain)
{
	struct work *w = &s->work;
	w->history = history_new(w->arena, w->engine->database, w->request.submitted);
	assert_non_null(w->history);
	history_attach(w->history, w->draft);
	assert_int_equal(chain_run(chain, w->arena, &w->request, w->draft, &w->chain), 0);
}

/* Microseconds of CPU for one run of the chain. Drafts are made before the clock starts, and the
 * chain finds none of them in the caches' first place. */
static double measure(struct micro *m, const struct chain *chain, double seconds,
                      enum signet_decision wanted)
{
	double used = 0;
	uint64_t runs = 0;
	int64_t until = clock_monotonic_us() + (int64_t)(seconds * 1e6);
	do {
		for (size_t i = 0; i < BATCH; i++)
			draft(&m->subjects[i]);
		double start = thread_cpu();
		for (size_t i = 0; i < BATCH; i++)
			judge(&m->subjects[i], chain);
		used += thread_cpu() - start;
		runs += BATCH;
		for (size_t i = 0; i < BATCH; i++)
			if (m->subjects[i].work.chain.decision != wanted)
				fail_msg("the chain decides otherwise: %s", m->subjects[i].work.chain.message);
	} while (clock_monotonic_us() < until);
	return used / (double)runs;
}

static double measure_rule(struct micro *m, const struct instance *instance, double seconds)
{
	struct rule rule;
	struct chain *chain;
	struct error err = {0};
	if (rule_load(&rule, m->f.settings, m->configuration->groups, instance, &err))
		fail_msg("%s", err.message);
	/* a rule that does not apply leaves the request unjudged */
	bool judges = !rule.when;
	assert_int_equal(chain_make(&chain, &rule, 1, NULL), 0);
	double us = measure(m, chain, seconds, judges ? SIGNET_PASS : SIGNET_DENY);
	chain_free(chain);
	return us;
}

static json_t *measure_chain(struct micro *m, double seconds, double *all)
{
	json_t *rules = json_object();
	measure(m, m->configuration->chain, 0.2, SIGNET_PASS); /* fills caches */
	*all = measure(m, m->configuration->chain, seconds, SIGNET_PASS);
	printf("%-12s %8s\n", "rule", "CPU us");
	for (size_t i = 0; i < m->f.settings->policy_count; i++) {
		const struct instance *instance = &m->f.settings->policy[i];
		double us = measure_rule(m, instance, seconds / 5);
		printf("%-12s %8.2f\n", instance->name, us);
		json_object_set_new(rules, instance->name, json_real(us));
	}
	printf("%-12s %8.2f  with %llu certificates behind them (wanted: under %.0f)\n", "all ten", *all,
	       (unsigned long long)m->size, WANTED_US);
	fflush(stdout);
	return rules;
}

static json_t *run_micro(uint64_t size, double seconds)
{
	static struct micro m;
	double all;
	m.size = size;
	fixture_make(&m.f, ten_rules);
	fixture_open(&m.f);
	assert_int_equal(m.f.settings->policy_count, RULES);
	m.configuration = configuration_take(m.f.engine->holder);
	make_pool(&m);
	make_requests(&m);
	make_history(&m);
	json_t *rules = measure_chain(&m, seconds, &all);
	for (size_t i = 0; i < BATCH; i++) {
		work_clear(&m.subjects[i].work);
		arena_free(m.subjects[i].work.arena);
		arena_free(m.subjects[i].arena);
	}
	configuration_release(m.f.engine->holder, m.configuration);
	fixture_end(&m.f);
	return json_pack("{s:f, s:I, s:o}", "chain_us", all, "history", (json_int_t)size, "rules_us",
	                 rules);
}

/* ---- the whole issuance ---- */

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

enum { ONE, AGAIN, TEN, ENGINES };

/* Microseconds of CPU for one issuance, by turn. */
struct turns {
	double us[ENGINES][PAIRS_MAX];
	size_t count;
};

/* Sorts what an engine's turns took more than those of the first, or what they took. */
static const double *sorted(const struct turns *turns, int engine, bool difference)
{
	static double out[PAIRS_MAX];
	for (size_t i = 0; i < turns->count; i++)
		out[i] = turns->us[engine][i] - (difference ? turns->us[ONE][i] : 0);
	qsort(out, turns->count, sizeof *out, compare);
	return out;
}

static double at_part(const double *list, size_t count, double part)
{
	return list[(size_t)(part * (double)(count - 1) + 0.5)];
}

/* Each engine comes first as often as the others. */
static void run_turns(struct engine_load *loads, double seconds, struct turns *out)
{
	int64_t until = clock_monotonic_us() + (int64_t)(seconds * 1e6);
	do {
		for (size_t i = 0; i < ENGINES; i++) {
			size_t engine = (i + out->count) % ENGINES;
			struct engine_figures figures;
			engine_load_issue(&loads[engine], CALLERS, TURN, &figures);
			out->us[engine][out->count] = figures.cpu_us;
		}
		out->count++;
	} while (out->count < PAIRS_MAX && clock_monotonic_us() < until);
}

static double report_engine(const struct turns *turns, int engine, const char *name)
{
	double median = at_part(sorted(turns, engine, false), turns->count, 0.5);
	printf("%-12s %8.1f\n", name, median);
	return median;
}

/* The median of the pairs, where it may lie 19 times of 20, and where half of the pairs are. */
static json_t *report_pairs(const struct turns *turns, int engine, const char *what)
{
	const double *us = sorted(turns, engine, true);
	size_t n = turns->count;
	double half = 0.98 / sqrt((double)n);
	if (half > 0.5)
		half = 0.5;
	double median = at_part(us, n, 0.5), low = at_part(us, n, 0.5 - half);
	double high = at_part(us, n, 0.5 + half);
	double quarter = at_part(us, n, 0.25), three = at_part(us, n, 0.75);
	printf("%s %.1f us (95%%: %.1f to %.1f; half of the pairs: %.1f to %.1f)\n", what, median, low,
	       high, quarter, three);
	return json_pack("{s:f, s:[f,f], s:[f,f]}", "median_us", median, "range95_us", low, high,
	                 "quartiles_us", quarter, three);
}

static json_t *report(const struct turns *turns, uint64_t size)
{
	printf("\n%-12s %8s\n", "rules", "CPU us");
	double one = report_engine(turns, ONE, "one");
	double ten = report_engine(turns, TEN, "ten");
	printf("%zu pairs of turns of %d certificates\n", turns->count, TURN);
	json_t *added = report_pairs(turns, TEN, "ten add");
	json_t *control = report_pairs(turns, AGAIN, "a second one adds");
	printf("(wanted: under %.0f)\n", WANTED_US);
	return json_pack("{s:f, s:f, s:o, s:o, s:I, s:i, s:I, s:i}", "one_us", one, "ten_us", ten,
	                 "added", added, "control", control, "pairs", (json_int_t)turns->count, "turn", TURN,
	                 "history", (json_int_t)size, "callers", CALLERS);
}

static json_t *run_whole(double seconds, uint64_t size)
{
	static struct engine_requests requests;
	static struct engine_load loads[ENGINES];
	static struct turns turns;
	struct engine_figures unwanted;
	engine_requests_make(&requests, KEYS);
	for (int i = 0; i < ENGINES; i++)
		engine_load_start(&loads[i], i == TEN ? ten_rules : one_rule, &requests);
	for (int i = 0; i < ENGINES; i++) /* fills caches and opens connections, too */
		engine_load_issue(&loads[i], CALLERS, size + TURN, &unwanted);
	run_turns(loads, ENGINES * seconds, &turns);
	for (int i = 0; i < ENGINES; i++)
		engine_load_stop(&loads[i]);
	engine_requests_clear(&requests);
	return report(&turns, size);
}

static json_t *bench(double seconds, uint64_t size)
{
	json_t *micro = run_micro(size, seconds);
	return json_pack("{s:o, s:o, s:f}", "chain", micro, "issuance", run_whole(seconds, size),
	                 "wanted_us", WANTED_US);
}

int main(int argc, char **argv)
{
	static const struct engine_bench program = {
		.name = "bench_chain", .option = "history", .seconds = 5, .number = 10000,
		.number_max = HISTORY_MAX, .run = bench};
	return engine_bench_main(&program, argc, argv);
}
