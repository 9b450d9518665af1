#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"
#include "asn1/oid.h"

static struct ms_template got;

static int read_template(struct bytes value)
{
	struct bytes sample = exact(value);
	int result = ms_template_decode(sample, &got);
	exact_free(sample);
	return result;
}

static int read_sid(struct bytes value, struct bytes *sid)
{
	struct bytes sample = exact(value);
	int result = ms_sid_decode(sample, sid);
	exact_free(sample);
	return result;
}

static void templates_round_trip(void **state)
{
	(void)state;
	const struct {
		struct ms_template template;
		const char *der;
	} samples[] = {
		{{hex("2b06010401823715081234"), 100, 5},
		 "3013 060b2b06010401823715081234 020164 020105"},
		{{hex("2a0304"), 0, 0}, "300b 06032a0304 020100 020100"},
		{{hex("2a0304"), 4294967295, -1}, "300c 06032a0304 020500ffffffff"},
		{{hex("2a0304"), -1, -1}, "3005 06032a0304"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct buffer out = BUFFER_MAX(100);
		assert_int_equal(ms_template_encode(&out, &samples[i].template), 0);
		assert_bytes(buffer_bytes(&out), samples[i].der);
		assert_int_equal(ms_template_decode(buffer_bytes(&out), &got), 0);
		assert_true(bytes_equal(got.oid, samples[i].template.oid));
		assert_int_equal(got.major, samples[i].template.major);
		assert_int_equal(got.minor, samples[i].template.minor);
		for (size_t n = 0; n < out.length; n++)
			assert_int_equal(read_template(bytes_make(out.data, n)), SIGNET_E_INVALID);
		buffer_free(&out);
	}
}

static void other_templates_are_refused(void **state)
{
	(void)state;
	const struct ms_template bad[] = {
		{BYTES_NONE, 1, 1}, {hex("2a0304"), -1, 1}, {hex("2a0304"), -2, -1},
		{hex("2a0304"), 4294967296, 1}, {hex("2a0304"), 1, 4294967296},
	};
	static const char *const broken[] = {
		"3000", "3003 020101", "3008 020101 06032a0304", "3008 06032a0304 0201ff",
		"300c 06032a0304 02050100000000", "300e 06032a0304 020101 020101 020101",
		"3005 06032a0380", "3007 06032a0304 0500", "3105 06032a0304",
	};
	struct buffer out = BUFFER_MAX(100);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ms_template_encode(&out, &bad[i]), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_int_equal(read_template(hex(broken[i])), SIGNET_E_INVALID);
}

static void security_identifiers_round_trip(void **state)
{
	(void)state;
	struct bytes sid;
	struct buffer out = BUFFER_MAX(200);
	/* [MS-WCCE] section 2.2.2.7.7.4, as Windows writes it */
	assert_int_equal(ms_sid_encode(&out, bytes_text("S-1-5-21-1-2-3-500")), 0);
	assert_bytes(buffer_bytes(&out), "3024 a022 060a2b060104018237190201 a014 0412"
	                                 "532d312d352d32312d312d322d332d353030");
	assert_int_equal(ms_sid_decode(buffer_bytes(&out), &sid), 0);
	assert_true(bytes_is_text(sid, "S-1-5-21-1-2-3-500"));
	for (size_t n = 0; n < out.length; n++)
		assert_int_equal(read_sid(bytes_make(out.data, n), &sid), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void what_is_no_security_identifier_is_refused(void **state)
{
	(void)state;
	static const char *const good[] = {
		"S-1-0", "S-1-281474976710655", "S-1-5-4294967295",
		"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15",
	};
	static const char *const bad[] = {
		"", "S", "S-1-", "S-1-5-", "s-1-5-21", "S-2-5-21", "S-1-05", "S-1-5-21 ",
		"S-1-5--21", "S-1-5-4294967296", "S-1-281474976710656", "S-1-5-21-x", " S-1-5-21",
		"S-1-5-1-2-3-4-5-6-7-8-9-10-11-12-13-14-15-16", "S-1-18446744073709551617",
	};
	struct buffer out = BUFFER_MAX(200);
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(ms_sid_encode(&out, bytes_text(good[i])), 0);
	buffer_clear(&out);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(ms_sid_encode(&out, bytes_text(bad[i])), SIGNET_E_INVALID);
	assert_int_equal(ms_sid_encode(&out, bytes_make("S-1-5\0-1", 8)), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
	buffer_free(&out);
}

static void other_values_are_no_security_identifier(void **state)
{
	(void)state;
	struct bytes sid;
	static const char *const broken[] = {
		"3000",
		/* another type, a string, two names, two values, a broken identifier */
		"3017 a015 060a2b060104018237190202 a007 0405 532d312d35",
		"3017 a015 060a2b060104018237190201 a007 0c05 532d312d35",
		"3019 a015 060a2b060104018237190201 a007 0405 532d312d35 8200",
		"3019 a017 060a2b060104018237190201 a009 0405 532d312d35 0500",
		"3019 a017 060a2b060104018237190201 a007 0405 532d312d35 0500",
		"3017 a015 060a2b060104018237190201 a007 0405 532d312d2d",
		"3017 a115 060a2b060104018237190201 a007 0405 532d312d35",
	};
	assert_int_equal(read_sid(hex("3017 a015 060a2b060104018237190201 a007 0405 532d312d35"),
	                          &sid), 0);
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++)
		assert_int_equal(read_sid(hex(broken[i]), &sid), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(templates_round_trip),
		cmocka_unit_test(other_templates_are_refused),
		cmocka_unit_test(security_identifiers_round_trip),
		cmocka_unit_test(what_is_no_security_identifier_is_refused),
		cmocka_unit_test(other_values_are_no_security_identifier),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
