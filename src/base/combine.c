#include "base/combine.h"

#include <errno.h>
#include <limits.h>
#include <linux/futex.h>
#include <pthread.h>
#include <stdlib.h>
#include <sys/syscall.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/error.h"

#define TURNS 64

enum { WAITS, LEADS, DONE };

/* What those wait for who stand in line at the same time: they mostly go together, and one system call
 * wakes them then. When others hear it, too, they look and wait on. */
struct bells {
	_Atomic uint32_t first; /* of the one at the head, who is to lead */
	_Atomic uint32_t rest;
};

struct combiner {
	combine_function carry;
	void *arg;
	unsigned lanes, lanes_most;
	size_t most;
	pthread_mutex_t lock;       /* guards what follows */
	unsigned used;              /* lanes; as many as there are while somebody stands in line */
	size_t limit;               /* items that are handed over at a time, at present */
	struct combine_item *first; /* in line */
	struct combine_item *last;
	unsigned turn;              /* whose bells those hear who come now */
	struct bells bells[TURNS];
};

/* ---- bells ---- */

/* Waits for the bell, unless it was rung since it said this. true: the time is up. */
static bool bell_wait(_Atomic uint32_t *bell, uint32_t rung, int64_t until_us)
{
	const struct timespec until = {until_us / 1000000, until_us % 1000000 * 1000};
	return syscall(SYS_futex, bell, FUTEX_WAIT_BITSET_PRIVATE, rung, &until, NULL,
	               FUTEX_BITSET_MATCH_ANY) && errno == ETIMEDOUT;
}

static void bell_ring(_Atomic uint32_t *bell)
{
	atomic_fetch_add(bell, 1);
	syscall(SYS_futex, bell, FUTEX_WAKE_PRIVATE, INT_MAX, NULL, NULL, 0);
}

/* Tells the items, NULL for none, what they are now. They are gone with it; the bells are not. */
static void wake(struct combine_item *item, int state)
{
	_Atomic uint32_t *bell = NULL;
	while (item) {
		struct combine_item *next = state == DONE ? item->next : NULL;
		if (bell && bell != item->bell)
			bell_ring(bell);
		bell = item->bell;
		atomic_store(&item->state, state);
		item = next;
	}
	if (bell)
		bell_ring(bell);
}

struct combiner *combiner_new(unsigned lanes, unsigned lanes_most, size_t most,
                              combine_function carry, void *arg)
{
	struct combiner *c = calloc(1, sizeof *c);
	if (!c)
		return NULL;
	*c = (struct combiner){.carry = carry, .arg = arg, .lanes = lanes,
	                       .lanes_most = lanes_most, .most = most, .limit = most};
	pthread_mutex_init(&c->lock, NULL);
	return c;
}

void combiner_free(struct combiner *c)
{
	if (!c)
		return;
	pthread_mutex_destroy(&c->lock);
	free(c);
}

/* ---- under the lock ---- */

static void append(struct combiner *c, struct combine_item *item)
{
	struct bells *bells = &c->bells[c->turn % TURNS];
	item->bell = c->first ? &bells->rest : &bells->first;
	*(c->first ? &c->last->next : &c->first) = item;
	c->last = item;
	item->in_line = true;
}

static void leave(struct combiner *c, struct combine_item *item)
{
	struct combine_item **at = &c->first, *before = NULL;
	for (; *at != item; at = &(*at)->next)
		before = *at;
	*at = item->next;
	if (c->last == item)
		c->last = before;
	item->in_line = false;
}

/* As many as may be carried together, from the head of the line, which is not empty. */
static struct combine_item *take(struct combiner *c)
{
	struct combine_item *head = c->first, *item = head;
	for (head->count = 1; item->next && head->count < c->limit; head->count++) {
		item->in_line = false;
		item = item->next;
	}
	item->in_line = false;
	c->first = item->next;
	item->next = NULL;
	c->turn++;
	return head;
}

static void put_back(struct combiner *c, struct combine_item *items)
{
	struct combine_item *item = items;
	for (;; item = item->next) {
		item->in_line = true;
		if (!item->next)
			break;
	}
	item->next = c->first;
	if (!c->first)
		c->last = item;
	c->first = items;
}

/* The lane goes on with these; NULL when it is closed. */
static struct combine_item *hand_over(struct combiner *c)
{
	if (c->first && c->used <= c->lanes)
		return take(c);
	c->used--;
	return NULL;
}

static void learn(struct combiner *c, size_t count, size_t carried)
{
	if (carried < count)
		c->limit = carried;
	else if (count == c->limit)
		c->limit = 2 * count < c->most ? 2 * count : c->most;
}

/* ---- */

static void lead(struct combiner *c, struct combine_item *items)
{
	size_t count = items->count, carried = c->carry(c->arg, items, count);
	struct combine_item *last = items;
	for (size_t i = 1; i < carried; i++)
		last = last->next;
	struct combine_item *rest = last->next;
	last->next = NULL;
	pthread_mutex_lock(&c->lock);
	learn(c, count, carried);
	if (rest)
		put_back(c, rest);
	struct combine_item *leader = hand_over(c);
	pthread_mutex_unlock(&c->lock);
	/* the lane first: what is done can wait, a lane that was idle is lost */
	wake(leader, LEADS);
	wake(items->next, DONE);
}

/* What becomes of one that has waited for long. true: it stands in line no more, with this result or, if
 * that is 0, leads. */
static bool lose_patience(struct combiner *c, struct combine_item *item, int *result)
{
	struct combine_item *leader = NULL;
	bool left = false;
	pthread_mutex_lock(&c->lock);
	if (item->in_line && clock_monotonic_us() >= item->deadline) {
		leave(c, item);
		*result = SIGNET_E_TIMEOUT;
		left = true;
	} else if (item->in_line && c->used < c->lanes_most) {
		c->used++;
		leader = take(c);
		left = leader == item;
	}
	pthread_mutex_unlock(&c->lock);
	if (!left)
		wake(leader, LEADS);
	return left;
}

static int64_t earlier(int64_t a, int64_t b)
{
	return a < b ? a : b;
}

/* Until it was carried, has to lead, or its time is up. */
static int wait(struct combiner *c, struct combine_item *item)
{
	int result = 0;
	int64_t until = earlier(clock_monotonic_us() + COMBINE_PATIENCE_US, item->deadline);
	for (;;) {
		uint32_t rung = atomic_load(item->bell);
		if (atomic_load(&item->state) != WAITS)
			return 0;
		if (!bell_wait(item->bell, rung, until))
			continue;
		if (lose_patience(c, item, &result))
			return result;
		/* past its deadline it is being carried: there is an end to that */
		int64_t now = clock_monotonic_us();
		until = now + COMBINE_PATIENCE_US;
		if (now < item->deadline)
			until = earlier(until, item->deadline);
	}
}

int combiner_run(struct combiner *c, struct combine_item *item)
{
	item->next = NULL;
	item->count = 1;
	item->in_line = false;
	atomic_init(&item->state, WAITS);
	pthread_mutex_lock(&c->lock);
	bool free_lane = c->used < c->lanes;
	if (free_lane)
		c->used++;
	else
		append(c, item);
	pthread_mutex_unlock(&c->lock);
	int result = free_lane ? 0 : wait(c, item);
	if (result == 0 && atomic_load(&item->state) != DONE)
		lead(c, item);
	return result;
}

size_t combiner_waiting(struct combiner *c)
{
	size_t count = 0;
	pthread_mutex_lock(&c->lock);
	for (const struct combine_item *item = c->first; item; item = item->next)
		count++;
	pthread_mutex_unlock(&c->lock);
	return count;
}
