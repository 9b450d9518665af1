#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"

static struct name_constraints got;

static int read_value(struct bytes value)
{
	struct bytes sample = exact(value);
	int result = name_constraints_decode(arena, sample, &got);
	exact_free(sample);
	return result;
}

static struct general_name base(const char *text)
{
	struct general_name name = {0};
	struct error err = {0};
	if (name_constraint_from_text(arena, text, &name, &err))
		fail_msg("%s: %s", text, err.message);
	return name;
}

static void constraints_round_trip(void **state)
{
	(void)state;
	struct general_name permitted[] = {base("dns:a.b"), base("email:.a.b"), base("email:x@a.b"),
	                                   base("uri:a.b"), base("dns:")};
	struct general_name excluded[] = {base("ip:10.0.0.0/8"), base("ip:2001:db8::/32"),
	                                  base("directory:C=DE"), base("directory:")};
	const struct name_constraints constraints = {permitted, excluded, 5, 4};
	struct buffer out = BUFFER_MAX(1000);
	assert_int_equal(name_constraints_encode(&out, &constraints), 0);
	assert_bytes(buffer_bytes(&out),
	             "3070 a023 3005 8203 612e62 3006 8104 2e612e62 3007 8105 7840612e62"
	             "3005 8603 612e62 3002 8200"
	             "a149 300a 8708 0a000000ff000000"
	             "3022 8720 20010db8000000000000000000000000 ffffffff000000000000000000000000"
	             "3011 a40f 300d 310b 3009 0603550406 13024445 3004 a402 3000");
	assert_int_equal(name_constraints_decode(arena, buffer_bytes(&out), &got), 0);
	assert_int_equal(got.permitted_count, 5);
	assert_int_equal(got.excluded_count, 4);
	for (size_t i = 0; i < 5; i++) {
		assert_int_equal(got.permitted[i].kind, permitted[i].kind);
		assert_true(bytes_equal(got.permitted[i].value, permitted[i].value));
	}
	for (size_t i = 0; i < 4; i++) {
		assert_int_equal(got.excluded[i].kind, excluded[i].kind);
		assert_true(bytes_equal(got.excluded[i].value, excluded[i].value));
	}
	for (size_t n = 0; n < out.length; n++)
		assert_int_equal(read_value(bytes_make(out.data, n)), SIGNET_E_INVALID);
	buffer_free(&out);
}

static void one_of_the_lists_is_enough(void **state)
{
	(void)state;
	struct general_name name = base("dns:a");
	const struct name_constraints permitted = {&name, NULL, 1, 0}, excluded = {NULL, &name, 0, 1};
	struct buffer out = BUFFER_MAX(100);
	assert_int_equal(name_constraints_encode(&out, &permitted), 0);
	assert_bytes(buffer_bytes(&out), "3007 a005 3003 820161");
	buffer_clear(&out);
	assert_int_equal(name_constraints_encode(&out, &excluded), 0);
	assert_bytes(buffer_bytes(&out), "3007 a105 3003 820161");
	assert_int_equal(read_value(buffer_bytes(&out)), 0);
	assert_int_equal(got.permitted_count, 0);
	assert_int_equal(got.excluded_count, 1);
	buffer_free(&out);
}

static void what_no_base_may_be_is_not_encoded(void **state)
{
	(void)state;
	const struct general_name bad[] = {
		{GN_DNS, bytes_text(".a.b")}, {GN_DNS, bytes_text("*.a.b")}, {GN_DNS, bytes_text("a..b")},
		{GN_DNS, bytes_text("a b")}, {GN_DNS, bytes_make("a\0b", 3)}, {GN_DNS, bytes_text("a.")},
		{GN_EMAIL, bytes_text("")}, {GN_EMAIL, bytes_text("@a.b")}, {GN_EMAIL, bytes_text(".")},
		{GN_EMAIL, bytes_text("x@.a.b")}, {GN_URI, bytes_text("")},
		{GN_URI, bytes_text("http://a.b")}, {GN_URI, bytes_text("a.b:80")},
		{GN_URI, bytes_text("192.0.2.1")}, {GN_IP, hex("0a000000")},
		{GN_IP, hex("0a000000 ff00ff00")}, {GN_IP, hex("0a000001 ff000000")},
		{GN_IP, hex("0a000000 ff0000")}, {GN_DIRECTORY, hex("3001")},
		{GN_DIRECTORY, BYTES_NONE}, {GN_REGISTERED_ID, hex("2a0304")},
		{GN_OTHER, hex("06032a0304 a002 0500")}, {GN_X400, hex("3000")}, {GN_EDI, hex("8100")},
	};
	struct buffer out = BUFFER_MAX(1000);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct general_name name = bad[i];
		const struct name_constraints permitted = {&name, NULL, 1, 0};
		const struct name_constraints excluded = {NULL, &name, 0, 1};
		assert_int_equal(name_constraints_encode(&out, &permitted), SIGNET_E_INVALID);
		assert_int_equal(name_constraints_encode(&out, &excluded), SIGNET_E_INVALID);
	}
	const struct name_constraints none = {0};
	assert_int_equal(name_constraints_encode(&out, &none), SIGNET_E_INVALID);
	assert_int_equal(out.length, 0);
}

