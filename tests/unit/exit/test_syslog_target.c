#include "receiver.h"

#include <stdio.h>
#include <sys/socket.h>
#include <unistd.h>

#include "exit/syslog_target.h"

#define SECOND 1000000

static struct syslog_target *open_target(const char *format, ...)
{
	char text[256];
	struct syslog_address address;
	struct syslog_target *target;
	struct error err = {0};
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (syslog_address_read(&address, text, &err) ||
	    syslog_target_new(&target, &address, SECOND, &err))
		fail_msg("%s", err.message);
	return target;
}

static int send_text(struct syslog_target *target, const char *text)
{
	return syslog_target_send(target, bytes_text(text), NULL);
}

static void addresses_are_read(void **state)
{
	(void)state;
	struct syslog_address a;
	assert_int_equal(syslog_address_read(&a, "unix:/dev/log", NULL), 0);
	assert_int_equal(a.transport, SYSLOG_UNIX);
	assert_string_equal(a.host, "/dev/log");
	assert_int_equal(syslog_address_read(&a, "udp://log.example.com:514", NULL), 0);
	assert_int_equal(a.transport, SYSLOG_UDP);
	assert_string_equal(a.host, "log.example.com");
	assert_string_equal(a.port, "514");
	assert_int_equal(syslog_address_read(&a, "tcp://[2001:db8::1]:601", NULL), 0);
	assert_int_equal(a.transport, SYSLOG_TCP);
	assert_string_equal(a.host, "2001:db8::1");
	assert_string_equal(a.port, "601");
	assert_int_equal(syslog_address_read(&a, "tcp://192.0.2.1:65535", NULL), 0);
}

static void wrong_addresses_are_refused(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "/dev/log", "unix:dev/log", "unix:", "udp:host:514", "udp://host", "udp://host:",
		"udp://host:0", "udp://host:65536", "udp://host:1x", "udp://:514", "udp://ho st:514",
		"udp://host/x:514", "tls://host:6514", "tcp://2001:db8::1:601", "tcp://[2001:db8::1]",
		"tcp://[2001:db8::1]x:601", "tcp://[]:601", "tcp://[192.0.2.1]:601", "tcp://[host:1",
		"unix:/0123456789012345678901234567890123456789012345678901234567890123456789012345678"
		"901234567890123456789012345678901234567890"};
	struct syslog_address a;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct error err = {0};
		if (syslog_address_read(&a, texts[i], &err) != SIGNET_E_INVALID || !*err.message)
			fail_msg("'%s' passed", texts[i]);
	}
}

static void datagrams_reach_a_local_socket(void **state)
{
	(void)state;
	struct receiver r;
	receiver_open_local(&r, SOCK_DGRAM);
	struct syslog_target *target = open_target("unix:%s", r.path);
	assert_int_equal(send_text(target, "one"), 0);
	assert_int_equal(send_text(target, "two"), 0);
	receiver_expect(&r, "one");
	receiver_expect(&r, "two");
	assert_int_equal(syslog_target_flush(target, NULL), 0);
	/* the daemon is started anew: the first message finds out */
	receiver_close(&r);
	struct error err = {0};
	assert_int_equal(syslog_target_send(target, bytes_text("three"), &err),
	                 SIGNET_E_UNAVAILABLE);
	assert_non_null(strstr(err.message, r.path));
	assert_int_equal(send_text(target, "three"), SIGNET_E_UNAVAILABLE);
	syslog_target_free(target);
	receiver_open_local(&r, SOCK_DGRAM);
	target = open_target("unix:%s", r.path);
	assert_int_equal(send_text(target, "three"), 0);
	receiver_expect(&r, "three");
	syslog_target_free(target);
	receiver_close(&r);
}

static void local_stream_has_a_nul_behind_each(void **state)
{
	(void)state;
	struct receiver r;
	_cleanup_buffer_ struct buffer got = BUFFER_MAX(1000);
	receiver_open_local(&r, SOCK_STREAM);
	struct syslog_target *target = open_target("unix:%s", r.path);
	assert_int_equal(send_text(target, "one"), 0);
	assert_int_equal(send_text(target, "two"), 0);
	int connection = receiver_accept(&r);
	receiver_read(connection, &got, 8);
	assert_memory_equal(got.data, "one\0two", 8);
	assert_int_equal(syslog_target_flush(target, NULL), 0);
	close(connection);
	syslog_target_free(target);
	receiver_close(&r);
}

static void datagrams_are_sent_over_udp(void **state)
{
	(void)state;
	struct receiver r;
	receiver_open_inet(&r, SOCK_DGRAM, 0);
	struct syslog_target *target = open_target("udp://127.0.0.1:%u", r.port);
	assert_int_equal(send_text(target, "one"), 0);
	receiver_expect(&r, "one");
	assert_int_equal(syslog_target_flush(target, NULL), 0);
	static uint8_t huge[70000];
	assert_int_equal(syslog_target_send(target, BYTES_OF(huge), NULL), SIGNET_E_TOO_BIG);
	assert_int_equal(send_text(target, "two"), 0);
	receiver_expect(&r, "two");
	syslog_target_free(target);
	receiver_close(&r);
}

