#include "directory.h"
#include "tests/unit/data.h"

#include <unistd.h>

#define REST "authority: {dn: \"cn={authority}\"}\n"

static void copy_pem(const char *name, const char *to)
{
	const char *path = arena_printf(arena, "good/keys/%s.pem", name);
	assert_int_equal(file_write(server_file(to), data_read(path), 0600, FILE_NEW, NULL), 0);
}

static int setup(void **state)
{
	struct buffer pem = BUFFER_MAX(65536);
	if (arena_setup(state))
		return -1;
	snprintf(server.path, sizeof server.path, "/tmp/signet-ldap.XXXXXX");
	assert_non_null(mkdtemp(server.path));
	pem_encode(&pem, "CERTIFICATE", data_read("good/chain/leaf.der"));
	assert_int_equal(file_write(server_file("cert"), buffer_bytes(&pem), 0600, FILE_NEW, NULL), 0);
	buffer_free(&pem);
	copy_pem("p-256", "key");
	copy_pem("p-256-encrypted", "encrypted");
	assert_int_equal(file_write(server_file("pw"), bytes_text("secret\n"), 0600, FILE_NEW, NULL), 0);
	assert_int_equal(file_write(server_file("empty"), BYTES_NONE, 0600, FILE_NEW, NULL), 0);
	setenv("SIGNET_TEST_PASSWORD", "secret", 1);
	return 0;
}

static int teardown(void **state)
{
	static const char *const files[] = {"cert", "key", "encrypted", "pw", "empty"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++)
		unlink(server_file(files[i]));
	rmdir(server.path);
	return arena_teardown(state);
}

static int close_all(void **state)
{
	(void)state;
	instances_close();
	return 0;
}

#define SIMPLE "bind: {dn: \"cn=a\", password: {file: pw}}\n"
#define CERTIFICATE "certificate: cert\nkey: key\n"

static void good_configuration_is_taken(void **state)
{
	(void)state;
	instance_open("uri: \"ldaps://directory.example.com\"\n" SIMPLE REST);
	instance_open("uri: [\"ldaps://a.example\", \"LDAPS://b.example:1636/\"]\nca: cert\n" SIMPLE REST);
	instance_open("uri: \"ldap://directory.example.com\"\nstart-tls: true\n" SIMPLE REST);
	instance_open("uri: [\"ldap://a.example\", \"ldaps://a.example\"]\nstart-tls: true\n" SIMPLE REST);
	instance_open("uri: \"ldaps://a.example\"\nbind: external\n" CERTIFICATE REST);
	instance_open("uri: \"ldapi://%%2Frun%%2Fldapi\"\nbind: external\n" REST);
	instance_open("uri: \"ldapi:///\"\nbind: external\n" REST);
	instance_open("uri: \"ldap://directory.example.com\"\nbind: anonymous\n" REST);
	instance_open("uri: \"ldap://localhost\"\nbind: {dn: \"cn=a\", password: {environment: "
	              "SIGNET_TEST_PASSWORD}}\n" REST);
	instance_open("uri: [\"ldap://127.1.2.3\", \"ldap://[::1]:1389\"]\ntimeout: 1m\n" SIMPLE REST);
}

