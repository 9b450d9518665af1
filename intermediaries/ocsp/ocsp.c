#include "intermediaries/ocsp/ocsp.h"

#include <stdlib.h>

#define CACHE_DEFAULT 4096
#define CACHE_MOST 1000000
#define RENEWALS 64 /* that wait beside one for each answer */

static const struct http_route routes[] = {
	{"GET", "/{request*}", ocsp_get, 0},
	{"POST", "", ocsp_post, LIMIT_OCSP_REQUEST},
	{"POST", "/{authority}", ocsp_post, LIMIT_OCSP_REQUEST},
	{NULL, NULL, NULL, 0},
};


static void ocsp_free(void *instance)
{
	struct ocsp *ocsp = instance;
	ocsp_watch_stop(ocsp);
	pool_free(ocsp->pool);
	answers_free(ocsp->answers);
	free(ocsp);
}

static int configure(void **instance, const struct signet_intermediary_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct ocsp *ocsp = calloc(1, sizeof *ocsp);
	if (!ocsp)
		return error_nomem(err);
	ocsp->host = host;
	int result = conf_get_integer(node, "cache", 0, CACHE_MOST, CACHE_DEFAULT, &ocsp->cache,
	                              err);
	if (result == 0)
		result = answers_new(&ocsp->answers, (size_t)ocsp->cache, err);
	if (result)
		ocsp_free(ocsp);
	else
		*instance = ocsp;
	return result;
}

static int start(void *instance, struct error *err)
{
	struct ocsp *ocsp = instance;
	int result = pool_new(&ocsp->pool, "ocsp", 1, (size_t)ocsp->cache + RENEWALS, err);
	return result ? result : ocsp_watch_start(ocsp, err);
}

static void stop(void *instance)
{
	struct ocsp *ocsp = instance;
	atomic_store(&ocsp->stopping, true);
	ocsp_watch_stop(ocsp);
	pool_stop(ocsp->pool, ocsp_drop_renewal);
}

static void load(void *instance, struct signet_intermediary_load *load)
{
	struct ocsp *ocsp = instance;
	size_t doubtful = answers_count_doubtful(ocsp->answers);
	size_t prepared = answers_count(ocsp->answers);
	load->waiting += (unsigned)pool_waiting(ocsp->pool);
	load->prepared += (unsigned)prepared;
	/* some may have gone between the two looks */
	load->doubtful += (unsigned)(doubtful < prepared ? doubtful : prepared);
}

static const char *const keys[] = {"cache", NULL};

const struct signet_intermediary intermediary_ocsp = {
	.module =
		{
			.api_version = SIGNET_API_VERSION,
			.kind = SIGNET_MODULE_INTERMEDIARY,
			.name = "ocsp",
			.summary = "OCSP (RFC 6960): whether certificates are revoked",
			.keys = keys,
		},
	.default_path = "/ocsp",
	.routes = routes,
	.configure = configure,
	.start = start,
	.stop = stop,
	.free = ocsp_free,
	.load = load,
	.without_profiles = true,
};
