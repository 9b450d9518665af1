#include "tests/unit/asn1/hex.h"

#include "asn1/name.h"
#include "asn1/oid.h"

static bool begins(struct bytes name, struct bytes prefix, bool widely)
{
	struct bytes a = exact(name), b = exact(prefix);
	bool result = name_begins_with(a, b, widely);
	exact_free(a);
	exact_free(b);
	return result;
}

static struct bytes name(const char *text)
{
	struct bytes der = BYTES_NONE;
	struct error err = {0};
	if (name_from_text(arena, text, &der, &err))
		fail_msg("%s: %s", text, err.message);
	return der;
}

/* One RDN with an organization in this string type. */
static struct bytes organization(uint8_t tag, struct bytes value)
{
	struct buffer out = BUFFER_MAX(1000);
	struct der_writer w = der_write(&out);
	struct bytes der = BYTES_NONE;
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SET);
	der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, OID_ORGANIZATION);
	der_put(&w, tag, value);
	for (int depth = 0; depth < 3; depth++)
		der_end(&w);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&out), &der), 0);
	assert_int_equal(name_check(der, NULL), 0);
	buffer_free(&out);
	return der;
}

static void names_begin_with_their_first_rdns(void **state)
{
	(void)state;
	static const struct {
		const char *name, *prefix;
		bool begins;
	} samples[] = {
		{"CN=a,O=x,C=DE", "", true}, {"", "", true}, {"", "C=DE", false},
		{"CN=a,O=x,C=DE", "C=DE", true}, {"CN=a,O=x,C=DE", "O=x,C=DE", true},
		{"CN=a,O=x,C=DE", "CN=a,O=x,C=DE", true}, {"CN=a,O=x,C=DE", "O=x", false},
		{"O=x,C=DE", "CN=a,O=x,C=DE", false}, {"CN=a,O=x,C=DE", "O=y,C=DE", false},
		{"O=x,C=DE", "C=DE,O=x", false}, {"CN=x", "O=x", false}, {"O=xy", "O=x", false},
		{"O=x", "O=xy", false},
		/* sets */
		{"CN=c,O=a+OU=b", "OU=b+O=a", true}, {"O=a+OU=b", "OU=B+O=A", true},
		{"CN=c,O=a+OU=b", "O=a", false}, {"O=a", "O=a+OU=b", false},
		{"O=a+OU=b", "O=a+OU=c", false},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		for (int widely = 0; widely < 2; widely++)
			if (begins(name(samples[i].name), name(samples[i].prefix), widely) !=
			    samples[i].begins)
				fail_msg("\"%s\" and \"%s\"", samples[i].name, samples[i].prefix);
}

static void case_and_blanks_are_folded(void **state)
{
	(void)state;
	struct bytes plain = name("O=Example Ltd");
	assert_true(begins(name("O=EXAMPLE ltd"), plain, false));
	assert_true(begins(name("O=Example    Ltd"), plain, false));
	assert_true(begins(name("O=\\ Example Ltd\\ "), plain, false));
	assert_true(begins(name("O=\\ \\ Example Ltd"), plain, false));
	assert_true(begins(plain, name("O=\\  example  ltd \\ "), false));
	assert_false(begins(name("O=ExampleLtd"), plain, true));
	assert_false(begins(name("O=Example L td"), plain, true));
	/* nothing but blanks */
	assert_true(begins(name("O=\\ "), name("O=\\ \\ "), false));
	assert_false(begins(name("O=\\ "), name("O=a"), false));
}

static void string_types_do_not_count(void **state)
{
	(void)state;
	struct bytes utf8 = organization(DER_UTF8_STRING, bytes_text("Exa"));
	assert_true(begins(organization(DER_PRINTABLE_STRING, bytes_text("EXA")), utf8, false));
	assert_true(begins(organization(DER_T61_STRING, bytes_text("exa")), utf8, false));
	assert_true(begins(utf8, organization(DER_BMP_STRING, hex("0045 0078 0061")), false));
	assert_true(begins(organization(DER_UNIVERSAL_STRING, hex("00000065 00000078 00000061")),
	                   utf8, false));
	assert_true(begins(organization(DER_T61_STRING, hex("fc")),
	                   organization(DER_UTF8_STRING, hex("c3bc")), false));
}

static void other_letters_are_folded_widely_only(void **state)
{
	(void)state;
	static const char *const pairs[][2] = {
		{"M\xc3\x9cLLER", "m\xc3\xbcller"},                 /* Latin-1 */
		{"\xc5\xa0koda", "\xc5\xa1KODA"},                   /* Latin Extended-A */
		{"\xc5\xb8", "\xc3\xbf"},
		{"\xce\x91\xce\xa3", "\xce\xb1\xcf\x82"},           /* Greek, final sigma */
		{"\xce\x86", "\xce\xac"},
		{"\xd0\x9c\xd0\x98\xd0\xa0", "\xd0\xbc\xd0\xb8\xd1\x80"}, /* Cyrillic */
		{"\xd0\x84", "\xd1\x94"}, {"\xd2\x90", "\xd2\x91"},
		{"\xef\xbc\xa1\xef\xbc\x91", "a1"},                 /* full width */
		{"a\xc2\xa0" "b", "a b"}, {"a\xe3\x80\x80 b", "a b"},
		{"a\xe2\x80\x8b" "b", "ab"}, {"\xef\xbb\xbf" "a", "a"}, {"a\xc2\xad", "a"},
	};
	for (size_t i = 0; i < sizeof pairs / sizeof *pairs; i++) {
		struct bytes a = organization(DER_UTF8_STRING, bytes_text(pairs[i][0]));
		struct bytes b = organization(DER_UTF8_STRING, bytes_text(pairs[i][1]));
		if (begins(a, b, false) || begins(b, a, false) || !begins(a, b, true) ||
		    !begins(b, a, true))
			fail_msg("%s and %s", pairs[i][0], pairs[i][1]);
	}
	/* no letters, or without another case */
	assert_false(begins(organization(DER_UTF8_STRING, bytes_text("\xc3\x97")),
	                    organization(DER_UTF8_STRING, bytes_text("\xc3\xb7")), true));
	assert_false(begins(name("O=b"), name("O=a"), true));
}

static void parts_are_folded_to_what_they_are_compared_by(void **state)
{
	static const uint8_t latin1[] = {0xc4, 'R', 'Z', 'T', 'E'};
	static const struct {
		const char *value, *folded;
	} samples[] = {
		{"Example Ltd", "example ltd"}, {"  Example   Ltd ", "example ltd"},
		{"Example\xc2\xa0Ltd", "example ltd"}, {"ad\xe2\x80\x8bmin", "admin"},
		{"\xef\xbd\x81" "DMIN", "admin"}, {"\xc3\x84RZTE", "\xc3\xa4rzte"},
		{"\xf0\x9f\x98\x80", "\xf0\x9f\x98\x80"}, {" ", ""},
	};
	(void)state;
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		const struct name_part part = {.tag = DER_UTF8_STRING,
		                               .value = bytes_text(samples[i].value)};
		assert_string_equal(name_part_folded(arena, &part), samples[i].folded);
	}
	const struct name_part part = {.tag = DER_T61_STRING, .value = BYTES_OF(latin1)};
	assert_string_equal(name_part_folded(arena, &part), "\xc3\xa4rzte");
}

