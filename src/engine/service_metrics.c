/* What monitoring asks: the engine's metrics, and whether it is well. */
#include "base/clock.h"
#include "engine/crl_status.h"
#include "engine/ocsp.h"
#include "engine/responder.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

/* Octets of samples in one reply: what else a message holds is far below the rest. */
#define SAMPLES_OCTETS (LIMIT_MESSAGE - 8192)

/* Families of numbers that are looked up when they are asked for. */
enum {
	CERTIFICATES, EXPIRING, PENDING, QUEUE, OLDEST, DEAD, PUBLISHED, FAILED, GIVEN_UP, ISSUED, USED, FILE_SIZE, COMMITS, WRITES, MEMORY,
	STARTED, CONNECTIONS, CALLS, WAITING, QUESTIONS, RESPONDER, ANSWERS, CRL_THIS, CRL_NEXT, CRL_NUMBER, CRL_ENTRIES, CRL_STALE,
	FAMILIES
};
static const struct metric_definition looked_up[FAMILIES] = {
	[CERTIFICATES] = {"signet_certificates", "Certificates by state.", METRIC_GAUGE, {"state"}, 0},
	[EXPIRING] = {"signet_certificates_expiring",
	              "Certificates that expire within so many days.", METRIC_GAUGE, {"days"}, 0},
	[PENDING] = {"signet_requests_pending", "Requests that wait for an officer.", METRIC_GAUGE,
	             {NULL}, 0},
	[QUEUE] = {"signet_exit_queue_depth", "Events that an exit has not come to.", METRIC_GAUGE,
	           {"exit"}, 0},
	[DEAD] = {"signet_exit_dead_letters", "Events that an exit has given up.", METRIC_GAUGE,
	          {"exit"}, 0},
	[OLDEST] = {"signet_exit_oldest_event_age_seconds",
	            "Age of the oldest event that an exit has not come to; 0 when none waits.",
	            METRIC_GAUGE, {"exit"}, 0},
	[PUBLISHED] = {"signet_exit_published_total", "Events that an exit has published.",
	               METRIC_COUNTER, {"exit"}, 0},
	[FAILED] = {"signet_exit_failures_total", "Tries of an exit that failed.",
	            METRIC_COUNTER, {"exit"}, 0},
	[GIVEN_UP] = {"signet_exit_given_up_total",
	              "Events that an exit has sent to its dead letters.", METRIC_COUNTER, {"exit"}, 0},
	[ISSUED] = {"signet_authority_issued_total",
	            "Certificates that an authority has ever issued.", METRIC_COUNTER, {"authority"}, 0},
	[USED] = {"signet_database_used_bytes", "Size of the database's pages in use.", METRIC_GAUGE,
	          {NULL}, 0},
	[FILE_SIZE] = {"signet_database_file_bytes", "Size of the database's file.", METRIC_GAUGE,
	               {NULL}, 0},
	[COMMITS] = {"signet_store_commits_total", "Durable commits of the database.",
	             METRIC_COUNTER, {NULL}, 0},
	[WRITES] = {"signet_store_writes_total", "Writes that were committed.", METRIC_COUNTER,
	            {NULL}, 0},
	[MEMORY] = {"signet_engine_resident_memory_bytes", "Memory that the engine has resident.",
	            METRIC_GAUGE, {NULL}, 0},
	[STARTED] = {"signet_engine_start_time_seconds", "When the engine started.", METRIC_GAUGE,
	             {NULL}, 0},
	[CONNECTIONS] = {"signet_engine_connections", "Open connections to the engine's sockets.",
	                 METRIC_GAUGE, {"socket"}, 0},
	[CALLS] = {"signet_engine_calls", "Calls that the engine is at work on.", METRIC_GAUGE,
	           {NULL}, 0},
	[WAITING] = {"signet_store_writes_waiting", "Writes that wait for a commit.", METRIC_GAUGE,
	             {NULL}, 0},
	[QUESTIONS] = {"signet_adviser_questions", "Questions that the adviser is at work on.",
	               METRIC_GAUGE, {NULL}, 0},
	[RESPONDER] = {"signet_ocsp_responder_not_after_seconds",
	               "When the certificate of an OCSP responder ends.", METRIC_GAUGE,
	               {"authority"}, 0},
	[ANSWERS] = {"signet_ocsp_answers_total", "OCSP answers that a responder has signed.",
	             METRIC_COUNTER, {"authority"}, 0},
	[CRL_THIS] = {"signet_crl_this_update_timestamp_seconds",
	              "thisUpdate of the CRL, the oldest of its scope.", METRIC_GAUGE,
	              {"authority", "scope"}, 0},
	[CRL_NEXT] = {"signet_crl_next_update_timestamp_seconds",
	              "nextUpdate of the CRL, the first of its scope.", METRIC_GAUGE,
	              {"authority", "scope"}, 0},
	[CRL_NUMBER] = {"signet_crl_number", "Number of the CRL, the lowest of its scope.",
	                METRIC_GAUGE, {"authority", "scope"}, 0},
	[CRL_ENTRIES] = {"signet_crl_entries", "Entries of the CRLs of this scope.", METRIC_GAUGE,
	                 {"authority", "scope"}, 0},
	[CRL_STALE] = {"signet_crl_stale",
	               "CRLs of this scope that are past their nextUpdate, or missing.", METRIC_GAUGE,
	               {"authority", "scope"}, 0},
};

