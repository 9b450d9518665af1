#include "../policy/rule.h"

#include <stdio.h>
#include <string.h>

#include "api/advised.h"
#include "asn1/name.h"
#include "base/log.h"

static const char *said; /* what is answered; NULL: nobody answers */
static char asked[32];   /* how the question began */

static int ask(const void *rule, struct buffer *question, struct buffer *answer, struct error *err)
{
	assert_ptr_equal(rule, asked);
	snprintf(asked, sizeof asked, "%s", buffer_text(question));
	if (!said)
		return error_set(err, SIGNET_E_UNAVAILABLE, "nobody is there");
	return buffer_append_text(answer, said);
}

static struct rule_test t;
static struct key *key;
static struct advised advised;

static int setup(void **state)
{
	(void)state;
	log_setup("test", LOG_ERROR, false);
	if (key_generate(&key, KEY_P256, 0, NULL))
		return -1;
	/* for its draft and request */
	rule_open(&t, &policy_exec, "command: /bin/true\n");
	rule_draft(&t, "CN=example.com", "dns:example.com", NULL);
	t.request = (struct signet_request){
		.csr = bytes_text("csr"), .profile = "tls-server", .authority = "issuing",
		.intermediary = "acme", .protocol = "acme", .requester = "alice",
		.address = "192.0.2.1", .key = key_public(key), .subject = NAME_EMPTY};
	advised = (struct advised){"ask", 100};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	rule_close(&t);
	key_free(key);
	return 0;
}

static int check(const char *answer)
{
	said = answer;
	t.verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	return advised_check(&advised, ask, asked, &t.request, t.draft, &t.verdict);
}

static void the_answer_is_the_verdict(void **state)
{
	(void)state;
	assert_int_equal(check("{\"decision\": \"deny\", \"message\": \"no\"}"), 0);
	assert_int_equal(t.verdict.decision, SIGNET_DENY);
	assert_string_equal(t.verdict.message, "no");
	assert_int_equal(strncmp(asked, "{\"request\":", 11), 0);
	assert_int_equal(check("{\"decision\": \"pass\"}"), 0);
	assert_int_equal(t.verdict.decision, SIGNET_PASS);
}

static void no_answer_and_a_wrong_one_are_errors(void **state)
{
	(void)state;
	assert_int_equal(check(NULL), SIGNET_E_UNAVAILABLE);
	assert_true(check("") < 0);
	assert_true(check("{\"decision\": \"perhaps\"}") < 0);
	advised.output = 10;
	assert_int_equal(check("{\"decision\": \"pass\"}"), SIGNET_E_TOO_BIG);
}

static int read_output(const char *text, struct error *err)
{
	static const struct signet_policy_host host = {.name = "ask"};
	struct conf *conf;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), NULL), 0);
	int result = advised_read(&advised, &host, conf_root(conf), err);
	conf_free(conf);
	return result;
}

static void output_has_bounds(void **state)
{
	(void)state;
	struct error err = {0};
	assert_int_equal(read_output("{}", &err), 0);
	assert_int_equal(advised.output, 65536);
	assert_string_equal(advised.name, "ask");
	assert_int_equal(read_output("output: 1M", &err), 0);
	assert_int_equal(advised.output, 1 << 20);
	assert_int_equal(read_output("output: 0", &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, "t.yaml:1: output: not from 1 to 1M octets");
	assert_int_equal(read_output("output: 1048577", &err), SIGNET_E_CONFIG);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(the_answer_is_the_verdict),
		T(no_answer_and_a_wrong_one_are_errors),
		T(output_has_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
