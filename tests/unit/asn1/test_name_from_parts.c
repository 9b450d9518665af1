#include "tests/unit/asn1/hex.h"

#include "asn1/name.h"
#include "asn1/oid.h"

static struct error err;

static int build(const struct name_part *parts, size_t count, struct bytes *out)
{
	memset(&err, 0, sizeof err);
	*out = BYTES_NONE;
	int result = name_from_parts(arena, parts, count, out, &err);
	assert_int_equal(result, err.code);
	return result;
}

static void parts_of_a_name_make_it_again(void **state)
{
	(void)state;
	static const char *const samples[] = {
		"3000",
		"300d 310b 3009 0603550403 0c026162",
		"3025 310b 3009 0603550406 13024445"
		"3116 3008 060355040b 0c0178 300a 0603550403 0c03616263",
		"300d 310b 3009 0603550403 1e02 0061",
		"300f 310d 300b 06032a0304 1c0400000061",
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct name_part parts[LIMIT_NAME_PARTS];
		struct name_reader reader = name_open(hex(samples[i]));
		struct bytes out;
		size_t count = 0;
		while (name_next(&reader, &parts[count]))
			count++;
		assert_int_equal(build(parts, count, &out), 0);
		assert_bytes(out, samples[i]);
	}
}

static void parts_without_a_tag_get_the_type_of_their_attribute(void **state)
{
	(void)state;
	const struct name_part parts[] = {
		{.oid = OID_COUNTRY, .value = bytes_text("DE")},
		{.oid = OID_DOMAIN_COMPONENT, .value = bytes_text("a")},
		{.oid = OID_COMMON_NAME, .value = bytes_text("\xc3\xa9")},
	};
	struct bytes out;
	assert_int_equal(build(parts, 3, &out), 0);
	assert_bytes(out, "302d 310b 3009 0603550406 13024445"
	                  "3111 300f 060a0992268993f22c640119 160161"
	                  "310b 3009 0603550403 0c02c3a9");
}

static void joined_parts_are_put_into_order(void **state)
{
	(void)state;
	const struct name_part parts[] = {
		{.oid = OID_COMMON_NAME, .value = bytes_text("abc")},
		{.oid = OID_ORGANIZATIONAL_UNIT, .value = bytes_text("x"), .joined = true},
	};
	struct bytes out;
	assert_int_equal(build(parts, 2, &out), 0);
	assert_bytes(out, "3018 3116 3008 060355040b 0c0178 300a 0603550403 0c03616263");
	/* the same attribute twice in one RDN is none of DER's sets */
	const struct name_part same[] = {parts[0], {.oid = OID_COMMON_NAME,
	                                           .value = bytes_text("abc"), .joined = true}};
	assert_int_equal(build(same, 2, &out), SIGNET_E_BAD_NAME);
}

static void bad_values_are_refused(void **state)
{
	(void)state;
	static char many[65 + 1];
	memset(many, 'a', 65);
	const struct {
		struct name_part part;
		const char *message;
	} samples[] = {
		{{.oid = OID_COMMON_NAME, .value = bytes_text(many)},
		 "CN: longer than 64 characters"},
		{{.oid = OID_COMMON_NAME, .value = bytes_make("a\0b", 3)},
		 "CN: empty, not UTF-8, or with a control character"},
		{{.oid = OID_COUNTRY, .value = bytes_text("D1")}, "C: not two letters"},
		{{.oid = OID_COMMON_NAME, .tag = DER_INTEGER, .value = bytes_text("a")},
		 "name: CN in a string type that it may not have"},
		{{.oid = OID_COMMON_NAME, .tag = DER_BMP_STRING, .value = bytes_text("a")},
		 "name: CN holds a character that its type does not allow"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct bytes out;
		assert_int_equal(build(&samples[i].part, 1, &out), SIGNET_E_BAD_NAME);
		assert_string_equal(err.message, samples[i].message);
		assert_null(out.data);
	}
}

static void size_is_limited(void **state)
{
	(void)state;
	static struct name_part parts[LIMIT_NAME_PARTS + 1];
	static char long_value[LIMIT_NAME + 1];
	struct bytes out;
	for (size_t i = 0; i <= LIMIT_NAME_PARTS; i++)
		parts[i] = (struct name_part){.oid = OID_ORGANIZATION, .value = bytes_text("a")};
	assert_int_equal(build(parts, LIMIT_NAME_PARTS, &out), 0);
	assert_int_equal(build(parts, LIMIT_NAME_PARTS + 1, &out), SIGNET_E_BAD_NAME);
	memset(long_value, 'a', LIMIT_NAME);
	parts[0] = (struct name_part){.oid = OID_SURNAME, .tag = DER_UTF8_STRING,
	                              .value = bytes_text(long_value)};
	assert_int_equal(build(parts, 1, &out), SIGNET_E_BAD_NAME);
	assert_string_equal(err.message, "name: SN is too long");
	parts[0].value.length = parts[1].value.length = LIMIT_NAME / 2;
	parts[1] = parts[0];
	assert_int_equal(build(parts, 2, &out), SIGNET_E_BAD_NAME);
	assert_string_equal(err.message, "name: more than 4096 octets");
}

static void without_memory_it_fails(void **state)
{
	(void)state;
	const struct name_part parts[] = {{.oid = OID_COMMON_NAME, .value = bytes_text("abc")},
	                                  {.oid = OID_ORGANIZATION, .value = bytes_text("abc")}};
	for (size_t memory = 1; memory < 80; memory++) {
		struct arena *small = arena_new(memory);
		struct bytes out;
		int result = name_from_parts(small, parts, 2, &out, NULL);
		assert_true(result == SIGNET_E_NOMEM || (result == 0 && memory > 40));
		arena_free(small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(parts_of_a_name_make_it_again),
		cmocka_unit_test(parts_without_a_tag_get_the_type_of_their_attribute),
		cmocka_unit_test(joined_parts_are_put_into_order),
		cmocka_unit_test(bad_values_are_refused),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(without_memory_it_fails),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
