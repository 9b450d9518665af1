#include "tests/unit/engine/fixture.h"

#include <dlfcn.h>
#include <link.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "gateway/tls.h"
#include "http_peer.h"

struct pair {
	struct buffer chain, key; /* PEM */
	struct bytes der;
};

static struct arena *arena;
static struct pair first, second;
static struct tls *tls;
static struct server *server;
static struct listener listener;
static char answer[65536];

static void make_pair(struct pair *pair, const char *subject)
{
	struct key *key;
	struct error err = {0};
	int64_t now = clock_now();
	assert_int_equal(key_generate(&key, KEY_P256, 0, &err), 0);
	const struct fixture_authority a = {.subject = subject, .issuer = subject, .key = key,
	                                    .issuer_key = key,
	                                    .key_usage = KU_DIGITAL_SIGNATURE | KU_KEY_CERT_SIGN,
	                                    .ca = true, .path_length = PATH_LENGTH_NONE,
	                                    .not_before = now - 60, .not_after = now + 3600};
	*pair = (struct pair){BUFFER_MAX(LIMIT_PEM_FILE), BUFFER_MAX(LIMIT_KEY_FILE),
	                      fixture_certificate(arena, &a)};
	assert_int_equal(pem_encode(&pair->chain, "CERTIFICATE", pair->der), 0);
	assert_int_equal(key_to_pem(key, NULL, &pair->key, &err), 0);
	key_free(key);
}

static int setup(void **state)
{
	(void)state;
	struct error err = {0};
	arena = arena_new(1 << 20);
	make_pair(&first, "CN=first");
	make_pair(&second, "CN=second");
	assert_int_equal(tls_new(&tls, &err), 0);
	assert_int_equal(tls_set_certificate(tls, buffer_bytes(&first.chain),
	                                     buffer_bytes(&first.key), &err), 0);
	listener = (struct listener){"127.0.0.1", peer_free_port(), true};
	struct server_options options = {.listeners = &listener, .listener_count = 1,
	                                 .hostname = "a", .tls = tls, .threads = 4};
	int result = test_server_start(&server, &options, &err);
	if (result)
		print_error("%s (%s)\n", err.message, err.detail);
	return result;
}

static int teardown(void **state)
{
	(void)state;
	server_stop(server);
	tls_free(tls);
	buffer_free(&first.chain);
	buffer_free(&second.chain);
	buffer_wipe(&first.key);
	buffer_wipe(&second.key);
	arena_free(arena);
	return 0;
}

/* ---- a client ---- */

struct client {
	SSL_CTX *context;
	SSL *ssl;
	int fd;
};

static bool client_open(struct client *client, int version, const struct pair *own)
{
	client->context = SSL_CTX_new(TLS_client_method());
	assert_non_null(client->context);
	/* level 0, so that it is the server that refuses old versions */
	SSL_CTX_set_security_level(client->context, 0);
	SSL_CTX_set_min_proto_version(client->context, version);
	SSL_CTX_set_max_proto_version(client->context, version);
	if (own) {
		BIO *in = BIO_new_mem_buf(own->chain.data, (int)own->chain.length);
		X509 *leaf = PEM_read_bio_X509(in, NULL, NULL, NULL);
		BIO_free(in);
		in = BIO_new_mem_buf(own->key.data, (int)own->key.length);
		EVP_PKEY *key = PEM_read_bio_PrivateKey(in, NULL, NULL, NULL);
		BIO_free(in);
		assert_int_equal(SSL_CTX_use_certificate(client->context, leaf), 1);
		assert_int_equal(SSL_CTX_use_PrivateKey(client->context, key), 1);
		X509_free(leaf);
		EVP_PKEY_free(key);
	}
	client->ssl = SSL_new(client->context);
	client->fd = peer_connect(listener.port);
	assert_true(client->fd >= 0);
	assert_int_equal(SSL_set_fd(client->ssl, client->fd), 1);
	return SSL_connect(client->ssl) == 1;
}

