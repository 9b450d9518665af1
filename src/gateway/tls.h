/*
 * All of the gateway that is OpenSSL's: the libraries that CivetWeb opens, the
 * context of the listeners with a certificate that can be changed while they
 * serve, and what a handler may know of its connection. A CivetWeb that is
 * built on another TLS library needs another file here and nothing else.
 */
#ifndef SIGNET_GATEWAY_TLS_H
#define SIGNET_GATEWAY_TLS_H

#include "base/arena.h"
#include "base/error.h"

struct tls;

/* Opens SIGNET_LIBDIR/tls/lib{crypto,ssl}.so, so that CivetWeb finds these names. Call before its
 * first use. Idempotent. */
int tls_load_libraries(struct error *err);

/* TLS 1.2 and newer; a client certificate is asked for and not insisted on, nor verified: who
 * relies on it verifies it. */
int tls_new(struct tls **out, struct error *err);
void tls_free(struct tls *tls);

/* The certificate for new connections: PEM, the server's first, then its issuers; and its key,
 * PEM without a passphrase. SIGNET_E_INVALID when they are malformed or do not match. */
int tls_set_certificate(struct tls *tls, struct bytes chain, struct bytes key, struct error *err);
/* Only looks whether tls_set_certificate would take them. */
int tls_check_certificate(struct bytes chain, struct bytes key, struct error *err);

/* CivetWeb's context (SSL_CTX); belongs to tls. */
void *tls_context(struct tls *tls);

/* Of the connection that this thread serves: the client's certificate in DER, and the channel
 * binding: tls-exporter (RFC 9266) for TLS 1.3, tls-unique (RFC 5929) for TLS 1.2. BYTES_NONE
 * where there is none. SIGNET_E_NOMEM. */
int tls_connection_facts(struct arena *arena, struct bytes *certificate, struct bytes *binding);
/* The connection ends. */
void tls_forget_connection(void);

#endif
