/*
 * What was issued before, as policy rules may ask of it (signet_draft_count,
 * signet_draft_key_is_shared), and the numbers that they count by.
 *
 * A rule looks at a snapshot. What it was told is kept as a claim, and looked
 * at again in the transaction that stores the certificate, where it is also
 * counted: many requests at once cannot get past a limit together. Only issued
 * certificates count.
 */
#ifndef SIGNET_ENGINE_HISTORY_H
#define SIGNET_ENGINE_HISTORY_H

#include "api/policy.h"
#include "engine/alike.h"
#include "engine/database.h"

/* The claims of one judgement. */
struct history;

/* Allocated in the arena. now: the time of the judgement, at which the certificate counts. NULL
 * without memory. */
struct history *history_new(struct arena *arena, struct database *database, int64_t now);
/* What the judgement looks at, until history_rest: each look of one judgement is at the same state,
 * unless it rests in between. */
int history_snapshot(struct history *history, struct store_txn **out, struct error *err);
/* Gives the snapshot back: before whatever takes long or writes, and at the end of a judgement. On the
 * thread that has asked. */
void history_rest(struct history *history);
/* Rules that judge this draft ask it. */
void history_attach(struct history *history, struct signet_draft *draft);

/* What the indexes are to say of a certificate of this draft and key; made once where rules have asked
 * already. Belongs to the history. */
int history_identify(struct history *history, const struct signet_draft *draft,
                     const struct pubkey *key, const struct alike **out);

/* For the transaction that stores the certificate, before its other writes: looks at the claims
 * again, and counts. SIGNET_E_CONFLICT (sticky) when a rule would be told otherwise now: nothing was
 * written, and the request is to be judged anew. */
int history_claim(struct store_txn *txn, const struct history *history);

#endif
