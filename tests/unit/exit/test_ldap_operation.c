#include "certificates.h"

#include "exit/ldap_private.h"

#define PERSON(cn) "dn: cn=" cn ",ou=people," BASE "\nobjectClass: inetOrgPerson\ncn: " cn "\nsn: x\n\n"
#define ENTRY(cn) "cn=" cn ",ou=people," BASE

static struct directory_target target;
static struct directory directory;
static struct conf *conf;

static int setup(void **state)
{
	if (certificates_setup(state))
		return -1;
	char uri[64];
	snprintf(uri, sizeof uri, "ldap://127.0.0.1:%u", server.port);
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text("password: {file: password}\n"), NULL), 0);
	target = (struct directory_target){
		.uris = arena_array(arena, 1, sizeof *target.uris), .uri_count = 1,
		.ca = arena_strdup(arena, "/none"), .identity = DIRECTORY_SIMPLE,
		.dn = "cn=signet," BASE, .password = conf_find(conf_root(conf), "password"),
		.directory = server.path, .timeout = 5,
	};
	target.uris[0] = arena_strdup(arena, uri);
	directory = (struct directory){.target = &target, .fd = -1};
	return 0;
}

static int teardown(void **state)
{
	directory_close(&directory);
	conf_free(conf);
	return certificates_teardown(state);
}

static void open_it(void)
{
	struct error err = {0};
	if (directory_open(&directory, &err) != SIGNET_EXIT_DONE)
		fail_msg("%s", err.message);
}

static int find(struct directory_entry *entry, const char *filter)
{
	return directory_find(&directory, entry, "ou=people," BASE, LDAP_SCOPE_SUBTREE, filter, "sn");
}

static void one_entry_is_found_with_its_values(void **state)
{
	(void)state;
	struct directory_entry entry = {0};
	server_change(PERSON("alice") PERSON("bob"));
	open_it();
	assert_int_equal(find(&entry, "(cn=alice)"), LDAP_SUCCESS);
	assert_string_equal(entry.dn, ENTRY("alice"));
	assert_int_equal(entry.count, 1);
	assert_true(bytes_is_text(bytes_make(entry.values[0]->bv_val, entry.values[0]->bv_len), "x"));
	directory_entry_clear(&entry);
	assert_null(entry.dn);
}

static void none_is_no_error_and_more_than_one_is(void **state)
{
	(void)state;
	struct directory_entry entry = {0};
	server_change(PERSON("alice") PERSON("bob") PERSON("carol"));
	open_it();
	assert_int_equal(find(&entry, "(cn=dave)"), LDAP_SUCCESS);
	assert_null(entry.dn);
	assert_int_equal(find(&entry, "(sn=x)"), LDAP_SIZELIMIT_EXCEEDED);
	assert_null(entry.dn);
	assert_int_equal(find(&entry, "(|(cn=alice)(cn=bob))"), LDAP_SIZELIMIT_EXCEEDED);
	assert_int_equal(directory_find(&directory, &entry, "ou=none," BASE, LDAP_SCOPE_SUBTREE, "(cn=a)",
	                                "cn"), LDAP_NO_SUCH_OBJECT);
	/* the connection is good for more */
	assert_false(directory.broken);
	assert_int_equal(find(&entry, "(cn=bob)"), LDAP_SUCCESS);
	assert_string_equal(entry.dn, ENTRY("bob"));
	directory_entry_clear(&entry);
}

static void wrong_filter_does_not_leave_the_program(void **state)
{
	(void)state;
	struct directory_entry entry = {0};
	open_it();
	assert_int_equal(find(&entry, "((cn=x)"), LDAP_FILTER_ERROR);
}

