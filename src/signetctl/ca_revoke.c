/* signetctl ca revoke: the key of an authority, and all its certificates. */
#include "signetctl/ca_revoke.h"

#include <time.h>

#include "base/limits.h"
#include "base/text.h"
#include "signetctl/print.h"
#include "signetctl/progress.h"
#include "signetctl/reason.h"

#define PAUSE_NS 200000000 /* between two looks at how far it is */

enum { OPTION_REASON, OPTION_KEY, OPTION_COMMENT, OPTION_YES, OPTION_NO_WAIT };

const struct command_option ca_revoke_options[] = {
	{"reason", "REASON", "ca-compromise, cessation-of-operation, ...; must be given"},
	{"key", "N", "its Nth key, 1 being the first (the present one)"},
	{"comment", "TEXT", "for the audit trail"},
	{"yes", NULL, "it is meant: nothing takes it back"},
	{"no-wait", NULL, "do not wait until all certificates are revoked: the engine goes on"},
	{NULL, NULL, NULL},
};

struct order {
	const char *name, *comment;
	unsigned ordinal, reason;
	struct signet_key_progress progress;
};

/* look: only how far it is, since others may have given another reason meanwhile. */
static int call(struct command_context *context, struct order *order, bool look)
{
	struct error err;
	/* each answer is looked at for a moment only */
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	int result;
	if (!arena)
		result = error_nomem(&err);
	else if (look)
		result = signet_get_key_progress(context->client, arena, order->name, order->ordinal,
		                                 &order->progress, &err);
	else
		result = signet_revoke_authority(context->client, arena, order->name, order->ordinal,
		                                 order->reason, order->comment, &order->progress,
		                                 &err);
	if (result == 0) {
		order->progress.key = arena_strdup(context->arena, order->progress.key);
		result = order->progress.key ? 0 : error_nomem(&err);
	}
	arena_free(arena);
	return result ? command_error(&err) : COMMAND_OK;
}

static int wait_until_done(struct command_context *context, struct order *order)
{
	struct progress progress;
	int status = COMMAND_OK;
	progress_begin(&progress, "revoke", PROGRESS_COUNT, 0, context->quiet);
	while (status == COMMAND_OK && !order->progress.finished) {
		progress_set(&progress, order->progress.count);
		nanosleep(&(struct timespec){0, PAUSE_NS}, NULL);
		status = call(context, order, true);
	}
	progress_end(&progress);
	return status;
}

static int read_order(struct order *order, const struct command_value *values)
{
	const char *name = values[OPTION_REASON].value, *key = values[OPTION_KEY].value;
	uint64_t number = 0;
	struct error err;
	if (!name)
		return command_usage("ca revoke wants --reason");
	if (reason_read(name, &order->reason, &err))
		return command_usage("%s", err.message);
	if (key && (text_to_uint(key, LIMIT_AUTHORITY_KEYS + 1, &number) || number == 0))
		return command_usage("--key: '%s' is no number of a key", key);
	if (!values[OPTION_YES].value)
		return command_usage("the authority would issue no certificate any more, and all that it "
		                     "has issued would be revoked, for good: --yes, if that is meant");
	order->ordinal = (unsigned)number;
	order->comment = values[OPTION_COMMENT].value ? values[OPTION_COMMENT].value : "";
	return COMMAND_OK;
}

int ca_revoke(struct command_context *context, const struct command_value *values, int argc,
              char **argv)
{
	struct order order = {.name = argv[0]};
	(void)argc;
	int status = read_order(&order, values);
	if (status == COMMAND_OK)
		status = command_client(context);
	if (status == COMMAND_OK)
		status = call(context, &order, false);
	if (status == COMMAND_OK && !values[OPTION_NO_WAIT].value)
		status = wait_until_done(context, &order);
	if (status)
		return status;
	const struct signet_key_progress *p = &order.progress;
	const struct print_field fields[] = {
		{"Key", "key", PRINT_TEXT, p->key},
		{"Revoked", "revoked", PRINT_TEXT, print_time(context->arena, p->revoked)},
		{"Certificates revoked", "count", PRINT_NUMBER, print_number(context->arena, p->count)},
		{"State", "state", PRINT_TEXT, p->finished ? "finished" : "under way"},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields) ? COMMAND_FAILED
	                                                                           : COMMAND_OK;
}
