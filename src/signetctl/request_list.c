/* signetctl request list. */
#include "base/encoding.h"
#include "base/text.h"
#include "signetctl/listing.h"
#include "signetctl/placeholder.h"
#include "signetctl/request.h"

enum {
	OPTION_STATE, OPTION_NAME, OPTION_PROFILE, OPTION_REQUESTER, OPTION_INTERMEDIARY,
	OPTION_AFTER, OPTION_BEFORE, OPTION_REVERSE, OPTION_COLUMNS, OPTION_LIMIT, OPTION_PAGE,
	OPTION_ID,
};

const struct command_option request_list_options[] = {
	{"state", "REQUEST-STATE", "only these"},
	{"name", "NAME", "with this alternative or common name; one * stands for anything"},
	{"profile", "PROFILE", "of this profile"},
	{"requester", "REQUESTER", "of this requester"},
	{"intermediary", "INTERMEDIARY", "that came by this intermediary"},
	{"submitted-after", "DATE", "submitted at DATE or later"},
	{"submitted-before", "DATE", "submitted before DATE"},
	{"reverse", NULL, "the oldest first"},
	{"columns", "REQUEST-COLUMNS", "what to show, such as id,state,address"},
	{"limit", "N|all", "at most so many rows (100)"},
	{"page", "PAGE", "the page that the list before has named"},
	{"before", "ID", "only requests with smaller ids"},
	{NULL, NULL, NULL},
};

static const struct print_column columns[] = {
	{"ID", "id", PRINT_NUMBER},
	{"STATE", "state", PRINT_STATE},
	{"SUBMITTED", "submitted", PRINT_TEXT},
	{"PROFILE", "profile", PRINT_TEXT},
	{"REQUESTER", "requester", PRINT_TEXT},
	{"NAMES", "names", PRINT_LIST},
	{"RESOLVED", "resolved", PRINT_TEXT},
	{"AUTHORITY", "authority", PRINT_TEXT},
	{"INTERMEDIARY", "intermediary", PRINT_TEXT},
	{"PROTOCOL", "protocol", PRINT_TEXT},
	{"ADDRESS", "address", PRINT_TEXT},
	{"SUBJECT", "subject", PRINT_TEXT},
	{"KEY", "key", PRINT_TEXT},
	{"SERIAL", "serial", PRINT_WORD},
	{"MESSAGE", "message", PRINT_TEXT},
};
#define COLUMNS (sizeof columns / sizeof *columns)
#define CHOSEN "id,state,submitted,profile,requester,names"

const char *request_list_column(size_t at)
{
	return at < COLUMNS ? columns[at].key : NULL;
}

static int add_rows(struct arena *arena, struct print_rows *rows,
                    const struct signet_request_info *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct signet_request_info *r = &items[i];
		const char **cell = print_rows_add(rows, arena);
		if (!cell)
			return SIGNET_E_NOMEM;
		*cell++ = print_number(arena, r->id);
		*cell++ = signet_request_state_name(r->state);
		*cell++ = print_time(arena, r->submitted);
		*cell++ = r->profile;
		*cell++ = r->requester;
		*cell++ = r->name_count ? print_lines(arena, r->names, r->name_count) : r->subject;
		*cell++ = print_time(arena, r->resolved);
		*cell++ = r->authority;
		*cell++ = r->intermediary;
		*cell++ = r->protocol;
		*cell++ = r->address;
		*cell++ = r->subject;
		*cell++ = r->key;
		*cell++ = r->serial.length ? hex_text(arena, r->serial) : NULL;
		*cell++ = r->message;
	}
	return 0;
}

static int read_query(struct signet_request_query *out, const struct command_value *values,
                      struct error *err)
{
	const char *state = values[OPTION_STATE].value, *before = values[OPTION_ID].value;
	*out = (struct signet_request_query){
		.name = values[OPTION_NAME].value, .profile = values[OPTION_PROFILE].value,
		.requester = values[OPTION_REQUESTER].value,
		.intermediary = values[OPTION_INTERMEDIARY].value,
		.reverse = values[OPTION_REVERSE].value != NULL};
	if (state && !(out->state = signet_request_state_from_name(state)))
		return placeholder_refuse(err, "--state", "REQUEST-STATE");
	if (before && text_to_uint(before, INT64_MAX, &out->before))
		return error_set(err, SIGNET_E_INVALID, "--before: %s is no id", before);
	int result = listing_read_date("submitted-after", values[OPTION_AFTER].value,
	                            &out->submitted_after, err);
	return result ? result : listing_read_date("submitted-before", values[OPTION_BEFORE].value,
	                                        &out->submitted_before, err);
}

static int print_pages(struct listing *listing, struct signet_request_query *query)
{
	struct error err;
	do {
		struct print_rows rows = {.columns = COLUMNS};
		struct signet_request_info *items;
		struct bytes next;
		size_t count;
		query->limit = listing_room(listing);
		query->place = listing->place;
		if (signet_search_requests(listing->context->client, listing->arena, query, &items, &count,
		                           &next, &err))
			return command_error(&err);
		if (add_rows(listing->arena, &rows, items, count) ||
		    listing_rows(listing, rows.cells, count, next))
			return COMMAND_FAILED;
	} while (!listing_is_done(listing));
	return listing_end(listing) ? COMMAND_FAILED : COMMAND_OK;
}

int request_list(struct command_context *context, const struct command_value *values, int argc,
                 char **argv)
{
	(void)argc, (void)argv;
	struct error err;
	struct signet_request_query query;
	struct listing listing;
	if (read_query(&query, values, &err))
		return command_usage("%s", err.message);
	int status = command_client(context);
	if (status)
		return status;
	if (listing_begin(&listing, context, values[OPTION_LIMIT].value, values[OPTION_PAGE].value,
	               values[OPTION_COLUMNS].value, columns, COLUMNS, CHOSEN, &err))
		status = command_usage("%s", err.message);
	else
		status = print_pages(&listing, &query);
	listing_free(&listing);
	return status;
}
