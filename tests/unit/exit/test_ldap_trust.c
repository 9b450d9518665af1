#include "certificates.h"

#include <unistd.h>

#define REST "timeout: 5s\nbase: \"" BASE "\"\ndn: \"cn={common-name},ou=devices,{base}\"\n"      \
             "create: {object-classes: [device, pkiUser]}\n"
#define DEVICE "cn=door,ou=devices," BASE

static void copy(const char *from, const char *to)
{
	_cleanup_secret_ struct buffer content = BUFFER_MAX(65536);
	assert_int_equal(file_read(&content, server_file(from), NULL), 0);
	assert_int_equal(file_write(server_file(to), buffer_bytes(&content), 0600, FILE_REPLACE, NULL), 0);
}

static void expect_published(void *instance)
{
	const struct signet_event event = ISSUED(make_leaf("door"), "a@example.com");
	expect(instance, event, SIGNET_EXIT_DONE);
	assert_true(server_holds(DEVICE, USER_CERTIFICATE, event.certificate));
}

static void restart(void)
{
	server_stop();
	server_start();
}

static void roots_are_taken_as_they_are_at_each_connection(void **state)
{
	(void)state;
	copy("other.pem", "mine.pem");
	void *instance = instance_open("uri: \"ldaps://127.0.0.1:%u\"\nca: mine.pem\n" SERVER_LOGIN REST,
	                               server.tls_port);
	const struct signet_event event = ISSUED(make_leaf("door"), "a@example.com");
	expect(instance, event, SIGNET_EXIT_RETRY);
	expect(instance, event, SIGNET_EXIT_RETRY);
	copy("root.pem", "mine.pem");
	expect_published(instance);
	/* the same again, by what was made before */
	restart();
	expect_published(instance);
	restart();
	expect_published(instance);
	copy("other.pem", "mine.pem");
	restart();
	expect(instance, event, SIGNET_EXIT_RETRY);
	assert_non_null(strstr(notified.message, "none of 'ca'"));
	assert_int_equal(unlink(server_file("mine.pem")), 0);
	expect(instance, event, SIGNET_EXIT_RETRY);
	assert_non_null(strstr(notified.message, "cannot use the files"));
	copy("root.pem", "mine.pem");
	expect_published(instance);
}

static void client_certificate_is_taken_as_it_is_at_each_connection(void **state)
{
	(void)state;
	copy("server.pem", "mine.crt");
	copy("server.key", "mine.key");
	void *instance = instance_open("uri: \"ldaps://127.0.0.1:%u\"\nca: root.pem\nbind: external\n"
	                               "certificate: mine.crt\nkey: mine.key\n" REST, server.tls_port);
	/* it is the server's own, whom it does not let write */
	const struct signet_event event = ISSUED(make_leaf("door"), "a@example.com");
	expect(instance, event, SIGNET_EXIT_RETRY);
	copy("client.pem", "mine.crt");
	copy("client.key", "mine.key");
	restart();
	expect_published(instance);
	restart();
	expect_published(instance);
}

static void other_key_than_the_certificates_is_refused(void **state)
{
	(void)state;
	void *instance = instance_open("uri: \"ldaps://127.0.0.1:%u\"\nca: root.pem\nbind: external\n"
	                               "certificate: client.pem\nkey: server.key\n" REST, server.tls_port);
	expect(instance, ISSUED(make_leaf("door"), "a@example.com"), SIGNET_EXIT_RETRY);
	assert_int_equal(server_count(DEVICE, USER_CERTIFICATE), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(roots_are_taken_as_they_are_at_each_connection),
		TEST(client_certificate_is_taken_as_it_is_at_each_connection),
		TEST(other_key_than_the_certificates_is_refused),
	};
	return cmocka_run_group_tests(tests, certificates_setup, certificates_teardown);
}
