#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "api/exit.h"
#include "base/file.h"
#include "tests/unit/web_server.h"

extern const struct signet_exit exit_webhook;

static struct conf *conf;
static void *instance;
static struct error err;

static int start_server(void **state)
{
	(void)state;
	web_server_start();
	web_server_write("secret", "a secret of ours that is long");
	return 0;
}

static int stop_server(void **state)
{
	(void)state;
	web_server_stop();
	return 0;
}

static int clean(void **state)
{
	(void)state;
	if (instance)
		exit_webhook.close(instance);
	conf_free(conf);
	instance = NULL;
	conf = NULL;
	err = (struct error){0};
	return 0;
}

/* What becomes of an event that is posted to this path of the server. */
static enum signet_exit_result post(const char *path)
{
	char text[400];
	static const char *names[] = {"dns:a.example"};
	const struct signet_exit_host host = {"webhook", web_server_path(""), NULL, NULL};
	const struct signet_event event = {
		.sequence = 5, .kind = SIGNET_EVENT_ISSUED, .time = 1700000000, .request_id = 17,
		.certificate_id = 17, .serial = bytes_text("AB"), .certificate = bytes_text("leaf"),
		.subject = "CN=a", .names = names, .name_count = 1, .authority = "issuing",
		.profile = "tls-server", .requester = "alice", .message = ""};
	clean(NULL);
	snprintf(text, sizeof text,
	         "{url: 'https://127.0.0.1:%u%s', ca: ca.pem, secret: {file: secret}, timeout: 2s}",
	         web_server_port("https"), path);
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), NULL), 0);
	assert_int_equal(exit_webhook.configure(&instance, &host, conf_root(conf), &err), 0);
	return exit_webhook.notify(instance, &event, &err);
}

static void the_event_arrives_signed(void **state)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(1 << 20);
	(void)state;
	assert_int_equal(post("/verify"), SIGNET_EXIT_DONE);
	assert_int_equal(file_read(&text, web_server_path("requests"), NULL), 0);
	assert_non_null(strstr(buffer_text(&text), "\\\"sequence\\\":5"));
	assert_non_null(strstr(buffer_text(&text), "BEGIN CERTIFICATE"));
}

static void statuses_decide(void **state)
{
	static const struct {
		const char *path;
		enum signet_exit_result result;
	} cases[] = {
		{"/status/200", SIGNET_EXIT_DONE},    {"/status/204", SIGNET_EXIT_DONE},
		{"/status/400", SIGNET_EXIT_GIVE_UP}, {"/status/410", SIGNET_EXIT_GIVE_UP},
		{"/status/413", SIGNET_EXIT_GIVE_UP}, {"/status/422", SIGNET_EXIT_GIVE_UP},
		{"/status/401", SIGNET_EXIT_RETRY},   {"/status/404", SIGNET_EXIT_RETRY},
		{"/status/429/3", SIGNET_EXIT_RETRY}, {"/status/500", SIGNET_EXIT_RETRY},
		{"/status/503", SIGNET_EXIT_RETRY},   {"/redirect", SIGNET_EXIT_RETRY},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		if (post(cases[i].path) != cases[i].result)
			fail_msg("%s", cases[i].path);
	assert_string_equal(err.message, "the server answered with the status 302");
}

static void servers_that_misbehave_are_tried_again(void **state)
{
	static const char *const paths[] = {"/hang", "/drip", "/flood", "/flood-headers",
	                                    "/garbage", "/close", "/partial"};
	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (post(paths[i]) != SIGNET_EXIT_RETRY)
			fail_msg("%s", paths[i]);
}

static void a_wrong_secret_is_tried_again(void **state)
{
	(void)state;
	assert_int_equal(post("/verify"), SIGNET_EXIT_DONE);
	/* the instance keeps what it has read */
	web_server_write("secret", "another secret, which is long");
	struct signet_event event = {.kind = SIGNET_EVENT_STARTUP, .authority = "", .profile = "",
	                             .requester = "", .subject = "", .message = ""};
	assert_int_equal(exit_webhook.notify(instance, &event, &err), SIGNET_EXIT_RETRY);
	web_server_write("secret", "a secret of ours that is long");
	assert_int_equal(exit_webhook.notify(instance, &event, &err), SIGNET_EXIT_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(the_event_arrives_signed, clean),
		cmocka_unit_test_teardown(statuses_decide, clean),
		cmocka_unit_test_teardown(servers_that_misbehave_are_tried_again, clean),
		cmocka_unit_test_teardown(a_wrong_secret_is_tried_again, clean),
	};
	return cmocka_run_group_tests(tests, start_server, stop_server);
}
