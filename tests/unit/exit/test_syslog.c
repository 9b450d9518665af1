#include "receiver.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <unistd.h>

#include "api/exit.h"

extern const struct signet_exit exit_syslog;

static struct conf *conf;

static int configure(const char *text, void **instance, struct error *err)
{
	static const struct signet_exit_host host = {.name = "syslog", .state_directory = "/tmp"};
	conf_free(conf);
	conf = NULL;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), NULL), 0);
	return exit_syslog.configure(instance, &host, conf_root(conf), err);
}

static void *open_instance(const char *format, ...)
{
	char text[512];
	void *instance;
	struct error err = {0};
	va_list ap;
	va_start(ap, format);
	vsnprintf(text, sizeof text, format, ap);
	va_end(ap);
	if (configure(text, &instance, &err))
		fail_msg("%s", err.message);
	return instance;
}

static int teardown(void **state)
{
	(void)state;
	conf_free(conf);
	conf = NULL;
	return 0;
}

static struct signet_event make_event(void)
{
	static const char *names[] = {"dns:a.example"};
	return (struct signet_event){
		.sequence = 5, .kind = SIGNET_EVENT_DENIED, .time = 1795438140, .request_id = 17,
		.authority = "issuing", .profile = "tls-server", .requester = "a|b=c\nd",
		.subject = "CN=a.example", .names = names, .name_count = 1,
		.message = "not in the list", .certificate = bytes_text("der")};
}

static void read_datagram(const struct receiver *r, struct buffer *out)
{
	receiver_read(r->fd, out, 1);
	assert_non_null(buffer_text(out));
}

