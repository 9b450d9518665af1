/*
 * One POST to a web server of the administrator's, for rules and exit modules:
 * bounded in time and size, over a connection that is kept for the next one.
 * The only user of libcurl beside ACME's validation and the mail module. Not
 * for the engine, which opens no connections.
 */
#ifndef SIGNET_API_HTTPS_H
#define SIGNET_API_HTTPS_H

#include "base/buffer.h"
#include "conf/conf.h"

/* Where and how; made from the keys `url`, `ca`, `certificate`, `key`, `secret`, `timeout`, `headers`
 * of a module's map. */
struct https_target;

/* The keys above, for a module's own list. */
#define HTTPS_KEYS "url", "ca", "certificate", "key", "secret", "timeout", "headers"

/*   url          https://..., or http:// to a loopback address only
 *   ca           PEM file of the roots that are trusted; default: the system's
 *   certificate  with key: PEM files of a client certificate
 *   secret       {file: PATH}, {environment: NAME} or {credential: NAME} (api/secret.h): key of the
 *                signature, 16 octets or more; the request then carries X-Signet-Timestamp (seconds)
 *                and X-Signet-Signature: "sha256=" and the hex HMAC-SHA-256 of timestamp, "." and body
 *   timeout      of the whole exchange, 1s to 10m; default 10s
 *   headers      map of further headers
 * Redirects are not followed, proxies of the environment are not used. Relative file names stand
 * below `directory`. SIGNET_E_CONFIG names file, line and key. The node must outlive the target. */
int https_target_load(struct https_target **out, const struct conf_node *node,
                      const char *directory, struct error *err);
/* The same in two steps, for a module that is configured in a process that may not see its secrets:
 * the keys alone, then the files and secrets that they name. */
int https_target_read(struct https_target **out, const struct conf_node *node,
                      const char *directory, struct error *err);
int https_target_open(struct https_target *target, struct error *err);
/* Microseconds. */
int64_t https_target_timeout(const struct https_target *target);
/* No call is under way. Accepts NULL. Wipes the secret. */
void https_target_free(struct https_target *target);

/* Posts the body, whose type is application/json. The answer's body is appended to out, whose own
 * limit bounds it (SIGNET_E_TOO_BIG). Returns 0 for every HTTP status that came whole; SIGNET_E_TIMEOUT,
 * SIGNET_E_UNAVAILABLE (no connection, TLS refused: the detail says why). *retry_after: seconds that the
 * server asked for, 0 for none. Several threads may call it at once. */
int https_post(struct https_target *target, struct bytes body, struct buffer *out,
               unsigned *status, int64_t *retry_after, struct error *err);

#endif
