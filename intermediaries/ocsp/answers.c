#include "intermediaries/ocsp/answers.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "crypto/hash.h"

#define RENEWED_IN 8 /* the last part of its time, in which an answer is due */

struct entry {
	uint8_t key[ANSWERS_KEY];
	struct answer *answer;
	int64_t due;            /* when it is to be renewed */
	bool doubtful;
	struct entry *chained;  /* in its bucket */
	struct entry *newer, *older;
};

struct answers {
	pthread_mutex_t lock;   /* guards all below but what is never changed */
	uint64_t epoch;
	size_t count;
	size_t doubtful;        /* of them */
	size_t most;            /* never changed, as the next three */
	size_t mask;            /* buckets - 1 */
	struct entry **buckets;
	uint8_t seed[32];       /* nobody outside knows which requests share a bucket */
	struct entry *newest, *oldest;
};

int answers_new(struct answers **out, size_t most, struct error *err)
{
	size_t buckets = 1;
	while (buckets < most)
		buckets *= 2;
	struct answers *answers = calloc(1, sizeof *answers);
	if (!answers)
		return error_nomem(err);
	pthread_mutex_init(&answers->lock, NULL);
	answers->most = most;
	answers->mask = buckets - 1;
	answers->buckets = calloc(buckets, sizeof *answers->buckets);
	if (!answers->buckets || random_octets(answers->seed, sizeof answers->seed)) {
		answers_free(answers);
		return error_nomem(err);
	}
	*out = answers;
	return 0;
}

int answers_key(const struct answers *answers, const char *authority,
                const struct bytes *parts, size_t count, uint8_t key[ANSWERS_KEY])
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(1 << 17);
	buffer_append(&text, answers->seed, sizeof answers->seed);
	buffer_append(&text, authority, strlen(authority) + 1);
	for (size_t i = 0; i < count; i++)
		buffer_append_bytes(&text, parts[i]);
	return text.error ? text.error : hash_compute(HASH_SHA256, buffer_bytes(&text), key);
}

/* ---- under the lock ---- */

static struct entry **bucket_of(struct answers *answers, const uint8_t *key)
{
	size_t number;
	memcpy(&number, key, sizeof number);
	return &answers->buckets[number & answers->mask];
}

static struct entry *find(struct answers *answers, const uint8_t *key)
{
	struct entry *entry = *bucket_of(answers, key);
	while (entry && memcmp(entry->key, key, ANSWERS_KEY) != 0)
		entry = entry->chained;
	return entry;
}

static void leave_order(struct answers *answers, struct entry *entry)
{
	*(entry->newer ? &entry->newer->older : &answers->newest) = entry->older;
	*(entry->older ? &entry->older->newer : &answers->oldest) = entry->newer;
}

static void be_newest(struct answers *answers, struct entry *entry)
{
	entry->newer = NULL;
	entry->older = answers->newest;
	*(answers->newest ? &answers->newest->newer : &answers->oldest) = entry;
	answers->newest = entry;
}

/* Its answer is then the caller's. */
static struct answer *take_out(struct answers *answers, struct entry *entry)
{
	struct entry **at = bucket_of(answers, entry->key);
	struct answer *answer = entry->answer;
	while (*at != entry)
		at = &(*at)->chained;
	*at = entry->chained;
	leave_order(answers, entry);
	answers->count--;
	answers->doubtful -= entry->doubtful;
	free(entry);
	return answer;
}

static void forget_all(struct answers *answers)
{
	while (answers->oldest)
		answer_release(take_out(answers, answers->oldest));
}

/* ---- for everybody ---- */

void answers_free(struct answers *answers)
{
	if (!answers)
		return;
	forget_all(answers);
	free(answers->buckets);
	pthread_mutex_destroy(&answers->lock);
	explicit_bzero(answers->seed, sizeof answers->seed);
	free(answers);
}

static enum answers_state judge(struct entry *entry, int64_t now)
{
	if (entry->doubtful)
		return ANSWERS_DOUBTFUL;
	if (now < entry->due)
		return ANSWERS_READY;
	entry->due = INT64_MAX; /* who asked first renews it */
	return ANSWERS_DUE;
}

enum answers_state answers_find(struct answers *answers, const uint8_t key[ANSWERS_KEY],
                                struct answer **out)
{
	enum answers_state state = ANSWERS_NONE;
	struct answer *gone = NULL;
	int64_t now = clock_now();
	pthread_mutex_lock(&answers->lock);
	struct entry *entry = find(answers, key);
	if (entry && entry->answer->next_update <= now) {
		gone = take_out(answers, entry);
	} else if (entry) {
		leave_order(answers, entry);
		be_newest(answers, entry);
		state = judge(entry, now);
		*out = answer_keep(entry->answer);
	}
	pthread_mutex_unlock(&answers->lock);
	answer_release(gone);
	return state;
}

