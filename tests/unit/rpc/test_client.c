#include "fixture.h"

#include <errno.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/address.h"

#define LONG_US 30000000

struct client {
	struct fixture *f;
	struct rpc_pool *pool;
	struct arena *arena;
};

static struct client client_open(struct fixture *f, size_t channels)
{
	struct client c = {f, NULL, arena_new(LIMIT_REQUEST_ARENA)};
	assert_int_equal(rpc_pool_new(&c.pool, f->path, channels, NULL), 0);
	return c;
}

static void client_close(struct client *c)
{
	rpc_pool_free(c->pool);
	arena_free(c->arena);
}

static void expect_echo(struct client *c, const char *name, bool repeatable)
{
	Signet__Rpc__Reply *reply = NULL;
	struct error err = {0};
	if (fixture_call(c->pool, c->arena, name, repeatable, LONG_US, &reply, &err))
		fail_msg("%s (%s)", err.message, err.detail);
	assert_string_equal(reply->message, name);
}

static void call_brings_its_reply(void **state)
{
	fixture_start(*state);
	struct client c = client_open(*state, 2);
	expect_echo(&c, "issuing", false);
	expect_echo(&c, "", false);
	client_close(&c);
}

static void octets_come_back_whole(void **state)
{
	fixture_start(*state);
	struct client c = client_open(*state, 1);
	uint8_t csr[LIMIT_CSR];
	for (size_t i = 0; i < sizeof csr; i++)
		csr[i] = (uint8_t)(i * 7);
	Signet__Rpc__Submission submission = SIGNET__RPC__SUBMISSION__INIT;
	submission.csr = (ProtobufCBinaryData){sizeof csr, csr};
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_SUBMIT;
	call.submit = &submission;
	Signet__Rpc__Reply *reply;
	assert_int_equal(rpc_call(c.pool, c.arena, &call, false, LONG_US, &reply, NULL), 0);
	assert_int_equal(reply->outcome->certificate.len, sizeof csr);
	assert_memory_equal(reply->outcome->certificate.data, csr, sizeof csr);
	client_close(&c);
}

static void call_that_is_too_long_is_not_sent(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct client c = client_open(f, 1);
	static char name[LIMIT_MESSAGE + 1];
	memset(name, 'x', LIMIT_MESSAGE);
	Signet__Rpc__Reply *reply = NULL;
	assert_int_equal(fixture_call(c.pool, c.arena, name, true, LONG_US, &reply, NULL),
	                 SIGNET_E_TOO_BIG);
	assert_null(reply);
	expect_echo(&c, "next", false);
	assert_int_equal(f->calls, 1);
	client_close(&c);
}

static void absent_server_is_unavailable(void **state)
{
	struct client c = client_open(*state, 1);
	Signet__Rpc__Reply *reply = NULL;
	struct error err = {0};
	assert_int_equal(fixture_call(c.pool, c.arena, "a", false, LONG_US, &reply, &err),
	                 SIGNET_E_UNAVAILABLE);
	assert_int_equal(err.code, SIGNET_E_UNAVAILABLE);
	/* a repeatable call gives up when its time is up */
	assert_int_equal(fixture_call(c.pool, c.arena, "a", true, 20000, &reply, NULL),
	                 SIGNET_E_UNAVAILABLE);
	assert_null(reply);
	client_close(&c);
}

static void *start_later(void *arg)
{
	usleep(100000);
	fixture_start(arg);
	return NULL;
}

static void repeatable_call_waits_for_the_server(void **state)
{
	struct client c = client_open(*state, 1);
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, start_later, *state), 0);
	expect_echo(&c, "patient", true);
	pthread_join(thread, NULL);
	client_close(&c);
}

static void restarted_server_is_not_noticed(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct client c = client_open(f, 2);
	expect_echo(&c, "before", false);
	fixture_stop(f);
	fixture_start(f);
	/* not even by a call that must not be repeated: nothing was sent on the dead channel */
	expect_echo(&c, "after", false);
	client_close(&c);
}

