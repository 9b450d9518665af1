#include "fixture.h"

#include <stdio.h>

#include "base/limits.h"
#include "engine/submission.h"

static char filler[4096];

static const char *text_of(size_t length)
{
	memset(filler, 'x', length);
	filler[length] = '\0';
	return filler;
}

static int check(const struct signet_submission *s)
{
	struct error err = {0};
	int result = submission_check(s, &err);
	assert_int_equal(result, err.code);
	return result;
}

static struct signet_submission good(void)
{
	return fixture_submission(BYTES_NONE, "order-1");
}

static void a_good_one_passes(void **state)
{
	struct signet_submission s = good();
	(void)state;
	assert_int_equal(check(&s), 0);
	s.requester = s.address = "";
	assert_int_equal(check(&s), 0);
}

static void texts_have_their_bounds(void **state)
{
	static const struct {
		size_t place;
		size_t least, most;
	} fields[] = {
		{offsetof(struct signet_submission, profile), 1, 64},
		{offsetof(struct signet_submission, intermediary), 1, 64},
		{offsetof(struct signet_submission, protocol), 1, 64},
		{offsetof(struct signet_submission, requester), 0, LIMIT_ATTRIBUTE},
		{offsetof(struct signet_submission, address), 0, 64},
		{offsetof(struct signet_submission, idempotency_key), 1, LIMIT_IDEMPOTENCY_KEY},
	};
	(void)state;
	for (size_t i = 0; i < sizeof fields / sizeof *fields; i++) {
		struct signet_submission s = good();
		const char **field = (const char **)(void *)((char *)&s + fields[i].place);
		*field = text_of(fields[i].most);
		assert_int_equal(check(&s), 0);
		*field = text_of(fields[i].most + 1);
		assert_int_equal(check(&s), SIGNET_E_INVALID);
		*field = "";
		assert_int_equal(check(&s), fields[i].least ? SIGNET_E_INVALID : 0);
		*field = "\xc0\x80";
		assert_int_equal(check(&s), SIGNET_E_INVALID);
		/* who reads a log or a list must not be deceived */
		static const char *const controls[] = {"a\nb", "\033[2J", "a\x7f", "a\xc2\x9b""0m"};
		for (size_t k = 0; k < sizeof controls / sizeof *controls; k++) {
			*field = controls[k];
			assert_int_equal(check(&s), SIGNET_E_INVALID);
		}
		*field = "J\xc3\xbcrgen \xc2\xa9";
		assert_int_equal(check(&s), 0);
	}
}

static void attributes_have_their_bounds(void **state)
{
	struct signet_attribute attributes[LIMIT_ATTRIBUTES + 1];
	struct signet_submission s = good();
	(void)state;
	static char names[LIMIT_ATTRIBUTES + 1][8];
	for (size_t i = 0; i <= LIMIT_ATTRIBUTES; i++) {
		snprintf(names[i], sizeof names[i], "name%zu", i);
		attributes[i] = (struct signet_attribute){names[i], ""};
	}
	s.attributes = attributes;
	s.attribute_count = LIMIT_ATTRIBUTES;
	assert_int_equal(check(&s), 0);
	s.attribute_count++;
	assert_int_equal(check(&s), SIGNET_E_TOO_BIG);
	s.attribute_count = 1;
	attributes[0].name = "";
	assert_int_equal(check(&s), SIGNET_E_INVALID);
	attributes[0].name = "name";
	attributes[0].value = text_of(LIMIT_ATTRIBUTE + 1);
	assert_int_equal(check(&s), SIGNET_E_INVALID);
	/* each within its limit, all together over theirs */
	for (size_t i = 0; i < LIMIT_ATTRIBUTES; i++)
		attributes[i].value = text_of(LIMIT_ATTRIBUTE);
	s.attribute_count = LIMIT_ATTRIBUTES;
	assert_int_equal(check(&s), SIGNET_E_TOO_BIG);
}

static void no_attribute_is_there_twice(void **state)
{
	struct signet_attribute attributes[] = {{"cost-center", "1"}, {"room", "2"},
	                                        {"Cost Center", "3"}};
	struct signet_submission s = good();
	(void)state;
	s.attributes = attributes;
	s.attribute_count = 2;
	assert_int_equal(check(&s), 0);
	s.attribute_count = 3;
	assert_int_equal(check(&s), SIGNET_E_INVALID);
	attributes[2].name = "cost";
	assert_int_equal(check(&s), 0);
}

static void sizes_and_times_have_their_bounds(void **state)
{
	static const uint8_t octets[LIMIT_CSR + 1];
	struct signet_submission s = good();
	(void)state;
	s.csr = bytes_make(octets, LIMIT_CSR);
	assert_int_equal(check(&s), 0);
	s.csr.length++;
	assert_int_equal(check(&s), SIGNET_E_TOO_BIG);
	s = good();
	s.not_before = -1;
	assert_int_equal(check(&s), SIGNET_E_INVALID);
	s = good();
	s.not_after = INT64_MIN;
	assert_int_equal(check(&s), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_good_one_passes),
		cmocka_unit_test(texts_have_their_bounds),
		cmocka_unit_test(attributes_have_their_bounds),
		cmocka_unit_test(no_attribute_is_there_twice),
		cmocka_unit_test(sizes_and_times_have_their_bounds),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
