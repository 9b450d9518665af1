#include "engine/database.h"

#include <stdlib.h>

#include "api/maintenance.h"
#include "engine/counters.h"
#include "engine/events.h"
#include "engine/history.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revoke_key.h"

struct database {
	struct store *store;
};

static const struct store_table tables[TABLE_COUNT] = {
	[TABLE_REQUESTS] = {"requests", STORE_GROWING},
	[TABLE_CERTIFICATES] = {"certificates", STORE_GROWING},
	[TABLE_SERIALS] = {"serials", STORE_GROWING},
	[TABLE_NAMES] = {"names", 0},
	[TABLE_KEYS] = {"keys", 0},
	[TABLE_EXPIRY] = {"expiry", STORE_GROWING},
	[TABLE_PENDING] = {"pending", STORE_GROWING},
	[TABLE_IDEMPOTENCY] = {"idempotency", 0},
	[TABLE_EVENTS] = {"events", STORE_GROWING},
	[TABLE_AUDIT] = {"audit", STORE_GROWING},
	[TABLE_CONSUMERS] = {"consumers", 0},
	[TABLE_COUNTERS] = {"counters", 0},
	[TABLE_TALLIES] = {"tallies", 0},
	[TABLE_LETTERS] = {"letters", 0},
	[TABLE_REVOKED] = {"revoked", STORE_GROWING},
	[TABLE_LABELS] = {"labels", 0},
	[TABLE_LATE] = {"late", 0},
	[TABLE_CRLS] = {"crls", 0},
	[TABLE_FINGERPRINTS] = {"fingerprints", 0},
};

int database_open(struct database **out, const char *path, struct error *err)
{
	struct database *database = calloc(1, sizeof *database);
	if (!database)
		return error_nomem(err);
	struct store_options options = {
		.path = path, .tables = tables, .table_count = TABLE_COUNT, .schema = SIGNET_SCHEMA_ENGINE};
	int result = store_open(&database->store, &options, err);
	if (result) {
		free(database);
		return result;
	}
	*out = database;
	return 0;
}

void database_close(struct database *database)
{
	if (!database)
		return;
	store_close(database->store);
	free(database);
}

struct store *database_store(struct database *database)
{
	return database->store;
}

int database_next(struct store_txn *txn, unsigned table, uint64_t *out)
{
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, table);
	if (result)
		return result;
	result = store_seek_before(cursor, BYTES_NONE);
	uint64_t last = result == 0 ? store_key_to_u64(store_cursor_key(cursor)) : 0;
	store_cursor_close(cursor);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	*out = last + 1;
	return 0;
}

static struct bytes counter_key(struct arena *arena, const char *authority)
{
	return bytes_text(arena_printf(arena, COUNTER_ISSUED "%s", authority));
}

static uint64_t read_counter(struct store_txn *txn, struct bytes key)
{
	struct bytes value;
	return store_get(txn, TABLE_COUNTERS, key, &value) ? 0 : store_key_to_u64(value);
}

static void count_one(struct store_txn *txn, struct bytes key)
{
	struct store_key number = store_key_number(read_counter(txn, key) + 1);
	store_put(txn, TABLE_COUNTERS, key, store_key_get(&number));
}

static void count_issued(struct store_txn *txn, const struct database_entry *entry)
{
	struct bytes key = counter_key(entry->arena, entry->authority);
	if (key.length == 0) {
		store_fail(txn, SIGNET_E_NOMEM);
		return;
	}
	count_one(txn, key);
	count_one(txn, bytes_text(COUNTER_STORED));
}

uint64_t database_stored(struct store_txn *txn)
{
	return read_counter(txn, bytes_text(COUNTER_STORED));
}

static void write_label(struct store_txn *txn, enum index_label_kind kind, const char *text, uint64_t id)
{
	struct store_key key;
	if (!text || !*text)
		return;
	if (index_label(&key, kind, text, id))
		store_fail(txn, SIGNET_E_INTERNAL);
	else
		store_insert(txn, TABLE_LABELS, store_key_get(&key), BYTES_NONE);
}

