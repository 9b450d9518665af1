#include "rpc/rpc.h"

#include <errno.h>
#include <poll.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "rpc/address.h"
#include "rpc/descriptor.h"
#include "rpc/message.h"

#define PAUSE_FIRST_US 5000
#define PAUSE_MAX_US 200000
#define SEND_STEP_MS 20
#define CONNECT_LEAST_US 1000
#define CONNECT_STEP_US 50000

/* One connection and the memory of its messages. */
struct channel {
	struct channel *next;   /* of those that nobody uses */
	struct channel *older;  /* of all */
	int fd;                 /* -1: not connected; changed with the pool's lock held */
	int64_t receive_us;     /* the socket's SO_RCVTIMEO */
	uint8_t datagram[RPC_DATAGRAM];
};

struct rpc_pool {
	struct sockaddr_un address;
	const char *peer;       /* in errors */
	atomic_bool cancelled;
	pthread_mutex_t lock;   /* guards what follows, and the channels' descriptors */
	pthread_cond_t changed; /* a channel came back, or the pool was cancelled */
	struct channel *unused; /* the one that was used last first: the fewest are kept warm */
	struct channel *newest;
	size_t made;
	size_t channels;
};

/* What became of one attempt. */
enum attempt {
	ATTEMPT_DONE,     /* with the reply, or an error that trying again does not heal */
	ATTEMPT_STALE,    /* the channel had been broken before; the call was not sent */
	ATTEMPT_UNSENT,   /* nobody listens */
	ATTEMPT_BROKEN,   /* sent, but no answer: it may have been done or not */
};

int rpc_pool_new(struct rpc_pool **out, const char *path, size_t channels, struct error *err)
{
	struct sockaddr_un address;
	int result = rpc_address(&address, path, err);
	if (result)
		return result;
	struct rpc_pool *pool = calloc(1, sizeof *pool);
	if (!pool)
		return error_nomem(err);
	pool->address = address;
	pool->peer = "engine";
	pool->channels = channels ? channels : 1;
	pthread_mutex_init(&pool->lock, NULL);
	clock_condition_init(&pool->changed);
	*out = pool;
	return 0;
}

void rpc_pool_name_peer(struct rpc_pool *pool, const char *peer)
{
	pool->peer = peer;
}

void rpc_pool_free(struct rpc_pool *pool)
{
	if (!pool)
		return;
	for (struct channel *channel = pool->newest, *older; channel; channel = older) {
		older = channel->older;
		file_close(&channel->fd);
		free(channel);
	}
	pthread_cond_destroy(&pool->changed);
	pthread_mutex_destroy(&pool->lock);
	free(pool);
}

