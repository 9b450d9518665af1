#include "tests/unit/asn1/hex.h"

#include "asn1/name.h"
#include "asn1/oid.h"

static struct error err;

static int check(struct bytes name)
{
	struct bytes sample = exact(name);
	memset(&err, 0, sizeof err);
	int result = name_check(sample, &err);
	assert_int_equal(result, err.code);
	exact_free(sample);
	return result;
}

/* A name of one attribute. */
static struct bytes one(struct bytes oid, uint8_t tag, struct bytes value)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	struct der_writer w = der_write(&out);
	struct bytes name = BYTES_NONE;
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SET);
	der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, oid);
	der_put(&w, tag, value);
	der_end(&w);
	der_end(&w);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&out), &name), 0);
	buffer_free(&out);
	return name;
}

static int check_one(struct bytes oid, uint8_t tag, const char *value)
{
	return check(one(oid, tag, bytes_text(value)));
}

/* C=DE, then OU=x joined with CN=abc */
static struct bytes sample_name(void)
{
	return hex("3025 310b 3009 0603550406 13024445"
	           "3116 3008 060355040b 0c0178 300a 0603550403 0c03616263");
}

static void names_are_read_in_their_order(void **state)
{
	(void)state;
	struct bytes name = sample_name();
	assert_int_equal(check(name), 0);
	struct name_reader reader = name_open(name);
	struct name_part part;
	assert_true(name_next(&reader, &part));
	assert_true(bytes_equal(part.oid, OID_COUNTRY));
	assert_int_equal(part.tag, DER_PRINTABLE_STRING);
	assert_false(part.joined);
	assert_true(name_next(&reader, &part));
	assert_true(bytes_equal(part.oid, OID_ORGANIZATIONAL_UNIT));
	assert_false(part.joined);
	assert_true(name_next(&reader, &part));
	assert_true(bytes_equal(part.oid, OID_COMMON_NAME));
	assert_true(bytes_is_text(part.value, "abc"));
	assert_true(part.joined);
	assert_false(name_next(&reader, &part));
	assert_false(name_next(&reader, &part));
}

static void the_empty_name_is_a_name(void **state)
{
	(void)state;
	struct name_part part;
	assert_int_equal(check(NAME_EMPTY), 0);
	assert_true(name_is_empty(NAME_EMPTY));
	assert_false(name_is_empty(sample_name()));
	struct name_reader reader = name_open(NAME_EMPTY);
	assert_false(name_next(&reader, &part));
	reader = name_open(BYTES_NONE);
	assert_false(name_next(&reader, &part));
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	struct bytes name = sample_name();
	for (size_t n = 0; n < name.length; n++)
		assert_int_equal(check(bytes_make(name.data, n)), SIGNET_E_BAD_NAME);
}

static void other_structures_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3100",                                   /* a SET */
		"3000 00",                                /* behind it */
		"3002 3100",                              /* an RDN without attribute */
		"3002 3000",                              /* no SET */
		"3004 3102 3000",                         /* no attribute in it */
		"3009 3107 3005 0603550403",              /* no value */
		"300e 310c 300a 0603550403 0c0161 0500",  /* two values */
		"300c 310a 3008 0c0161 0603550403",       /* the wrong order */
		"300c 310a 3008 0603550403 040161",       /* no string */
		"300b 3109 3007 0603550403 0500",         /* NULL */
		"300c 310a 3008 0603550403 2c0161",       /* constructed string */
		"300b 3109 3007 0603550403 0c00",         /* empty value */
		/* a SET that is not in order, and one with a repetition */
		"3018 3116 300a 0603550403 0c03616263 3008 060355040b 0c0178",
		"3016 3114 3008 0603550403 0c0161 3008 0603550403 0c0161",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(check(hex(bad[i])), SIGNET_E_BAD_NAME);
}

