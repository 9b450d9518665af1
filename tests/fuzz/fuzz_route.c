/*
 * The head of an HTTP request, from its octets to the route: split as
 * leniently as the HTTP server does it, then judged by our own checks. What
 * they let through has no line that was not looked at, one length, one host,
 * and a path that says the same to everybody.
 */
#include <ctype.h>
#include <string.h>

#include "base/limits.h"
#include "base/text.h"
#include "gateway/framing.h"
#include "gateway/path.h"
#include "gateway/router.h"
#include "tests/fuzz/fuzz.h"

#define PADDING 4 /* framing_is_complete looks that far behind the last value */

struct head {
	char *method, *target, *version;
	struct http_header headers[LIMIT_HTTP_HEADERS];
	size_t count;
};

static void handle(void *instance, const struct http_request *request,
                   struct http_response *response)
{
	(void)instance, (void)request, (void)response;
}

static const struct http_route routes[] = {
	{"GET", "/directory", handle, 0},   {"POST", "/order/{id}", handle, 1},
	{"POST", "/order/new", handle, 1},  {"POST", "/order/{id}/finalize", handle, 1},
	{"GET", "/{a}/{b}/{c}", handle, 0}, {"GET", "", handle, 0},
	{NULL, NULL, NULL, 0},
};
static const struct http_route raw_routes[] = {
	{"GET", "/{request*}", handle, 0},
	{"POST", "/{authority}", handle, 1},
	{NULL, NULL, NULL, 0},
};

/* The length of the head with the empty line that ends it; 0 when there is none. */
static size_t head_length(const char *text, size_t length)
{
	for (size_t i = 0; i + 1 < length; i++) {
		unsigned char c = (unsigned char)text[i];
		if (c < 0x80 && c != '\r' && c != '\n' && !isprint(c))
			return 0;
		if (text[i] == '\n' && text[i + 1] == '\n')
			return i + 2;
		if (i + 3 < length && memcmp(text + i, "\r\n\r\n", 4) == 0)
			return i + 4;
	}
	return 0;
}

/* Ends the word at *p and moves *p to the next one. */
static char *next_word(char **p, bool line)
{
	char *word = *p;
	*p += strcspn(*p, " \t\r\n");
	if (*p == word || (line ? **p != '\r' && **p != '\n' : **p != ' '))
		return NULL;
	while (isspace((unsigned char)**p))
		*(*p)++ = '\0';
	return word;
}

static bool next_header(char **p, struct http_header *out)
{
	char *at = *p;
	while (*at > ' ' && *at <= '~' && *at != ':')
		at++;
	if (at == *p)
		return false;
	out->name = *p;
	while (*at == ' ')
		*at++ = '\0';
	if (*at != ':')
		return false;
	*at++ = '\0';
	at += strspn(at, " \t");
	out->value = at;
	at += strcspn(at, "\r\n");
	if (*at == '\r')
		*at++ = '\0';
	if (*at == '\n')
		*at++ = '\0';
	*p = at;
	return true;
}

static bool split(char *text, struct head *head)
{
	char *p = text + strspn(text, " \t\r\n\v\f");
	head->method = next_word(&p, false);
	head->target = head->method ? next_word(&p, false) : NULL;
	head->version = head->target ? next_word(&p, true) : NULL;
	if (!head->version || strncmp(head->version, "HTTP/", 5) != 0)
		return false;
	head->version += 5;
	while (head->count < LIMIT_HTTP_HEADERS - 1 &&
	       next_header(&p, &head->headers[head->count])) {
		head->count++;
		if (*p == '\r' || *p == '\n')
			break;
	}
	return true;
}

/* Every line of the head behind the first ends with CR LF and is a header or the empty one. */
static void check_lines(const char *raw, size_t length, const struct head *head)
{
	const char *last = head->headers[head->count - 1].name;
	size_t lines = 0;
	for (const char *p = raw; p < raw + length; p++)
		lines += p[0] == '\n' && p > raw && p[-1] == '\r';
	FUZZ_CHECK(lines >= head->count + 1);
	FUZZ_CHECK(strpbrk(last, " \t") == NULL);
	FUZZ_CHECK(memcmp(raw + length - 4, "\r\n\r\n", 4) == 0);
}

