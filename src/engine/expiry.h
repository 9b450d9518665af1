/*
 * What ends by the clock: requests that nobody has decided, and certificates
 * whose end is announced beforehand. Each step does some of it and says
 * whether there is more, so that a lot to catch up with holds up nobody. A
 * stored request that does not read back is logged and passed by.
 */
#ifndef SIGNET_ENGINE_EXPIRY_H
#define SIGNET_ENGINE_EXPIRY_H

#include "engine/core.h"

/* Denies pending requests that have waited for longer than the configuration lets them, in the name
 * of "engine". *after: where to go on, 0 at first; SIGNET_E_NOT_FOUND: that was all. *due: the time at
 * which the next one will be, lowered when it is later. */
int expiry_deny_pending(struct engine *engine, const struct configuration *configuration,
                        struct arena *arena, uint64_t *after, int64_t *due, struct error *err);

/* Raises SIGNET_EVENT_EXPIRING for certificates that end within so many seconds: once for each and
 * each such time, also over restarts, and late rather than never. Revoked ones, those whose whole
 * life is not an hour longer than that, the gateway's own, and, unless `renewed` is said, those that
 * have been renewed (renewal.h), have none. A time that is new begins with what has not ended
 * yet. *due as above. SIGNET_E_NOT_FOUND: that was all. */
int expiry_warn(struct engine *engine, int64_t seconds, bool renewed, int64_t *due,
                struct error *err);

/* Forgets how far the times that are configured no more have come. */
int expiry_forget(struct engine *engine, const struct schedule *schedule, struct error *err);

#endif
