#include "engine/recent.h"

#include <assert.h>
#include <pthread.h>
#include <stdlib.h>

#include "base/clock.h"
#include "pki/certificate.h"

#define WAIT_MAX_MS 60000

struct row {
	uint8_t serial[SERIAL_SIZE];
	uint8_t length;
};

struct recent {
	pthread_mutex_t lock; /* guards all of it */
	pthread_cond_t grown;
	uint64_t first;       /* generation of the beginning: above those of earlier processes */
	uint64_t newest;
	uint64_t all;         /* the last generation at which everything changed */
	bool stopping;
	struct row rows[RECENT_KEPT]; /* of generation g at g % RECENT_KEPT */
};

int recent_new(struct recent **out, struct error *err)
{
	struct recent *recent = calloc(1, sizeof *recent);
	if (!recent)
		return error_nomem(err);
	recent->first = recent->newest = recent->all = (uint64_t)clock_now_us();
	pthread_mutex_init(&recent->lock, NULL);
	clock_condition_init(&recent->grown);
	*out = recent;
	return 0;
}

void recent_free(struct recent *recent)
{
	if (!recent)
		return;
	pthread_cond_destroy(&recent->grown);
	pthread_mutex_destroy(&recent->lock);
	free(recent);
}

void recent_stop(struct recent *recent)
{
	pthread_mutex_lock(&recent->lock);
	recent->stopping = true;
	pthread_cond_broadcast(&recent->grown);
	pthread_mutex_unlock(&recent->lock);
}

void recent_add(struct recent *recent, struct bytes serial)
{
	assert(serial.length <= SERIAL_SIZE);
	pthread_mutex_lock(&recent->lock);
	struct row *row = &recent->rows[++recent->newest % RECENT_KEPT];
	memcpy(row->serial, serial.data, serial.length);
	row->length = (uint8_t)serial.length;
	pthread_cond_broadcast(&recent->grown);
	pthread_mutex_unlock(&recent->lock);
}

void recent_add_all(struct recent *recent)
{
	pthread_mutex_lock(&recent->lock);
	recent->all = ++recent->newest;
	pthread_cond_broadcast(&recent->grown);
	pthread_mutex_unlock(&recent->lock);
}

/* The lock is held. */
static int tell(const struct recent *recent, struct arena *arena, uint64_t after,
                struct recent_changes *out, struct error *err)
{
	struct recent_changes changes = {.generation = recent->newest};
	uint64_t count = recent->newest - after;
	changes.all = after < recent->all || after > recent->newest || count > RECENT_TOLD;
	if (!changes.all) {
		changes.serials = arena_array(arena, count, sizeof *changes.serials);
		if (!changes.serials)
			return error_nomem(err);
		for (; changes.count < count; changes.count++) {
			const struct row *row =
				&recent->rows[(after + 1 + changes.count) % RECENT_KEPT];
			if (arena_bytes(arena, bytes_make(row->serial, row->length),
			                &changes.serials[changes.count]))
				return error_nomem(err);
		}
	}
	*out = changes;
	return 0;
}

int recent_wait(struct recent *recent, struct arena *arena, uint64_t after, unsigned wait_ms,
                struct recent_changes *out, struct error *err)
{
	if (wait_ms > WAIT_MAX_MS)
		wait_ms = WAIT_MAX_MS;
	int64_t deadline = clock_monotonic_us() + (int64_t)wait_ms * 1000;
	int result = 0;
	pthread_mutex_lock(&recent->lock);
	while (recent->newest == after && !recent->stopping && result == 0)
		result = clock_wait(&recent->grown, &recent->lock, deadline);
	result = tell(recent, arena, after, out, err);
	pthread_mutex_unlock(&recent->lock);
	return result;
}
