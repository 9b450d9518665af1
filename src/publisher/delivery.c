#include "base/clock.h"
#include "publisher/published.h"
#include "publisher/worker_private.h"

#define SETTLE_EVENTS 100       /* the cursor moves after so many events at the latest ... */
#define SETTLE_US 250000        /* ... or so long after the first of them */

void delivery_note_success(struct worker *worker, bool proven)
{
	if (worker->failures && proven)
		log_event(LOG_INFO, "exit-recovered", "exit", worker->item->name, NULL);
	worker->failures = 0;
	worker->failing = 0;
	worker->trouble[0] = '\0';
}

static void note_trouble(struct worker *worker, const struct error *err)
{
	memcpy(worker->trouble, err->message, sizeof worker->trouble);
}

bool delivery_flush(struct worker *worker)
{
	const struct exit_instance *item = worker->item;
	struct error err = {0};
	unsigned unsettled = worker->unsettled;
	worker->unsettled = 0;
	if (!unsettled || !item->module->flush || item->module->flush(item->instance, &err) == 0) {
		worker->counts.published += unsettled;
		return true;
	}
	worker->counts.failed++;
	worker_log(worker, LOG_WARNING, "exit-retry", worker->done, &err);
	note_trouble(worker, &err);
	worker->after = worker->done = worker->advanced;
	return false;
}

bool delivery_settle(struct worker *worker)
{
	struct error err = {0};
	bool published = worker->unsettled > 0;
	if (!delivery_lags(worker))
		return true;
	if (!delivery_flush(worker))
		return false;
	if (signet_advance_events(worker->exits->client, worker->item->name, worker->done, &err)) {
		worker_log(worker, LOG_WARNING, "cursor-not-stored", worker->done, &err);
		return false;
	}
	worker->advanced = worker->done;
	if (!worker->failing && published)
		delivery_note_success(worker, true);
	return true;
}

bool delivery_lags(const struct worker *worker)
{
	return worker->done > worker->advanced;
}

void delivery_set_done(struct worker *worker, uint64_t sequence)
{
	if (!delivery_lags(worker))
		worker->unsettled_at = clock_monotonic_us();
	worker->after = worker->done = sequence;
}

unsigned delivery_due(const struct worker *worker)
{
	int64_t left = worker->unsettled_at + SETTLE_US - clock_monotonic_us();
	return worker->unsettled >= SETTLE_EVENTS || left < 1000 ? 0 : (unsigned)(left / 1000);
}

/* What was published once is no more, which is nothing to be told. */
static enum signet_exit_result not_opened(int code)
{
	if (code == SIGNET_E_NOT_FOUND)
		return SIGNET_EXIT_DONE;
	return code == SIGNET_E_IO || code == SIGNET_E_NOMEM ? SIGNET_EXIT_RETRY
	                                                     : SIGNET_EXIT_GIVE_UP;
}

enum signet_exit_result delivery_notify(struct worker *worker, const struct signet_event *event,
                                        struct error *err)
{
	struct published published;
	struct signet_event copy = *event;
	*err = (struct error){0};
	if (!exits_wants(worker->item, event))
		return SIGNET_EXIT_DONE;
	int opened = published_open(&published, worker->arena, worker->item->host.state_directory,
	                            &copy, err);
	if (opened)
		return not_opened(opened);
	enum signet_exit_result result =
		worker->item->module->notify(worker->item->instance, &copy, err);
	published_close(&published);
	if (result == SIGNET_EXIT_DONE) {
		worker->unsettled++;
		return result;
	}
	worker->counts.failed++;
	if (!*err->message)
		error_set(err, SIGNET_E_INTERNAL, "the module gave no reason");
	return result;
}

bool delivery_bury(struct worker *worker, uint64_t sequence, unsigned tries,
                   const struct error *reason)
{
	struct error err = {0};
	if (signet_bury_event(worker->exits->client, worker->item->name, sequence, tries,
	                      reason->message, &err)) {
		worker_log(worker, LOG_WARNING, "exit-not-given-up", sequence, &err);
		note_trouble(worker, &err);
		return false;
	}
	worker->counts.given_up++;
	worker_log(worker, LOG_ERROR, "exit-gave-up", sequence, reason);
	return true;
}

/* One try. False: a pause is to be made, and what is left to be read again. */
static bool publish(struct worker *worker, const struct signet_event *event)
{
	const unsigned most = worker->item->tries;
	struct error err;
	enum signet_exit_result result = delivery_notify(worker, event, &err);
	if (result == SIGNET_EXIT_DONE) {
		/* one before it may come again after a flush that failed */
		if (event->sequence >= worker->failing)
			worker->failing = 0;
		return true;
	}
	worker->tries = worker->failing == event->sequence ? worker->tries + 1 : 1;
	worker->failing = event->sequence;
	note_trouble(worker, &err);
	if (result != SIGNET_EXIT_GIVE_UP && (most == 0 || worker->tries < most)) {
		worker_log(worker, LOG_WARNING, "exit-retry", event->sequence, &err);
		return false;
	}
	/* settled before, so that a flush that fails brings it back while it still counts */
	if (!delivery_settle(worker) ||
	    !delivery_bury(worker, event->sequence, worker->tries, &err))
		return false;
	worker->failing = 0;
	if (result == SIGNET_EXIT_GIVE_UP)
		return true;
	/* the target is away, perhaps: the next one is not to be lost in no time, too */
	delivery_set_done(worker, event->sequence);
	return false;
}

bool delivery_publish(struct worker *worker, const struct signet_event *events, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		if (worker_is_stopping(worker) || !publish(worker, &events[i]))
			return false;
		delivery_set_done(worker, events[i].sequence);
		if (delivery_due(worker) == 0 && !delivery_settle(worker))
			return false;
	}
	return true;
}
