#include "base/clock.h"
#include "publisher/worker_private.h"

#define LETTERS 16              /* of one go: the queue is not to wait long for them */
#define LETTERS_US 1000000      /* between two looks */
#define LETTERS_PAUSE_US 30000000 /* after letters that could neither be settled nor given back */

/* Each gets one try. One that fails goes back to the list, and the rest waits: the target is away,
 * perhaps. */
static size_t publish(struct worker *worker, const struct signet_event *events, size_t count,
                      uint64_t *published, bool *stuck)
{
	size_t done = 0;
	for (size_t i = 0; i < count && !worker_is_stopping(worker); i++) {
		struct error err;
		enum signet_exit_result result = delivery_notify(worker, &events[i], &err);
		if (result == SIGNET_EXIT_DONE)
			published[done++] = events[i].sequence;
		else if ((*stuck = !delivery_bury(worker, events[i].sequence, 1, &err)) ||
		         result != SIGNET_EXIT_GIVE_UP)
			break;
	}
	return done;
}

static void settle(struct worker *worker, const uint64_t *published, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct error err = {0};
		if (signet_settle_letter(worker->exits->client, worker->item->name, published[i],
		                         &err)) {
			/* it will be published again, which is harmless */
			worker_log(worker, LOG_WARNING, "letter-not-settled", published[i], &err);
			return;
		}
		worker_log(worker, LOG_INFO, "letter-published", published[i], NULL);
	}
}

bool retry_letters(struct worker *worker)
{
	struct signet_event *events;
	size_t count;
	uint64_t published[LETTERS];
	bool stuck = false;
	int64_t now = clock_monotonic_us();
	if (now < worker->letters_due)
		return false;
	worker->letters_due = now + LETTERS_US;
	arena_clear(worker->arena);
	/* when the engine is away, reading the queue says so */
	if (signet_read_letters(worker->exits->client, worker->arena, worker->item->name, LETTERS,
	                        &events, &count, NULL) || count == 0 || count > LETTERS)
		return false;
	size_t done = publish(worker, events, count, published, &stuck);
	if (done && !delivery_flush(worker))
		stuck = true;
	else
		settle(worker, published, done);
	if (stuck)
		worker->letters_due = now + LETTERS_PAUSE_US;
	else if (done == LETTERS)
		worker->letters_due = now; /* there may be more */
	return true;
}
