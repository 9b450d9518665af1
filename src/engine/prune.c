#include "engine/prune.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/check_private.h"
#include "engine/revoked.h"

/* Rows that a batch looks at, and takes away. */
#define LOOK_MAX 5000
#define PRUNE_MAX 100
#define PRUNE_EVENTS_MAX 2000
/* Certificates that are read. */
#define LOAD_MAX 200
/* Requests that dead letters tell of: with more of them, nothing goes but events. */
#define HELD_MAX 4096
#define COUNTS_SIZE 128

enum step { STEP_EVENTS, STEP_CERTIFICATES, STEP_REQUESTS, STEP_COUNT };

struct pruning {
	const struct configuration *configuration;
	struct store_txn *txn;
	struct arena *arena;
	int64_t now;
	const char *actor;
	bool dry_run;
	const struct check_place *from;
	struct prune_batch *out;
	/* events */
	uint64_t passed;        /* by every exit */
	uint64_t newest_event, newest_request;
	int64_t oldest_event;   /* time of the oldest event that no letter keeps; INT64_MAX: there is none */
	uint64_t *held;         /* sequences of events that dead letters are of, growing */
	uint64_t *held_requests;
	size_t held_count;
	bool too_many;
	size_t loaded;
};

static uint64_t number_at_end(struct bytes key)
{
	return key.length < 8 ? 0 : store_key_to_u64(bytes_make(key.data + key.length - 8, 8));
}

static uint64_t last_of(struct store_txn *txn, unsigned table)
{
	uint64_t next = 1;
	database_next(txn, table, &next);
	return next - 1;
}

/* ---- what is still needed ---- */

static int compare_numbers(const void *a, const void *b)
{
	const uint64_t x = *(const uint64_t *)a, y = *(const uint64_t *)b;
	return x < y ? -1 : x > y;
}

static bool is_among(const uint64_t *list, size_t count, uint64_t number)
{
	return count && bsearch(&number, list, count, sizeof *list, compare_numbers);
}

static uint64_t request_of_event(struct pruning *p, uint64_t sequence)
{
	struct store_key key = store_key_number(sequence);
	struct record_event event;
	struct bytes value;
	if (store_get(p->txn, TABLE_EVENTS, store_key_get(&key), &value) ||
	    record_unpack_event(p->arena, value, &event))
		return 0;
	return event.request;
}

static int find_held(struct pruning *p)
{
	struct store_cursor *cursor;
	p->held = arena_array(p->arena, HELD_MAX, sizeof *p->held);
	p->held_requests = arena_array(p->arena, HELD_MAX, sizeof *p->held_requests);
	if (!p->held || !p->held_requests)
		return SIGNET_E_NOMEM;
	int result = store_cursor_open(&cursor, p->txn, TABLE_LETTERS);
	if (result)
		return result;
	while ((result = store_next(cursor)) == 0 && !p->too_many) {
		p->too_many = p->held_count == HELD_MAX;
		if (!p->too_many)
			p->held[p->held_count++] = number_at_end(store_cursor_key(cursor));
	}
	store_cursor_close(cursor);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	for (size_t i = 0; i < p->held_count; i++)
		p->held_requests[i] = request_of_event(p, p->held[i]);
	qsort(p->held, p->held_count, sizeof *p->held, compare_numbers);
	qsort(p->held_requests, p->held_count, sizeof *p->held_requests, compare_numbers);
	return 0;
}

/* What exits that are configured have all passed; those of the past hold nothing up. */
static void find_passed(struct pruning *p)
{
	const struct settings *settings = p->configuration->settings;
	p->passed = UINT64_MAX;
	for (size_t i = 0; i < settings->exit_count; i++) {
		struct bytes value;
		uint64_t cursor = store_get(p->txn, TABLE_CONSUMERS, bytes_text(settings->exits[i].name),
		                            &value) ? 0 : store_key_to_u64(value);
		if (cursor < p->passed)
			p->passed = cursor;
	}
}

static bool is_over(const struct pruning *p, int64_t since, int64_t keep)
{
	return keep != RETENTION_NEVER && since > 0 && since <= p->now - keep;
}

static bool is_old_event(const struct pruning *p, uint64_t sequence, struct bytes value)
{
	return sequence <= p->passed && sequence != p->newest_event &&
	       is_over(p, record_event_time(value), p->configuration->retention.events);
}

