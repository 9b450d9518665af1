/* signetctl cert revoke, hold and release. */
#include "signetctl/cert.h"
#include "signetctl/reason.h"

/* CRLReason (RFC 5280 section 5.3.1). */
#define REASON_HOLD 6
#define REASON_REMOVE 8

enum { OPTION_REASON, OPTION_DATE, OPTION_COMMENT };

const struct command_option cert_revoke_options[] = {
	{"reason", "REASON", "key-compromise, superseded, ... (unspecified, or as it is)"},
	{"date", "DATE", "since when it is invalid, if that is known"},
	{"comment", "TEXT", "for the audit trail"},
	{NULL, NULL, NULL},
};

const struct command_option cert_hold_options[] = {
	{"comment", "TEXT", "for the audit trail"},
	{NULL, NULL, NULL},
};

/* Each by itself: one that cannot be done does not keep the others from it. */
static int order_all(struct command_context *context, unsigned reason, int64_t date,
                     const char *comment, int argc, char **argv)
{
	int status = command_client(context);
	if (status)
		return status;
	for (int i = 0; i < argc; i++) {
		struct signet_certificate certificate;
		struct error err = {0};
		int result = cert_find(context, argv[i], &certificate, &err);
		if (result == 0)
			result = signet_revoke(context->client, certificate.serial, reason, date,
			                       comment ? comment : "", &err);
		if (result == 0)
			continue;
		if (argc > 1)
			error_prefix(&err, "%s", argv[i]);
		int own = command_error(&err);
		status = status ? status : own;
	}
	return status;
}

int cert_revoke(struct command_context *context, const struct command_value *values, int argc,
                char **argv)
{
	const char *name = values[OPTION_REASON].value;
	const char *day = values[OPTION_DATE].value;
	unsigned reason = SIGNET_REVOKE_UNSAID;
	int64_t date = 0;
	struct error err = {0};
	if (name && reason_read(name, &reason, &err))
		return command_usage("%s; for a time there is cert hold", err.message);
	if (day && cert_read_date(day, &date, &err))
		return command_usage("--date: %s", err.message);
	return order_all(context, reason, date, values[OPTION_COMMENT].value, argc, argv);
}

int cert_hold(struct command_context *context, const struct command_value *values, int argc,
              char **argv)
{
	return order_all(context, REASON_HOLD, 0, values[0].value, argc, argv);
}

int cert_release(struct command_context *context, const struct command_value *values, int argc,
                 char **argv)
{
	return order_all(context, REASON_REMOVE, 0, values[0].value, argc, argv);
}