void rpc_pool_cancel(struct rpc_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	atomic_store(&pool->cancelled, true);
	for (struct channel *channel = pool->newest; channel; channel = channel->older)
		if (channel->fd >= 0)
			shutdown(channel->fd, SHUT_RDWR);
	pthread_cond_broadcast(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

static int was_cancelled(struct error *err)
{
	return error_set(err, SIGNET_E_STATE, "the call was cancelled");
}

static int timed_out(const struct rpc_pool *pool, struct error *err)
{
	return error_set(err, SIGNET_E_TIMEOUT, "the %s did not answer in time", pool->peer);
}

/* Waits for a channel until the deadline. */
static int channel_take(struct channel **out, struct rpc_pool *pool, int64_t deadline,
                        struct error *err)
{
	int result = 0;
	pthread_mutex_lock(&pool->lock);
	while (!pool->unused && pool->made == pool->channels && !pool->cancelled)
		if (clock_wait(&pool->changed, &pool->lock, deadline) == ETIMEDOUT)
			break;
	if (pool->cancelled) {
		result = was_cancelled(err);
	} else if (pool->unused) {
		*out = pool->unused;
		pool->unused = pool->unused->next;
	} else if (pool->made == pool->channels) {
		result = error_set(err, SIGNET_E_TIMEOUT, "all connections to the %s are busy",
		                   pool->peer);
	} else if ((*out = malloc(sizeof **out))) {
		(*out)->fd = -1;
		(*out)->older = pool->newest;
		pool->newest = *out;
		pool->made++;
	} else {
		result = error_nomem(err);
	}
	pthread_mutex_unlock(&pool->lock);
	return result;
}

static void channel_give(struct rpc_pool *pool, struct channel *channel)
{
	pthread_mutex_lock(&pool->lock);
	channel->next = pool->unused;
	pool->unused = channel;
	pthread_cond_signal(&pool->changed);
	pthread_mutex_unlock(&pool->lock);
}

static void channel_close(struct rpc_pool *pool, struct channel *channel)
{
	pthread_mutex_lock(&pool->lock);
	file_close(&channel->fd);
	pthread_mutex_unlock(&pool->lock);
}

/* The server that the others belonged to is gone: theirs are as dead as ours. */
static void drop_unused(struct rpc_pool *pool)
{
	pthread_mutex_lock(&pool->lock);
	for (struct channel *channel = pool->unused; channel; channel = channel->next)
		file_close(&channel->fd);
	pthread_mutex_unlock(&pool->lock);
}

static bool is_past(int64_t deadline)
{
	return clock_monotonic_us() >= deadline;
}

/* connect waits while the server's backlog is full: in steps, so that a call that was cancelled
 * does not. -1 with errno, EAGAIN when the time is up. */
static int connect_in_steps(int fd, const struct rpc_pool *pool, int64_t deadline)
{
	int64_t step = deadline - clock_monotonic_us();
	/* to find that nobody listens takes no time, and says more than that the time is up */
	if (step < CONNECT_LEAST_US)
		step = CONNECT_LEAST_US;
	if (step > CONNECT_STEP_US)
		step = CONNECT_STEP_US;
	struct timeval timeout = {0, step};
	if (setsockopt(fd, SOL_SOCKET, SO_SNDTIMEO, &timeout, sizeof timeout))
		return -1;
	while (connect(fd, (const struct sockaddr *)&pool->address, sizeof pool->address))
		if ((errno != EINTR && errno != EAGAIN) || pool->cancelled || is_past(deadline))
			return -1;
	return 0;
}

static int connect_failed(const struct rpc_pool *pool, struct error *err)
{
	int saved = errno;
	if (pool->cancelled)
		return was_cancelled(err);
	if (saved == EAGAIN || saved == EINTR)
		return timed_out(pool, err);
	if (saved == EACCES || saved == EPERM || saved == EPROTOTYPE) {
		error_set(err, SIGNET_E_PERMISSION, "the %s's socket may not be used", pool->peer);
		error_detail(err, "%s", pool->address.sun_path);
		return SIGNET_E_PERMISSION;
	}
	error_set(err, SIGNET_E_UNAVAILABLE, "the %s is not there", pool->peer);
	error_detail(err, "%s: %s", pool->address.sun_path, strerrordesc_np(saved));
	return SIGNET_E_UNAVAILABLE;
}

/* Connects within the time. Its code says whether trying again may help (SIGNET_E_UNAVAILABLE). */
static int channel_connect(struct channel *channel, struct rpc_pool *pool, int64_t deadline,
                           struct error *err)
{
	_cleanup_fd_ int fd = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	if (fd < 0)
		return error_errno(err, "socket");
	if (connect_in_steps(fd, pool, deadline))
		return connect_failed(pool, err);
	pthread_mutex_lock(&pool->lock);
	if (!pool->cancelled) {
		channel->fd = fd;
		channel->receive_us = 0;
		fd = -1;
	}
	pthread_mutex_unlock(&pool->lock);
	return fd < 0 ? 0 : was_cancelled(err);
}

/* 0, SIGNET_E_TIMEOUT, or SIGNET_E_IO for a connection that is broken. */
static int send_datagram(struct channel *channel, size_t length, int file, int64_t deadline)
{
	for (;;) {
		ssize_t n = descriptor_send(channel->fd, channel->datagram, length,
		                            MSG_NOSIGNAL | MSG_DONTWAIT, file);
		if (n == (ssize_t)length)
			return 0;
		if (n >= 0 || (errno != EINTR && errno != EAGAIN))
			return SIGNET_E_IO;
		if (is_past(deadline))
			return SIGNET_E_TIMEOUT;
		if (errno == EAGAIN)
			poll(&(struct pollfd){channel->fd, POLLOUT, 0}, 1, SEND_STEP_MS);
	}
}

/* Makes receiving on the channel give up at the deadline. A setting that is a little too long is
 * kept: calls mostly have the same time, and need no system call for it then. A poll before each
 * recv would do, too, but costs a quarter of the whole call. */
static int set_receive_timeout(struct channel *channel, int64_t deadline)
{
	int64_t left = deadline - clock_monotonic_us();
	if (left <= 0)
		return SIGNET_E_TIMEOUT;
	if (channel->receive_us >= left && channel->receive_us <= left + left / 8)
		return 0;
	struct timeval timeout = {left / 1000000, left % 1000000};
	if (setsockopt(channel->fd, SOL_SOCKET, SO_RCVTIMEO, &timeout, sizeof timeout))
		return SIGNET_E_IO;
	channel->receive_us = left;
	return 0;
}

static int receive_datagram(struct channel *channel, size_t *length, int64_t deadline)
{
	for (;;) {
		int result = set_receive_timeout(channel, deadline);
		if (result)
			return result;
		ssize_t n = recv(channel->fd, channel->datagram, sizeof channel->datagram, 0);
		if (n > 0) {
			*length = (size_t)n;
			return 0;
		}
		if (n == 0 || (errno != EINTR && errno != EAGAIN))
			return SIGNET_E_IO;
	}
}

/* A server that does not admit us says so before it closes the connection, whatever it was sent. */
static bool has_refusal(struct channel *channel, size_t *length)
{
	ssize_t n = recv(channel->fd, channel->datagram, sizeof channel->datagram, MSG_DONTWAIT);
	if (n <= 0)
		return false;
	*length = (size_t)n;
	return true;
}

static int read_reply(const struct rpc_pool *pool, struct channel *channel, size_t length,
                      struct arena *arena, struct Signet__Rpc__Reply **reply, struct error *err)
{
	ProtobufCMessage *message;
	int result = rpc_unpack(arena, &signet__rpc__reply__descriptor,
	                        bytes_make(channel->datagram, length), &message);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result) {
		error_set(err, SIGNET_E_INTERNAL, "the %s's answer cannot be read", pool->peer);
		error_detail(err, "%s", error_name(result));
		return SIGNET_E_INTERNAL;
	}
	*reply = (Signet__Rpc__Reply *)message;
	return 0;
}

/* The first answer of a connection may be that we are not admitted: the next call would meet its
 * end. A refusal of the call itself reads the same, and costs one more connection. */
static bool is_refusal(const struct Signet__Rpc__Reply *reply)
{
	return reply->code == SIGNET_E_PERMISSION;
}

/* What is called, and until when. */
struct calling {
	const ProtobufCMessage *call;
	int file; /* -1: none */
	int64_t deadline;
};

/* One attempt on this channel. A channel that failed is closed, so that a late reply cannot be
 * taken for that of the next call. */
static enum attempt try_call(struct rpc_pool *pool, struct channel *channel, struct arena *arena,
                             const struct calling *calling, int *result,
                             struct Signet__Rpc__Reply **reply, struct error *err)
{
	bool fresh = channel->fd < 0;
	if (fresh && (*result = channel_connect(channel, pool, calling->deadline, err)))
		return *result == SIGNET_E_UNAVAILABLE ? ATTEMPT_UNSENT : ATTEMPT_DONE;
	size_t length;
	if ((*result = rpc_pack(channel->datagram, calling->call, &length))) {
		error_set(err, *result, "the call is too long for one message");
		return ATTEMPT_DONE;
	}
	bool sent = false;
	int failure = send_datagram(channel, length, calling->file, calling->deadline);
	if (!failure) {
		sent = true;
		failure = receive_datagram(channel, &length, calling->deadline);
	}
	bool refused = failure == SIGNET_E_IO && fresh && has_refusal(channel, &length);
	if (!failure || refused) {
		*result = read_reply(pool, channel, length, arena, reply, err);
		if (*result == SIGNET_E_INTERNAL || refused || (fresh && *result == 0 && is_refusal(*reply)))
			channel_close(pool, channel);
		return ATTEMPT_DONE;
	}
	channel_close(pool, channel);
	if (pool->cancelled) {
		*result = was_cancelled(err);
		return ATTEMPT_DONE;
	}
	if (failure == SIGNET_E_TIMEOUT) {
		*result = timed_out(pool, err);
		return ATTEMPT_DONE;
	}
	drop_unused(pool);
	*result = error_set(err, SIGNET_E_UNAVAILABLE, "the connection to the %s broke",
	                    pool->peer);
	if (sent)
		return ATTEMPT_BROKEN;
	return fresh ? ATTEMPT_UNSENT : ATTEMPT_STALE;
}

static int call_until(struct rpc_pool *pool, struct arena *arena, const struct calling *calling,
                      bool repeatable, struct Signet__Rpc__Reply **reply, struct error *err)
{
	int64_t pause = PAUSE_FIRST_US;
	for (;;) {
		struct channel *channel;
		int result = channel_take(&channel, pool, calling->deadline, err);
		if (result)
			return result;
		enum attempt attempt =
			try_call(pool, channel, arena, calling, &result, reply, err);
		channel_give(pool, channel);
		if (attempt == ATTEMPT_DONE)
			return result;
		if (attempt == ATTEMPT_STALE)
			continue;
		int64_t left = calling->deadline - clock_monotonic_us();
		if (!repeatable || left <= pause)
			return result;
		poll(NULL, 0, (int)(pause / 1000));
		if (pause < PAUSE_MAX_US)
			pause = pause * 2 < PAUSE_MAX_US ? pause * 2 : PAUSE_MAX_US;
	}
}

int rpc_call(struct rpc_pool *pool, struct arena *arena, const struct Signet__Rpc__Call *call,
             bool repeatable, int64_t timeout_us, struct Signet__Rpc__Reply **reply,
             struct error *err)
{
	struct calling calling = {&call->base, -1, clock_monotonic_us() + timeout_us};
	return call_until(pool, arena, &calling, repeatable, reply, err);
}

int rpc_call_with_file(struct rpc_pool *pool, struct arena *arena,
                       const struct Signet__Rpc__Call *call, int file, int64_t timeout_us,
                       struct Signet__Rpc__Reply **reply, struct error *err)
{
	struct calling calling = {&call->base, file, clock_monotonic_us() + timeout_us};
	return call_until(pool, arena, &calling, false, reply, err);
}
