#include "tests/unit/asn1/hex.h"

#include <limits.h>

#include "asn1/extension.h"

static int require, inhibit, skip;

static int read_constraints(struct bytes value)
{
	struct bytes sample = exact(value);
	int result = policy_constraints_decode(sample, &require, &inhibit);
	exact_free(sample);
	return result;
}

static int read_inhibit(struct bytes value)
{
	struct bytes sample = exact(value);
	int result = inhibit_any_policy_decode(sample, &skip);
	exact_free(sample);
	return result;
}

static void policy_constraints_round_trip(void **state)
{
	(void)state;
	static const struct {
		int require, inhibit;
		const char *der;
	} samples[] = {
		{0, 0, "3006 800100 810100"}, {3, -1, "3003 800103"}, {-1, 200, "3004 810200c8"},
		{INT_MAX, 1, "3009 80047fffffff 810101"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct buffer out = BUFFER_MAX(100);
		assert_int_equal(policy_constraints_encode(&out, samples[i].require,
		                                           samples[i].inhibit), 0);
		assert_bytes(buffer_bytes(&out), samples[i].der);
		assert_int_equal(read_constraints(buffer_bytes(&out)), 0);
		assert_int_equal(require, samples[i].require);
		assert_int_equal(inhibit, samples[i].inhibit);
		for (size_t n = 0; n < out.length; n++)
			assert_int_equal(read_constraints(bytes_make(out.data, n)), SIGNET_E_INVALID);
		buffer_free(&out);
	}
}

static void other_policy_constraints_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3000", "3006 810100 800100", "3003 8001ff", "3004 80020001", "3002 8000",
		"3007 80050080000000", "3003 020100", "3006 800100 820100", "3006 800100 800100",
		"3005 a003 020100",
	};
	struct buffer out = BUFFER_MAX(100);
	assert_int_equal(policy_constraints_encode(&out, -1, -1), SIGNET_E_INVALID);
	assert_int_equal(policy_constraints_encode(&out, -2, 0), SIGNET_E_INVALID);
	assert_int_equal(policy_constraints_encode(&out, 0, -2), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(read_constraints(hex(bad[i])), SIGNET_E_INVALID);
}

static void inhibit_any_policy_round_trips(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "0201ff", "0500", "020100 00", "02050080000000", "0200"};
	struct buffer out = BUFFER_MAX(100);
	assert_int_equal(inhibit_any_policy_encode(&out, -1), SIGNET_E_INVALID);
	assert_int_equal(inhibit_any_policy_encode(&out, 2), 0);
	assert_bytes(buffer_bytes(&out), "020102");
	assert_int_equal(read_inhibit(buffer_bytes(&out)), 0);
	assert_int_equal(skip, 2);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(read_inhibit(hex(bad[i])), SIGNET_E_INVALID);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(policy_constraints_round_trip),
		cmocka_unit_test(other_policy_constraints_are_refused),
		cmocka_unit_test(inhibit_any_policy_round_trips),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
