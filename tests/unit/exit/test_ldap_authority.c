#include "certificates.h"

#define AUTHORITY SERVER_KEYS "base: \"ou=pki," BASE "\"\nauthority:\n  dn: \"cn={authority},{base}\"\n"
#define CREATED AUTHORITY "  create: {object-classes: [applicationProcess, pkiCA], attributes: {description: \"of {authority}\"}}\n"
#define ENTRY "cn=issuing,ou=pki," BASE
#define CA_CERTIFICATE "cACertificate;binary"
#define CRL "certificateRevocationList;binary"
#define DELTA "deltaRevocationList;binary"

static struct signet_event ca_certificate(struct bytes certificate)
{
	return (struct signet_event){.sequence = 5, .kind = SIGNET_EVENT_CA_CERTIFICATE,
	                             .authority = "issuing", .certificate = certificate};
}

static struct signet_event crl(struct bytes der, bool delta)
{
	return (struct signet_event){.sequence = 5, .kind = SIGNET_EVENT_CRL_PUBLISHED,
	                             .authority = "issuing", .crl = der, .delta = delta};
}

static void certificate_comes_to_the_entry_of_its_authority(void **state)
{
	(void)state;
	server_change("dn: " ENTRY "\nobjectClass: applicationProcess\n");
	void *instance = instance_open(AUTHORITY, server.port);
	struct bytes first = data_read("good/chain/issuing.der"), next = data_read("good/chain/root.der");
	expect(instance, ca_certificate(first), SIGNET_EXIT_DONE);
	expect(instance, ca_certificate(first), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY, "objectClass", bytes_text("pkiCA")));
	/* of a new key: beside the first */
	expect(instance, ca_certificate(next), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY, CA_CERTIFICATE, first));
	assert_true(server_holds(ENTRY, CA_CERTIFICATE, next));
	assert_int_equal(server_count(ENTRY, CA_CERTIFICATE), 2);
}

static void entry_is_created_where_told_to(void **state)
{
	(void)state;
	void *instance = instance_open(CREATED, server.port);
	struct bytes certificate = data_read("good/chain/issuing.der");
	expect(instance, ca_certificate(certificate), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY, CA_CERTIFICATE, certificate));
	assert_true(server_holds(ENTRY, "description", bytes_text("of issuing")));
	server_clear();
	struct bytes list = data_read("good/crl/first.der");
	expect(instance, crl(list, false), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY, CRL, list));
}

static void missing_entry_is_given_up_or_waited_for(void **state)
{
	(void)state;
	struct bytes certificate = data_read("good/chain/issuing.der");
	expect(instance_open(AUTHORITY, server.port), ca_certificate(certificate), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(notified.message, ENTRY));
	expect(instance_open(AUTHORITY "missing: retry\n", server.port), ca_certificate(certificate),
	       SIGNET_EXIT_RETRY);
}

static void crl_takes_the_place_of_the_one_before_and_of_no_later_one(void **state)
{
	(void)state;
	server_change("dn: " ENTRY "\nobjectClass: applicationProcess\n");
	void *instance = instance_open(AUTHORITY, server.port);
	struct bytes first = data_read("good/crl/first.der"), second = data_read("good/crl/second.der");
	expect(instance, crl(first, false), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY, CRL, first));
	expect(instance, crl(second, false), SIGNET_EXIT_DONE);
	expect(instance, crl(second, false), SIGNET_EXIT_DONE);
	expect(instance, crl(first, false), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY, CRL, second));
	assert_int_equal(server_count(ENTRY, CRL), 1);
}

static void delta_has_an_attribute_of_its_own(void **state)
{
	(void)state;
	server_change("dn: " ENTRY "\nobjectClass: applicationProcess\n");
	void *instance = instance_open(AUTHORITY, server.port);
	struct bytes full = data_read("good/crl/second.der"), delta = data_read("good/crl/delta.der");
	expect(instance, crl(full, false), SIGNET_EXIT_DONE);
	expect(instance, crl(delta, true), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY, CRL, full));
	assert_true(server_holds(ENTRY, DELTA, delta));
	assert_true(server_holds(ENTRY, "objectClass", bytes_text("deltaCRL")));
}

static void crl_that_is_none_is_given_up(void **state)
{
	(void)state;
	server_change("dn: " ENTRY "\nobjectClass: applicationProcess\n");
	void *instance = instance_open(AUTHORITY, server.port);
	expect(instance, crl(BYTES_NONE, false), SIGNET_EXIT_GIVE_UP);
	expect(instance, crl(bytes_text("rubbish"), false), SIGNET_EXIT_GIVE_UP);
	expect(instance, ca_certificate(BYTES_NONE), SIGNET_EXIT_GIVE_UP);
	assert_int_equal(server_count(ENTRY, CRL), 0);
}

static void each_authority_may_have_a_name_of_its_own(void **state)
{
	(void)state;
	server_change("dn: cn=Our CA\\2c Inc.,ou=pki," BASE "\nobjectClass: applicationProcess\n");
	void *instance = instance_open(SERVER_KEYS "base: \"ou=pki," BASE "\"\nauthority:\n  dn:\n"
	                               "    issuing: \"cn=Our CA\\\\2c Inc.,{base}\"\n", server.port);
	struct bytes certificate = data_read("good/chain/issuing.der");
	expect(instance, ca_certificate(certificate), SIGNET_EXIT_DONE);
	assert_true(server_holds("cn=Our CA\\2c Inc.,ou=pki," BASE, CA_CERTIFICATE, certificate));
	struct signet_event event = ca_certificate(certificate);
	event.authority = "another";
	expect(instance, event, SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(notified.message, "'another'"));
}

static void an_authority_that_there_is_not_is_refused(void **state)
{
	(void)state;
	const char *message = instance_refused(
		"uri: \"ldap://127.0.0.1\"\n" SERVER_LOGIN "authority:\n  dn:\n    issuing: \"cn=a\"\n"
		"    nobody: \"cn=b\"\n");
	assert_string_equal(message, "t.yaml:6: authority.dn.nobody: there is no authority 'nobody'");
	message = instance_refused("uri: \"ldap://127.0.0.1\"\n" SERVER_LOGIN "authority: {dn: {}}\n");
	assert_string_equal(message, "t.yaml:3: authority.dn: is empty");
}

static void without_an_entry_for_it_nothing_is_done(void **state)
{
	(void)state;
	void *instance = instance_open(SERVER_KEYS "base: \"" BASE "\"\nfilter: \"(cn={common-name})\"\n",
	                               server.port);
	expect(instance, ca_certificate(data_read("good/chain/issuing.der")), SIGNET_EXIT_DONE);
	expect(instance, crl(data_read("good/crl/first.der"), false), SIGNET_EXIT_DONE);
	instance = instance_open(AUTHORITY, server.port);
	expect(instance, ISSUED(make_leaf("alice"), "a@example.com"), SIGNET_EXIT_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(certificate_comes_to_the_entry_of_its_authority),
		TEST(entry_is_created_where_told_to),
		TEST(missing_entry_is_given_up_or_waited_for),
		TEST(crl_takes_the_place_of_the_one_before_and_of_no_later_one),
		TEST(delta_has_an_attribute_of_its_own),
		TEST(crl_that_is_none_is_given_up),
		TEST(an_authority_that_there_is_not_is_refused),
		TEST(each_authority_may_have_a_name_of_its_own),
		TEST(without_an_entry_for_it_nothing_is_done),
	};
	return cmocka_run_group_tests(tests, certificates_setup, certificates_teardown);
}
