#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"
#include "asn1/name.h"

#define NAMES_MAX 8

static struct error err;

static struct general_name *bases(const char *const *texts, size_t *count)
{
	struct general_name *list = arena_array(arena, NAMES_MAX, sizeof *list);
	for (*count = 0; *count < NAMES_MAX && texts[*count]; ++*count)
		assert_int_equal(name_constraint_from_text(arena, texts[*count], &list[*count],
		                                           NULL), 0);
	return list;
}

#define LIST(...) ((const char *const[NAMES_MAX]){__VA_ARGS__})
#define NONE ((const char *const[NAMES_MAX]){NULL})

static struct name_constraints constrain(const char *const *permitted,
                                         const char *const *excluded)
{
	struct name_constraints c;
	c.permitted = bases(permitted, &c.permitted_count);
	c.excluded = bases(excluded, &c.excluded_count);
	return c;
}

static int check_names(const struct name_constraints *c, const char *subject,
                       const char *const *texts)
{
	struct general_name names[NAMES_MAX];
	struct bytes der = BYTES_NONE;
	size_t count = 0;
	assert_int_equal(name_from_text(arena, subject, &der, NULL), 0);
	for (; count < NAMES_MAX && texts[count]; count++)
		assert_int_equal(general_name_from_text(arena, texts[count], &names[count], NULL), 0);
	err = (struct error){0};
	return name_constraints_check(c, arena, der, names, count, &err);
}

/* One alternative name under an empty subject. */
static int check_name(const struct name_constraints *c, const char *text)
{
	return check_names(c, "", LIST(text));
}

static void refuses(const struct name_constraints *c, const char *text, const char *message)
{
	assert_int_equal(check_name(c, text), SIGNET_E_BAD_NAME);
	assert_int_equal(err.code, SIGNET_E_BAD_NAME);
	if (!strstr(err.message, message))
		fail_msg("'%s' does not say '%s'", err.message, message);
}

static void names_must_lie_in_what_is_permitted(void **state)
{
	(void)state;
	struct name_constraints c = constrain(LIST("dns:example.com", "dns:example.org"), NONE);
	assert_int_equal(check_name(&c, "dns:a.example.com"), 0);
	assert_int_equal(check_name(&c, "dns:*.example.org"), 0);
	refuses(&c, "dns:evil.org", "not permitted by the name constraints of the issuer: "
	                            "dns name \"evil.org\"");
	refuses(&c, "dns:*.com", "dns name \"*.com\"");
	assert_int_equal(check_names(&c, "", LIST("dns:a.example.com", "dns:b.evil.org")),
	                 SIGNET_E_BAD_NAME);
	/* other kinds are free */
	assert_int_equal(check_name(&c, "email:joe@evil.org"), 0);
	assert_int_equal(check_name(&c, "ip:192.0.2.1"), 0);
	assert_int_equal(check_name(&c, "other:1.2.3:0500"), 0);
	assert_int_equal(check_names(&c, "O=Example", NONE), 0);
}

static void what_is_excluded_wins(void **state)
{
	(void)state;
	struct name_constraints c = constrain(LIST("dns:example.com"), LIST("dns:vip.example.com"));
	assert_int_equal(check_name(&c, "dns:www.example.com"), 0);
	refuses(&c, "dns:a.vip.example.com", "excluded (dns:vip.example.com) by the name "
	                                     "constraints of the issuer: dns name "
	                                     "\"a.vip.example.com\"");
	refuses(&c, "dns:*.example.com", "excluded (dns:vip.example.com)");
	assert_int_equal(check_name(&c, "dns:*.www.example.com"), 0);
	c = constrain(NONE, LIST("dns:"));
	refuses(&c, "dns:a.b", "excluded (dns:)");
}

static void mapped_addresses_are_both_addresses(void **state)
{
	(void)state;
	struct name_constraints c = constrain(NONE, LIST("ip:10.0.0.0/8"));
	refuses(&c, "ip:10.1.1.1", "ip name \"10.1.1.1\"");
	refuses(&c, "ip:::ffff:10.1.1.1", "ip name \"::ffff:10.1.1.1\"");
	assert_int_equal(check_name(&c, "ip:::ffff:11.1.1.1"), 0);
	assert_int_equal(check_name(&c, "ip:2001:db8::1"), 0);
	c = constrain(LIST("ip:10.0.0.0/8"), NONE);
	refuses(&c, "ip:::ffff:10.1.1.1", "not permitted");
	refuses(&c, "ip:2001:db8::1", "not permitted");
	c = constrain(LIST("ip:10.0.0.0/8", "ip:::/0"), NONE);
	assert_int_equal(check_name(&c, "ip:::ffff:10.1.1.1"), 0);
	refuses(&c, "ip:::ffff:11.1.1.1", "not permitted");
	c = constrain(NONE, LIST("ip:::/0"));
	refuses(&c, "ip:::ffff:10.1.1.1", "excluded (ip:::/0)");
	assert_int_equal(check_name(&c, "ip:10.1.1.1"), 0);
}

static void subjects_are_directory_names(void **state)
{
	(void)state;
	struct name_constraints c = constrain(LIST("directory:O=Example,C=DE"),
	                                      LIST("directory:OU=Vip,O=Example,C=DE"));
	assert_int_equal(check_names(&c, "CN=a,O=Example,C=DE", NONE), 0);
	assert_int_equal(check_names(&c, "CN=a,O=EXAMPLE,C=DE", NONE), 0);
	assert_int_equal(check_names(&c, "", NONE), 0);
	assert_int_equal(check_names(&c, "CN=a,O=Other,C=DE", NONE), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "subject \"CN=a,O=Other,C=DE\""));
	assert_int_equal(check_names(&c, "CN=a,OU=vip,O=Example,C=DE", NONE), SIGNET_E_BAD_NAME);
	assert_int_equal(check_name(&c, "directory:CN=b,O=Example,C=DE"), 0);
	refuses(&c, "directory:CN=b,C=DE", "directory name \"CN=b,C=DE\"");
}

