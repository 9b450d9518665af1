/*
 * How signetctl prints: rows of a list as an aligned table, and fields of one
 * thing as "label: value" lines; or both as JSON or CSV (RFC 4180). Tables for
 * people are coloured and cut to the terminal's width, if there is one.
 */
#ifndef SIGNET_SIGNETCTL_PRINT_H
#define SIGNET_SIGNETCTL_PRINT_H

#include <stdbool.h>

#include "base/arena.h"

enum print_format {
	PRINT_TABLE,
	PRINT_JSON,         /* of a list: an array with one object in a line each */
	PRINT_CSV,          /* one line of keys, and one for each row */
};

enum print_kind {
	PRINT_TEXT,
	PRINT_NUMBER,       /* whole or "1.5"; aligned right in a table; a number in JSON */
	PRINT_LIST,         /* lines, divided by "\n"; an array in JSON, divided by ";" in CSV */
	PRINT_BLOCK,        /* a field that people copy: shown as it is, without its label */
	PRINT_STATE,        /* "valid", "denied": coloured */
	PRINT_WORD,         /* what people copy out of a table: never cut */
};

struct print_column {
	const char *title;  /* "NOT AFTER" */
	const char *key;    /* of the JSON object and of CSV: "notAfter" */
	enum print_kind kind;
};

#define PRINT_COLUMNS_MAX 64

/* What the terminal is. Without a call: no colour, and nothing is cut. */
void print_setup(bool colour, size_t width);
/* Standard output's: colour unless NO_COLOR is set or TERM is "dumb"; nothing where it is none. */
void print_setup_terminal(void);

/* A list that is printed as it comes. A table's columns are as wide as the rows that come first need,
 * and wider where later ones need it. */
struct print_stream {
	enum print_format format;
	const struct print_column *columns;
	size_t column_count;
	size_t width[PRINT_COLUMNS_MAX];
	size_t rows;        /* so far */
	bool begun;
};
void print_stream_begin(struct print_stream *stream, enum print_format format,
                        const struct print_column *columns, size_t column_count);
/* rows: count * columns strings, row by row; NULL and "" are shown as "-" in a table, as nothing in
 * CSV, NULL as null in JSON. The last column is not padded. Control characters are shown as "?"
 * but in JSON. SIGNET_E_IO: standard output does not take it. */
int print_stream_rows(struct print_stream *stream, const char *const *rows, size_t count);
int print_stream_end(struct print_stream *stream);

/* A list that is there as a whole. */
int print_table(enum print_format format, const struct print_column *columns, size_t column_count,
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
int print_fields(enum print_format format, const struct print_field *fields, size_t count);

/* A number as decimal, a time as RFC 3339 (NULL for 0), a size as "1.2 MiB", in the arena. */
const char *print_number(struct arena *arena, uint64_t number);
const char *print_time(struct arena *arena, int64_t seconds);
const char *print_size(struct arena *arena, uint64_t octets);
/* Lines of an array of strings, for PRINT_LIST. */
const char *print_lines(struct arena *arena, const char *const *lines, size_t count);

#endif
