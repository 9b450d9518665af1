/* signetctl cert list. */
#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"
#include "conf/conf.h"
#include "signetctl/cert_query.h"
#include "signetctl/listing.h"

enum { OPTION_COLUMNS = CERT_QUERY_OPTIONS, OPTION_LIMIT, OPTION_PAGE };

const struct command_option cert_list_options[] = {
	CERT_QUERY_OPTION_LIST,
	{"columns", "CERTIFICATE-COLUMNS", "what to show, such as id,serial,subject"},
	{"limit", "N|all", "at most so many rows (100)"},
	{"page", "PAGE", "the page that the list before has named"},
	{NULL, NULL, NULL},
};

static const struct print_column columns[] = {
	{"ID", "id", PRINT_NUMBER},
	{"SERIAL", "serial", PRINT_WORD},
	{"STATE", "state", PRINT_STATE},
	{"NOT AFTER", "notAfter", PRINT_TEXT},
	{"PROFILE", "profile", PRINT_TEXT},
	{"NAMES", "names", PRINT_LIST},
	{"NOT BEFORE", "notBefore", PRINT_TEXT},
	{"AUTHORITY", "authority", PRINT_TEXT},
	{"REQUESTER", "requester", PRINT_TEXT},
	{"SUBJECT", "subject", PRINT_TEXT},
	{"REVOKED", "revoked", PRINT_TEXT},
	{"REASON", "reason", PRINT_TEXT},
	{"INVALID", "invalid", PRINT_TEXT},
};
#define COLUMNS (sizeof columns / sizeof *columns)
#define CHOSEN "id,serial,state,notAfter,profile,names"

const char *cert_list_column(size_t at)
{
	return at < COLUMNS ? columns[at].key : NULL;
}

static int add_rows(struct arena *arena, struct print_rows *rows,
                    const struct signet_certificate *items, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const struct signet_certificate *c = &items[i];
		const char **cell = print_rows_add(rows, arena);
		if (!cell)
			return SIGNET_E_NOMEM;
		*cell++ = print_number(arena, c->id);
		*cell++ = hex_text(arena, c->serial);
		*cell++ = signet_certificate_state_name(c->state);
		*cell++ = print_time(arena, c->not_after);
		*cell++ = c->profile;
		*cell++ = c->name_count ? print_lines(arena, c->names, c->name_count) : c->subject;
		*cell++ = print_time(arena, c->not_before);
		*cell++ = c->authority;
		*cell++ = c->requester;
		*cell++ = c->subject;
		*cell++ = print_time(arena, c->revoked);
		*cell++ = c->revoked ? signet_revocation_reason_name(c->revocation_reason) : NULL;
		*cell++ = print_time(arena, c->invalid);
	}
	return 0;
}

static int print_pages(struct listing *listing, struct signet_certificate_query *query)
{
	struct error err;
	do {
		struct print_rows rows = {.columns = COLUMNS};
		struct signet_certificate *items;
		struct bytes next;
		size_t count;
		query->limit = listing_room(listing);
		query->place = listing->place;
		if (signet_search_certificates(listing->context->client, listing->arena, query, &items,
		                               &count, &next, &err))
			return command_error(&err);
		if (add_rows(listing->arena, &rows, items, count) ||
		    listing_rows(listing, rows.cells, count, next))
			return COMMAND_FAILED;
	} while (!listing_is_done(listing));
	return listing_end(listing) ? COMMAND_FAILED : COMMAND_OK;
}

int cert_list(struct command_context *context, const struct command_value *values, int argc,
              char **argv)
{
	(void)argc, (void)argv;
	struct error err;
	struct signet_certificate_query query;
	struct listing listing;
	if (cert_read_query(&query, context->arena, values, &err))
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
