/*
 * How signetctl prints: rows of a list as an aligned table, and fields of one
 * thing as "label: value" lines; or both as JSON.
 */
#ifndef SIGNET_SIGNETCTL_PRINT_H
#define SIGNET_SIGNETCTL_PRINT_H

#include <stdbool.h>

#include "base/arena.h"

struct print_column {
	const char *title;  /* "NOT AFTER" */
	const char *key;    /* of the JSON object: "notAfter" */
	bool right;         /* aligned right; a number in JSON */
};

/* rows: count * columns strings, row by row; NULL is shown as "-" and as null. The last column is
 * not padded. Control characters are shown as "?" in the table. */
int print_table(bool json, const struct print_column *columns, size_t column_count,
                const char *const *rows, size_t count);

/* Rows that grow while a list is read, for print_table. */
struct print_rows {
	size_t columns;     /* set by the caller */
	const char **cells;
	size_t count;
	size_t capacity;
};
/* A new row's cells, to be filled; NULL without memory. */
const char **print_rows_add(struct print_rows *rows, struct arena *arena);
/* Names on one line; the subject when there are none. */
const char *print_names(struct arena *arena, const char *const *names, size_t count,
                        const char *subject);

/* One thing. */
enum print_kind { PRINT_TEXT, PRINT_NUMBER, PRINT_LIST };
struct print_field {
	const char *label;  /* "Serial number" */
	const char *key;    /* "serial" */
	enum print_kind kind;
	const char *value;  /* text or number; lists: the lines, divided by "\n"; NULL: left out */
};
int print_fields(bool json, const struct print_field *fields, size_t count);

/* A number as decimal, a time as RFC 3339 (NULL for 0), a size as "1.2 MiB", in the arena. */
const char *print_number(struct arena *arena, uint64_t number);
const char *print_time(struct arena *arena, int64_t seconds);
const char *print_size(struct arena *arena, uint64_t octets);
/* Lines of an array of strings, for PRINT_LIST. */
const char *print_lines(struct arena *arena, const char *const *lines, size_t count);

#endif
