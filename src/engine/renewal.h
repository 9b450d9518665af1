/*
 * Whether somebody has a newer certificate in place of one that ends, so that
 * its end is no news.
 */
#ifndef SIGNET_ENGINE_RENEWAL_H
#define SIGNET_ENGINE_RENEWAL_H

#include "engine/database.h"

/* A newer one is valid now, ends later, is of the same profile, and has all of its names (its subject,
 * where it has none), or its key and one of its names. Of many that could be it only the latest are
 * looked at: what cannot be told, or read, is not renewed. Only errors that stay with the transaction
 * are returned. */
int renewal_exists(struct store_txn *txn, struct arena *arena, const struct stored *stored,
                   int64_t now, bool *out);

#endif