static void class_is_changed_when_that_is_what_is_missing(void **state)
{
	(void)state;
	struct directory_change change;
	LDAPMod *mods[3] = {&change.mod};
	struct bytes leaf = make_leaf("door");
	server_change("dn: cn=door,ou=devices," BASE "\nobjectClass: device\n");
	open_it();
	directory_change_make(&change, LDAP_MOD_ADD, USER_CERTIFICATE, leaf);
	/* a class that does not help is not left behind */
	assert_int_equal(directory_modify_or_class(&directory, "cn=door,ou=devices," BASE, mods, 1,
	                                           LDAP_MOD_ADD, "dcObject"), LDAP_OBJECT_CLASS_VIOLATION);
	assert_int_equal(directory_modify_or_class(&directory, "cn=door,ou=devices," BASE, mods, 1,
	                                           LDAP_MOD_ADD, "device"), LDAP_OBJECT_CLASS_VIOLATION);
	assert_int_equal(server_count("cn=door,ou=devices," BASE, "objectClass"), 1);
	assert_int_equal(directory_modify_or_class(&directory, "cn=door,ou=devices," BASE, mods, 1,
	                                           LDAP_MOD_ADD, "pkiUser"), LDAP_SUCCESS);
	assert_int_equal(server_count("cn=door,ou=devices," BASE, "objectClass"), 2);
}

static void entry_that_does_not_match_is_not_deleted(void **state)
{
	(void)state;
	server_change(PERSON("alice"));
	open_it();
	assert_int_equal(directory_delete(&directory, ENTRY("alice"), "(!(sn=*))", false),
	                 LDAP_ASSERTION_FAILED);
	assert_int_equal(server_count(ENTRY("alice"), "sn"), 1);
	assert_int_equal(directory_delete(&directory, ENTRY("alice"), "(sn=*)", false), LDAP_SUCCESS);
	assert_int_equal(directory_delete(&directory, ENTRY("alice"), "(sn=*)", false),
	                 LDAP_NO_SUCH_OBJECT);
}

static void refusals_are_final_or_not(void **state)
{
	(void)state;
	static const struct {
		int code;
		enum signet_exit_result result;
	} cases[] = {
		{LDAP_SERVER_DOWN, SIGNET_EXIT_RETRY}, {LDAP_TIMEOUT, SIGNET_EXIT_RETRY},
		{LDAP_BUSY, SIGNET_EXIT_RETRY}, {LDAP_UNAVAILABLE, SIGNET_EXIT_RETRY},
		{LDAP_INSUFFICIENT_ACCESS, SIGNET_EXIT_RETRY}, {LDAP_UNWILLING_TO_PERFORM, SIGNET_EXIT_RETRY},
		{LDAP_REFERRAL, SIGNET_EXIT_RETRY}, {LDAP_OTHER, SIGNET_EXIT_RETRY},
		{LDAP_STRONG_AUTH_REQUIRED, SIGNET_EXIT_RETRY}, {LDAP_ADMINLIMIT_EXCEEDED, SIGNET_EXIT_RETRY},
		{LDAP_NO_SUCH_OBJECT, SIGNET_EXIT_RETRY}, {LDAP_CONFIDENTIALITY_REQUIRED, SIGNET_EXIT_RETRY},
		{LDAP_INVALID_DN_SYNTAX, SIGNET_EXIT_GIVE_UP}, {LDAP_INVALID_SYNTAX, SIGNET_EXIT_GIVE_UP},
		{LDAP_OBJECT_CLASS_VIOLATION, SIGNET_EXIT_GIVE_UP},
		{LDAP_CONSTRAINT_VIOLATION, SIGNET_EXIT_GIVE_UP}, {LDAP_UNDEFINED_TYPE, SIGNET_EXIT_GIVE_UP},
		{LDAP_NAMING_VIOLATION, SIGNET_EXIT_GIVE_UP},
	};
	open_it();
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		assert_int_equal(directory_refused(&directory, cases[i].code, "cannot", "cn=x", &err),
		                 cases[i].result);
		assert_non_null(strstr(err.message, "cannot 'cn=x'"));
		assert_int_not_equal(err.code, 0);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_entry_is_found_with_its_values),
		TEST(none_is_no_error_and_more_than_one_is),
		TEST(wrong_filter_does_not_leave_the_program),
		TEST(class_is_changed_when_that_is_what_is_missing),
		TEST(entry_that_does_not_match_is_not_deleted),
		TEST(refusals_are_final_or_not),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
