#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "intermediaries/ocsp/answer.h"

static void an_answer_is_a_copy(void **state)
{
	(void)state;
	char response[] = "abc", request[] = "asked", authority[] = "issuing", serial[] = "17";
	const struct bytes serials[] = {bytes_text(serial), bytes_text("")};
	struct answer *answer = answer_new(&(struct answer){
		.response = bytes_text(response), .request = bytes_text(request),
		.authority = authority, .serials = serials, .serial_count = 2,
		.this_update = 1, .next_update = 2, .common = true});
	assert_non_null(answer);
	response[0] = request[0] = authority[0] = serial[0] = 'x';
	assert_true(bytes_is_text(answer->response, "abc"));
	assert_true(bytes_is_text(answer->request, "asked"));
	assert_string_equal(answer->authority, "issuing");
	assert_int_equal(answer->serial_count, 2);
	assert_true(bytes_is_text(answer->serials[0], "17"));
	assert_int_equal(answer->serials[1].length, 0);
	assert_int_equal(answer->next_update, 2);
	/* SHA-1 of "abc" */
	assert_string_equal(answer->etag, "\"a9993e364706816aba3e25717850c26c9cd0d89d\"");
	assert_true(answer_size(answer) > sizeof *answer + 2 * sizeof *serials);
	answer_release(answer_keep(answer));
	assert_string_equal(answer->authority, "issuing");
	answer_release(answer);
	answer_release(NULL);
}

static void an_answer_may_be_empty(void **state)
{
	(void)state;
	struct answer *answer = answer_new(&(struct answer){.authority = ""});
	assert_non_null(answer);
	assert_string_equal(answer->authority, "");
	assert_int_equal(answer->response.length, 0);
	/* for one client alone no cache compares it */
	assert_string_equal(answer->etag, "");
	answer_release(answer);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_answer_is_a_copy),
		cmocka_unit_test(an_answer_may_be_empty),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
