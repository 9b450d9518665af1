/*
 * URIs of the rule `names`. What is allowed is compared as it is written. What
 * is denied is found in every spelling that some reader may take for it.
 */
#include "policy/names_match.h"

static struct bytes behind(struct bytes text, size_t count)
{
	return count ? bytes_make(text.data + count, text.length - count) : text;
}

static bool begins_with(struct bytes text, struct bytes start)
{
	return text.length >= start.length && memcmp(text.data, start.data, start.length) == 0;
}

static int hex_value(uint8_t c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	c = (uint8_t)text_lower((char)c);
	return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

/* The first octet, percent-decoded (RFC 3986 section 2.1), in lower case. */
static uint8_t take_octet(struct bytes *text)
{
	uint8_t c = text->data[0];
	int high = text->length > 2 ? hex_value(text->data[1]) : -1;
	int low = text->length > 2 ? hex_value(text->data[2]) : -1;
	bool encoded = c == '%' && high >= 0 && low >= 0;
	*text = behind(*text, encoded ? 3 : 1);
	return (uint8_t)text_lower((char)(encoded ? high << 4 | low : c));
}

/* Whether the path has "." or ".." segments, which let a URI leave the place where it begins; they
 * may be encoded (RFC 3986 section 6.2.2), and so may be the slashes for some who read them. */
static bool has_dot_segment(struct bytes uri)
{
	size_t dots = 0, others = 0;
	bool inside = false; /* of a segment behind a slash */
	for (;;) {
		bool last = uri.length == 0 || uri.data[0] == '?' || uri.data[0] == '#';
		uint8_t c = last ? '/' : take_octet(&uri);
		if (c == '/' || c == '\\') {
			if (inside && others == 0 && (dots == 1 || dots == 2))
				return true;
			if (last)
				return false;
			inside = true;
			dots = others = 0;
		} else if (c == '.') {
			dots++;
		} else {
			others++;
		}
	}
}

/* ---- allowed ---- */

static bool matches(struct bytes uri, struct bytes start)
{
	if (!begins_with(uri, start))
		return false;
	uint8_t last = start.data[start.length - 1];
	if (uri.length == start.length || last == '/')
		return true;
	/* "https://host:" would let "https://host:x@elsewhere/" in */
	if (last == ':' && !memmem(start.data, start.length, "//", 2))
		return true;
	uint8_t next = uri.data[start.length];
	return next == '/' || next == '?' || next == '#';
}

bool name_set_covers_uri(const struct name_set *set, struct bytes uri)
{
	if (has_dot_segment(uri))
		return false;
	for (size_t i = 0; i < set->uri_count; i++)
		if (matches(uri, set->uri[i]))
			return true;
	return false;
}

/* ---- denied ---- */

/* Where a URI leads (RFC 3986 section 3). */
struct location {
	struct bytes scheme;
	struct bytes host; /* without user and final dot; empty for none */
	struct bytes port; /* empty for the scheme's own */
	struct bytes rest; /* from the path on */
};

/* In these browsers find a host behind any number of slashes (WHATWG URL section 4.4). */
static const struct {
	const char *scheme, *port;
} special[] = {{"http", "80"}, {"https", "443"}, {"ftp", "21"}, {"ws", "80"}, {"wss", "443"}};
#define SPECIAL_COUNT (sizeof special / sizeof *special)

/* SPECIAL_COUNT when it is none of them. */
static size_t find_special(struct bytes scheme)
{
	size_t i = 0;
	while (i < SPECIAL_COUNT && !bytes_equal_nocase(scheme, bytes_text(special[i].scheme)))
		i++;
	return i;
}

/* What is behind the slashes before the host; empty when there is no host. */
static struct bytes skip_slashes(struct bytes rest, bool is_special)
{
	if (!is_special) {
		const uint8_t *start = memmem(rest.data, rest.length, "//", 2);
		return start ? behind(rest, (size_t)(start - rest.data) + 2) : BYTES_NONE;
	}
	while (rest.length && (rest.data[0] == '/' || rest.data[0] == '\\'))
		rest = behind(rest, 1);
	return rest;
}

/* Takes the port off the host. */
static void split_port(struct location *l, size_t kind)
{
	const uint8_t *colon = l->host.length && l->host.data[0] != '['
		? memchr(l->host.data, ':', l->host.length) : NULL;
	if (colon) {
		l->port = behind(l->host, (size_t)(colon - l->host.data) + 1);
		l->host.length = (size_t)(colon - l->host.data);
	}
	while (l->port.length && l->port.data[0] == '0')
		l->port = behind(l->port, 1);
	if (kind < SPECIAL_COUNT && bytes_is_text(l->port, special[kind].port))
		l->port = BYTES_NONE;
	if (l->host.length && l->host.data[l->host.length - 1] == '.')
		l->host.length--;
}

static struct location locate(struct bytes uri)
{
	struct location l = {.scheme = uri};
	const uint8_t *colon = memchr(uri.data, ':', uri.length);
	if (!colon)
		return (struct location){.rest = uri};
	l.scheme.length = (size_t)(colon - uri.data);
	size_t kind = find_special(l.scheme);
	l.host = skip_slashes(behind(uri, l.scheme.length + 1), kind < SPECIAL_COUNT);
	l.rest = l.host;
	for (size_t i = 0; i < l.host.length; i++)
		if (strchr("/?#\\", l.host.data[i]))
			l.host.length = i;
	l.rest = behind(l.rest, l.host.length);
	const uint8_t *at = l.host.length ? memrchr(l.host.data, '@', l.host.length) : NULL;
	if (at)
		l.host = behind(l.host, (size_t)(at - l.host.data) + 1);
	split_port(&l, kind);
	return l;
}

/* As take_octet; of several slashes in a row one. */
static uint8_t take_loosely(struct bytes *text)
{
	uint8_t c = take_octet(text);
	for (struct bytes rest = *text; c == '/' && rest.length && take_octet(&rest) == '/';)
		*text = rest;
	return c;
}

static bool begins_loosely(struct bytes text, struct bytes start)
{
	while (start.length)
		if (text.length == 0 || take_loosely(&text) != take_loosely(&start))
			return false;
	return true;
}

static bool touches_beginning(struct bytes uri, const struct location *there, struct bytes start)
{
	const struct location here = locate(start);
	if (begins_loosely(uri, start))
		return true;
	return here.host.length && bytes_equal_nocase(here.scheme, there->scheme) &&
	       bytes_equal_nocase(here.host, there->host) &&
	       (here.port.length == 0 || bytes_equal(here.port, there->port)) &&
	       begins_loosely(there->rest, here.rest);
}

bool name_set_touches_uri(const struct name_set *set, struct bytes uri)
{
	const struct location there = locate(uri);
	for (size_t i = 0; i < set->uri_count; i++) {
		struct bytes entry = set->uri[i];
		if (memchr(entry.data, ':', entry.length) ? touches_beginning(uri, &there, entry)
		                                          : name_host_fits(there.host, entry))
			return true;
	}
	/* an encoded host is one that we have not read */
	return set->uri_count && (has_dot_segment(uri) ||
	                          (there.host.length &&
	                           memchr(there.host.data, '%', there.host.length)));
}
