#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/limits.h"
#include "intermediaries/ocsp/target.h"

/* SEQUENCE of an OCTET STRING whose base64 has "/", "//" and "+" */
static const uint8_t wanted[] = {0x30, 0x0b, 0x04, 0x09, 0xff, 0xff, 0xff,
                                 0xff, 0xff, 0xfb, 0xef, 0xbe, 0x01};

static struct arena *arena;

static int setup(void **state)
{
	(void)state;
	arena = arena_new(1 << 20);
	return arena ? 0 : -1;
}

static int teardown(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static void assert_read(const char *rest, const char *wanted_authority)
{
	const char *authority = NULL;
	struct bytes request = BYTES_NONE;
	if (target_read(arena, rest, &authority, &request))
		fail_msg("not read: %s", rest);
	assert_string_equal(authority, wanted_authority);
	assert_int_equal(request.length, sizeof wanted);
	assert_memory_equal(request.data, wanted, sizeof wanted);
}

static void base64_is_read_with_and_without_encoding(void **state)
{
	(void)state;
	assert_read("MAsECf//////++++AQ==", "");
	assert_read("MAsECf%2F%2f////%2B%2b++%41Q%3D%3d", "");
}

static void an_authority_may_come_first(void **state)
{
	(void)state;
	assert_read("issuing/MAsECf//////++++AQ==", "issuing");
	assert_read("Issuing%20CA%2fMAsECf//////++++AQ", "Issuing CA");
	assert_read("issuing//MAsECf//////++++AQ==", "issuing");
	assert_read("//MAsECf//////++++AQ==", "");
}

static void other_targets_are_refused(void **state)
{
	(void)state;
	static const char *const wrong[] = {
		"", "/", "issuing", "issuing/", "MAwE", "MAsECf//////++++AQ===", "a/b/MAA=",
		"MAsECf//////++++AQ==x", "MAwECv%2", "MAwECv%zz", "MAwECv%00", "%", "MAAA",
		"MAsECf //////++++AQ==", "MQA=", "issuing/MQA=", "issuing/x/MAA=",
	};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++) {
		const char *authority = "unchanged";
		struct bytes request;
		if (target_read(arena, wrong[i], &authority, &request) != SIGNET_E_INVALID)
			fail_msg("read: %s", wrong[i]);
		assert_string_equal(authority, "unchanged");
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(base64_is_read_with_and_without_encoding),
		cmocka_unit_test(an_authority_may_come_first),
		cmocka_unit_test(other_targets_are_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
