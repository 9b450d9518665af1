#include "api/http.h"

#include <jansson.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"
#include "base/text.h"

const char *signet_http_header(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->header_count; i++)
		if (text_equal_nocase(request->headers[i].name, name))
			return request->headers[i].value;
	return NULL;
}

bool signet_http_is_type(const struct http_request *request, const char *type)
{
	const char *value = signet_http_header(request, "Content-Type");
	if (!value)
		return false;
	for (; *type; type++, value++)
		if (text_lower(*type) != text_lower(*value))
			return false;
	value += strspn(value, " \t");
	return *value == '\0' || *value == ';';
}

const char *signet_http_parameter(const struct http_request *request, const char *name)
{
	for (size_t i = 0; i < request->parameter_count; i++)
		if (strcmp(request->parameters[i].name, name) == 0)
			return request->parameters[i].value;
	return NULL;
}

/* The body's error is sticky: whatever the handler does now, the gateway answers 500. */
static void fail(struct http_response *response, int code)
{
	response->status = 500;
	response->body.error = code;
}

static bool has_control(const char *value)
{
	for (; *value; value++)
		if (((unsigned char)*value < 0x20 && *value != '\t') || *value == 0x7f)
			return true;
	return false;
}

void signet_http_add(const struct http_request *request, struct http_response *response,
                     const char *name, const char *value)
{
	if (!value || has_control(value)) {
		fail(response, value ? SIGNET_E_INVALID : SIGNET_E_NOMEM);
		return;
	}
	const char *copy = arena_strdup(request->arena, value);
	if (!copy || response->header_count == HTTP_RESPONSE_HEADERS) {
		fail(response, copy ? SIGNET_E_TOO_BIG : SIGNET_E_NOMEM);
		return;
	}
	response->headers[response->header_count++] = (struct http_header){name, copy};
}

void signet_http_addf(const struct http_request *request, struct http_response *response,
                      const char *name, const char *format, ...)
{
	char *value = NULL;
	va_list ap;
	va_start(ap, format);
	if (vasprintf(&value, format, ap) < 0)
		value = NULL;
	va_end(ap);
	signet_http_add(request, response, name, value);
	free(value);
}

/* There is one Content-Type: that of the last reply. */
static void drop_type(struct http_response *response)
{
	size_t kept = 0;
	for (size_t i = 0; i < response->header_count; i++)
		if (!text_equal_nocase(response->headers[i].name, "Content-Type"))
			response->headers[kept++] = response->headers[i];
	response->header_count = kept;
}

static void drop_file(struct http_response *response)
{
	if (response->file.is_set)
		file_close(&response->file.fd);
	response->file = (struct http_file){0};
}

void signet_http_reply(const struct http_request *request, struct http_response *response,
                       int status, const char *type, struct bytes body)
{
	if (response->body.error)
		return;
	response->status = status;
	drop_file(response);
	buffer_clear(&response->body);
	if (buffer_append_bytes(&response->body, body))
		response->status = 500;
	drop_type(response);
	if (type)
		signet_http_add(request, response, "Content-Type", type);
}

void signet_http_reply_file(const struct http_request *request, struct http_response *response,
                            int status, const char *type, int *fd, uint64_t length)
{
	signet_http_reply(request, response, status, type, BYTES_NONE);
	drop_file(response); /* a response in error keeps what it had */
	response->file = (struct http_file){true, *fd, length};
	*fd = -1;
}

void signet_http_free(struct http_response *response)
{
	drop_file(response);
	buffer_free(&response->body);
}

static const char *status_phrase(int status)
{
	static const struct {
		int status;
		const char *phrase;
	} phrases[] = {
		{400, "Bad Request"},
		{401, "Unauthorized"},
		{403, "Forbidden"},
		{404, "Not Found"},
		{405, "Method Not Allowed"},
		{406, "Not Acceptable"},
		{408, "Request Timeout"},
		{409, "Conflict"},
		{411, "Length Required"},
		{413, "Content Too Large"},
		{414, "URI Too Long"},
		{415, "Unsupported Media Type"},
		{429, "Too Many Requests"},
		{431, "Request Header Fields Too Large"},
		{500, "Internal Server Error"},
		{501, "Not Implemented"},
		{503, "Service Unavailable"},
		{504, "Gateway Timeout"},
	};
	for (size_t i = 0; i < sizeof phrases / sizeof *phrases; i++)
		if (phrases[i].status == status)
			return phrases[i].phrase;
	return status < 500 ? "Request Refused" : "Server Error";
}

/* The text with what is not UTF-8 replaced: jansson takes nothing else. */
static json_t *json_text(const char *text)
{
	json_t *value = json_string(text);
	if (value)
		return value;
	char *copy = strdup(text);
	for (char *p = copy; p && *p;) {
		size_t n = text_utf8_length(bytes_text(p));
		if (n == 0)
			*p = '?';
		p += n ? n : 1;
	}
	value = copy ? json_string(copy) : NULL;
	free(copy);
	return value;
}

/* RFC 7807 section 3.1; the title of about:blank is the status phrase (section 4.2). */
void signet_http_problem(const struct http_request *request, struct http_response *response,
                         int status, const char *type, const char *detail)
{
	json_t *problem = json_object();
	int failed = json_object_set_new(problem, "type", json_text(type ? type : "about:blank"));
	if (!type)
		failed |= json_object_set_new(problem, "title", json_string(status_phrase(status)));
	failed |= json_object_set_new(problem, "status", json_integer(status));
	if (detail && *detail)
		failed |= json_object_set_new(problem, "detail", json_text(detail));
	char *text = failed ? NULL : json_dumps(problem, JSON_COMPACT);
	if (text)
		signet_http_reply(request, response, status, "application/problem+json",
		                  bytes_text(text));
	else
		fail(response, SIGNET_E_NOMEM);
	free(text);
	json_decref(problem);
}
