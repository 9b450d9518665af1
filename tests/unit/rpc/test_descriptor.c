#include "fixture.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "rpc/descriptor.h"

#define LONG_US 30000000

static uint8_t datagram[RPC_DATAGRAM];

static size_t count_open_files(void)
{
	size_t count = 0;
	DIR *directory = opendir("/proc/self/fd");
	assert_non_null(directory);
	while (readdir(directory))
		count++;
	closedir(directory);
	return count;
}

/* One datagram with so many files. */
static void send_files(int socket, struct bytes data, size_t count)
{
	static union {
		struct cmsghdr header;
		uint8_t octets[CMSG_SPACE(64 * sizeof(int))];
	} control;
	struct iovec part = {(void *)data.data, data.length};
	struct msghdr message = {.msg_iov = &part, .msg_iovlen = 1, .msg_control = control.octets,
	                         .msg_controllen = CMSG_SPACE(count * sizeof(int))};
	struct cmsghdr *header = CMSG_FIRSTHDR(&message);
	header->cmsg_level = SOL_SOCKET;
	header->cmsg_type = SCM_RIGHTS;
	header->cmsg_len = CMSG_LEN(count * sizeof(int));
	for (size_t i = 0; i < count; i++) {
		int fd = STDERR_FILENO;
		memcpy(CMSG_DATA(header) + i * sizeof fd, &fd, sizeof fd);
	}
	assert_int_equal(sendmsg(socket, &message, MSG_NOSIGNAL), data.length);
}

static void make_pair(int ends[2])
{
	assert_int_equal(socketpair(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC, 0, ends), 0);
}

static void close_pair(const int ends[2])
{
	close(ends[0]);
	close(ends[1]);
}

static void file_travels_with_its_datagram(void **state)
{
	(void)state;
	int ends[2], pipe_ends[2], file;
	char octet;
	make_pair(ends);
	assert_int_equal(pipe(pipe_ends), 0);
	assert_int_equal(descriptor_send(ends[0], (const uint8_t *)"abc", 3, 0, pipe_ends[1]), 3);
	assert_int_equal(descriptor_receive(ends[1], datagram, sizeof datagram, &file), 3);
	assert_memory_equal(datagram, "abc", 3);
	assert_true(file >= 0);
	assert_true(fcntl(file, F_GETFD) & FD_CLOEXEC);
	assert_int_equal(write(file, "x", 1), 1);
	assert_int_equal(read(pipe_ends[0], &octet, 1), 1);
	assert_int_equal(octet, 'x');
	close(file);
	close_pair(pipe_ends);
	close_pair(ends);
}

static void datagram_without_a_file_brings_none(void **state)
{
	(void)state;
	int ends[2], file = 7;
	make_pair(ends);
	assert_int_equal(descriptor_send(ends[0], (const uint8_t *)"abc", 3, 0, -1), 3);
	assert_int_equal(descriptor_receive(ends[1], datagram, sizeof datagram, &file), 3);
	assert_int_equal(file, -1);
	close_pair(ends);
}

static void more_than_one_file_is_refused_and_none_stays_open(void **state)
{
	(void)state;
	static const size_t counts[] = {2, 3, 4, 5, 64};
	int ends[2], file;
	make_pair(ends);
	size_t before = count_open_files();
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		send_files(ends[0], bytes_make("abc", 3), counts[i]);
		assert_int_equal(descriptor_receive(ends[1], datagram, sizeof datagram, &file), -1);
		assert_int_equal(errno, EPROTO);
		assert_int_equal(file, -1);
		assert_int_equal(count_open_files(), before);
	}
	close_pair(ends);
}

struct caller {
	struct rpc_pool *pool;
	struct arena *arena;
	int ends[2];
};

static void caller_open(struct caller *c, const struct fixture *f)
{
	assert_int_equal(rpc_pool_new(&c->pool, f->path, 1, NULL), 0);
	c->arena = arena_new(LIMIT_REQUEST_ARENA);
	assert_int_equal(pipe2(c->ends, O_NONBLOCK | O_CLOEXEC), 0);
}

static void caller_close(struct caller *c)
{
	rpc_pool_free(c->pool);
	arena_free(c->arena);
	close_pair(c->ends);
}

