/* signetctl request: the requests that the engine has stored. */
#include <stdio.h>

#include "api/policy.h"
#include "base/encoding.h"
#include "base/text.h"
#include "signetctl/command.h"
#include "signetctl/describe.h"
#include "signetctl/page.h"
#include "signetctl/print.h"
#include "signetctl/request.h"

#define COLUMNS 6

enum { OPTION_STATE, OPTION_LIMIT, OPTION_BEFORE };

static const struct command_option list_options[] = {
	{"state", "STATE", "only these: issued, pending, denied, failed"},
	{"limit", "N", "at most so many rows (100)"},
	{"before", "ID", "only requests with smaller ids"},
	{NULL, NULL, NULL},
};

static const struct print_column columns[COLUMNS] = {
	{"ID", "id", PRINT_NUMBER},           {"STATE", "state", PRINT_STATE},    {"SUBMITTED", "submitted", PRINT_TEXT},
	{"PROFILE", "profile", PRINT_TEXT}, {"REQUESTER", "requester", PRINT_TEXT}, {"NAMES", "names", PRINT_LIST},
};

static int add_rows(struct arena *arena, struct print_rows *rows,
                    const struct signet_request_info *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char **cell = print_rows_add(rows, arena);
		if (!cell)
			return SIGNET_E_NOMEM;
		cell[0] = print_number(arena, items[i].id);
		cell[1] = signet_request_state_name(items[i].state);
		cell[2] = print_time(arena, items[i].submitted);
		cell[3] = items[i].profile;
		cell[4] = items[i].requester;
		cell[5] = items[i].name_count ? print_lines(arena, items[i].names, items[i].name_count)
		                              : items[i].subject;
	}
	return 0;
}

static int fetch(struct command_context *context, const void *filter, uint64_t before,
                 unsigned limit, struct print_rows *rows, uint64_t *last, bool *more,
                 struct error *err)
{
	const enum signet_request_state *state = filter;
	struct signet_request_info *items;
	size_t count;
	int result = signet_list_requests(context->client, context->arena, before, limit,
	                                  *state, &items, &count, more, err);
	if (result || count == 0)
		return result;
	*last = items[count - 1].id;
	return add_rows(context->arena, rows, items, count) ? error_nomem(err) : 0;
}

static int run_list(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)argc, (void)argv;
	enum signet_request_state state = 0;
	const char *name = values[OPTION_STATE].value;
	if (name && !(state = signet_request_state_from_name(name)))
		return command_usage("--state: there is issued, pending, denied, failed");
	const struct page_list list = {columns, COLUMNS, fetch, &state};
	return page_print(context, &list, values[OPTION_LIMIT].value, values[OPTION_BEFORE].value);
}

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
	return pem_encode(&pem, "CERTIFICATE REQUEST", csr) ? NULL
	                                                   : arena_text(arena, buffer_bytes(&pem));
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
	{"request", "list", "", 0, 0, "list requests, the newest first", list_options, run_list},
	{"request", "show", "ID", 1, 1, "show a request with its policy trace", NULL, run_show},
	{"request", "approve", "ID...", 1, COMMAND_ARGUMENTS_MAX, "approve pending requests",
	 request_decision_options, request_approve},
	{"request", "deny", "ID...", 1, COMMAND_ARGUMENTS_MAX, "deny pending requests",
	 request_decision_options, request_deny},
	{"request", "edit", "ID", 1, 1, "change a pending request", request_edit_options,
	 request_edit},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
