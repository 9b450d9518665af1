#include "intermediaries/acme/nonce.h"

#include <pthread.h>
#include <stdlib.h>

#include "base/encoding.h"
#include "crypto/hash.h"

#define MAC_SIZE 16
#define RAW_SIZE (8 + MAC_SIZE)

_Static_assert((RAW_SIZE * 4 + 2) / 3 + 1 == NONCE_TEXT, "a nonce's text has this length");

struct nonces {
	uint8_t key[32];
	pthread_mutex_t lock; /* guards the rest */
	uint64_t next;
	uint64_t used[NONCE_WINDOW / 64]; /* bit (number % NONCE_WINDOW) */
};

static void put_number(uint8_t *out, uint64_t number)
{
	for (int i = 7; i >= 0; i--, number >>= 8)
		out[i] = (uint8_t)number;
}

static uint64_t get_number(const uint8_t *in)
{
	uint64_t number = 0;
	for (int i = 0; i < 8; i++)
		number = number << 8 | in[i];
	return number;
}

static int authenticate(const struct nonces *nonces, const uint8_t *number, uint8_t *mac)
{
	uint8_t full[HASH_SIZE_MAX];
	int result = hash_hmac(HASH_SHA256, BYTES_OF(nonces->key), bytes_make(number, 8), full);
	memcpy(mac, full, MAC_SIZE);
	return result;
}

int nonces_new(struct nonces **out, struct error *err)
{
	struct nonces *nonces = calloc(1, sizeof *nonces);
	if (!nonces)
		return error_nomem(err);
	if (random_octets(nonces->key, sizeof nonces->key) < 0) {
		free(nonces);
		return error_set(err, SIGNET_E_CRYPTO, "no random octets");
	}
	pthread_mutex_init(&nonces->lock, NULL);
	*out = nonces;
	return 0;
}

void nonces_free(struct nonces *nonces)
{
	if (!nonces)
		return;
	pthread_mutex_destroy(&nonces->lock);
	explicit_bzero(nonces->key, sizeof nonces->key);
	free(nonces);
}

int nonce_make(struct nonces *nonces, char out[NONCE_TEXT])
{
	uint8_t raw[RAW_SIZE];
	pthread_mutex_lock(&nonces->lock);
	uint64_t number = nonces->next++;
	size_t bit = number % NONCE_WINDOW;
	nonces->used[bit / 64] &= ~(UINT64_C(1) << bit % 64);
	pthread_mutex_unlock(&nonces->lock);
	put_number(raw, number);
	int result = authenticate(nonces, raw, raw + 8);
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(NONCE_TEXT);
	if (result == 0)
		result = base64url_encode(&text, BYTES_OF(raw));
	if (result < 0)
		return result;
	memcpy(out, text.data, NONCE_TEXT - 1);
	out[NONCE_TEXT - 1] = '\0';
	return 0;
}

static int take(struct nonces *nonces, uint64_t number)
{
	int result = SIGNET_E_INVALID;
	size_t bit = number % NONCE_WINDOW;
	uint64_t mask = UINT64_C(1) << bit % 64;
	pthread_mutex_lock(&nonces->lock);
	if (number < nonces->next && nonces->next - number <= NONCE_WINDOW &&
	    !(nonces->used[bit / 64] & mask)) {
		nonces->used[bit / 64] |= mask;
		result = 0;
	}
	pthread_mutex_unlock(&nonces->lock);
	return result;
}

int nonce_use(struct nonces *nonces, const char *text)
{
	uint8_t mac[MAC_SIZE];
	_cleanup_buffer_ struct buffer raw = BUFFER_MAX(RAW_SIZE);
	if (base64url_decode(&raw, bytes_text(text)) < 0 || raw.length != RAW_SIZE)
		return SIGNET_E_INVALID;
	if (authenticate(nonces, raw.data, mac) < 0 ||
	    !secret_equal(BYTES_OF(mac), bytes_make(raw.data + 8, MAC_SIZE)))
		return SIGNET_E_INVALID;
	return take(nonces, get_number(raw.data));
}
