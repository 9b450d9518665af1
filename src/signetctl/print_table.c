/* Lists, as they come. */
#include <float.h>
#include <stdio.h>
#include <string.h>

#include "base/error.h"
#include "signetctl/print_private.h"

#define GAP 2       /* blanks between columns */
#define SHORTEST 8  /* characters of a column that is cut */

void print_stream_begin(struct print_stream *stream, enum print_format format,
                        const struct print_column *columns, size_t column_count)
{
	*stream = (struct print_stream){
		.format = format, .columns = columns, .column_count = column_count};
}

static const char *shown(const char *cell)
{
	return cell && *cell ? cell : "-";
}

static bool may_cut(const struct print_stream *s, size_t column)
{
	return s->columns[column].kind == PRINT_TEXT || s->columns[column].kind == PRINT_LIST;
}

/* Takes from the widest until the table fits, as far as its columns may be cut. */
static void fit(struct print_stream *s)
{
	size_t most = print_terminal_width(), sum = 0;
	for (size_t c = 0; c < s->column_count; c++)
		sum += s->width[c] + (c ? GAP : 0);
	while (most && sum > most) {
		size_t widest = s->column_count;
		for (size_t c = 0; c < s->column_count; c++)
			if (may_cut(s, c) && s->width[c] > SHORTEST &&
			    s->width[c] > print_text_width(s->columns[c].title) &&
			    (widest == s->column_count || s->width[c] >= s->width[widest]))
				widest = c;
		if (widest == s->column_count)
			break;
		s->width[widest]--;
		sum--;
	}
}

static void widen(struct print_stream *s, const char *const *rows, size_t count)
{
	for (size_t c = 0; c < s->column_count; c++) {
		size_t *width = &s->width[c];
		if (!s->begun)
			*width = print_text_width(s->columns[c].title);
		for (size_t r = 0; r < count; r++) {
			size_t w = print_text_width(shown(rows[r * s->column_count + c]));
			*width = w > *width ? w : *width;
		}
	}
	fit(s);
}

static void put_row(const struct print_stream *s, const char *const *cells, bool title)
{
	for (size_t c = 0; c < s->column_count; c++) {
		const char *cell = shown(cells[c]);
		enum print_kind kind = s->columns[c].kind;
		size_t width = print_text_width(cell), room = s->width[c];
		int pad = width < room ? (int)(room - width) : 0;
		if (kind == PRINT_NUMBER)
			printf("%*s", pad, "");
		if (kind == PRINT_STATE && !title)
			print_state(cell);
		else
			print_clean_cut(cell, room, ' '); /* lists on one line */
		if (kind != PRINT_NUMBER && c + 1 < s->column_count)
			printf("%*s", pad, "");
		fputs(c + 1 < s->column_count ? "  " : "\n", stdout);
	}
}

static void put_titles(const struct print_stream *s)
{
	const char *titles[PRINT_COLUMNS_MAX];
	for (size_t c = 0; c < s->column_count; c++)
		titles[c] = s->columns[c].title;
	print_bold(true);
	put_row(s, titles, true);
	print_bold(false);
}

static int put_json(struct print_stream *s, const char *const *cells)
{
	json_t *row = json_object();
	for (size_t c = 0; c < s->column_count; c++)
		json_object_set_new(row, s->columns[c].key,
		                    print_json_value(cells[c], s->columns[c].kind));
	fputs(s->rows ? ",\n" : "\n", stdout);
	int result = row ? json_dumpf(row, stdout, JSON_REAL_PRECISION(DBL_DIG)) : -1;
	json_decref(row);
	return result ? SIGNET_E_IO : 0;
}

static void put_csv(const struct print_stream *s, const char *const *cells)
{
	for (size_t c = 0; c < s->column_count; c++)
		print_csv_cell(cells ? cells[c] : s->columns[c].key,
		               cells ? s->columns[c].kind : PRINT_TEXT, c + 1 == s->column_count);
}

static void begin(struct print_stream *s)
{
	if (s->format == PRINT_JSON)
		putchar('[');
	else if (s->format == PRINT_CSV)
		put_csv(s, NULL);
	else
		put_titles(s);
	s->begun = true;
}

int print_stream_rows(struct print_stream *s, const char *const *rows, size_t count)
{
	int result = s->column_count > PRINT_COLUMNS_MAX ? SIGNET_E_INVALID : 0;
	if (result)
		return result;
	if (s->format == PRINT_TABLE)
		widen(s, rows, count);
	if (!s->begun)
		begin(s);
	for (size_t r = 0; result == 0 && r < count; r++, s->rows++) {
		const char *const *cells = rows + r * s->column_count;
		if (s->format == PRINT_JSON)
			result = put_json(s, cells);
		else if (s->format == PRINT_CSV)
			put_csv(s, cells);
		else
			put_row(s, cells, false);
	}
	return result || ferror(stdout) ? SIGNET_E_IO : 0;
}

int print_stream_end(struct print_stream *s)
{
	int result = s->begun ? 0 : print_stream_rows(s, NULL, 0);
	if (s->format == PRINT_JSON)
		fputs(s->rows ? "\n]\n" : "]\n", stdout);
	return result || fflush(stdout) || ferror(stdout) ? SIGNET_E_IO : 0;
}

int print_table(enum print_format format, const struct print_column *columns, size_t column_count,
                const char *const *rows, size_t count)
{
	struct print_stream stream;
	print_stream_begin(&stream, format, columns, column_count);
	int result = print_stream_rows(&stream, rows, count);
	return result ? result : print_stream_end(&stream);
}

const char **print_rows_add(struct print_rows *rows, struct arena *arena)
{
	if (rows->count == rows->capacity) {
		size_t capacity = rows->capacity ? rows->capacity * 2 : 64;
		const char **cells = arena_array(arena, capacity, rows->columns * sizeof *cells);
		if (!cells)
			return NULL;
		if (rows->count)
			memcpy(cells, rows->cells, rows->count * rows->columns * sizeof *cells);
		rows->cells = cells;
		rows->capacity = capacity;
	}
	return rows->cells + rows->count++ * rows->columns;
}
