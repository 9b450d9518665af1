#include "base/pool.h"

#include <pthread.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"

struct job {
	pool_job run;
	void *arg;
	int64_t due;     /* clock_monotonic_us */
	uint64_t number; /* jobs that are due at once run in the order in which they came */
};

struct pool {
	pthread_mutex_t lock; /* guards all below */
	pthread_cond_t idle;  /* threads with nothing to do wait here */
	pthread_cond_t timer; /* the one thread that waits for the next job's time, here */
	bool watched;         /* there is such a thread */
	size_t idle_count;    /* threads that wait at idle */
	struct job *heap; /* a binary heap, the next one due first */
	size_t count;
	size_t capacity;
	uint64_t next_number;
	bool stopping;
	pthread_t *threads;
	size_t thread_count;
};

static bool before(const struct job *a, const struct job *b)
{
	return a->due != b->due ? a->due < b->due : a->number < b->number;
}

static void swap(struct job *a, struct job *b)
{
	struct job t = *a;
	*a = *b;
	*b = t;
}

static void heap_push(struct pool *pool, struct job job)
{
	size_t at = pool->count++;
	pool->heap[at] = job;
	while (at && before(&pool->heap[at], &pool->heap[(at - 1) / 2])) {
		swap(&pool->heap[at], &pool->heap[(at - 1) / 2]);
		at = (at - 1) / 2;
	}
}

static struct job heap_pop(struct pool *pool)
{
	struct job first = pool->heap[0];
	pool->heap[0] = pool->heap[--pool->count];
	for (size_t at = 0;;) {
		size_t least = at, child = 2 * at + 1;
		for (size_t c = child; c < child + 2 && c < pool->count; c++)
			if (before(&pool->heap[c], &pool->heap[least]))
				least = c;
		if (least == at)
			return first;
		swap(&pool->heap[at], &pool->heap[least]);
		at = least;
	}
}

/* Where the one waits who is needed for the first job of the heap: a thread to run it, or one to
 * wait for its time; NULL when nobody is. Whoever takes a job asks this again, so that no need is
 * lost when two come at once. The signal is given without the lock, which the one who is woken
 * wants first. */
static pthread_cond_t *needed(struct pool *pool)
{
	if (!pool->count)
		return NULL;
	bool due = pool->heap[0].due <= clock_monotonic_us();
	if (pool->idle_count && (due || !pool->watched))
		return &pool->idle;
	return due && pool->watched ? &pool->timer : NULL;
}

static void wake(pthread_cond_t *condition)
{
	if (condition)
		pthread_cond_signal(condition);
}

static void watch(struct pool *pool)
{
	pool->watched = true;
	clock_wait(&pool->timer, &pool->lock, pool->heap[0].due);
	pool->watched = false;
}

static void *worker(void *arg)
{
	struct pool *pool = arg;
	pthread_mutex_lock(&pool->lock);
	while (!pool->stopping) {
		if (pool->count && pool->heap[0].due <= clock_monotonic_us()) {
			struct job job = heap_pop(pool);
			pthread_cond_t *condition = needed(pool);
			pthread_mutex_unlock(&pool->lock);
			wake(condition);
			job.run(job.arg);
			pthread_mutex_lock(&pool->lock);
		} else if (pool->count && !pool->watched) {
			watch(pool);
		} else {
			pool->idle_count++;
			pthread_cond_wait(&pool->idle, &pool->lock);
			pool->idle_count--;
		}
	}
	pthread_mutex_unlock(&pool->lock);
	return NULL;
}

int pool_new(struct pool **out, const char *name, size_t threads, size_t queue_max,
             struct error *err)
{
	struct pool *pool = calloc(1, sizeof *pool);
	if (!pool)
		return error_nomem(err);
	clock_condition_init(&pool->idle);
	clock_condition_init(&pool->timer);
	pthread_mutex_init(&pool->lock, NULL);
	pool->capacity = queue_max;
	pool->heap = calloc(queue_max, sizeof *pool->heap);
	pool->threads = calloc(threads, sizeof *pool->threads);
	if (!pool->heap || !pool->threads) {
		pool_free(pool);
		return error_nomem(err);
	}
	for (; pool->thread_count < threads; pool->thread_count++) {
		pthread_t *thread = &pool->threads[pool->thread_count];
		if (pthread_create(thread, NULL, worker, pool)) {
			pool_free(pool);
			return error_set(err, SIGNET_E_NOMEM, "cannot start a thread of %s", name);
		}
		char shown[16]; /* the kernel keeps 15 characters and refuses more */
		snprintf(shown, sizeof shown, "%s", name);
		pthread_setname_np(*thread, shown);
	}
	*out = pool;
	return 0;
}

int pool_add(struct pool *pool, pool_job job, void *arg, int64_t delay_us)
{
	int64_t due;
	int result = 0;
	pthread_cond_t *condition = NULL;
	if (__builtin_add_overflow(clock_monotonic_us(), delay_us > 0 ? delay_us : 0, &due))
		due = INT64_MAX;
	pthread_mutex_lock(&pool->lock);
	if (pool->stopping)
		result = SIGNET_E_STATE;
	else if (pool->count == pool->capacity)
		result = SIGNET_E_TOO_BIG;
	if (result == 0) {
		heap_push(pool, (struct job){job, arg, due, pool->next_number++});
		condition = needed(pool);
		/* the time that is waited for has come nearer */
		if (!condition && pool->watched && pool->heap[0].due == due)
			condition = &pool->timer;
	}
	pthread_mutex_unlock(&pool->lock);
	wake(condition);
	return result;
}

size_t pool_waiting(struct pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	size_t count = pool->count;
	pthread_mutex_unlock(&pool->lock);
	return count;
}

void pool_stop(struct pool *pool, pool_job drop)
{
	pthread_mutex_lock(&pool->lock);
	pool->stopping = true;
	pthread_cond_broadcast(&pool->idle);
	pthread_cond_broadcast(&pool->timer);
	pthread_mutex_unlock(&pool->lock);
	for (size_t i = 0; i < pool->thread_count; i++)
		pthread_join(pool->threads[i], NULL);
	pool->thread_count = 0;
	pthread_mutex_lock(&pool->lock);
	while (pool->count) {
		struct job job = heap_pop(pool);
		pthread_mutex_unlock(&pool->lock);
		if (drop)
			drop(job.arg);
		pthread_mutex_lock(&pool->lock);
	}
	pthread_mutex_unlock(&pool->lock);
}

void pool_free(struct pool *pool)
{
	if (!pool)
		return;
	pool_stop(pool, NULL);
	pthread_cond_destroy(&pool->idle);
	pthread_cond_destroy(&pool->timer);
	pthread_mutex_destroy(&pool->lock);
	free(pool->heap);
	free(pool->threads);
	free(pool);
}
