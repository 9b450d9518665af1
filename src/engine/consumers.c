#include "engine/consumers.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/text.h"
#include "engine/letters.h"

/* A module that takes so long is shown: none that works, or waits to try again, is silent for so long. */
#define SILENCE_S 180

/* What one consumer said last. */
struct head {
	char name[LIMIT_CONSUMER + 1];
	int64_t heard;
	unsigned tries;
	char trouble[LIMIT_CONSUMER_SAYS + 1];
	struct signet_exit_counts counts;
};

struct consumers {
	struct database *database;
	int64_t started;
	pthread_mutex_t lock; /* guards the heads */
	struct head *heads[LIMIT_CONSUMERS];
	size_t head_count;
	struct rates published, failed;
};

int consumers_new(struct consumers **out, struct database *database, struct error *err)
{
	struct consumers *consumers = calloc(1, sizeof *consumers);
	if (!consumers)
		return error_nomem(err);
	consumers->database = database;
	consumers->started = clock_now();
	pthread_mutex_init(&consumers->lock, NULL);
	*out = consumers;
	return 0;
}

void consumers_free(struct consumers *consumers)
{
	if (!consumers)
		return;
	for (size_t i = 0; i < consumers->head_count; i++)
		free(consumers->heads[i]);
	pthread_mutex_destroy(&consumers->lock);
	free(consumers);
}

int consumer_check(const char *name, struct error *err)
{
	size_t length = strlen(name);
	if (length == 0 || length > LIMIT_CONSUMER)
		return error_set(err, SIGNET_E_INVALID, "a consumer's name has 1 to %d characters",
		                 LIMIT_CONSUMER);
	if (!text_is_printable(bytes_text(name)))
		return error_set(err, SIGNET_E_INVALID,
		                 "a consumer's name is made of printable ASCII characters");
	return 0;
}

void consumer_clean(char out[LIMIT_CONSUMER_SAYS + 1], const char *said)
{
	struct bytes rest = bytes_text(said);
	size_t length = 0;
	while (rest.length) {
		size_t n = text_utf8_length(rest);
		/* C1 controls steer terminals as the others do */
		bool control = *rest.data < 0x20 || *rest.data == 0x7f ||
		               (n == 2 && rest.data[0] == 0xc2 && rest.data[1] < 0xa0);
		size_t put = n == 0 || control ? 1 : n;
		if (length + put > LIMIT_CONSUMER_SAYS)
			break;
		if (n == 0 || control)
			out[length] = '?';
		else
			memcpy(out + length, rest.data, n);
		length += put;
		rest = bytes_make(rest.data + (n ? n : 1), rest.length - (n ? n : 1));
	}
	out[length] = '\0';
}

static int put_cursor(struct store_txn *txn, const char *name, uint64_t sequence)
{
	struct store_key number = store_key_number(sequence);
	return store_put(txn, TABLE_CONSUMERS, bytes_text(name), store_key_get(&number));
}

int consumer_enter(struct store_txn *txn, const char *name)
{
	if (store_has(txn, TABLE_CONSUMERS, bytes_text(name)))
		return 0;
	if (store_count(txn, TABLE_CONSUMERS) >= LIMIT_CONSUMERS)
		return SIGNET_E_TOO_BIG;
	return put_cursor(txn, name, 0);
}

struct cursor {
	const char *name;
	uint64_t sequence;
};

