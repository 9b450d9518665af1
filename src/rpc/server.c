#include "rpc/rpc.h"

#include <errno.h>
#include <fcntl.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "rpc/address.h"
#include "rpc/descriptor.h"
#include "rpc/message.h"

#define BACKLOG 128
#define SEND_TIMEOUT_S 5  /* a peer that does not read its replies loses its connection */
#define EVICT_TIMEOUT_US 1000000
#define REFUSALS_EVERY_US 1000000

enum slot_state { SLOT_FREE, SLOT_RUNNING, SLOT_DONE };

/* One connection and its thread. */
struct slot {
	struct rpc_server *server;
	pthread_t thread;
	enum slot_state state;  /* guarded by the server's lock */
	_Atomic int64_t idle;   /* since when it waits for a call; 0 while one is handled */
	int fd;
	struct rpc_peer peer;
};

struct rpc_server {
	int listener;
	int wake;               /* eventfd that ends the accepting thread */
	struct sockaddr_un address;
	ino_t inode;            /* of our socket: another one at its place is left alone */
	bool takes_files;
	rpc_admission admit;
	rpc_handler handle;
	void *context;
	pthread_t acceptor;
	atomic_bool stopping;
	pthread_mutex_t lock;   /* guards the states of the slots, connections, count */
	pthread_cond_t changed; /* a slot is done */
	struct slot slots[LIMIT_RPC_CONNECTIONS];
	unsigned connections;   /* slots that run */
	_Atomic unsigned *count; /* where that is told; NULL: nowhere */
	int64_t refusal_logged; /* this and the next are the accepting thread's */
	unsigned refusals;      /* since then */
};

static void log_peer(enum log_level level, const char *event, const struct rpc_peer *peer,
                     const char *reason)
{
	char uid[16], pid[16];
	snprintf(uid, sizeof uid, "%u", (unsigned)peer->uid);
	snprintf(pid, sizeof pid, "%d", (int)peer->pid);
	log_event(level, event, "uid", uid, "pid", pid, "reason", reason, NULL);
}

/* Whoever may reach the socket may be refused as often as he likes: he must not fill the log, nor
 * make the journal drop the lines of others. */
static void log_refusal(struct rpc_server *server, const struct rpc_peer *peer, const char *reason)
{
	int64_t now = clock_monotonic_us();
	char text[96];
	server->refusals++;
	if (server->refusal_logged && now - server->refusal_logged < REFUSALS_EVERY_US)
		return;
	snprintf(text, sizeof text, "%s (%u refused since the last such line)", reason,
	         server->refusals);
	log_peer(LOG_WARNING, "rpc-refused", peer, server->refusals > 1 ? text : reason);
	server->refusal_logged = now;
	server->refusals = 0;
}

/* Packs the reply, or in its place one that says that it is too big. */
static size_t pack_reply(uint8_t *datagram, const Signet__Rpc__Reply *reply)
{
	size_t length = 0;
	if (rpc_pack(datagram, &reply->base, &length) == 0)
		return length;
	Signet__Rpc__Reply refusal = SIGNET__RPC__REPLY__INIT;
	refusal.code = SIGNET_E_TOO_BIG;
	refusal.message = (char *)"the answer is too long for one message";
	refusal.configuration = reply->configuration;
	refusal.revocations = reply->revocations;
	rpc_pack(datagram, &refusal.base, &length);
	return length;
}

/* Without room for control messages the kernel drops files that come. */
static ssize_t receive_call(struct slot *slot, uint8_t *datagram, int *file)
{
	ssize_t n;
	*file = -1;
	do
		n = slot->server->takes_files
			? descriptor_receive(slot->fd, datagram, RPC_DATAGRAM, file)
			: recv(slot->fd, datagram, RPC_DATAGRAM, 0);
	while (n < 0 && errno == EINTR);
	atomic_store_explicit(&slot->idle, 0, memory_order_relaxed);
	if (n < 0 && errno == EPROTO)
		log_peer(LOG_WARNING, "rpc-refused", &slot->peer, "more than one file");
	return n;
}

bool rpc_is_abandoned(const struct rpc_file *file)
{
	struct pollfd fds = {file->connection, POLLRDHUP, 0};
	if (file->server && atomic_load(&file->server->stopping))
		return true;
	return poll(&fds, 1, 0) > 0 && fds.revents & (POLLRDHUP | POLLHUP | POLLERR);
}

