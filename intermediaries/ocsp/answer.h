/*
 * One signed OCSP response that may serve many requests: immutable, counted
 * by its references, with all that HTTP says of it (RFC 5019 section 6.2).
 */
#ifndef SIGNET_OCSP_ANSWER_H
#define SIGNET_OCSP_ANSWER_H

#include <stdatomic.h>

#include "api/http_cache.h"

#define ANSWER_ETAG_SIZE 48

struct answer {
	struct bytes response;       /* OCSPResponse, DER */
	struct bytes request;        /* what was asked, to ask it again */
	const char *authority;       /* by whose path; "" for none */
	const struct bytes *serials; /* that it speaks of */
	size_t serial_count;
	int64_t this_update;
	int64_t next_update;
	bool common;                 /* who asks the same may have it, too: it has an etag */
	char etag[ANSWER_ETAG_SIZE];
	atomic_uint references;
};

/* Copies what the pattern's fields up to common say. One reference, the caller's. NULL without
 * memory. */
struct answer *answer_new(const struct answer *pattern);
struct answer *answer_keep(struct answer *answer);
/* Gives one reference up. Accepts NULL. */
void answer_release(struct answer *answer);

/* Octets that it takes. */
size_t answer_size(const struct answer *answer);

#endif
