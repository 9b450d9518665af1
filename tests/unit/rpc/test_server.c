#include "fixture.h"

#include <pthread.h>
#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

static uint8_t datagram[RPC_DATAGRAM];

static void expect_echo(int fd, const char *name)
{
	size_t length = fixture_receive(fd, datagram);
	assert_true(length > 0);
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	ProtobufCMessage *message;
	assert_int_equal(rpc_unpack(arena, &signet__rpc__reply__descriptor,
	                            bytes_make(datagram, length), &message), 0);
	const Signet__Rpc__Reply *reply = (const Signet__Rpc__Reply *)message;
	assert_int_equal(reply->code, 0);
	assert_string_equal(reply->message, name);
	arena_free(arena);
}

static void expect_service(const struct fixture *f)
{
	int fd = fixture_connect(f);
	fixture_send(fd, "still there");
	expect_echo(fd, "still there");
	close(fd);
}

static void calls_of_a_connection_are_answered_in_turn(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	int fd = fixture_connect(f);
	for (int i = 0; i < 3; i++) {
		fixture_send(fd, "issuing");
		expect_echo(fd, "issuing");
	}
	close(fd);
	assert_int_equal(f->calls, 3);
}

static void await_count(_Atomic unsigned *count, unsigned wanted)
{
	for (int i = 0; i < 30000 && *count != wanted; i++)
		poll(NULL, 0, 1);
	assert_int_equal(*count, wanted);
}

static void connections_are_counted(void **state)
{
	struct fixture *f = *state;
	_Atomic unsigned count = 99;
	fixture_start(f);
	int first = fixture_connect(f);
	fixture_send(first, "a");
	expect_echo(first, "a");
	rpc_server_count(f->server, &count);
	assert_int_equal(count, 1);
	int second = fixture_connect(f);
	await_count(&count, 2);
	close(first);
	await_count(&count, 1);
	close(second);
	await_count(&count, 0);
	/* who is refused is none */
	f->refuse = true;
	second = fixture_connect(f);
	assert_true(fixture_receive(second, datagram) > 0);
	assert_int_equal(fixture_receive(second, datagram), 0);
	close(second);
	assert_int_equal(count, 0);
	f->refuse = false;
	first = fixture_connect(f);
	await_count(&count, 1);
	fixture_stop(f);
	assert_int_equal(count, 0);
	close(first);
}

static void *call_at_once(void *arg)
{
	struct fixture *f = arg;
	struct rpc_pool *pool;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	Signet__Rpc__Reply *reply;
	int result = rpc_pool_new(&pool, f->path, 1, NULL);
	for (int i = 0; result == 0 && i < 20; i++)
		result = fixture_call(pool, arena, "early", true, 30000000, &reply, NULL);
	rpc_pool_free(pool);
	arena_free(arena);
	return result ? NULL : f;
}

/* The handler takes the server from where rpc_server_start puts it. */
static void calls_before_the_start_has_returned_see_the_server(void **state)
{
	struct fixture *f = *state;
	for (int i = 0; i < 20; i++) {
		pthread_t thread;
		void *done;
		f->stopping = true;
		assert_int_equal(pthread_create(&thread, NULL, call_at_once, f), 0);
		fixture_start(f);
		pthread_join(thread, &done);
		assert_non_null(done);
		assert_false(f->stopping);
		fixture_stop(f);
	}
}

static void peer_is_who_the_kernel_says(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	expect_service(f);
	assert_int_equal(f->peer.uid, getuid());
	assert_int_equal(f->peer.gid, getgid());
	assert_int_equal(f->peer.pid, getpid());
}

static void peer_that_is_not_admitted_learns_only_that(void **state)
{
	struct fixture *f = *state;
	f->refuse = true;
	fixture_start(f);
	int fd = fixture_connect(f);
	assert_true(fixture_receive(fd, datagram) > 0);
	assert_int_equal(fixture_receive(fd, datagram), 0);
	close(fd);
	assert_int_equal(f->calls, 0);
}

