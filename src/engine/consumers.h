/*
 * Who reads the event queue: how far each consumer has come, which is
 * durable, and what it said last of the event at the head of its queue, which
 * is kept in memory for people to see.
 */
#ifndef SIGNET_ENGINE_CONSUMERS_H
#define SIGNET_ENGINE_CONSUMERS_H

#include "engine/database.h"
#include "engine/rates.h"

struct consumers;

int consumers_new(struct consumers **out, struct database *database, struct error *err);
/* Accepts NULL. */
void consumers_free(struct consumers *consumers);

/* A name is 1 to LIMIT_CONSUMER printable characters. SIGNET_E_INVALID. */
int consumer_check(const char *name, struct error *err);
/* What a consumer says of its module, made fit to be stored and shown: UTF-8 without control
 * characters, and no longer than that. */
void consumer_clean(char out[LIMIT_CONSUMER_SAYS + 1], const char *said);
/* Inside a transaction: makes sure that the consumer is known. SIGNET_E_TOO_BIG (not sticky): names
 * are the publisher's to choose, but there are LIMIT_CONSUMERS already. */
int consumer_enter(struct store_txn *txn, const char *name);

/* The sequence that it has reached; 0 for a new one. */
int consumers_cursor(struct consumers *consumers, const char *name, uint64_t *out,
                     struct error *err);
/* Durable when it returns; a cursor never goes back. SIGNET_E_INVALID: beyond the newest event;
 * SIGNET_E_TOO_BIG: a new consumer where there are too many. */
int consumers_advance(struct consumers *consumers, const char *name, uint64_t sequence,
                      struct error *err);

/* What it says of the head of its queue: how often that has failed, and why; 0 and "" when all is
 * well; and of what it has done. Of more than LIMIT_CONSUMERS the last ones are not kept. */
struct consumer_says {
	unsigned tries;
	const char *trouble;
	struct signet_exit_counts counts;
};
void consumers_note(struct consumers *consumers, const char *name,
                    const struct consumer_says *says);

/* What all of them have published, and the tries of theirs that failed, in each minute, as they say it. */
void consumers_read_rates(struct consumers *consumers, int64_t now, uint32_t done[RATES_MINUTES],
                          uint32_t failed[RATES_MINUTES]);

/* Its place in the queue, its dead letters, and what it said are forgotten, with an audit record of who
 * wanted it so. *out: what is given up with it. That it is not run any more is the caller's to
 * know. SIGNET_E_NOT_FOUND. */
int consumers_forget(struct consumers *consumers, const char *name, const char *actor,
                     struct signet_forgotten *out, struct error *err);

/* All that have a cursor or have said something, by name. For one that has not been heard of for long,
 * although events wait, the trouble says that. */
int consumers_list(struct consumers *consumers, struct arena *arena,
                   struct signet_consumer_status **out, size_t *count, struct error *err);

#endif
