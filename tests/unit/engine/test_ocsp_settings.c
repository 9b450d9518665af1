#include "fixture.h"

#include "engine/ocsp_settings.h"

static int load(const char *text, struct ocsp_settings *out, struct error *err)
{
	struct conf *conf;
	*err = (struct error){0};
	assert_int_equal(conf_parse(&conf, "signet.yaml", bytes_text(text), err), 0);
	int result = ocsp_settings_load(out, conf_find(conf_root(conf), "ocsp"), err);
	conf_free(conf);
	return result;
}

static void without_a_word_a_responder_answers_for_a_day(void **state)
{
	struct ocsp_settings s;
	struct error err;
	(void)state;
	assert_int_equal(load("state: x", &s, &err), 0);
	assert_true(s.answers && s.delegated);
	assert_false(s.eager || s.unissued_revoked);
	assert_int_equal(s.validity, 86400);
	assert_int_equal(s.cutoff, 0);
	assert_int_equal(s.responder_validity, 30 * 86400);
	assert_int_equal(s.responder_key, KEY_P256);
	assert_int_equal(load("ocsp: {}", &s, &err), 0);
	assert_true(s.eager && s.answers && s.delegated);
}

static void none_answers_nothing(void **state)
{
	struct ocsp_settings s;
	struct error err;
	(void)state;
	assert_int_equal(load("ocsp: none", &s, &err), 0);
	assert_false(s.answers || s.eager);
}

static void all_that_is_said_is_read(void **state)
{
	struct ocsp_settings s;
	struct error err;
	(void)state;
	assert_int_equal(load("ocsp: {signer: authority, validity: 1h, unissued: revoked, "
	                      "archive-cutoff: 7d, responder-validity: 10d, responder-key: rsa-3072}",
	                      &s, &err), 0);
	assert_true(s.unissued_revoked && !s.delegated);
	assert_int_equal(s.validity, 3600);
	assert_int_equal(s.cutoff, 7 * 86400);
	assert_int_equal(s.responder_validity, 10 * 86400);
	assert_int_equal(s.responder_key, KEY_RSA);
	assert_int_equal(s.responder_bits, 3072);
	assert_int_equal(load("ocsp: {signer: delegated, unissued: unknown, archive-cutoff: none}", &s,
	                      &err), 0);
	assert_true(s.delegated && !s.unissued_revoked && s.cutoff == 0);
}

static void what_cannot_be_is_refused(void **state)
{
	static const char *const wrong[][2] = {
		{"ocsp: {signer: nobody}", "signer"},
		{"ocsp: {validity: 59s}", "a minute at least"},
		{"ocsp: {validity: 1}", "validity"},
		{"ocsp: {validity: 11d}", "three times"},
		{"ocsp: {unissued: good}", "unissued"},
		{"ocsp: {responder-key: rsa-1024}", "'rsa-1024' is none of"},
		{"ocsp: {archive-cutoff: never}", "archive-cutoff"},
		{"ocsp: {nonce: true}", "nonce"},
		{"ocsp: off", "ocsp"},
		{"ocsp: [none]", "ocsp"},
	};
	struct ocsp_settings s;
	struct error err;
	(void)state;
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		if (load(wrong[i][0], &s, &err) != SIGNET_E_CONFIG || !strstr(err.message, wrong[i][1]))
			fail_msg("%s: %s", wrong[i][0], err.message);
	}
	/* where the authority signs, no responder has to outlive the answer */
	assert_int_equal(load("ocsp: {signer: authority, validity: 11d}", &s, &err), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(without_a_word_a_responder_answers_for_a_day),
		cmocka_unit_test(none_answers_nothing),
		cmocka_unit_test(all_that_is_said_is_read),
		cmocka_unit_test(what_cannot_be_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
