/* signetctl audit: the trail, and whether it is whole. */
#include <inttypes.h>
#include <stdio.h>

#include "api/audit_chain.h"
#include "api/client_audit.h"
#include "base/text.h"
#include "signetctl/audit.h"
#include "signetctl/cert.h"
#include "signetctl/progress.h"

#define COLUMNS 9
#define LIMIT_DEFAULT 100
#define LIMIT_MOST 1000000
#define PAGE_ARENA (4u << 20)

static const struct print_column columns[COLUMNS] = {
	{"SEQUENCE", "sequence", PRINT_NUMBER}, {"TIME", "time", PRINT_WORD},
	{"ACTION", "action", PRINT_WORD},       {"ACTOR", "actor", PRINT_WORD},
	{"FROM", "from", PRINT_TEXT},           {"REQUEST", "request", PRINT_NUMBER},
	{"BEFORE", "before", PRINT_TEXT},       {"AFTER", "after", PRINT_TEXT},
	{"DETAIL", "detail", PRINT_TEXT},
};

enum { ACTOR, ACTION, REQUEST, SINCE, UNTIL, LIMIT, BEFORE };
static const struct command_option show_options[] = {
	[ACTOR] = {"actor", "ACTOR", "of this actor alone, such as \"uid 1000\" or acme"},
	[ACTION] = {"action", "ACTION", "of this action alone, such as revoked"},
	[REQUEST] = {"request", "ID", "of this request alone"},
	[SINCE] = {"since", "DATE", "from this date or time on"},
	[UNTIL] = {"until", "DATE", "before this date or time"},
	[LIMIT] = {"limit", "NUMBER", "so many records at most (100)"},
	[BEFORE] = {"before", "SEQUENCE", "records older than this one"},
	{NULL, NULL, NULL},
};

static int read_number(const struct command_value *value, const char *name, uint64_t most,
                       uint64_t *out, struct error *err)
{
	if (value->value && (text_to_uint(value->value, most, out) || *out == 0))
		return error_set(err, SIGNET_E_INVALID, "--%s: '%s' is no number from 1 on", name,
		                 value->value);
	return 0;
}

static int read_query(const struct command_value *values, struct signet_audit_query *query,
                      uint64_t *wanted, struct error *err)
{
	query->actor = values[ACTOR].value;
	query->action = values[ACTION].value;
	*wanted = LIMIT_DEFAULT;
	int result = read_number(&values[REQUEST], "request", INT64_MAX, &query->request, err);
	if (result == 0)
		result = read_number(&values[LIMIT], "limit", LIMIT_MOST, wanted, err);
	if (result == 0)
		result = read_number(&values[BEFORE], "before", INT64_MAX, &query->before, err);
	if (result == 0 && values[SINCE].value)
		result = cert_read_date(values[SINCE].value, &query->since, err);
	if (result == 0 && values[UNTIL].value)
		result = cert_read_date(values[UNTIL].value, &query->until, err);
	return result;
}

static const char *or_none(const char *text)
{
	return *text ? text : NULL;
}

/* At once, so that the columns are as wide as all of its rows need. */
static int print_page(struct print_stream *stream, struct arena *arena,
                      const struct signet_audit_page *page, struct error *err)
{
	struct print_rows rows = {.columns = COLUMNS};
	for (size_t i = 0; i < page->count; i++) {
		const struct signet_audit_record *r = &page->records[i];
		const char **cell = print_rows_add(&rows, arena);
		if (!cell)
			return error_nomem(err);
		cell[0] = print_number(arena, r->sequence);
		cell[1] = print_time(arena, r->time);
		cell[2] = r->action;
		cell[3] = r->actor;
		cell[4] = or_none(r->from);
		cell[5] = r->request ? print_number(arena, r->request) : NULL;
		cell[6] = or_none(r->before);
		cell[7] = or_none(r->after);
		cell[8] = or_none(r->detail);
	}
	if (rows.count && print_stream_rows(stream, rows.cells, rows.count))
		return error_set(err, SIGNET_E_IO, "standard output is full");
	return 0;
}

/* Newest first, page after page. *next: where others are; 0: that was all. */
static int print_pages(struct command_context *context, struct signet_audit_query *query,
                       uint64_t wanted, uint64_t *next, struct error *err)
{
	struct print_stream stream;
	print_stream_begin(&stream, context->format, columns, COLUMNS);
	int result = 0;
	for (*next = 1; result == 0 && wanted && *next;) {
		struct signet_audit_page page = {0};
		struct arena *arena = arena_new(PAGE_ARENA);
		query->limit = wanted < 500 ? (unsigned)wanted : 500;
		result = arena ? signet_read_audit(context->client, arena, query, &page, err)
		               : error_nomem(err);
		if (result == 0)
			result = print_page(&stream, arena, &page, err);
		wanted -= page.count;
		query->before = *next = page.next;
		arena_free(arena);
	}
	if (result == 0 && print_stream_end(&stream))
		result = error_set(err, SIGNET_E_IO, "standard output is full");
	return result;
}