static int read_cursor(struct store_txn *txn, void *arg)
{
	struct cursor *cursor = arg;
	struct bytes value;
	int result = store_get(txn, TABLE_CONSUMERS, bytes_text(cursor->name), &value);
	cursor->sequence = result == 0 ? store_key_to_u64(value) : 0;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int consumers_cursor(struct consumers *consumers, const char *name, uint64_t *out,
                     struct error *err)
{
	struct cursor cursor = {name, 0};
	int result = consumer_check(name, err);
	if (result == 0)
		result = store_read(database_store(consumers->database), read_cursor, &cursor, err);
	if (result == 0)
		*out = cursor.sequence;
	return result;
}

static int write_cursor(struct store_txn *txn, void *arg)
{
	const struct cursor *cursor = arg;
	struct bytes value;
	uint64_t next;
	if (database_next(txn, TABLE_EVENTS, &next))
		return store_error(txn);
	if (cursor->sequence >= next)
		return SIGNET_E_INVALID;
	int result = consumer_enter(txn, cursor->name);
	if (result)
		return result;
	result = store_get(txn, TABLE_CONSUMERS, bytes_text(cursor->name), &value);
	if (result || store_key_to_u64(value) >= cursor->sequence)
		return result;
	return put_cursor(txn, cursor->name, cursor->sequence);
}

int consumers_advance(struct consumers *consumers, const char *name, uint64_t sequence,
                      struct error *err)
{
	struct cursor cursor = {name, sequence};
	if (consumer_check(name, err))
		return SIGNET_E_INVALID;
	int result = store_write(database_store(consumers->database), write_cursor, &cursor, err);
	if (result == SIGNET_E_INVALID)
		return error_set(err, result, "there is no event %llu yet",
		                 (unsigned long long)sequence);
	if (result == SIGNET_E_TOO_BIG)
		return error_set(err, result, "there are %d consumers already", LIMIT_CONSUMERS);
	return result;
}

static struct head *find_head(struct consumers *consumers, const char *name)
{
	for (size_t i = 0; i < consumers->head_count; i++)
		if (strcmp(consumers->heads[i]->name, name) == 0)
			return consumers->heads[i];
	return NULL;
}

static struct head *add_head(struct consumers *consumers, const char *name)
{
	if (consumers->head_count == LIMIT_CONSUMERS)
		return NULL;
	struct head *head = calloc(1, sizeof *head);
	if (!head)
		return NULL;
	memcpy(head->name, name, strlen(name) + 1);
	consumers->heads[consumers->head_count++] = head;
	return head;
}

static void follow(struct consumers *consumers, const struct signet_exit_counts *last,
                   const struct signet_exit_counts *now)
{
	rates_follow(&consumers->published, clock_now(), last->published, now->published);
	rates_follow(&consumers->failed, clock_now(), last->failed, now->failed);
}

void consumers_read_rates(struct consumers *consumers, int64_t now, uint32_t done[RATES_MINUTES],
                          uint32_t failed[RATES_MINUTES])
{
	rates_read(&consumers->published, now, done);
	rates_read(&consumers->failed, now, failed);
}

void consumers_note(struct consumers *consumers, const char *name,
                    const struct consumer_says *says)
{
	if (consumer_check(name, NULL))
		return;
	pthread_mutex_lock(&consumers->lock);
	struct head *head = find_head(consumers, name);
	/* what one did before it is heard for the first time was not now */
	if (head)
		follow(consumers, &head->counts, &says->counts);
	else
		head = add_head(consumers, name);
	if (head) {
		head->heard = clock_now();
		head->tries = says->tries;
		head->counts = says->counts;
		consumer_clean(head->trouble, says->trouble);
	}
	pthread_mutex_unlock(&consumers->lock);
}

struct forgetting {
	const char *name, *actor;
	bool heard; /* it has said something since the start */
	uint64_t cursor;
	struct signet_forgotten given_up;
};

static int write_forgotten(struct store_txn *txn, const struct forgetting *f)
{
	char detail[LIMIT_CONSUMER + 128], before[64];
	snprintf(detail, sizeof detail, "exit %s: %llu events and %llu dead letters given up", f->name,
	         (unsigned long long)f->given_up.waiting, (unsigned long long)f->given_up.letters);
	snprintf(before, sizeof before, "cursor %llu, %llu dead letters",
	         (unsigned long long)f->cursor, (unsigned long long)f->given_up.letters);
	const struct audit_entry entry = {clock_now(), AUDIT_EXIT_FORGOTTEN, f->actor, 0, detail,
	                                  NULL, before, "unknown"};
	return audit_append(txn, &entry);
}

static int forget(struct store_txn *txn, void *arg)
{
	struct forgetting *f = arg;
	struct bytes value;
	uint64_t next;
	int result = store_get(txn, TABLE_CONSUMERS, bytes_text(f->name), &value);
	f->cursor = 0;
	if (result == 0)
		f->cursor = store_key_to_u64(value);
	else if (result != SIGNET_E_NOT_FOUND || !f->heard)
		return result;
	if (database_next(txn, TABLE_EVENTS, &next))
		return store_error(txn);
	f->given_up.waiting = next - 1 - f->cursor;
	if (result == 0)
		store_delete(txn, TABLE_CONSUMERS, bytes_text(f->name));
	result = letters_forget(txn, f->name, &f->given_up.letters);
	return result ? result : write_forgotten(txn, f);
}

static void remove_head(struct consumers *consumers, const char *name)
{
	pthread_mutex_lock(&consumers->lock);
	for (size_t i = 0; i < consumers->head_count; i++) {
		if (strcmp(consumers->heads[i]->name, name) != 0)
			continue;
		free(consumers->heads[i]);
		consumers->heads[i] = consumers->heads[--consumers->head_count];
		break;
	}
	pthread_mutex_unlock(&consumers->lock);
}

int consumers_forget(struct consumers *consumers, const char *name, const char *actor,
                     struct signet_forgotten *out, struct error *err)
{
	struct forgetting f = {.name = name, .actor = actor};
	if (consumer_check(name, err))
		return SIGNET_E_INVALID;
	pthread_mutex_lock(&consumers->lock);
	f.heard = find_head(consumers, name) != NULL;
	pthread_mutex_unlock(&consumers->lock);
	int result = store_write(database_store(consumers->database), forget, &f, err);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, result, "there is no exit '%s'", name);
	if (result)
		return result;
	remove_head(consumers, name);
	*out = f.given_up;
	return 0;
}

