/*
 * What lets clients and caches keep an answer: dates (RFC 9110 section 5.6.7),
 * validators and conditional requests (section 13), freshness (RFC 9111). A
 * handler that knows its resource's validators says, for instance:
 *
 *   signet_http_add_freshness(request, response, expires);
 *   if (!signet_http_add_validators(request, response, etag, modified))
 *           signet_http_reply_file(request, response, 200, type, &fd, length);
 */
#ifndef SIGNET_API_HTTP_CACHE_H
#define SIGNET_API_HTTP_CACHE_H

#include "api/http.h"

#define HTTP_DATE_SIZE 32

/* "Mon, 23 Nov 2026 12:49:00 GMT" into out[HTTP_DATE_SIZE], for the years 1 to 9999; returns out. */
char *signet_http_date(int64_t seconds, char *out);
/* Reads the three forms of RFC 9110 section 5.6.7; the year of two digits is of the century that
 * brings it no more than 50 years ahead of now. SIGNET_E_INVALID. */
int signet_http_read_date(const char *text, int64_t *out);

/* Whether a GET need not be answered in full (RFC 9110 section 13.2.2): If-None-Match, when it is
 * there, by weak comparison with etag (in its quotes), else If-Modified-Since. modified: seconds;
 * 0 when it is not known. */
bool signet_http_is_not_modified(const struct http_request *request, const char *etag,
                                 int64_t modified);

/* Adds ETag and, unless modified is 0, Last-Modified. true, with status 304, when the client has
 * this already: the handler then leaves the body away. */
bool signet_http_add_validators(const struct http_request *request,
                                struct http_response *response, const char *etag,
                                int64_t modified);

/* Adds Expires and Cache-Control (RFC 5019 section 6.2: max-age, public, no-transform,
 * must-revalidate) up to this time; when it is past, caches ask each time. */
void signet_http_add_freshness(const struct http_request *request,
                               struct http_response *response, int64_t expires);

#endif
