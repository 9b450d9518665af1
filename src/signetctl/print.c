#include "signetctl/print.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

#include <jansson.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#define COLUMNS_MAX 16
#define LINES_MAX (1u << 20)

/* Characters, not octets: what a terminal shows. */
static size_t text_width(const char *text)
{
	size_t width = 0;
	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* What a request says must not steer the terminal: controls, C1 in UTF-8 among them, are shown as
 * "?"; line ends as this character. */
static void put_clean(const char *text, size_t length, char line_end)
{
	for (size_t i = 0; i < length; i++) {
		unsigned char c = (unsigned char)text[i];
		bool c1 = c == 0xc2 && i + 1 < length && ((unsigned char)text[i + 1] & 0xe0) == 0x80;
		if (c == '\n')
			putchar(line_end);
		else
			putchar(c < 0x20 || c == 0x7f || c1 ? '?' : c);
		i += c1;
	}
}

static json_t *list_json(const char *lines)
{
	json_t *list = json_array();
	while (*lines) {
		size_t n = strcspn(lines, "\n");
		json_array_append_new(list, json_stringn(lines, n));
		lines += n + (lines[n] == '\n');
	}
	return list;
}

static json_t *json_value(const char *value, enum print_kind kind)
{
	uint64_t n;
	if (!value)
		return json_null();
	if (kind == PRINT_LIST)
		return list_json(value);
	if (kind == PRINT_NUMBER && text_to_uint(value, INT64_MAX, &n) == 0)
		return json_integer((json_int_t)n);
	return json_string(value);
}

static int print_json(json_t *value)
{
	int result = value ? json_dumpf(value, stdout, JSON_INDENT(2)) : -1;
	putchar('\n');
	json_decref(value);
	return result || fflush(stdout) ? SIGNET_E_IO : 0;
}

static int table_json(const struct print_column *columns, size_t column_count,
                      const char *const *rows, size_t count)
{
	json_t *list = json_array();
	for (size_t r = 0; r < count; r++) {
		json_t *row = json_object();
		for (size_t c = 0; c < column_count; c++)
			json_object_set_new(row, columns[c].key,
			                    json_value(rows[r * column_count + c], columns[c].kind));
		json_array_append_new(list, row);
	}
	return print_json(list);
}

int print_table(bool json, const struct print_column *columns, size_t column_count,
                const char *const *rows, size_t count)
{
	if (json)
		return table_json(columns, column_count, rows, count);
	size_t width[COLUMNS_MAX];
	if (column_count > COLUMNS_MAX)
		return SIGNET_E_INVALID;
	for (size_t c = 0; c < column_count; c++) {
		width[c] = text_width(columns[c].title);
		for (size_t r = 0; r < count; r++) {
			const char *cell = rows[r * column_count + c];
			size_t w = text_width(cell && *cell ? cell : "-");
			width[c] = w > width[c] ? w : width[c];
		}
	}
	for (size_t r = 0; r <= count; r++) {
		for (size_t c = 0; c < column_count; c++) {
			const char *cell = r ? rows[(r - 1) * column_count + c] : columns[c].title;
			cell = cell && *cell ? cell : "-";
			int pad = (int)(width[c] - text_width(cell));
			if (columns[c].kind == PRINT_NUMBER)
				printf("%*s", pad, "");
			put_clean(cell, strlen(cell), ' '); /* lists on one line */
			if (columns[c].kind != PRINT_NUMBER && c + 1 < column_count)
				printf("%*s", pad, "");
			fputs(c + 1 < column_count ? "  " : "\n", stdout);
		}
	}
	return fflush(stdout) ? SIGNET_E_IO : 0;
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

static int fields_json(const struct print_field *fields, size_t count)
{
	json_t *object = json_object();
	for (size_t i = 0; i < count; i++)
		if (fields[i].value)
			json_object_set_new(object, fields[i].key,
			                    json_value(fields[i].value, fields[i].kind));
	return print_json(object);
}

int print_fields(bool json, const struct print_field *fields, size_t count)
{
	if (json)
		return fields_json(fields, count);
	size_t width = 0;
	for (size_t i = 0; i < count; i++)
		if (fields[i].value && fields[i].kind != PRINT_BLOCK &&
		    text_width(fields[i].label) > width)
			width = text_width(fields[i].label);
	for (size_t i = 0; i < count; i++) {
		const char *value = fields[i].value;
		if (!value || !*value)
			continue;
		if (fields[i].kind == PRINT_BLOCK) {
			fputs(value, stdout);
			continue;
		}
		printf("%s:%*s", fields[i].label, (int)(width - text_width(fields[i].label)) + 1, "");
		while (*value) {
			size_t n = strcspn(value, "\n");
			put_clean(value, n, '?');
			putchar('\n');
			value += n + (value[n] == '\n');
			if (*value)
				printf("%*s", (int)width + 2, "");
		}
	}
	return fflush(stdout) ? SIGNET_E_IO : 0;
}

const char *print_number(struct arena *arena, uint64_t number)
{
	return arena_printf(arena, "%" PRIu64, number);
}

const char *print_time(struct arena *arena, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];
	return seconds ? arena_strdup(arena, clock_format(seconds, text)) : NULL;
}

const char *print_size(struct arena *arena, uint64_t octets)
{
	static const char *const units[] = {"B", "KiB", "MiB", "GiB", "TiB"};
	double size = (double)octets;
	size_t unit = 0;
	for (; size >= 1024 && unit + 1 < sizeof units / sizeof *units; unit++)
		size /= 1024;
	return arena_printf(arena, unit ? "%.1f %s" : "%.0f %s", size, units[unit]);
}

const char *print_lines(struct arena *arena, const char *const *lines, size_t count)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LINES_MAX);
	for (size_t i = 0; i < count; i++) {
		buffer_append_text(&text, i ? "\n" : "");
		buffer_append_text(&text, lines[i]);
	}
	return text.error ? NULL : arena_text(arena, buffer_bytes(&text));
}