static bool answer_call(struct slot *slot, struct arena *arena, uint8_t *datagram, size_t n,
                        struct rpc_file *file)
{
	ProtobufCMessage *call;
	int result = rpc_unpack(arena, &signet__rpc__call__descriptor,
	                        bytes_make(datagram, n), &call);
	if (result) {
		log_peer(LOG_WARNING, "rpc-refused", &slot->peer, error_name(result));
		return false;
	}
	const struct rpc_server *server = slot->server;
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	struct rpc_peer peer = slot->peer;
	peer.file = file->fd < 0 ? NULL : file;
	server->handle(server->context, &peer, arena, (const Signet__Rpc__Call *)call, &reply);
	size_t length = pack_reply(datagram, &reply);
	ssize_t sent;
	do
		sent = send(slot->fd, datagram, length, MSG_NOSIGNAL);
	while (sent < 0 && errno == EINTR);
	return sent == (ssize_t)length;
}

/* One call: false ends the connection. */
static bool serve_call(struct slot *slot, struct arena *arena, uint8_t *datagram)
{
	struct rpc_file file = {-1, slot->fd, slot->server};
	ssize_t n = receive_call(slot, datagram, &file.fd);
	bool alive = n > 0 && answer_call(slot, arena, datagram, (size_t)n, &file);
	file_close(&file.fd);
	return alive;
}

/* Called with the lock held. */
static void tell_connections(struct rpc_server *server)
{
	if (server->count)
		atomic_store(server->count, server->connections);
}

void rpc_server_count(struct rpc_server *server, _Atomic unsigned *count)
{
	pthread_mutex_lock(&server->lock);
	server->count = count;
	tell_connections(server);
	pthread_mutex_unlock(&server->lock);
}

static void *serve(void *arg)
{
	struct slot *slot = arg;
	struct rpc_server *server = slot->server;
	pthread_setname_np(pthread_self(), "rpc"); /* of another thread it would open a file in /proc */
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	uint8_t *datagram = malloc(RPC_DATAGRAM);
	/* after a stop the calls that are queued already are still answered */
	while (arena && datagram && serve_call(slot, arena, datagram)) {
		arena_clear(arena);
		atomic_store_explicit(&slot->idle, clock_monotonic_us(), memory_order_relaxed);
	}
	arena_free(arena);
	free(datagram);
	pthread_mutex_lock(&server->lock);
	slot->state = SLOT_DONE;
	close(slot->fd);
	slot->fd = -1;
	server->connections--;
	tell_connections(server);
	pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->lock);
	return NULL;
}

/* A slot to use; joins the threads that are done. Called with the lock held. */
static struct slot *find_slot(struct rpc_server *server)
{
	struct slot *found = NULL;
	for (size_t i = 0; i < LIMIT_RPC_CONNECTIONS; i++) {
		struct slot *slot = &server->slots[i];
		if (slot->state == SLOT_DONE) {
			pthread_join(slot->thread, NULL);
			slot->state = SLOT_FREE;
		}
		if (slot->state == SLOT_FREE && !found)
			found = slot;
	}
	return found;
}

static bool has_room(const struct rpc_server *server, uid_t user)
{
	size_t count = 0;
	for (size_t i = 0; i < LIMIT_RPC_CONNECTIONS; i++)
		count += server->slots[i].state == SLOT_RUNNING && server->slots[i].peer.uid == user;
	return count < LIMIT_RPC_CONNECTIONS_USER;
}

static struct slot *find_slot_for(struct rpc_server *server, uid_t user)
{
	struct slot *slot = find_slot(server);
	return slot && has_room(server, user) ? slot : NULL;
}

/* The connection that has been idle for the longest time; user: of this one only, NULL: of all. */
static struct slot *find_oldest(struct rpc_server *server, const uid_t *user)
{
	struct slot *oldest = NULL;
	int64_t since = INT64_MAX;
	for (size_t i = 0; i < LIMIT_RPC_CONNECTIONS; i++) {
		struct slot *slot = &server->slots[i];
		int64_t idle = atomic_load_explicit(&slot->idle, memory_order_relaxed);
		if (slot->state != SLOT_RUNNING || !idle || idle >= since ||
		    (user && slot->peer.uid != *user))
			continue;
		oldest = slot;
		since = idle;
	}
	return oldest;
}

/* Ends an idle connection, so that peers who hold connections and say nothing cannot lock others
 * out; one of his own when it is the user who has too many. A call that arrives meanwhile is still
 * served. */