static void check_framing(const struct framing *framing, const struct head *head)
{
	size_t lengths = 0, codings = 0, hosts = 0;
	for (size_t i = 0; i < head->count; i++) {
		lengths += text_equal_nocase(head->headers[i].name, "Content-Length");
		codings += text_equal_nocase(head->headers[i].name, "Transfer-Encoding");
		hosts += text_equal_nocase(head->headers[i].name, "Host");
	}
	FUZZ_CHECK(lengths + codings <= 1);
	FUZZ_CHECK(framing->chunked == (codings == 1));
	FUZZ_CHECK(hosts == (framing->host != NULL));
	FUZZ_CHECK(lengths == 1 || framing->length == 0);
	FUZZ_CHECK(!framing->host || !strpbrk(framing->host, " /\\@?#\"<>"));
}

static void check_path(const char *path)
{
	FUZZ_CHECK(path[0] == '/');
	FUZZ_CHECK(strlen(path) <= LIMIT_HTTP_PATH);
	FUZZ_CHECK(text_is_utf8(bytes_text(path)));
	FUZZ_CHECK(!strstr(path, "//") && !strstr(path, "/../") && !strstr(path, "/./"));
	FUZZ_CHECK(!strchr(path, '\\'));
}

/* path: NULL when it cannot be decoded. */
static void check_route(struct arena *arena, const char *method, const char *path, const char *raw)
{
	static struct router *router;
	struct router_match match;
	struct error err;
	if (!router) {
		router = router_new();
		FUZZ_CHECK(router && router_add(router, "/acme", routes, NULL, &err) == 0 &&
		           router_add(router, "/ocsp", raw_routes, NULL, &err) == 0);
	}
	if (router_find(router, arena, method, path, raw, &match))
		return;
	FUZZ_CHECK(!match.route || !match.allow);
	if (match.raw) {
		FUZZ_CHECK(raw && strncmp(raw, "/ocsp/", 6) == 0 && match.parameter_count == 1);
		FUZZ_CHECK(strcmp(match.parameters[0].value, raw + 6) == 0 && raw[6]);
		return;
	}
	FUZZ_CHECK(!match.route || (path && (strncmp(path, "/acme", 5) == 0 ||
	                                     strncmp(path, "/ocsp", 5) == 0)));
	for (size_t i = 0; i < match.parameter_count; i++) {
		const char *value = match.parameters[i].value;
		FUZZ_CHECK(*value && !strchr(value, '/') && strstr(path, value));
		FUZZ_CHECK(strcmp(value, ".") != 0 && strcmp(value, "..") != 0);
	}
}

static void check_head(char *text, const char *raw, size_t length)
{
	struct head head = {.count = 0};
	struct framing framing;
	const char *why = NULL;
	if (!split(text, &head) || !framing_is_complete(head.headers, head.count))
		return;
	if (head.count)
		check_lines(raw, length, &head);
	int status = framing_check(&framing, head.version, head.headers, head.count, &why);
	FUZZ_CHECK(status == 0 || (status >= 400 && status < 500 && why));
	if (status)
		return;
	check_framing(&framing, &head);
	struct arena *arena = arena_new(1 << 20);
	FUZZ_CHECK(arena);
	char *query = strchr(head.target, '?');
	if (query)
		*query = '\0';
	const char *path = path_decode(arena, head.target, &why);
	FUZZ_CHECK(path || *why);
	if (path)
		check_path(path);
	check_route(arena, head.method, path, path_is_visible(head.target) ? head.target : NULL);
	arena_free(arena);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	size_t length = head_length((const char *)data, size);
	if (length == 0)
		return 0;
	char *text = malloc(length + PADDING);
	FUZZ_CHECK(text);
	memcpy(text, data, length);
	memset(text + length, 'X', PADDING); /* what comes behind a head is somebody's body */
	text[length - 1] = '\0';
	check_head(text, (const char *)data, length);
	free(text);
	return 0;
}
