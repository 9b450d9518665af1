#include "rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/draft.h"
#include "asn1/name.h"
#include "base/file.h"
#include "base/log.h"
#include "tests/unit/web_server.h"

static struct rule_test t;
static struct key *key;

static int setup(void **state)
{
	(void)state;
	log_setup("test", LOG_ERROR, false);
	web_server_start();
	return key_generate(&key, KEY_P256, 0, NULL);
}

static int teardown(void **state)
{
	(void)state;
	web_server_stop();
	key_free(key);
	return 0;
}

static int close_rule(void **state)
{
	(void)state;
	rule_close(&t);
	unlink(web_server_path("requests"));
	return 0;
}

static void open_hook(const char *port, const char *path, const char *keys)
{
	char text[500];
	snprintf(text, sizeof text, "{url: '%s://127.0.0.1:%u%s', timeout: 30s%s}",
	         strcmp(port, "http") == 0 ? "http" : "https", web_server_port(port), path, keys);
	rule_open(&t, &policy_webhook, text);
	rule_draft(&t, "CN=example.com", "dns:example.com", NULL);
	t.request = (struct signet_request){
		.csr = bytes_text("csr"), .profile = "tls-server", .authority = "issuing",
		.intermediary = "acme", .protocol = "acme", .requester = "alice",
		.address = "192.0.2.1", .key = key_public(key), .subject = NAME_EMPTY};
}

/* Neither verdict nor draft are touched by a failure. */
static void fails_with(int code)
{
	t.verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	assert_int_equal(t.policy->check(t.rule, &t.request, t.draft, &t.verdict), code);
	assert_int_equal(t.verdict.decision, SIGNET_PASS);
	assert_string_equal(signet_draft_changes(t.draft), "");
}

static void answers_decide(void **state)
{
	(void)state;
	char ca[200];
	snprintf(ca, sizeof ca, ", ca: '%s'", web_server_path("ca.pem"));
	web_server_write("answer", "{\"decision\": \"pass\"}");
	open_hook("https", "/answer/answer", ca);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	web_server_write("answer", "{\"decision\": \"deny\", \"reason\": \"key\", \"message\": \"no\"}");
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_int_equal(t.verdict.reason, SIGNET_REASON_KEY);
	assert_string_equal(t.verdict.message, "no");
	web_server_write("answer", "{\"decision\": \"hold\", \"changes\": {\"subject\": \"\"}}");
	assert_int_equal(rule_check(&t), SIGNET_HOLD);
	assert_string_equal(signet_draft_changes(t.draft), "subject");
}

static void the_server_sees_request_and_draft(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(100000);
	web_server_write("answer", "{\"decision\": \"pass\"}");
	open_hook("http", "/answer/answer", ", headers: {X-Place: here}");
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	assert_int_equal(file_read(&text, web_server_path("requests"), NULL), 0);
	assert_non_null(strstr(buffer_text(&text), "\\\"requester\\\":\\\"alice\\\""));
	assert_non_null(strstr(buffer_text(&text), "\\\"names\\\":[\\\"dns:example.com\\\"]"));
	assert_non_null(strstr(buffer_text(&text), "\"X-Place\": \"here\""));
}

static void a_signature_that_the_server_refuses_fails(void **state)
{
	(void)state;
	char keys[200];
	web_server_write("secret", "the secret of the two of us");
	snprintf(keys, sizeof keys, ", secret: {file: '%s'}", web_server_path("secret"));
	open_hook("http", "/verify", keys);
	/* accepted, but without a judgement */
	fails_with(SIGNET_E_INVALID);
	web_server_write("secret", "another secret, of nobody here");
	fails_with(SIGNET_E_DENIED);
}

static void other_statuses_fail(void **state)
{
	(void)state;
	static const char *const paths[] = {"/status/201", "/status/204", "/status/403", "/status/500",
	                                    "/redirect"};
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++) {
		if (i)
			rule_close(&t);
		open_hook("http", paths[i], "");
		fails_with(SIGNET_E_DENIED);
	}
}

static void servers_that_misbehave_fail(void **state)
{
	(void)state;
	open_hook("http", "/garbage", "");
	fails_with(SIGNET_E_UNAVAILABLE);
	rule_close(&t);
	open_hook("http", "/flood", "");
	fails_with(SIGNET_E_TOO_BIG);
	rule_close(&t);
	open_hook("http", "/partial", "");
	fails_with(SIGNET_E_UNAVAILABLE);
	rule_close(&t);
	web_server_write("answer", "{\"decision\": \"pass\"}");
	open_hook("http", "/answer/answer", ", output: 19");
	fails_with(SIGNET_E_TOO_BIG);
}

static void servers_that_are_not_trusted_fail(void **state)
{
	(void)state;
	web_server_write("answer", "{\"decision\": \"pass\"}");
	open_hook("https", "/answer/answer", "");
	fails_with(SIGNET_E_UNAVAILABLE);
	assert_int_not_equal(access(web_server_path("requests"), F_OK), 0);
}

static void mistakes_are_refused(void **state)
{
	(void)state;
	rule_refuses(&policy_webhook, "{}", "test.yaml:1: the key 'url' is missing");
	rule_refuses(&policy_webhook, "{url: http://192.0.2.1/}",
	             "test.yaml:1: url: http:// is for a loopback address only: what it carries could be "
	             "read and changed on its way");
	rule_refuses(&policy_webhook, "{url: https://a.example, output: 2M}",
	             "test.yaml:1: output: not from 1 to 1M octets");
	rule_refuses(&policy_webhook, "{url: https://a.example, secret: {file: /no/such}}",
	             "test.yaml:1: secret: /no/such: no such file");
}

static void secrets_need_not_be_seen_where_the_rule_is_only_configured(void **state)
{
	(void)state;
	const struct signet_policy_host host = {.name = "webhook", .state_directory = "/"};
	struct conf *conf;
	struct error err = {0};
	void *rule;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(
		"{url: https://a.example, secret: {file: /no/such}}"), NULL), 0);
	assert_int_equal(policy_webhook.configure(&rule, &host, conf_root(conf), &err), 0);
	assert_int_equal(policy_webhook.start(rule, &err), SIGNET_E_CONFIG);
	assert_true(policy_webhook.apart);
	policy_webhook.free(rule);
	conf_free(conf);
}

#define T(test) cmocka_unit_test_teardown(test, close_rule)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(answers_decide), T(the_server_sees_request_and_draft),
		T(a_signature_that_the_server_refuses_fails), T(other_statuses_fail),
		T(servers_that_misbehave_fail), T(servers_that_are_not_trusted_fail),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(secrets_need_not_be_seen_where_the_rule_is_only_configured),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
