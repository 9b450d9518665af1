#include "gateway/path.h"

#include "base/limits.h"
#include "base/text.h"

static int hex_value(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = text_lower(c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* One octet of the path; -1 when the encoding is broken or hides a separator. */
static int next_octet(const char **raw)
{
	const char *p = *raw;
	if (*p != '%') {
		*raw = p + 1;
		return (unsigned char)*p;
	}
	int high = hex_value(p[1]);
	int low = high < 0 ? -1 : hex_value(p[2]);
	if (low < 0)
		return -1;
	int octet = high << 4 | low;
	*raw = p + 3;
	return octet == '/' || octet == '\\' ? -1 : octet;
}

static bool is_allowed_segment(const char *from, const char *to, bool last)
{
	size_t length = (size_t)(to - from);
	if (length == 0)
		return last;
	return !(from[0] == '.' && (length == 1 || (length == 2 && from[1] == '.')));
}

static bool has_allowed_segments(const char *path)
{
	const char *from = path + 1;
	for (const char *p = from;; p++) {
		if (*p != '/' && *p != '\0')
			continue;
		if (!is_allowed_segment(from, p, *p == '\0'))
			return false;
		if (*p == '\0')
			return true;
		from = p + 1;
	}
}

const char *path_decode(struct arena *arena, const char *raw, const char **why)
{
	size_t length = strlen(raw), at = 0;
	*why = "The path is not one of this server's.";
	if (raw[0] != '/')
		return NULL;
	if (length > LIMIT_HTTP_PATH) {
		*why = "The path is too long.";
		return NULL;
	}
	char *path = arena_alloc(arena, length + 1);
	if (!path) {
		*why = "";
		return NULL;
	}
	while (*raw) {
		int octet = next_octet(&raw);
		if (octet < 0x20 || octet == 0x7f || octet == '\\') {
			*why = "The path has a character or an encoding that is not accepted.";
			return NULL;
		}
		path[at++] = (char)octet;
	}
	path[at] = '\0';
	if (!text_is_utf8(bytes_make(path, at))) {
		*why = "The path is not UTF-8.";
		return NULL;
	}
	if (!has_allowed_segments(path)) {
		*why = "The path has a segment that is empty, \".\" or \"..\".";
		return NULL;
	}
	return path;
}

bool path_is_visible(const char *raw)
{
	const char *p = raw;
	while (*p > ' ' && *p <= '~')
		p++;
	return raw[0] == '/' && *p == '\0' && p - raw <= LIMIT_HTTP_PATH;
}

bool path_is_plain(const char *text)
{
	size_t length = strlen(text);
	if (length < 2 || length > LIMIT_HTTP_PATH || text[0] != '/' || text[length - 1] == '/')
		return false;
	for (const char *p = text; *p; p++)
		if (*p <= ' ' || *p > '~' || strchr("%\\?#{}", *p))
			return false;
	return has_allowed_segments(text);
}