static void write_certificate(struct store_txn *txn, const struct database_entry *entry)
{
	struct store_key id = store_key_number(entry->id);
	struct store_key expiry = index_time(entry->not_after, entry->id);
	struct bytes fingerprint = bytes_make(entry->fingerprint, INDEX_HASH_SIZE);
	struct store_key key = index_key(fingerprint, entry->id);
	struct store_key print = index_key(BYTES_OF(entry->print), entry->id);
	store_insert(txn, TABLE_CERTIFICATES, store_key_get(&id), entry->certificate);
	store_insert(txn, TABLE_SERIALS, entry->serial, store_key_get(&id));
	for (size_t i = 0; i < entry->name_count; i++) {
		struct store_key name = index_key(entry->names[i], entry->id);
		store_insert(txn, TABLE_NAMES, store_key_get(&name), index_row_get(&entry->name_row));
	}
	store_insert(txn, TABLE_KEYS, store_key_get(&key), index_row_get(&entry->key_row));
	store_insert(txn, TABLE_EXPIRY, store_key_get(&expiry), BYTES_NONE);
	store_insert(txn, TABLE_FINGERPRINTS, store_key_get(&print), BYTES_NONE);
	write_label(txn, INDEX_AUTHORITY, entry->authority, entry->id);
	write_label(txn, INDEX_PROFILE, entry->profile, entry->id);
	write_label(txn, INDEX_REQUESTER, entry->requester, entry->id);
	count_issued(txn, entry);
}

/* issued: resolved of its request, by which prune finds the row again */
static void write_late(struct store_txn *txn, int64_t issued, uint64_t id)
{
	struct store_key late = index_time(issued, id);
	store_insert(txn, TABLE_LATE, store_key_get(&late), BYTES_NONE);
}

static void write_event(struct store_txn *txn, struct database_entry *entry)
{
	static const enum signet_event_kind kinds[] = {
		[SIGNET_REQUEST_ISSUED] = SIGNET_EVENT_ISSUED,
		[SIGNET_REQUEST_PENDING] = SIGNET_EVENT_PENDING,
		[SIGNET_REQUEST_DENIED] = SIGNET_EVENT_DENIED,
		/* for those who watch, a request that failed is one that was not served */
		[SIGNET_REQUEST_FAILED] = SIGNET_EVENT_DENIED,
	};
	events_append(txn, kinds[entry->state], entry->time, entry->id, &entry->event);
}

static void write_audit(struct store_txn *txn, const struct audit_entry *given, uint64_t request)
{
	struct audit_entry audit = *given;
	audit.request = request;
	if (audit.action)
		audit_append(txn, &audit);
}

/* Comes first: a conflict is to leave nothing that would have to be undone. */
static int claim_history(struct store_txn *txn, const struct database_entry *entry)
{
	if (entry->state != SIGNET_REQUEST_ISSUED)
		return 0;
	int result = entry->issuer ? revoke_key_check(txn, entry->issuer) : 0;
	if (result)
		return store_fail(txn, result);
	return !entry->history ? 0 : history_claim(txn, entry->history);
}

int database_put(struct store_txn *txn, void *arg)
{
	struct database_entry *entry = arg;
	if (claim_history(txn, entry) || database_next(txn, TABLE_REQUESTS, &entry->id))
		return store_error(txn);
	struct store_key id = store_key_number(entry->id);
	if (entry->idempotency)
		store_insert(txn, TABLE_IDEMPOTENCY, bytes_make(entry->idempotency, INDEX_HASH_SIZE),
		             store_key_get(&id));
	store_insert(txn, TABLE_REQUESTS, store_key_get(&id), entry->record);
	if (entry->state == SIGNET_REQUEST_PENDING)
		store_insert(txn, TABLE_PENDING, store_key_get(&id), BYTES_NONE);
	if (entry->state == SIGNET_REQUEST_ISSUED)
		write_certificate(txn, entry);
	if (entry->elsewhere)
		write_late(txn, entry->elsewhere, entry->id);
	if (!entry->silent)
		write_event(txn, entry);
	write_audit(txn, &entry->audit, entry->id);
	return store_error(txn);
}

