#include "tests/unit/asn1/hex.h"

#include "asn1/der.h"

static struct buffer out = BUFFER_MAX(1 << 20);
static struct der_writer w;

static int writer_setup(void **state)
{
	(void)state;
	buffer_free(&out);
	w = der_write(&out);
	return 0;
}

static int writer_teardown(void **state)
{
	(void)state;
	buffer_free(&out);
	return 0;
}

static void elements_nest(void **state)
{
	(void)state;
	der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, hex("550403"));
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	der_put_boolean(&w, true);
	der_put_boolean(&w, false);
	der_put_null(&w);
	der_end(&w);
	der_begin(&w, DER_SET);
	der_end(&w);
	der_put_raw(&w, hex("0500"));
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_bytes(buffer_bytes(&out), "3013 0603550403 a008 0101ff 010100 0500 3100 0500");
}

static void lengths_are_patched_in_every_form(void **state)
{
	(void)state;
	static const size_t lengths[] = {0, 1, 127, 128, 255, 256, 65535, 65536};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++) {
		size_t n = lengths[i];
		uint8_t *content = calloc(1, n + 1);
		assert_non_null(content);
		memset(content, 0xa5, n);
		buffer_clear(&out);
		der_begin(&w, DER_OCTET_STRING);
		der_put_raw(&w, bytes_make(content, n));
		der_end(&w);
		assert_int_equal(der_writer_finish(&w), 0);
		assert_int_equal(out.length, der_size(n));
		struct der der = der_open(buffer_bytes(&out));
		struct bytes back;
		assert_int_equal(der_octets(&der, &back), 0);
		assert_true(bytes_equal(back, bytes_make(content, n)));
		assert_int_equal(der_finish(&der), 0);
		size_t patched = out.length;
		der_put(&w, DER_OCTET_STRING, bytes_make(content, n));
		assert_int_equal(out.length, 2 * patched);
		assert_memory_equal(out.data, out.data + patched, patched);
		free(content);
	}
}

static void integers_get_the_zero_that_they_need(void **state)
{
	(void)state;
	der_put_uint(&w, 0);
	der_put_uint(&w, 127);
	der_put_uint(&w, 128);
	der_put_uint(&w, UINT64_MAX);
	der_put_magnitude(&w, hex("0000 80"));
	der_put_magnitude(&w, hex("00 00"));
	der_put_magnitude(&w, BYTES_NONE);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_bytes(buffer_bytes(&out), "020100 02017f 02020080 020900ffffffffffffffff 02020080"
	                                 "020100 020100");
}

static void integers_are_written_under_other_tags(void **state)
{
	(void)state;
	der_put_uint_as(&w, DER_CONTEXT(1), 200);
	der_put_uint_as(&w, DER_ENUMERATED, 0);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_bytes(buffer_bytes(&out), "810200c8 0a0100");
}

static void unused_bits_are_written_as_zero(void **state)
{
	(void)state;
	der_put_bits(&w, hex("ff"), 7);
	der_put_bits(&w, hex("0102"), 0);
	der_put_bits(&w, BYTES_NONE, 0);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_bytes(buffer_bytes(&out), "03020780 0303000102 030100");
}

static void times_change_their_type_in_2050(void **state)
{
	(void)state;
	static const int64_t times[] = {0, 2524607999, 2524608000, 253402300799, -631152000,
	                                -631152001};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++)
		der_put_time(&w, times[i]);
	assert_int_equal(der_writer_finish(&w), 0);
	struct der der = der_open(buffer_bytes(&out));
	static const uint8_t tags[] = {DER_UTC_TIME, DER_UTC_TIME, DER_GENERALIZED_TIME,
	                               DER_GENERALIZED_TIME, DER_UTC_TIME, DER_GENERALIZED_TIME};
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		int64_t seconds;
		assert_int_equal(der_peek(&der), tags[i]);
		assert_int_equal(der_time(&der, &seconds), 0);
		assert_true(seconds == times[i]);
	}
	assert_memory_equal(out.data + 2, "700101000000Z", 13);
}

static void a_time_that_no_type_holds_is_an_error(void **state)
{
	(void)state;
	der_put_time(&w, 253402300800);
	assert_int_equal(der_writer_finish(&w), SIGNET_E_INVALID);
	buffer_clear(&out);
	der_put_time(&w, INT64_MIN);
	assert_int_equal(der_writer_finish(&w), SIGNET_E_INVALID);
}

static void times_are_written_in_the_type_that_is_wished(void **state)
{
	(void)state;
	der_put_time_as(&w, DER_GENERALIZED_TIME, 0);
	der_put_time_as(&w, DER_UTC_TIME, 2524607999);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_bytes(buffer_bytes(&out), "180f 31393730303130313030303030305a"
	                                 "170d 3439313233313233353935395a");
	der_put_time_as(&w, DER_UTC_TIME, 2524608000);
	assert_int_equal(der_writer_finish(&w), SIGNET_E_INVALID);
}

static void sets_are_sorted_by_tag_and_encoding(void **state)
{
	(void)state;
	der_begin(&w, DER_SET);
	der_put_raw(&w, hex("130161 020102 3000 810100 020101 0c0161 020101"));
	der_end_set(&w);
	der_begin(&w, DER_SET);
	der_end_set(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_bytes(buffer_bytes(&out), "3114 020101 020101 020102 0c0161 3000 130161 810100 3100");
	assert_int_equal(der_check(buffer_bytes(&out)), 0);
	/* what is no element cannot be sorted */
	der_begin(&w, DER_SET);
	der_put_raw(&w, hex("0205"));
	der_end_set(&w);
	assert_int_equal(der_writer_finish(&w), SIGNET_E_INTERNAL);
}

static void an_open_element_is_an_error(void **state)
{
	(void)state;
	der_begin(&w, DER_SEQUENCE);
	assert_int_equal(der_writer_finish(&w), SIGNET_E_INTERNAL);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
}

static void the_buffers_maximum_is_kept(void **state)
{
	(void)state;
	uint8_t content[200] = {0};
	struct buffer small = BUFFER_MAX(202);
	struct der_writer writer = der_write(&small);
	der_begin(&writer, DER_SEQUENCE);
	der_put_raw(&writer, BYTES_OF(content));
	der_end(&writer);
	assert_int_equal(der_writer_finish(&writer), SIGNET_E_TOO_BIG);
	der_put_null(&writer);
	assert_int_equal(der_writer_finish(&writer), SIGNET_E_TOO_BIG);
	buffer_free(&small);
}

static void too_deep_a_nesting_is_an_error(void **state)
{
	(void)state;
	for (int i = 0; i <= LIMIT_DER_DEPTH; i++)
		der_begin(&w, DER_SEQUENCE);
	for (int i = 0; i <= LIMIT_DER_DEPTH; i++)
		der_end(&w);
	assert_int_equal(der_writer_finish(&w), SIGNET_E_INTERNAL);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, writer_setup, writer_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(elements_nest),
		TEST(lengths_are_patched_in_every_form),
		TEST(integers_get_the_zero_that_they_need),
		TEST(integers_are_written_under_other_tags),
		TEST(unused_bits_are_written_as_zero),
		TEST(times_change_their_type_in_2050),
		TEST(a_time_that_no_type_holds_is_an_error),
		TEST(times_are_written_in_the_type_that_is_wished),
		TEST(sets_are_sorted_by_tag_and_encoding),
		TEST(an_open_element_is_an_error),
		TEST(the_buffers_maximum_is_kept),
		TEST(too_deep_a_nesting_is_an_error),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