static struct slot *evict(struct rpc_server *server, uid_t user)
{
	struct slot *oldest = find_oldest(server, has_room(server, user) ? NULL : &user);
	if (!oldest)
		return NULL;
	shutdown(oldest->fd, SHUT_RD);
	int64_t deadline = clock_monotonic_us() + EVICT_TIMEOUT_US;
	struct slot *slot;
	while (!(slot = find_slot_for(server, user)) && !server->stopping)
		if (clock_wait(&server->changed, &server->lock, deadline))
			break;
	return slot;
}

/* A peer that is not admitted learns so, and need not try again. Nobody waits for it to read. */
static void tell_refusal(int fd)
{
	Signet__Rpc__Reply refusal = SIGNET__RPC__REPLY__INIT;
	refusal.code = SIGNET_E_PERMISSION;
	refusal.message = (char *)"this user may not call it";
	uint8_t *datagram = malloc(RPC_DATAGRAM);
	if (datagram)
		send(fd, datagram, pack_reply(datagram, &refusal), MSG_NOSIGNAL | MSG_DONTWAIT);
	free(datagram);
}

static void start_connection(struct rpc_server *server, int fd, const struct rpc_peer *peer)
{
	pthread_mutex_lock(&server->lock);
	struct slot *slot = find_slot_for(server, peer->uid);
	if (!slot)
		slot = evict(server, peer->uid);
	const char *problem = slot ? NULL : "too many connections";
	if (slot) {
		slot->server = server;
		slot->fd = fd;
		slot->peer = *peer;
		atomic_store(&slot->idle, clock_monotonic_us());
		slot->state = SLOT_RUNNING;
		if (pthread_create(&slot->thread, NULL, serve, slot)) {
			slot->state = SLOT_FREE;
			problem = "cannot start a thread";
		}
	}
	if (!problem) {
		server->connections++;
		tell_connections(server);
	}
	pthread_mutex_unlock(&server->lock);
	if (problem) {
		log_refusal(server, peer, problem);
		close(fd);
	}
}

static void accept_one(struct rpc_server *server)
{
	int fd = accept4(server->listener, NULL, NULL, SOCK_CLOEXEC);
	if (fd < 0) {
		/* out of descriptors or memory: without a pause this would spin */
		if (errno != EINTR && errno != EAGAIN && errno != ECONNABORTED)
			poll(NULL, 0, 50);
		return;
	}
	struct ucred credentials;
	socklen_t length = sizeof credentials;
	struct timeval timeout = {.tv_sec = SEND_TIMEOUT_S};
	if (getsockopt(fd, SOL_SOCKET, SO_PEERCRED, &credentials, &length) ||
	    setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout)) {
		close(fd);
		return;
	}
	struct rpc_peer peer = {credentials.uid, credentials.gid, credentials.pid, NULL};
	if (server->admit && !server->admit(server->context, &peer)) {
		log_refusal(server, &peer, "not admitted");
		tell_refusal(fd);
		close(fd);
		return;
	}
	start_connection(server, fd, &peer);
}

static void *accept_connections(void *arg)
{
	struct rpc_server *server = arg;
	/* until rpc_server_start has given the server out: a handler may want to use it */
	pthread_mutex_lock(&server->lock);
	pthread_mutex_unlock(&server->lock);
	struct pollfd fds[] = {{server->listener, POLLIN, 0}, {server->wake, POLLIN, 0}};
	while (!server->stopping) {
		if (poll(fds, 2, -1) > 0 && fds[0].revents && !server->stopping)
			accept_one(server);
	}
	return NULL;
}

/* 0 when the path is free for us: nothing there, or the socket of a server that is gone. */
static int clear_stale(const struct sockaddr_un *address, struct error *err)
{
	struct stat info;
	if (lstat(address->sun_path, &info))
		return errno == ENOENT ? 0 : error_errno(err, "%s", address->sun_path);
	if (!S_ISSOCK(info.st_mode))
		return error_set(err, SIGNET_E_EXISTS, "%s: exists and is not a socket",
		                 address->sun_path);
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (fd < 0)
		return error_errno(err, "socket");
	if (connect(fd, (const struct sockaddr *)address, sizeof *address) == 0 ||
	    errno != ECONNREFUSED)
		return error_set(err, SIGNET_E_EXISTS, "%s: another process listens there",
		                 address->sun_path);
	if (unlink(address->sun_path) && errno != ENOENT)
		return error_errno(err, "%s", address->sun_path);
	return 0;
}

