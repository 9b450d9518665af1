#include "tests/unit/asn1/hex.h"

#include "pki/certificate_bag.h"

static void expect(const struct bytes *list, size_t count, const char *expected)
{
	struct buffer out = BUFFER_MAX(4096);
	assert_int_equal(certificate_bag_encode(&out, list, count), 0);
	assert_true(bytes_equal(buffer_bytes(&out), hex(expected)));
	buffer_free(&out);
}

static void nothing_is_an_empty_bag(void **state)
{
	(void)state;
	expect(NULL, 0, "302506092a864886f70d010702a0183016020101310030"
	       "0b06092a864886f70d010701a0003100");
}

static void elements_stand_in_the_order_of_der(void **state)
{
	(void)state;
	const struct bytes list[] = {hex("3003020102"), hex("3003020101")};
	expect(list, 2, "302f06092a864886f70d010702a0223020020101310030"
	       "0b06092a864886f70d010701a00a300302010130030201023100");
}

static void what_does_not_fit_is_an_error(void **state)
{
	(void)state;
	struct bytes one = hex("3003020102");
	struct buffer out = BUFFER_MAX(20);
	assert_int_equal(certificate_bag_encode(&out, &one, 1), SIGNET_E_TOO_BIG);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(nothing_is_an_empty_bag),
		cmocka_unit_test(elements_stand_in_the_order_of_der),
		cmocka_unit_test(what_does_not_fit_is_an_error),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
