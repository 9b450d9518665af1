/*
 * A target in its parts. Private to src/api/https*.c.
 */
#ifndef SIGNET_API_HTTPS_PRIVATE_H
#define SIGNET_API_HTTPS_PRIVATE_H

#include <pthread.h>
#include <stdbool.h>

#include <curl/curl.h>

#include "api/https.h"

#define HTTPS_IDLE_MAX 8 /* connections that are kept for the next request */

struct https_target {
	const struct conf_node *node; /* the module's map */
	char *directory;
	char *url;
	bool plain;                   /* http:// */
	char *ca, *certificate, *key; /* NULL: none */
	struct buffer secret;         /* empty: none */
	int64_t timeout_us;
	struct curl_slist *headers;
	pthread_mutex_t lock;         /* guards idle and idle_count */
	CURL *idle[HTTPS_IDLE_MAX];
	size_t idle_count;
};

#endif
