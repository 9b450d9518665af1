#include "tests/unit/asn1/hex.h"

#include "asn1/name.h"
#include "asn1/oid.h"

static struct error err;

static int read_text(const char *text, struct bytes *name)
{
	memset(&err, 0, sizeof err);
	int result = name_from_text(arena, text, name, &err);
	assert_int_equal(result, err.code);
	return result;
}

static void known_names_encode(void **state)
{
	(void)state;
	static const struct {
		const char *text, *name;
	} samples[] = {
		{"", "3000"},
		{"CN=ab", "300d 310b 3009 0603550403 0c026162"},
		{"CN=ab,C=DE", "301a 310b 3009 0603550406 13024445 310b 3009 0603550403 0c026162"},
		{"cn=ab", "300d 310b 3009 0603550403 0c026162"},
		{"2.5.4.3=ab", "300d 310b 3009 0603550403 0c026162"},
		{"CN=#13026162", "300d 310b 3009 0603550403 13026162"},
		{"1.2.3.4=#16026162", "300d 310b 3009 06032a0304 16026162"},
		{"1.2.3.4=ab", "300d 310b 3009 06032a0304 0c026162"},
		{"CN=\\61\\62", "300d 310b 3009 0603550403 0c026162"},
		{"CN=\\C3\\a4", "300d 310b 3009 0603550403 0c02c3a4"},
		{"CN=a=", "300d 310b 3009 0603550403 0c02613d"},
		{"CN=a#", "300d 310b 3009 0603550403 0c026123"},
		{"CN=\\#\\,", "300d 310b 3009 0603550403 0c02232c"},
		{"CN=\\ \\ ", "300d 310b 3009 0603550403 0c022020"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct bytes name;
		if (read_text(samples[i].text, &name))
			fail_msg("%s: %s", samples[i].text, err.message);
		assert_bytes(name, samples[i].name);
	}
}

static void joined_attributes_are_sorted(void **state)
{
	(void)state;
	struct bytes one, other;
	assert_int_equal(read_text("CN=abc+OU=x,O=y", &one), 0);
	assert_int_equal(read_text("OU=x+CN=abc,O=y", &other), 0);
	assert_true(bytes_equal(one, other));
	assert_string_equal(name_to_text(arena, one), "OU=x+CN=abc,O=y");
	assert_int_equal(read_text("CN=a+CN=a", &one), SIGNET_E_BAD_NAME);
	assert_int_equal(read_text("CN=a+CN=b", &one), 0);
}

static void texts_round_trip(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"", "CN=a", "CN=Smith\\, John,O=A\\+B,C=DE", "CN=x y+UID=u,DC=example,DC=com",
		"CN=\\ a\\ ", "CN=\\#1", "CN=\xe2\x82\xac", "1.2.3.4=#0c0161,CN=a",
		"emailAddress=a@b,serialNumber=1,dnQualifier=2,STREET=s,postalCode=1,title=t,"
		"initials=i,GN=g,SN=s,L=l,ST=t,unstructuredName=n,unstructuredAddress=a",
		"CN=\\\"\\\\\\<\\>\\;", "OU=a,OU=b,OU=c",
	};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		struct bytes name;
		if (read_text(texts[i], &name))
			fail_msg("%s: %s", texts[i], err.message);
		assert_int_equal(name_check(name, NULL), 0);
		assert_string_equal(name_to_text(arena, name), texts[i]);
	}
}

static void other_texts_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"CN", "=a", "CN=", "CN=a,", ",CN=a", "CN=a,,O=b", "CN=a+", "+CN=a", "CN=a+,O=b", " CN=a",
		"CN =a", "CN= a", "CN=a ", "CN=a, O=b", "CN=a ,O=b", "XX=a", "server-auth=a", "CN=a\"",
		"CN=\"a\"", "CN=a;O=b", "CN=<a", "CN=a>", "CN=a\\", "CN=a\\x", "CN=\\4", "CN=\\4g",
		"CN=\\00", "CN=a\\0Ab", "CN=a\nb", "CN=\\ff", "CN=\\c3", "CN=\xff", "CN=\xc0\x80",
		"CN=#", "CN=#0", "CN=#0c", "CN=#0c0261", "CN=#0c01610c0161", "CN=#0500",
		"CN=#0c0100", "CN=#zz", "CN=#0c0161 ", "C=DEU", "C=1", "2.5.4=", "1=a", "1.2.3.=a",
		"2.5.4.3 =a", "C=#0c024445", "DC=#13026162", "3.1.2=a", "CN=#160161",
	};
	struct bytes name;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (read_text(bad[i], &name) != SIGNET_E_BAD_NAME)
			fail_msg("\"%s\" is taken", bad[i]);
		assert_true(strlen(err.message) > 0);
	}
}