static void socket_has_the_mode(void **state)
{
	struct fixture *f = *state;
	mode_t before = umask(077);
	fixture_start(f);
	umask(before);
	struct stat info;
	assert_int_equal(lstat(f->path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0666);
}

static void garbage_ends_its_connection_only(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	static const char garbage[] = "\x01GET / HTTP/1.1\r\n\r\n", other_version[] = "\x09";
	const struct bytes cases[] = {
		BYTES_OF(garbage), BYTES_OF(other_version), bytes_make("\x01\x0a\xff", 3),
		bytes_make("", 0),
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int good = fixture_connect(f), bad = fixture_connect(f);
		assert_int_equal(send(bad, cases[i].data, cases[i].length, MSG_NOSIGNAL),
		                 cases[i].length);
		assert_int_equal(fixture_receive(bad, datagram), 0);
		fixture_send(good, "good");
		expect_echo(good, "good");
		close(good);
		close(bad);
	}
	assert_int_equal(f->calls, 4);
}

static void oversized_datagram_ends_its_connection(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	int fd = fixture_connect(f);
	memset(datagram, RPC_VERSION, sizeof datagram);
	assert_int_equal(send(fd, datagram, sizeof datagram, MSG_NOSIGNAL), sizeof datagram);
	assert_int_equal(fixture_receive(fd, datagram), 0);
	close(fd);
	expect_service(f);
}

static void call_without_a_kind_reaches_the_handler(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	int fd = fixture_connect(f);
	assert_int_equal(send(fd, "\x01", 1, MSG_NOSIGNAL), 1);
	assert_true(fixture_receive(fd, datagram) > 0);
	close(fd);
	assert_int_equal(f->calls, 1);
}

static void truncated_calls_do_no_harm(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	Signet__Rpc__Submission submission = SIGNET__RPC__SUBMISSION__INIT;
	submission.csr = (ProtobufCBinaryData){100, datagram};
	submission.profile = (char *)"tls-server";
	submission.idempotency_key = (char *)"key";
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_SUBMIT;
	call.submit = &submission;
	uint8_t packed[RPC_DATAGRAM];
	size_t whole;
	assert_int_equal(rpc_pack(packed, &call.base, &whole), 0);
	for (size_t length = 2; length < whole; length++) {
		int fd = fixture_connect(f);
		assert_int_equal(send(fd, packed, length, MSG_NOSIGNAL), length);
		assert_int_equal(fixture_receive(fd, datagram), 0);
		close(fd);
	}
	assert_int_equal(f->calls, 0);
	expect_service(f);
}

static void silent_peers_lock_nobody_out(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	int silent[LIMIT_RPC_CONNECTIONS + 10];
	size_t count = sizeof silent / sizeof *silent;
	for (size_t i = 0; i < count; i++)
		silent[i] = fixture_connect(f);
	expect_service(f);
	/* those who have waited longest had to go */
	assert_int_equal(fixture_receive(silent[0], datagram), 0);
	for (size_t i = 0; i < count; i++)
		close(silent[i]);
}

static void busy_user_leaves_room_for_others(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	int busy[LIMIT_RPC_CONNECTIONS_USER];
	size_t count = sizeof busy / sizeof *busy;
	for (size_t i = 0; i < count; i++) {
		busy[i] = fixture_connect(f);
		fixture_send(busy[i], "wait");
	}
	fixture_await(&f->waiting, (int)count);
	int more = fixture_connect(f);
	assert_int_equal(fixture_receive(more, datagram), 0);
	close(more);
	f->go_on = true;
	for (size_t i = 0; i < count; i++) {
		expect_echo(busy[i], "wait");
		close(busy[i]);
	}
	expect_service(f);
}

/* What a refused crowd leaves on standard error, in a file. */
static size_t count_lines(int fd)
{
	char text[65536];
	ssize_t length = pread(fd, text, sizeof text, 0);
	size_t lines = 0;
	for (ssize_t i = 0; i < length; i++)
		lines += text[i] == '\n';
	return lines;
}

static void refusals_do_not_fill_the_log(void **state)
{
	struct fixture *f = *state;
	f->refuse = true;
	fixture_start(f);
	FILE *log = tmpfile();
	int before = dup(STDERR_FILENO), refused = 0;
	assert_non_null(log);
	dup2(fileno(log), STDERR_FILENO);
	for (int i = 0; i < 50; i++) {
		int fd = fixture_connect(f);
		refused += fixture_receive(fd, datagram) > 0 && fixture_receive(fd, datagram) == 0;
		close(fd);
	}
	dup2(before, STDERR_FILENO);
	close(before);
	assert_int_equal(refused, 50);
	size_t lines = count_lines(fileno(log));
	fclose(log);
	assert_in_range(lines, 1, 49);
}

static void peer_that_never_reads_does_not_hold_up_the_stop(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	int fd = fixture_connect(f);
	int sent = 0;
	fcntl(fd, F_SETFL, O_NONBLOCK);
	char name[30000];
	memset(name, 'x', sizeof name - 1);
	name[sizeof name - 1] = '\0';
	Signet__Rpc__Name argument = SIGNET__RPC__NAME__INIT;
	argument.name = name;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_GET_CHAIN;
	call.get_chain = &argument;
	size_t length;
	assert_int_equal(rpc_pack(datagram, &call.base, &length), 0);
	for (int idle = 0; idle < 100;) {
		if (send(fd, datagram, length, MSG_NOSIGNAL) > 0) {
			sent++;
			idle = 0;
		} else {
			idle++;
			poll(NULL, 0, 1);
		}
	}
	assert_true(sent > f->calls);
	expect_service(f);
	fixture_stop(f);
	close(fd);
}

static void reply_that_is_too_long_becomes_an_error(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	int fd = fixture_connect(f);
	fixture_send(fd, "big");
	size_t length = fixture_receive(fd, datagram);
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	ProtobufCMessage *message;
	assert_int_equal(rpc_unpack(arena, &signet__rpc__reply__descriptor,
	                            bytes_make(datagram, length), &message), 0);
	const Signet__Rpc__Reply *reply = (const Signet__Rpc__Reply *)message;
	assert_int_equal(reply->code, SIGNET_E_TOO_BIG);
	assert_int_equal(reply->configuration, 7);
	arena_free(arena);
	/* and the connection lives on */
	fixture_send(fd, "small");
	expect_echo(fd, "small");
	close(fd);
}

static void *stop(void *arg)
{
	fixture_stop(arg);
	return NULL;
}

static void stop_finishes_the_call_under_way(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	int fd = fixture_connect(f), idle = fixture_connect(f);
	fixture_send(fd, "wait");
	fixture_await(&f->waiting, 1);
	assert_false(rpc_server_is_stopping(f->server));
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, stop, f), 0);
	expect_echo(fd, "wait");
	assert_int_equal(pthread_join(thread, NULL), 0);
	assert_int_equal(fixture_receive(fd, datagram), 0);
	assert_int_equal(fixture_receive(idle, datagram), 0);
	assert_int_equal(access(f->path, F_OK), -1);
	close(fd);
	close(idle);
}

