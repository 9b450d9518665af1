#include "certificates.h"

#define PERSON(uid)                                                                               \
	"dn: cn=" uid ",ou=people," BASE "\nobjectClass: inetOrgPerson\ncn: " uid "\nsn: x\nmail: " uid \
	"@example.com\n\n"
#define ENTRY(cn) "cn=" cn ",ou=people," BASE
#define BY_MAIL SERVER_KEYS "base: \"" BASE "\"\nfilter: \"(mail={email})\"\n"
#define BY_DN SERVER_KEYS "base: \"ou=devices," BASE "\"\ndn: \"cn={common-name},{base}\"\n"
#define CREATED BY_DN "create: {object-classes: [device, pkiUser], attributes: {serialNumber: \"{serial}\"}}\n"
#define DEVICE(cn) "cn=" cn ",ou=devices," BASE

static void issued_certificate_comes_to_the_entry_that_the_filter_finds(void **state)
{
	(void)state;
	server_change(PERSON("alice") PERSON("bob"));
	void *instance = instance_open(BY_MAIL, server.port);
	struct bytes first = make_leaf("alice"), second = make_leaf("alice");
	expect(instance, ISSUED(first, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY("alice"), USER_CERTIFICATE, first));
	/* a second time is harmless, another one comes beside it */
	expect(instance, ISSUED(first, "alice@example.com"), SIGNET_EXIT_DONE);
	expect(instance, ISSUED(second, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY("alice"), USER_CERTIFICATE, second));
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 2);
	assert_int_equal(server_count(ENTRY("bob"), USER_CERTIFICATE), 0);
}