static void the_place_is_told(void **state)
{
	(void)state;
	struct bytes name;
	assert_int_equal(read_text("CN=a, O=b", &name), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "character 6"));
}

static const char *repeat(const char *text, size_t times)
{
	struct buffer out = BUFFER_MAX(1 << 20);
	for (size_t i = 0; i < times; i++)
		buffer_append_text(&out, text);
	const char *copy = arena_strdup(arena, buffer_text(&out));
	buffer_free(&out);
	return copy;
}

static void types_are_short_names_or_dotted(void **state)
{
	(void)state;
	static const uint8_t example[] = {0x2a, 0x03};
	struct bytes oid;
	assert_int_equal(name_type_from_text(arena, bytes_text("cn"), &oid), 0);
	assert_true(bytes_equal(oid, OID_COMMON_NAME));
	assert_int_equal(name_type_from_text(arena, bytes_make("2.5.4.10,", 8), &oid), 0);
	assert_true(bytes_equal(oid, OID_ORGANIZATION));
	assert_int_equal(name_type_from_text(arena, bytes_text("1.2.3"), &oid), 0);
	assert_true(bytes_equal(oid, BYTES_OF(example)));
	assert_int_equal(name_type_from_text(arena, bytes_text("keyUsage"), &oid), SIGNET_E_INVALID);
	assert_int_equal(name_type_from_text(arena, bytes_text("1.2."), &oid), SIGNET_E_INVALID);
	assert_int_equal(name_type_from_text(arena, BYTES_NONE, &oid), SIGNET_E_INVALID);
}

static void size_is_limited(void **state)
{
	(void)state;
	struct bytes name;
	const char *many = repeat("O=a,", LIMIT_NAME_PARTS - 1);
	assert_int_equal(read_text(arena_printf(arena, "%sO=a", many), &name), 0);
	assert_int_equal(read_text(arena_printf(arena, "O=a,%sO=a", many), &name),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(read_text(arena_printf(arena, "%sO=a", repeat("O=a,", 10000)), &name),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(read_text(arena_printf(arena, "CN=%s", repeat("a", 100000)), &name),
	                 SIGNET_E_BAD_NAME);
	assert_int_equal(read_text(arena_printf(arena, "%s=a", repeat("1.2.", 10000)), &name),
	                 SIGNET_E_BAD_NAME);
	const char *part = arena_printf(arena, "SN=%s,", repeat("a", 1500));
	assert_int_equal(read_text(arena_printf(arena, "%sO=a", repeat(part, 2)), &name), 0);
	assert_int_equal(read_text(arena_printf(arena, "%sO=a", repeat(part, 3)), &name),
	                 SIGNET_E_BAD_NAME);
}

static void without_memory_it_fails(void **state)
{
	(void)state;
	for (size_t memory = 1; memory < 60; memory++) {
		struct arena *small = arena_new(memory);
		struct bytes name;
		int result = name_from_text(small, "1.2.3.4.5=abc,CN=abc", &name, &err);
		assert_true(result == SIGNET_E_NOMEM || (result == 0 && memory > 40));
		arena_free(small);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_names_encode),
		cmocka_unit_test(joined_attributes_are_sorted),
		cmocka_unit_test(texts_round_trip),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(the_place_is_told),
		cmocka_unit_test(types_are_short_names_or_dotted),
		cmocka_unit_test(size_is_limited),
		cmocka_unit_test(without_memory_it_fails),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
