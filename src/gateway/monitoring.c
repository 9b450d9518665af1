#include "gateway/monitoring.h"

#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "gateway/exposition.h"
#include "gateway/server.h"

#define THREADS 4 /* few ask, and seldom */
#define TEXT "text/plain; charset=utf-8"

struct monitoring {
	struct listener listener;
	struct signet_client *client;
	struct metrics *meter;
	struct router *router;
	struct server *server;
	atomic_bool stopping;
};

static const struct metric_definition own[] = {
	{"signet_up", "Whether the engine answered.", METRIC_GAUGE, {NULL}, 0},
	{"signet_gateway_resident_memory_bytes", "Memory that the gateway has resident.",
	 METRIC_GAUGE, {NULL}, 0},
	{"signet_metrics_cut", "Whether there were more series than the engine's answer holds.",
	 METRIC_GAUGE, {NULL}, 0},
};

static int add_own(struct metric_list *list, struct arena *arena, const double values[3])
{
	for (size_t i = 0; i < sizeof own / sizeof *own; i++) {
		struct metric_family *family = metric_list_add(list, arena, &own[i]);
		if (!family || !metric_family_add(family, arena, values[i]))
			return SIGNET_E_NOMEM;
	}
	return 0;
}

/* Without the engine there are the gateway's own, and signet_up is 0. */
static void serve_metrics(void *instance, const struct http_request *request,
                          struct http_response *response)
{
	struct monitoring *m = instance;
	struct metric_list list = {0}, engines = {0};
	struct error err = {0};
	bool cut = false;
	int away = signet_read_metrics(m->client, request->arena, &engines, &cut, &err);
	if (away)
		log_error(LOG_DEBUG, "metrics-incomplete", &err, NULL);
	const double values[] = {away ? 0 : 1, (double)metrics_resident(), cut};
	if (add_own(&list, request->arena, values) ||
	    metrics_snapshot(m->meter, request->arena, &list)) {
		signet_http_problem(request, response, 503, NULL, "No memory for this request.");
		return;
	}
	signet_http_reply(request, response, 200, EXPOSITION_TYPE, BYTES_NONE);
	exposition_write(&response->body, &list);
	if (!away)
		exposition_write(&response->body, &engines);
}

static void say(const struct http_request *request, struct http_response *response, int status,
                const char *text)
{
	signet_http_reply(request, response, status, TEXT, bytes_text(text));
	buffer_append_octet(&response->body, '\n');
}

static void serve_health(void *instance, const struct http_request *request,
                         struct http_response *response)
{
	(void)instance;
	say(request, response, 200, "ok");
}

static void serve_readiness(void *instance, const struct http_request *request,
                            struct http_response *response)
{
	struct monitoring *m = instance;
	struct error err = {0};
	if (atomic_load(&m->stopping))
		say(request, response, 503, "stopping");
	else if (signet_check_health(m->client, &err))
		say(request, response, 503, err.message);
	else
		say(request, response, 200, "ready");
}

static const struct http_route routes[] = {
	{"GET", "/metrics", serve_metrics, 0},
	{"GET", "/healthz", serve_health, 0},
	{"GET", "/readyz", serve_readiness, 0},
	{NULL, NULL, NULL, 0},
};

static const struct router *acquire(void *arg, void **lease)
{
	struct monitoring *m = arg;
	(void)lease;
	return m->router;
}

static void release(void *arg, void *lease)
{
	(void)arg, (void)lease;
}

int monitoring_start(struct monitoring **out, const struct listener *listener,
                     struct signet_client *client, struct metrics *meter, struct error *err)
{
	struct monitoring *m = calloc(1, sizeof *m);
	if (!m)
		return error_nomem(err);
	m->listener = *listener;
	m->client = client;
	m->meter = meter;
	m->router = router_new();
	const struct server_options options = {
		.listeners = &m->listener, .listener_count = 1, .hostname = "localhost",
		.threads = THREADS, .acquire = acquire, .release = release, .arg = m};
	int result = m->router ? router_add(m->router, "", routes, m, err) : error_nomem(err);
	if (!result)
		result = server_start(&m->server, &options, err);
	if (result) {
		monitoring_stop(m);
		return result;
	}
	*out = m;
	return 0;
}

void monitoring_say_stopping(struct monitoring *m)
{
	if (m)
		atomic_store(&m->stopping, true);
}

void monitoring_stop(struct monitoring *m)
{
	if (!m)
		return;
	server_stop(m->server);
	router_free(m->router);
	free(m);
}
