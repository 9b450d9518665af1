#include "gateway/tls.h"

#include <dlfcn.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/ssl.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"

#define BINDING_SIZE 32 /* of tls-exporter, RFC 9266 section 2 */
#define EXPORTER_LABEL "EXPORTER-Channel-Binding"

struct pair {
	X509 *leaf;
	STACK_OF(X509) *issuers;
	EVP_PKEY *key;
};

struct tls {
	SSL_CTX *context;
	pthread_mutex_t lock; /* guards current */
	struct pair current;
};

/* One thread serves one connection: this is its. */
static _Thread_local SSL *connection;
/* And its channel binding, which costs as much as the rest of a small request: it is made when it is
 * first asked for and stands for all requests of the connection. */
static _Thread_local struct {
	bool known;
	size_t length;
	uint8_t octets[EVP_MAX_MD_SIZE];
} binding;

static int open_library(const char *directory, const char *name, struct error *err)
{
	char path[4096];
	int n = snprintf(path, sizeof path, "%s/tls/%s", directory, name);
	if (n < 0 || (size_t)n >= sizeof path)
		return error_set(err, SIGNET_E_INVALID, "%s: path too long", directory);
	/* kept open for good: CivetWeb finds the name among what is loaded */
	if (!dlopen(path, RTLD_NOW | RTLD_GLOBAL)) {
		error_set(err, SIGNET_E_IO, "cannot load %s", path);
		return error_detail(err, "%s", dlerror());
	}
	return 0;
}

int tls_load_libraries(struct error *err)
{
	const char *directory = secure_getenv("SIGNET_LIBDIR");
	if (!directory || !*directory)
		directory = SIGNET_LIBDIR;
	int result = open_library(directory, "libcrypto.so", err);
	return result ? result : open_library(directory, "libssl.so", err);
}

static int tls_error(struct error *err, int code, const char *message)
{
	char text[256] = "";
	unsigned long number = ERR_get_error();
	if (number)
		ERR_error_string_n(number, text, sizeof text);
	ERR_clear_error();
	error_set(err, code, "%s", message);
	return text[0] ? error_detail(err, "%s", text) : code;
}

static void pair_clear(struct pair *pair)
{
	X509_free(pair->leaf);
	sk_X509_pop_free(pair->issuers, X509_free);
	EVP_PKEY_free(pair->key);
	*pair = (struct pair){NULL, NULL, NULL};
}

/* OpenSSL would ask at the terminal. */
static int refuse_passphrase(char *out, int size, int rw, void *arg)
{
	(void)out, (void)size, (void)rw, (void)arg;
	return -1;
}

static int read_issuers(struct pair *pair, BIO *in)
{
	X509 *issuer;
	while ((issuer = PEM_read_bio_X509(in, NULL, refuse_passphrase, NULL))) {
		if (sk_X509_num(pair->issuers) >= LIMIT_CHAIN ||
		    !sk_X509_push(pair->issuers, issuer)) {
			X509_free(issuer);
			return -1;
		}
	}
	/* the reader says in this way that there is no more */
	if (ERR_GET_REASON(ERR_peek_last_error()) != PEM_R_NO_START_LINE)
		return -1;
	ERR_clear_error();
	return 0;
}

static int pair_read(struct pair *out, struct bytes chain, struct bytes key, struct error *err)
{
	if (!chain.length || !key.length)
		return error_set(err, SIGNET_E_INVALID, "the TLS certificate or its key is empty");
	struct pair pair = {.issuers = sk_X509_new_null()};
	BIO *certificates = BIO_new_mem_buf(chain.data, (int)chain.length);
	BIO *secret = BIO_new_mem_buf(key.data, (int)key.length);
	int result = 0;
	if (!pair.issuers || !certificates || !secret)
		result = error_nomem(err);
	else if (!(pair.leaf = PEM_read_bio_X509(certificates, NULL, refuse_passphrase, NULL)) ||
	         read_issuers(&pair, certificates))
		result = tls_error(err, SIGNET_E_INVALID, "the TLS certificate does not parse");
	else if (!(pair.key = PEM_read_bio_PrivateKey(secret, NULL, refuse_passphrase, NULL)))
		result = tls_error(err, SIGNET_E_INVALID,
		                   "the key of the TLS certificate does not parse");
	else if (!X509_check_private_key(pair.leaf, pair.key))
		result = tls_error(err, SIGNET_E_INVALID,
		                   "the TLS certificate and its key do not match");
	BIO_free(certificates);
	BIO_free(secret);
	if (result)
		pair_clear(&pair);
	else
		*out = pair;
	return result;
}

/* Which certificate a new connection gets. */
static int choose_certificate(SSL *ssl, void *arg)
{
	struct tls *tls = arg;
	pthread_mutex_lock(&tls->lock);
	int good = tls->current.leaf && SSL_use_cert_and_key(ssl, tls->current.leaf, tls->current.key,
	                                                     tls->current.issuers, 1) == 1;
	pthread_mutex_unlock(&tls->lock);
	return good;
}

