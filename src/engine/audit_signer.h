/*
 * Signs the head of the audit trail and logs it (api/audit_head.h): at start
 * and stop, at intervals, and when the trail has grown a lot. The key is the
 * engine's own, engine/audit.key below the state directory, made at the
 * first start; public/audit.pub is its public half.
 */
#ifndef SIGNET_ENGINE_AUDIT_SIGNER_H
#define SIGNET_ENGINE_AUDIT_SIGNER_H

#include "store/store.h"

/* Records after which a head is signed before its time. */
#define AUDIT_SIGNER_GROWTH 10000

struct audit_signer;

/* Signs the first head, and starts the thread. The store must outlive it. interval: seconds. */
int audit_signer_start(struct audit_signer **out, struct store *store, const char *state,
                       int64_t interval, struct error *err);
/* Another interval, after a reload. */
void audit_signer_set(struct audit_signer *signer, int64_t interval);
/* Signs the last head. Accepts NULL. */
void audit_signer_stop(struct audit_signer *signer);

#endif