static void bases_of_others_are_read(void **state)
{
	(void)state;
	/* a dot before a dns name, host bits, empty email and uri, kinds that cannot be applied */
	static const char *const good[] = {
		"300a a108 3006 8204 2e612e62", "300e a10c 300a 8708 0a000001ff000000",
		"3006 a104 3002 8100", "3006 a104 3002 8600", "3009 a107 3005 8803 2a0304",
		"300f a10d 300b a009 06032a0304 a002 0500", "3008 a106 3004 a302 3000",
		"3008 a106 3004 a502 8100",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++) {
		assert_int_equal(read_value(hex(good[i])), 0);
		assert_int_equal(got.excluded_count, 1);
	}
}

static void other_constraints_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"3000", "3002 a000", "3002 a100", "3004 a002 3000", "3007 a205 3003 820161",
		"300e a105 3003 820161 a005 3003 820161", /* the wrong order */
		"300e a005 3003 820161 a005 3003 820161", /* twice */
		"300a a008 3006 820161 800100",           /* the DEFAULT is encoded */
		"300a a008 3006 820161 800101",           /* minimum 1 */
		"300a a008 3006 820161 810100",           /* a maximum */
		"3009 a007 3005 820161 0500",
		"3007 8005 3003 820161", "3007 a005 3103 820161", "3007 a005 3003 c20161",
		"3007 a005 3003 890161", "3007 a005 3003 a20161",
		"3007 a005 3003 820100",                  /* NUL */
		"3009 a007 3005 8203 2a2e61",             /* a wildcard */
		"3006 a004 3002 8700",
		"300a a008 3006 8704 0a000000",           /* an address without a mask */
		"300e a00c 300a 8708 0a000000ff00ff00",
		"3008 a006 3004 8402 3000",               /* a Name's tag is EXPLICIT */
		"3007 a005 3003 820161 00",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (read_value(hex(bad[i])) != SIGNET_E_INVALID)
			fail_msg("%s is taken", bad[i]);
}

static void subtrees_are_limited(void **state)
{
	(void)state;
	struct general_name *many = arena_array(arena, LIMIT_SUBTREES + 1, sizeof *many);
	for (size_t i = 0; i <= LIMIT_SUBTREES; i++)
		many[i] = (struct general_name){GN_DNS, bytes_text("a")};
	struct name_constraints constraints = {many, NULL, LIMIT_SUBTREES, 0};
	struct buffer out = BUFFER_MAX(100000);
	assert_int_equal(name_constraints_encode(&out, &constraints), 0);
	assert_int_equal(read_value(buffer_bytes(&out)), 0);
	assert_int_equal(got.permitted_count, LIMIT_SUBTREES);
	constraints.permitted_count++;
	buffer_clear(&out);
	assert_int_equal(name_constraints_encode(&out, &constraints), SIGNET_E_INVALID);
	struct der_writer w = der_write(&out);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	for (size_t i = 0; i <= LIMIT_SUBTREES; i++)
		der_put_raw(&w, hex("3003 820161"));
	der_end(&w);
	der_end(&w);
	assert_int_equal(read_value(buffer_bytes(&out)), SIGNET_E_TOO_BIG);
	buffer_free(&out);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constraints_round_trip),
		cmocka_unit_test(one_of_the_lists_is_enough),
		cmocka_unit_test(what_no_base_may_be_is_not_encoded),
		cmocka_unit_test(bases_of_others_are_read),
		cmocka_unit_test(other_constraints_are_refused),
		cmocka_unit_test(subtrees_are_limited),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
