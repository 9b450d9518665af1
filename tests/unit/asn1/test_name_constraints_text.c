#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"

static const char *there_and_back(const char *text)
{
	struct general_name name;
	struct error err = {0};
	if (name_constraint_from_text(arena, text, &name, &err))
		fail_msg("%s: %s", text, err.message);
	return name_constraint_text(arena, &name);
}

static void bases_round_trip(void **state)
{
	(void)state;
	static const char *const samples[] = {
		"dns:example.com", "dns:", "email:joe@example.com", "email:.example.com",
		"email:example.com", "uri:.example.com", "uri:www.example.com", "ip:10.0.0.0/8",
		"ip:192.0.2.1/32", "ip:0.0.0.0/0", "ip:2001:db8::/33", "ip:::/0",
		"directory:CN=a,C=DE", "directory:",
	};
	for (size_t i = 0; i < sizeof samples / sizeof *samples; i++)
		assert_string_equal(there_and_back(samples[i]), samples[i]);
	assert_string_equal(there_and_back("ip:192.0.2.1"), "ip:192.0.2.1/32");
	assert_string_equal(there_and_back("ip:::ffff:10.0.0.0/104"), "ip:10.0.0.0/8");
}

static void what_is_no_base_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text, *message;
	} bad[] = {
		{"", "not of the form kind:value"}, {"example.com", "not of the form kind:value"},
		{"other:1.2.3:0500", "not of the form kind:value"},
		{"registered-id:1.2.3", "not of the form kind:value"},
		{"dns:.example.com", "dns constraint: not a host name"},
		{"dns:*.example.com", "dns constraint: not a host name"},
		{"email:", "email constraint: not a mailbox"},
		{"email:@example.com", "email constraint: not a mailbox"},
		{"uri:", "uri constraint: not host"}, {"uri:http://a", "uri constraint: not host"},
		{"ip:10.0.0.1/8", "not a network"}, {"ip:10.0.0.0/255.0.0.0", "not a network"},
		{"ip:", "not a network"}, {"directory:XY=a", "unknown attribute type"},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct general_name name;
		struct error err = {0};
		assert_int_equal(name_constraint_from_text(arena, bad[i].text, &name, &err),
		                 SIGNET_E_BAD_NAME);
		if (!strstr(err.message, bad[i].message))
			fail_msg("%s: %s", bad[i].text, err.message);
	}
}

static void broken_networks_have_no_text(void **state)
{
	(void)state;
	static const char *const broken[] = {"", "0a000000", "0a0000", "0a000000ff0000"};
	for (size_t i = 0; i < sizeof broken / sizeof *broken; i++) {
		const struct general_name name = {GN_IP, hex(broken[i])};
		assert_null(name_constraint_text(arena, &name));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bases_round_trip),
		cmocka_unit_test(what_is_no_base_is_refused),
		cmocka_unit_test(broken_networks_have_no_text),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
