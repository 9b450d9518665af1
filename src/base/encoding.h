/*
 * Hex, base64 (RFC 4648 section 4), base64url without padding (section 5)
 * and PEM (RFC 7468). Decoders are strict: they consume everything or fail
 * with SIGNET_E_INVALID.
 */
#ifndef SIGNET_BASE_ENCODING_H
#define SIGNET_BASE_ENCODING_H

#include "base/arena.h"
#include "base/buffer.h"

/* Lower-case hex. */
int hex_encode(struct buffer *out, struct bytes in);
char *hex_text(struct arena *arena, struct bytes in);
int hex_decode(struct buffer *out, struct bytes text);

/* With padding, on one line. */
int base64_encode(struct buffer *out, struct bytes in);
/* Padding and canonical trailing bits are required; white space is refused. */
int base64_decode(struct buffer *out, struct bytes text);
/* The same, but blanks and line breaks between the characters are skipped. */
int base64_decode_lines(struct buffer *out, struct bytes text);

int base64url_encode(struct buffer *out, struct bytes in);
char *base64url_text(struct arena *arena, struct bytes in);
/* No padding, canonical trailing bits (RFC 7515 section 2). */
int base64url_decode(struct buffer *out, struct bytes text);
int base64url_bytes(struct arena *arena, const char *text, struct bytes *out);

/* label: "CERTIFICATE". Lines of 64 characters. */
int pem_encode(struct buffer *out, const char *label, struct bytes der);

/* Reads the next block from *text and moves it behind the block and its last line's end. label
 * gets a copy of the label (at most label_size - 1 characters). Text before a block is skipped; a
 * block begins and ends on lines of its own, and has no headers (RFC 7468 section 3).
 * SIGNET_E_NOT_FOUND when there is none left, SIGNET_E_INVALID for one that is broken. */
int pem_decode(struct buffer *out, char *label, size_t label_size, struct bytes *text);

#endif
