#include "certificates.h"

#include <unistd.h>

#define REST "base: \"" BASE "\"\ndn: \"cn={common-name},ou=devices,{base}\"\n"                   \
             "create: {object-classes: [device, pkiUser]}\n"
#define DEVICE "cn=door,ou=devices," BASE
#define CLIENT "certificate: client.pem\nkey: client.key\nbind: external\n"

static struct signet_event event;

static int prepare(void **state)
{
	(void)state;
	event = ISSUED(make_leaf("door"), "a@example.com");
	return 0;
}

static void expect_published(void *instance)
{
	expect(instance, event, SIGNET_EXIT_DONE);
	assert_true(server_holds(DEVICE, USER_CERTIFICATE, event.certificate));
}

static void expect_away(void *instance, const char *part)
{
	expect(instance, event, SIGNET_EXIT_RETRY);
	if (!strstr(notified.message, part) && !strstr(notified.detail, part))
		fail_msg("%s (%s)", notified.message, notified.detail);
	assert_int_equal(server_count(DEVICE, USER_CERTIFICATE), -1);
}

static void start_tls_protects_a_password(void **state)
{
	(void)state;
	expect_published(instance_open("uri: \"ldap://127.0.0.1:%u\"\nstart-tls: true\nca: root.pem\n"
	                               SERVER_LOGIN REST, server.port));
}

static void ldaps_protects_a_password(void **state)
{
	(void)state;
	expect_published(instance_open("uri: \"ldaps://127.0.0.1:%u\"\nca: root.pem\n"
	                               SERVER_LOGIN REST, server.tls_port));
}

static void client_certificate_is_an_identity(void **state)
{
	(void)state;
	expect_published(instance_open("uri: \"ldaps://127.0.0.1:%u\"\nca: root.pem\n" CLIENT REST,
	                               server.tls_port));
}

static void client_certificate_is_an_identity_after_start_tls(void **state)
{
	(void)state;
	expect_published(instance_open("uri: \"ldap://127.0.0.1:%u\"\nstart-tls: true\nca: root.pem\n"
	                               CLIENT REST, server.port));
}

static void user_of_the_socket_is_an_identity(void **state)
{
	(void)state;
	char path[256] = "";
	for (const char *at = server_file("ldapi"); *at; at++)
		snprintf(path + strlen(path), sizeof path - strlen(path), *at == '/' ? "%%2F" : "%c", *at);
	char text[1024];
	snprintf(text, sizeof text, "uri: \"ldapi://%s\"\nbind: external\n" REST, path);
	expect_published(instance_open("%s", text));
}

static void server_of_another_root_is_refused(void **state)
{
	(void)state;
	expect_away(instance_open("uri: \"ldaps://127.0.0.1:%u\"\nca: other.pem\n" SERVER_LOGIN REST,
	                          server.tls_port), "the server's certificate is none of 'ca'");
	expect_away(instance_open("uri: \"ldap://127.0.0.1:%u\"\nstart-tls: true\nca: other.pem\n"
	                          SERVER_LOGIN REST, server.port), "the server's certificate is none of 'ca'");
	/* nor does the system trust it */
	expect_away(instance_open("uri: \"ldaps://127.0.0.1:%u\"\n" SERVER_LOGIN REST, server.tls_port),
	            "the server's certificate is none of 'ca'");
}

static void server_of_another_name_is_refused(void **state)
{
	(void)state;
	expect_away(instance_open("uri: \"ldaps://127.0.0.2:%u\"\nca: root.pem\n" SERVER_LOGIN REST,
	                          server.tls_port), "the server's certificate is none of 'ca'");
}

static void write_password(const char *text)
{
	assert_int_equal(file_write(server_file("mine"), bytes_text(text), 0600, FILE_REPLACE, NULL), 0);
}

static void wrong_password_is_mended_without_a_restart(void **state)
{
	(void)state;
	struct buffer right = BUFFER_MAX(100);
	assert_int_equal(file_read(&right, server_file("password"), NULL), 0);
	write_password("wrong");
	void *instance = instance_open("uri: [\"ldap://127.0.0.1:%u\", \"ldap://127.0.0.1:1\"]\n"
	                               "bind: {dn: \"cn=signet," BASE "\", password: {file: mine}}\n"
	                               REST, server.port);
	/* and no other server is bothered with it */
	expect_away(instance, "cannot log in: Invalid credentials");
	assert_int_equal(unlink(server_file("mine")), 0);
	expect_away(instance, "no such file");
	write_password(buffer_text(&right));
	expect_published(instance);
	buffer_free(&right);
}

static void who_may_not_write_waits(void **state)
{
	(void)state;
	expect_away(instance_open("uri: \"ldap://127.0.0.1:%u\"\nbind: anonymous\n" REST, server.port),
	            "modifications require authentication");
}

static void next_server_is_tried(void **state)
{
	(void)state;
	expect_published(instance_open("uri: [\"ldap://127.0.0.1:1\", \"ldap://127.0.0.1:%u\"]\n"
	                               SERVER_LOGIN REST, server.port));
}

static void connection_is_kept_and_made_anew(void **state)
{
	(void)state;
	void *instance = instance_open(SERVER_KEYS REST, server.port);
	expect_published(instance);
	server_stop();
	expect(instance, event, SIGNET_EXIT_RETRY);
	assert_int_equal(notified.code, SIGNET_E_UNAVAILABLE);
	server_start();
	expect_published(instance);
	/* one that was closed in between is no failure */
	server_stop();
	server_start();
	event = ISSUED(make_leaf("door"), "a@example.com");
	expect_published(instance);
}

static void directory_that_refers_to_another_is_not_followed(void **state)
{
	(void)state;
	void *instance = instance_open(SERVER_KEYS "base: \"dc=elsewhere\"\nfilter: \"(cn={common-name})\"\n",
	                               server.port);
	expect_away(instance, "refers to another");
}

#undef TEST
#define TEST(f) cmocka_unit_test_setup_teardown(f, prepare, clean_up)

/* What ldap.conf and the environment say, which the library reads once, has no weight: all tests of
 * refusals stand on that. */
static int weaken(void **state)
{
	setenv("LDAPTLS_REQCERT", "never", 1);
	setenv("LDAPTLS_REQSAN", "never", 1);
	setenv("LDAPREFERRALS", "on", 1);
	setenv("LDAPNETWORK_TIMEOUT", "3", 1);
	return certificates_setup(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(start_tls_protects_a_password),
		TEST(ldaps_protects_a_password),
		TEST(client_certificate_is_an_identity),
		TEST(client_certificate_is_an_identity_after_start_tls),
		TEST(user_of_the_socket_is_an_identity),
		TEST(server_of_another_root_is_refused),
		TEST(server_of_another_name_is_refused),
		TEST(wrong_password_is_mended_without_a_restart),
		TEST(who_may_not_write_waits),
		TEST(next_server_is_tried),
		TEST(connection_is_kept_and_made_anew),
		TEST(directory_that_refers_to_another_is_not_followed),
	};
	return cmocka_run_group_tests(tests, weaken, certificates_teardown);
}
