/*
 * Remote calls between Signet's processes: a protobuf-c Call and its Reply,
 * each one datagram of a SOCK_SEQPACKET Unix socket. Used by api/client.c and
 * by the engine's service alone; messages are those of ca.proto.
 */
#ifndef SIGNET_RPC_RPC_H
#define SIGNET_RPC_RPC_H

#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

#include "base/arena.h"
#include "base/error.h"

struct Signet__Rpc__Call;
struct Signet__Rpc__Reply;

/* Who is at the other end, as the kernel says (SO_PEERCRED). */
struct rpc_peer {
	uid_t uid;
	gid_t gid;
	pid_t pid;
	struct rpc_file *file; /* NULL: the call brought none */
};

struct rpc_server;

/* An open file that came with a call. It is closed after the call, unless the handler keeps it and
 * sets fd to -1. */
struct rpc_file {
	int fd;
	/* the server's */
	int connection;
	const struct rpc_server *server;
};
/* For handlers that take long: whether nobody wants the answer any more, because the peer has hung up
 * or the server is being stopped. */
bool rpc_is_abandoned(const struct rpc_file *file);

/* Fills the reply, whose parts are allocated in the arena and live until it is sent. Called by
 * several threads at once. */
typedef void (*rpc_handler)(void *context, const struct rpc_peer *peer, struct arena *arena,
                            const struct Signet__Rpc__Call *call,
                            struct Signet__Rpc__Reply *reply);
/* Whether this peer may connect at all. Who may not gets one reply, SIGNET_E_PERMISSION, whatever
 * he sends. */
typedef bool (*rpc_admission)(void *context, const struct rpc_peer *peer);

/* Listens at path (a stale socket there is replaced, a live one is SIGNET_E_EXISTS) with this
 * mode and serves each connection in a thread of its own, LIMIT_RPC_CONNECTIONS at most and
 * LIMIT_RPC_CONNECTIONS_USER of one user. Over that, the one that has been idle for the longest time
 * is ended, and where none is idle the new one is refused. A message that does not parse ends its
 * connection. *out is set before the first call is handled. */
int rpc_server_start(struct rpc_server **out, const char *path, mode_t mode,
                     rpc_admission admit, rpc_handler handle, void *context, struct error *err);
/* The same for a server whose calls may bring an open file each: on others files are not let in. A call
 * with more than one ends its connection. */
int rpc_server_start_with_files(struct rpc_server **out, const char *path, mode_t mode,
                                rpc_admission admit, rpc_handler handle, void *context,
                                struct error *err);
/* From now on *count is how many connections there are; it outlives the server. */
void rpc_server_count(struct rpc_server *server, _Atomic unsigned *count);
/* Calls under way are finished and answered. Accepts NULL. */
void rpc_server_stop(struct rpc_server *server);
/* Whether rpc_server_stop has begun: a handler that waits looks at it. */
bool rpc_server_is_stopping(const struct rpc_server *server);

struct rpc_pool;

/* A pool of at most `channels` connections to path, opened as they are needed. Opens none yet. */
int rpc_pool_new(struct rpc_pool **out, const char *path, size_t channels, struct error *err);
/* What errors call the other side; "engine" unless it is set. Kept, not copied. */
void rpc_pool_name_peer(struct rpc_pool *pool, const char *peer);
void rpc_pool_free(struct rpc_pool *pool);
/* The calls under way, and all later ones, fail soon with SIGNET_E_STATE: for a stop that cannot
 * wait for them. */
void rpc_pool_cancel(struct rpc_pool *pool);

/* One call. *reply is allocated in the arena. repeatable: the call may be sent again when the
 * connection breaks or the server is away; it is then tried until the time is up.
 * SIGNET_E_UNAVAILABLE when the server is not there, SIGNET_E_TIMEOUT, SIGNET_E_TOO_BIG; a
 * reply with an error code is not an error of this function. */
int rpc_call(struct rpc_pool *pool, struct arena *arena, const struct Signet__Rpc__Call *call,
             bool repeatable, int64_t timeout_us, struct Signet__Rpc__Reply **reply,
             struct error *err);
/* The same for a call that hands over an open file, which stays the caller's, too. It is not repeated. */
int rpc_call_with_file(struct rpc_pool *pool, struct arena *arena,
                       const struct Signet__Rpc__Call *call, int file, int64_t timeout_us,
                       struct Signet__Rpc__Reply **reply, struct error *err);

#endif
