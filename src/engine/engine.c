#include "engine/engine.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/log.h"
#include "base/role.h"
#include "engine/adopt.h"
#include "engine/crl_keeper.h"
#include "engine/housekeeping.h"
#include "engine/notices.h"
#include "engine/recent.h"
#include "engine/repository.h"
#include "engine/service.h"

#define SOCKETS "run"
#define REQUEST_SOCKET SOCKETS "/request.sock"
#define ADMIN_SOCKET SOCKETS "/admin.sock"

int engine_check(const struct settings *settings, struct error *err)
{
	struct configuration *configuration;
	int result = configuration_load(&configuration, settings, NULL, err);
	if (result == 0)
		configuration_free(configuration);
	return result;
}

/* An engine and the two sockets that it serves. */
struct serving {
	struct engine *engine;
	struct service request, admin;
	struct rpc_server *request_server, *admin_server;
	struct housekeeping *housekeeping;
	bool announced; /* that it has started */
};

/* service_admits looks at who it is in any case. */
static int open_socket(struct rpc_server **out, const struct settings *settings, const char *name,
                       struct service *service, struct error *err)
{
	mode_t mode = service->admin ? service_admin_mode(service->engine) : 0666;
	char *path = settings_path(settings, name);
	if (!path)
		return error_nomem(err);
	int result = (service->admin ? rpc_server_start_with_files : rpc_server_start)(
		out, path, mode, service_admits, service_handle, service, err);
	free(path);
	return result;
}

static int open_sockets(struct serving *serving, const struct settings *settings,
                        struct error *err)
{
	serving->request = (struct service){serving->engine, false};
	serving->admin = (struct service){serving->engine, true};
	char *directory = settings_path(settings, SOCKETS);
	if (!directory)
		return error_nomem(err);
	int result = file_make_directory(directory, 0755, err);
	free(directory);
	if (result == 0)
		result = open_socket(&serving->request_server, settings, REQUEST_SOCKET,
		                     &serving->request, err);
	if (result == 0)
		result = open_socket(&serving->admin_server, settings, ADMIN_SOCKET,
		                     &serving->admin, err);
	if (result == 0) {
		rpc_server_count(serving->request_server, &serving->engine->connections);
		rpc_server_count(serving->admin_server, &serving->engine->admin_connections);
	}
	return result;
}

static int announce_start(struct serving *serving, struct error *err)
{
	int result = notices_raise(serving->engine, SIGNET_EVENT_STARTUP, err);
	serving->announced = result == 0;
	if (result == 0)
		result = notices_authorities(serving->engine, err);
	if (result == 0)
		adopt_authorities(serving->engine);
	return result;
}

/* What is public of the authorities, as files. */
static int write_public(struct engine *engine, struct error *err)
{
	struct configuration *c = configuration_take(engine->holder);
	int result = repository_write_authorities(engine->state, c, err);
	configuration_release(engine->holder, c);
	return result;
}

static int start(struct serving *serving, const struct settings *settings, struct error *err)
{
	int result = engine_open(&serving->engine, settings, err);
	if (result == 0)
		result = repository_open(serving->engine->state, err);
	if (result == 0)
		result = write_public(serving->engine, err);
	if (result == 0)
		result = announce_start(serving, err);
	if (result == 0)
		result = open_sockets(serving, settings, err);
	if (result == 0)
		result = housekeeping_start(&serving->housekeeping, serving->engine, err);
	if (result == 0)
		result = crl_keeper_start(serving->engine->crls, err);
	return result;
}

static void stop(struct serving *serving)
{
	/* who waits for events is sent home first: the servers wait for every call */
	if (serving->engine) {
		events_stop(serving->engine->events);
		recent_stop(serving->engine->recent);
	}
	rpc_server_stop(serving->request_server);
	rpc_server_stop(serving->admin_server);
	housekeeping_stop(serving->housekeeping);
	if (serving->engine)
		crl_keeper_stop(serving->engine->crls);
	if (serving->announced)
		notices_raise(serving->engine, SIGNET_EVENT_SHUTDOWN, NULL);
	engine_close(serving->engine);
}

/* Roles may have come or gone. */
static void set_admin_mode(struct engine *engine)
{
	char path[PATH_MAX];
	struct error err = {0};
	int length = snprintf(path, sizeof path, "%s/" ADMIN_SOCKET, engine->state);
	if (length < 0 || (size_t)length >= sizeof path || chmod(path, service_admin_mode(engine))) {
		error_errno(&err, ADMIN_SOCKET);
		log_error(LOG_ERROR, "reload-failed", &err, NULL);
	}
}

static void reload(struct serving *serving)
{
	struct engine *engine = serving->engine;
	struct error err = {0};
	if (engine_reload(engine, &err)) {
		log_error(LOG_ERROR, "reload-failed", &err, NULL);
		return;
	}
	set_admin_mode(engine);
	if (write_public(engine, &err) || notices_authorities(engine, &err))
		log_error(LOG_ERROR, "reload-failed", &err, NULL);
	adopt_authorities(engine);
	housekeeping_wake(serving->housekeeping);
	crl_keeper_wake(engine->crls);
	log_event(LOG_INFO, "reloaded", NULL);
}

int engine_run(const struct settings *settings, int ready_fd)
{
	struct serving serving = {0};
	struct error err = {0};
	int result = role_begin(true, &err);
	if (result == 0)
		result = start(&serving, settings, &err);
	if (result) {
		role_failed(ready_fd, &err);
		stop(&serving);
		return EXIT_FAILURE;
	}
	log_event(LOG_INFO, "ready", NULL);
	role_ready(ready_fd);
	while (role_wait() == ROLE_RELOAD)
		reload(&serving);
	log_event(LOG_INFO, "stopping", NULL);
	stop(&serving);
	return EXIT_SUCCESS;
}
