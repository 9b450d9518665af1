#include "intermediaries/acme/chains.h"

#include <pthread.h>
#include <stdlib.h>

#define SLOTS 128
#define LENGTH_MAX 16384

struct chains {
	pthread_mutex_t lock; /* guards the slots */
	struct slot {
		uint64_t order;
		uint8_t *pem;
		size_t length;
	} slots[SLOTS];
};

int chains_new(struct chains **out, struct error *err)
{
	struct chains *chains = calloc(1, sizeof *chains);
	if (!chains)
		return error_nomem(err);
	pthread_mutex_init(&chains->lock, NULL);
	*out = chains;
	return 0;
}

void chains_free(struct chains *chains)
{
	if (!chains)
		return;
	for (size_t i = 0; i < SLOTS; i++)
		free(chains->slots[i].pem);
	pthread_mutex_destroy(&chains->lock);
	free(chains);
}

void chains_put(struct chains *chains, uint64_t order, struct bytes pem)
{
	struct slot *slot = &chains->slots[order % SLOTS];
	uint8_t *copy = pem.length <= LENGTH_MAX ? malloc(pem.length + 1) : NULL;
	if (!copy)
		return;
	memcpy(copy, pem.data, pem.length);
	pthread_mutex_lock(&chains->lock);
	uint8_t *old = slot->pem;
	*slot = (struct slot){order, copy, pem.length};
	pthread_mutex_unlock(&chains->lock);
	free(old);
}

int chains_get(struct chains *chains, uint64_t order, struct buffer *out)
{
	int result = SIGNET_E_NOT_FOUND;
	const struct slot *slot = &chains->slots[order % SLOTS];
	pthread_mutex_lock(&chains->lock);
	if (slot->pem && slot->order == order)
		result = buffer_append(out, slot->pem, slot->length);
	pthread_mutex_unlock(&chains->lock);
	return result;
}
