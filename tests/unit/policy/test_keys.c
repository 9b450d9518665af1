#include "rule.h"

#include "base/limits.h"

/* A key of this kind, made once: RSA takes its time. */
static const struct pubkey *key_of(enum key_algorithm algorithm, unsigned bits)
{
	static struct {
		enum key_algorithm algorithm;
		unsigned bits;
		struct key *key;
	} made[8];
	size_t at = 0;
	while (made[at].key && (made[at].algorithm != algorithm || made[at].bits != bits))
		at++;
	if (!made[at].key) {
		assert_int_equal(key_generate(&made[at].key, algorithm, bits, NULL), 0);
		made[at].algorithm = algorithm;
		made[at].bits = bits;
	}
	return key_public(made[at].key);
}

static enum signet_decision judge(const char *text, const struct pubkey *key, char *message)
{
	struct rule_test t;
	rule_open(&t, &policy_keys, text);
	t.request.key = key;
	enum signet_decision decision = rule_check(&t);
	if (decision == SIGNET_DENY)
		assert_int_equal(t.verdict.reason, SIGNET_REASON_KEY);
	if (message)
		memcpy(message, t.verdict.message, SIGNET_VERDICT_TEXT);
	rule_close(&t);
	return decision;
}

static void defaults_take_what_is_safe(void **state)
{
	(void)state;
	assert_int_equal(judge("{}", key_of(KEY_P256, 0), NULL), SIGNET_PASS);
	assert_int_equal(judge("{}", key_of(KEY_P384, 0), NULL), SIGNET_PASS);
	assert_int_equal(judge("{}", key_of(KEY_P521, 0), NULL), SIGNET_DENY);
	assert_int_equal(judge("{}", key_of(KEY_ED25519, 0), NULL), SIGNET_PASS);
	assert_int_equal(judge("{}", key_of(KEY_RSA, 2048), NULL), SIGNET_PASS);
}

static void rsa_keys_have_bounds(void **state)
{
	char message[SIGNET_VERDICT_TEXT];
	(void)state;
	assert_int_equal(judge("{rsa-min: 3072}", key_of(KEY_RSA, 2048), message), SIGNET_DENY);
	assert_string_equal(message,
	                    "an RSA key of 2048 bits is too short: at least 3072 are wanted");
	assert_int_equal(judge("{rsa-max: 2048}", key_of(KEY_RSA, 3072), message), SIGNET_DENY);
	assert_string_equal(message,
	                    "an RSA key of 3072 bits is too long: at most 2048 are accepted");
	assert_int_equal(judge("{rsa-min: 3072, rsa-max: 3072}", key_of(KEY_RSA, 3072), NULL),
	                 SIGNET_PASS);
	assert_int_equal(judge("{rsa: false}", key_of(KEY_RSA, 2048), message), SIGNET_DENY);
	assert_string_equal(message, "RSA keys are not accepted");
}

static void small_exponents_are_denied(void **state)
{
	uint8_t modulus[256];
	static const uint8_t three[] = {3};
	struct pubkey *key;
	char message[SIGNET_VERDICT_TEXT];
	(void)state;
	memset(modulus, 0xc3, sizeof modulus);
	assert_int_equal(pubkey_from_rsa(&key, BYTES_OF(modulus), BYTES_OF(three), NULL), 0);
	assert_int_equal(judge("{}", key, message), SIGNET_DENY);
	assert_string_equal(message, "an RSA exponent of 3 is too small: at least 65537 is wanted");
	pubkey_free(key);
}

static void curves_are_those_of_the_list(void **state)
{
	char message[SIGNET_VERDICT_TEXT];
	(void)state;
	assert_int_equal(judge("{curves: [P-384]}", key_of(KEY_P256, 0), message), SIGNET_DENY);
	assert_string_equal(message, "P-256 keys are not accepted");
	assert_int_equal(judge("{curves: [P-521]}", key_of(KEY_P521, 0), NULL), SIGNET_PASS);
	assert_int_equal(judge("{curves: []}", key_of(KEY_P384, 0), NULL), SIGNET_DENY);
	assert_int_equal(judge("{ed25519: false}", key_of(KEY_ED25519, 0), NULL), SIGNET_DENY);
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_keys, "rsa-min: 4096\nrsa-max: 2048\n",
	             "test.yaml:2: rsa-max: is less than 'rsa-min'");
	rule_refuses(&policy_keys, "rsa: false\ncurves: []\ned25519: false\n",
	             "test.yaml:1: no kind of key is left");
}

static void wrong_values_are_refused(void **state)
{
	static const char *const texts[] = {
		"rsa-min: 1024\n", "rsa-max: 16384\n", "rsa-min: many\n", "curves: P-256\n",
		"curves: [P-192]\n", "ed25519: perhaps\n", "rsa-mim: 2048\n"};
	(void)state;
	const struct signet_policy_host host = {.name = "keys", .state_directory = "."};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct conf *conf;
		struct error err = {0};
		void *rule = NULL;
		assert_int_equal(conf_parse(&conf, "test.yaml", bytes_text(texts[i]), NULL), 0);
		int result = signet_module_check_keys(&policy_keys.module, conf_root(conf), &err);
		if (result == 0)
			result = policy_keys.configure(&rule, &host, conf_root(conf), &err);
		conf_free(conf);
		assert_int_equal(result, SIGNET_E_CONFIG);
		assert_null(rule);
		assert_int_equal(strncmp(err.message, "test.yaml:1: ", 13), 0);
	}
}

static void a_minimum_above_the_default_maximum_raises_it(void **state)
{
	(void)state;
	struct rule_test t;
	rule_open(&t, &policy_keys, "{rsa-min: 8192}");
	t.request.key = key_of(KEY_P256, 0);
	assert_int_equal(rule_check(&t), SIGNET_PASS);
	rule_close(&t);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(defaults_take_what_is_safe),
		cmocka_unit_test(rsa_keys_have_bounds),
		cmocka_unit_test(small_exponents_are_denied),
		cmocka_unit_test(curves_are_those_of_the_list),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(wrong_values_are_refused),
		cmocka_unit_test(a_minimum_above_the_default_maximum_raises_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