/* The chain of a client's certificate is the business of who relies on it. */
static int accept_client(X509_STORE_CTX *context, void *arg)
{
	(void)context, (void)arg;
	return 1;
}

static void remember_connection(const SSL *ssl, int where, int value)
{
	(void)value;
	if (where & SSL_CB_HANDSHAKE_START) {
		connection = (SSL *)(uintptr_t)ssl;
		binding.known = false;
	}
}

static int set_options(SSL_CTX *context)
{
	SSL_CTX_set_options(context, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION |
	                                     SSL_OP_NO_TICKET);
	/* resumption would keep sessions in memory for clients that hardly ever come back soon */
	SSL_CTX_set_session_cache_mode(context, SSL_SESS_CACHE_OFF);
	SSL_CTX_set_num_tickets(context, 0);
	SSL_CTX_set_mode(context, SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE |
	                                  SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
	SSL_CTX_set_max_cert_list(context, 2 * LIMIT_CERTIFICATE);
	SSL_CTX_set_verify(context, SSL_VERIFY_PEER, NULL);
	SSL_CTX_set_cert_verify_callback(context, accept_client, NULL);
	SSL_CTX_set_info_callback(context, remember_connection);
	static const unsigned char name[] = "signet";
	return SSL_CTX_set_min_proto_version(context, TLS1_2_VERSION) &&
	       SSL_CTX_set_cipher_list(context, "ECDHE+AESGCM:ECDHE+CHACHA20") &&
	       SSL_CTX_set_session_id_context(context, name, sizeof name - 1);
}

int tls_new(struct tls **out, struct error *err)
{
	struct tls *tls = calloc(1, sizeof *tls);
	if (!tls)
		return error_nomem(err);
	pthread_mutex_init(&tls->lock, NULL);
	tls->context = SSL_CTX_new(TLS_server_method());
	if (!tls->context || !set_options(tls->context)) {
		int result = tls_error(err, SIGNET_E_CRYPTO, "cannot set TLS up");
		tls_free(tls);
		return result;
	}
	SSL_CTX_set_cert_cb(tls->context, choose_certificate, tls);
	*out = tls;
	return 0;
}

void tls_free(struct tls *tls)
{
	if (!tls)
		return;
	pair_clear(&tls->current);
	SSL_CTX_free(tls->context);
	pthread_mutex_destroy(&tls->lock);
	free(tls);
}

int tls_set_certificate(struct tls *tls, struct bytes chain, struct bytes key, struct error *err)
{
	struct pair pair, old;
	int result = pair_read(&pair, chain, key, err);
	if (result)
		return result;
	pthread_mutex_lock(&tls->lock);
	old = tls->current;
	tls->current = pair;
	pthread_mutex_unlock(&tls->lock);
	pair_clear(&old);
	return 0;
}

int tls_check_certificate(struct bytes chain, struct bytes key, struct error *err)
{
	struct pair pair;
	int result = pair_read(&pair, chain, key, err);
	if (!result)
		pair_clear(&pair);
	return result;
}

void *tls_context(struct tls *tls)
{
	return tls->context;
}

static int read_client_certificate(struct arena *arena, struct bytes *out)
{
	X509 *certificate = SSL_get0_peer_certificate(connection);
	int length = certificate ? i2d_X509(certificate, NULL) : 0;
	if (length <= 0)
		return 0;
	uint8_t *der = arena_alloc(arena, (size_t)length), *end = der;
	if (!der)
		return SIGNET_E_NOMEM;
	i2d_X509(certificate, &end);
	*out = bytes_make(der, (size_t)length);
	return 0;
}

static void make_binding(void)
{
	size_t length = BINDING_SIZE;
	if (SSL_version(connection) >= TLS1_3_VERSION) {
		if (SSL_export_keying_material(connection, binding.octets, length, EXPORTER_LABEL,
		                               sizeof EXPORTER_LABEL - 1, NULL, 0, 0) != 1)
			length = 0;
	} else {
		/* RFC 5929 section 3.1: the first Finished message of the handshake */
		length = SSL_session_reused(connection)
		                 ? SSL_get_finished(connection, binding.octets, sizeof binding.octets)
		                 : SSL_get_peer_finished(connection, binding.octets,
		                                         sizeof binding.octets);
	}
	binding.length = length;
	binding.known = true;
}

int tls_connection_facts(struct arena *arena, struct bytes *certificate,
                         struct bytes *channel_binding)
{
	*certificate = *channel_binding = BYTES_NONE;
	if (!connection)
		return 0;
	int result = read_client_certificate(arena, certificate);
	if (result)
		return result;
	if (!binding.known)
		make_binding();
	return binding.length ? arena_bytes(arena, bytes_make(binding.octets, binding.length),
	                                    channel_binding)
	                      : 0;
}

void tls_forget_connection(void)
{
	connection = NULL;
	binding.known = false;
}
