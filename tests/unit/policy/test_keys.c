#include "rule.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/draft.h"
#include "base/encoding.h"
#include "base/limits.h"
#include "crypto/weak.h"
#include "tests/unit/crypto/weak_moduli.h"

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

static struct pubkey *key_of_modulus(const char *hex)
{
	static const uint8_t exponent[] = {1, 0, 1};
	_cleanup_buffer_ struct buffer modulus = BUFFER_MAX(1024);
	struct pubkey *key = NULL;
	assert_int_equal(hex_decode(&modulus, bytes_text(hex)), 0);
	assert_int_equal(pubkey_from_rsa(&key, buffer_bytes(&modulus), BYTES_OF(exponent), NULL), 0);
	return key;
}

static void weak_rsa_keys_are_denied_unless_told_otherwise(void **state)
{
	static const struct {
		const char *modulus, *message;
	} cases[] = {
		{MODULUS_ROCA, "the RSA key can be taken apart: it has the weakness ROCA"},
		{MODULUS_SMALL_FACTOR, "the RSA key can be taken apart: it has a small factor"},
		{MODULUS_CLOSE_PRIMES,
		 "the RSA key can be taken apart: it has primes that are too close"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char message[SIGNET_VERDICT_TEXT];
		struct pubkey *key = key_of_modulus(cases[i].modulus);
		assert_int_equal(judge("{}", key, message), SIGNET_DENY);
		assert_string_equal(message, cases[i].message);
		assert_int_equal(judge("{weak: true}", key, NULL), SIGNET_PASS);
		pubkey_free(key);
	}
}

static void exponents_have_an_upper_bound(void **state)
{
	static const uint8_t big[] = {1, 0, 0, 0, 1};
	uint8_t modulus[256];
	struct pubkey *key;
	char message[SIGNET_VERDICT_TEXT];
	(void)state;
	memset(modulus, 0xc3, sizeof modulus);
	assert_int_equal(pubkey_from_rsa(&key, BYTES_OF(modulus), BYTES_OF(big), NULL), 0);
	assert_int_equal(judge("{weak: true}", key, NULL), SIGNET_PASS);
	assert_int_equal(judge("{weak: true, rsa-exponent-max: 65537}", key, message), SIGNET_DENY);
	assert_string_equal(message,
	                    "an RSA exponent of 4294967297 is too big: at most 65537 is accepted");
	pubkey_free(key);
}

/* A file with these lines; its name is the caller's to remove and free. */
static char *list_file(const char *lines)
{
	char *path = strdup("/tmp/signet-keys-XXXXXX");
	int fd = mkstemp(path);
	assert_true(fd >= 0);
	assert_int_equal(write(fd, lines, strlen(lines)), strlen(lines));
	close(fd);
	return path;
}

static enum signet_decision judge_list(const char *key_name, const char *lines,
                                       const struct pubkey *key, char *message)
{
	char text[200], *path = list_file(lines);
	snprintf(text, sizeof text, "%s: %s\n", key_name, path);
	enum signet_decision decision = judge(text, key, message);
	unlink(path);
	free(path);
	return decision;
}

static void blocked_keys_are_denied(void **state)
{
	char lines[400], message[SIGNET_VERDICT_TEXT];
	uint8_t fingerprint[32];
	struct arena *arena = arena_new(4096);
	(void)state;
	pubkey_fingerprint(key_of(KEY_P256, 0), fingerprint);
	snprintf(lines, sizeof lines, "# stolen\n%064d\n\n  %s  # of the old server\r\n%064d",
	         1, hex_text(arena, BYTES_OF(fingerprint)), 2);
	assert_int_equal(judge_list("blocklist", lines, key_of(KEY_P256, 0), message), SIGNET_DENY);
	assert_string_equal(message, "the key is on a list of blocked keys");
	assert_int_equal(judge_list("blocklist", lines, key_of(KEY_P384, 0), NULL), SIGNET_PASS);
	arena_free(arena);
}

static void keys_of_the_predictable_generator_are_denied(void **state)
{
	char lines[200], message[SIGNET_VERDICT_TEXT];
	uint8_t mark[RSA_MODULUS_MARK];
	struct arena *arena = arena_new(4096);
	(void)state;
	assert_int_equal(pubkey_rsa_modulus_mark(key_of(KEY_RSA, 2048), mark), 0);
	snprintf(lines, sizeof lines, "00005890bc78bcbee3ca\n%s\n",
	         hex_text(arena, BYTES_OF(mark)));
	assert_int_equal(judge_list("debian-weak", lines, key_of(KEY_RSA, 2048), message),
	                 SIGNET_DENY);
	assert_string_equal(message,
	                    "the RSA key was made by a predictable generator (CVE-2008-0166)");
	assert_int_equal(judge_list("debian-weak", lines, key_of(KEY_RSA, 3072), NULL),
	                 SIGNET_PASS);
	assert_int_equal(judge_list("debian-weak", lines, key_of(KEY_P256, 0), NULL), SIGNET_PASS);
	arena_free(arena);
}

static void shared_keys_are_what_the_history_says(void **state)
{
	static const struct {
		const char *text;
		bool shared;
		enum signet_decision decision;
	} cases[] = {
		{"{}", true, SIGNET_PASS},             {"{shared: allow}", true, SIGNET_PASS},
		{"{shared: hold}", true, SIGNET_HOLD}, {"{shared: deny}", true, SIGNET_DENY},
		{"{shared: deny}", false, SIGNET_PASS},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct rule_test t;
		rule_open(&t, &policy_keys, cases[i].text);
		t.request.key = key_of(KEY_P256, 0);
		t.history.shared = cases[i].shared;
		assert_int_equal(rule_check(&t), cases[i].decision);
		if (cases[i].decision != SIGNET_PASS)
			assert_string_equal(t.verdict.message,
			                    "another subject has a certificate for this key");
		rule_close(&t);
	}
}

/* Without a history nobody knows: the rule fails, and so denies. */
static void a_history_that_is_missing_is_no_leave(void **state)
{
	struct rule_test t;
	(void)state;
	rule_open(&t, &policy_keys, "{shared: deny}");
	t.request.key = key_of(KEY_P256, 0);
	assert_int_not_equal(policy_keys.check(t.rule, &t.request, t.draft, &t.verdict), 0);
	rule_close(&t);
}

static void broken_lists_are_named_with_their_line(void **state)
{
	char text[200], message[300], *path = list_file("# fine\n00005890bc78bcbee3\n");
	(void)state;
	snprintf(text, sizeof text, "debian-weak: [%s]\n", path);
	snprintf(message, sizeof message,
	         "test.yaml:1: debian-weak: line 2 of '%s' is not 10 octets in hex", path);
	rule_refuses(&policy_keys, text, message);
	unlink(path);
	free(path);
	rule_refuses(&policy_keys, "blocklist: no-such-keys\n",
	             "test.yaml:1: blocklist: ./no-such-keys: no such file");
	rule_refuses(&policy_keys, "blocklist: /nonexistent/keys\n",
	             "test.yaml:1: blocklist: /nonexistent/keys: no such file");
}

static void mistakes_are_named_with_their_line(void **state)
{
	(void)state;
	rule_refuses(&policy_keys, "rsa-min: 4096\nrsa-max: 2048\n",
	             "test.yaml:2: rsa-max: is less than 'rsa-min'");
	rule_refuses(&policy_keys, "rsa-min: 3072\nblocklist: []\n",
	             "test.yaml:2: blocklist: is empty");
	rule_refuses(&policy_keys, "debian-weak: []\n", "test.yaml:1: debian-weak: is empty");
	rule_refuses(&policy_keys, "debian-weak:\n", "test.yaml:1: debian-weak: a value is missing");
	rule_refuses(&policy_keys, "rsa: false\ncurves: []\ned25519: false\n",
	             "test.yaml:1: no kind of key is left");
}

static void wrong_values_are_refused(void **state)
{
	static const char *const texts[] = {
		"rsa-min: 1024\n", "rsa-max: 16384\n", "rsa-min: many\n", "curves: P-256\n",
		"curves: [P-192]\n", "ed25519: perhaps\n", "weak: 1\n", "shared: perhaps\n",
		"rsa-exponent-max: 3\n", "blocklist: {a: b}\n", "rsa-mim: 2048\n"};
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
		cmocka_unit_test(weak_rsa_keys_are_denied_unless_told_otherwise),
		cmocka_unit_test(exponents_have_an_upper_bound),
		cmocka_unit_test(blocked_keys_are_denied),
		cmocka_unit_test(keys_of_the_predictable_generator_are_denied),
		cmocka_unit_test(shared_keys_are_what_the_history_says),
		cmocka_unit_test(a_history_that_is_missing_is_no_leave),
		cmocka_unit_test(broken_lists_are_named_with_their_line),
		cmocka_unit_test(mistakes_are_named_with_their_line),
		cmocka_unit_test(wrong_values_are_refused),
		cmocka_unit_test(a_minimum_above_the_default_maximum_raises_it),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
