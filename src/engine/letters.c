#include "engine/letters.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/consumers.h"
#include "engine/counters.h"

/* Rows of one answer, and octets of records that they are made of. */
#define BATCH_ROWS 64
#define BATCH_OCTETS 32768

static struct store_key letter_key(const char *consumer, uint64_t sequence)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, bytes_make(consumer, strlen(consumer) + 1));
	store_key_u64(&key, sequence);
	return key;
}

/* What a key is made of; the name stays the key's. */
static int read_key(struct bytes key, const char **consumer, uint64_t *sequence)
{
	const uint8_t *end = key.length ? memchr(key.data, 0, key.length) : NULL;
	if (!end || key.length != (size_t)(end - key.data) + 9)
		return SIGNET_E_CORRUPT;
	*consumer = (const char *)key.data;
	*sequence = store_key_to_u64(bytes_make(end + 1, 8));
	return 0;
}

static struct store_key counter_key(const char *what, const char *consumer)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, bytes_text(what));
	store_key_bytes(&key, bytes_text(consumer));
	return key;
}

static int read_counter(struct store_txn *txn, const char *what, const char *consumer,
                        uint64_t *out)
{
	struct store_key key = counter_key(what, consumer);
	struct bytes value;
	int result = store_get(txn, TABLE_COUNTERS, store_key_get(&key), &value);
	*out = result == 0 ? store_key_to_u64(value) : 0;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int letters_counted(struct store_txn *txn, const char *consumer, struct letters_count *out)
{
	struct letters_count count;
	int result = read_counter(txn, COUNTER_LETTERS, consumer, &count.dead);
	if (result == 0)
		result = read_counter(txn, COUNTER_RETRYING, consumer, &count.retrying);
	if (result == 0)
		*out = count;
	return result;
}

/* Counting keeps the status cheap, and letters_read of a consumer that has none to retry. */
static int write_counter(struct store_txn *txn, const char *what, const char *consumer,
                         uint64_t count)
{
	struct store_key key = counter_key(what, consumer), number = store_key_number(count);
	return store_put(txn, TABLE_COUNTERS, store_key_get(&key), store_key_get(&number));
}

static int write_counts(struct store_txn *txn, const char *consumer,
                        const struct letters_count *count)
{
	write_counter(txn, COUNTER_LETTERS, consumer, count->dead);
	return write_counter(txn, COUNTER_RETRYING, consumer, count->retrying);
}

static int put_letter(struct store_txn *txn, const char *consumer, uint64_t sequence,
                      const struct record_letter *letter)
{
	uint8_t packed[RECORD_LETTER_MAX];
	struct store_key key = letter_key(consumer, sequence);
	size_t size = record_pack_letter(letter, packed);
	return store_put(txn, TABLE_LETTERS, store_key_get(&key), bytes_make(packed, size));
}

/* What becomes of one event goes on record with its request. reason: NULL for none. */
static int tell(struct store_txn *txn, const struct audit_entry *given, const char *consumer,
                uint64_t sequence, const char *reason)
{
	char detail[LIMIT_CONSUMER + LIMIT_CONSUMER_SAYS + 64];
	struct audit_entry entry = *given;
	struct store_key key = store_key_number(sequence);
	struct bytes event;
	if (store_get(txn, TABLE_EVENTS, store_key_get(&key), &event) == 0 &&
	    record_event_request(event, &entry.request))
		return SIGNET_E_CORRUPT;
	snprintf(detail, sizeof detail, "exit %s: event %llu%s%s", consumer,
	         (unsigned long long)sequence, reason ? ": " : "", reason ? reason : "");
	entry.time = clock_now();
	entry.detail = detail;
	return audit_append(txn, &entry);
}

struct burial {
	const char *consumer;
	uint64_t sequence;
	struct record_letter letter;
	const char *actor;
	struct error *err;
};

/* Adds what is known of it from before. *was: what it was, NULL when that does not change. */
static int merge(struct store_txn *txn, const struct burial *burial, struct record_letter *letter,
                 struct letters_count *count, const char **was)
{
	struct store_key key = letter_key(burial->consumer, burial->sequence);
	struct record_letter before;
	struct bytes value;
	int result = store_get(txn, TABLE_LETTERS, store_key_get(&key), &value);
	if (result == SIGNET_E_NOT_FOUND && count->dead >= LIMIT_LETTERS)
		return error_set(burial->err, SIGNET_E_TOO_BIG,
		                 "the list of dead letters of '%s' is full (%d)",
		                 burial->consumer, LIMIT_LETTERS);
	if (result == SIGNET_E_NOT_FOUND) {
		count->dead++;
		*was = "waiting";
		return 0;
	}
	if (result == 0)
		result = record_unpack_letter(value, &before);
	if (result)
		return result;
	*was = before.retrying ? "retrying" : NULL;
	letter->tries += before.tries > UINT32_MAX - letter->tries ? UINT32_MAX - letter->tries
	                                                           : before.tries;
	count->retrying -= before.retrying;
	return 0;
}

static int bury(struct store_txn *txn, void *arg)
{
	const struct burial *burial = arg;
	struct record_letter letter = burial->letter;
	struct letters_count count;
	struct audit_entry audit = {.action = AUDIT_EXIT_GAVE_UP, .actor = burial->actor,
	                            .after = "dead"};
	struct store_key event = store_key_number(burial->sequence);
	if (!store_has(txn, TABLE_EVENTS, store_key_get(&event)))
		return error_set(burial->err, SIGNET_E_INVALID, "there is no event %llu",
		                 (unsigned long long)burial->sequence);
	int result = consumer_enter(txn, burial->consumer);
	if (result == SIGNET_E_TOO_BIG)
		return error_set(burial->err, result, "there are %d consumers already",
		                 LIMIT_CONSUMERS);
	if (result == 0)
		result = letters_counted(txn, burial->consumer, &count);
	if (result == 0)
		result = merge(txn, burial, &letter, &count, &audit.before);
	if (result == 0)
		result = put_letter(txn, burial->consumer, burial->sequence, &letter);
	/* only what an administrator may cause again and again: the trail is not to be filled */
	if (result == 0 && audit.before)
		result = tell(txn, &audit, burial->consumer, burial->sequence, letter.reason);
	return result ? result : write_counts(txn, burial->consumer, &count);
}

int letters_bury(struct database *database, const char *consumer, uint64_t sequence,
                 unsigned tries, const char *reason, const char *actor, struct error *err)
{
	struct burial burial = {consumer, sequence, {.time = clock_now(), .tries = tries}, actor,
	                        err};
	consumer_clean(burial.letter.reason, reason);
	int result = consumer_check(consumer, err);
	return result ? result : store_write(database_store(database), bury, &burial, err);
}

/* A walk over the letters of one consumer, or of all for "". */
struct walk {
	struct arena *arena;
	const char *consumer;
	const char *after_consumer;
	uint64_t after;
	bool retrying;          /* only these */
	unsigned limit;
	struct letter_row *rows;
	size_t count;
	size_t octets;
	bool more;
};

static int take(struct store_txn *txn, struct walk *walk, const char *consumer, uint64_t sequence,
                struct bytes value)
{
	struct letter_row *row = &walk->rows[walk->count];
	int result = record_unpack_letter(value, &row->letter);
	if (result || (walk->retrying && !row->letter.retrying))
		return result;
	if (walk->count == walk->limit - 1 || walk->octets > BATCH_OCTETS) {
		walk->more = true;
		return 0;
	}
	row->consumer = arena_strdup(walk->arena, consumer);
	if (!row->consumer)
		return SIGNET_E_NOMEM;
	result = events_load(txn, walk->arena, sequence, &row->event, &walk->octets);
	walk->count += result == 0;
	return result;
}

/* At the first letter that the walk may want. */
static int start(const struct walk *walk, struct store_cursor *cursor)
{
	struct store_key key = letter_key(walk->consumer, 0);
	if (!*walk->after_consumer)
		return *walk->consumer ? store_seek(cursor, store_key_get(&key))
		                       : store_next(cursor);
	key = letter_key(walk->after_consumer, walk->after);
	int result = store_seek(cursor, store_key_get(&key));
	if (result == 0 && bytes_equal(store_cursor_key(cursor), store_key_get(&key)))
		result = store_next(cursor);
	return result;
}

static int visit(struct store_txn *txn, void *arg)
{
	struct walk *walk = arg;
	struct store_cursor *cursor;
	walk->count = walk->octets = 0;
	walk->more = false;
	int result = store_cursor_open(&cursor, txn, TABLE_LETTERS);
	if (result == 0)
		result = start(walk, cursor);
	while (result == 0 && !walk->more) {
		const char *consumer;
		uint64_t sequence;
		result = read_key(store_cursor_key(cursor), &consumer, &sequence);
		if (result == 0 && *walk->consumer && strcmp(consumer, walk->consumer) != 0)
			break;
		if (result == 0)
			result = take(txn, walk, consumer, sequence, store_cursor_value(cursor));
		if (result == 0)
			result = store_next(cursor);
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* Rows for one more than the limit: the last one tells whether there are others. */
static int prepare(struct walk *walk, struct error *err)
{
	if (walk->limit == 0 || walk->limit > BATCH_ROWS)
		walk->limit = BATCH_ROWS;
	walk->limit++;
	walk->rows = arena_array(walk->arena, walk->limit, sizeof *walk->rows);
	return walk->rows ? 0 : error_nomem(err);
}

static int run(struct database *database, struct walk *walk, store_function fn, struct error *err)
{
	int result = prepare(walk, err);
	if (result == 0)
		result = store_read(database_store(database), fn, walk, err);
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored letter does not read back");
	return result == SIGNET_E_NOMEM ? error_nomem(err) : result;
}

static int visit_retrying(struct store_txn *txn, void *arg)
{
	struct walk *walk = arg;
	struct letters_count count;
	int result = letters_counted(txn, walk->consumer, &count);
	return result || count.retrying == 0 ? result : visit(txn, walk);
}

int letters_read(struct database *database, struct arena *arena, const char *consumer,
                 unsigned limit, struct events_batch *out, struct error *err)
{
	struct walk walk = {.arena = arena, .consumer = consumer, .after_consumer = "",
	                    .limit = limit, .retrying = true};
	int result = consumer_check(consumer, err);
	if (result == 0)
		result = run(database, &walk, visit_retrying, err);
	if (result)
		return result;
	struct events_batch batch = {arena_array(arena, walk.count, sizeof *batch.rows),
	                             walk.count, 0};
	if (!batch.rows)
		return error_nomem(err);
	for (size_t i = 0; i < walk.count; i++)
		batch.rows[i] = walk.rows[i].event;
	*out = batch;
	return 0;
}

int letters_list(struct database *database, struct arena *arena, const char *consumer,
                 const char *after_consumer, uint64_t after, unsigned limit,
                 struct letter_row **out, size_t *count, bool *more, struct error *err)
{
	struct walk walk = {.arena = arena, .consumer = consumer, .limit = limit,
	                    .after_consumer = after_consumer, .after = after};
	if ((*consumer && consumer_check(consumer, err)) ||
	    (*after_consumer && consumer_check(after_consumer, err)))
		return SIGNET_E_INVALID;
	int result = run(database, &walk, visit, err);
	if (result)
		return result;
	*out = walk.rows;
	*count = walk.count;
	*more = walk.more;
	return 0;
}

struct settling {
	const char *consumer;
	uint64_t sequence;
	const char *actor;
};

static int settle(struct store_txn *txn, void *arg)
{
	const struct settling *settling = arg;
	struct store_key key = letter_key(settling->consumer, settling->sequence);
	const struct audit_entry audit = {.action = AUDIT_EXIT_DELIVERED, .actor = settling->actor,
	                                  .before = "retrying", .after = "published"};
	struct letters_count count;
	struct record_letter letter;
	struct bytes value;
	int result = store_get(txn, TABLE_LETTERS, store_key_get(&key), &value);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	result = record_unpack_letter(value, &letter);
	if (result == 0 && !letter.retrying)
		return SIGNET_E_STATE;
	if (result == 0)
		result = letters_counted(txn, settling->consumer, &count);
	if (result)
		return result;
	count.dead--;
	count.retrying--;
	store_delete(txn, TABLE_LETTERS, store_key_get(&key));
	result = tell(txn, &audit, settling->consumer, settling->sequence, NULL);
	return result ? result : write_counts(txn, settling->consumer, &count);
}

int letters_settle(struct database *database, const char *consumer, uint64_t sequence,
                   const char *actor, struct error *err)
{
	if (consumer_check(consumer, err))
		return SIGNET_E_INVALID;
	struct settling settling = {consumer, sequence, actor};
	int result = store_write(database_store(database), settle, &settling, err);
	if (result == SIGNET_E_STATE)
		return error_set(err, result, "dead letter %llu of '%s' was not sent back",
		                 (unsigned long long)sequence, consumer);
	return result;
}

struct moving {
	enum letters_move move;
	const char *consumer;
	uint64_t sequence;
	const char *actor;
	uint64_t moved;
};

static int move_one(struct store_txn *txn, struct moving *moving, uint64_t sequence,
                    struct bytes value, struct letters_count *count)
{
	struct store_key key = letter_key(moving->consumer, sequence);
	struct record_letter letter;
	int result = record_unpack_letter(value, &letter);
	if (result)
		return result;
	if (moving->move == LETTERS_DROP) {
		count->dead--;
		count->retrying -= letter.retrying;
		moving->moved++;
		return store_delete(txn, TABLE_LETTERS, store_key_get(&key));
	}
	if (letter.retrying)
		return 0;
	letter.retrying = true;
	count->retrying++;
	moving->moved++;
	return put_letter(txn, moving->consumer, sequence, &letter);
}

static int move_all(struct store_txn *txn, struct moving *moving, struct letters_count *count)
{
	struct store_key key = letter_key(moving->consumer, moving->sequence);
	struct store_cursor *cursor;
	bool found = false;
	int result = store_cursor_open(&cursor, txn, TABLE_LETTERS);
	if (result == 0)
		result = store_seek(cursor, store_key_get(&key));
	while (result == 0) {
		const char *consumer;
		uint64_t sequence;
		result = read_key(store_cursor_key(cursor), &consumer, &sequence);
		if (result || strcmp(consumer, moving->consumer) != 0 ||
		    (moving->sequence && sequence != moving->sequence))
			break;
		found = true;
		result = move_one(txn, moving, sequence, store_cursor_value(cursor), count);
		if (result == 0)
			result = store_next(cursor);
	}
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	return found ? 0 : SIGNET_E_NOT_FOUND;
}

int letters_forget(struct store_txn *txn, const char *consumer, uint64_t *count)
{
	struct moving moving = {.move = LETTERS_DROP, .consumer = consumer};
	struct store_key dead = counter_key(COUNTER_LETTERS, consumer);
	struct store_key retrying = counter_key(COUNTER_RETRYING, consumer);
	struct letters_count left;
	int result = letters_counted(txn, consumer, &left);
	if (result == 0)
		result = move_all(txn, &moving, &left);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	*count = moving.moved;
	store_delete(txn, TABLE_COUNTERS, store_key_get(&dead));
	store_delete(txn, TABLE_COUNTERS, store_key_get(&retrying));
	return store_error(txn);
}

#define COUNTS_SIZE 64

static void count_text(const struct letters_count *count, char out[COUNTS_SIZE])
{
	snprintf(out, COUNTS_SIZE, "%llu dead letters, %llu retrying",
	         (unsigned long long)count->dead, (unsigned long long)count->retrying);
}

static int write_audit(struct store_txn *txn, const struct moving *moving,
                       const struct letters_count *was, const struct letters_count *is)
{
	char detail[LIMIT_CONSUMER + 64], before[COUNTS_SIZE], after[COUNTS_SIZE];
	count_text(was, before);
	count_text(is, after);
	if (moving->sequence)
		snprintf(detail, sizeof detail, "exit %s: event %llu", moving->consumer,
		         (unsigned long long)moving->sequence);
	else
		snprintf(detail, sizeof detail, "exit %s: %llu events", moving->consumer,
		         (unsigned long long)moving->moved);
	const struct audit_entry entry = {
		clock_now(), moving->move == LETTERS_DROP ? AUDIT_EXIT_DROPPED : AUDIT_EXIT_RETRIED,
		moving->actor, 0, detail, NULL, before, after};
	return audit_append(txn, &entry);
}

static int move(struct store_txn *txn, void *arg)
{
	struct moving *moving = arg;
	struct letters_count before = {0}, count;
	moving->moved = 0;
	int result = letters_counted(txn, moving->consumer, &before);
	count = before;
	if (result == 0)
		result = move_all(txn, moving, &count);
	if (result == 0)
		result = write_counts(txn, moving->consumer, &count);
	return result ? result : write_audit(txn, moving, &before, &count);
}

int letters_move(struct database *database, enum letters_move how, const char *consumer,
                 uint64_t sequence, const char *actor, uint64_t *moved, struct error *err)
{
	if (consumer_check(consumer, err))
		return SIGNET_E_INVALID;
	struct moving moving = {how, consumer, sequence, actor, 0};
	int result = store_write(database_store(database), move, &moving, err);
	if (result == SIGNET_E_NOT_FOUND)
		return sequence ? error_set(err, result, "'%s' has no dead letter %llu", consumer,
		                            (unsigned long long)sequence)
		                : error_set(err, result, "'%s' has no dead letters", consumer);
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored letter does not read back");
	if (result == 0)
		*moved = moving.moved;
	return result;
}