static void client_close(struct client *client)
{
	SSL_shutdown(client->ssl);
	SSL_free(client->ssl);
	SSL_CTX_free(client->context);
	close(client->fd);
}

static const char *client_get(struct client *client, const char *path)
{
	char request[256];
	int length = snprintf(request, sizeof request,
	                      "GET %s HTTP/1.1\r\nHost: a\r\nConnection: close\r\n\r\n", path);
	assert_int_equal(SSL_write(client->ssl, request, length), length);
	size_t got = 0;
	for (int n; (n = SSL_read(client->ssl, answer + got, (int)(sizeof answer - 1 - got))) > 0;)
		got += (size_t)n;
	answer[got] = '\0';
	return answer;
}

static struct bytes leaf_of(struct client *client)
{
	X509 *leaf = SSL_get0_peer_certificate(client->ssl);
	assert_non_null(leaf);
	uint8_t *der = NULL;
	int length = i2d_X509(leaf, &der);
	assert_true(length > 0);
	struct bytes copy = bytes_make(arena_memdup(arena, der, (size_t)length), (size_t)length);
	OPENSSL_free(der);
	return copy;
}

static void assert_fact(const char *name, struct bytes octets)
{
	char *line = arena_printf(arena, "%s=%s\n", name, hex_text(arena, octets));
	if (!strstr(answer, line))
		fail_msg("no %sin\n%s", line, answer);
}

/* ---- tests ---- */

static void both_versions_serve(void **state)
{
	(void)state;
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	for (size_t i = 0; i < 2; i++) {
		struct client client;
		assert_true(client_open(&client, versions[i], NULL));
		assert_true(bytes_equal(leaf_of(&client), first.der));
		assert_int_equal(peer_status(client_get(&client, "/test/hello")), 200);
		client_close(&client);
	}
}

static void old_versions_are_refused(void **state)
{
	(void)state;
	struct client client;
	assert_false(client_open(&client, TLS1_1_VERSION, NULL));
	client_close(&client);
}

static void the_channel_is_bound(void **state)
{
	(void)state;
	struct client client;
	uint8_t octets[64];
	assert_true(client_open(&client, TLS1_3_VERSION, NULL));
	assert_int_equal(SSL_export_keying_material(client.ssl, octets, 32,
	                                            "EXPORTER-Channel-Binding", 24,
	                                            (const uint8_t *)"", 0, 1), 1);
	client_get(&client, "/test/facts");
	assert_fact("binding", bytes_make(octets, 32));
	assert_fact("certificate", BYTES_NONE);
	assert_non_null(strstr(answer, "base=https://a "));
	client_close(&client);

	assert_true(client_open(&client, TLS1_2_VERSION, NULL));
	size_t length = SSL_get_finished(client.ssl, octets, sizeof octets);
	client_get(&client, "/test/facts");
	assert_fact("binding", bytes_make(octets, length));
	client_close(&client);
}

static void a_client_certificate_reaches_the_handler(void **state)
{
	(void)state;
	static const int versions[] = {TLS1_2_VERSION, TLS1_3_VERSION};
	for (size_t i = 0; i < 2; i++) {
		struct client client;
		assert_true(client_open(&client, versions[i], &second));
		client_get(&client, "/test/facts");
		assert_fact("certificate", second.der);
		client_close(&client);
	}
	/* and does not stay with the thread that has served it */
	for (int i = 0; i < 8; i++) {
		struct client client;
		assert_true(client_open(&client, TLS1_3_VERSION, NULL));
		client_get(&client, "/test/facts");
		assert_fact("certificate", BYTES_NONE);
		client_close(&client);
	}
}