/* Since its request was looked at. */
static int key_is_revoked(struct error *err)
{
	return error_set(err, SIGNET_E_DENIED, "the key of the authority is revoked: it issues "
	                 "no certificates any more");
}

int database_add(struct database *database, struct database_entry *entry, struct error *err)
{
	int result = store_write(database->store, database_put, entry, err);
	return result == SIGNET_E_DENIED ? key_is_revoked(err) : result;
}

/* 0 while the request is as the decision found it. */
static int check_pending(struct store_txn *txn, const struct database_entry *entry)
{
	struct store_key id = store_key_number(entry->id);
	struct bytes value;
	Signet__Db__Request *record;
	int result = store_get(txn, TABLE_REQUESTS, store_key_get(&id), &value);
	if (result == 0)
		result = record_unpack_request(entry->arena, value, &record);
	if (result)
		return result;
	if (record->state != SIGNET_REQUEST_PENDING)
		return SIGNET_E_STATE;
	return record->revision == entry->revision ? 0 : SIGNET_E_CONFLICT;
}

static int write_resolved(struct store_txn *txn, void *arg)
{
	struct database_entry *entry = arg;
	struct store_key id = store_key_number(entry->id);
	int result = check_pending(txn, entry);
	if (result == 0)
		result = claim_history(txn, entry);
	if (result)
		return result;
	entry->event = 0;
	store_put(txn, TABLE_REQUESTS, store_key_get(&id), entry->record);
	write_audit(txn, &entry->decision, entry->id);
	if (entry->state != SIGNET_REQUEST_PENDING) {
		store_delete(txn, TABLE_PENDING, store_key_get(&id));
		if (entry->state == SIGNET_REQUEST_ISSUED) {
			write_certificate(txn, entry);
			write_late(txn, entry->time, entry->id);
		}
		write_event(txn, entry);
		write_audit(txn, &entry->audit, entry->id);
	}
	return store_error(txn);
}

int database_resolve(struct database *database, struct database_entry *entry, struct error *err)
{
	int result = store_write(database->store, write_resolved, entry, err);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, result, "there is no such request");
	if (result == SIGNET_E_DENIED)
		return key_is_revoked(err);
	if (result == SIGNET_E_STATE)
		return error_set(err, result, "the request is not pending");
	if (result == SIGNET_E_CONFLICT)
		return error_set(err, result, "the request, or what it was judged by, was changed meanwhile");
	return result;
}

struct counting {
	struct bytes key;
	uint64_t count;
};

static int read_issued(struct store_txn *txn, void *arg)
{
	struct counting *counting = arg;
	struct bytes value;
	int result = store_get(txn, TABLE_COUNTERS, counting->key, &value);
	if (result == 0)
		counting->count = store_key_to_u64(value);
	return result;
}

uint64_t database_issued(struct database *database, const char *authority)
{
	struct arena *arena = arena_new(4096);
	struct counting counting = {arena ? counter_key(arena, authority) : BYTES_NONE, 0};
	if (counting.key.length)
		store_read(database->store, read_issued, &counting, NULL);
	arena_free(arena);
	return counting.count;
}

static int read_counts(struct store_txn *txn, void *arg)
{
	struct database_counts *counts = arg;
	uint64_t next = 1;
	int result = database_next(txn, TABLE_EVENTS, &next);
	counts->requests = store_count(txn, TABLE_REQUESTS);
	counts->certificates = store_count(txn, TABLE_CERTIFICATES);
	counts->pending = store_count(txn, TABLE_PENDING);
	counts->events = next - 1;
	return result;
}

int database_count(struct database *database, struct database_counts *out, struct error *err)
{
	struct database_counts counts = {0};
	int result = store_read(database->store, read_counts, &counts, err);
	if (result == 0)
		*out = counts;
	return result;
}
