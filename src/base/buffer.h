/*
 * Bounded buffer: grows to a maximum that is stated when it is made, and is
 * sticky on error, so that a run of appends is checked once at its end.
 */
#ifndef SIGNET_BASE_BUFFER_H
#define SIGNET_BASE_BUFFER_H

#include "base/bytes.h"

struct buffer {
	uint8_t *data;
	size_t length;
	size_t capacity;
	size_t maximum;
	int error; /* 0, SIGNET_E_TOO_BIG or SIGNET_E_NOMEM; appends after it do nothing */
};

#define BUFFER_MAX(limit) ((struct buffer){.maximum = (limit)})

/* Frees the memory and leaves an empty buffer of the same maximum. */
void buffer_free(struct buffer *buffer);
/* As buffer_free, but overwrites the content first: for secrets. A buffer that holds a secret
 * is given its capacity with buffer_reserve before, so that growth leaves no copy behind. */
void buffer_wipe(struct buffer *buffer);
/* Empties it, forgets the error and keeps the memory. */
void buffer_clear(struct buffer *buffer);

int buffer_reserve(struct buffer *buffer, size_t more);
int buffer_append(struct buffer *buffer, const void *data, size_t length);
int buffer_append_bytes(struct buffer *buffer, struct bytes bytes);
int buffer_append_text(struct buffer *buffer, const char *text);
int buffer_append_octet(struct buffer *buffer, uint8_t octet);
int buffer_printf(struct buffer *buffer, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

static inline struct bytes buffer_bytes(const struct buffer *buffer)
{
	return (struct bytes){buffer->data, buffer->length};
}

/* The content with a NUL behind it (not counted); NULL when the buffer is in error. The pointer
 * is the buffer's and stands until the next append. */
const char *buffer_text(struct buffer *buffer);

#define _cleanup_buffer_ __attribute__((cleanup(buffer_free)))
#define _cleanup_secret_ __attribute__((cleanup(buffer_wipe)))

#endif