/* A dry run has not taken away those that would have gone before. */
static bool counts_as_there(const struct pruning *p, uint64_t sequence, struct bytes value)
{
	return !is_among(p->held, p->held_count, sequence) &&
	       !(p->dry_run && is_old_event(p, sequence, value));
}

static int find_oldest_event(struct pruning *p)
{
	struct store_cursor *cursor;
	p->oldest_event = INT64_MAX;
	int result = store_cursor_open(&cursor, p->txn, TABLE_EVENTS);
	if (result)
		return result;
	while ((result = store_next(cursor)) == 0)
		if (counts_as_there(p, store_key_to_u64(store_cursor_key(cursor)),
		                    store_cursor_value(cursor))) {
			p->oldest_event = record_event_time(store_cursor_value(cursor));
			break;
		}
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* ---- one row ---- */

/* Whether no event can tell of a request to which nothing has happened since then. */
static bool is_told(const struct pruning *p, uint64_t id, int64_t last)
{
	return !p->too_many && p->oldest_event > last &&
	       !is_among(p->held_requests, p->held_count, id);
}

static void delete_idempotency(struct pruning *p, uint64_t id, const Signet__Db__Request *request)
{
	struct bytes key = bytes_make(request->idempotency.data, request->idempotency.len), value;
	if (key.length == INDEX_HASH_SIZE &&
	    store_get(p->txn, TABLE_IDEMPOTENCY, key, &value) == 0 && store_key_to_u64(value) == id)
		store_delete(p->txn, TABLE_IDEMPOTENCY, key);
}

static void delete_request(struct pruning *p, uint64_t id, const Signet__Db__Request *request)
{
	struct store_key key = store_key_number(id);
	delete_idempotency(p, id, request);
	store_delete(p->txn, TABLE_REQUESTS, store_key_get(&key));
	store_delete(p->txn, TABLE_PENDING, store_key_get(&key));
}

static void delete_label(struct pruning *p, enum index_label_kind kind, const char *text,
                         uint64_t id)
{
	struct store_key key;
	if (*text && index_label(&key, kind, text, id) == 0)
		store_delete(p->txn, TABLE_LABELS, store_key_get(&key));
}

static void delete_certificate(struct pruning *p, const struct check_subject *s,
                               const Signet__Db__Request *request)
{
	struct store_key id = store_key_number(s->id);
	struct store_key expiry = index_time(s->certificate.not_after, s->id);
	struct store_key key = index_key(bytes_make(s->fingerprint, INDEX_HASH_SIZE), s->id);
	struct store_key print = index_key(BYTES_OF(s->print), s->id);
	for (size_t i = 0; i < s->name_count; i++) {
		struct store_key name = index_key(s->names[i], s->id);
		store_delete(p->txn, TABLE_NAMES, store_key_get(&name));
	}
	store_delete(p->txn, TABLE_SERIALS, s->certificate.serial);
	store_delete(p->txn, TABLE_KEYS, store_key_get(&key));
	store_delete(p->txn, TABLE_EXPIRY, store_key_get(&expiry));
	store_delete(p->txn, TABLE_FINGERPRINTS, store_key_get(&print));
	struct store_key late = index_time(request->resolved, s->id);
	store_delete(p->txn, TABLE_LATE, store_key_get(&late));
	delete_label(p, INDEX_AUTHORITY, request->authority, s->id);
	delete_label(p, INDEX_PROFILE, request->profile, s->id);
	delete_label(p, INDEX_REQUESTER, request->requester, s->id);
	delete_label(p, INDEX_CHANGED, INDEX_REVOKED, s->id);
	delete_label(p, INDEX_CHANGED, INDEX_HELD, s->id);
	if (s->record->changed && s->record->issuer.len == AUTHORITY_ISSUER_SIZE) {
		struct store_key row = revoked_begin(s->record->issuer.data, s->record->shard,
		                                     s->record->changed);
		store_key_u64(&row, s->id);
		store_delete(p->txn, TABLE_REVOKED, store_key_get(&row));
	}
	store_delete(p->txn, TABLE_CERTIFICATES, store_key_get(&id));
}

static int load_request(struct pruning *p, uint64_t id, Signet__Db__Request **out)
{
	struct store_key key = store_key_number(id);
	struct bytes value;
	int result = store_get(p->txn, TABLE_REQUESTS, store_key_get(&key), &value);
	return result ? result : record_unpack_request(p->arena, value, out);
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static bool signed_by(const struct authority *a, struct bytes issuer)
{
	bool is = bytes_equal(BYTES_OF(a->issuer), issuer);
	for (size_t i = 0; !is && i < a->previous_count; i++)
		is = bytes_equal(BYTES_OF(a->previous[i].issuer), issuer);
	return is;
}

/* Whether a CRL is still to tell that it was revoked: afterwards the row of it goes (crl_sweep). */
static bool is_listed(const struct pruning *p, const struct check_subject *s)
{
	struct bytes issuer = bytes_make(s->record->issuer.data, s->record->issuer.len);
	const struct configuration *configuration = p->configuration;
	if (!s->record->changed || issuer.length != AUTHORITY_ISSUER_SIZE)
		return false;
	struct store_key row = revoked_begin(issuer.data, s->record->shard, s->record->changed);
	store_key_u64(&row, s->id);
	if (!store_has(p->txn, TABLE_REVOKED, store_key_get(&row)))
		return false;
	for (size_t i = 0; i < configuration->authority_count; i++)
		if (configuration->authorities[i].crl.published &&
		    signed_by(&configuration->authorities[i], issuer))
			return true;
	return false;
}

/* One that does not read back, or lacks something, is left for db check to find. */
static void prune_certificate(struct pruning *p, uint64_t id)
{
	struct checking checking = {.txn = p->txn, .arena = p->arena};
	struct check_subject s;
	Signet__Db__Request *request;
	p->loaded++;
	if (id == p->newest_request || load_request(p, id, &request) ||
	    check_load(&checking, id, &s))
		return;
	int64_t last = later(s.certificate.not_after, later(request->resolved, s.record->revoked));
	last = later(last, request->submitted); /* it may have come after its end, from elsewhere */
	if (is_over(p, s.certificate.not_after, p->configuration->retention.expired) &&
	    is_over(p, last, RETENTION_EXPIRED_LEAST) && is_told(p, id, last) &&
	    !is_listed(p, &s)) {
		if (!p->dry_run) {
			delete_certificate(p, &s, request);
			delete_request(p, id, request);
		}
		p->out->certificates++;
	}
	check_release(&s);
}

static void prune_request(struct pruning *p, uint64_t id, enum signet_request_state state)
{
	const struct retention *retention = &p->configuration->retention;
	int64_t keep = state == SIGNET_REQUEST_DENIED ? retention->denied : retention->failed;
	Signet__Db__Request *request;
	if (id == p->newest_request || load_request(p, id, &request))
		return;
	int64_t last = later(request->resolved, request->submitted);
	if (!is_over(p, last, keep) || !is_told(p, id, last))
		return;
	if (!p->dry_run)
		delete_request(p, id, request);
	p->out->requests++;
}

/* ---- walks: each row says whether the walk goes on ---- */

static bool visit_event(struct pruning *p, struct bytes key, struct bytes value)
{
	uint64_t sequence = store_key_to_u64(key);
	if (!is_old_event(p, sequence, value))
		return false;
	if (p->too_many || is_among(p->held, p->held_count, sequence))
		return true;
	if (!p->dry_run)
		store_delete(p->txn, TABLE_EVENTS, key);
	p->out->events++;
	return true;
}

static bool visit_expiry(struct pruning *p, struct bytes key, struct bytes value)
{
	(void)value;
	if (!is_over(p, (int64_t)store_key_to_u64(key), p->configuration->retention.expired))
		return false;
	prune_certificate(p, number_at_end(key));
	return true;
}

static bool visit_request(struct pruning *p, struct bytes key, struct bytes value)
{
	const struct retention *retention = &p->configuration->retention;
	enum signet_request_state state = record_request_state(value);
	int64_t submitted = record_request_submitted(value);
	if (!is_over(p, submitted, retention->denied) && !is_over(p, submitted, retention->failed))
		return false;
	if (state == SIGNET_REQUEST_DENIED || state == SIGNET_REQUEST_FAILED)
		prune_request(p, store_key_to_u64(key), state);
	return true;
}

static const struct {
	unsigned table;
	bool (*visit)(struct pruning *p, struct bytes key, struct bytes value);
} steps[STEP_COUNT] = {
	[STEP_EVENTS] = {TABLE_EVENTS, visit_event},
	[STEP_CERTIFICATES] = {TABLE_EXPIRY, visit_expiry},
	[STEP_REQUESTS] = {TABLE_REQUESTS, visit_request},
};

static bool is_full(const struct pruning *p)
{
	const struct prune_batch *out = p->out;
	if (p->loaded >= LOAD_MAX)
		return true;
	return out->certificates + out->requests >= PRUNE_MAX || out->events >= PRUNE_EVENTS_MAX;
}

/* SIGNET_E_NOT_FOUND: that was all of the step. */
static int walk(struct pruning *p, struct check_place *place)
{
	struct store_cursor *cursor;
	struct bytes at = store_key_get(&place->key);
	int result = store_cursor_open(&cursor, p->txn, steps[place->step].table);
	if (result)
		return result;
	result = at.length ? store_seek(cursor, at) : store_next(cursor);
	if (result == 0 && at.length && bytes_equal(store_cursor_key(cursor), at))
		result = store_next(cursor);
	for (unsigned i = 0; result == 0 && i < LOOK_MAX && !is_full(p); i++) {
		store_key_begin(&place->key);
		store_key_bytes(&place->key, store_cursor_key(cursor));
		if (!steps[place->step].visit(p, store_key_get(&place->key), store_cursor_value(cursor)))
			result = SIGNET_E_NOT_FOUND;
		else if ((result = store_error(p->txn)) == 0)
			result = store_next(cursor);
	}
	store_cursor_close(cursor);
	return result;
}

/* How many there are, and were, when what is gone counts. */
static void count_tables(const struct pruning *p, unsigned gone, char text[COUNTS_SIZE])
{
	const struct prune_batch *out = p->out;
	uint64_t certificates = store_count(p->txn, TABLE_CERTIFICATES) + gone * out->certificates;
	uint64_t requests = store_count(p->txn, TABLE_REQUESTS) +
	                    gone * (out->certificates + out->requests);
	uint64_t events = store_count(p->txn, TABLE_EVENTS) + gone * out->events;
	snprintf(text, COUNTS_SIZE, "%llu certificates, %llu requests, %llu events",
	         (unsigned long long)certificates, (unsigned long long)requests,
	         (unsigned long long)events);
}

static int tell(struct pruning *p)
{
	const struct prune_batch *out = p->out;
	char detail[160], before[COUNTS_SIZE], after[COUNTS_SIZE];
	if (p->dry_run || out->certificates + out->requests + out->events == 0)
		return 0;
	snprintf(detail, sizeof detail, "%llu certificates with their requests, %llu requests, %llu events",
	         (unsigned long long)out->certificates, (unsigned long long)out->requests,
	         (unsigned long long)out->events);
	count_tables(p, 1, before);
	count_tables(p, 0, after);
	struct audit_entry entry = {p->now, AUDIT_PRUNED, p->actor, 0, detail, NULL, before, after};
	return audit_append(p->txn, &entry);
}

static int prepare(struct pruning *p)
{
	p->held_count = 0;
	p->loaded = 0;
	p->too_many = false;
	p->newest_event = last_of(p->txn, TABLE_EVENTS);
	p->newest_request = last_of(p->txn, TABLE_REQUESTS);
	find_passed(p);
	int result = find_held(p);
	return result ? result : find_oldest_event(p);
}

static int run(struct store_txn *txn, void *arg)
{
	struct pruning *p = arg;
	struct check_place place = *p->from;
	p->txn = txn;
	*p->out = (struct prune_batch){0};
	arena_clear(p->arena);
	int result = prepare(p);
	if (result == 0)
		result = walk(p, &place);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	if (result == SIGNET_E_NOT_FOUND) {
		place.step++;
		store_key_begin(&place.key);
	}
	p->out->next = place;
	p->out->done = place.step >= STEP_COUNT;
	return tell(p);
}

int prune_some(struct engine *engine, const struct configuration *configuration,
               const struct check_place *place, const char *actor, bool dry_run,
               struct prune_batch *out, struct error *err)
{
	struct store *store = database_store(engine->database);
	struct pruning pruning = {.configuration = configuration, .from = place, .actor = actor,
	                          .dry_run = dry_run, .out = out, .now = clock_now(),
	                          .arena = arena_new(LIMIT_REQUEST_ARENA * 4)};
	if (place->step >= STEP_COUNT)
		return error_set(err, SIGNET_E_INVALID, "there is no such place to go on at");
	if (!pruning.arena)
		return error_nomem(err);
	int result = dry_run ? store_read(store, run, &pruning, err)
	                     : store_write(store, run, &pruning, err);
	arena_free(pruning.arena);
	return result;
}
