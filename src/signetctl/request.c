/* signetctl request: the requests that the engine has stored. */
#include <stdio.h>

#include "api/policy.h"
#include "base/encoding.h"
#include "base/text.h"
#include "signetctl/command.h"
#include "signetctl/describe.h"
#include "signetctl/print.h"
#include "signetctl/request.h"

static const char *attributes_text(struct arena *arena, const struct signet_request_info *info)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_MESSAGE);
	for (size_t i = 0; i < info->attribute_count; i++) {
		buffer_append_text(&text, i ? "\n" : "");
		describe_line(&text, info->attributes[i].name);
		buffer_append_text(&text, ": ");
		describe_line(&text, info->attributes[i].value);
	}
	return arena_text(arena, buffer_bytes(&text));
}

static const char *csr_text(struct arena *arena, struct bytes csr)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(2 * LIMIT_CSR);
	if (csr.length == 0 || pem_encode(&pem, "CERTIFICATE REQUEST", csr)) /* of an import: none */
		return NULL;
	return arena_text(arena, buffer_bytes(&pem));
}

static int print_request(struct command_context *context, const struct signet_request_info *r)
{
	struct arena *arena = context->arena;
	const struct print_field fields[] = {
		{"Request", "id", PRINT_NUMBER, print_number(arena, r->id)},
		{"State", "state", PRINT_STATE, signet_request_state_name(r->state)},
		{"Reason", "reason", PRINT_TEXT, r->reason ? signet_reason_name(r->reason) : NULL},
		{"Message", "message", PRINT_TEXT, *r->message ? r->message : NULL},
		{"Submitted", "submitted", PRINT_TEXT, print_time(arena, r->submitted)},
		{"Resolved", "resolved", PRINT_TEXT, print_time(arena, r->resolved)},
		{"Profile", "profile", PRINT_TEXT, r->profile},
		{"Authority", "authority", PRINT_TEXT, r->authority},
		{"Intermediary", "intermediary", PRINT_TEXT, r->intermediary},
		{"Protocol", "protocol", PRINT_TEXT, r->protocol},
		{"Requester", "requester", PRINT_TEXT, r->requester},
		{"Address", "address", PRINT_TEXT, r->address},
		{"Subject", "subject", PRINT_TEXT, r->subject},
		{"Names", "names", PRINT_LIST, print_lines(arena, r->names, r->name_count)},
		{"Key", "key", PRINT_TEXT, r->key},
		{"Attributes", "attributes", PRINT_LIST, attributes_text(arena, r)},
		{"Policy", "policy", PRINT_LIST, describe_trace(arena, r)},
		{"Approved by", "approvers", PRINT_LIST,
		 print_lines(arena, r->approvers, r->approver_count)},
		{"Void approvals of", "voidApprovers", PRINT_LIST,
		 print_lines(arena, r->void_approvers, r->void_approver_count)},
		{"Drafted subject", "draftSubject", PRINT_TEXT, r->draft_subject},
		{"Not before", "notBefore", PRINT_TEXT, print_time(arena, r->not_before)},
		{"Not after", "notAfter", PRINT_TEXT, print_time(arena, r->not_after)},
		{"Extensions", "extensions", PRINT_LIST, describe_extensions(arena, r)},
		{"Certificate", "certificate", PRINT_NUMBER,
		 r->certificate_id ? print_number(arena, r->certificate_id) : NULL},
		{"Serial number", "serial", PRINT_TEXT,
		 r->serial.length ? hex_text(arena, r->serial) : NULL},
		{"", "csr", PRINT_BLOCK, csr_text(arena, r->csr)},
	};
	return print_fields(context->format, fields, sizeof fields / sizeof *fields);
}

static int run_show(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)values, (void)argc;
	struct error err;
	struct signet_request_info info;
	uint64_t id;
	if (text_to_uint(argv[0], INT64_MAX, &id))
		return command_usage("request show: '%s' is no request id", argv[0]);
	int status = command_client(context);
	if (status)
		return status;
	if (signet_show_request(context->client, context->arena, id, &info, &err))
		return command_error(&err);
	return print_request(context, &info) ? COMMAND_FAILED : COMMAND_OK;
}

const struct command commands_request[] = {
	{"request", "list", "", 0, 0, "find and list requests, the newest first",
	 request_list_options, request_list},
	{"request", "show", "ID", 1, 1, "show a request with its policy trace", NULL, run_show},
	{"request", "submit", "FILE", 1, 1, "submit a PKCS#10", request_submit_options,
	 request_submit},
	{"request", "approve", "ID...", 1, COMMAND_ARGUMENTS_MAX, "approve pending requests",
	 request_decision_options, request_approve},
	{"request", "deny", "ID...", 1, COMMAND_ARGUMENTS_MAX, "deny pending requests",
	 request_decision_options, request_deny},
	{"request", "edit", "ID", 1, 1, "change a pending request", request_edit_options,
	 request_edit},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
