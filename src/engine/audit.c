#include "engine/audit.h"

#include "engine/database.h"
#include "engine/records.pb-c.h"

/* Room for all of a record but its actor and detail. */
#define RECORD_FRAME 64
#define ACTOR_MAX 256

static const char *const names[] = {
	[AUDIT_ISSUED] = "issued", [AUDIT_PENDING] = "pending", [AUDIT_DENIED] = "denied",
	[AUDIT_FAILED] = "failed", [AUDIT_STARTED] = "started", [AUDIT_RELOADED] = "reloaded",
	[AUDIT_STOPPED] = "stopped", [AUDIT_EXIT_RETRIED] = "exit-retried",
	[AUDIT_EXIT_DROPPED] = "exit-dropped",
	[AUDIT_APPROVED] = "approved", [AUDIT_EDITED] = "edited",
	[AUDIT_REVOKED] = "revoked", [AUDIT_HELD] = "held", [AUDIT_RELEASED] = "released",
	[AUDIT_CORRECTED] = "corrected", [AUDIT_REDRAFTED] = "redrafted",
	[AUDIT_EXIT_FORGOTTEN] = "exit-forgotten",
	[AUDIT_BACKUP] = "backup", [AUDIT_RESTORED] = "restored", [AUDIT_PRUNED] = "pruned",
	[AUDIT_CRL_PUBLISHED] = "crl-published",
};

const char *audit_action_name(enum audit_action action)
{
	size_t at = (size_t)action;
	return at < sizeof names / sizeof *names && names[at] ? names[at] : "unknown";
}

/* As much of the text as fits, and no half character. */
static char *cut(const char *text, char out[LIMIT_AUDIT_DETAIL + 1])
{
	size_t length = strnlen(text, LIMIT_AUDIT_DETAIL + 1);
	if (length > LIMIT_AUDIT_DETAIL)
		for (length = LIMIT_AUDIT_DETAIL; length && ((uint8_t)text[length] & 0xc0) == 0x80;)
			length--;
	memcpy(out, text, length);
	out[length] = '\0';
	return out;
}

int audit_append(struct store_txn *txn, const struct audit_entry *entry)
{
	uint8_t packed[LIMIT_AUDIT_DETAIL + ACTOR_MAX + RECORD_FRAME];
	char detail[LIMIT_AUDIT_DETAIL + 1];
	uint64_t sequence;
	Signet__Db__Audit record;
	signet__db__audit__init(&record);
	record.time = entry->time;
	record.action = entry->action;
	record.actor = (char *)(uintptr_t)(strlen(entry->actor) > ACTOR_MAX ? "?" : entry->actor);
	record.request = entry->request;
	record.detail = cut(entry->detail, detail);
	if (database_next(txn, TABLE_AUDIT, &sequence))
		return store_error(txn);
	struct store_key key = store_key_number(sequence);
	size_t size = signet__db__audit__pack(&record, packed);
	return store_insert(txn, TABLE_AUDIT, store_key_get(&key), bytes_make(packed, size));
}

static int write_entry(struct store_txn *txn, void *arg)
{
	return audit_append(txn, arg);
}

int audit_write(struct store *store, const struct audit_entry *entry, struct error *err)
{
	struct audit_entry copy = *entry;
	return store_write(store, write_entry, &copy, err);
}

struct reading {
	uint64_t from;
	int (*visit)(void *arg, uint64_t sequence, const struct audit_entry *entry);
	void *arg;
};

static int visit_one(const struct reading *reading, struct store_cursor *cursor, bool *stop)
{
	struct bytes value = store_cursor_value(cursor);
	Signet__Db__Audit *record = signet__db__audit__unpack(NULL, value.length, value.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	struct audit_entry entry = {record->time, (enum audit_action)record->action, record->actor,
	                            record->request, record->detail};
	uint64_t sequence = store_key_to_u64(store_cursor_key(cursor));
	*stop = reading->visit(reading->arg, sequence, &entry) != 0;
	signet__db__audit__free_unpacked(record, NULL);
	return 0;
}

static int read_entries(struct store_txn *txn, void *arg)
{
	const struct reading *reading = arg;
	struct store_key key = store_key_number(reading->from);
	struct store_cursor *cursor;
	bool stop = false;
	int result = store_cursor_open(&cursor, txn, TABLE_AUDIT);
	if (result == 0)
		result = store_seek(cursor, store_key_get(&key));
	while (result == 0 && !stop) {
		result = visit_one(reading, cursor, &stop);
		if (result == 0)
			result = store_next(cursor);
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int audit_read(struct store *store, uint64_t from,
               int (*visit)(void *arg, uint64_t sequence, const struct audit_entry *entry),
               void *arg, struct error *err)
{
	struct reading reading = {from, visit, arg};
	return store_read(store, read_entries, &reading, err);
}
