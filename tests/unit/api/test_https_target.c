#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/https.h"
#include "base/file.h"
#include "crypto/key.h"
#include "tests/unit/tree.h"

static char directory[] = "/tmp/signet-https-XXXXXX";

static void write_file(const char *name, struct bytes content)
{
	char path[100];
	struct error err = {0};
	snprintf(path, sizeof path, "%s/%s", directory, name);
	assert_int_equal(file_write(path, content, 0600, FILE_REPLACE, &err), 0);
}

static int make_files(void **state)
{
	(void)state;
	struct key *key;
	struct buffer pem = BUFFER_MAX(10000);
	assert_non_null(mkdtemp(directory));
	assert_int_equal(key_generate(&key, KEY_P256, 0, NULL), 0);
	assert_int_equal(key_to_pem(key, NULL, &pem, NULL), 0);
	write_file("plain.key", buffer_bytes(&pem));
	buffer_clear(&pem);
	assert_int_equal(key_to_pem(key, "pass", &pem, NULL), 0);
	write_file("locked.key", buffer_bytes(&pem));
	write_file("some.pem", bytes_text("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"));
	write_file("secret", bytes_text("0123456789abcdef\n"));
	write_file("short", bytes_text("0123456789abcde\n"));
	write_file("empty", BYTES_NONE);
	key_free(key);
	buffer_free(&pem);
	return 0;
}

static int remove_files(void **state)
{
	(void)state;
	return tree_remove(directory);
}

static int load(const char *text, struct error *err)
{
	struct conf *conf;
	struct https_target *target = NULL;
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), err), 0);
	int result = https_target_load(&target, conf_root(conf), directory, err);
	https_target_free(target);
	conf_free(conf);
	return result;
}

static void takes(const char *text)
{
	struct error err = {0};
	if (load(text, &err))
		fail_msg("%s: %s", text, err.message);
}

