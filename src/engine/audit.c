#include "engine/audit.h"

#include <stdio.h>

#include "api/audit_chain.h"
#include "crypto/hash.h"
#include "engine/database.h"
#include "engine/records.pb-c.h"

#define ACTOR_MAX 256
#define ACTOR_FROM " from "
#define FROM_MAX 128
#define STATE_MAX 1024 /* of what was so, and what is */
/* The texts, and room for the rest. */
#define RECORD_MAX (ACTOR_MAX + LIMIT_AUDIT_DETAIL + FROM_MAX + 2 * STATE_MAX + 128)

/* As much of the text as fits so many octets, and no half character; NULL: none. */
static char *cut(const char *text, char *out, size_t most)
{
	size_t length = text ? strnlen(text, most + 1) : 0;
	if (length > most)
		for (length = most; length && ((uint8_t)text[length] & 0xc0) == 0x80;)
			length--;
	if (length)
		memcpy(out, text, length);
	out[length] = '\0';
	return out;
}

/* Actor and, unless the entry says it by itself, where from. */
static void split_actor(const struct audit_entry *entry, char actor[ACTOR_MAX + 1], const char **from)
{
	const char *divider = entry->from ? NULL : strstr(entry->actor, ACTOR_FROM);
	size_t length = divider ? (size_t)(divider - entry->actor) : strlen(entry->actor);
	*from = divider ? divider + strlen(ACTOR_FROM) : entry->from ? entry->from : "";
	if (length > ACTOR_MAX)
		snprintf(actor, ACTOR_MAX + 1, "?");
	else
		snprintf(actor, ACTOR_MAX + 1, "%.*s", (int)length, entry->actor);
}

static int find_last(struct store_txn *txn, void *arg)
{
	struct audit_last *last = arg;
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, TABLE_AUDIT);
	if (result)
		return result;
	*last = (struct audit_last){0};
	result = store_seek_before(cursor, BYTES_NONE);
	if (result == 0) {
		last->sequence = store_key_to_u64(store_cursor_key(cursor));
		if (hash_compute(HASH_SHA256, store_cursor_value(cursor), last->hash))
			result = store_fail(txn, SIGNET_E_CRYPTO);
	}
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* The texts of an entry, as far as they fit. */
struct texts {
	char actor[ACTOR_MAX + 1], detail[LIMIT_AUDIT_DETAIL + 1], from[FROM_MAX + 1],
		before[STATE_MAX + 1], after[STATE_MAX + 1];
};

static size_t pack_entry(const struct audit_entry *entry, struct texts *texts,
                         uint8_t previous[AUDIT_HASH], uint8_t *out)
{
	const char *from;
	Signet__Db__Audit record;
	signet__db__audit__init(&record);
	split_actor(entry, texts->actor, &from);
	record.time = entry->time;
	record.action = entry->action;
	record.actor = texts->actor;
	record.request = entry->request;
	record.detail = cut(entry->detail, texts->detail, LIMIT_AUDIT_DETAIL);
	record.from = cut(from, texts->from, FROM_MAX);
	record.before = cut(entry->before, texts->before, STATE_MAX);
	record.after = cut(entry->after, texts->after, STATE_MAX);
	record.previous = (ProtobufCBinaryData){AUDIT_HASH, previous};
	return signet__db__audit__pack(&record, out);
}

int audit_append(struct store_txn *txn, const struct audit_entry *entry)
{
	uint8_t packed[RECORD_MAX];
	struct texts texts;
	struct audit_last last;
	if (find_last(txn, &last))
		return store_error(txn);
	struct store_key key = store_key_number(last.sequence + 1);
	size_t size = pack_entry(entry, &texts, last.hash, packed);
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

int audit_find_last(struct store *store, struct audit_last *out, struct error *err)
{
	return store_read(store, find_last, out, err);
}

/* As `audit verify` has it: the record after it shows which of the two was changed. */
static int blame(struct store_txn *txn, struct audit_chain *chain, uint64_t sequence,
                 struct bytes record, struct error *err)
{
	struct store_key key = store_key_number(sequence + 1);
	struct bytes next;
	int result = store_get(txn, TABLE_AUDIT, store_key_get(&key), &next);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	audit_chain_blame(chain, sequence, record, result ? BYTES_NONE : next, err);
	return SIGNET_E_CORRUPT;
}

int audit_check(struct store_txn *txn, uint64_t sequence, struct bytes record, struct error *err)
{
	struct audit_chain chain = {.last = sequence - 1};
	struct store_key key = store_key_number(chain.last);
	struct bytes before;
	int result = chain.last ? store_get(txn, TABLE_AUDIT, store_key_get(&key), &before) : 0;
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, SIGNET_E_CORRUPT, "the record before it is missing");
	if (result == 0 && chain.last)
		result = hash_compute(HASH_SHA256, before, chain.hash);
	if (result)
		return result;
	result = audit_chain_add(&chain, sequence, record, err);
	return result == SIGNET_E_CORRUPT ? blame(txn, &chain, sequence, record, err) : result;
}

struct reading {
	uint64_t from;
	bool backwards;
	int (*visit)(void *arg, uint64_t sequence, struct bytes record);
	void *arg;
};

static int begin(const struct reading *reading, struct store_cursor *cursor)
{
	struct store_key key = store_key_number(reading->from);
	if (!reading->backwards)
		return store_seek(cursor, store_key_get(&key));
	return store_seek_before(cursor, reading->from ? store_key_get(&key) : BYTES_NONE);
}

static int read_records(struct store_txn *txn, void *arg)
{
	const struct reading *reading = arg;
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, TABLE_AUDIT);
	if (result == 0)
		result = begin(reading, cursor);
	while (result == 0) {
		uint64_t sequence = store_key_to_u64(store_cursor_key(cursor));
		result = reading->visit(reading->arg, sequence, store_cursor_value(cursor));
		if (result)
			return result < 0 ? result : 0;
		result = reading->backwards ? store_previous(cursor) : store_next(cursor);
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int audit_read_stored(struct store *store, uint64_t from, bool backwards,
                      int (*visit)(void *arg, uint64_t sequence, struct bytes record), void *arg,
                      struct error *err)
{
	struct reading reading = {from, backwards, visit, arg};
	return store_read(store, read_records, &reading, err);
}

struct visiting {
	int (*visit)(void *arg, uint64_t sequence, const struct audit_entry *entry);
	void *arg;
};

static int visit_entry(void *arg, uint64_t sequence, struct bytes value)
{
	const struct visiting *visiting = arg;
	Signet__Db__Audit *record = signet__db__audit__unpack(NULL, value.length, value.data);
	if (!record)
		return SIGNET_E_CORRUPT;
	struct audit_entry entry = {record->time, (enum audit_action)record->action, record->actor,
	                            record->request, record->detail, record->from, record->before,
	                            record->after};
	bool stop = visiting->visit(visiting->arg, sequence, &entry) != 0;
	signet__db__audit__free_unpacked(record, NULL);
	return stop;
}

int audit_read(struct store *store, uint64_t from,
               int (*visit)(void *arg, uint64_t sequence, const struct audit_entry *entry),
               void *arg, struct error *err)
{
	struct visiting visiting = {visit, arg};
	return audit_read_stored(store, from, false, visit_entry, &visiting, err);
}