static void mailboxes_of_the_subject_are_judged(void **state)
{
	(void)state;
	struct name_constraints c = constrain(LIST("email:example.com"), NONE);
	assert_int_equal(check_names(&c, "emailAddress=joe@example.com", NONE), 0);
	assert_int_equal(check_names(&c, "emailAddress=joe@evil.org", NONE), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "emailAddress \"joe@evil.org\""));
	/* also beside an alternative name */
	assert_int_equal(check_names(&c, "emailAddress=joe@evil.org",
	                             LIST("email:joe@example.com")), SIGNET_E_BAD_NAME);
	assert_int_equal(check_names(&c, "emailAddress=joe", NONE), SIGNET_E_BAD_NAME);
	/* id-on-SmtpUTF8Mailbox, and another one */
	refuses(&c, "other:1.3.6.1.5.5.7.8.9:0c0361406a", "not to be judged");
	assert_int_equal(check_name(&c, "other:1.3.6.1.5.5.7.8.7:160361406a"), 0);
	c = constrain(LIST("dns:example.com"), NONE);
	assert_int_equal(check_names(&c, "emailAddress=joe", NONE), 0);
}

static void host_names_in_common_names_are_judged(void **state)
{
	(void)state;
	struct name_constraints c = constrain(LIST("dns:example.com", "ip:10.0.0.0/8"), NONE);
	static const char *const good[] = {
		"CN=a.example.com", "CN=*.example.com", "CN=Joe User", "CN=joe",
		"CN=joe@evil.org", "CN=evil..org", "CN=2001", "CN=-a.b",
	};
	static const char *const bad[] = {
		"CN=a.evil.org", "CN=*.evil.org", "CN=evil.org.", "CN=my_host.evil.org",
		"CN=joe.user", "CN=192.0.2.1", "CN=a.evil.org,CN=a.example.com",
		"CN=a.example.com,CN=a.evil.org", "CN=2001:db8::1",
	};
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (check_names(&c, good[i], NONE))
			fail_msg("%s: %s", good[i], err.message);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (check_names(&c, bad[i], LIST("dns:a.example.com")) != SIGNET_E_BAD_NAME)
			fail_msg("%s is taken", bad[i]);
	assert_int_equal(check_names(&c, "CN=a.evil.org", NONE), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "common name \"a.evil.org\""));
	c = constrain(NONE, LIST("ip:10.0.0.0/8"));
	assert_int_equal(check_names(&c, "CN=10.0.0.1", NONE), SIGNET_E_BAD_NAME);
	assert_int_equal(check_names(&c, "CN=11.0.0.1", NONE), 0);
}

static void uris_without_a_host_are_refused(void **state)
{
	(void)state;
	struct name_constraints c = constrain(NONE, LIST("uri:evil.org"));
	assert_int_equal(check_name(&c, "uri:http://example.com/"), 0);
	refuses(&c, "uri:http://joe@evil.org:80/", "excluded (uri:evil.org)");
	refuses(&c, "uri:urn:isbn:1", "not to be judged");
	refuses(&c, "uri:http://192.0.2.1/", "not to be judged");
	refuses(&c, "uri:http://[2001:db8::1]/", "not to be judged");
	c = constrain(NONE, LIST("dns:evil.org"));
	assert_int_equal(check_name(&c, "uri:urn:isbn:1"), 0);
}

static void kinds_that_cannot_be_applied_refuse(void **state)
{
	(void)state;
	struct general_name other = {GN_OTHER, hex("06032a0304 a002 0500")};
	struct general_name id = {GN_REGISTERED_ID, hex("2a0304")};
	struct name_constraints excluded = {NULL, &other, 0, 1}, permitted = {&id, NULL, 1, 0};
	refuses(&excluded, "other:1.2.3:0500", "other name");
	assert_int_equal(check_name(&excluded, "registered-id:1.2.3"), 0);
	assert_int_equal(check_name(&excluded, "dns:a.b"), 0);
	refuses(&permitted, "registered-id:1.2.3.4", "not to be judged");
}

static void broken_names_are_refused(void **state)
{
	(void)state;
	struct name_constraints c = constrain(LIST("dns:example.com"), NONE);
	const struct general_name bad[] = {
		{GN_DNS, bytes_make("a\0.example.com", 14)}, {GN_DNS, BYTES_NONE},
		{GN_IP, hex("0a0000")}, {GN_DIRECTORY, hex("3105")}, {GN_EMAIL, bytes_text("x")},
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(name_constraints_check(&c, arena, NAME_EMPTY, &bad[i], 1, NULL),
		                 SIGNET_E_BAD_NAME);
	assert_int_equal(name_constraints_check(&c, arena, hex("3003 310100"), NULL, 0, NULL),
	                 SIGNET_E_BAD_NAME);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(names_must_lie_in_what_is_permitted),
		cmocka_unit_test(what_is_excluded_wins),
		cmocka_unit_test(mapped_addresses_are_both_addresses),
		cmocka_unit_test(subjects_are_directory_names),
		cmocka_unit_test(mailboxes_of_the_subject_are_judged),
		cmocka_unit_test(host_names_in_common_names_are_judged),
		cmocka_unit_test(uris_without_a_host_are_refused),
		cmocka_unit_test(kinds_that_cannot_be_applied_refuse),
		cmocka_unit_test(broken_names_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