static bool equal(struct bytes x, struct bytes y)
{
	struct bytes a = exact(x), b = exact(y);
	bool result = name_equal(a, b);
	assert_int_equal(name_equal(b, a), result);
	exact_free(a);
	exact_free(b);
	return result;
}

static void equal_names_are_as_long(void **state)
{
	(void)state;
	assert_true(equal(name("CN=a,O=x"), name("CN=a,O=x")));
	assert_true(equal(name("CN=a,O=x  Y"), name("CN=A,O=X y")));
	assert_true(equal(organization(DER_UTF8_STRING, bytes_text("x")),
	                  organization(DER_PRINTABLE_STRING, bytes_text("X"))));
	assert_true(equal(name(""), name("")));
	assert_false(equal(name("CN=a,O=x"), name("O=x")));
	assert_false(equal(name("O=x"), name("")));
	assert_false(equal(name("CN=a,O=x"), name("O=x,CN=a")));
	/* as those who verify have it, not as people see it */
	assert_false(equal(name("O=\u00c4"), name("O=\u00e4")));
}

static void what_is_no_name_equals_its_own_octets_alone(void **state)
{
	(void)state;
	static const uint8_t cut[] = {0x30, 0x05, 0x31, 0x03}, none[] = {0x05, 0x00};
	assert_true(equal(BYTES_OF(cut), BYTES_OF(cut)));
	assert_false(equal(BYTES_OF(cut), BYTES_OF(none)));
	assert_false(equal(BYTES_OF(cut), name("")));
	assert_false(equal(BYTES_OF(none), name("")));
	assert_false(equal(BYTES_NONE, name("")));
	assert_false(equal(BYTES_NONE, name("O=x")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_begin_with_their_first_rdns),
		cmocka_unit_test(case_and_blanks_are_folded),
		cmocka_unit_test(string_types_do_not_count),
		cmocka_unit_test(equal_names_are_as_long),
		cmocka_unit_test(what_is_no_name_equals_its_own_octets_alone),
		cmocka_unit_test(other_letters_are_folded_widely_only),
		cmocka_unit_test(parts_are_folded_to_what_they_are_compared_by),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
