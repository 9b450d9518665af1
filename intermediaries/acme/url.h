/*
 * Identifiers in URLs, and challenge tokens: both are made of a record's
 * number and a MAC under the instance's secret, so that neither can be
 * guessed and nothing but the number is stored.
 */
#ifndef SIGNET_ACME_URL_H
#define SIGNET_ACME_URL_H

#include <stdint.h>

#include "base/error.h"

#define URL_SECRET 32 /* octets */
#define URL_ID 23     /* characters of an identifier, and a NUL */
#define URL_TOKEN 44  /* characters of a token, and a NUL: 256 bits */

/* An identifier of one kind says nothing about the others. */
enum url_kind { URL_ACCOUNT = 1, URL_ORDER, URL_AUTHORIZATION, URL_CERTIFICATE };

int url_id_make(const uint8_t secret[URL_SECRET], enum url_kind kind, uint64_t number,
                char out[URL_ID]);
/* SIGNET_E_NOT_FOUND for anything that url_id_make did not make. */
int url_id_read(const uint8_t secret[URL_SECRET], enum url_kind kind, const char *text,
                uint64_t *number);

/* The token of an authorization's challenges (RFC 8555 section 8.3). */
int url_token_make(const uint8_t secret[URL_SECRET], uint64_t authorization,
                   char out[URL_TOKEN]);

#endif
