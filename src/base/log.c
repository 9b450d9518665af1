#include "base/log.h"

#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>
#include <unistd.h>

#include "base/buffer.h"
#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#define LINE_MAX_OCTETS 8192

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

static void put_quoted(struct buffer *line, const char *value)
{
	buffer_append_octet(line, '"');
	while (*value) {
		unsigned char c = (unsigned char)*value;
		size_t n = text_utf8_length(bytes_text(value));
		if (c == '"' || c == '\\') {
			buffer_printf(line, "\\%c", c);
			n = 1;
		} else if (c < 0x20 || c == 0x7f) {
			buffer_printf(line, "\\u%04x", c);
			n = 1;
		} else if (n == 0) {
			buffer_append_text(line, "\\ufffd"); /* not UTF-8 */
			n = 1;
		} else {
			buffer_append(line, value, n);
		}
		value += n;
	}
	buffer_append_octet(line, '"');
}

static void put_pair(struct buffer *line, const char *key, const char *value)
{
	if (!value)
		return;
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
	if (needs_quotes(value))
		put_quoted(line, value);
	else
		buffer_append_text(line, value);
}

static void put_line(enum log_level level, const char *event, const struct error *err, va_list ap)
{
	uint8_t memory[LINE_MAX_OCTETS + 2];
	struct buffer line = {memory, 0, sizeof memory, LINE_MAX_OCTETS, 0};
	char now[CLOCK_TEXT_SIZE];
	if (settings.json)
		buffer_append_octet(&line, '{');
	put_pair(&line, "time", clock_format(clock_now(), now));
	put_pair(&line, "level", level_names[level]);
	put_pair(&line, "role", settings.role);
	put_pair(&line, "event", event);
	for (const char *key; (key = va_arg(ap, const char *));)
		put_pair(&line, key, va_arg(ap, const char *));
	if (err) {
		put_pair(&line, "code", error_name(err->code));
		put_pair(&line, "message", err->message);
		put_pair(&line, "detail", err->detail[0] ? err->detail : NULL);
	}
	/* a line that is too long is cut, the rest of it still stands */
	line.error = 0;
	if (line.length > LINE_MAX_OCTETS - 2)
		line.length = LINE_MAX_OCTETS - 2;
	if (settings.json)
		buffer_append_octet(&line, '}');
	buffer_append_octet(&line, '\n');
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
