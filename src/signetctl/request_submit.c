/* signetctl request submit. */
#include <stdio.h>

#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "signetctl/request.h"

enum { OPTION_PROFILE, OPTION_AS, OPTION_ATTRIBUTE };

const struct command_option request_submit_options[] = {
	{"profile", "PROFILE", "the profile to ask for"},
	{"as", "REQUESTER", "on behalf of whom"},
	{"attribute", "NAME=VALUE", "an attribute of the request; may be repeated"},
	{NULL, NULL, NULL},
};

static int read_submission(struct arena *arena, const struct command_value *values,
                           const char *path, struct signet_submission *out, struct error *err)
{
	const struct command_value *a = &values[OPTION_ATTRIBUTE];
	struct signet_attribute *attributes = arena_array(arena, a->count, sizeof *attributes);
	uint8_t random[16];
	int result = attributes ? 0 : error_nomem(err);
	for (size_t i = 0; result == 0 && i < a->count; i++)
		result = request_read_attribute(arena, a->all[i], &attributes[i], err);
	if (result == 0 && random_octets(random, sizeof random))
		result = error_set(err, SIGNET_E_CRYPTO, "there are no random octets");
	if (result)
		return result;
	/* a call that is repeated since the connection broke is one submission */
	*out = (struct signet_submission){
		.profile = values[OPTION_PROFILE].value,
		.requester = values[OPTION_AS].value ? values[OPTION_AS].value : "",
		.intermediary = "signetctl", .protocol = "signetctl", .address = "",
		.attributes = attributes, .attribute_count = a->count,
		.idempotency_key = hex_text(arena, BYTES_OF(random))};
	if (!out->idempotency_key)
		return error_nomem(err);
	return request_read_csr(arena, path, &out->csr, err);
}

static const char *chain_text(struct arena *arena, const struct signet_outcome *outcome)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(2 * LIMIT_CERTIFICATE * (LIMIT_CHAIN + 1));
	if (outcome->disposition != SIGNET_ISSUED)
		return NULL;
	pem_encode(&pem, "CERTIFICATE", outcome->certificate);
	for (size_t i = 0; i < outcome->chain_count; i++)
		pem_encode(&pem, "CERTIFICATE", outcome->chain[i]);
	return pem.error ? NULL : arena_text(arena, buffer_bytes(&pem));
}

/* The certificate with its issuers on standard output; what there is to say of it on the other. */
static int print_outcome(struct command_context *context, const struct signet_outcome *outcome)
{
	static const char *const states[] = {
		[SIGNET_ISSUED] = "issued", [SIGNET_PENDING] = "pending", [SIGNET_DENIED] = "denied",
		[SIGNET_FAILED] = "failed"};
	static const int statuses[] = {
		[SIGNET_ISSUED] = COMMAND_OK, [SIGNET_PENDING] = COMMAND_PENDING,
		[SIGNET_DENIED] = COMMAND_REFUSED, [SIGNET_FAILED] = COMMAND_FAILED};
	struct arena *arena = context->arena;
	const char *chain = chain_text(arena, outcome);
	bool text = context->format == PRINT_TABLE;
	const struct print_field fields[] = {
		{"Request", "id", PRINT_NUMBER, print_number(arena, outcome->request_id)},
		{"State", "state", PRINT_STATE, states[outcome->disposition]},
		{"Message", "message", PRINT_TEXT, *outcome->message ? outcome->message : NULL},
		{"Serial number", "serial", PRINT_WORD,
		 outcome->serial.length ? hex_text(arena, outcome->serial) : NULL},
		{"", "chain", PRINT_BLOCK, chain},
	};
	if (text && chain) {
		if (!context->quiet)
			fprintf(stderr, "request %llu is issued\n",
			        (unsigned long long)outcome->request_id);
		return fputs(chain, stdout) < 0 || fflush(stdout) ? COMMAND_FAILED : COMMAND_OK;
	}
	return print_fields(context->format, fields, sizeof fields / sizeof *fields)
		? COMMAND_FAILED : statuses[outcome->disposition];
}

int request_submit(struct command_context *context, const struct command_value *values, int argc,
                   char **argv)
{
	(void)argc;
	struct error err = {0};
	struct signet_submission submission;
	struct signet_outcome outcome;
	if (!values[OPTION_PROFILE].value)
		return command_usage("request submit wants --profile");
	if (read_submission(context->arena, values, argv[0], &submission, &err))
		return err.code == SIGNET_E_INVALID ? command_usage("%s", err.message)
		                                    : command_error(&err);
	int status = command_client(context);
	if (status)
		return status;
	if (signet_submit(context->client, context->arena, &submission, &outcome, &err))
		return command_error(&err);
	return print_outcome(context, &outcome);
}
