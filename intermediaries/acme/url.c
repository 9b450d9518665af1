#include "intermediaries/acme/url.h"

#include "base/encoding.h"
#include "crypto/hash.h"

#define NUMBER_SIZE 8
#define MAC_SIZE 8
#define RAW_SIZE (NUMBER_SIZE + MAC_SIZE)
#define PURPOSE_TOKEN 0x80 /* beside the kinds of identifiers */

static int authenticate(const uint8_t *secret, uint8_t purpose, uint64_t number,
                        uint8_t mac[HASH_SIZE_MAX])
{
	uint8_t in[1 + NUMBER_SIZE] = {purpose};
	for (int i = NUMBER_SIZE; i > 0; i--, number >>= 8)
		in[i] = (uint8_t)number;
	return hash_hmac(HASH_SHA256, bytes_make(secret, URL_SECRET), BYTES_OF(in), mac);
}

static int encode(struct bytes in, char *out, size_t size)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(size);
	int result = base64url_encode(&text, in);
	if (result < 0)
		return result;
	memcpy(out, text.data, size - 1);
	out[size - 1] = '\0';
	return 0;
}

int url_id_make(const uint8_t secret[URL_SECRET], enum url_kind kind, uint64_t number,
                char out[URL_ID])
{
	uint8_t raw[RAW_SIZE], mac[HASH_SIZE_MAX];
	int result = authenticate(secret, (uint8_t)kind, number, mac);
	if (result < 0)
		return result;
	memcpy(raw + NUMBER_SIZE, mac, MAC_SIZE);
	for (int i = NUMBER_SIZE - 1; i >= 0; i--, number >>= 8)
		raw[i] = (uint8_t)number;
	return encode(BYTES_OF(raw), out, URL_ID);
}

int url_id_read(const uint8_t secret[URL_SECRET], enum url_kind kind, const char *text,
                uint64_t *number)
{
	uint8_t mac[HASH_SIZE_MAX];
	uint64_t n = 0;
	_cleanup_buffer_ struct buffer raw = BUFFER_MAX(RAW_SIZE);
	if (!text || base64url_decode(&raw, bytes_text(text)) < 0 || raw.length != RAW_SIZE)
		return SIGNET_E_NOT_FOUND;
	for (int i = 0; i < NUMBER_SIZE; i++)
		n = n << 8 | raw.data[i];
	int result = authenticate(secret, (uint8_t)kind, n, mac);
	if (result < 0)
		return result;
	if (!secret_equal(bytes_make(mac, MAC_SIZE), bytes_make(raw.data + NUMBER_SIZE, MAC_SIZE)))
		return SIGNET_E_NOT_FOUND;
	*number = n;
	return 0;
}

int url_token_make(const uint8_t secret[URL_SECRET], uint64_t authorization, char out[URL_TOKEN])
{
	uint8_t mac[HASH_SIZE_MAX];
	int result = authenticate(secret, PURPOSE_TOKEN, authorization, mac);
	return result < 0 ? result : encode(bytes_make(mac, 32), out, URL_TOKEN);
}