struct listing {
	struct arena *arena;
	struct signet_consumer_status *list;
	size_t count;
	uint64_t newest;
	int64_t oldest; /* time of the first event that there is; 0: there is none */
};

/* The time of the first event behind the cursor; 0: there is none. Older ones may be pruned. */
static int find_oldest(struct store_txn *txn, uint64_t sequence, int64_t *out)
{
	struct store_key key = store_key_number(sequence + 1);
	struct store_cursor *cursor;
	*out = 0;
	int result = store_cursor_open(&cursor, txn, TABLE_EVENTS);
	if (result)
		return result;
	result = store_seek(cursor, store_key_get(&key));
	if (result == 0)
		*out = record_event_time(store_cursor_value(cursor));
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int add_status(struct store_txn *txn, struct listing *listing, struct bytes name,
                      uint64_t cursor)
{
	struct signet_consumer_status *status = &listing->list[listing->count++];
	struct letters_count letters;
	*status = (struct signet_consumer_status){.cursor = cursor, .trouble = ""};
	status->name = arena_text(listing->arena, name);
	status->waiting = listing->newest - cursor;
	if (!status->name)
		return SIGNET_E_NOMEM;
	int result = letters_counted(txn, status->name, &letters);
	status->dead = letters.dead;
	status->retrying = letters.retrying;
	return result ? result : find_oldest(txn, cursor, &status->oldest);
}

static int read_consumers(struct store_txn *txn, void *arg)
{
	struct listing *listing = arg;
	struct store_cursor *cursor;
	uint64_t next = 1;
	listing->count = 0;
	int result = database_next(txn, TABLE_EVENTS, &next);
	listing->newest = next - 1;
	if (result == 0)
		result = find_oldest(txn, 0, &listing->oldest);
	if (result == 0)
		result = store_cursor_open(&cursor, txn, TABLE_CONSUMERS);
	if (result == 0)
		result = store_next(cursor);
	while (result == 0 && listing->count < LIMIT_CONSUMERS) {
		result = add_status(txn, listing, store_cursor_key(cursor),
		                    store_key_to_u64(store_cursor_value(cursor)));
		if (result == 0)
			result = store_next(cursor);
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* One that has not got anything done yet has no cursor, but is the one that people look for. */
static int add_head_status(struct listing *listing, const struct head *head)
{
	struct signet_consumer_status *status = NULL;
	for (size_t i = 0; i < listing->count && !status; i++)
		if (strcmp(listing->list[i].name, head->name) == 0)
			status = &listing->list[i];
	if (!status && listing->count == LIMIT_CONSUMERS)
		return 0;
	if (!status) {
		status = &listing->list[listing->count++];
		*status = (struct signet_consumer_status){.waiting = listing->newest,
		                                          .oldest = listing->oldest};
		status->name = arena_strdup(listing->arena, head->name);
	}
	status->tries = head->tries;
	status->counts = head->counts;
	status->trouble = arena_strdup(listing->arena, head->trouble);
	return status->name && status->trouble ? 0 : SIGNET_E_NOMEM;
}

/* One that hangs, or that nobody runs any more, cannot say so itself. */
static int note_silence(struct consumers *consumers, struct arena *arena,
                        struct signet_consumer_status *status)
{
	const struct head *head = find_head(consumers, status->name);
	int64_t silent = clock_now() - (head ? head->heard : consumers->started);
	if (status->waiting == 0 || *status->trouble || silent < SILENCE_S)
		return 0;
	status->trouble = arena_printf(arena, "silent for %lld minutes: it hangs, or is not run",
	                               (long long)(silent / 60));
	return status->trouble ? 0 : SIGNET_E_NOMEM;
}

static int compare_names(const void *a, const void *b)
{
	const struct signet_consumer_status *x = a, *y = b;
	return strcmp(x->name, y->name);
}

int consumers_list(struct consumers *consumers, struct arena *arena,
                   struct signet_consumer_status **out, size_t *count, struct error *err)
{
	struct listing listing = {
		.arena = arena, .list = arena_array(arena, LIMIT_CONSUMERS, sizeof *listing.list)};
	if (!listing.list)
		return error_nomem(err);
	int result = store_read(database_store(consumers->database), read_consumers, &listing, err);
	pthread_mutex_lock(&consumers->lock);
	for (size_t i = 0; result == 0 && i < consumers->head_count; i++)
		result = add_head_status(&listing, consumers->heads[i]);
	for (size_t i = 0; result == 0 && i < listing.count; i++)
		result = note_silence(consumers, arena, &listing.list[i]);
	pthread_mutex_unlock(&consumers->lock);
	if (result)
		return result == SIGNET_E_NOMEM ? error_nomem(err) : result;
	qsort(listing.list, listing.count, sizeof *listing.list, compare_names);
	*out = listing.list;
	*count = listing.count;
	return 0;
}
