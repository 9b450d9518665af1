#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/policy.h"
#include "base/text.h"

static void attribute_is_found_without_regard_to_its_spelling(void **state)
{
	(void)state;
	const struct signet_attribute attributes[] = {{"Certificate Template", "web"},
	                                              {"cost-centre", "42"}, {"costcentre", "43"}};
	const struct signet_request request = {.attributes = attributes, .attribute_count = 3};
	assert_string_equal(signet_request_attribute(&request, "certificatetemplate"), "web");
	assert_string_equal(signet_request_attribute(&request, "certificate-template "), "web");
	/* the first of the same name */
	assert_string_equal(signet_request_attribute(&request, "CostCentre"), "42");
	assert_null(signet_request_attribute(&request, "certificate"));
	assert_null(signet_request_attribute(&request, "certificatetemplates"));
	assert_null(signet_request_attribute(&request, ""));
}

static void deny_and_hold_fill_the_verdict(void **state)
{
	(void)state;
	struct signet_verdict verdict = {0};
	assert_int_equal(signet_deny(&verdict, SIGNET_REASON_NAME, "%s is not allowed", "a.example"),
	                 0);
	assert_int_equal(verdict.decision, SIGNET_DENY);
	assert_int_equal(verdict.reason, SIGNET_REASON_NAME);
	assert_string_equal(verdict.message, "a.example is not allowed");
	assert_int_equal(signet_hold(&verdict, "an officer decides"), 0);
	assert_int_equal(verdict.decision, SIGNET_HOLD);
	assert_int_equal(verdict.reason, SIGNET_REASON_NONE);
	assert_string_equal(verdict.message, "an officer decides");
}

static void long_message_is_cut_between_characters(void **state)
{
	(void)state;
	struct signet_verdict verdict = {0};
	char text[2 * SIGNET_VERDICT_TEXT + 1];
	for (size_t i = 0; i + 1 < sizeof text; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	text[sizeof text - 1] = '\0';
	signet_deny(&verdict, SIGNET_REASON_POLICY, "%s", text);
	assert_int_equal(strlen(verdict.message), SIGNET_VERDICT_TEXT - 2);
	assert_true(text_is_utf8(bytes_text(verdict.message)));
	signet_deny(&verdict, SIGNET_REASON_POLICY, "-%s", text);
	assert_int_equal(strlen(verdict.message), SIGNET_VERDICT_TEXT - 1);
	assert_true(text_is_utf8(bytes_text(verdict.message)));
}

static void long_message_that_is_not_utf8_is_cut_and_not_dropped(void **state)
{
	(void)state;
	struct signet_verdict verdict = {0};
	char text[2 * SIGNET_VERDICT_TEXT];
	memset(text, 'a', sizeof text - 1);
	text[0] = '\xff';
	text[sizeof text - 1] = '\0';
	signet_deny(&verdict, SIGNET_REASON_POLICY, "%s", text);
	assert_int_equal(strlen(verdict.message), SIGNET_VERDICT_TEXT - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attribute_is_found_without_regard_to_its_spelling),
		cmocka_unit_test(deny_and_hold_fill_the_verdict),
		cmocka_unit_test(long_message_is_cut_between_characters),
		cmocka_unit_test(long_message_that_is_not_utf8_is_cut_and_not_dropped),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
