/*
 * How long the database keeps what it has, from
 *
 *   retention: {expired: 730d, denied: 90d, failed: 90d, events: 30d}
 *
 * and what becomes of the rest. `never` keeps for ever, and so do all but
 * `events` when they are left out. The audit trail is always kept.
 */
#ifndef SIGNET_ENGINE_RETENTION_H
#define SIGNET_ENGINE_RETENTION_H

#include "conf/settings.h"
#include "engine/ocsp_settings.h"

#define RETENTION_NEVER (-1)
/* Clocks differ, and certificates that have just ended are asked about: nothing goes so shortly after. */
#define RETENTION_EXPIRED_LEAST (INT64_C(30) * 86400)

/* Seconds, or RETENTION_NEVER. */
struct retention {
	int64_t expired; /* certificates, with their requests: after notAfter */
	int64_t denied;  /* requests: after the decision */
	int64_t failed;
	int64_t events;  /* after they were raised, when every exit is past them */
};

/* node NULL: missing. SIGNET_E_CONFIG. */
int retention_load(struct retention *out, const struct conf_node *node, struct error *err);
/* Whether an authority's answers (node: its `ocsp`) hold although certificates go: they are known for as
 * long as the archive cutoff promises (RFC 6960 section 4.4.4), and none that was issued is called
 * revoked without such a promise. SIGNET_E_CONFIG. */
int retention_check_answers(const struct retention *retention, const struct ocsp_settings *ocsp,
                            const struct conf_node *node, struct error *err);

#endif
