/*
 * The HTTP request of http-01 (RFC 8555 section 8.3): gets one small
 * resource from a host that somebody else names, and so trusts nothing about
 * it. The only user of libcurl in this intermediary.
 */
#ifndef SIGNET_ACME_FETCH_H
#define SIGNET_ACME_FETCH_H

#include <stdatomic.h>
#include <stdint.h>

#include "base/buffer.h"
#include "base/error.h"
#include "base/text.h"

#define FETCH_BODY_MAX 65536
#define FETCH_REDIRECTS_MAX 10

/* Where to connect for a name in place of what DNS says. */
struct fetch_override {
	const char *name;    /* "*": any other */
	const char *address; /* numeric */
};

struct fetch_settings {
	unsigned http_port;
	uint16_t *redirect_ports;
	size_t redirect_port_count;
	int64_t timeout_ms;          /* of one attempt, all redirects together */
	struct network *deny;        /* may not be contacted, whatever name led there */
	size_t deny_count;
	struct fetch_override *overrides;
	size_t override_count;
	const atomic_bool *cancelled; /* true ends what is under way; may be NULL */
};

enum fetch_failure {
	FETCH_OK,
	FETCH_DNS,        /* no address for the name */
	FETCH_CONNECTION, /* refused, lost, too slow */
	FETCH_TLS,
	FETCH_STATUS,     /* no 200 */
	FETCH_TOO_BIG,
	FETCH_FORBIDDEN,  /* a network, port, scheme or number of redirects that we do not follow */
	FETCH_INTERNAL,   /* ours */
};

/* GET http://NAME:http_port/.well-known/acme-challenge/TOKEN. The body is appended. err says for
 * the client what went wrong and names no address but the one that was contacted. Redirects (at
 * most FETCH_REDIRECTS_MAX) go to host names only, over http or https, to the redirect ports;
 * certificates on the way are not verified (RFC 8555 section 8.3). Handles are kept by the
 * calling thread and freed with it. */
enum fetch_failure fetch_challenge(const struct fetch_settings *settings, const char *name,
                                   const char *token, struct buffer *body, struct error *err);

#endif
