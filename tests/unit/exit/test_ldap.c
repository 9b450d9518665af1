#include "certificates.h"

#define LOGIN "uri: \"ldap://127.0.0.1:1\"\ntimeout: 1s\nbind: anonymous\n"

static int close_all(void **state)
{
	(void)state;
	instances_close();
	return 0;
}

static void good_configuration_is_taken(void **state)
{
	(void)state;
	instance_open(LOGIN "base: \"dc=x\"\nfilter: \"(mail={email})\"\nscope: one\nmissing: retry\n"
	              "mode: replace\nremove-expired: false\nevents: [issued, revoked]\n");
	instance_open(LOGIN "dn: \"cn={common-name},dc=x\"\ncreate: {object-classes: [device, pkiUser], "
	              "attributes: {serialNumber: \"{serial}\", l: [a, b]}}\nremove-entry: true\n");
	instance_open(LOGIN "base: \"dc=x\"\nfilter: \"(cn={name})\"\ndn: \"cn={name},{base}\"\n"
	              "create: {object-classes: device}\n");
	instance_open(LOGIN "authority: {dn: \"cn={authority},dc=x\", create: {object-classes: pkiCA}}\n"
	              "events: [crl-published, ca-certificate]\n");
	instance_open(LOGIN "base: \"dc=x\"\nauthority: {dn: {issuing: \"cn=A,{base}\", other: \"cn=B\"}}\n");
}

static void wrong_configuration_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{"", "nothing is published"},
		{"base: \"dc=x\"\n", "nothing is published"},
		{"base: nonsense\ndn: \"cn=a\"\n", "base: "},
		{"base: \"cn={authority}\"\ndn: \"cn=a\"\n", "base: "},
		{"filter: \"(cn={name})\"\n", "filter: needs the key 'base'"},
		{"base: \"dc=x\"\nfilter: \"cn={name}\"\n", "filter: "},
		{"base: \"dc=x\"\nfilter: \"(cn={nonsense})\"\n", "filter: {nonsense}"},
		{"base: \"dc=x\"\nfilter: \"({name}=x)\"\n", "filter: "},
		{"base: \"dc=x\"\nfilter: \"(cn={name})\"\nscope: base\n", "scope: "},
		{"dn: \"cn={name}\"\nscope: sub\n", "scope: belongs to a filter"},
		{"dn: \"cn={name},{base}\"\n", "dn: "},
		{"dn: \"{name}\"\n", "dn: "},
		{"base: \"dc=x\"\nfilter: \"(cn={name})\"\ndn: \"cn={name}\"\n", "'create' is missing"},
		{"base: \"dc=x\"\nfilter: \"(cn={name})\"\ncreate: {object-classes: a}\n",
		 "create: needs the key 'dn'"},
		{"dn: \"cn={name}\"\nmissing: create\n", "missing: "},
		{"dn: \"cn={name}\"\nmode: append\n", "mode: "},
		{"dn: \"cn={name}\"\nremove-expired: 1\n", "remove-expired: "},
		{"dn: \"cn={name}\"\nremove-entry: true\n", "remove-entry: "},
		{"dn: \"cn={name}\"\nauthority: {}\n", "authority: the key 'dn' is missing"},
		{"dn: \"cn={name}\"\nauthority: {dn: \"cn={name}\"}\n", "authority.dn: {name}"},
		{"dn: \"cn={name}\"\nauthority: {dn: {issuing: \"cn=x\", other: nonsense}}\n", "authority.dn.other: "},
		{"dn: \"cn={name}\"\nauthority: {dn: \"cn=x\", mode: add}\n", "mode"},
		{"dn: \"cn={name}\"\nauthority: {dn: \"cn=x\", create: {}}\n", "'object-classes' is missing"},
		{"dn: \"cn={name}\"\nevents: [issued, crl-published]\n", "'crl-published' has no place"},
		{"authority: {dn: \"cn=x\"}\nevents: [issued]\n", "'issued' has no place"},
		{"dn: \"cn={name}\"\nfliter: x\n", "fliter"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[1024];
		snprintf(text, sizeof text, LOGIN "%s", cases[i].text);
		const char *message = instance_refused(text);
		if (!strstr(message, cases[i].part) || strncmp(message, "t.yaml:", 7) != 0)
			fail_msg("%s: %s", cases[i].text, message);
		instances_close();
	}
}

static void wrong_creation_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{"{}", "'object-classes' is missing"},
		{"{object-classes: []}", "object-classes: is empty"},
		{"{object-classes: [\"a b\"]}", "'a b' is no object class"},
		{"{object-classes: a, attributes: [cn]}", "attributes: "},
		{"{object-classes: a, attributes: {\"c n\": x}}", "attributes.c n: "},
		{"{object-classes: a, attributes: {objectclass: x}}", "attributes.objectclass: "},
		{"{object-classes: a, attributes: {l: []}}", "attributes.l: is empty"},
		{"{object-classes: a, attributes: {l: \"\"}}", "attributes.l: "},
		{"{object-classes: a, attributes: {l: [a, \"{nonsense}\"]}}", "{nonsense}"},
		{"{object-classes: a, classes: b}", "classes"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char text[1024];
		snprintf(text, sizeof text, LOGIN "dn: \"cn={name}\"\ncreate: %s\n", cases[i].text);
		const char *message = instance_refused(text);
		if (!strstr(message, cases[i].part) || !strstr(message, "create"))
			fail_msg("%s: %s", cases[i].text, message);
		instances_close();
	}
}

static void events_without_a_place_need_no_server(void **state)
{
	(void)state;
	struct bytes leaf = make_leaf("a");
	void *instance = instance_open(LOGIN "dn: \"cn={common-name}\"\n");
	expect(instance, make_event(SIGNET_EVENT_CRL_PUBLISHED, 0, leaf, ""), SIGNET_EXIT_DONE);
	expect(instance, make_event(SIGNET_EVENT_CA_CERTIFICATE, 0, leaf, ""), SIGNET_EXIT_DONE);
	expect(instance, ISSUED(leaf, ""), SIGNET_EXIT_RETRY);
	instance = instance_open(LOGIN "authority: {dn: \"cn={authority}\"}\n");
	expect(instance, ISSUED(leaf, ""), SIGNET_EXIT_DONE);
	expect(instance, REVOKED(leaf, ""), SIGNET_EXIT_DONE);
	expect(instance, make_event(SIGNET_EVENT_CA_CERTIFICATE, 0, leaf, ""), SIGNET_EXIT_RETRY);
}

static void error_may_be_left_out(void **state)
{
	(void)state;
	const struct signet_event event = ISSUED(make_leaf("a"), "");
	void *instance = instance_open(LOGIN "dn: \"cn={common-name}\"\n");
	assert_int_equal(exit_ldap.notify(instance, &event, NULL), SIGNET_EXIT_RETRY);
}

#undef TEST
#define TEST(f) cmocka_unit_test_teardown(f, close_all)

static int setup(void **state)
{
	clock_freeze(NOW);
	return arena_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_configuration_is_taken),
		TEST(wrong_configuration_is_refused),
		TEST(wrong_creation_is_refused),
		TEST(events_without_a_place_need_no_server),
		TEST(error_may_be_left_out),
	};
	return cmocka_run_group_tests(tests, setup, arena_teardown);
}
