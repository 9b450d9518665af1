/* What server.c and exchange.c share. */
#ifndef SIGNET_GATEWAY_SERVER_PRIVATE_H
#define SIGNET_GATEWAY_SERVER_PRIVATE_H

#include <civetweb.h>
#include <pthread.h>
#include <stdatomic.h>

#include "gateway/server.h"
#include "gateway/watch.h"

#define HEADERS_MAX 32768            /* octets that CivetWeb reads as a request's head */
#define HEADERS_LIMIT 16384          /* octets that we accept of them */

#define LISTENER_NAME 32             /* octets: addresses are those of IPv4 */

struct server {
	struct server_options options;
	struct listener *listeners;
	char (*names)[LISTENER_NAME]; /* "address:port" of each */
	struct watch *watch;
	struct mg_context *context;
	pthread_mutex_t lock;        /* for idle */
	pthread_cond_t idle;         /* signalled when active becomes 0 while it stops */
	atomic_uint active;          /* requests under way */
	atomic_bool stopping;
};

/* One of CivetWeb's threads. */
struct worker {
	struct server *server;
	struct watch_slot slot;
	struct arena *arena;
	bool connected;              /* its connection is counted */
	bool answered;               /* the request at hand has its answer */
	char *stack;                 /* the far end of the thread's stack; NULL: not known */
};

bool server_is_stopping(struct server *server);

/* Serves one request: sends the answer and returns its status. */
int exchange_serve(struct worker *worker, struct mg_connection *connection);
/* Answers a request that CivetWeb refused or that it has no answer to, and has the connection
 * closed. */
void exchange_refuse(struct worker *worker, struct mg_connection *connection, int status,
                     const char *detail);

#endif
