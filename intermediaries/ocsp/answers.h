/*
 * Prepared answers: signed once, given out until shortly before their
 * nextUpdate, bounded in number and size; the one that was not used for the
 * longest time makes room.
 *
 * What becomes of an answer while the engine makes it is not lost: take the
 * epoch before the engine is asked and hand it to answers_put, which keeps
 * nothing when a revocation has come in between.
 */
#ifndef SIGNET_OCSP_ANSWERS_H
#define SIGNET_OCSP_ANSWERS_H

#include "intermediaries/ocsp/answer.h"

#define ANSWERS_SIZE_MAX 8192 /* octets of one that is kept */
#define ANSWERS_RETRY 5       /* seconds after which a renewal that failed is due again */

struct answers;

/* most: 0 keeps none. */
int answers_new(struct answers **out, size_t most, struct error *err);
void answers_free(struct answers *answers);

/* What an answer is kept under: a digest of what was asked. */
#define ANSWERS_KEY 32
int answers_key(const struct answers *answers, const char *authority,
                const struct bytes *parts, size_t count, uint8_t key[ANSWERS_KEY]);

enum answers_state {
	ANSWERS_NONE,
	ANSWERS_READY,
	ANSWERS_DUE,      /* to be given out, and renewed by who sees this, who is the only one */
	ANSWERS_DOUBTFUL, /* it holds until its nextUpdate, but the engine may know better */
};
/* With a reference for the caller, unless ANSWERS_NONE. */
enum answers_state answers_find(struct answers *answers, const uint8_t key[ANSWERS_KEY],
                                struct answer **out);

uint64_t answers_epoch(struct answers *answers);
/* Keeps the answer (with a reference of its own) in the place of an older one, unless it is too large,
 * no longer good or the epoch is another. */
void answers_put(struct answers *answers, const uint8_t key[ANSWERS_KEY], struct answer *answer,
                 uint64_t epoch);
/* The renewal that ANSWERS_DUE asked for has failed. */
void answers_not_renewed(struct answers *answers, const uint8_t key[ANSWERS_KEY]);

/* Forgets what speaks of these serial numbers (magnitudes) and hands each to the function, which takes
 * the reference over and, since it is called under a lock, only notes it for later. A new epoch.
 * SIGNET_E_NOMEM: then everything was forgotten. */
typedef void (*answers_function)(void *arg, struct answer *answer, const uint8_t *key);
int answers_forget(struct answers *answers, const struct bytes *serials, size_t count,
                   answers_function function, void *arg);
/* What has changed is not known: all that is kept is doubtful. A new epoch. */
void answers_doubt(struct answers *answers);

size_t answers_count(struct answers *answers);
size_t answers_count_doubtful(struct answers *answers);

#endif
