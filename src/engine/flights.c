#include "engine/flights.h"

#include <pthread.h>
#include <stdlib.h>

/* A power of two, at most 256: the keys are hashes, their first octet chooses. */
#define LANES 32

struct lane {
	pthread_mutex_t lock; /* guards flying */
	pthread_cond_t landed;
	struct flight *flying;
};

struct flights {
	struct lane lanes[LANES];
};

int flights_new(struct flights **out, struct error *err)
{
	struct flights *flights = calloc(1, sizeof *flights);
	if (!flights)
		return error_nomem(err);
	for (size_t i = 0; i < LANES; i++) {
		pthread_mutex_init(&flights->lanes[i].lock, NULL);
		pthread_cond_init(&flights->lanes[i].landed, NULL);
	}
	*out = flights;
	return 0;
}

void flights_free(struct flights *flights)
{
	if (!flights)
		return;
	for (size_t i = 0; i < LANES; i++) {
		pthread_cond_destroy(&flights->lanes[i].landed);
		pthread_mutex_destroy(&flights->lanes[i].lock);
	}
	free(flights);
}

static struct lane *lane_of(struct flights *flights, const struct flight *flight)
{
	return &flights->lanes[flight->key[0] % LANES];
}

static bool is_flying(const struct lane *lane, const struct flight *flight)
{
	for (const struct flight *other = lane->flying; other; other = other->next)
		if (memcmp(other->key, flight->key, sizeof flight->key) == 0)
			return true;
	return false;
}

void flights_enter(struct flights *flights, struct flight *flight)
{
	struct lane *lane = lane_of(flights, flight);
	pthread_mutex_lock(&lane->lock);
	while (is_flying(lane, flight))
		pthread_cond_wait(&lane->landed, &lane->lock);
	flight->next = lane->flying;
	lane->flying = flight;
	pthread_mutex_unlock(&lane->lock);
}

void flights_leave(struct flights *flights, struct flight *flight)
{
	struct lane *lane = lane_of(flights, flight);
	pthread_mutex_lock(&lane->lock);
	struct flight **place = &lane->flying;
	while (*place != flight)
		place = &(*place)->next;
	*place = flight->next;
	pthread_cond_broadcast(&lane->landed);
	pthread_mutex_unlock(&lane->lock);
}
