/*
 * Signed heads of the audit trail, found in a log, and compared with the trail.
 */
#ifndef SIGNET_SIGNETCTL_AUDIT_H
#define SIGNET_SIGNETCTL_AUDIT_H

#include "api/audit_chain.h"
#include "api/audit_head.h"
#include "signetctl/command.h"

struct audit_heads {
	struct audit_head *list;  /* by sequence */
	size_t count, capacity;
	size_t compared;          /* the first so many were */
};

/* All heads of the log, each of which one of the keys has signed. keys: files; none: the state's. One whose
 * signature is wrong is SIGNET_E_CORRUPT; SIGNET_E_NOT_FOUND: the log has none. */
int audit_heads_read(struct audit_heads *out, struct command_context *context, const char *log,
                     const char *const *keys, size_t key_count, struct error *err);
/* After each record: SIGNET_E_CORRUPT when a head says otherwise of it. */
int audit_heads_compare(struct audit_heads *heads, const struct audit_chain *chain,
                        struct error *err);
/* After the last: SIGNET_E_CORRUPT when a head is of a record that is no longer there. */
int audit_heads_finish(const struct audit_heads *heads, const struct audit_chain *chain,
                       struct error *err);
void audit_heads_clear(struct audit_heads *heads);

#endif
