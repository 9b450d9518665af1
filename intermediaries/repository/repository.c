/*
 * The repository: CRLs and certificates of the authorities, for everybody
 * (RFC 4387 has the types). It serves what the engine has written and asks
 * nobody, so that it goes on while the engine is away.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/http_cache.h"
#include "api/intermediary.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "intermediaries/repository/expiry.h"
#include "intermediaries/repository/file.h"

#define MAX_AGE_DEFAULT 3600

struct repository {
	const struct signet_intermediary_host *host;
	int64_t max_age; /* seconds that a cache may keep an answer without asking again */
};

struct kind {
	const char *suffix;
	const char *type;
};

static const struct kind crl_kinds[] = {{".crl", "application/pkix-crl"}, {NULL, NULL}};
static const struct kind ca_kinds[] = {
	{".cer", "application/pkix-cert"},
	{".pem", "application/x-pem-file"},
	{".p7c", "application/pkcs7-mime; smime-type=certs-only"},
	{NULL, NULL},
};

/* NULL for a file that is not to be served. */
static const char *type_of(const struct kind *kinds, const char *name)
{
	size_t length = strlen(name);
	for (; kinds->suffix; kinds++) {
		size_t suffix = strlen(kinds->suffix);
		if (length > suffix && strcmp(name + length - suffix, kinds->suffix) == 0)
			return kinds->type;
	}
	return NULL;
}

/* A CRL is kept no longer than it is valid; what has no such time, and a CRL that is none, as long as
 * the configuration says. */
static int64_t expiry(const struct repository *repository, const struct kind *kinds, int fd)
{
	uint8_t head[EXPIRY_HEAD];
	int64_t most = clock_now() + repository->max_age, next_update;
	ssize_t n = kinds == crl_kinds ? pread(fd, head, sizeof head, 0) : 0;
	if (n <= 0 || expiry_of_crl(bytes_make(head, (size_t)n), &next_update))
		return most;
	return next_update < most ? next_update : most;
}

static void send_file(const struct repository *repository, const struct kind *kinds,
                      const char *type, struct repository_file *file,
                      const struct http_request *request, struct http_response *response)
{
	const struct stat *info = &file->info;
	char etag[96];
	/* a file is replaced as a whole: another one has another number or time */
	snprintf(etag, sizeof etag, "\"%" PRIx64 "-%" PRIx64 "-%" PRIx64 ".%lx\"",
	         (uint64_t)info->st_ino, (uint64_t)info->st_size, (uint64_t)info->st_mtim.tv_sec,
	         (unsigned long)info->st_mtim.tv_nsec);
	signet_http_add_freshness(request, response, expiry(repository, kinds, file->fd));
	if (!signet_http_add_validators(request, response, etag, info->st_mtim.tv_sec))
		signet_http_reply_file(request, response, 200, type, &file->fd,
		                       (uint64_t)info->st_size);
}

static void serve(const struct repository *repository, const char *folder,
                  const struct kind *kinds, const struct http_request *request,
                  struct http_response *response)
{
	const char *name = signet_http_parameter(request, "file");
	const char *type = type_of(kinds, name);
	struct repository_file file = {.fd = -1};
	struct error err;
	int result = type ? repository_open_file(&file, repository->host->state_directory, folder,
	                                         name, &err)
	                  : SIGNET_E_NOT_FOUND;
	if (result == 0) {
		send_file(repository, kinds, type, &file, request, response);
	} else if (result == SIGNET_E_NOT_FOUND) {
		signet_http_problem(request, response, 404, NULL, "There is no such file.");
	} else {
		log_error(LOG_ERROR, "repository-failed", &err, "intermediary",
		          repository->host->name, "peer", request->peer, NULL);
		signet_http_problem(request, response, 503, NULL, "The file cannot be read.");
	}
	file_close(&file.fd);
}

static void get_crl(void *instance, const struct http_request *request,
                    struct http_response *response)
{
	serve(instance, "crl", crl_kinds, request, response);
}

static void get_ca(void *instance, const struct http_request *request,
                   struct http_response *response)
{
	serve(instance, "ca", ca_kinds, request, response);
}

static const struct http_route routes[] = {
	{"GET", "/crl/{file}", get_crl, 0},
	{"GET", "/ca/{file}", get_ca, 0},
	{NULL, NULL, NULL, 0},
};

static int configure(void **instance, const struct signet_intermediary_host *host,
                     const struct conf_node *node, struct error *err)
{
	struct repository *repository = calloc(1, sizeof *repository);
	if (!repository)
		return error_nomem(err);
	repository->host = host;
	int result = conf_get_duration(node, "max-age", MAX_AGE_DEFAULT, &repository->max_age, err);
	if (result)
		free(repository);
	else
		*instance = repository;
	return result;
}

static const char *const keys[] = {"max-age", NULL};

const struct signet_intermediary intermediary_repository = {
	.module =
		{
			.api_version = SIGNET_API_VERSION,
			.kind = SIGNET_MODULE_INTERMEDIARY,
			.name = "repository",
			.summary = "CRLs and certificates of the authorities over HTTP",
			.keys = keys,
		},
	.default_path = "/",
	.routes = routes,
	.configure = configure,
	.free = free,
	.without_profiles = true,
};