static void a_new_certificate_is_used_at_once(void **state)
{
	(void)state;
	struct client old, client;
	struct error err = {0};
	assert_true(client_open(&old, TLS1_3_VERSION, NULL));
	assert_int_equal(tls_set_certificate(tls, buffer_bytes(&second.chain),
	                                     buffer_bytes(&second.key), &err), 0);
	assert_true(client_open(&client, TLS1_3_VERSION, NULL));
	assert_true(bytes_equal(leaf_of(&client), second.der));
	client_close(&client);
	/* the connection that was there goes on */
	assert_int_equal(peer_status(client_get(&old, "/test/hello")), 200);
	assert_true(bytes_equal(leaf_of(&old), first.der));
	client_close(&old);
	assert_int_equal(tls_set_certificate(tls, buffer_bytes(&first.chain),
	                                     buffer_bytes(&first.key), &err), 0);
}

static void unusable_certificates_are_refused(void **state)
{
	(void)state;
	struct error err = {0};
	struct bytes chain = buffer_bytes(&first.chain), key = buffer_bytes(&first.key);
	assert_int_equal(tls_check_certificate(chain, key, &err), 0);
	assert_int_equal(tls_check_certificate(chain, buffer_bytes(&second.key), &err),
	                 SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "do not match"));
	assert_int_equal(tls_check_certificate(BYTES_NONE, key, &err), SIGNET_E_INVALID);
	assert_int_equal(tls_check_certificate(chain, chain, &err), SIGNET_E_INVALID);
	assert_int_equal(tls_set_certificate(tls, key, key, &err), SIGNET_E_INVALID);
	/* an issuer that is cut off */
	_cleanup_buffer_ struct buffer cut = BUFFER_MAX(LIMIT_PEM_FILE);
	buffer_append_bytes(&cut, chain);
	buffer_append(&cut, chain.data, chain.length / 2);
	assert_int_equal(tls_check_certificate(buffer_bytes(&cut), key, &err), SIGNET_E_INVALID);
	/* the server goes on with what it has */
	struct client client;
	assert_true(client_open(&client, TLS1_3_VERSION, NULL));
	assert_true(bytes_equal(leaf_of(&client), first.der));
	client_close(&client);
}

static void what_is_no_tls_is_closed(void **state)
{
	(void)state;
	static const char plain[] = "GET /test/hello HTTP/1.1\r\nHost: a\r\n\r\n";
	peer_exchange(listener.port, plain, sizeof plain - 1, answer, sizeof answer);
	assert_null(strstr(answer, "HTTP/1.1 200"));
	static const char hello[] = "\x16\x03\x01\x00\x05\x01\x00\x00\x01\x03";
	peer_exchange(listener.port, hello, sizeof hello - 1, answer, sizeof answer);
	struct client client;
	assert_true(client_open(&client, TLS1_2_VERSION, NULL));
	assert_int_equal(peer_status(client_get(&client, "/test/hello")), 200);
	client_close(&client);
}

static void civetweb_has_our_libraries(void **state)
{
	(void)state;
	static const char *const names[] = {"libssl.so", "libcrypto.so"};
	for (size_t i = 0; i < 2; i++) {
		struct link_map *map;
		char *wanted = arena_printf(arena, "%s/tls/%s", getenv("SIGNET_LIBDIR"), names[i]);
		void *handle = dlopen(names[i], RTLD_LAZY | RTLD_NOLOAD);
		assert_non_null(handle);
		assert_int_equal(dlinfo(handle, RTLD_DI_LINKMAP, &map), 0);
		assert_string_equal(map->l_name, wanted);
		dlclose(handle);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(both_versions_serve),
		cmocka_unit_test(old_versions_are_refused),
		cmocka_unit_test(the_channel_is_bound),
		cmocka_unit_test(a_client_certificate_reaches_the_handler),
		cmocka_unit_test(a_new_certificate_is_used_at_once),
		cmocka_unit_test(unusable_certificates_are_refused),
		cmocka_unit_test(what_is_no_tls_is_closed),
		cmocka_unit_test(civetweb_has_our_libraries),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
