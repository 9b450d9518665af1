#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"
#include "asn1/oid.h"

static int parse(struct bytes der, struct extension **out, size_t *count)
{
	struct error err = {0};
	struct bytes sample = exact(der);
	int result = extensions_parse(arena, sample, out, count, &err);
	assert_int_equal(result, err.code);
	for (size_t i = 0; result == 0 && i < *count; i++) {
		(*out)[i].oid.data = der.data + ((*out)[i].oid.data - sample.data);
		(*out)[i].value.data = der.data + ((*out)[i].value.data - sample.data);
	}
	exact_free(sample);
	return result;
}

static const char sample_hex[] = "3020 300f 0603551d13 0101ff 0405 3003 0101ff"
                                 "300d 0603551d0e 0406 0404 01020304";

static void extensions_are_read_and_written(void **state)
{
	(void)state;
	struct extension *extensions;
	size_t count;
	struct bytes sample = hex(sample_hex);
	assert_int_equal(parse(sample, &extensions, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(extensions[0].oid, OID_BASIC_CONSTRAINTS));
	assert_true(extensions[0].critical);
	assert_bytes(extensions[0].value, "3003 0101ff");
	assert_true(bytes_equal(extensions[1].oid, OID_SUBJECT_KEY_ID));
	assert_false(extensions[1].critical);
	struct buffer out = BUFFER_MAX(100);
	struct der_writer w = der_write(&out);
	der_begin(&w, DER_SEQUENCE);
	extension_put(&w, &extensions[0]);
	extension_put(&w, &extensions[1]);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_bytes(buffer_bytes(&out), sample_hex);
	buffer_free(&out);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	struct bytes sample = hex(sample_hex);
	struct extension *extensions;
	size_t count;
	for (size_t n = 0; n < sample.length; n++)
		assert_int_equal(parse(bytes_make(sample.data, n), &extensions, &count),
		                 SIGNET_E_INVALID);
}

static void broken_lists_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3000",                                        /* none */
		"300e 300c 0603551d13 010100 0402 3000",       /* DEFAULT FALSE encoded */
		"300e 300c 0603551d13 010101 0402 3000",       /* no boolean of DER */
		"3011 300f 0603551d13 0101ff 0101ff 0402 3000", /* critical twice */
		"300b 3009 0603551d13 0302 3000",              /* no OCTET STRING */
		"300b 3009 0603551d13 2402 0400",              /* a constructed one */
		"3007 3005 0603551d13",                        /* no value */
		"300b 3009 0402 3000 0603551d13",              /* the wrong order */
		"300d 300b 0603551d13 0402 3000 0500",         /* more in an extension */
		"300b 3009 0603551d13 0402 3000 0500",         /* more behind the list */
		"310b 3009 0603551d13 0402 3000",
		"300b 3109 0603551d13 0402 3000",
		"3016 3009 0603551d13 0402 3000 3009 0603551d13 0402 3000", /* twice */
	};
	struct extension *extensions;
	size_t count;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(parse(hex(bad[i]), &extensions, &count), SIGNET_E_INVALID);
}

static int parse_many(size_t n)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	struct der_writer w = der_write(&out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < n; i++) {
		uint8_t oid[3] = {0x2a, (uint8_t)(0x80 | (i / 128 + 1)), (uint8_t)(i % 128)};
		const struct extension extension = {BYTES_OF(oid), false, hex("0500")};
		extension_put(&w, &extension);
	}
	der_end(&w);
	struct extension *extensions;
	size_t count;
	int result = parse(buffer_bytes(&out), &extensions, &count);
	buffer_free(&out);
	return result;
}

static void the_count_is_limited(void **state)
{
	(void)state;
	assert_int_equal(parse_many(LIMIT_EXTENSIONS), 0);
	assert_int_equal(parse_many(LIMIT_EXTENSIONS + 1), SIGNET_E_INVALID);
	assert_int_equal(parse_many(10000), SIGNET_E_INVALID);
}

static void the_repeated_one_is_named(void **state)
{
	(void)state;
	struct error err = {0};
	struct extension *extensions;
	size_t count;
	struct bytes twice = hex("3016 3009 0603551d13 0402 3000 3009 0603551d13 0402 3000");
	assert_int_equal(extensions_parse(arena, twice, &extensions, &count, &err),
	                 SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "basicConstraints twice"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(extensions_are_read_and_written),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(broken_lists_are_refused),
		cmocka_unit_test(the_count_is_limited),
		cmocka_unit_test(the_repeated_one_is_named),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
