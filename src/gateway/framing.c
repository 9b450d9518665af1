#include "gateway/framing.h"

#include <stdio.h>

#include "base/text.h"

/* Whether a comma-separated list has this token. */
static bool has_token(const char *list, const char *token)
{
	size_t wanted = strlen(token);
	for (const char *p = list; *p;) {
		p += strspn(p, " \t,");
		size_t length = strcspn(p, ",");
		size_t used = length;
		while (used && (p[used - 1] == ' ' || p[used - 1] == '\t'))
			used--;
		size_t same = 0;
		while (same < used && same < wanted && text_lower(p[same]) == token[same])
			same++;
		if (same == used && used == wanted)
			return true;
		p += length;
	}
	return false;
}

/* The header's value, NULL when it is not there; *twice when it is there more than once. */
static const char *only_header(const struct http_header *headers, size_t count, const char *name,
                               bool *twice)
{
	const char *found = NULL;
	for (size_t i = 0; i < count; i++) {
		if (!text_equal_nocase(headers[i].name, name))
			continue;
		*twice |= found != NULL;
		found = headers[i].value;
	}
	return found;
}

static bool is_reg_name(const char *host)
{
	uint8_t address[16];
	return text_is_dns_name(host, false) || text_to_address(host, address) == 4;
}

bool framing_is_host(const char *text)
{
	char host[256];
	uint8_t address[16];
	uint64_t port = 0;
	size_t length = text[0] == '[' ? strcspn(text, "]") : strcspn(text, ":");
	const char *behind = text + length;
	if (length >= sizeof host || (text[0] == '[' && *behind != ']'))
		return false;
	memcpy(host, text, length);
	host[length] = '\0';
	if (text[0] == '[')
		behind++;
	if (text[0] == '[' ? text_to_address(host + 1, address) != 16 : !is_reg_name(host))
		return false;
	return *behind == '\0' ||
	       (*behind == ':' && text_to_uint(behind + 1, 65535, &port) == 0 && port > 0);
}

static bool wants_keep_alive(const char *version, const char *connection)
{
	if (!connection)
		return strcmp(version, "1.1") == 0;
	return has_token(connection, "keep-alive") && !has_token(connection, "close");
}

static int check_length(struct framing *out, const char *text, const char **why)
{
	int result = text_to_uint(text, INT64_MAX, &out->length);
	if (result == SIGNET_E_TOO_BIG) {
		*why = "The Content-Length is too large.";
		return 413;
	}
	*why = "The Content-Length is not a number.";
	return result ? 400 : 0;
}

static int check_body(struct framing *out, const char *version, const struct http_header *headers,
                      size_t count, const char **why)
{
	bool twice = false;
	const char *coding = only_header(headers, count, "Transfer-Encoding", &twice);
	const char *length = only_header(headers, count, "Content-Length", &twice);
	if (twice || (coding && length)) {
		*why = "The length of the body is given more than once.";
		return 400;
	}
	if (!coding)
		return length ? check_length(out, length, why) : 0;
	/* RFC 9112 section 6.1: an HTTP/1.0 message with this header is faulty framing */
	if (!text_equal_nocase(coding, "chunked") || strcmp(version, "1.1") != 0) {
		*why = "The Transfer-Encoding is not supported.";
		return 400;
	}
	out->chunked = true;
	return 0;
}

static int check_expectation(struct framing *out, const struct http_header *headers, size_t count,
                             const char **why)
{
	bool twice = false;
	const char *expect = only_header(headers, count, "Expect", &twice);
	if (!expect)
		return 0;
	*why = "The expectation cannot be met.";
	if (twice || !text_equal_nocase(expect, "100-continue"))
		return 417;
	out->expects_continue = true;
	return 0;
}

int framing_check(struct framing *out, const char *version, const struct http_header *headers,
                  size_t count, const char **why)
{
	struct framing framing = {0};
	bool twice = false, many = false;
	framing.host = only_header(headers, count, "Host", &twice);
	/* RFC 9112 section 3.2 */
	if (twice || (!framing.host && strcmp(version, "1.0") != 0) ||
	    (framing.host && !framing_is_host(framing.host))) {
		*why = "The Host header is missing, repeated or no host name.";
		return 400;
	}
	framing.keep_alive =
		wants_keep_alive(version, only_header(headers, count, "Connection", &many)) && !many;
	int status = check_body(&framing, version, headers, count, why);
	if (!status)
		status = check_expectation(&framing, headers, count, why);
	if (!status)
		*out = framing;
	return status;
}

bool framing_is_complete(const struct http_header *headers, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *name_end = headers[i].name + strlen(headers[i].name);
		const char *end = headers[i].value + strlen(headers[i].value);
		/* blanks before the colon have become NULs, too */
		if (headers[i].value != name_end + 1 && name_end[1] == '\0')
			return false;
		/* CR and LF have both become NULs; after a bare LF the next line stands one
		 * octet earlier */
		if (end[1] != '\0')
			return false;
		if (i + 1 < count ? end + 2 != headers[i + 1].name
		                  : end[2] != '\r' || end[3] != '\0')
			return false;
	}
	return true;
}