static void string_types_are_those_of_the_attribute(void **state)
{
	(void)state;
	assert_int_equal(check_one(OID_COMMON_NAME, DER_UTF8_STRING, "a"), 0);
	assert_int_equal(check_one(OID_COMMON_NAME, DER_PRINTABLE_STRING, "a"), 0);
	assert_int_equal(check_one(OID_COMMON_NAME, DER_T61_STRING, "a"), 0);
	assert_int_equal(check(one(OID_COMMON_NAME, DER_BMP_STRING, hex("0061"))), 0);
	assert_int_equal(check(one(OID_COMMON_NAME, DER_UNIVERSAL_STRING, hex("00000061"))), 0);
	assert_int_equal(check_one(OID_COMMON_NAME, DER_IA5_STRING, "a"), SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_COUNTRY, DER_PRINTABLE_STRING, "DE"), 0);
	assert_int_equal(check_one(OID_COUNTRY, DER_UTF8_STRING, "DE"), SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_SERIAL_NUMBER, DER_UTF8_STRING, "1"), SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_EMAIL_ADDRESS, DER_IA5_STRING, "a@b.c"), 0);
	assert_int_equal(check_one(OID_EMAIL_ADDRESS, DER_UTF8_STRING, "a@b.c"), SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_DOMAIN_COMPONENT, DER_IA5_STRING, "com"), 0);
	assert_int_equal(check_one(OID_DOMAIN_COMPONENT, DER_PRINTABLE_STRING, "com"),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_UNSTRUCTURED_NAME, DER_IA5_STRING, "a"), 0);
	assert_int_equal(check_one(OID_UNSTRUCTURED_NAME, DER_UTF8_STRING, "a"), 0);
	assert_int_equal(check_one(hex("2a0304"), DER_IA5_STRING, "a"), 0);
	assert_int_equal(check_one(hex("2a0304"), DER_OCTET_STRING, "a"), SIGNET_E_BAD_NAME);
}

static void characters_are_those_of_the_type(void **state)
{
	(void)state;
	static const char *const utf8[] = {
		"\xc0\x80", "\xc1\xa1", "\xe0\x80\xaf", "\xf0\x80\x80\xaf", "\xed\xa0\x80",
		"\xf4\x90\x80\x80", "\xff", "a\x80", "\xe2\x82", "a\nb", "a\tb", "\x1b[31m", "\x7f",
		"\xc2\x85", "\xc2\x80",
	};
	for (size_t i = 0; i < sizeof utf8 / sizeof *utf8; i++)
		assert_int_equal(check_one(OID_COMMON_NAME, DER_UTF8_STRING, utf8[i]),
		                 SIGNET_E_BAD_NAME);
	assert_int_equal(check(one(OID_COMMON_NAME, DER_UTF8_STRING,
	                           bytes_make("good.com\0.bad", 13))), SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_COMMON_NAME, DER_PRINTABLE_STRING, "a*b"), SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_COMMON_NAME, DER_PRINTABLE_STRING, "a@b"), SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_EMAIL_ADDRESS, DER_IA5_STRING, "\xc3\xbc@b"),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(check(one(OID_COMMON_NAME, DER_BMP_STRING, hex("006100"))),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(check(one(OID_COMMON_NAME, DER_BMP_STRING, hex("d83dde00"))),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(check(one(OID_COMMON_NAME, DER_BMP_STRING, hex("00610000"))),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(check(one(OID_COMMON_NAME, DER_UNIVERSAL_STRING, hex("00110000"))),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(check_one(OID_COMMON_NAME, DER_UTF8_STRING, "\xe2\x82\xac \xf0\x9f\x98\x80"),
	                 0);
}

static int check_parts(size_t count)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	struct der_writer w = der_write(&out);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(name_put_part(&w, OID_COMMON_NAME, bytes_text("a"), NULL), 0);
	der_end(&w);
	int result = check(buffer_bytes(&out));
	buffer_free(&out);
	return result;
}

static void size_is_limited(void **state)
{
	(void)state;
	assert_int_equal(check_parts(LIMIT_NAME_PARTS), 0);
	assert_int_equal(check_parts(LIMIT_NAME_PARTS + 1), SIGNET_E_BAD_NAME);
	assert_int_equal(check_parts(10000), SIGNET_E_BAD_NAME);
	static char large[LIMIT_NAME];
	memset(large, 'a', sizeof large - 1);
	assert_int_equal(check_one(OID_COMMON_NAME, DER_UTF8_STRING, large), SIGNET_E_BAD_NAME);
	large[LIMIT_NAME - 32] = '\0';
	assert_int_equal(check_one(OID_COMMON_NAME, DER_UTF8_STRING, large), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_are_read_in_their_order),
		cmocka_unit_test(the_empty_name_is_a_name),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(other_structures_are_refused),
		cmocka_unit_test(string_types_are_those_of_the_attribute),
		cmocka_unit_test(characters_are_those_of_the_type),
		cmocka_unit_test(size_is_limited),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
