/*
 * The path of a request: from the octets of the request line to the text that
 * routes are compared with.
 */
#ifndef SIGNET_GATEWAY_PATH_H
#define SIGNET_GATEWAY_PATH_H

#include <stdbool.h>

#include "base/arena.h"

/* Decodes %XX (RFC 3986 section 2.1) and checks: it begins with "/", is at most LIMIT_HTTP_PATH
 * octets, UTF-8 without controls, has no segment that is empty (but the last one), "." or "..",
 * and no encoded "/" or "\". What names one resource then has one text only. NULL, with *why set
 * to a sentence, for any other; *why is "" when memory ran out. */
const char *path_decode(struct arena *arena, const char *raw, const char **why);

/* Whether an undecoded path may be given to a route that takes it as it is: at most LIMIT_HTTP_PATH
 * octets, all of them visible ASCII. */
bool path_is_visible(const char *raw);

/* Whether text may stand as the path of an instance: as above without anything to decode, not "/"
 * and no "/" at its end. */
bool path_is_plain(const char *text);

#endif
