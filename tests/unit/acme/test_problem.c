#include "tests/unit/asn1/hex.h"

#include "intermediaries/acme/json_private.h"
#include "intermediaries/acme/problem.h"

static const char *text_of(const json_t *json, const char *key)
{
	const char *text = json_string_value(json_object_get(json, key));
	assert_non_null(text);
	return text;
}

static void problem_is_a_document_of_rfc_7807(void **state)
{
	(void)state;
	struct acme_problem problem = {0};
	assert_int_equal(problem_set(&problem, ACME_BAD_NONCE, "%s", "used"), -1);
	json_t *json = problem_to_json(&problem);
	assert_string_equal(text_of(json, "type"), "urn:ietf:params:acme:error:badNonce");
	assert_string_equal(text_of(json, "detail"), "used");
	assert_int_equal(json_integer_value(json_object_get(json, "status")), 400);
	assert_null(json_object_get(json, "subproblems"));
	assert_null(json_object_get(json, "algorithms"));
	json_decref(json);
}

static void algorithms_are_named_when_one_is_bad(void **state)
{
	(void)state;
	struct acme_problem problem = {0};
	problem_set(&problem, ACME_BAD_SIGNATURE_ALGORITHM, "no");
	json_t *json = problem_to_json(&problem);
	assert_int_equal(json_array_size(json_object_get(json, "algorithms")), 4);
	json_decref(json);
}

static void subproblems_carry_the_identifiers(void **state)
{
	(void)state;
	struct acme_problem parts[2] = {{.identifier = "a.test"}, {.identifier = "b.test"}};
	struct acme_problem problem = {.subproblems = parts, .subproblem_count = 2,
	                               .instance = "https://ca.test/doc"};
	problem_set(&parts[0], ACME_REJECTED_IDENTIFIER, "one");
	problem_set(&parts[1], ACME_UNSUPPORTED_IDENTIFIER, "two");
	problem_set(&problem, ACME_REJECTED_IDENTIFIER, "both");
	json_t *json = problem_to_json(&problem);
	assert_string_equal(text_of(json, "instance"), "https://ca.test/doc");
	const json_t *list = json_object_get(json, "subproblems");
	assert_int_equal(json_array_size(list), 2);
	const json_t *second = json_array_get(list, 1);
	assert_string_equal(text_of(second, "type"),
	                    "urn:ietf:params:acme:error:unsupportedIdentifier");
	assert_string_equal(text_of(json_object_get(second, "identifier"), "value"), "b.test");
	json_decref(json);
}

static void every_type_has_its_name_and_status(void **state)
{
	(void)state;
	for (int type = 1; type < ACME_PROBLEM_TYPES; type++) {
		struct acme_problem problem = {0};
		problem_set(&problem, (enum acme_problem_type)type, "x");
		assert_in_range(problem_status(&problem), 400, 500);
		assert_non_null(problem_name((enum acme_problem_type)type));
		for (int other = 1; other < type; other++)
			assert_string_not_equal(problem_name((enum acme_problem_type)type),
			                        problem_name((enum acme_problem_type)other));
	}
	/* what a newer Signet may have stored */
	assert_string_equal(problem_name((enum acme_problem_type)1000), "serverInternal");
	struct acme_problem unknown = {.type = (enum acme_problem_type)1000};
	assert_int_equal(problem_status(&unknown), 500);
}

static void errors_become_problems(void **state)
{
	(void)state;
	static const struct {
		int code;
		enum acme_problem_type type;
		int status;
	} cases[] = {
		{SIGNET_E_INVALID, ACME_MALFORMED, 400},
		{SIGNET_E_BAD_KEY, ACME_BAD_PUBLIC_KEY, 400},
		{SIGNET_E_BAD_ALGORITHM, ACME_BAD_SIGNATURE_ALGORITHM, 400},
		{SIGNET_E_NOT_FOUND, ACME_MALFORMED, 404},
		{SIGNET_E_UNAVAILABLE, ACME_SERVER_INTERNAL, 503},
		{SIGNET_E_FULL, ACME_SERVER_INTERNAL, 503},
		{SIGNET_E_IO, ACME_SERVER_INTERNAL, 500},
		{SIGNET_E_CORRUPT, ACME_SERVER_INTERNAL, 500},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct acme_problem problem = {0};
		struct error err;
		error_set(&err, cases[i].code, "what a client may see");
		error_detail(&err, "what it may not");
		assert_int_equal(problem_from_error(&problem, &err), -1);
		assert_int_equal(problem.type, cases[i].type);
		assert_int_equal(problem_status(&problem), cases[i].status);
		assert_null(strstr(problem.detail, "may not"));
	}
}

static void trouble_with_a_submission_is_the_csrs_or_ours(void **state)
{
	(void)state;
	struct acme_problem problem = {0};
	struct error err;
	error_set(&err, SIGNET_E_BAD_NAME, "a name is odd");
	problem_from_submit(&problem, &err);
	assert_int_equal(problem.type, ACME_BAD_CSR);
	assert_string_equal(problem.detail, "a name is odd");
	error_set(&err, SIGNET_E_PERMISSION, "profile x is not open to acme");
	problem_from_submit(&problem, &err);
	assert_int_equal(problem.type, ACME_SERVER_INTERNAL);
	assert_null(strstr(problem.detail, "profile"));
	error_set(&err, SIGNET_E_CONFLICT, "x");
	problem_from_submit(&problem, &err);
	assert_int_equal(problem.type, ACME_ORDER_NOT_READY);
}

static void reasons_become_problems(void **state)
{
	(void)state;
	struct signet_outcome outcome = {.disposition = SIGNET_DENIED,
	                                 .reason = SIGNET_REASON_NAME, .message = "no"};
	struct acme_problem problem = {0};
	problem_from_outcome(&problem, &outcome);
	assert_int_equal(problem.type, ACME_REJECTED_IDENTIFIER);
	assert_string_equal(problem.detail, "no");
	outcome.reason = (enum signet_reason)99;
	outcome.message = "";
	problem_from_outcome(&problem, &outcome);
	assert_int_equal(problem.type, ACME_SERVER_INTERNAL);
	assert_string_not_equal(problem.detail, "");
	outcome.disposition = SIGNET_FAILED;
	outcome.reason = SIGNET_REASON_KEY;
	problem_from_outcome(&problem, &outcome);
	assert_int_equal(problem.type, ACME_SERVER_INTERNAL);
}

static void long_details_are_cut(void **state)
{
	(void)state;
	struct acme_problem problem = {0};
	problem_set(&problem, ACME_MALFORMED, "%01000d", 7);
	assert_int_equal(strlen(problem.detail), ACME_DETAIL_MAX - 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(problem_is_a_document_of_rfc_7807),
		cmocka_unit_test(algorithms_are_named_when_one_is_bad),
		cmocka_unit_test(subproblems_carry_the_identifiers),
		cmocka_unit_test(every_type_has_its_name_and_status),
		cmocka_unit_test(errors_become_problems),
		cmocka_unit_test(trouble_with_a_submission_is_the_csrs_or_ours),
		cmocka_unit_test(reasons_become_problems),
		cmocka_unit_test(long_details_are_cut),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
