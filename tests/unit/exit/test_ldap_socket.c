#include "certificates.h"

#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <sys/socket.h>
#include <unistd.h>

#define REST "timeout: 1s\nbind: anonymous\ndn: \"cn={common-name}\"\n"

static struct signet_event event;

static int prepare(void **state)
{
	(void)state;
	event = ISSUED(make_leaf("door"), "a@example.com");
	return 0;
}

static int close_all(void **state)
{
	(void)state;
	instances_close();
	return 0;
}

static void expect_away(void *instance, const char *part)
{
	expect(instance, event, SIGNET_EXIT_RETRY);
	if (!strstr(notified.message, part) && !strstr(notified.detail, part))
		fail_msg("%s (%s)", notified.message, notified.detail);
}

static void server_that_is_not_there_is_named(void **state)
{
	(void)state;
	expect_away(instance_open("uri: \"ldap://127.0.0.1:1\"\n" REST),
	            "ldap://127.0.0.1:1: cannot connect: Connection refused");
	expect_away(instance_open("uri: \"ldaps://name.invalid\"\n" REST), "ldaps://name.invalid: cannot connect: ");
	expect_away(instance_open("uri: \"ldapi://%%2Fnonexistent%%2Fsocket\"\n" REST), "No such file");
	char path[256];
	memset(path, 'x', sizeof path - 1);
	path[sizeof path - 1] = '\0';
	expect_away(instance_open("uri: \"ldapi://%s\"\n" REST, path), "name too long");
}

static int fake_listen(unsigned *port)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t length = sizeof address;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0), small = 4096;
	assert_true(fd >= 0);
	setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small);
	assert_int_equal(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
	assert_int_equal(listen(fd, 8), 0);
	assert_int_equal(getsockname(fd, (struct sockaddr *)&address, &length), 0);
	*port = ntohs(address.sin_port);
	return fd;
}

static void silent_server_is_left_after_a_while(void **state)
{
	(void)state;
	unsigned port;
	int fd = fake_listen(&port);
	expect_away(instance_open("uri: \"ldap://127.0.0.1:%u\"\n" REST, port), "Timed out");
	expect_away(instance_open("uri: \"ldaps://127.0.0.1:%u\"\n" REST, port), "no TLS: Timed out");
	expect_away(instance_open("uri: \"ldap://127.0.0.1:%u\"\nstart-tls: true\n" REST, port),
	            "no StartTLS: Timed out");
	close(fd);
}

/* Says these octets to whoever comes, and no more. */
struct talker {
	int fd;
	int stop[2];
	struct bytes answer;
	pthread_t thread;
};

static void *talk(void *arg)
{
	struct talker *talker = arg;
	for (int fd; (fd = accept(talker->fd, NULL, NULL)) >= 0;) {
		char request[512];
		if (read(fd, request, sizeof request) > 0)
			assert_int_equal(write(fd, talker->answer.data, talker->answer.length),
			                 talker->answer.length);
		struct pollfd end[] = {{.fd = fd, .events = POLLRDHUP}, {.fd = talker->stop[0], .events = POLLIN}};
		poll(end, 2, -1);
		close(fd);
	}
	return NULL;
}

static unsigned talker_start(struct talker *talker, struct bytes answer)
{
	unsigned port;
	talker->fd = fake_listen(&port);
	talker->answer = answer;
	assert_int_equal(pipe(talker->stop), 0);
	assert_int_equal(pthread_create(&talker->thread, NULL, talk, talker), 0);
	return port;
}

static void talker_stop(struct talker *talker)
{
	close(talker->stop[1]);
	shutdown(talker->fd, SHUT_RDWR);
	pthread_join(talker->thread, NULL);
	close(talker->stop[0]);
	close(talker->fd);
}

/* It tells of the entry and then takes no more octets: a CRL does not fit into its buffers. */
static void server_that_stops_reading_is_left_after_a_while(void **state)
{
	(void)state;
	struct talker talker;
	/* searchResEntry "cn=x" without attributes, searchResDone success; messageID 1 */
	unsigned port = talker_start(&talker, hex("300d 020101 6408 0404 636e3d78 3000"
	                                          "300c 020101 6507 0a0100 0400 0400"));
	struct der first = der_open(data_read("good/crl/first.der")), list;
	assert_int_equal(der_enter(&first, DER_SEQUENCE, &list), 0);
	/* a large one: nothing behind its time is looked at */
	uint8_t *zeros = arena_alloc(arena, 24u << 20);
	struct buffer crl = BUFFER_MAX(32u << 20);
	struct der_writer w = der_write(&crl);
	der_begin(&w, DER_SEQUENCE);
	der_put_raw(&w, bytes_make(list.at, (size_t)(list.end - list.at)));
	der_put(&w, DER_OCTET_STRING, bytes_make(zeros, 24u << 20));
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	void *instance = instance_open("timeout: 1s\nuri: \"ldap://127.0.0.1:%u\"\nbind: anonymous\n"
	                               "authority: {dn: \"cn=x\"}\n", port);
	const struct signet_event published = {.kind = SIGNET_EVENT_CRL_PUBLISHED,
	                                       .authority = "issuing", .crl = buffer_bytes(&crl)};
	expect(instance, published, SIGNET_EXIT_RETRY);
	assert_non_null(strstr(notified.message, "cannot change 'cn=x': Timed out"));
	talker_stop(&talker);
	buffer_free(&crl);
}

static void answers_that_are_none_are_refused(void **state)
{
	(void)state;
	static const char *const answers[] = {
		"ffffffffffffffff",                          /* no LDAP */
		"3084 7fffffff 020101",                      /* longer than any answer may be */
		"3007 020101 6502 0a01",                     /* a result that ends within itself */
		"300c 020101 6107 0a0100 0400 0400",         /* a bindResponse to a search */
		"3003 020101",
	};
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		struct talker talker;
		unsigned port = talker_start(&talker, hex(answers[i]));
		void *instance = instance_open("uri: \"ldap://127.0.0.1:%u\"\n" REST, port);
		expect(instance, event, SIGNET_EXIT_RETRY);
		talker_stop(&talker);
	}
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, prepare, close_all)

static int setup(void **state)
{
	clock_freeze(NOW);
	return arena_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(server_that_is_not_there_is_named),
		TEST(silent_server_is_left_after_a_while),
		TEST(server_that_stops_reading_is_left_after_a_while),
		TEST(answers_that_are_none_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, arena_teardown);
}
