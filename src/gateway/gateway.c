#include "gateway/gateway.h"

#include <malloc.h>
#include <pthread.h>
#include <sched.h>
#include <stdlib.h>
#include <time.h>

#include "base/clock.h"
#include "base/limits.h"
#include "base/log.h"
#include "base/role.h"
#include "base/text.h"
#include "gateway/host.h"
#include "gateway/keeper.h"
#include "gateway/monitoring.h"
#include "gateway/reporter.h"
#include "gateway/server.h"

/* Hundreds of threads, most of which wait: small stacks (address space that is not touched costs
 * nothing, but the limit on it may), and few arenas, so that memory that one thread has freed
 * serves the next. */
#define STACK_SIZE (1024u * 1024)
#define MALLOC_ARENAS 8

#define REQUEST_SOCKET "run/request.sock"
#define ENGINE_RELOAD_US 3000000 /* how long the engine's reload is waited for */
#define ENGINE_POLL_NS 20000000

struct gateway {
	const struct settings *settings;  /* those of the start: listeners stay as they are */
	struct settings *loaded;          /* of the newest reload, the keeper's; NULL: none yet */
	struct signet_client *client;
	uint64_t engine_generation;       /* of its configuration, at our own last load */
	struct tls *tls;                  /* NULL without a TLS listener */
	struct keeper *keeper;
	struct host *host;
	struct server *server;
	struct metrics *meter;
	struct monitoring *monitoring;    /* NULL: not configured */
	struct reporter *reporter;
};

static bool has_tls(const struct settings *settings)
{
	for (size_t i = 0; i < settings->listener_count; i++)
		if (settings->listeners[i].tls)
			return true;
	return false;
}

static int check_listeners(const struct settings *settings, struct error *err)
{
	uint8_t address[16];
	if (settings->listener_count == 0)
		return error_set(err, SIGNET_E_CONFIG, "%s: listen: there is no listener",
		                 settings->path);
	for (size_t i = 0; i < settings->listener_count; i++) {
		if (text_to_address(settings->listeners[i].address, address) != 4)
			return error_set(err, SIGNET_E_CONFIG, "%s: listen: %s is no IPv4 address",
			                 settings->path, settings->listeners[i].address);
		/* requests are told apart by their port alone */
		for (size_t j = 0; j < i; j++)
			if (settings->listeners[i].port == settings->listeners[j].port &&
			    (settings->listeners[i].tls != settings->listeners[j].tls ||
			     strcmp(settings->listeners[i].address,
			            settings->listeners[j].address) == 0))
				return error_set(err, SIGNET_E_CONFIG,
				                 "%s: listen: port %u is there twice",
				                 settings->path, settings->listeners[i].port);
	}
	return 0;
}

int gateway_check(const struct settings *settings, struct error *err)
{
	int result = check_listeners(settings, err);
	if (!result)
		result = keeper_check(settings, err);
	return result ? result : host_check(settings, err);
}

static int open_client(struct gateway *gateway, struct error *err)
{
	char *path = settings_path(gateway->settings, REQUEST_SOCKET);
	int result = path ? signet_client_open(&gateway->client, path, err) : error_nomem(err);
	free(path);
	return result;
}

static int open_tls(struct gateway *gateway, struct error *err)
{
	if (!has_tls(gateway->settings))
		return 0;
	int result = tls_new(&gateway->tls, err);
	return result ? result
	              : keeper_start(&gateway->keeper, gateway->settings, gateway->client,
	                             gateway->tls, err);
}

static int open_server(struct gateway *gateway, struct error *err)
{
	const struct server_options options = {
		.listeners = gateway->settings->listeners,
		.listener_count = gateway->settings->listener_count,
		.hostname = gateway->settings->hostname,
		.tls = gateway->tls,
		.acquire = host_acquire,
		.release = host_release,
		.arg = gateway->host,
		.meter = gateway->meter,
	};
	return server_start(&gateway->server, &options, err);
}

static int open_monitoring(struct gateway *gateway, struct error *err)
{
	return gateway->settings->metrics.port
	               ? monitoring_start(&gateway->monitoring, &gateway->settings->metrics,
	                                  gateway->client, gateway->meter, err)
	               : 0;
}

static int open_reporter(struct gateway *gateway, struct error *err)
{
	const struct reporter_sources sources = {gateway->server, gateway->host, gateway->meter};
	char *path = settings_path(gateway->settings, REQUEST_SOCKET);
	int result = path ? reporter_start(&gateway->reporter, path, &sources, err)
	                  : error_nomem(err);
	free(path);
	return result;
}

static int gateway_open(struct gateway *gateway, struct error *err)
{
	int result = check_listeners(gateway->settings, err);
	if (!result)
		result = open_client(gateway, err);
	if (!result)
		result = open_tls(gateway, err);
	if (!result)
		result = host_open(&gateway->host, gateway->settings, gateway->client, err);
	if (!result && !(gateway->meter = meter_new()))
		result = error_nomem(err);
	if (!result)
		result = open_server(gateway, err);
	if (!result)
		result = open_monitoring(gateway, err);
	if (!result)
		result = open_reporter(gateway, err);
	return result;
}

