/*
 * How signetctl prints: rows of a list as an aligned table, and fields of one
 * thing as "label: value" lines; or both as JSON.
 */
#ifndef SIGNET_SIGNETCTL_PRINT_H
#define SIGNET_SIGNETCTL_PRINT_H

#include <stdbool.h>

#include "base/arena.h"

enum print_kind {
	PRINT_TEXT,
	PRINT_NUMBER,       /* aligned right in a table; a number in JSON */
	PRINT_LIST,         /* lines, divided by "\n"; an array in JSON */
	PRINT_BLOCK,        /* a field that people copy: shown as it is, without its label */
};

struct print_column {
	const char *title;  /* "NOT AFTER" */
	const char *key;    /* of the JSON object: "notAfter" */
	enum print_kind kind;
};

/* rows: count * columns strings, row by row; NULL and "" are shown as "-", NULL as null in JSON.
 * The last column is not padded. Control characters are shown as "?" in the table. */
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

/* One thing. */
struct print_field {
	const char *label;  /* "Serial number" */
	const char *key;    /* "serial" */
	enum print_kind kind;
	const char *value;  /* NULL: left out */
};
int print_fields(bool json, const struct print_field *fields, size_t count);

/* A number as decimal, a time as RFC 3339 (NULL for 0), a size as "1.2 MiB", in the arena. */
const char *print_number(struct arena *arena, uint64_t number);
const char *print_time(struct arena *arena, int64_t seconds);
const char *print_size(struct arena *arena, uint64_t octets);
/* Lines of an array of strings, for PRINT_LIST. */
const char *print_lines(struct arena *arena, const char *const *lines, size_t count);

#endif