uint64_t answers_epoch(struct answers *answers)
{
	pthread_mutex_lock(&answers->lock);
	uint64_t epoch = answers->epoch;
	pthread_mutex_unlock(&answers->lock);
	return epoch;
}

static int64_t due_time(const struct answer *answer)
{
	return answer->next_update - (answer->next_update - answer->this_update) / RENEWED_IN;
}

/* The entry of this key, a new one if need be: NULL without memory. *gone: what made room. */
static struct entry *entry_for(struct answers *answers, const uint8_t *key, struct answer **gone)
{
	struct entry *entry = find(answers, key);
	if (entry) {
		leave_order(answers, entry);
		*gone = entry->answer;
	} else if ((entry = calloc(1, sizeof *entry))) {
		if (answers->count == answers->most)
			*gone = take_out(answers, answers->oldest);
		struct entry **bucket = bucket_of(answers, key);
		memcpy(entry->key, key, ANSWERS_KEY);
		entry->chained = *bucket;
		*bucket = entry;
		answers->count++;
	}
	return entry;
}

void answers_put(struct answers *answers, const uint8_t key[ANSWERS_KEY], struct answer *answer,
                 uint64_t epoch)
{
	struct answer *gone = NULL;
	if (answers->most == 0 || answer_size(answer) > ANSWERS_SIZE_MAX ||
	    answer->next_update <= clock_now())
		return;
	pthread_mutex_lock(&answers->lock);
	struct entry *entry = epoch == answers->epoch ? entry_for(answers, key, &gone) : NULL;
	if (entry) {
		be_newest(answers, entry);
		entry->answer = answer_keep(answer);
		entry->due = due_time(answer);
		answers->doubtful -= entry->doubtful;
		entry->doubtful = false;
	}
	pthread_mutex_unlock(&answers->lock);
	answer_release(gone);
}

void answers_not_renewed(struct answers *answers, const uint8_t key[ANSWERS_KEY])
{
	pthread_mutex_lock(&answers->lock);
	struct entry *entry = find(answers, key);
	if (entry && entry->due == INT64_MAX)
		entry->due = clock_now() + ANSWERS_RETRY;
	pthread_mutex_unlock(&answers->lock);
}

static int compare_serials(const void *a, const void *b)
{
	return bytes_compare(*(const struct bytes *)a, *(const struct bytes *)b);
}

static bool speaks_of(const struct answer *answer, const struct bytes *sorted, size_t count)
{
	for (size_t i = 0; i < answer->serial_count; i++)
		if (bsearch(&answer->serials[i], sorted, count, sizeof *sorted, compare_serials))
			return true;
	return false;
}

int answers_forget(struct answers *answers, const struct bytes *serials, size_t count,
                   answers_function function, void *arg)
{
	struct bytes *sorted = calloc(count + 1, sizeof *sorted);
	struct entry *next;
	if (sorted && count)
		memcpy(sorted, serials, count * sizeof *sorted);
	if (sorted)
		qsort(sorted, count, sizeof *sorted, compare_serials);
	pthread_mutex_lock(&answers->lock);
	answers->epoch++;
	if (!sorted)
		forget_all(answers);
	for (struct entry *entry = answers->oldest; sorted && entry; entry = next) {
		next = entry->newer;
		if (!speaks_of(entry->answer, sorted, count))
			continue;
		uint8_t key[ANSWERS_KEY];
		memcpy(key, entry->key, sizeof key);
		function(arg, take_out(answers, entry), key);
	}
	pthread_mutex_unlock(&answers->lock);
	free(sorted);
	return sorted ? 0 : SIGNET_E_NOMEM;
}

void answers_doubt(struct answers *answers)
{
	pthread_mutex_lock(&answers->lock);
	answers->epoch++;
	for (struct entry *entry = answers->oldest; entry; entry = entry->newer)
		entry->doubtful = true;
	answers->doubtful = answers->count;
	pthread_mutex_unlock(&answers->lock);
}

size_t answers_count(struct answers *answers)
{
	pthread_mutex_lock(&answers->lock);
	size_t count = answers->count;
	pthread_mutex_unlock(&answers->lock);
	return count;
}

size_t answers_count_doubtful(struct answers *answers)
{
	pthread_mutex_lock(&answers->lock);
	size_t count = answers->doubtful;
	pthread_mutex_unlock(&answers->lock);
	return count;
}
