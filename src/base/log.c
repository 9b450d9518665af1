#include "base/log.h"

#include <limits.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

/* A pipe takes so much at once and whole: lines of several processes do not mix. */
#define LINE_MAX_OCTETS PIPE_BUF
#define LINE_END_OCTETS 16 /* for the mark of a line that is cut, and what closes it */
#define VALUE_SHOWN 1024

static const char *const level_names[] = {"error", "warning", "info", "debug"};

static struct {
	const char *role;
	enum log_level level;
	bool json;
} settings = {"signet", LOG_INFO, false};

void log_setup(const char *role, enum log_level level, bool json)
{
	settings.role = role;
	settings.level = level;
	settings.json = json;
}

int log_level_from_name(const char *name)
{
	for (int i = 0; i < (int)(sizeof level_names / sizeof *level_names); i++)
		if (strcmp(level_names[i], name) == 0)
			return i;
	return -1;
}

bool log_enabled(enum log_level level)
{
	return level <= settings.level;
}

static bool needs_quotes(const char *value)
{
	if (!*value)
		return true;
	for (const char *p = value; *p; p++)
		if ((unsigned char)*p <= ' ' || *p == '"' || *p == '=' || *p == '\\' ||
		    (unsigned char)*p >= 0x7f)
			return true;
	return false;
}

/* The code of a character that moves a terminal's cursor or breaks a line: C0, DEL, C1, the line
 * and the paragraph separator; 0 for another. */
static unsigned control_code(struct bytes c)
{
	if (c.length == 1 && (c.data[0] < 0x20 || c.data[0] == 0x7f))
		return c.data[0];
	if (c.length == 2 && c.data[0] == 0xc2 && c.data[1] < 0xa0)
		return c.data[1];
	if (c.length == 3 && c.data[0] == 0xe2 && c.data[1] == 0x80 &&
	    (c.data[2] == 0xa8 || c.data[2] == 0xa9))
		return 0x2000u + (c.data[2] & 0x3f);
	return 0;
}

static void put_quoted(struct buffer *line, const char *value)
{
	struct bytes rest = bytes_text(value);
	const uint8_t *start = rest.data;
	buffer_append_octet(line, '"');
	while (rest.length && (size_t)(rest.data - start) < VALUE_SHOWN) {
		size_t n = text_utf8_length(rest);
		unsigned control = control_code(bytes_make(rest.data, n));
		if (rest.data[0] == '"' || rest.data[0] == '\\')
			buffer_printf(line, "\\%c", rest.data[0]);
		else if (n == 0)
			buffer_append_text(line, "\\ufffd"); /* not UTF-8 */
		else if (control)
			buffer_printf(line, "\\u%04x", control);
		else
			buffer_append(line, rest.data, n);
		n += n == 0;
		rest = bytes_make(rest.data + n, rest.length - n);
	}
	buffer_append_text(line, rest.length ? "...\"" : "\"");
}

static void append_pair(struct buffer *line, const char *key, const char *value)
{
	if (settings.json) {
		buffer_append_text(line, line->length > 1 ? "," : "");
		put_quoted(line, key);
		buffer_append_octet(line, ':');
		put_quoted(line, value);
		return;
	}
	if (line->length)
		buffer_append_octet(line, ' ');
	buffer_printf(line, "%s=", key);
	if (needs_quotes(value) || strlen(value) > VALUE_SHOWN)
		put_quoted(line, value);
	else
		buffer_append_text(line, value);
}

/* A pair that has no room any more is left out as a whole, and *cut says so. */
static void put_pair(struct buffer *line, bool *cut, const char *key, const char *value)
{
	size_t before = line->length;
	if (!value)
		return;
	append_pair(line, key, value);
	if (line->error) {
		line->error = 0;
		line->length = before;
		*cut = true;
	}
}

static void put_line(enum log_level level, const char *event, const struct error *err, va_list ap)
{
	uint8_t memory[LINE_MAX_OCTETS + 1];
	struct buffer line = {memory, 0, sizeof memory, LINE_MAX_OCTETS - LINE_END_OCTETS, 0};
	char now[CLOCK_TEXT_SIZE];
	bool cut = false;
	if (settings.json)
		buffer_append_octet(&line, '{');
	put_pair(&line, &cut, "time", clock_format(clock_now(), now));
	put_pair(&line, &cut, "level", level_names[level]);
	put_pair(&line, &cut, "role", settings.role);
	put_pair(&line, &cut, "event", event);
	for (const char *key; (key = va_arg(ap, const char *));)
		put_pair(&line, &cut, key, va_arg(ap, const char *));
	if (err) {
		put_pair(&line, &cut, "code", error_name(err->code));
		put_pair(&line, &cut, "message", err->message);
		put_pair(&line, &cut, "detail", err->detail[0] ? err->detail : NULL);
	}
	line.maximum = LINE_MAX_OCTETS;
	if (cut)
		append_pair(&line, "cut", "true");
	buffer_append_text(&line, settings.json ? "}\n" : "\n");
	ssize_t ignored = write(STDERR_FILENO, line.data, line.length);
	(void)ignored;
}

void log_event(enum log_level level, const char *event, ...)
{
	if (!log_enabled(level))
		return;
	va_list ap;
	va_start(ap, event);
	put_line(level, event, NULL, ap);
	va_end(ap);
}

void log_error(enum log_level level, const char *event, const struct error *err, ...)
{
	if (!log_enabled(level))
		return;
	va_list ap;
	va_start(ap, err);
	put_line(level, event, err, ap);
	va_end(ap);
}