static void local_daemon_gets_cef_in_its_form(void **state)
{
	(void)state;
	struct receiver r;
	char start[64];
	_cleanup_buffer_ struct buffer got = BUFFER_MAX(10000);
	receiver_open_local(&r, SOCK_DGRAM);
	setenv("TZ", "UTC0", 1);
	void *instance = open_instance("target: \"unix:%s\"\nfacility: local3\n", r.path);
	struct signet_event event = make_event();
	assert_int_equal(exit_syslog.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(exit_syslog.flush(instance, NULL), 0);
	read_datagram(&r, &got);
	/* local3 is 19, a warning 4 */
	snprintf(start, sizeof start, "<156>Nov 23 12:49:00 signet[%d]: CEF:0|Signet|", getpid());
	assert_memory_equal(got.data, start, strlen(start));
	assert_non_null(strstr(buffer_text(&got), "|denied|Request denied|6|rt=1795438140000 "));
	assert_non_null(strstr(buffer_text(&got), " suser=a|b\\=c\\nd "));
	assert_null(memchr(got.data, '\n', got.length));
	exit_syslog.close(instance);
	receiver_close(&r);
}

static void receiver_in_the_network_gets_json_in_the_newer_form(void **state)
{
	(void)state;
	struct receiver r;
	_cleanup_buffer_ struct buffer got = BUFFER_MAX(10000);
	receiver_open_inet(&r, SOCK_DGRAM, 0);
	void *instance = open_instance("target: \"udp://127.0.0.1:%u\"\nformat: json\n"
	                               "app-name: ca\n", r.port);
	struct signet_event event = make_event();
	assert_int_equal(exit_syslog.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	read_datagram(&r, &got);
	const char *text = buffer_text(&got), *body = strchr(text, '{');
	assert_memory_equal(text, "<84>1 2026-11-23T12:49:00Z ", 27);
	assert_non_null(strstr(text, " ca "));
	assert_non_null(strstr(text, " denied - {"));
	assert_non_null(body);
	json_t *json = json_loads(body, 0, NULL);
	assert_non_null(json);
	assert_string_equal(json_string_value(json_object_get(json, "event")), "denied");
	assert_string_equal(json_string_value(json_object_get(json, "requester")), "a|b=c\nd");
	assert_null(json_object_get(json, "certificate"));
	json_decref(json);
	exit_syslog.close(instance);
	receiver_close(&r);
}

static void long_event_is_shortened_to_the_size(void **state)
{
	(void)state;
	struct receiver r;
	static const char *names[100];
	static char name[254];
	receiver_open_inet(&r, SOCK_DGRAM, 0);
	memset(name, 'n', sizeof name - 1);
	for (size_t i = 0; i < 100; i++)
		names[i] = name;
	static const char *const formats[] = {"cef", "json"};
	for (int i = 0; i < 2; i++) {
		_cleanup_buffer_ struct buffer got = BUFFER_MAX(10000);
		void *instance = open_instance("target: \"udp://127.0.0.1:%u\"\nformat: %s\n"
		                               "max-size: 1000\n", r.port, formats[i]);
		struct signet_event event = make_event();
		event.names = names;
		event.name_count = 100;
		event.subject = event.message = name;
		assert_int_equal(exit_syslog.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
		read_datagram(&r, &got);
		assert_in_range(got.length, 500, 1000);
		assert_non_null(strstr(buffer_text(&got), "..."));
		exit_syslog.close(instance);
	}
	receiver_close(&r);
}

static void receiver_that_is_away_is_tried_again(void **state)
{
	(void)state;
	struct receiver r;
	struct error err = {0};
	_cleanup_buffer_ struct buffer got = BUFFER_MAX(10000);
	receiver_open_inet(&r, SOCK_STREAM, 0);
	receiver_close(&r);
	void *instance = open_instance("target: \"tcp://127.0.0.1:%u\"\nprotocol: rfc3164\n", r.port);
	struct signet_event event = make_event();
	assert_int_equal(exit_syslog.notify(instance, &event, &err), SIGNET_EXIT_RETRY);
	assert_non_null(strstr(err.message, "refused"));
	receiver_open_inet(&r, SOCK_STREAM, r.port);
	assert_int_equal(exit_syslog.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	assert_int_equal(exit_syslog.flush(instance, NULL), 0);
	int connection = receiver_accept(&r);
	receiver_read(connection, &got, 100);
	/* octets, a blank, and as many octets */
	char *end;
	unsigned long length = strtoul(buffer_text(&got), &end, 10);
	assert_int_equal(*end, ' ');
	assert_int_equal(strlen(end + 1), length);
	assert_memory_equal(end + 1, "<84>Nov 23 ", 11);
	/* it dies with a message that nobody has confirmed */
	assert_int_equal(exit_syslog.notify(instance, &event, NULL), SIGNET_EXIT_DONE);
	receiver_reset(connection);
	assert_int_equal(exit_syslog.flush(instance, NULL), SIGNET_E_UNAVAILABLE);
	exit_syslog.close(instance);
	receiver_close(&r);
}

static void wrong_configuration_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *part;
	} cases[] = {
		{"target: nowhere\n", "target: neither unix:PATH"},
		{"target: \"udp://host\"\n", "target: a host is followed"},
		{"format: xml\n", "format"},
		{"protocol: rfc1\n", "protocol"},
		{"facility: local9\n", "facility: 'local9' is no facility"},
		{"app-name: \"a b\"\n", "app-name"},
		{"app-name: \"\"\n", "app-name"},
		{"max-size: 100\n", "max-size: must be from 480"},
		{"max-size: 1M\n", "max-size"},
		{"timeout: 0\n", "timeout"},
		{"timeout: 1h\n", "timeout"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		void *instance = NULL;
		struct error err = {0};
		assert_int_equal(configure(cases[i].text, &instance, &err), SIGNET_E_CONFIG);
		if (!strstr(err.message, cases[i].part) || !strstr(err.message, "t.yaml:"))
			fail_msg("%s", err.message);
		assert_null(instance);
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(local_daemon_gets_cef_in_its_form),
		TEST(receiver_in_the_network_gets_json_in_the_newer_form),
		TEST(long_event_is_shortened_to_the_size),
		TEST(receiver_that_is_away_is_tried_again),
		TEST(wrong_configuration_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
