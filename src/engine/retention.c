#include "engine/retention.h"

#include <string.h>

#define DAY 86400
#define EVENTS_DEFAULT (30 * DAY)
#define LEAST DAY

static int read_one(const struct conf_node *map, const char *key, int64_t missing, int64_t least,
                    int64_t *out, struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	const char *text;
	*out = missing;
	if (!node)
		return 0;
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	if (strcmp(text, "never") == 0) {
		*out = RETENTION_NEVER;
		return 0;
	}
	if (conf_duration(node, out, err))
		return SIGNET_E_CONFIG;
	if (*out < least)
		return conf_error(node, err, "must be at least %lldd, or never", (long long)least / DAY);
	return 0;
}

/* It is a key so that nobody wonders, and has one value. */
static int check_audit(const struct conf_node *map, struct error *err)
{
	const struct conf_node *node = conf_find(map, "audit");
	const char *text;
	if (!node)
		return 0;
	if (conf_text(node, &text, err))
		return SIGNET_E_CONFIG;
	return strcmp(text, "never") == 0 ? 0 : conf_error(node, err, "the audit trail is kept: never");
}

int retention_load(struct retention *out, const struct conf_node *node, struct error *err)
{
	static const char *const known[] = {"expired", "denied", "failed", "events", "audit", NULL};
	struct retention made;
	if (node && conf_check_keys(node, known, err))
		return SIGNET_E_CONFIG;
	if (read_one(node, "expired", RETENTION_NEVER, RETENTION_EXPIRED_LEAST, &made.expired, err) ||
	    read_one(node, "denied", RETENTION_NEVER, LEAST, &made.denied, err) ||
	    read_one(node, "failed", RETENTION_NEVER, LEAST, &made.failed, err) ||
	    read_one(node, "events", EVENTS_DEFAULT, LEAST, &made.events, err) ||
	    check_audit(node, err))
		return SIGNET_E_CONFIG;
	*out = made;
	return 0;
}

int retention_check_answers(const struct retention *retention, const struct ocsp_settings *ocsp,
                            const struct conf_node *node, struct error *err)
{
	if (retention->expired == RETENTION_NEVER || !ocsp->answers)
		return 0;
	if (ocsp->cutoff > retention->expired)
		return conf_error(conf_find(node, "archive-cutoff"), err,
		                  "answers are promised for longer than 'retention' keeps certificates "
		                  "('expired')");
	/* what has gone cannot be told from what never was (RFC 6960 section 4.4.8) */
	if (ocsp->unissued_revoked && ocsp->cutoff == 0)
		return conf_error(conf_find(node, "unissued"), err,
		                  "certificates that 'retention' takes away ('expired') would be called "
		                  "revoked: say 'archive-cutoff', so that who asks knows how long answers hold");
	return 0;
}
