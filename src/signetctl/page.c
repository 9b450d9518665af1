#include "signetctl/page.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/limits.h"
#include "base/text.h"

#define ROWS_MAX 1000000

static int read_options(const char *limit, const char *before, uint64_t *rows, uint64_t *id,
                        struct error *err)
{
	*rows = PAGE_DEFAULT_LIMIT;
	*id = 0;
	if (limit && (text_to_uint(limit, ROWS_MAX, rows) || *rows == 0))
		return error_set(err, SIGNET_E_INVALID, "--limit: %s is no number from 1 to %d", limit,
		                 ROWS_MAX);
	if (before && text_to_uint(before, INT64_MAX, id))
		return error_set(err, SIGNET_E_INVALID, "--before: %s is no id", before);
	return 0;
}

/* Says that the list goes on. */
static void say_more(const struct command_context *context, uint64_t last_id)
{
	if (context->format == PRINT_TABLE && !context->quiet)
		fprintf(stderr, "There are more: --before %" PRIu64 " shows the next ones.\n", last_id);
}

int page_print(struct command_context *context, const struct page_list *list, const char *limit,
               const char *before)
{
	struct print_rows rows = {.columns = list->column_count};
	struct error err;
	uint64_t wanted, last;
	bool more = true;
	if (read_options(limit, before, &wanted, &last, &err))
		return command_error(&err);
	int status = command_client(context);
	if (status)
		return status;
	while (more && rows.count < wanted) {
		size_t had = rows.count, left = (size_t)wanted - had;
		if (list->fetch(context, list->filter, last,
		                (unsigned)(left < LIMIT_LIST ? left : LIMIT_LIST), &rows, &last,
		                &more, &err))
			return command_error(&err);
		if (rows.count == had)
			break;
	}
	if (print_table(context->format, list->columns, list->column_count, rows.cells, rows.count))
		return COMMAND_FAILED;
	if (more)
		say_more(context, last);
	return COMMAND_OK;
}
