#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdlib.h>
#include <time.h>

#include "base/text.h"
#include "exit/syslog_message.h"

static void expect(enum syslog_form form, int64_t time, const char *expected)
{
	const struct syslog_header header = {form, 10, 6, "ca.example.com", "signet", 4711};
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1000);
	assert_int_equal(syslog_put_header(&out, &header, time, "issued"), 0);
	assert_string_equal(buffer_text(&out), expected);
}

static void headers_have_the_forms_of_the_standards(void **state)
{
	(void)state;
	setenv("TZ", "UTC0", 1);
	tzset();
	expect(SYSLOG_RFC5424, 1795438140, "<86>1 2026-11-23T12:49:00Z ca.example.com signet 4711 issued - ");
	expect(SYSLOG_RFC3164, 1795438140, "<86>Nov 23 12:49:00 ca.example.com signet[4711]: ");
	expect(SYSLOG_LOCAL, 1795438140, "<86>Nov 23 12:49:00 signet[4711]: ");
	expect(SYSLOG_LOCAL, 1793537345, "<86>Nov  1 12:49:05 signet[4711]: ");
	/* the older ones are in local time */
	setenv("TZ", "XYZ-2", 1);
	tzset();
	expect(SYSLOG_LOCAL, 1795438140, "<86>Nov 23 14:49:00 signet[4711]: ");
	expect(SYSLOG_RFC5424, 1795438140, "<86>1 2026-11-23T12:49:00Z ca.example.com signet 4711 issued - ");
}

static void facilities_and_severities_have_their_numbers(void **state)
{
	(void)state;
	assert_int_equal(syslog_facility("kern"), 0);
	assert_int_equal(syslog_facility("authpriv"), 10);
	assert_int_equal(syslog_facility("local7"), 23);
	assert_int_equal(syslog_facility("local8"), -1);
	assert_int_equal(syslog_facility(""), -1);
	assert_int_equal(syslog_severity(SIGNET_EVENT_DENIED), 4);
	assert_int_equal(syslog_severity(SIGNET_EVENT_REVOKED), 5);
	assert_int_equal(syslog_severity(SIGNET_EVENT_ISSUED), 6);
}

static void host_name_is_one_word(void **state)
{
	(void)state;
	char name[SYSLOG_NAME_MAX + 1] = "";
	syslog_hostname(name);
	assert_true(*name && !strchr(name, ' '));
}

static void texts_and_names_are_cut_between_characters(void **state)
{
	(void)state;
	static const char *names[] = {"dns:a.example", "dns:b.example", "dns:c.example"};
	const struct signet_event event = {
		.sequence = 5, .kind = SIGNET_EVENT_ISSUED, .authority = "issuing", .profile = "tls",
		.requester = "0123456789abcdefghij0123456789abcdefghi\xc3\xa9tail", .subject = "CN=\xff\xc3",
		.message = "", .names = names, .name_count = 3,
		.certificate = bytes_text("leaf"), .crl = bytes_text("crl")};
	struct arena *arena = arena_new(100000);
	const struct signet_event *copy = syslog_shorten(arena, &event, 1000);
	assert_int_equal(copy->sequence, 5);
	assert_int_equal(copy->certificate.length, 0);
	assert_int_equal(copy->crl.length, 0);
	assert_string_equal(copy->requester, event.requester);
	assert_string_equal(copy->subject, "CN=??");
	assert_int_equal(copy->name_count, 3);
	copy = syslog_shorten(arena, &event, 43);
	assert_string_equal(copy->requester, "0123456789abcdefghij0123456789abcdefghi...");
	assert_int_equal(copy->name_count, 3);
	assert_string_equal(copy->names[1], "dns:b.example");
	assert_string_equal(copy->names[2], "...");
	copy = syslog_shorten(arena, &event, 10);
	assert_string_equal(copy->authority, "issuing");
	assert_string_equal(copy->requester, "0123456...");
	assert_int_equal(copy->name_count, 1);
	assert_string_equal(copy->names[0], "...");
	/* what an exit was not told */
	const struct signet_event nothing = {0};
	copy = syslog_shorten(arena, &nothing, 10);
	assert_string_equal(copy->subject, "");
	assert_int_equal(copy->name_count, 0);
	arena_free(arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(headers_have_the_forms_of_the_standards),
		cmocka_unit_test(facilities_and_severities_have_their_numbers),
		cmocka_unit_test(host_name_is_one_word),
		cmocka_unit_test(texts_and_names_are_cut_between_characters),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
