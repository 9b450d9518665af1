/*
 * Dead letters: events that a consumer could not publish and has passed. Each
 * stays on its consumer's list until an administrator drops it, or has it
 * tried again and it is published.
 */
#ifndef SIGNET_ENGINE_LETTERS_H
#define SIGNET_ENGINE_LETTERS_H

#include "engine/events.h"
#include "engine/record.h"

struct letters_count {
	uint64_t dead;     /* all of the list */
	uint64_t retrying; /* of them to be tried again */
};
/* Inside a transaction. */
int letters_counted(struct store_txn *txn, const char *consumer, struct letters_count *out);

/* Inside a transaction: drops them all and forgets that there were some. */
int letters_forget(struct store_txn *txn, const char *consumer, uint64_t *count);

/* Puts an event on the list, or back on it: its tries are then added to those before. Durable when
 * it returns. SIGNET_E_INVALID: there is no such event; SIGNET_E_TOO_BIG: LIMIT_LETTERS are on the
 * list, or a new consumer where there are too many. The reason is shortened and cleaned. When it is
 * new there, or was to be tried again, that goes on record; actor: who says so. */
int letters_bury(struct database *database, const char *consumer, uint64_t sequence,
                 unsigned tries, const char *reason, const char *actor, struct error *err);

/* Those that are to be tried again, the oldest events first; out->last has no meaning. */
int letters_read(struct database *database, struct arena *arena, const char *consumer,
                 unsigned limit, struct events_batch *out, struct error *err);

/* It is published, and leaves the list, with an audit record. One that is not there is no error: somebody
 * may have dropped it. SIGNET_E_STATE: nobody has sent it back. */
int letters_settle(struct database *database, const char *consumer, uint64_t sequence,
                   const char *actor, struct error *err);

struct letter_row {
	const char *consumer;
	struct record_letter letter;
	struct event_row event;
};

/* Of one consumer or, "", of all, by consumer and sequence, behind this place. *more: there may be
 * others. */
int letters_list(struct database *database, struct arena *arena, const char *consumer,
                 const char *after_consumer, uint64_t after, unsigned limit,
                 struct letter_row **out, size_t *count, bool *more, struct error *err);

enum letters_move { LETTERS_RETRY, LETTERS_DROP };
/* One letter, or for sequence 0 all of the consumer's, with an audit record of who did it.
 * SIGNET_E_NOT_FOUND. */
int letters_move(struct database *database, enum letters_move move, const char *consumer,
                 uint64_t sequence, const char *actor, uint64_t *moved, struct error *err);

#endif
