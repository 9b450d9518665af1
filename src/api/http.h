/*
 * HTTP as an intermediary sees it: a request that was read whole within its
 * limits, and a response to fill. No server library shows through.
 */
#ifndef SIGNET_API_HTTP_H
#define SIGNET_API_HTTP_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

struct http_header {
	const char *name;
	const char *value;
};

/* A captured part of the path: {id} in the route's pattern. */
struct http_parameter {
	const char *name;
	const char *value;
};

/* All of it belongs to the request's arena. */
struct http_request {
	struct arena *arena;       /* for the handler's own needs, too */
	const char *method;        /* "GET"; HEAD comes as GET */
	bool head;                 /* it was HEAD: the gateway leaves the body out (RFC 8555 section
	                              7.2 wants another status for it) */
	const char *path;          /* decoded, normalised, the whole of it; as it came for a route with
	                              {name*} */
	const char *query;         /* undecoded, without "?"; "" for none */
	const char *base;          /* "https://ca.example.com:8443": scheme and the Host header, checked
	                              for its form, or the listener's address when there is none */
	const char *peer;          /* address of the client, text */
	const char *listener;      /* "127.0.0.1:8443" */
	bool tls;
	struct bytes client_certificate; /* DER as the peer sent it, not verified; BYTES_NONE */
	struct bytes channel_binding;    /* tls-exporter (RFC 9266) or tls-unique; BYTES_NONE */
	const struct http_header *headers;
	size_t header_count;
	const struct http_parameter *parameters;
	size_t parameter_count;
	struct bytes body;
};

#define HTTP_RESPONSE_HEADERS 16

/* A file that is sent as the body, from its beginning, without being loaded. */
struct http_file {
	bool is_set;               /* fd is open; the gateway closes it */
	int fd;
	uint64_t length;           /* octets that are sent; the connection ends when there are fewer */
};

struct http_response {
	int status;                /* 0 until it is set: the gateway answers 500 */
	struct http_header headers[HTTP_RESPONSE_HEADERS];
	size_t header_count;
	struct buffer body;        /* bounded by LIMIT_HTTP_RESPONSE; freed by the gateway, which answers
	                              500 when it is in error (sticky) */
	struct http_file file;     /* in the body's place when it is set */
};

typedef void (*http_handler)(void *instance, const struct http_request *request,
                             struct http_response *response);

struct http_route {
	const char *method;        /* "GET" serves HEAD, too */
	const char *pattern;       /* below the instance's path: "/order/{id}"; "" for the path itself.
	                              {name*} at the end, behind literal segments, captures all that
	                              follows as it came: with %XX undecoded, with "//", visible ASCII */
	http_handler handler;
	size_t body_max;           /* 0: no body is taken */
};

/* Case of the name is ignored; NULL when there is none. */
const char *signet_http_header(const struct http_request *request, const char *name);
/* Whether the Content-Type is this one, parameters aside. */
bool signet_http_is_type(const struct http_request *request, const char *type);
const char *signet_http_parameter(const struct http_request *request, const char *name);

/* Adds a header. name is kept as it is (a literal); value is copied into the request's arena;
 * CR, LF and other controls in it make the response a 500. */
void signet_http_add(const struct http_request *request, struct http_response *response,
                     const char *name, const char *value);
void signet_http_addf(const struct http_request *request, struct http_response *response,
                      const char *name, const char *format, ...)
	__attribute__((format(printf, 4, 5)));
/* Status, Content-Type and body in one call; it takes the place of an earlier one. type NULL: none. */
void signet_http_reply(const struct http_request *request, struct http_response *response,
                       int status, const char *type, struct bytes body);
/* The same with a file for the body: takes the descriptor over (*fd becomes -1), whatever comes. */
void signet_http_reply_file(const struct http_request *request, struct http_response *response,
                            int status, const char *type, int *fd, uint64_t length);
/* Closes the file and frees the body: what the gateway does at the end. */
void signet_http_free(struct http_response *response);
/* A problem document (RFC 7807) of this type, or of "about:blank" when type is NULL. */
void signet_http_problem(const struct http_request *request, struct http_response *response,
                         int status, const char *type, const char *detail);

#endif