static void wrong_configuration_is_refused(void **state)
{
	(void)state;
	static const struct {
		const char *text;
		const char *part;
	} cases[] = {
		{"bind: anonymous\n" REST, "'uri' is missing"},
		{"uri: []\nbind: anonymous\n" REST, "uri: one to 16 servers"},
		{"uri: \"http://a\"\nbind: anonymous\n" REST, "uri: 'http://a'"},
		{"uri: \"a.example\"\nbind: anonymous\n" REST, "uri: 'a.example'"},
		{"uri: \"ldap://\"\nbind: anonymous\n" REST, "uri: 'ldap://'"},
		{"uri: \"ldap:///\"\nbind: anonymous\n" REST, "uri: 'ldap:///'"},
		{"uri: \"ldap://a/dc=x\"\nbind: anonymous\n" REST, "uri: 'ldap://a/dc=x'"},
		{"uri: \"ldap://a/??sub?(a=b)\"\nbind: anonymous\n" REST, "uri: 'ldap://a/"},
		{"uri: \"ldap://127.0.0.1 ldap://a.example\"\n" SIMPLE REST, "uri: 'ldap://127.0.0.1 ldap"},
		{"uri: \"ldap://127.0.0.1,ldap://a.example\"\n" SIMPLE REST, "uri: 'ldap://127.0.0.1,ldap"},
		{"uri: \"cldap://a\"\nbind: anonymous\n" REST, "uri: 'cldap://a'"},
		/* secrets in clear text */
		{"uri: \"ldap://a.example\"\n" SIMPLE REST, "clear text"},
		{"uri: [\"ldaps://a.example\", \"ldap://a.example\"]\n" SIMPLE REST, "clear text"},
		{"uri: \"ldap://128.0.0.1\"\n" SIMPLE REST, "clear text"},
		{"uri: \"ldap://127.0.0.1.example\"\n" SIMPLE REST, "clear text"},
		{"uri: \"ldap://localhost.example\"\n" SIMPLE REST, "clear text"},
		{"uri: \"ldap://[::2]\"\n" SIMPLE REST, "clear text"},
		/* TLS */
		{"uri: \"ldaps://a\"\nstart-tls: true\n" SIMPLE REST, "start-tls: no server here"},
		{"uri: \"ldaps://a\"\nca: none\n" SIMPLE REST, "ca: "},
		{"uri: \"ldaps://a\"\nca: pw\n" SIMPLE REST, "ca: "},
		{"uri: \"ldaps://a\"\nca: key\n" SIMPLE REST, "ca: "},
		{"uri: \"ldaps://a\"\ncertificate: cert\n" SIMPLE REST, "belong together"},
		{"uri: \"ldaps://a\"\nkey: key\n" SIMPLE REST, "belong together"},
		{"uri: \"ldaps://a\"\ncertificate: key\nkey: key\n" SIMPLE REST, "certificate: "},
		{"uri: \"ldaps://a\"\ncertificate: cert\nkey: cert\n" SIMPLE REST, "key: "},
		{"uri: \"ldaps://a\"\ncertificate: cert\nkey: encrypted\n" SIMPLE REST, "unencrypted"},
		{"uri: \"ldap://127.0.0.1\"\nca: cert\n" SIMPLE REST, "ca: no server here uses TLS"},
		{"uri: \"ldap://127.0.0.1\"\n" CERTIFICATE SIMPLE REST, "certificate: no server here uses"},
		{"uri: \"ldaps://a\"\nverify: false\n" SIMPLE REST, "verify"},
		/* identities */
		{"uri: \"ldap://127.0.0.1\"\n" REST, "'bind' is missing"},
		{"uri: \"ldap://127.0.0.1\"\nbind: somehow\n" REST, "bind: "},
		{"uri: \"ldap://127.0.0.1\"\nbind: {}\n" REST, "'dn' is missing"},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"cn=a\"}\n" REST, "'password' is missing"},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"\", password: {file: pw}}\n" REST, "bind.dn: "},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: admin, password: {file: pw}}\n" REST, "bind.dn: "},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"cn={authority}\", password: {file: pw}}\n" REST,
		 "bind.dn: "},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"cn=a\", password: secret}\n" REST, "password"},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"cn=a\", password: {text: secret}}\n" REST, "text"},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"cn=a\", password: {file: none}}\n" REST, "password"},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"cn=a\", password: {file: empty}}\n" REST, "empty"},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"cn=a\", password: {environment: SIGNET_NONE}}\n" REST,
		 "password"},
		{"uri: \"ldap://127.0.0.1\"\nbind: {dn: \"cn=a\", password: {file: pw, environment: X}}\n" REST,
		 "password"},
		{"uri: \"ldap://127.0.0.1\"\nbind: external\n" REST, "knows nobody"},
		{"uri: \"ldaps://a\"\nbind: external\n" REST, "knows nobody"},
		{"uri: [\"ldapi:///\", \"ldaps://a\"]\nbind: external\n" REST, "knows nobody"},
		{"uri: \"ldap://127.0.0.1\"\ntimeout: 0\n" SIMPLE REST, "timeout: "},
		{"uri: \"ldap://127.0.0.1\"\ntimeout: 11m\n" SIMPLE REST, "timeout: "},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const char *message = instance_refused(cases[i].text);
		if (!strstr(message, cases[i].part) || strncmp(message, "t.yaml:", 7) != 0)
			fail_msg("%s: %s", cases[i].text, message);
		if (strstr(message, "secret"))
			fail_msg("tells the password: %s", message);
		instances_close();
	}
}

#define TEST(f) cmocka_unit_test_teardown(f, close_all)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(good_configuration_is_taken),
		TEST(wrong_configuration_is_refused),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
