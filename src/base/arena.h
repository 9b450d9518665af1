/*
 * Request arena: what lives as long as one request is allocated here and
 * freed at once with it. Not for threads to share, not for secrets.
 */
#ifndef SIGNET_BASE_ARENA_H
#define SIGNET_BASE_ARENA_H

#include "base/bytes.h"

struct arena;

/* maximum: octets that may be allocated in all; over it, allocations fail. NULL without memory. */
struct arena *arena_new(size_t maximum);
void arena_free(struct arena *arena);

/* Frees all that was allocated but keeps the first block for the next request. */
void arena_clear(struct arena *arena);

/* Zeroed and aligned for any type; NULL when the maximum or memory is exhausted. */
void *arena_alloc(struct arena *arena, size_t size);

/* count * size, checked for overflow. */
void *arena_array(struct arena *arena, size_t count, size_t size);

void *arena_memdup(struct arena *arena, const void *data, size_t length);
/* Copies with a NUL behind; an interior NUL is the caller's affair. */
char *arena_text(struct arena *arena, struct bytes text);
char *arena_strdup(struct arena *arena, const char *text);
char *arena_printf(struct arena *arena, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* Copies into the arena; on failure *out is unchanged and SIGNET_E_NOMEM is returned. */
int arena_bytes(struct arena *arena, struct bytes in, struct bytes *out);

#endif
