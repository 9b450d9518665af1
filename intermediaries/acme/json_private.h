/*
 * JSON for this intermediary: the one place that includes jansson, with the
 * strict reader in front of it. Private to intermediaries/acme.
 */
#ifndef SIGNET_ACME_JSON_PRIVATE_H
#define SIGNET_ACME_JSON_PRIVATE_H

#include <jansson.h>

#include "base/arena.h"
#include "base/buffer.h"
#include "base/error.h"

/* One object, UTF-8, no duplicate keys, nothing behind it, not deeper than JSON_DEPTH_MAX of api/json.h. SIGNET_E_INVALID with what is wrong
 * and what it was found in ("the protected header"). */
int json_read_object(json_t **out, struct bytes text, const char *what, struct error *err);

/* The string under the key, copied into the arena. Missing: *out is NULL. SIGNET_E_INVALID when
 * it is no string. */
int json_get_text(const json_t *object, const char *key, struct arena *arena, const char **out,
                  struct error *err);

/* Appends the compact form and gives up the reference, also on failure; json may be NULL
 * (no memory). */
int json_write(struct buffer *out, json_t *json);

static inline void json_release(json_t **json)
{
	json_decref(*json);
}
#define _cleanup_json_ __attribute__((cleanup(json_release)))

#endif
