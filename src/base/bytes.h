/*
 * A slice of memory that somebody else owns: how DER, keys and database
 * values travel between functions.
 */
#ifndef SIGNET_BASE_BYTES_H
#define SIGNET_BASE_BYTES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

struct bytes {
	const uint8_t *data;
	size_t length;
};

#define BYTES_NONE ((struct bytes){NULL, 0})

/* The octets of an array, all of it. */
#define BYTES_OF(array) ((struct bytes){(const uint8_t *)(array), sizeof(array)})

static inline struct bytes bytes_make(const void *data, size_t length)
{
	return (struct bytes){data, length};
}

/* The characters of a string, without its NUL. */
static inline struct bytes bytes_text(const char *text)
{
	return (struct bytes){(const uint8_t *)text, text ? strlen(text) : 0};
}

static inline bool bytes_equal(struct bytes a, struct bytes b)
{
	return a.length == b.length && (a.length == 0 || memcmp(a.data, b.data, a.length) == 0);
}

static inline bool bytes_is_text(struct bytes a, const char *text)
{
	return bytes_equal(a, bytes_text(text));
}

/* As memcmp, the shorter first when one begins the other. */
static inline int bytes_compare(struct bytes a, struct bytes b)
{
	size_t shorter = a.length < b.length ? a.length : b.length;
	int c = shorter ? memcmp(a.data, b.data, shorter) : 0;
	return c ? c : (a.length > b.length) - (a.length < b.length);
}

#endif
