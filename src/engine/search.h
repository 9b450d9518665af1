/*
 * Finding certificates and requests among millions: the most selective index
 * that the query names is walked, the rest is looked up in what of a record
 * is cheap to read. A page takes a bounded time and memory; it may come back
 * with few rows or none and a place where to go on.
 */
#ifndef SIGNET_ENGINE_SEARCH_H
#define SIGNET_ENGINE_SEARCH_H

#include "engine/database.h"

struct search_page {
	struct stored *rows;   /* all in the arena */
	struct bytes *resume;  /* of each row: the place where it comes first */
	size_t count;
	struct bytes place;    /* behind all of them; empty at the end */
	size_t looked;         /* requests and certificates that were looked at for it */
};

/* now: what is past has expired. SIGNET_E_INVALID for a query that makes no sense, SIGNET_E_TOO_BIG
 * where there are too many CRL shards to sort by revocation. */
int search_certificates(struct database *database, struct arena *arena,
                        const struct signet_certificate_query *query, int64_t now,
                        struct search_page *out, struct error *err);
int search_requests(struct database *database, struct arena *arena,
                    const struct signet_request_query *query, struct search_page *out,
                    struct error *err);

#endif
