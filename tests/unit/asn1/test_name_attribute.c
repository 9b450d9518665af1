#include "tests/unit/asn1/hex.h"

#include "asn1/name.h"
#include "asn1/name_attribute.h"
#include "asn1/oid.h"

static struct buffer out = BUFFER_MAX(100000);
static struct error err;

static int put(struct bytes oid, const char *value)
{
	buffer_clear(&out);
	memset(&err, 0, sizeof err);
	struct der_writer w = der_write(&out);
	int result = name_put_part(&w, oid, bytes_text(value), &err);
	assert_int_equal(result, err.code);
	assert_int_equal(der_writer_finish(&w), 0);
	if (result)
		assert_int_equal(out.length, 0);
	return result;
}

static int put_long(struct bytes oid, const char *character, size_t count)
{
	struct buffer value = BUFFER_MAX(100000);
	for (size_t i = 0; i < count; i++)
		buffer_append_text(&value, character);
	int result = put(oid, buffer_text(&value));
	buffer_free(&value);
	return result;
}

static void attributes_have_their_string_type(void **state)
{
	(void)state;
	assert_int_equal(put(OID_COMMON_NAME, "ab"), 0);
	assert_bytes(buffer_bytes(&out), "310b 3009 0603550403 0c026162");
	assert_int_equal(put(OID_COUNTRY, "DE"), 0);
	assert_bytes(buffer_bytes(&out), "310b 3009 0603550406 13024445");
	assert_int_equal(put(OID_SERIAL_NUMBER, "1"), 0);
	assert_bytes(buffer_bytes(&out), "310a 3008 0603550405 130131");
	assert_int_equal(put(OID_DN_QUALIFIER, "1"), 0);
	assert_bytes(buffer_bytes(&out), "310a 3008 060355042e 130131");
	assert_int_equal(put(OID_DOMAIN_COMPONENT, "a"), 0);
	assert_bytes(buffer_bytes(&out), "3111 300f 060a0992268993f22c640119 160161");
	assert_int_equal(put(OID_EMAIL_ADDRESS, "a@b"), 0);
	assert_bytes(buffer_bytes(&out), "3112 3010 06092a864886f70d010901 1603614062");
	assert_int_equal(put(hex("2a0304"), "ab"), 0);
	assert_bytes(buffer_bytes(&out), "310b 3009 06032a0304 0c026162");
}

static void values_fit_their_type(void **state)
{
	(void)state;
	static const char *const countries[] = {"", "D", "DEU", "12", "D1", "\xc3\xa4", "D\xc3\xa4"};
	for (size_t i = 0; i < sizeof countries / sizeof *countries; i++)
		assert_int_equal(put(OID_COUNTRY, countries[i]), SIGNET_E_BAD_NAME);
	assert_int_equal(put(OID_SERIAL_NUMBER, "a*b"), SIGNET_E_BAD_NAME);
	assert_int_equal(put(OID_DOMAIN_COMPONENT, "\xc3\xa4"), SIGNET_E_BAD_NAME);
	assert_int_equal(put(OID_EMAIL_ADDRESS, "\xc3\xa4@b"), SIGNET_E_BAD_NAME);
	assert_int_equal(put(OID_COMMON_NAME, ""), SIGNET_E_BAD_NAME);
	assert_int_equal(put(OID_COMMON_NAME, "a\tb"), SIGNET_E_BAD_NAME);
	assert_int_equal(put(OID_COMMON_NAME, "\xff"), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "CN:"));
}

static void upper_bounds_count_characters(void **state)
{
	(void)state;
	assert_int_equal(put_long(OID_COMMON_NAME, "a", 64), 0);
	assert_int_equal(put_long(OID_COMMON_NAME, "a", 65), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "64"));
	assert_int_equal(put_long(OID_COMMON_NAME, "\xe2\x82\xac", 64), 0);
	assert_int_equal(put_long(OID_COMMON_NAME, "\xe2\x82\xac", 65), SIGNET_E_BAD_NAME);
	assert_int_equal(put_long(OID_LOCALITY, "a", 128), 0);
	assert_int_equal(put_long(OID_LOCALITY, "a", 129), SIGNET_E_BAD_NAME);
	assert_int_equal(put_long(OID_EMAIL_ADDRESS, "a", 255), 0);
	assert_int_equal(put_long(OID_EMAIL_ADDRESS, "a", 256), SIGNET_E_BAD_NAME);
	assert_int_equal(put_long(hex("2a0304"), "a", LIMIT_NAME), 0);
	assert_int_equal(put_long(hex("2a0304"), "a", LIMIT_NAME + 1), SIGNET_E_BAD_NAME);
}

static void attributes_are_found_by_name(void **state)
{
	(void)state;
	assert_true(bytes_equal(*name_attribute_find_name(bytes_text("cn"))->oid, OID_COMMON_NAME));
	assert_true(bytes_equal(*name_attribute_find_name(bytes_text("STREET"))->oid, OID_STREET));
	assert_null(name_attribute_find_name(bytes_text("server-auth")));
	assert_null(name_attribute_find_name(bytes_text("C ")));
	assert_null(name_attribute_find_name(bytes_text("")));
	assert_null(name_attribute_find_name(bytes_make("CN\0", 3)));
	assert_null(name_attribute_find(OID_SERVER_AUTH));
	assert_string_equal(name_attribute_title(OID_SERVER_AUTH), "attribute");
	assert_string_equal(name_attribute_title(OID_COUNTRY), "C");
}

static int teardown(void **state)
{
	buffer_free(&out);
	return arena_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(attributes_have_their_string_type),
		cmocka_unit_test(values_fit_their_type),
		cmocka_unit_test(upper_bounds_count_characters),
		cmocka_unit_test(attributes_are_found_by_name),
	};
	return cmocka_run_group_tests(tests, arena_setup, teardown);
}