static void tcp_counts_octets(void **state)
{
	(void)state;
	struct receiver r;
	_cleanup_buffer_ struct buffer got = BUFFER_MAX(1000);
	receiver_open_inet(&r, SOCK_STREAM, 0);
	struct syslog_target *target = open_target("tcp://localhost:%u", r.port);
	assert_int_equal(send_text(target, "one"), 0);
	assert_int_equal(send_text(target, "line\nand \xc3\xa9"), 0);
	assert_int_equal(syslog_target_flush(target, NULL), 0);
	int connection = receiver_accept(&r);
	receiver_read(connection, &got, 19);
	assert_string_equal(buffer_text(&got), "3 one11 line\nand \xc3\xa9");
	close(connection);
	syslog_target_free(target);
	receiver_close(&r);
}

static void lost_connection_fails_the_flush_and_is_made_anew(void **state)
{
	(void)state;
	struct receiver r;
	struct error err = {0};
	_cleanup_buffer_ struct buffer got = BUFFER_MAX(1000);
	receiver_open_inet(&r, SOCK_STREAM, 0);
	struct syslog_target *target = open_target("tcp://127.0.0.1:%u", r.port);
	assert_int_equal(send_text(target, "one"), 0);
	receiver_reset(receiver_accept(&r));
	/* "one" may be lost: nothing else is sent before the flush has said so */
	assert_int_equal(send_text(target, "two"), SIGNET_E_UNAVAILABLE);
	assert_int_equal(send_text(target, "two"), SIGNET_E_UNAVAILABLE);
	assert_int_equal(syslog_target_flush(target, &err), SIGNET_E_UNAVAILABLE);
	assert_non_null(strstr(err.message, "the connection was lost"));
	assert_int_equal(send_text(target, "one"), 0);
	assert_int_equal(send_text(target, "two"), 0);
	assert_int_equal(syslog_target_flush(target, NULL), 0);
	int connection = receiver_accept(&r);
	receiver_read(connection, &got, 10);
	assert_string_equal(buffer_text(&got), "3 one3 two");
	/* one that ended in order, with everything flushed, is simply opened again */
	close(connection);
	assert_int_equal(send_text(target, "three"), 0);
	buffer_clear(&got);
	connection = receiver_accept(&r);
	receiver_read(connection, &got, 7);
	assert_string_equal(buffer_text(&got), "5 three");
	/* and one that is lost between send and flush is noticed by the flush */
	receiver_reset(connection);
	assert_int_equal(syslog_target_flush(target, NULL), SIGNET_E_UNAVAILABLE);
	assert_int_equal(syslog_target_flush(target, NULL), 0);
	syslog_target_free(target);
	receiver_close(&r);
}

static void receiver_that_is_away_is_an_error(void **state)
{
	(void)state;
	struct receiver r;
	struct error err = {0};
	receiver_open_inet(&r, SOCK_STREAM, 0);
	receiver_close(&r);
	struct syslog_target *target = open_target("tcp://127.0.0.1:%u", r.port);
	assert_int_equal(syslog_target_send(target, bytes_text("one"), &err), SIGNET_E_UNAVAILABLE);
	assert_non_null(strstr(err.message, "127.0.0.1 port "));
	assert_int_equal(syslog_target_flush(target, NULL), 0);
	syslog_target_free(target);
	target = open_target("tcp://no-such-host.invalid:601");
	assert_int_equal(send_text(target, "one"), SIGNET_E_UNAVAILABLE);
	syslog_target_free(target);
	target = open_target("unix:/no/such/socket");
	assert_int_equal(send_text(target, "one"), SIGNET_E_UNAVAILABLE);
	syslog_target_free(target);
	syslog_target_free(NULL);
}

static void receiver_that_reads_nothing_does_not_hang_it(void **state)
{
	(void)state;
	struct receiver r;
	static uint8_t large[60000];
	int result = 0;
	receiver_open_inet(&r, SOCK_STREAM, 0);
	struct syslog_target *target = open_target("tcp://127.0.0.1:%u", r.port);
	for (int i = 0; i < 10000 && result == 0; i++)
		result = syslog_target_send(target, BYTES_OF(large), NULL);
	assert_int_equal(result, SIGNET_E_TIMEOUT);
	/* what it holds is not acknowledged */
	assert_int_equal(syslog_target_flush(target, NULL), SIGNET_E_UNAVAILABLE);
	syslog_target_free(target);
	receiver_close(&r);
	/* and one that has not read is seen by the flush of a local stream */
	receiver_open_local(&r, SOCK_STREAM);
	target = open_target("unix:%s", r.path);
	assert_int_equal(send_text(target, "one"), 0);
	assert_int_equal(syslog_target_flush(target, NULL), SIGNET_E_TIMEOUT);
	syslog_target_free(target);
	receiver_close(&r);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(addresses_are_read),
		cmocka_unit_test(wrong_addresses_are_refused),
		cmocka_unit_test(datagrams_reach_a_local_socket),
		cmocka_unit_test(local_stream_has_a_nul_behind_each),
		cmocka_unit_test(datagrams_are_sent_over_udp),
		cmocka_unit_test(tcp_counts_octets),
		cmocka_unit_test(lost_connection_fails_the_flush_and_is_made_anew),
		cmocka_unit_test(receiver_that_is_away_is_an_error),
		cmocka_unit_test(receiver_that_reads_nothing_does_not_hang_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
