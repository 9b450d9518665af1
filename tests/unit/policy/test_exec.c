#include "rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "api/draft.h"
#include "asn1/name.h"
#include "base/log.h"

static struct rule_test t;
static struct key *key;

static int make_key(void **state)
{
	(void)state;
	log_setup("test", LOG_ERROR, false);
	return key_generate(&key, KEY_P256, 0, NULL);
}

static int free_key(void **state)
{
	(void)state;
	key_free(key);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rule_close(&t);
	return 0;
}

/* A shell script as the program; keys: further lines of the rule's map. */
static void open_script(const char *script, const char *keys)
{
	char text[2000];
	snprintf(text, sizeof text, "command:\n- /bin/sh\n- -c\n- >\n  %s\n%s", script, keys);
	rule_open(&t, &policy_exec, text);
	rule_draft(&t, "CN=example.com", "dns:example.com", NULL);
	t.request = (struct signet_request){
		.csr = bytes_text("csr"), .profile = "tls-server", .authority = "issuing",
		.intermediary = "acme", .protocol = "acme", .requester = "alice",
		.address = "192.0.2.1", .key = key_public(key), .subject = NAME_EMPTY};
}

static void decides(const char *answer, enum signet_decision decision, const char *message)
{
	char script[500];
	snprintf(script, sizeof script, "echo '%s'", answer);
	open_script(script, "");
	assert_int_equal(rule_check(&t), decision);
	assert_string_equal(t.verdict.message, message);
}

/* The rule fails with this code, and neither verdict nor draft were touched. */
static void fails(const char *script, const char *keys, int code)
{
	open_script(script, keys);
	t.verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	assert_int_equal(t.policy->check(t.rule, &t.request, t.draft, &t.verdict), code);
	assert_int_equal(t.verdict.decision, SIGNET_PASS);
	assert_string_equal(signet_draft_changes(t.draft), "");
}

static void pass_passes(void **state)
{
	(void)state;
	decides("{\"decision\": \"pass\"}", SIGNET_PASS, "");
}

static void deny_denies(void **state)
{
	(void)state;
	decides("{\"decision\": \"deny\", \"reason\": \"name\", \"message\": \"not yours\"}", SIGNET_DENY,
	        "not yours");
	assert_int_equal(t.verdict.reason, SIGNET_REASON_NAME);
}

static void hold_holds(void **state)
{
	(void)state;
	decides("{\"decision\": \"hold\", \"approvals\": 2, \"message\": \"ask\"}", SIGNET_HOLD, "ask");
	assert_int_equal(t.verdict.approvals, 2);
}

static void changes_are_made(void **state)
{
	(void)state;
	decides("{\"decision\": \"pass\", \"changes\": {\"names\": [\"dns:example.com\","
	        "\"dns:www.example.com\"], \"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"0500\"}]}}",
	        SIGNET_PASS, "");
	assert_string_equal(signet_draft_changes(t.draft), "names, extension 1.2.3.4");
}

static void the_program_sees_request_and_draft(void **state)
{
	(void)state;
	open_script("grep -q '^{\"request\":{.*\"requester\":\"alice\".*},\"draft\":{\"subject\":"
	            "\"CN=example.com\".*\"names\":\\[\"dns:example.com\"\\].*}}$' && "
	            "echo '{\"decision\": \"hold\"}'", "");
	assert_int_equal(rule_check(&t), SIGNET_HOLD);
}

static void the_environment_is_what_is_given(void **state)
{
	(void)state;
	setenv("SIGNET_TEST_SECRET", "hush", 1);
	open_script("echo \"{\\\"decision\\\": \\\"deny\\\", \\\"message\\\": "
	            "\\\"$PLACE$SIGNET_TEST_SECRET $PWD\\\"}\"",
	            "environment: {PLACE: here}\ndirectory: /usr\n");
	assert_int_equal(rule_check(&t), SIGNET_DENY);
	assert_string_equal(t.verdict.message, "here /usr");
	unsetenv("SIGNET_TEST_SECRET");
}

static void exit_status_other_than_0_fails(void **state)
{
	(void)state;
	fails("echo '{\"decision\": \"pass\"}'; exit 1", "", SIGNET_E_DENIED);
}

static void a_crash_fails(void **state)
{
	(void)state;
	fails("echo '{\"decision\": \"pass\"}'; kill -SEGV $$", "", SIGNET_E_DENIED);
}