/* Its call may be sent before the connection is closed, or not: many times, for both. */
static void who_is_not_admitted_is_told_at_once(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	Signet__Rpc__Reply *reply;
	f->refuse = true;
	fixture_start(f);
	struct client c = client_open(f, 1);
	for (int i = 1; i <= 200; i++) {
		if (fixture_call(c.pool, c.arena, "a", true, LONG_US, &reply, &err))
			fail_msg("%s", err.message);
		assert_int_equal(reply->code, SIGNET_E_PERMISSION);
		assert_int_equal(f->asked, i);
	}
	assert_int_equal(f->calls, 0);
	f->refuse = false;
	expect_echo(&c, "b", false);
	client_close(&c);
}

/* Takes one connection, and after a call on it closes it without an answer. */
struct rude {
	const char *path;
	int listener;
	int connections;
};

static void *be_rude(void *arg)
{
	struct rude *rude = arg;
	uint8_t datagram[1024];
	for (int i = 0; i < rude->connections; i++) {
		int fd = accept(rude->listener, NULL, NULL);
		if (fd < 0 || recv(fd, datagram, sizeof datagram, 0) <= 0)
			return NULL;
		close(fd);
	}
	close(rude->listener);
	unlink(rude->path);
	return rude;
}

static void start_rude(struct fixture *f, struct rude *rude, pthread_t *thread,
                       void *(*behave)(void *))
{
	struct sockaddr_un address;
	assert_int_equal(rpc_address(&address, f->path, NULL), 0);
	rude->listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(rude->listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(rude->listener, 5), 0);
	assert_int_equal(pthread_create(thread, NULL, behave, rude), 0);
}

static void call_that_was_cut_is_repeated_only_when_it_may(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f, 1);
	struct rude rude = {.path = f->path, .connections = 2};
	pthread_t thread;
	start_rude(f, &rude, &thread, be_rude);
	Signet__Rpc__Reply *reply = NULL;
	assert_int_equal(fixture_call(c.pool, c.arena, "once", false, LONG_US, &reply, NULL),
	                 SIGNET_E_UNAVAILABLE);
	pthread_t starter;
	assert_int_equal(pthread_create(&starter, NULL, start_later, f), 0);
	expect_echo(&c, "again", true);
	void *done;
	pthread_join(thread, &done);
	pthread_join(starter, NULL);
	assert_non_null(done);
	client_close(&c);
}

/* Refuses two connections, and closes neither before both were refused. */
static void *refuse_slowly(void *arg)
{
	struct rude *rude = arg;
	static uint8_t datagram[RPC_DATAGRAM];
	Signet__Rpc__Reply refusal = SIGNET__RPC__REPLY__INIT;
	refusal.code = SIGNET_E_PERMISSION;
	size_t length;
	int fds[2] = {-1, -1};
	int sent = 0;
	for (int i = 0; i < 2; i++) {
		fds[i] = accept(rude->listener, NULL, NULL);
		if (!rpc_pack(datagram, &refusal.base, &length))
			sent += send(fds[i], datagram, length, MSG_NOSIGNAL) == (ssize_t)length;
	}
	for (int i = 0; i < 2; i++)
		close(fds[i]);
	close(rude->listener);
	return sent == 2 ? rude : NULL;
}

static void connection_that_was_refused_is_not_used_again(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f, 1);
	struct rude rude = {.path = f->path};
	pthread_t thread;
	start_rude(f, &rude, &thread, refuse_slowly);
	for (int i = 0; i < 2; i++) {
		Signet__Rpc__Reply *reply;
		assert_int_equal(fixture_call(c.pool, c.arena, "a", false, LONG_US, &reply, NULL), 0);
		assert_int_equal(reply->code, SIGNET_E_PERMISSION);
	}
	void *done;
	pthread_join(thread, &done);
	assert_non_null(done);
	client_close(&c);
}

static void late_reply_is_not_taken_for_the_next_one(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct client c = client_open(f, 1);
	Signet__Rpc__Reply *reply = NULL;
	struct error err = {0};
	assert_int_equal(fixture_call(c.pool, c.arena, "wait", true, 20000, &reply, &err),
	                 SIGNET_E_TIMEOUT);
	assert_int_equal(err.code, SIGNET_E_TIMEOUT);
	f->go_on = true;
	expect_echo(&c, "next", false);
	client_close(&c);
}

