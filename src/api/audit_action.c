#include "api/audit_action.h"

#include <string.h>

static const char *const names[AUDIT_ACTIONS] = {
	[AUDIT_ISSUED] = "issued", [AUDIT_PENDING] = "pending", [AUDIT_DENIED] = "denied",
	[AUDIT_FAILED] = "failed", [AUDIT_STARTED] = "started", [AUDIT_RELOADED] = "reloaded",
	[AUDIT_STOPPED] = "stopped", [AUDIT_EXIT_RETRIED] = "exit-retried",
	[AUDIT_EXIT_DROPPED] = "exit-dropped",
	[AUDIT_APPROVED] = "approved", [AUDIT_EDITED] = "edited",
	[AUDIT_REVOKED] = "revoked", [AUDIT_HELD] = "held", [AUDIT_RELEASED] = "released",
	[AUDIT_CORRECTED] = "corrected", [AUDIT_REDRAFTED] = "redrafted",
	[AUDIT_EXIT_FORGOTTEN] = "exit-forgotten", [AUDIT_EXIT_GAVE_UP] = "exit-gave-up",
	[AUDIT_EXIT_DELIVERED] = "exit-delivered",
	[AUDIT_HEAD_KEY] = "audit-key-made",
	[AUDIT_BACKUP] = "backup", [AUDIT_RESTORED] = "restored", [AUDIT_PRUNED] = "pruned",
	[AUDIT_CRL_PUBLISHED] = "crl-published", [AUDIT_CRL_WITHDRAWN] = "crl-withdrawn",
	[AUDIT_KEY_REVOKED] = "authority-revoked",
	[AUDIT_KEY_BATCH] = "authority-certificates-revoked",
	[AUDIT_IMPORTED] = "imported", [AUDIT_IMPORT_REVOKED] = "import-revoked",
	[AUDIT_IMPORT_CRL] = "import-crl",
	[AUDIT_KEY_CORRECTED] = "authority-revocation-corrected",
	[AUDIT_AUTHORITY_ADDED] = "authority-added", [AUDIT_AUTHORITY_RENEWED] = "authority-renewed",
	[AUDIT_AUTHORITY_ROLLED] = "authority-rolled-over",
	[AUDIT_AUTHORITY_CROSSED] = "authority-cross-certified",
};

const char *audit_action_name(enum audit_action action)
{
	return action < AUDIT_ACTIONS && names[action] ? names[action] : "unknown";
}

enum audit_action audit_action_from_name(const char *name)
{
	for (unsigned i = 1; i < AUDIT_ACTIONS; i++)
		if (names[i] && strcmp(names[i], name) == 0)
			return (enum audit_action)i;
	return 0;
}