static void handler_gets_the_file_and_it_is_closed_after_the_call(void **state)
{
	struct fixture *f = *state;
	struct caller c;
	Signet__Rpc__Reply *reply;
	char text[16] = "";
	fixture_start_with_files(f);
	caller_open(&c, f);
	assert_int_equal(fixture_call_with_file(c.pool, c.arena, "first", c.ends[1], LONG_US,
	                                        &reply, NULL), 0);
	size_t open_files = count_open_files();
	for (int i = 0; i < 10; i++)
		assert_int_equal(fixture_call_with_file(c.pool, c.arena, "again", c.ends[1], LONG_US,
		                                        &reply, NULL), 0);
	assert_int_equal(reply->code, 0);
	assert_int_equal(read(c.ends[0], text, 10), 10);
	assert_string_equal(text, "firstagain");
	/* the handler of the last call may still be about to close its file */
	for (int i = 0; i < 10000 && count_open_files() > open_files + 1; i++)
		usleep(1000);
	assert_true(count_open_files() <= open_files + 1);
	assert_int_equal(fixture_call(c.pool, c.arena, "without", false, LONG_US, &reply, NULL), 0);
	assert_int_equal(f->files, 11);
	caller_close(&c);
}

static void server_that_takes_no_files_lets_none_in(void **state)
{
	struct fixture *f = *state;
	struct caller c;
	Signet__Rpc__Reply *reply;
	char octet;
	fixture_start(f);
	caller_open(&c, f);
	assert_int_equal(fixture_call_with_file(c.pool, c.arena, "first", c.ends[1], LONG_US,
	                                        &reply, NULL), 0);
	assert_string_equal(reply->message, "first");
	assert_int_equal(f->files, 0);
	assert_int_equal(read(c.ends[0], &octet, 1), -1);
	caller_close(&c);
}

static void call_with_two_files_ends_its_connection(void **state)
{
	struct fixture *f = *state;
	fixture_start_with_files(f);
	int fd = fixture_connect(f), other = fixture_connect(f);
	static const uint8_t call[] = {RPC_VERSION};
	fixture_send(fd, "fine");
	assert_true(fixture_receive(fd, datagram) > 0);
	send_files(fd, BYTES_OF(call), 2);
	assert_int_equal(fixture_receive(fd, datagram), 0);
	fixture_send(other, "fine");
	assert_true(fixture_receive(other, datagram) > 0);
	close(fd);
	close(other);
}

static void empty_datagram_with_a_file_leaves_nothing_open(void **state)
{
	struct fixture *f = *state;
	fixture_start_with_files(f);
	int fd = fixture_connect(f);
	fixture_send(fd, "fine");
	assert_true(fixture_receive(fd, datagram) > 0);
	size_t before = count_open_files();
	send_files(fd, BYTES_NONE, 1);
	assert_int_equal(fixture_receive(fd, datagram), 0);
	/* the server's end has gone with its thread */
	for (int i = 0; i < 10000 && count_open_files() > before - 1; i++)
		usleep(1000);
	assert_int_equal(count_open_files(), before - 1);
	close(fd);
}

/* A call whose handler stays until nobody wants its answer. */
static int call_and_wait(struct fixture *f)
{
	fixture_start_with_files(f);
	int fd = fixture_connect(f), null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	assert_true(null >= 0);
	fixture_send_with_file(fd, "wait for the end", null);
	close(null);
	fixture_await(&f->files, 1);
	assert_int_equal(f->ended, 0);
	return fd;
}

static void handler_notices_that_its_peer_is_gone(void **state)
{
	struct fixture *f = *state;
	close(call_and_wait(f));
	fixture_await(&f->ended, 1);
}

static void handler_notices_that_the_server_is_being_stopped(void **state)
{
	struct fixture *f = *state;
	int fd = call_and_wait(f);
	fixture_stop(f);
	assert_int_equal(f->ended, 1);
	close(fd);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, fixture_setup, fixture_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(file_travels_with_its_datagram),
		cmocka_unit_test(datagram_without_a_file_brings_none),
		cmocka_unit_test(more_than_one_file_is_refused_and_none_stays_open),
		TEST(handler_gets_the_file_and_it_is_closed_after_the_call),
		TEST(server_that_takes_no_files_lets_none_in),
		TEST(call_with_two_files_ends_its_connection),
		TEST(empty_datagram_with_a_file_leaves_nothing_open),
		TEST(handler_notices_that_its_peer_is_gone),
		TEST(handler_notices_that_the_server_is_being_stopped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