static void *call_wait(void *arg)
{
	struct client *c = arg;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	Signet__Rpc__Reply *reply;
	int result = fixture_call(c->pool, arena, "wait", false, LONG_US, &reply, NULL);
	arena_free(arena);
	return result ? NULL : c;
}

static void callers_wait_for_a_channel(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct client c = client_open(f, 2);
	pthread_t threads[4];
	for (int i = 0; i < 2; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_wait, &c), 0);
	fixture_await(&f->waiting, 2);
	Signet__Rpc__Reply *reply = NULL;
	assert_int_equal(fixture_call(c.pool, c.arena, "a", true, 20000, &reply, NULL),
	                 SIGNET_E_TIMEOUT);
	for (int i = 2; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_wait, &c), 0);
	f->go_on = true;
	for (int i = 0; i < 4; i++) {
		void *done;
		pthread_join(threads[i], &done);
		assert_non_null(done);
	}
	client_close(&c);
}

static void *call_until_cancelled(void *arg)
{
	struct client *c = arg;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	Signet__Rpc__Reply *reply;
	int result = fixture_call(c->pool, arena, "wait", true, LONG_US, &reply, NULL);
	arena_free(arena);
	return result == SIGNET_E_STATE ? c : NULL;
}

static void cancel_ends_the_calls_under_way_and_all_later_ones(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct client c = client_open(f, 2);
	pthread_t threads[3]; /* the third waits for a channel */
	for (int i = 0; i < 3; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, call_until_cancelled, &c), 0);
	fixture_await(&f->waiting, 2);
	rpc_pool_cancel(c.pool);
	for (int i = 0; i < 3; i++) {
		void *done;
		pthread_join(threads[i], &done);
		assert_non_null(done);
	}
	Signet__Rpc__Reply *reply = NULL;
	assert_int_equal(fixture_call(c.pool, c.arena, "a", true, LONG_US, &reply, NULL),
	                 SIGNET_E_STATE);
	client_close(&c);
}

/* A server that has stopped taking connections: the queue of those that wait is full. */
static void fill_backlog(struct fixture *f, int *listener, int waiting[], size_t count)
{
	struct sockaddr_un address;
	assert_int_equal(rpc_address(&address, f->path, NULL), 0);
	*listener = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0);
	assert_int_equal(bind(*listener, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(*listener, 0), 0);
	int failed = 0;
	for (size_t i = 0; i < count; i++) {
		waiting[i] = socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
		failed = connect(waiting[i], (struct sockaddr *)&address, sizeof address);
	}
	assert_int_equal(failed, -1);
	assert_int_equal(errno, EAGAIN);
}

static void cancel_ends_a_call_that_waits_to_be_connected(void **state)
{
	struct fixture *f = *state;
	struct client c = client_open(f, 1);
	int listener, waiting[3];
	pthread_t thread;
	fill_backlog(f, &listener, waiting, 3);
	Signet__Rpc__Reply *reply = NULL;
	assert_int_equal(fixture_call(c.pool, c.arena, "a", true, 20000, &reply, NULL),
	                 SIGNET_E_TIMEOUT);
	assert_int_equal(pthread_create(&thread, NULL, call_until_cancelled, &c), 0);
	usleep(100000); /* on its way into connect, and right as well when it is not there yet */
	rpc_pool_cancel(c.pool);
	void *done;
	pthread_join(thread, &done);
	assert_non_null(done);
	for (size_t i = 0; i < 3; i++)
		close(waiting[i]);
	close(listener);
	client_close(&c);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(call_brings_its_reply),
		TEST(octets_come_back_whole),
		TEST(call_that_is_too_long_is_not_sent),
		TEST(absent_server_is_unavailable),
		TEST(repeatable_call_waits_for_the_server),
		TEST(restarted_server_is_not_noticed),
		TEST(call_that_was_cut_is_repeated_only_when_it_may),
		TEST(who_is_not_admitted_is_told_at_once),
		TEST(connection_that_was_refused_is_not_used_again),
		TEST(late_reply_is_not_taken_for_the_next_one),
		TEST(callers_wait_for_a_channel),
		TEST(cancel_ends_the_calls_under_way_and_all_later_ones),
		TEST(cancel_ends_a_call_that_waits_to_be_connected),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
