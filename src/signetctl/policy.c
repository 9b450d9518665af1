/* signetctl policy: what the rules would say. */
#include "signetctl/command.h"
#include "signetctl/describe.h"
#include "signetctl/print.h"
#include "signetctl/request.h"

enum {
	OPTION_PROFILE,
	OPTION_AS,
	OPTION_INTERMEDIARY,
	OPTION_PROTOCOL,
	OPTION_ADDRESS,
	OPTION_ATTRIBUTE,
};

static const struct command_option test_options[] = {
	{"profile", "PROFILE", "the profile to ask for"},
	{"as", "REQUESTER", "who asks: the authenticated identity"},
	{"intermediary", "INTERMEDIARY", "by which it comes (the first that has the profile)"},
	{"protocol", "NAME", "the protocol (the intermediary's)"},
	{"address", "ADDRESS", "where the client is"},
	{"attribute", "NAME=VALUE", "an attribute of the request; may be repeated"},
	{NULL, NULL, NULL},
};

static const char *or_empty(const char *text)
{
	return text ? text : "";
}

static int read_submission(struct arena *arena, const struct command_value *values,
                           const char *path, struct signet_submission *out, struct error *err)
{
	const struct command_value *a = &values[OPTION_ATTRIBUTE];
	struct signet_attribute *attributes = arena_array(arena, a->count, sizeof *attributes);
	int result = attributes ? 0 : error_nomem(err);
	for (size_t i = 0; result == 0 && i < a->count; i++)
		result = request_read_attribute(arena, a->all[i], &attributes[i], err);
	*out = (struct signet_submission){
		.profile = values[OPTION_PROFILE].value,
		.requester = or_empty(values[OPTION_AS].value),
		.intermediary = or_empty(values[OPTION_INTERMEDIARY].value),
		.protocol = or_empty(values[OPTION_PROTOCOL].value),
		.address = or_empty(values[OPTION_ADDRESS].value),
		.attributes = attributes,
		.attribute_count = a->count,
	};
	return result ? result : request_read_csr(arena, path, &out->csr, err);
}

static int print_judgement(struct command_context *context, const struct signet_request_info *r)
{
	struct arena *arena = context->arena;
	const struct print_field fields[] = {
		{"Would be", "state", PRINT_STATE, signet_request_state_name(r->state)},
		{"Reason", "reason", PRINT_TEXT, r->reason ? signet_reason_name(r->reason) : NULL},
		{"Message", "message", PRINT_TEXT, *r->message ? r->message : NULL},
		{"Profile", "profile", PRINT_TEXT, r->profile},
		{"Authority", "authority", PRINT_TEXT, r->authority},
		{"Intermediary", "intermediary", PRINT_TEXT, r->intermediary},
		{"Protocol", "protocol", PRINT_TEXT, r->protocol},
		{"Policy", "policy", PRINT_LIST, describe_trace(arena, r)},
		{"Subject", "subject", PRINT_TEXT, r->draft_subject},
		{"Not before", "notBefore", PRINT_TEXT, print_time(arena, r->not_before)},
		{"Not after", "notAfter", PRINT_TEXT, print_time(arena, r->not_after)},
		{"Extensions", "extensions", PRINT_LIST, describe_extensions(arena, r)},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields);
}

static int run_test(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)argc;
	struct error err = {0};
	struct signet_submission submission;
	struct signet_request_info info;
	if (!values[OPTION_PROFILE].value)
		return command_usage("policy test wants --profile");
	if (read_submission(context->arena, values, argv[0], &submission, &err))
		return command_error(&err);
	int status = command_client(context);
	if (status)
		return status;
	if (signet_test_policy(context->client, context->arena, &submission, &info, &err))
		return command_error(&err);
	if (print_judgement(context, &info) || info.state == SIGNET_REQUEST_FAILED)
		return COMMAND_FAILED;
	return info.state == SIGNET_REQUEST_DENIED ? COMMAND_REFUSED : COMMAND_OK;
}

const struct command commands_policy[] = {
	{"policy", "test", "FILE", 1, 1, "judge a PKCS#10 as policy would, and issue nothing",
	 test_options, run_test},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
