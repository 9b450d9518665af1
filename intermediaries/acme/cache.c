#include "intermediaries/acme/cache.h"

#include <pthread.h>
#include <stdlib.h>

#define SETS 128
#define WAYS 4

struct cache {
	pthread_mutex_t lock; /* guards all below */
	uint64_t generation;  /* grows with every drop */
	uint64_t clock;       /* grows with every use */
	struct slot {
		struct account *account;
		uint64_t used;
	} slots[SETS][WAYS];
};

struct account *account_new(uint64_t id, bool valid, struct pubkey *key, const char *thumbprint)
{
	struct account *account = calloc(1, sizeof *account);
	if (!account)
		return NULL;
	account->id = id;
	account->valid = valid;
	account->key = key;
	strncpy(account->thumbprint, thumbprint, sizeof account->thumbprint - 1);
	atomic_init(&account->references, 1);
	return account;
}

void account_release(struct account *account)
{
	if (!account || atomic_fetch_sub(&account->references, 1) != 1)
		return;
	pubkey_free(account->key);
	free(account);
}

int cache_new(struct cache **out, struct error *err)
{
	struct cache *cache = calloc(1, sizeof *cache);
	if (!cache)
		return error_nomem(err);
	pthread_mutex_init(&cache->lock, NULL);
	*out = cache;
	return 0;
}

void cache_free(struct cache *cache)
{
	if (!cache)
		return;
	for (size_t set = 0; set < SETS; set++)
		for (size_t way = 0; way < WAYS; way++)
			account_release(cache->slots[set][way].account);
	pthread_mutex_destroy(&cache->lock);
	free(cache);
}

/* The slot of this account, else the one to give it: an empty one or the one not used for
 * the longest time. */
static struct slot *find(struct cache *cache, uint64_t id)
{
	struct slot *set = cache->slots[id % SETS], *oldest = set;
	for (struct slot *slot = set; slot < set + WAYS; slot++) {
		if (slot->account && slot->account->id == id)
			return slot;
		if (slot->used < oldest->used)
			oldest = slot;
	}
	return oldest;
}

struct account *cache_get(struct cache *cache, uint64_t id, uint64_t *generation)
{
	struct account *account = NULL;
	pthread_mutex_lock(&cache->lock);
	struct slot *slot = find(cache, id);
	if (slot->account && slot->account->id == id) {
		account = slot->account;
		slot->used = ++cache->clock;
		atomic_fetch_add(&account->references, 1);
	}
	*generation = cache->generation;
	pthread_mutex_unlock(&cache->lock);
	return account;
}

void cache_put(struct cache *cache, struct account *account, uint64_t generation)
{
	struct account *old = NULL;
	pthread_mutex_lock(&cache->lock);
	if (generation == cache->generation) {
		struct slot *slot = find(cache, account->id);
		old = slot->account;
		atomic_fetch_add(&account->references, 1);
		*slot = (struct slot){account, ++cache->clock};
	}
	pthread_mutex_unlock(&cache->lock);
	account_release(old);
}

void cache_drop(struct cache *cache, uint64_t id)
{
	struct account *old = NULL;
	pthread_mutex_lock(&cache->lock);
	cache->generation++;
	struct slot *slot = find(cache, id);
	if (slot->account && slot->account->id == id) {
		old = slot->account;
		*slot = (struct slot){0};
	}
	pthread_mutex_unlock(&cache->lock);
	account_release(old);
}
