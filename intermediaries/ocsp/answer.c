#include "intermediaries/ocsp/answer.h"

#include <stdlib.h>

#include "crypto/hash.h"

static struct bytes put(uint8_t **at, struct bytes octets)
{
	struct bytes copy = bytes_make(*at, octets.length);
	if (octets.length)
		memcpy(*at, octets.data, octets.length);
	*at += octets.length;
	return copy;
}

/* RFC 5019 section 6.2: the SHA-1 of the response in hex. */
static int make_etag(struct answer *answer)
{
	static const char digits[] = "0123456789abcdef";
	uint8_t digest[64];
	if (hash_compute(HASH_SHA1, answer->response, digest))
		return SIGNET_E_CRYPTO;
	char *at = answer->etag;
	*at++ = '"';
	for (size_t i = 0; i < 20; i++) {
		*at++ = digits[digest[i] >> 4];
		*at++ = digits[digest[i] & 15];
	}
	*at++ = '"';
	*at = '\0';
	return 0;
}

static size_t content_size(const struct answer *answer)
{
	size_t size = answer->response.length + answer->request.length +
	              strlen(answer->authority) + 1 + answer->serial_count * sizeof(struct bytes);
	for (size_t i = 0; i < answer->serial_count; i++)
		size += answer->serials[i].length;
	return size;
}

struct answer *answer_new(const struct answer *pattern)
{
	struct answer *answer = malloc(sizeof *answer + content_size(pattern));
	if (!answer)
		return NULL;
	struct bytes *serials = (struct bytes *)(answer + 1);
	uint8_t *at = (uint8_t *)(serials + pattern->serial_count);
	for (size_t i = 0; i < pattern->serial_count; i++)
		serials[i] = put(&at, pattern->serials[i]);
	*answer = (struct answer){
		.response = put(&at, pattern->response),
		.request = put(&at, pattern->request),
		.serials = serials,
		.serial_count = pattern->serial_count,
		.this_update = pattern->this_update,
		.next_update = pattern->next_update,
		.common = pattern->common,
	};
	answer->authority = (const char *)at;
	memcpy(at, pattern->authority, strlen(pattern->authority) + 1);
	atomic_init(&answer->references, 1);
	answer->etag[0] = '\0';
	if (!answer->common || make_etag(answer) == 0)
		return answer;
	free(answer);
	return NULL;
}

struct answer *answer_keep(struct answer *answer)
{
	atomic_fetch_add(&answer->references, 1);
	return answer;
}

void answer_release(struct answer *answer)
{
	if (answer && atomic_fetch_sub(&answer->references, 1) == 1)
		free(answer);
}

size_t answer_size(const struct answer *answer)
{
	return sizeof *answer + content_size(answer);
}
