#include "exit/mail_template.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static const char *names[] = {"dns:www.example.com", "email:eve@example.com",
                              "email:other@example.com"};
static const struct signet_event event = {
	.sequence = 7,
	.kind = SIGNET_EVENT_EXPIRING,
	.time = 1700000000,
	.request_id = 17,
	.certificate_id = 17,
	.authority = "issuing",
	.profile = "tls-server",
	.requester = "alice",
	.serial = {(const uint8_t *)"\xab\xcd", 2},
	.certificate = {(const uint8_t *)"leaf", 4},
	.subject = "CN=Line\r\nBcc: x,O=\x7f",
	.names = names,
	.name_count = 3,
	.message = "",
	.not_before = 1690000000,
	.not_after = 1700000000 + 30 * 86400 + 5,
};

static void expect(const char *text, const char *filled, bool missing)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1000);
	bool said;
	assert_int_equal(mail_template_check(text, NULL), 0);
	assert_int_equal(mail_template_fill(&out, text, &event, &said), 0);
	assert_string_equal(buffer_text(&out), filled);
	assert_int_equal(said, missing);
}

static void places_are_filled(void **state)
{
	(void)state;
	expect("plain", "plain", false);
	expect("{event} {serial} of {authority}/{profile} for {requester}",
	       "expiring abcd of issuing/tls-server for alice", false);
	expect("{name}: {names}",
	       "www.example.com: dns:www.example.com, email:eve@example.com, email:other@example.com",
	       false);
	expect("{email} {request-id}/{certificate-id}", "eve@example.com 17/17", false);
	expect("{days} days, until {not-after}", "30 days, until 2023-12-14T22:13:25Z", false);
	expect("{certificate}",
	       "-----BEGIN CERTIFICATE-----\nbGVhZg==\n-----END CERTIFICATE-----\n", false);
	expect("{{{event}}}", "{expiring}", false);
}

static void what_is_not_there_is_a_dash(void **state)
{
	(void)state;
	expect("[{message}]", "[-]", true);
}

static void values_cannot_end_a_line(void **state)
{
	(void)state;
	expect("{subject}", "CN=Line??Bcc: x,O=?", false);
}

static void wrong_texts_are_refused(void **state)
{
	static const struct {
		const char *text, *message;
	} cases[] = {
		{"{nothing}", "there is no {nothing}"},
		{"a { b", "a '{' stands alone (write it twice to mean it)"},
		{"a } b", "a '}' stands alone (write it twice to mean it)"},
		{"{}", "there is no {}"},
		{"{serial", "a '{' stands alone (write it twice to mean it)"},
	};
	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		assert_int_equal(mail_template_check(cases[i].text, &err), SIGNET_E_INVALID);
		assert_string_equal(err.message, cases[i].message);
	}
}

static void a_full_buffer_is_an_error(void **state)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(10);
	(void)state;
	assert_int_not_equal(mail_template_fill(&out, "{names}", &event, NULL), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(places_are_filled),
		cmocka_unit_test(what_is_not_there_is_a_dash),
		cmocka_unit_test(values_cannot_end_a_line),
		cmocka_unit_test(wrong_texts_are_refused),
		cmocka_unit_test(a_full_buffer_is_an_error),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
