#include "gateway/watch.h"

#include <signal.h>
#include <stdlib.h>

#include "base/clock.h"

#define TICK_US 1000000      /* how often deadlines are looked at */
#define HURRY_TICK_US 20000

struct watch {
	pthread_mutex_t lock; /* guards all below and the slots, but for busy */
	pthread_cond_t changed;
	struct watch_slot *slots;
	bool hurry;
	bool stopping;
	pthread_t thread;
};

/* Only there so that the signal interrupts poll(2) and does not kill. */
static void nothing(int number)
{
	(void)number;
}

static void interrupt_late(struct watch *watch)
{
	int64_t now = clock_monotonic_us();
	for (struct watch_slot *slot = watch->slots; slot; slot = slot->next)
		if ((slot->deadline && slot->deadline <= now) || (watch->hurry && !atomic_load(&slot->busy)))
			pthread_kill(slot->thread, SIGUSR1);
}

static void *keep_watch(void *arg)
{
	struct watch *watch = arg;
	pthread_mutex_lock(&watch->lock);
	while (!watch->stopping) {
		int64_t due = clock_monotonic_us() + (watch->hurry ? HURRY_TICK_US : TICK_US);
		clock_wait(&watch->changed, &watch->lock, due);
		interrupt_late(watch);
	}
	pthread_mutex_unlock(&watch->lock);
	return NULL;
}

int watch_new(struct watch **out, struct error *err)
{
	struct sigaction action = {.sa_handler = nothing}; /* without SA_RESTART */
	struct watch *watch = calloc(1, sizeof *watch);
	if (!watch)
		return error_nomem(err);
	if (sigaction(SIGUSR1, &action, NULL)) {
		free(watch);
		return error_errno(err, "signals");
	}
	clock_condition_init(&watch->changed);
	pthread_mutex_init(&watch->lock, NULL);
	if (pthread_create(&watch->thread, NULL, keep_watch, watch)) {
		pthread_cond_destroy(&watch->changed);
		pthread_mutex_destroy(&watch->lock);
		free(watch);
		return error_set(err, SIGNET_E_NOMEM, "cannot start a thread");
	}
	pthread_setname_np(watch->thread, "watch");
	*out = watch;
	return 0;
}

void watch_free(struct watch *watch)
{
	if (!watch)
		return;
	pthread_mutex_lock(&watch->lock);
	watch->stopping = true;
	pthread_cond_signal(&watch->changed);
	pthread_mutex_unlock(&watch->lock);
	pthread_join(watch->thread, NULL);
	pthread_cond_destroy(&watch->changed);
	pthread_mutex_destroy(&watch->lock);
	free(watch);
}

void watch_enter(struct watch *watch, struct watch_slot *slot)
{
	*slot = (struct watch_slot){.thread = pthread_self()};
	pthread_mutex_lock(&watch->lock);
	slot->next = watch->slots;
	watch->slots = slot;
	pthread_mutex_unlock(&watch->lock);
}

void watch_leave(struct watch *watch, struct watch_slot *slot)
{
	pthread_mutex_lock(&watch->lock);
	struct watch_slot **at = &watch->slots;
	while (*at && *at != slot)
		at = &(*at)->next;
	if (*at)
		*at = slot->next;
	pthread_mutex_unlock(&watch->lock);
}

static void set_deadline(struct watch *watch, struct watch_slot *slot, int64_t deadline)
{
	pthread_mutex_lock(&watch->lock);
	slot->deadline = deadline;
	pthread_mutex_unlock(&watch->lock);
}

void watch_begin(struct watch *watch, struct watch_slot *slot, int64_t limit_us)
{
	set_deadline(watch, slot, clock_monotonic_us() + limit_us);
}

void watch_end(struct watch *watch, struct watch_slot *slot)
{
	set_deadline(watch, slot, 0);
}

void watch_set_busy(struct watch_slot *slot, bool busy)
{
	atomic_store(&slot->busy, busy);
}

void watch_hurry(struct watch *watch)
{
	pthread_mutex_lock(&watch->lock);
	watch->hurry = true;
	pthread_cond_signal(&watch->changed);
	pthread_mutex_unlock(&watch->lock);
}
