#include "gateway/host.h"

#include <pthread.h>
#include <stdlib.h>

#include "api/maintenance.h"
#include "base/clock.h"
#include "base/log.h"
#include "gateway/instance_set.h"

#define ACQUIRE_LIMIT_US INT64_C(5000000) /* that a request waits for a configuration */

struct host {
	struct signet_client *client;
	struct store *store;
	struct store_table *tables;    /* those that are open */
	size_t table_count;
	pthread_mutex_t lock;          /* guards current and its leases */
	pthread_cond_t changed;
	struct instance_set *current;  /* NULL while the store is opened anew */
	bool closing;
};

int host_check(const struct settings *settings, struct error *err)
{
	struct instance_set *set;
	struct signet_client *client = NULL;
	int result = instance_set_new(&set, settings, err);
	if (result)
		return result;
	/* it connects when it is first used: never */
	char *path = settings_path(settings, "run/request.sock");
	result = path ? signet_client_open(&client, path, err) : error_nomem(err);
	free(path);
	if (!result)
		result = instance_set_place(set, NULL, NULL, 0);
	if (!result)
		result = instance_set_configure(set, client, err);
	instance_set_free(set);
	signet_client_close(client);
	return result;
}

static int open_store(struct host *host, const struct instance_set *set, struct error *err)
{
	char *path = settings_path(set->settings, "gateway/state");
	int result = path ? instance_set_tables(set, &host->tables, &host->table_count, err)
	                  : error_nomem(err);
	if (!result) {
		const struct store_options options = {.path = path,
		                                      .tables = host->tables,
		                                      .table_count = host->table_count,
		                                      .schema = SIGNET_SCHEMA_GATEWAY};
		result = store_open(&host->store, &options, err);
	}
	free(path);
	return result;
}

static void close_store(struct host *host)
{
	store_close(host->store);
	instance_set_free_tables(host->tables, host->table_count);
	host->store = NULL;
	host->tables = NULL;
	host->table_count = 0;
}

/* Opens the store for the set, configures and starts it. */
static int bring_up(struct host *host, struct instance_set *set, struct error *err)
{
	int result = open_store(host, set, err);
	if (!result)
		result = instance_set_place(set, host->store, host->tables, host->table_count);
	if (!result)
		result = instance_set_configure(set, host->client, err);
	if (!result)
		result = instance_set_start(set, err);
	return result;
}

int host_open(struct host **out, const struct settings *settings, struct signet_client *client,
              struct error *err)
{
	struct host *host = calloc(1, sizeof *host);
	struct instance_set *set = NULL;
	if (!host)
		return error_nomem(err);
	host->client = client;
	pthread_mutex_init(&host->lock, NULL);
	clock_condition_init(&host->changed);
	int result = instance_set_new(&set, settings, err);
	if (!result)
		result = bring_up(host, set, err);
	if (result) {
		instance_set_free(set);
		host_close(host);
		return result;
	}
	host->current = set;
	*out = host;
	return 0;
}

const struct router *host_acquire(void *arg, void **lease)
{
	struct host *host = arg;
	int64_t end = clock_monotonic_us() + ACQUIRE_LIMIT_US;
	pthread_mutex_lock(&host->lock);
	while (!host->current && !host->closing)
		if (clock_wait(&host->changed, &host->lock, end))
			break;
	struct instance_set *set = host->current;
	if (set)
		set->leases++;
	pthread_mutex_unlock(&host->lock);
	*lease = set;
	return set ? set->router : NULL;
}

void host_release(void *arg, void *lease)
{
	struct host *host = arg;
	struct instance_set *set = lease;
	pthread_mutex_lock(&host->lock);
	if (--set->leases == 0)
		pthread_cond_broadcast(&host->changed);
	pthread_mutex_unlock(&host->lock);
}

void host_load(struct host *host, struct signet_intermediary_load *out)
{
	*out = (struct signet_intermediary_load){0};
	pthread_mutex_lock(&host->lock);
	struct instance_set *set = host->current;
	if (set)
		set->leases++;
	pthread_mutex_unlock(&host->lock);
	if (!set)
		return;
	for (size_t i = 0; i < set->count; i++)
		if (set->items[i].module->load)
			set->items[i].module->load(set->items[i].instance, out);
	host_release(host, set);
}

/* Puts set in force and waits for the requests of the one that was. */
static struct instance_set *replace(struct host *host, struct instance_set *set)
{
	pthread_mutex_lock(&host->lock);
	struct instance_set *old = host->current;
	host->current = set;
	pthread_cond_broadcast(&host->changed);
	pthread_mutex_unlock(&host->lock);
	if (old)
		instance_set_stop(old);
	pthread_mutex_lock(&host->lock);
	while (old && old->leases)
		pthread_cond_wait(&host->changed, &host->lock);
	pthread_mutex_unlock(&host->lock);
	return old;
}

/* All tables are open: the new set starts beside the old one and takes its place. */
static int swap(struct host *host, struct instance_set *set, struct error *err)
{
	int result = instance_set_configure(set, host->client, err);
	if (!result)
		result = instance_set_start(set, err);
	if (!result)
		instance_set_free(replace(host, set));
	return result;
}

/* Takes the old set up again after the new one could not be. */
static void restore(struct host *host, struct instance_set *old)
{
	struct instance_set *again = NULL;
	struct error err = {0};
	close_store(host);
	int result = instance_set_new(&again, old->settings, &err);
	if (!result)
		result = bring_up(host, again, &err);
	if (result) {
		log_error(LOG_ERROR, "intermediaries-lost", &err, NULL);
		instance_set_free(again);
		return;
	}
	again->owned = old->owned;
	old->owned = NULL;
	replace(host, again);
}

/* New tables: one process opens a store once only, so the old set goes first. */
static int reopen(struct host *host, struct instance_set *set, struct error *err)
{
	/* what can be refused is refused before anything is let go */
	int result = host_check(set->settings, err);
	if (result)
		return result;
	struct instance_set *old = replace(host, NULL);
	instance_set_unload(old); /* instances hold on to the store; the settings are still wanted */
	close_store(host);
	result = bring_up(host, set, err);
	if (result) {
		instance_set_unload(set);
		restore(host, old);
	} else {
		replace(host, set);
	}
	instance_set_free(old);
	return result;
}

/* Nothing serves since a set could not be restored. */
static int revive(struct host *host, struct instance_set *set, struct error *err)
{
	close_store(host);
	int result = bring_up(host, set, err);
	if (!result)
		replace(host, set);
	return result;
}

int host_reload(struct host *host, struct settings *settings, struct error *err)
{
	struct instance_set *set;
	int result = instance_set_new(&set, settings, err);
	if (result)
		return result;
	if (!host->current)
		result = revive(host, set, err);
	else if (instance_set_place(set, host->store, host->tables, host->table_count))
		result = reopen(host, set, err);
	else
		result = swap(host, set, err);
	if (result)
		instance_set_free(set);
	else
		set->owned = settings;
	return result;
}

void host_close(struct host *host)
{
	if (!host)
		return;
	pthread_mutex_lock(&host->lock);
	host->closing = true;
	pthread_mutex_unlock(&host->lock);
	instance_set_free(replace(host, NULL));
	close_store(host);
	pthread_cond_destroy(&host->changed);
	pthread_mutex_destroy(&host->lock);
	free(host);
}
