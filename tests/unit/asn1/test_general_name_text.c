#include "tests/unit/asn1/hex.h"

#include "asn1/general_name.h"

static struct error err;

static int read_text(const char *text, struct general_name *name)
{
	memset(&err, 0, sizeof err);
	int result = general_name_from_text(arena, text, name, &err);
	assert_int_equal(result, err.code);
	return result;
}

static void kinds_have_names(void **state)
{
	(void)state;
	for (int kind = GN_OTHER; kind <= GN_REGISTERED_ID; kind++) {
		const char *name = general_name_kind_name((enum general_name_kind)kind);
		assert_int_equal(general_name_kind_from_name(name), kind);
	}
	assert_string_equal(general_name_kind_name(GN_DNS), "dns");
	assert_string_equal(general_name_kind_name((enum general_name_kind)9), "?");
	assert_int_equal(general_name_kind_from_name("DNS"), -1);
	assert_int_equal(general_name_kind_from_name(""), -1);
}

static void texts_round_trip(void **state)
{
	(void)state;
	static const struct {
		const char *kind, *text, *value;
	} samples[] = {
		{"dns", "a.b", "612e62"},
		{"dns", "*.a.b", "2a2e612e62"},
		{"ip", "192.0.2.1", "c0000201"},
		{"ip", "2001:db8::1", "20010db8000000000000000000000001"},
		{"email", "a@b", "614062"},
		{"uri", "a:b", "613a62"},
		{"directory", "CN=ab,C=DE", "301a 310b 3009 0603550406 13024445"
		                            "310b 3009 0603550403 0c026162"},
		{"registered-id", "1.2.3.4", "2a0304"},
		{"other", "1.2.3.4:0c026162", "06032a0304 a004 0c026162"},
		{"x400", "3000", "3000"},
		{"edi", "8101610500", "8101 61 0500"},
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++) {
		struct general_name name;
		const char *text = arena_printf(arena, "%s:%s", samples[i].kind, samples[i].text);
		if (read_text(text, &name))
			fail_msg("%s: %s", text, err.message);
		assert_int_equal(name.kind, general_name_kind_from_name(samples[i].kind));
		assert_bytes(name.value, samples[i].value);
		assert_string_equal(general_name_text(arena, &name), samples[i].text);
	}
}

static void dns_text_is_in_lower_case(void **state)
{
	(void)state;
	struct general_name name;
	assert_int_equal(read_text("dns:WWW.Example.COM", &name), 0);
	assert_true(bytes_is_text(name.value, "WWW.Example.COM"));
	assert_string_equal(general_name_text(arena, &name), "www.example.com");
}

static void other_texts_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"", "dns", "dns:", "host:a.b", ":a", "DNS:a.b", "dns:a_b", "dns: a.b",
		"dns:b\xc3\xbc" "cher.example", "ip:", "ip:1.2.3", "ip:1.2.3.4.5", "ip:10.0.0.0/8",
		"ip:1.2.3.4 ", "ip:fe80::1%eth0", "email:a", "uri:a", "directory:CN", "directory:CN=",
		"registered-id:server", "registered-id:1", "other:1.2.3.4", "other:1.2.3.4:",
		"other:1.2.3.4:0", "other:1.2.3.4:0c0261", "other:x:0500", "x400:", "x400:zz", "edi:05",
	};
	struct general_name name;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(read_text(bad[i], &name), SIGNET_E_BAD_NAME);
}

static void the_limits_of_a_long_text_are_kept(void **state)
{
	(void)state;
	size_t length = 100000;
	char *text = arena_alloc(arena, length + 1);
	struct general_name name;
	memset(text, '0', length);
	static const char *const kinds[] = {"dns:", "ip:", "email:", "uri:", "directory:", "other:1.2:",
	                                    "registered-id:", "x400:", "edi:"};
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		memset(text, '0', 20);
		memcpy(text, kinds[i], strlen(kinds[i]));
		assert_int_equal(read_text(text, &name), SIGNET_E_BAD_NAME);
	}
}

static void broken_values_have_no_text(void **state)
{
	(void)state;
	const struct general_name ip = {GN_IP, hex("c00002")};
	const struct general_name other = {GN_OTHER, hex("0500")};
	const struct general_name id = {GN_REGISTERED_ID, hex("80")};
	const struct general_name unknown = {(enum general_name_kind)9, hex("80")};
	assert_null(general_name_text(arena, &ip));
	assert_null(general_name_text(arena, &other));
	assert_null(general_name_text(arena, &id));
	assert_null(general_name_text(arena, &unknown));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(kinds_have_names),
		cmocka_unit_test(texts_round_trip),
		cmocka_unit_test(dns_text_is_in_lower_case),
		cmocka_unit_test(other_texts_are_refused),
		cmocka_unit_test(the_limits_of_a_long_text_are_kept),
		cmocka_unit_test(broken_values_have_no_text),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
