#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "config.h"
#include "exit/syslog_cef.h"

static void expect_header_part(const char *text, const char *expected)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1000);
	assert_int_equal(cef_put_header(&out, text), 0);
	assert_string_equal(buffer_text(&out), expected);
}

static void expect_pair_value(const char *text, const char *expected)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1000);
	assert_int_equal(cef_put_value(&out, text), 0);
	assert_string_equal(buffer_text(&out), expected);
}

static void header_parts_cannot_be_divided(void **state)
{
	(void)state;
	expect_header_part("plain = text", "plain = text");
	expect_header_part("a|b\\c", "a\\|b\\\\c");
	expect_header_part("a\nb\r\tc", "a?b??c");
}

static void values_cannot_make_pairs_or_lines(void **state)
{
	(void)state;
	expect_pair_value("plain | text", "plain | text");
	expect_pair_value("x suser=root", "x suser\\=root");
	expect_pair_value("a\\b", "a\\\\b");
	expect_pair_value("a\\=b", "a\\\\\\=b");
	expect_pair_value("a\nb\r\nc", "a\\nb\\r\\nc");
	expect_pair_value("tab\tbell\adel\x7f", "tab?bell?del?");
	expect_pair_value("\xc3\xa9\xe2\x82\xac", "\xc3\xa9\xe2\x82\xac");
	expect_pair_value("c1 \xc2\x9b, cut \xe2\x82, lone \xff", "c1 ?, cut ??, lone ?");
}

static void event_is_written_whole(void **state)
{
	(void)state;
	static const char *names[] = {"dns:a.example", "dns:b=c"};
	const struct signet_event event = {
		.sequence = 42, .kind = SIGNET_EVENT_REVOKED, .time = 1800000000, .request_id = 17,
		.certificate_id = 16, .authority = "issuing", .profile = "tls-server",
		.requester = "alice", .serial = bytes_text("AB"), .subject = "CN=a\\,b",
		.names = names, .name_count = 2, .message = "said\nso", .state = SIGNET_REVOKED,
		.not_before = 1700000000, .not_after = 1900000000, .revoked = 1800000000,
		.revocation_reason = 0};
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(4000);
	assert_int_equal(cef_put_event(&out, &event), 0);
	assert_string_equal(buffer_text(&out),
		"CEF:0|Signet|Signet|" PACKAGE_VERSION "|revoked|Certificate revoked|6|"
		"rt=1800000000000 externalId=42 suser=alice msg=said\\nso "
		"cs1Label=subject cs1=CN\\=a\\\\,b cs2Label=serial cs2=4142 "
		"cn2Label=certificateId cn2=16 cs6Label=state cs6=revoked "
		"cn3Label=revocationReason cn3=0 "
		"deviceCustomDate1Label=notBefore deviceCustomDate1=1700000000000 "
		"deviceCustomDate2Label=notAfter deviceCustomDate2=1900000000000 "
		"cs3Label=authority cs3=issuing cs4Label=profile cs4=tls-server "
		"cs5Label=names cs5=dns:a.example, dns:b\\=c cn1Label=requestId cn1=17");
}

static void what_an_event_has_not_is_left_out(void **state)
{
	(void)state;
	const struct signet_event event = {
		.sequence = 1, .kind = SIGNET_EVENT_STARTUP, .time = 1, .authority = "", .profile = "",
		.requester = "", .subject = "", .message = ""};
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(4000), other = BUFFER_MAX(4000);
	assert_int_equal(cef_put_event(&out, &event), 0);
	assert_string_equal(buffer_text(&out), "CEF:0|Signet|Signet|" PACKAGE_VERSION
	                    "|startup|Signet started|3|rt=1000 externalId=1");
	/* a kind of a later version */
	const struct signet_event later = {.kind = 60};
	assert_int_equal(cef_put_event(&other, &later), 0);
	assert_string_equal(buffer_text(&other), "CEF:0|Signet|Signet|" PACKAGE_VERSION
	                    "|unknown|Event|0|rt=0 externalId=0");
}

static void every_kind_has_a_name_and_a_severity(void **state)
{
	(void)state;
	for (enum signet_event_kind kind = 1; signet_event_name(kind); kind++) {
		const struct signet_event event = {.kind = kind};
		_cleanup_buffer_ struct buffer out = BUFFER_MAX(4000);
		assert_int_equal(cef_put_event(&out, &event), 0);
		assert_null(strstr(buffer_text(&out), "|Event|"));
		assert_null(strstr(buffer_text(&out), "|0|rt"));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(header_parts_cannot_be_divided),
		cmocka_unit_test(values_cannot_make_pairs_or_lines),
		cmocka_unit_test(event_is_written_whole),
		cmocka_unit_test(what_an_event_has_not_is_left_out),
		cmocka_unit_test(every_kind_has_a_name_and_a_severity),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