static void a_program_that_hangs_fails(void **state)
{
	(void)state;
	fails("echo '{\"decision\": \"pass\"}'; exec sleep 1000", "timeout: 1s\n", SIGNET_E_TIMEOUT);
}

static void a_flood_fails(void **state)
{
	(void)state;
	fails("cat /dev/zero", "", SIGNET_E_TOO_BIG);
	rule_close(&t);
	fails("echo '{\"decision\": \"pass\"}'", "output: 20\n", SIGNET_E_TOO_BIG);
	rule_close(&t);
	open_script("echo '{\"decision\": \"pass\"}'", "output: 21\n");
	assert_int_equal(rule_check(&t), SIGNET_PASS);
}

static void what_is_no_judgement_fails(void **state)
{
	(void)state;
	static const char *const answers[] = {
		"", "pass", "{}", "[]", "{\"decision\": \"maybe\"}",
		"{\"decision\": \"pass\"} {\"decision\": \"pass\"}",
		"{\"decision\": \"deny\", \"decision\": \"pass\"}",
		"{\"decision\": \"pass\", \"changes\": {\"names\": [\"dns:a..b\"]}}",
		"{\"decision\": \"pass\", \"changes\": {\"names\": [\"dns:a.example\"], \"remove\": [1]}}",
	};
	for (size_t i = 0; i < sizeof answers / sizeof *answers; i++) {
		char script[300];
		if (i)
			rule_close(&t);
		snprintf(script, sizeof script, "echo '%s'", answers[i]);
		fails(script, "", SIGNET_E_INVALID);
	}
}

static void a_program_that_is_gone_fails(void **state)
{
	(void)state;
	char path[] = "/tmp/signet-exec-XXXXXX", text[100];
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(fchmod(fd, 0755), 0);
	close(fd);
	snprintf(text, sizeof text, "command: %s\n", path);
	rule_open(&t, &policy_exec, text);
	unlink(path);
	t.request.key = key_public(key);
	t.request.subject = NAME_EMPTY;
	t.request.profile = t.request.authority = t.request.intermediary = t.request.protocol =
		t.request.requester = t.request.address = "";
	assert_int_equal(t.policy->check(t.rule, &t.request, t.draft, &t.verdict),
	                 SIGNET_E_NOT_FOUND);
}

static void mistakes_are_refused(void **state)
{
	(void)state;
	rule_refuses(&policy_exec, "{}", "test.yaml:1: the key 'command' is missing");
	rule_refuses(&policy_exec, "command: sh", "test.yaml:1: command: 'sh' is no absolute path");
	rule_refuses(&policy_exec, "command: /no/such", "test.yaml:1: command: /no/such: no such program");
	rule_refuses(&policy_exec, "{command: /bin/sh, output: 0}",
	             "test.yaml:1: output: not from 1 to 1M octets");
	rule_refuses(&policy_exec, "{command: /bin/sh, output: 2M}",
	             "test.yaml:1: output: not from 1 to 1M octets");
	rule_refuses(&policy_exec, "{command: /bin/sh, environment: {'A B': c}}",
	             "test.yaml:1: environment.A B: is no name of a variable");
}

static void the_program_need_not_be_seen_where_the_rule_is_only_configured(void **state)
{
	(void)state;
	const struct signet_policy_host host = {.name = "exec", .state_directory = "/"};
	struct conf *conf;
	struct error err = {0};
	void *rule;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text("command: /no/such"), NULL), 0);
	assert_int_equal(policy_exec.configure(&rule, &host, conf_root(conf), &err), 0);
	assert_int_equal(policy_exec.start(rule, &err), SIGNET_E_CONFIG);
	assert_true(policy_exec.apart);
	policy_exec.free(rule);
	conf_free(conf);
}

#define T(test) cmocka_unit_test_teardown(test, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(pass_passes), T(deny_denies), T(hold_holds), T(changes_are_made),
		T(the_program_sees_request_and_draft), T(the_environment_is_what_is_given),
		T(exit_status_other_than_0_fails), T(a_crash_fails), T(a_program_that_hangs_fails),
		T(a_flood_fails), T(what_is_no_judgement_fails), T(a_program_that_is_gone_fails),
		cmocka_unit_test(mistakes_are_refused),
		cmocka_unit_test(the_program_need_not_be_seen_where_the_rule_is_only_configured),
	};
	return cmocka_run_group_tests(tests, make_key, free_key);
}