/* A list in the making; out of memory it stays so. */
struct gathering {
	const struct service_call *c;
	struct metric_list list;
	struct metric_family *families[FAMILIES];
	bool failed;
};

static void put_scoped(struct gathering *g, unsigned which, const char *label, const char *scope,
                       double value)
{
	if (!g->families[which])
		g->families[which] = metric_list_add(&g->list, g->c->arena, &looked_up[which]);
	struct metric_sample *sample =
		g->families[which] ? metric_family_add(g->families[which], g->c->arena, value) : NULL;
	if (!sample) {
		g->failed = true;
		return;
	}
	sample->values[0] = label;
	sample->values[1] = scope;
}

static void put(struct gathering *g, unsigned which, const char *label, double value)
{
	put_scoped(g, which, label, NULL, value);
}

static void put_certificates(struct gathering *g)
{
	struct census_counts n;
	census_read(g->c->engine->measures->census, clock_now(), &n);
	if (!n.time)
		return;
	put(g, CERTIFICATES, "valid", (double)n.valid);
	put(g, CERTIFICATES, "held", (double)n.held);
	put(g, CERTIFICATES, "revoked", (double)n.revoked);
	put(g, CERTIFICATES, "expired", (double)n.expired);
	put(g, EXPIRING, "7", (double)n.expiring_week);
	put(g, EXPIRING, "30", (double)n.expiring_month);
}

static int put_queues(struct gathering *g)
{
	struct signet_consumer_status *list;
	int64_t now = clock_now();
	size_t count;
	int result = consumers_list(g->c->engine->consumers, g->c->arena, &list, &count, g->c->err);
	for (size_t i = 0; result == 0 && i < count; i++) {
		const struct signet_consumer_status *c = &list[i];
		put(g, QUEUE, c->name, (double)c->waiting);
		put(g, OLDEST, c->name, c->oldest && c->oldest < now ? (double)(now - c->oldest) : 0);
		put(g, DEAD, c->name, (double)c->dead);
		put(g, PUBLISHED, c->name, (double)c->counts.published);
		put(g, FAILED, c->name, (double)c->counts.failed);
		put(g, GIVEN_UP, c->name, (double)c->counts.given_up);
	}
	return result;
}

static void put_database(struct gathering *g)
{
	struct store_stats stats;
	struct database *database = g->c->engine->database;
	const struct configuration *configuration = g->c->configuration;
	store_stats(database_store(database), &stats);
	put(g, USED, NULL, (double)stats.used);
	put(g, FILE_SIZE, NULL, (double)stats.file);
	put(g, COMMITS, NULL, (double)stats.commits);
	put(g, WRITES, NULL, (double)stats.writes);
	put(g, WAITING, NULL, (double)stats.waiting);
	for (size_t i = 0; i < configuration->authority_count; i++) {
		const char *name = arena_strdup(g->c->arena, configuration->authorities[i].name);
		g->failed |= !name;
		put(g, ISSUED, name, (double)database_issued(
			database, configuration->authorities[i].name));
	}
}

static int put_responder(void *arg, const struct responder *responder)
{
	struct gathering *g = arg;
	const char *name = arena_strdup(g->c->arena, responder->authority->public_name);
	if (!name)
		return SIGNET_E_NOMEM;
	if (responder->signer)
		put(g, RESPONDER, name, (double)responder->not_after);
	put(g, ANSWERS, name, (double)atomic_load(&responder->answers));
	return 0;
}

static int put_crls(void *arg, const struct crl_summary *s)
{
	static const char *const scopes[2][2] = {{"complete", "delta"}, {"shards", "shards-delta"}};
	struct gathering *g = arg;
	const char *scope = scopes[s->shards][s->delta];
	const char *name = arena_strdup(g->c->arena, s->authority);
	if (!name)
		return SIGNET_E_NOMEM;
	put_scoped(g, CRL_STALE, name, scope, s->stale);
	if (s->count == 0)
		return 0;
	put_scoped(g, CRL_THIS, name, scope, (double)s->this_update);
	put_scoped(g, CRL_NEXT, name, scope, (double)s->next_update);
	put_scoped(g, CRL_NUMBER, name, scope, (double)s->number);
	put_scoped(g, CRL_ENTRIES, name, scope, (double)s->entries);
	return 0;
}