static int run_show(struct command_context *context, const struct command_value *values, int argc,
                    char **argv)
{
	(void)argc, (void)argv;
	struct error err = {0};
	struct signet_audit_query query = {0};
	uint64_t wanted, next;
	if (read_query(values, &query, &wanted, &err)) {
		command_error(&err);
		return COMMAND_USAGE;
	}
	int status = command_client(context);
	if (status)
		return status;
	if (print_pages(context, &query, wanted, &next, &err))
		return command_error(&err);
	if (next && context->format == PRINT_TABLE && !context->quiet)
		fprintf(stderr, "There are more: --before %" PRIu64 " shows the next ones.\n", next);
	return COMMAND_OK;
}

static const struct command_option verify_options[] = {
	{"head", "FILE", "compare with the signed heads in this log, too"},
	{"key", "FILE", "a key of the heads, PEM; may be repeated; left out: public/audit.pub of the state"},
	{NULL, NULL, NULL},
};

/* The record of the page that does not fit the chain: the one after it, which may be in the next page,
 * tells which one was changed. */
static void blame(struct command_context *context, struct audit_chain *chain, struct arena *arena,
                  const struct signet_audit_page *page, size_t at, struct error *err)
{
	const struct signet_audit_record *record = &page->records[at];
	struct bytes next = BYTES_NONE;
	struct signet_audit_page more = {0};
	const struct signet_audit_query query = {.from = record->sequence + 1};
	if (at + 1 < page->count)
		next = record[1].stored;
	else if (page->next && signet_read_audit(context->client, arena, &query, &more, NULL) == 0 &&
	         more.count)
		next = more.records[0].stored;
	audit_chain_blame(chain, record->sequence, record->stored, next, err);
}

/* One chunk: all records from `from` on that a reply holds. */
static int walk_chunk(struct command_context *context, struct audit_chain *chain,
                      struct audit_heads *heads, uint64_t *from, uint64_t *last, struct error *err)
{
	struct signet_audit_page page = {0};
	const struct signet_audit_query query = {.from = *from};
	struct arena *arena = arena_new(PAGE_ARENA);
	int result = arena ? signet_read_audit(context->client, arena, &query, &page, err)
	                   : error_nomem(err);
	for (size_t i = 0; result == 0 && i < page.count; i++) {
		result = audit_chain_add(chain, page.records[i].sequence, page.records[i].stored, err);
		if (result == SIGNET_E_CORRUPT)
			blame(context, chain, arena, &page, i, err);
		if (result == 0)
			result = audit_heads_compare(heads, chain, err);
	}
	*from = page.next;
	*last = page.last;
	arena_free(arena);
	return result;
}

static int walk(struct command_context *context, struct audit_chain *chain,
                struct audit_heads *heads, struct error *err)
{
	struct progress progress;
	uint64_t from = 1, last = 0;
	int result = 0;
	progress_begin(&progress, "audit", PROGRESS_COUNT, 0, context->quiet);
	while (result == 0 && from) {
		result = walk_chunk(context, chain, heads, &from, &last, err);
		progress.total = last;
		progress_set(&progress, chain->last);
	}
	progress_end(&progress);
	return result ? result : audit_heads_finish(heads, chain, err);
}

static int run_verify(struct command_context *context, const struct command_value *values, int argc,
                      char **argv)
{
	(void)argc, (void)argv;
	struct error err = {0};
	struct audit_chain chain = {0};
	struct audit_heads heads = {0};
	int status = command_client(context);
	if (status)
		return status;
	if (values[0].value &&
	    audit_heads_read(&heads, context, values[0].value, values[1].all, values[1].count, &err)) {
		audit_heads_clear(&heads);
		return command_error(&err);
	}
	int result = walk(context, &chain, &heads, &err);
	const struct print_field fields[] = {
		{"Records", "records", PRINT_NUMBER, print_number(context->arena, chain.last)},
		{"Heads", "heads", PRINT_NUMBER,
		 values[0].value ? print_number(context->arena, heads.compared) : NULL},
		{"State", "state", PRINT_STATE, result == 0 ? "whole" : "broken"},
	};
	audit_heads_clear(&heads);
	if (result && result != SIGNET_E_CORRUPT)
		return command_error(&err);
	if (print_fields(context->format, fields, sizeof fields / sizeof *fields))
		return COMMAND_FAILED;
	return result ? command_error(&err) : COMMAND_OK;
}

const struct command commands_audit[] = {
	{"audit", "show", "", 0, 0, "list what was done, by whom, newest first", show_options, run_show},
	{"audit", "verify", "", 0, 0, "check that nothing of the trail was changed or cut off",
	 verify_options, run_verify},
	{NULL, NULL, NULL, 0, 0, NULL, NULL, NULL},
};
