#include "signetctl/page.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/text.h"

#define ROWS_MAX 1000000

int page_read(const char *limit, const char *before, uint64_t *rows, uint64_t *id,
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

void page_more(const struct command_context *context, uint64_t last_id)
{
	if (context->format == PRINT_TABLE && !context->quiet)
		fprintf(stderr, "There are more: --before %" PRIu64 " shows the next ones.\n", last_id);
}
