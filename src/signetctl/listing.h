/*
 * Lists that are longer than one reply: page after page, as they come.
 */
#ifndef SIGNET_SIGNETCTL_LISTING_H
#define SIGNET_SIGNETCTL_LISTING_H

#include "base/buffer.h"
#include "signetctl/command.h"

#define LISTING_DEFAULT_LIMIT 100

/* Which columns of a list are printed, in which order. */
struct listing_columns {
	struct print_column columns[PRINT_COLUMNS_MAX];
	size_t from[PRINT_COLUMNS_MAX]; /* their places among all */
	size_t count;
};

/* A list on its way to standard output. */
struct listing {
	struct command_context *context;
	struct arena *arena;      /* of one page */
	uint64_t wanted, printed; /* rows */
	struct bytes place;       /* where the next page begins; empty at the end */
	struct buffer kept;       /* behind place */
	size_t all;               /* columns of the rows that are handed in */
	struct listing_columns columns;
	struct print_stream stream;
};

/* The values of --limit, --page and --columns, each NULL where it was not given; all: every column that
 * there is; chosen: those that are printed unless --columns says otherwise ("id,serial").
 * SIGNET_E_INVALID with a message. */
int listing_begin(struct listing *listing, struct command_context *context, const char *limit,
               const char *place, const char *columns, const struct print_column *all,
               size_t count, const char *chosen, struct error *err);
/* How many rows the next call may bring; 0 when it is enough. */
unsigned listing_room(const struct listing *listing);
/* Prints rows of all columns, which stand in listing->arena, and empties that. */
int listing_rows(struct listing *listing, const char *const *rows, size_t count, struct bytes next);
bool listing_is_done(const struct listing *listing);
/* Ends the list, and says on standard error, for people only, when it goes on and how to see more. */
int listing_end(struct listing *listing);
void listing_free(struct listing *listing);

/* A day ("2026-11-23", from midnight UTC) or a moment ("2026-11-23T12:49:00Z"); text NULL: 0.
 * SIGNET_E_INVALID, with the option's name. */
int listing_read_date(const char *option, const char *text, int64_t *out, struct error *err);

#endif