static void gateway_close(struct gateway *gateway)
{
	monitoring_say_stopping(gateway->monitoring);
	reporter_stop(gateway->reporter);
	server_stop(gateway->server);
	monitoring_stop(gateway->monitoring);
	metrics_free(gateway->meter);
	host_close(gateway->host);
	keeper_stop(gateway->keeper);
	tls_free(gateway->tls);
	signet_client_close(gateway->client);
	settings_free(gateway->loaded);
}

static uint64_t ask_generation(struct gateway *gateway)
{
	struct signet_authority *authorities;
	uint64_t configuration = 0, revocations = 0;
	size_t count;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	/* any reply carries it; that there is none now is told by who needs one */
	if (arena && signet_list_authorities(gateway->client, arena, &authorities, &count, NULL) == 0)
		signet_generations(gateway->client, &configuration, &revocations);
	arena_free(arena);
	return configuration;
}

/* The engine was told to reload in the same moment as we were. What we are about to ask of it (a
 * certificate for a new host name) it judges by the new configuration once it has that. */
static void wait_for_engine(struct gateway *gateway)
{
	int64_t end = clock_monotonic_us() + ENGINE_RELOAD_US;
	uint64_t generation;
	while ((generation = ask_generation(gateway)) == gateway->engine_generation &&
	       clock_monotonic_us() < end)
		nanosleep(&(struct timespec){0, ENGINE_POLL_NS}, NULL);
	gateway->engine_generation = generation;
}

static bool listener_differs(const struct listener *a, const struct listener *b)
{
	return a->port != b->port || a->tls != b->tls ||
	       (a->port && strcmp(a->address, b->address) != 0);
}

static bool listeners_differ(const struct settings *a, const struct settings *b)
{
	if (a->listener_count != b->listener_count)
		return true;
	for (size_t i = 0; i < a->listener_count; i++)
		if (listener_differs(&a->listeners[i], &b->listeners[i]))
			return true;
	return listener_differs(&a->metrics, &b->metrics);
}

/* The new configuration's certificate, or the old one's on. */
static int reload_keeper(struct gateway *gateway, struct error *err)
{
	struct settings *settings;
	struct keeper *keeper;
	if (!gateway->tls)
		return 0;
	/* a copy of its own: the host frees the other one whenever it has the next */
	int result = settings_load(&settings, gateway->settings->path, err);
	if (result)
		return result;
	result = keeper_start(&keeper, settings, gateway->client, gateway->tls, err);
	if (result) {
		settings_free(settings);
		return result;
	}
	keeper_stop(gateway->keeper);
	settings_free(gateway->loaded);
	gateway->keeper = keeper;
	gateway->loaded = settings;
	return 0;
}

static int reload(struct gateway *gateway, struct error *err)
{
	struct settings *settings;
	int result = settings_load(&settings, gateway->settings->path, err);
	if (result)
		return result;
	if (listeners_differ(settings, gateway->settings))
		log_event(LOG_WARNING, "listeners-kept", "message",
		          "a change of listen: or metrics: takes effect at the next start", NULL);
	wait_for_engine(gateway);
	enum log_level level = settings->log_level;
	bool json = settings->log_json;
	result = host_reload(gateway->host, settings, err);
	if (result) {
		settings_free(settings);
		return result;
	}
	log_setup("gateway", level, json);
	return reload_keeper(gateway, err);
}

static void serve(struct gateway *gateway)
{
	while (role_wait() == ROLE_RELOAD) {
		struct error err = {0};
		if (reload(gateway, &err))
			log_error(LOG_ERROR, "reload-failed", &err, NULL);
		else
			log_event(LOG_INFO, "reloaded", NULL);
	}
}

static void set_memory_up(void)
{
	pthread_attr_t attributes;
	mallopt(M_ARENA_MAX, MALLOC_ARENAS);
	/* CivetWeb asks for the local time of each request; without TZ the C library looks at
	 * /etc/localtime each time, under a lock that all threads share */
	setenv("TZ", "UTC0", 1);
	if (pthread_attr_init(&attributes))
		return;
	/* where it is refused, the default serves as well */
	if (pthread_attr_setstacksize(&attributes, STACK_SIZE) == 0)
		pthread_setattr_default_np(&attributes);
	pthread_attr_destroy(&attributes);
}

/* Threads that wake up only to pass something on do not interrupt what is being computed, here or in
 * the engine: with every processor busy each answer costs an eighth less. */
static void set_scheduling_up(void)
{
	const struct sched_param none = {0};
	/* where it is refused, the default serves as well */
	(void)sched_setscheduler(0, SCHED_BATCH, &none);
}

int gateway_run(const struct settings *settings, int ready_fd)
{
	struct gateway gateway = {.settings = settings};
	struct error err = {0};
	log_setup("gateway", settings->log_level, settings->log_json);
	set_memory_up();
	set_scheduling_up();
	int result = role_begin(false, &err);
	if (!result)
		result = gateway_open(&gateway, &err);
	if (result) {
		role_failed(ready_fd, &err);
	} else {
		gateway.engine_generation = ask_generation(&gateway);
		role_ready(ready_fd);
		serve(&gateway);
	}
	gateway_close(&gateway);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