static int gather(struct gathering *g)
{
	struct engine *engine = g->c->engine;
	struct database_counts counts;
	struct ocsp_totals totals;
	int result = metrics_snapshot(engine->measures->metrics, g->c->arena, &g->list);
	if (result)
		return error_nomem(g->c->err);
	put_certificates(g);
	result = database_count(engine->database, &counts, g->c->err);
	if (result == 0) {
		put(g, PENDING, NULL, (double)counts.pending);
		result = put_queues(g);
	}
	if (result)
		return result;
	put_database(g);
	put(g, MEMORY, NULL, (double)metrics_resident());
	put(g, STARTED, NULL, (double)engine->started);
	put(g, CONNECTIONS, "request", atomic_load(&engine->connections));
	put(g, CONNECTIONS, "admin", atomic_load(&engine->admin_connections));
	put(g, CALLS, NULL, atomic_load(&engine->measures->calls.busy));
	put(g, QUESTIONS, NULL, atomic_load(&engine->measures->advices.busy));
	if (engine->ocsp && ocsp_status(engine->ocsp, &totals, put_responder, g))
		g->failed = true;
	result = crl_status_read(database_store(engine->database), g->c->configuration, clock_now(),
	                         put_crls, g, g->c->err);
	if (result)
		return result;
	return g->failed ? error_nomem(g->c->err) : 0;
}

static int fill_sample(struct arena *arena, Signet__Rpc__MetricSample *out,
                       const struct metric_family *family, const struct metric_sample *sample)
{
	signet__rpc__metric_sample__init(out);
	out->value = sample->value;
	out->n_values = metric_label_count(family->labels);
	out->values = arena_array(arena, METRIC_LABELS, sizeof *out->values);
	if (!out->values)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < out->n_values; i++)
		out->values[i] = (char *)(uintptr_t)(sample->values[i] ? sample->values[i] : "");
	if (family->type == METRIC_HISTOGRAM) {
		out->n_buckets = METRIC_BUCKETS;
		out->buckets = (uint64_t *)(uintptr_t)sample->buckets;
	}
	return 0;
}

/* As many samples as there is room for. */
static int fill_family(const struct service_call *c, Signet__Rpc__MetricFamily *out,
                       const struct metric_family *family, size_t *room)
{
	size_t count = 0;
	for (const struct metric_sample *s = family->first; s; s = s->next)
		count++;
	signet__rpc__metric_family__init(out);
	out->name = (char *)(uintptr_t)family->name;
	out->help = (char *)(uintptr_t)family->help;
	out->type = family->type;
	out->n_labels = metric_label_count(family->labels);
	out->labels = (char **)(uintptr_t)family->labels;
	out->samples = arena_array(c->arena, count, sizeof *out->samples);
	Signet__Rpc__MetricSample *samples = arena_array(c->arena, count, sizeof *samples);
	if (!out->samples || !samples)
		return error_nomem(c->err);
	for (const struct metric_sample *s = family->first; s; s = s->next) {
		Signet__Rpc__MetricSample *sample = &samples[out->n_samples];
		if (fill_sample(c->arena, sample, family, s))
			return error_nomem(c->err);
		size_t size = signet__rpc__metric_sample__get_packed_size(sample) + 8;
		if (size > *room) {
			c->reply->metrics->cut = true;
			return 0;
		}
		*room -= size;
		out->samples[out->n_samples++] = sample;
	}
	return 0;
}

int service_metrics(const struct service_call *c)
{
	struct gathering g = {.c = c};
	size_t count = 0, room = SAMPLES_OCTETS;
	Signet__Rpc__Metrics *out = arena_alloc(c->arena, sizeof *out);
	int result = out ? gather(&g) : error_nomem(c->err);
	if (result)
		return result;
	for (const struct metric_family *f = g.list.first; f; f = f->next)
		count++;
	signet__rpc__metrics__init(out);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_METRICS;
	c->reply->metrics = out;
	out->families = arena_array(c->arena, count, sizeof *out->families);
	Signet__Rpc__MetricFamily *families = arena_array(c->arena, count, sizeof *families);
	if (!out->families || !families)
		return error_nomem(c->err);
	for (const struct metric_family *f = g.list.first; result == 0 && f; f = f->next) {
		out->families[out->n_families] = &families[out->n_families];
		result = fill_family(c, &families[out->n_families++], f, &room);
	}
	return result;
}

int service_health(const struct service_call *c)
{
	Signet__Rpc__HealthReport *out = arena_alloc(c->arena, sizeof *out);
	if (!out)
		return error_nomem(c->err);
	signet__rpc__health_report__init(out);
	if (c->call->health->probe) {
		int result = measures_probe(c->engine->measures, c->engine->database);
		out->writable = result == 0;
		if (result)
			out->trouble = (char *)(uintptr_t)error_name(result);
	}
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_HEALTH;
	c->reply->health = out;
	return 0;
}
