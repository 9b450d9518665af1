#include "signetctl/print.h"

#include <float.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"
#include "signetctl/print_private.h"

#define LINES_MAX (1u << 20)

#define BOLD "\x1b[1m"
#define RED "\x1b[31m"
#define GREEN "\x1b[32m"
#define YELLOW "\x1b[33m"
#define PLAIN "\x1b[0m"

/* The process has one standard output. */
static struct {
	bool colour;
	size_t width;
} terminal;

void print_setup(bool colour, size_t width)
{
	terminal.colour = colour;
	terminal.width = width;
}

void print_setup_terminal(void)
{
	struct winsize size;
	const char *no = getenv("NO_COLOR"), *term = getenv("TERM");
	if (!isatty(STDOUT_FILENO))
		return;
	bool plain = (no && *no) || !term || strcmp(term, "dumb") == 0;
	bool known = ioctl(STDOUT_FILENO, TIOCGWINSZ, &size) == 0;
	print_setup(!plain, known ? size.ws_col : 0);
}

size_t print_terminal_width(void)
{
	return terminal.width;
}

size_t print_text_width(const char *text)
{
	size_t width = 0;
	for (; *text; text++)
		width += ((unsigned char)*text & 0xc0) != 0x80;
	return width;
}

/* What a request says must not steer the terminal: controls, C1 in UTF-8 among them, are shown as
 * "?". */
void print_clean(const char *text, size_t length, char line_end)
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

void print_clean_cut(const char *text, size_t width, char line_end)
{
	size_t length = strlen(text), at = 0;
	if (print_text_width(text) <= width) {
		print_clean(text, length, line_end);
		return;
	}
	for (size_t shown = 0; at < length; at++)
		if (((unsigned char)text[at] & 0xc0) != 0x80 && ++shown == width)
			break;
	print_clean(text, at, line_end);
	fputs("\xe2\x80\xa6", stdout);
}

void print_state(const char *state)
{
	static const struct {
		const char *state, *colour;
	} colours[] = {
		{"valid", GREEN}, {"issued", GREEN}, {"held", YELLOW}, {"pending", YELLOW},
		{"retrying", YELLOW}, {"revoked", RED}, {"denied", RED}, {"failed", RED}, {"dead", RED},
	};
	const char *colour = NULL;
	for (size_t i = 0; terminal.colour && i < sizeof colours / sizeof *colours; i++)
		if (strcmp(colours[i].state, state) == 0)
			colour = colours[i].colour;
	fputs(colour ? colour : "", stdout);
	print_clean(state, strlen(state), ' ');
	fputs(colour ? PLAIN : "", stdout);
}

void print_bold(bool on)
{
	if (terminal.colour)
		fputs(on ? BOLD : PLAIN, stdout);
}

/* RFC 4180, but for lines that end in LF alone. */
void print_csv_cell(const char *value, enum print_kind kind, bool last)
{
	char line_end = kind == PRINT_LIST ? ';' : '\n';
	value = value ? value : "";
	bool quoted = strpbrk(value, ",\"\r") || (line_end == '\n' && strchr(value, '\n'));
	fputs(quoted ? "\"" : "", stdout);
	for (const char *p = value; *p; p++) {
		size_t n = strcspn(p, "\"");
		print_clean(p, n, line_end);
		p += n;
		if (!*p)
			break;
		fputs("\"\"", stdout);
	}
	fputs(quoted ? "\"" : "", stdout);
	putchar(last ? '\n' : ',');
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

/* "12.5": as many digits as a double has for sure. */
static bool is_decimal(const char *value)
{
	size_t whole = strspn(value, "0123456789");
	const char *rest = value + whole;
	return whole && whole < DBL_DIG && *rest == '.' && strlen(rest) == 2 &&
	       rest[1] >= '0' && rest[1] <= '9';
}

json_t *print_json_value(const char *value, enum print_kind kind)
{
	uint64_t n;
	if (!value)
		return json_null();
	if (kind == PRINT_LIST)
		return list_json(value);
	if (kind == PRINT_NUMBER && text_to_uint(value, INT64_MAX, &n) == 0)
		return json_integer((json_int_t)n);
	if (kind == PRINT_NUMBER && is_decimal(value))
		return json_real(strtod(value, NULL));
	return json_string(value);
}

static int fields_json(const struct print_field *fields, size_t count)
{
	json_t *object = json_object();
	for (size_t i = 0; i < count; i++)
		if (fields[i].value)
			json_object_set_new(object, fields[i].key,
			                    print_json_value(fields[i].value, fields[i].kind));
	int result = object ? json_dumpf(object, stdout, JSON_INDENT(2) | JSON_REAL_PRECISION(DBL_DIG)) : -1;
	putchar('\n');
	json_decref(object);
	return result || fflush(stdout) ? SIGNET_E_IO : 0;
}

static int fields_csv(const struct print_field *fields, size_t count)
{
	for (size_t i = 0; i < count; i++)
		print_csv_cell(fields[i].key, PRINT_TEXT, i + 1 == count);
	for (size_t i = 0; i < count; i++)
		print_csv_cell(fields[i].value, fields[i].kind, i + 1 == count);
	return fflush(stdout) ? SIGNET_E_IO : 0;
}

/* The lines of one value, each below the first. */
static void put_lines(const char *value, enum print_kind kind, size_t indent)
{
	while (*value) {
		size_t n = strcspn(value, "\n");
		if (kind == PRINT_STATE)
			print_state(value);
		else
			print_clean(value, n, '?');
		putchar('\n');
		value += n + (value[n] == '\n');
		if (*value)
			printf("%*s", (int)indent, "");
	}
}

int print_fields(enum print_format format, const struct print_field *fields, size_t count)
{
	size_t width = 0;
	if (format == PRINT_JSON)
		return fields_json(fields, count);
	if (format == PRINT_CSV)
		return fields_csv(fields, count);
	for (size_t i = 0; i < count; i++)
		if (fields[i].value && fields[i].kind != PRINT_BLOCK &&
		    print_text_width(fields[i].label) > width)
			width = print_text_width(fields[i].label);
	for (size_t i = 0; i < count; i++) {
		const char *value = fields[i].value;
		if (!value || !*value)
			continue;
		if (fields[i].kind == PRINT_BLOCK) {
			fputs(value, stdout);
			continue;
		}
		printf("%s:%*s", fields[i].label, (int)(width - print_text_width(fields[i].label)) + 1,
		       "");
		put_lines(value, fields[i].kind, width + 2);
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
