#include "certificates.h"

#define START SERVER_KEYS "base: \"ou=devices," BASE "\"\n"
#define DEVICE "cn=door,ou=devices," BASE

static void attributes_are_filled_and_those_of_the_name_come_once(void **state)
{
	(void)state;
	void *instance = instance_open(
		START "dn: \"cn={common-name}+l=here,{base}\"\n"
		"create: {object-classes: [device, pkiUser], attributes: {serialNumber: [\"{serial}\", two], "
		"description: \"{common-name}, {profile}\", CN: [\"{common-name}\", bell]}}\n", server.port);
	struct bytes leaf = make_leaf("door");
	expect(instance, ISSUED(leaf, "a@example.com"), SIGNET_EXIT_DONE);
	const char *dn = "cn=door+l=here,ou=devices," BASE;
	assert_int_equal(server_count(dn, "cn"), 2);
	assert_true(server_holds(dn, "cn", bytes_text("bell")));
	assert_true(server_holds(dn, "l", bytes_text("here")));
	assert_true(server_holds(dn, "serialNumber", bytes_text("4142")));
	assert_true(server_holds(dn, "serialNumber", bytes_text("two")));
	assert_true(server_holds(dn, "description", bytes_text("door, device")));
	assert_true(server_holds(dn, USER_CERTIFICATE, leaf));
}

static void value_that_is_missing_is_given_up_and_nothing_is_made(void **state)
{
	(void)state;
	void *instance = instance_open(START "dn: \"cn={common-name},{base}\"\n"
	                               "create: {object-classes: [device, pkiUser], attributes: {l: \"{subject.L}\"}}\n",
	                               server.port);
	expect(instance, ISSUED(make_leaf("door"), "a@example.com"), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(notified.message, "{subject.L}"));
	assert_int_equal(server_count(DEVICE, "cn"), -1);
}

static void what_the_schema_refuses_is_given_up(void **state)
{
	(void)state;
	static const char *const classes[] = {"[device]", "[nonsense, pkiUser]", "[pkiUser]",
	                                      "[inetOrgPerson]"};
	for (size_t i = 0; i < sizeof classes / sizeof *classes; i++) {
		char text[1024];
		snprintf(text, sizeof text, START "dn: \"cn={common-name},{base}\"\ncreate: {object-classes: %s}\n",
		         server.port, classes[i]);
		void *instance = instance_open("%s", text);
		expect(instance, ISSUED(make_leaf("door"), "a@example.com"), SIGNET_EXIT_GIVE_UP);
		assert_non_null(strstr(notified.message, "cannot create '" DEVICE "'"));
		assert_true(notified.detail[0]);
	}
}

static void name_that_the_directory_refuses_is_given_up(void **state)
{
	(void)state;
	void *instance = instance_open(START "dn: \"nonsense={common-name},{base}\"\n"
	                               "create: {object-classes: [device, pkiUser]}\n", server.port);
	expect(instance, ISSUED(make_leaf("door"), "a@example.com"), SIGNET_EXIT_GIVE_UP);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(attributes_are_filled_and_those_of_the_name_come_once),
		TEST(value_that_is_missing_is_given_up_and_nothing_is_made),
		TEST(what_the_schema_refuses_is_given_up),
		TEST(name_that_the_directory_refuses_is_given_up),
	};
	return cmocka_run_group_tests(tests, certificates_setup, certificates_teardown);
}
