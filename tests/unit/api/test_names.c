#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/exit.h"
#include "api/policy.h"

static void every_event_has_a_name_that_leads_back(void **state)
{
	(void)state;
	for (unsigned kind = SIGNET_EVENT_ISSUED; kind <= SIGNET_EVENT_SHUTDOWN; kind++) {
		const char *name = signet_event_name((enum signet_event_kind)kind);
		assert_non_null(name);
		assert_int_equal(signet_event_from_name(name), kind);
	}
	assert_string_equal(signet_event_name(SIGNET_EVENT_CRL_PUBLISHED), "crl-published");
	assert_null(signet_event_name((enum signet_event_kind)0));
	assert_null(signet_event_name((enum signet_event_kind)1000));
	assert_int_equal(signet_event_from_name("Issued"), 0);
	assert_int_equal(signet_event_from_name(""), 0);
}

static void every_request_state_has_a_name_that_leads_back(void **state)
{
	(void)state;
	for (unsigned s = SIGNET_REQUEST_ISSUED; s <= SIGNET_REQUEST_FAILED; s++)
		assert_int_equal(signet_request_state_from_name(signet_request_state_name(
			(enum signet_request_state)s)), s);
	assert_string_equal(signet_request_state_name((enum signet_request_state)0), "unknown");
	assert_int_equal(signet_request_state_from_name("unknown"), 0);
}

static void revocation_reasons_are_those_of_the_rfc(void **state)
{
	(void)state;
	for (unsigned reason = 0; reason <= 10; reason++)
		if (reason != 7)
			assert_int_equal(signet_revocation_reason_from_name(
				signet_revocation_reason_name(reason)), reason);
	assert_string_equal(signet_revocation_reason_name(0), "unspecified");
	assert_string_equal(signet_revocation_reason_name(6), "certificate-hold");
	assert_null(signet_revocation_reason_name(7));
	assert_null(signet_revocation_reason_name(11));
	assert_int_equal(signet_revocation_reason_from_name("keyCompromise"), -1);
	assert_int_equal(signet_revocation_reason_from_name(""), -1);
}

static void other_values_have_names(void **state)
{
	(void)state;
	assert_string_equal(signet_reason_name(SIGNET_REASON_NONE), "none");
	assert_string_equal(signet_reason_name(SIGNET_REASON_INTERNAL), "internal");
	assert_string_equal(signet_reason_name(SIGNET_REASON_LIMIT), "limit");
	assert_string_equal(signet_reason_name((enum signet_reason)99), "unknown");
	for (unsigned sort = SIGNET_SORT_ISSUED; sort <= SIGNET_SORT_REVOKED; sort++)
		assert_int_equal(signet_sort_from_name(signet_sort_name((enum signet_sort)sort)), sort);
	assert_string_equal(signet_sort_name(SIGNET_SORT_ANY), "unknown");
	assert_int_equal(signet_sort_from_name("unknown"), 0);
	assert_int_equal(signet_sort_from_name(""), 0);
	assert_string_equal(signet_certificate_state_name(SIGNET_VALID), "valid");
	assert_string_equal(signet_certificate_state_name(SIGNET_EXPIRED), "expired");
	assert_string_equal(signet_certificate_state_name((enum signet_certificate_state)0),
	                    "unknown");
	assert_string_equal(signet_origin_name(SIGNET_ORIGIN_REQUEST), "request");
	assert_string_equal(signet_origin_name(SIGNET_ORIGIN_ENGINE), "engine");
	assert_string_equal(signet_decision_name(SIGNET_PASS), "pass");
	assert_string_equal(signet_decision_name(SIGNET_HOLD), "hold");
	assert_string_equal(signet_decision_name(SIGNET_DENY), "deny");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_event_has_a_name_that_leads_back),
		cmocka_unit_test(every_request_state_has_a_name_that_leads_back),
		cmocka_unit_test(revocation_reasons_are_those_of_the_rfc),
		cmocka_unit_test(other_values_have_names),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
