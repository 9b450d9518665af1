/*
 * Message framing (RFC 9112 section 6): what says where a request ends and
 * which host it is for. CivetWeb reads requests leniently; whatever could be
 * read in two ways is refused here, so that no proxy in front of us sees
 * other requests than we do.
 */
#ifndef SIGNET_GATEWAY_FRAMING_H
#define SIGNET_GATEWAY_FRAMING_H

#include "api/http.h"

struct framing {
	bool keep_alive;        /* what client and protocol version want */
	bool chunked;           /* the length is then not known before */
	bool expects_continue;  /* wants "100 Continue" before it sends the body */
	uint64_t length;        /* of the body */
	const char *host;       /* the checked Host header; NULL when there is none (HTTP/1.0) */
};

/* version: "1.0" or "1.1". Returns 0, or the status that refuses the request with *why set to a
 * sentence; the connection is then closed, since it is not known where the next request begins. */
int framing_check(struct framing *out, const char *version, const struct http_header *headers,
                  size_t count, const char **why);

/* The parser ends strings in place and stops silently at what it does not understand. Looks
 * behind the strings whether every line ended with CR LF, no name was followed by blanks, and the
 * last header is followed by the empty line. At least four octets behind the last value must be
 * readable. */
bool framing_is_complete(const struct http_header *headers, size_t count);

/* "ca.example.com", "192.0.2.1:8443", "[2001:db8::1]:80". */
bool framing_is_host(const char *text);

#endif