static void stale_socket_is_replaced(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	/* what a killed server leaves: the name without its socket */
	char kept[128];
	snprintf(kept, sizeof kept, "%s.kept", f->path);
	assert_int_equal(link(f->path, kept), 0);
	fixture_stop(f);
	assert_int_equal(rename(kept, f->path), 0);
	fixture_start(f);
	expect_service(f);
}

static void live_socket_is_left_alone(void **state)
{
	struct fixture *f = *state;
	fixture_start(f);
	struct rpc_server *second = NULL;
	struct error err = {0};
	assert_int_equal(rpc_server_start(&second, f->path, 0600, NULL, NULL, NULL, &err),
	                 SIGNET_E_EXISTS);
	assert_null(second);
	assert_non_null(strstr(err.message, "another process"));
	expect_service(f);
}

static void file_at_the_path_is_left_alone(void **state)
{
	struct fixture *f = *state;
	FILE *file = fopen(f->path, "w");
	assert_non_null(file);
	fputs("precious", file);
	fclose(file);
	struct rpc_server *server = NULL;
	assert_int_equal(rpc_server_start(&server, f->path, 0600, NULL, NULL, NULL, NULL),
	                 SIGNET_E_EXISTS);
	struct stat info;
	assert_int_equal(stat(f->path, &info), 0);
	assert_int_equal(info.st_size, 8);
}

static void path_that_is_too_long_is_an_error(void **state)
{
	(void)state;
	char path[200];
	memset(path, 'a', sizeof path - 1);
	path[0] = '/';
	path[sizeof path - 1] = '\0';
	struct rpc_server *server = NULL;
	assert_int_equal(rpc_server_start(&server, path, 0600, NULL, NULL, NULL, NULL),
	                 SIGNET_E_INVALID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(calls_of_a_connection_are_answered_in_turn),
		TEST(connections_are_counted),
		TEST(calls_before_the_start_has_returned_see_the_server),
		TEST(peer_is_who_the_kernel_says),
		TEST(peer_that_is_not_admitted_learns_only_that),
		TEST(socket_has_the_mode),
		TEST(garbage_ends_its_connection_only),
		TEST(oversized_datagram_ends_its_connection),
		TEST(call_without_a_kind_reaches_the_handler),
		TEST(truncated_calls_do_no_harm),
		TEST(silent_peers_lock_nobody_out),
		TEST(busy_user_leaves_room_for_others),
		TEST(refusals_do_not_fill_the_log),
		TEST(peer_that_never_reads_does_not_hold_up_the_stop),
		TEST(reply_that_is_too_long_becomes_an_error),
		TEST(stop_finishes_the_call_under_way),
		TEST(stale_socket_is_replaced),
		TEST(live_socket_is_left_alone),
		TEST(file_at_the_path_is_left_alone),
		TEST(path_that_is_too_long_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
