#include "crypto/hash.h"

#include <errno.h>
#include <stdlib.h>
#include <unistd.h>

#include "crypto/gnutls_private.h"

struct hash {
	gnutls_hash_hd_t handle;
};

/* The index is the enum hash_algorithm. */
static const struct {
	gnutls_digest_algorithm_t digest;
	gnutls_mac_algorithm_t mac;
	size_t size;
} hashes[] = {
	[HASH_SHA1] = {GNUTLS_DIG_SHA1, GNUTLS_MAC_SHA1, 20},
	[HASH_SHA256] = {GNUTLS_DIG_SHA256, GNUTLS_MAC_SHA256, 32},
	[HASH_SHA384] = {GNUTLS_DIG_SHA384, GNUTLS_MAC_SHA384, 48},
	[HASH_SHA512] = {GNUTLS_DIG_SHA512, GNUTLS_MAC_SHA512, 64},
};

static bool is_hash(enum hash_algorithm algorithm)
{
	return algorithm >= HASH_SHA1 && algorithm < sizeof hashes / sizeof *hashes;
}

static int code_of(int result)
{
	if (!result)
		return 0;
	return result == GNUTLS_E_MEMORY_ERROR ? SIGNET_E_NOMEM : SIGNET_E_CRYPTO;
}

size_t hash_size(enum hash_algorithm algorithm)
{
	return is_hash(algorithm) ? hashes[algorithm].size : 0;
}

int hash_compute(enum hash_algorithm algorithm, struct bytes in, uint8_t *out)
{
	if (!is_hash(algorithm))
		return SIGNET_E_BAD_ALGORITHM;
	return code_of(gnutls_hash_fast(hashes[algorithm].digest, in.data ? in.data : out, in.length,
	                                out));
}

int hash_open(struct hash **out, enum hash_algorithm algorithm)
{
	if (!is_hash(algorithm))
		return SIGNET_E_BAD_ALGORITHM;
	struct hash *hash = calloc(1, sizeof *hash);
	if (!hash)
		return SIGNET_E_NOMEM;
	int result = code_of(gnutls_hash_init(&hash->handle, hashes[algorithm].digest));
	if (result)
		free(hash);
	else
		*out = hash;
	return result;
}

int hash_update(struct hash *hash, struct bytes in)
{
	return in.length ? code_of(gnutls_hash(hash->handle, in.data, in.length)) : 0;
}

void hash_finish(struct hash *hash, uint8_t *out)
{
	gnutls_hash_output(hash->handle, out);
}

void hash_free(struct hash *hash)
{
	if (!hash)
		return;
	gnutls_hash_deinit(hash->handle, NULL);
	free(hash);
}

static int feed(struct hash *hash, int fd)
{
	uint8_t portion[65536];
	for (off_t at = 0;;) {
		ssize_t n = pread(fd, portion, sizeof portion, at);
		if (n == 0)
			return 0;
		if (n < 0 && errno == EINTR)
			continue;
		int result = n < 0 ? SIGNET_E_IO : hash_update(hash, bytes_make(portion, (size_t)n));
		if (result)
			return result;
		at += n;
	}
}

int hash_file(enum hash_algorithm algorithm, int fd, uint8_t *out)
{
	struct hash *hash;
	int result = hash_open(&hash, algorithm);
	if (result)
		return result;
	result = feed(hash, fd);
	if (result == 0)
		hash_finish(hash, out);
	hash_free(hash);
	return result;
}

int hash_hmac(enum hash_algorithm algorithm, struct bytes key, struct bytes in, uint8_t *out)
{
	if (!is_hash(algorithm))
		return SIGNET_E_BAD_ALGORITHM;
	return code_of(gnutls_hmac_fast(hashes[algorithm].mac, key.data ? key.data : out, key.length,
	                                in.data ? in.data : out, in.length, out));
}

int random_octets(void *out, size_t length)
{
	return code_of(gnutls_rnd(GNUTLS_RND_KEY, out, length));
}

bool secret_equal(struct bytes a, struct bytes b)
{
	return a.length == b.length &&
	       (a.length == 0 || gnutls_memcmp(a.data, b.data, a.length) == 0);
}