static int open_listener(struct rpc_server *server, mode_t mode, struct error *err)
{
	const char *path = server->address.sun_path;
	int result = clear_stale(&server->address, err);
	if (result)
		return result;
	server->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
	if (server->listener < 0)
		return error_errno(err, "socket");
	/* the first chmod keeps others out before the second, which the umask does not narrow */
	if (fchmod(server->listener, mode & 0700) ||
	    bind(server->listener, (struct sockaddr *)&server->address, sizeof server->address))
		return error_errno(err, "%s", path);
	struct stat info;
	if (lstat(path, &info))
		return error_errno(err, "%s", path);
	server->inode = info.st_ino;
	if (listen(server->listener, BACKLOG) || chmod(path, mode))
		return error_errno(err, "%s", path);
	return 0;
}

static void server_free(struct rpc_server *server)
{
	struct stat info;
	if (server->inode && lstat(server->address.sun_path, &info) == 0 &&
	    info.st_ino == server->inode)
		unlink(server->address.sun_path);
	file_close(&server->listener);
	file_close(&server->wake);
	pthread_cond_destroy(&server->changed);
	pthread_mutex_destroy(&server->lock);
	free(server);
}

static struct rpc_server *server_new(void)
{
	struct rpc_server *server = calloc(1, sizeof *server);
	if (!server)
		return NULL;
	server->listener = -1;
	server->wake = -1;
	for (size_t i = 0; i < LIMIT_RPC_CONNECTIONS; i++)
		server->slots[i].fd = -1;
	pthread_mutex_init(&server->lock, NULL);
	clock_condition_init(&server->changed);
	return server;
}

static int start(struct rpc_server **out, struct rpc_server *server, mode_t mode,
                 struct error *err)
{
	int result = open_listener(server, mode, err);
	if (result)
		goto failed;
	server->wake = eventfd(0, EFD_CLOEXEC);
	if (server->wake < 0) {
		result = error_errno(err, "eventfd");
		goto failed;
	}
	pthread_mutex_lock(&server->lock);
	if (pthread_create(&server->acceptor, NULL, accept_connections, server)) {
		pthread_mutex_unlock(&server->lock);
		result = error_set(err, SIGNET_E_NOMEM, "cannot start a thread");
		goto failed;
	}
	pthread_setname_np(server->acceptor, "rpc-accept");
	*out = server;
	pthread_mutex_unlock(&server->lock);
	return 0;
failed:
	server_free(server);
	return result;
}

static int prepare(struct rpc_server **out, const char *path, rpc_admission admit,
                   rpc_handler handle, void *context, struct error *err)
{
	struct sockaddr_un address;
	int result = rpc_address(&address, path, err);
	if (result)
		return result;
	struct rpc_server *server = server_new();
	if (!server)
		return error_nomem(err);
	server->address = address;
	server->admit = admit;
	server->handle = handle;
	server->context = context;
	*out = server;
	return 0;
}

int rpc_server_start(struct rpc_server **out, const char *path, mode_t mode,
                     rpc_admission admit, rpc_handler handle, void *context, struct error *err)
{
	struct rpc_server *server;
	int result = prepare(&server, path, admit, handle, context, err);
	return result ? result : start(out, server, mode, err);
}

int rpc_server_start_with_files(struct rpc_server **out, const char *path, mode_t mode,
                                rpc_admission admit, rpc_handler handle, void *context,
                                struct error *err)
{
	struct rpc_server *server;
	int result = prepare(&server, path, admit, handle, context, err);
	if (result)
		return result;
	server->takes_files = true;
	return start(out, server, mode, err);
}

void rpc_server_stop(struct rpc_server *server)
{
	if (!server)
		return;
	atomic_store(&server->stopping, true);
	eventfd_write(server->wake, 1);
	pthread_mutex_lock(&server->lock);
	pthread_cond_broadcast(&server->changed);
	pthread_mutex_unlock(&server->lock);
	pthread_join(server->acceptor, NULL);
	bool used[LIMIT_RPC_CONNECTIONS];
	pthread_mutex_lock(&server->lock);
	for (size_t i = 0; i < LIMIT_RPC_CONNECTIONS; i++) {
		used[i] = server->slots[i].state != SLOT_FREE;
		if (server->slots[i].state == SLOT_RUNNING)
			shutdown(server->slots[i].fd, SHUT_RD);
	}
	pthread_mutex_unlock(&server->lock);
	for (size_t i = 0; i < LIMIT_RPC_CONNECTIONS; i++)
		if (used[i])
			pthread_join(server->slots[i].thread, NULL);
	server_free(server);
}

bool rpc_server_is_stopping(const struct rpc_server *server)
{
	return atomic_load(&server->stopping);
}