static void revoked_certificate_leaves_and_no_other(void **state)
{
	(void)state;
	server_change(PERSON("alice"));
	void *instance = instance_open(BY_MAIL, server.port);
	struct bytes first = make_leaf("alice"), second = make_leaf("alice");
	expect(instance, ISSUED(first, "alice@example.com"), SIGNET_EXIT_DONE);
	expect(instance, ISSUED(second, "alice@example.com"), SIGNET_EXIT_DONE);
	expect(instance, REVOKED(first, "alice@example.com"), SIGNET_EXIT_DONE);
	expect(instance, REVOKED(first, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_false(server_holds(ENTRY("alice"), USER_CERTIFICATE, first));
	assert_true(server_holds(ENTRY("alice"), USER_CERTIFICATE, second));
	/* there is nothing to be removed where there is no entry */
	expect(instance, REVOKED(first, "carol@example.com"), SIGNET_EXIT_DONE);
}

static void what_it_is_now_decides_and_not_what_the_event_says(void **state)
{
	(void)state;
	server_change(PERSON("alice"));
	void *instance = instance_open(BY_MAIL, server.port);
	struct bytes leaf = make_leaf("alice");
	const struct {
		enum signet_event_kind kind;
		enum signet_certificate_state now;
		int count;
	} steps[] = {
		{SIGNET_EVENT_ISSUED, SIGNET_REVOKED, 0},   {SIGNET_EVENT_ISSUED, SIGNET_HELD, 0},
		{SIGNET_EVENT_ISSUED, SIGNET_VALID, 1},     {SIGNET_EVENT_REVOKED, SIGNET_HELD, 0},
		{SIGNET_EVENT_UNREVOKED, SIGNET_VALID, 1},  {SIGNET_EVENT_REVOKED, SIGNET_VALID, 1},
		{SIGNET_EVENT_UNREVOKED, SIGNET_REVOKED, 0}, {SIGNET_EVENT_ISSUED, 0, 1},
		{SIGNET_EVENT_REVOKED, 0, 0},               {SIGNET_EVENT_UNREVOKED, 0, 1},
		{SIGNET_EVENT_REVOKED, SIGNET_EXPIRED, 0},
	};
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++) {
		expect(instance, make_event(steps[i].kind, steps[i].now, leaf, "alice@example.com"),
		       SIGNET_EXIT_DONE);
		if (server_count(ENTRY("alice"), USER_CERTIFICATE) != steps[i].count)
			fail_msg("step %zu", i);
	}
}

static void expired_certificate_is_not_published(void **state)
{
	(void)state;
	server_change(PERSON("alice"));
	void *instance = instance_open(BY_MAIL, server.port);
	struct bytes old = make_certificate(OUR_NAME, "CN=alice", -100, -1);
	expect(instance, ISSUED(old, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 0);
}

/* An entry with an expired one of ours, an expired one of another authority, and one of ours. */
static struct bytes old, foreign, current;
static void fill_alice(void)
{
	server_change(PERSON("alice"));
	void *instance = instance_open(BY_MAIL "remove-expired: false\n", server.port);
	old = make_certificate(OUR_NAME, "CN=alice", -100, -1);
	foreign = make_certificate("CN=Other CA,O=Example", "CN=alice", -100, -1);
	current = make_certificate(OUR_NAME, "CN=alice", -10, 90);
	clock_freeze(NOW - 50 * DAY);
	expect(instance, ISSUED(old, "alice@example.com"), SIGNET_EXIT_DONE);
	expect(instance, ISSUED(foreign, "alice@example.com"), SIGNET_EXIT_DONE);
	clock_freeze(NOW);
	expect(instance, ISSUED(current, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 3);
}

static void new_certificate_takes_the_expired_ones_of_its_authority_away(void **state)
{
	(void)state;
	fill_alice();
	void *instance = instance_open(BY_MAIL, server.port);
	struct bytes next = make_leaf("alice");
	expect(instance, ISSUED(next, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 3);
	assert_false(server_holds(ENTRY("alice"), USER_CERTIFICATE, old));
	assert_true(server_holds(ENTRY("alice"), USER_CERTIFICATE, foreign));
	assert_true(server_holds(ENTRY("alice"), USER_CERTIFICATE, current));
}

static void replacing_leaves_one_of_its_authority(void **state)
{
	(void)state;
	fill_alice();
	void *instance = instance_open(BY_MAIL "mode: replace\nremove-expired: false\n", server.port);
	struct bytes next = make_leaf("alice");
	expect(instance, ISSUED(next, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 2);
	assert_true(server_holds(ENTRY("alice"), USER_CERTIFICATE, foreign));
	assert_true(server_holds(ENTRY("alice"), USER_CERTIFICATE, next));
	/* an event that comes late does not bring the predecessor back */
	expect(instance, ISSUED(current, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_false(server_holds(ENTRY("alice"), USER_CERTIFICATE, current));
	/* but where the successor is revoked, it does */
	expect(instance, REVOKED(next, "alice@example.com"), SIGNET_EXIT_DONE);
	expect(instance, ISSUED(current, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY("alice"), USER_CERTIFICATE, current));
}

static void more_than_one_entry_is_given_up(void **state)
{
	(void)state;
	server_change(PERSON("alice") PERSON("bob"));
	server_change("dn: " ENTRY("bob") "\nchangetype: modify\nadd: mail\nmail: alice@example.com\n");
	void *instance = instance_open(BY_MAIL, server.port);
	struct bytes leaf = make_leaf("alice");
	expect(instance, ISSUED(leaf, "alice@example.com"), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(notified.message, "more than one entry"));
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 0);
	assert_int_equal(server_count(ENTRY("bob"), USER_CERTIFICATE), 0);
}

static void missing_entry_is_given_up_or_waited_for(void **state)
{
	(void)state;
	struct bytes leaf = make_leaf("carol");
	void *by_mail = instance_open(BY_MAIL, server.port);
	expect(by_mail, ISSUED(leaf, "carol@example.com"), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(notified.message, "(mail=carol@example.com)"));
	void *by_dn = instance_open(BY_DN "missing: give-up\n", server.port);
	expect(by_dn, ISSUED(leaf, "carol@example.com"), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(notified.message, DEVICE("carol")));
	void *patient = instance_open(BY_MAIL "missing: retry\n", server.port);
	expect(patient, ISSUED(leaf, "carol@example.com"), SIGNET_EXIT_RETRY);
	server_change(PERSON("carol"));
	expect(patient, ISSUED(leaf, "carol@example.com"), SIGNET_EXIT_DONE);
	assert_true(server_holds(ENTRY("carol"), USER_CERTIFICATE, leaf));
}

static void directory_without_its_base_is_waited_for(void **state)
{
	(void)state;
	struct bytes leaf = make_leaf("alice");
	void *by_mail = instance_open(SERVER_KEYS "base: \"ou=none," BASE "\"\nfilter: \"(mail={email})\"\n",
	                              server.port);
	expect(by_mail, ISSUED(leaf, "a@example.com"), SIGNET_EXIT_RETRY);
	void *by_dn = instance_open(SERVER_KEYS "base: \"ou=none," BASE "\"\ndn: \"cn=x,{base}\"\n"
	                            "create: {object-classes: [device, pkiUser]}\n", server.port);
	expect(by_dn, ISSUED(leaf, "a@example.com"), SIGNET_EXIT_RETRY);
	assert_non_null(strstr(notified.message, "base"));
	/* what is to be removed may come back with it */
	expect(by_dn, REVOKED(leaf, "a@example.com"), SIGNET_EXIT_RETRY);
}

static void missing_parent_is_given_up(void **state)
{
	(void)state;
	struct bytes leaf = make_leaf("alice");
	void *instance = instance_open(SERVER_KEYS "base: \"" BASE "\"\ndn: \"cn=x,ou={profile},{base}\"\n"
	                               "create: {object-classes: [device, pkiUser]}\n", server.port);
	expect(instance, ISSUED(leaf, "a@example.com"), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(notified.message, "no entry above 'cn=x,ou=device,"));
}

static void hostile_mailbox_finds_nobody(void **state)
{
	(void)state;
	server_change(PERSON("alice"));
	void *instance = instance_open(BY_MAIL, server.port);
	static const char *const hostile[] = {
		"*", "alice@example.com)(objectClass=*", "*)(|(mail=*", "alice@example.co\\6d",
		"x)(mail=alice@example.com", "a*e@example.com", "\\2a",
	};
	struct bytes leaf = make_leaf("alice");
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		expect(instance, ISSUED(leaf, hostile[i]), SIGNET_EXIT_GIVE_UP);
		assert_non_null(strstr(notified.message, "there is no entry"));
	}
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 0);
}

static void hostile_common_name_stays_one_entry(void **state)
{
	(void)state;
	void *instance = instance_open(CREATED, server.port);
	struct bytes leaf = make_certificate(
		OUR_NAME, "CN=x\\,ou=people\\,dc=example\\+cn=\\\"y\\\"\\;\\<z\\>\\= \\#\\ ", -1, 90);
	expect(instance, ISSUED(leaf, "a@example.com"), SIGNET_EXIT_DONE);
	const char *dn = "cn=x\\2cou=people\\2cdc=example\\2bcn=\\22y\\22\\3b\\3cz\\3e= #\\20,ou=devices," BASE;
	assert_true(server_holds(dn, USER_CERTIFICATE, leaf));
	assert_true(server_holds(dn, "cn", bytes_text("x,ou=people,dc=example+cn=\"y\";<z>= # ")));
	/* and is found again */
	expect(instance, REVOKED(leaf, "a@example.com"), SIGNET_EXIT_DONE);
	assert_false(server_holds(dn, USER_CERTIFICATE, leaf));
}

static void value_that_is_missing_is_given_up(void **state)
{
	(void)state;
	void *instance = instance_open(BY_MAIL, server.port);
	struct bytes leaf = make_leaf("alice");
	expect(instance, ISSUED(leaf, ""), SIGNET_EXIT_GIVE_UP);
	assert_non_null(strstr(notified.message, "{email}: the certificate has none"));
}

static void event_without_a_certificate_is_given_up(void **state)
{
	(void)state;
	void *instance = instance_open(BY_MAIL, server.port);
	expect(instance, ISSUED(BYTES_NONE, "a@example.com"), SIGNET_EXIT_GIVE_UP);
	expect(instance, ISSUED(bytes_text("rubbish"), "a@example.com"), SIGNET_EXIT_GIVE_UP);
}

static void entry_is_created_where_told_to(void **state)
{
	(void)state;
	void *instance = instance_open(CREATED, server.port);
	struct bytes first = make_leaf("door"), second = make_leaf("door");
	expect(instance, ISSUED(first, "a@example.com"), SIGNET_EXIT_DONE);
	assert_true(server_holds(DEVICE("door"), USER_CERTIFICATE, first));
	assert_true(server_holds(DEVICE("door"), "cn", bytes_text("door")));
	assert_true(server_holds(DEVICE("door"), "serialNumber", bytes_text("4142")));
	expect(instance, ISSUED(second, "a@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(DEVICE("door"), USER_CERTIFICATE), 2);
	/* it stays when it is empty */
	expect(instance, REVOKED(first, "a@example.com"), SIGNET_EXIT_DONE);
	expect(instance, REVOKED(second, "a@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(DEVICE("door"), USER_CERTIFICATE), 0);
}

static void entry_is_created_where_the_filter_finds_none(void **state)
{
	(void)state;
	void *instance = instance_open(
		SERVER_KEYS "base: \"" BASE "\"\nfilter: \"(mail={email})\"\ndn: \"cn={email|local},ou=people,{base}\"\n"
		"create: {object-classes: inetOrgPerson, attributes: {sn: \"{common-name}\", mail: [\"{email}\"]}}\n",
		server.port);
	struct bytes first = make_leaf("Alice A."), second = make_leaf("Alice A.");
	expect(instance, ISSUED(first, "alice@example.com"), SIGNET_EXIT_DONE);
	expect(instance, ISSUED(second, "alice@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 2);
	assert_true(server_holds(ENTRY("alice"), "sn", bytes_text("Alice A.")));
	/* another of that name, whom the filter does not find, is not touched */
	expect(instance, ISSUED(first, "alice@example.org"), SIGNET_EXIT_RETRY);
	assert_int_equal(server_count(ENTRY("alice"), USER_CERTIFICATE), 2);
}

static void entry_goes_with_its_last_certificate_where_told_to(void **state)
{
	(void)state;
	void *instance = instance_open(CREATED "remove-entry: true\n", server.port);
	struct bytes first = make_leaf("door"), second = make_leaf("door");
	expect(instance, ISSUED(first, "a@example.com"), SIGNET_EXIT_DONE);
	expect(instance, ISSUED(second, "a@example.com"), SIGNET_EXIT_DONE);
	expect(instance, REVOKED(first, "a@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(DEVICE("door"), USER_CERTIFICATE), 1);
	expect(instance, REVOKED(first, "a@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(DEVICE("door"), USER_CERTIFICATE), 1);
	expect(instance, REVOKED(second, "a@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(DEVICE("door"), USER_CERTIFICATE), -1);
	expect(instance, REVOKED(second, "a@example.com"), SIGNET_EXIT_DONE);
	/* one that was interrupted before the entry went, and one that others stand below */
	expect(instance, ISSUED(first, "a@example.com"), SIGNET_EXIT_DONE);
	server_change("dn: " DEVICE("door") "\nchangetype: modify\ndelete: userCertificate;binary\n");
	expect(instance, REVOKED(first, "a@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(DEVICE("door"), USER_CERTIFICATE), -1);
	expect(instance, ISSUED(first, "a@example.com"), SIGNET_EXIT_DONE);
	server_change("dn: cn=bell," DEVICE("door") "\nobjectClass: device\n");
	expect(instance, REVOKED(first, "a@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(DEVICE("door"), USER_CERTIFICATE), 0);
}

static void entry_gets_the_class_that_lets_it_hold_certificates(void **state)
{
	(void)state;
	server_change("dn: " DEVICE("door") "\nobjectClass: device\n");
	void *instance = instance_open(BY_DN, server.port);
	struct bytes leaf = make_leaf("door");
	expect(instance, ISSUED(leaf, "a@example.com"), SIGNET_EXIT_DONE);
	assert_true(server_holds(DEVICE("door"), "objectClass", bytes_text("pkiUser")));
	assert_true(server_holds(DEVICE("door"), USER_CERTIFICATE, leaf));
}

static void entry_loses_the_class_that_needs_a_certificate(void **state)
{
	(void)state;
	void *instance = instance_open(
		BY_DN "create: {object-classes: [device, strongAuthenticationUser]}\n", server.port);
	struct bytes leaf = make_leaf("door");
	expect(instance, ISSUED(leaf, "a@example.com"), SIGNET_EXIT_DONE);
	expect(instance, REVOKED(leaf, "a@example.com"), SIGNET_EXIT_DONE);
	assert_int_equal(server_count(DEVICE("door"), USER_CERTIFICATE), 0);
	assert_false(server_holds(DEVICE("door"), "objectClass", bytes_text("strongAuthenticationUser")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(issued_certificate_comes_to_the_entry_that_the_filter_finds),
		TEST(revoked_certificate_leaves_and_no_other),
		TEST(what_it_is_now_decides_and_not_what_the_event_says),
		TEST(expired_certificate_is_not_published),
		TEST(new_certificate_takes_the_expired_ones_of_its_authority_away),
		TEST(replacing_leaves_one_of_its_authority),
		TEST(more_than_one_entry_is_given_up),
		TEST(missing_entry_is_given_up_or_waited_for),
		TEST(directory_without_its_base_is_waited_for),
		TEST(missing_parent_is_given_up),
		TEST(hostile_mailbox_finds_nobody),
		TEST(hostile_common_name_stays_one_entry),
		TEST(value_that_is_missing_is_given_up),
		TEST(event_without_a_certificate_is_given_up),
		TEST(entry_is_created_where_told_to),
		TEST(entry_is_created_where_the_filter_finds_none),
		TEST(entry_goes_with_its_last_certificate_where_told_to),
		TEST(entry_gets_the_class_that_lets_it_hold_certificates),
		TEST(entry_loses_the_class_that_needs_a_certificate),
	};
	return cmocka_run_group_tests(tests, certificates_setup, certificates_teardown);
}