static void refuses(const char *text, const char *message)
{
	struct error err = {0};
	assert_int_equal(load(text, &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message, message);
}

static void https_urls_are_taken(void **state)
{
	(void)state;
	takes("url: https://example.com");
	takes("url: https://example.com:8443/path/to?query=1&more=2");
	takes("url: https://192.0.2.1/");
	takes("url: 'https://[2001:db8::1]:8443/'");
}

static void http_is_for_loopback_alone(void **state)
{
	(void)state;
	static const char message[] = "t.yaml:1: url: http:// is for a loopback address only: what it "
	                              "carries could be read and changed on its way";
	takes("url: http://127.0.0.1:8080/");
	takes("url: http://127.9.9.9/");
	takes("url: 'http://[::1]:8080/'");
	takes("url: http://localhost/");
	refuses("url: http://example.com/", message);
	refuses("url: http://192.0.2.1/", message);
	refuses("url: http://128.0.0.1/", message);
	refuses("url: 'http://[::2]/'", message);
	refuses("url: http://localhost.example.com/", message);
	refuses("url: http://127.0.0.1.example.com/", message);
}

static void other_urls_are_refused(void **state)
{
	(void)state;
	static const char scheme[] = "t.yaml:1: url: not a URL that begins with https://";
	static const char form[] = "t.yaml:1: url: not a URL such as https://host/path";
	refuses("timeout: 1s", "t.yaml:1: the key 'url' is missing");
	refuses("url: ftp://example.com/", scheme);
	refuses("url: file:///etc/passwd", scheme);
	refuses("url: example.com", form);
	refuses("url: ''", form);
	refuses("url: 'https://'", form);
	refuses("url: 'https://example.com/a b'", form);
	refuses("url: \"https://example.com/a\\nb\"", form);
	refuses("url: https://user@example.com/", form);
	refuses("url: https://user:password@example.com/", form);
	refuses("url: https://example.com:99999/", form);
	refuses("url: https://example..com/", "t.yaml:1: url: the URL has no valid host");
	refuses("url: 'https://example.com/#there'",
	        "t.yaml:1: url: a fragment is never sent: leave out '#...'");
}

static void timeout_is_bounded(void **state)
{
	(void)state;
	takes("{url: https://a.example, timeout: 10m}");
	refuses("{url: https://a.example, timeout: 0}", "t.yaml:1: timeout: not from 1s to 10m");
	refuses("{url: https://a.example, timeout: 11m}", "t.yaml:1: timeout: not from 1s to 10m");
}

static void headers_are_checked(void **state)
{
	(void)state;
	takes("{url: https://a.example, headers: {Authorization: 'Bearer x: y', X-A: 'b'}}");
	refuses("{url: https://a.example, headers: [X-A]}", "t.yaml:1: headers: must be a map, not a list");
	refuses("{url: https://a.example, headers: {'X A': b}}",
	        "t.yaml:1: headers.X A: not the name of a header");
	refuses("{url: https://a.example, headers: {'X-A:': b}}",
	        "t.yaml:1: headers.X-A:: not the name of a header");
	refuses("{url: https://a.example, headers: {X-A: ''}}",
	        "t.yaml:1: headers.X-A: not 1 to 1024 printable characters");
	refuses("{url: https://a.example, headers: {X-A: \"b\\r\\nHost: c\"}}",
	        "t.yaml:1: headers.X-A: not 1 to 1024 printable characters");
	refuses("{url: https://a.example, headers: {content-length: 3}}",
	        "t.yaml:1: headers.content-length: this header is set by Signet itself");
	refuses("{url: https://a.example, headers: {X-Signet-Signature: x}}",
	        "t.yaml:1: headers.X-Signet-Signature: this header is set by Signet itself");
}

/* The message with the directory in its place. */
static void refuses_file(const char *text, const char *before, const char *after)
{
	char message[400];
	snprintf(message, sizeof message, "t.yaml:1: %s%s%s", before, directory, after);
	refuses(text, message);
}

static void certificates_are_looked_at(void **state)
{
	(void)state;
	takes("{url: https://a.example, ca: some.pem}");
	refuses_file("{url: https://a.example, ca: missing}", "ca: ", "/missing: no such file");
	refuses_file("{url: https://a.example, ca: empty}", "ca: ",
	             "/empty: holds no certificates in PEM");
	refuses_file("{url: https://a.example, ca: plain.key}", "ca: ",
	             "/plain.key: holds a PRIVATE KEY");
	refuses("{url: http://127.0.0.1, ca: some.pem}",
	        "t.yaml:1: 'ca', 'certificate' and 'key' are for https://");
}

static void client_keys_are_looked_at(void **state)
{
	(void)state;
	takes("{url: https://a.example, certificate: some.pem, key: plain.key}");
	refuses("{url: https://a.example, certificate: some.pem}",
	        "t.yaml:1: 'certificate' and 'key' go together");
	refuses("{url: https://a.example, key: plain.key}",
	        "t.yaml:1: 'certificate' and 'key' go together");
	refuses_file("{url: https://a.example, certificate: some.pem, key: missing}", "key: ",
	             "/missing: no such file");
	struct error err = {0};
	assert_int_equal(load("{url: https://a.example, certificate: some.pem, key: locked.key}", &err),
	                 SIGNET_E_CONFIG);
	assert_int_equal(load("{url: https://a.example, certificate: some.pem, key: some.pem}", &err),
	                 SIGNET_E_CONFIG);
}

static void secrets_are_long_enough(void **state)
{
	(void)state;
	takes("{url: https://a.example, secret: {file: secret}}");
	setenv("SIGNET_TEST_SECRET", "0123456789abcdef", 1);
	takes("{url: https://a.example, secret: {environment: SIGNET_TEST_SECRET}}");
	unsetenv("SIGNET_TEST_SECRET");
	refuses("{url: https://a.example, secret: {file: short}}",
	        "t.yaml:1: secret: the secret is shorter than 16 octets");
	refuses("{url: https://a.example, secret: 0123456789abcdef}",
	        "t.yaml:1: secret: must be a map, not a single value");
}

static void keys_are_read_without_what_they_name(void **state)
{
	(void)state;
	struct conf *conf;
	struct https_target *target;
	struct error err = {0};
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(
		"{url: https://a.example, ca: missing, secret: {file: missing}, timeout: 2s}"), &err), 0);
	assert_int_equal(https_target_read(&target, conf_root(conf), directory, &err), 0);
	assert_int_equal(https_target_timeout(target), 2000000);
	assert_int_equal(https_target_open(target, &err), SIGNET_E_CONFIG);
	https_target_free(target);
	conf_free(conf);
	https_target_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(https_urls_are_taken), cmocka_unit_test(http_is_for_loopback_alone),
		cmocka_unit_test(other_urls_are_refused), cmocka_unit_test(timeout_is_bounded),
		cmocka_unit_test(headers_are_checked), cmocka_unit_test(certificates_are_looked_at),
		cmocka_unit_test(client_keys_are_looked_at), cmocka_unit_test(secrets_are_long_enough),
		cmocka_unit_test(keys_are_read_without_what_they_name),
	};
	return cmocka_run_group_tests(tests, make_files, remove_files);
}
