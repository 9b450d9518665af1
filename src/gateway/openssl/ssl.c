/*
 * The private libssl.so of the gateway. CivetWeb looks its TLS functions up by
 * name in a library called "libssl.so": a name that is there only where
 * OpenSSL's development files are, and one of the functions,
 * SSL_get_peer_certificate, is no longer exported by OpenSSL 3. This object
 * bears the name, brings the function, and all others come from the
 * libssl.so.3 that it depends on.
 */
#include <openssl/ssl.h>

#undef SSL_get_peer_certificate
X509 *SSL_get_peer_certificate(const SSL *ssl);

X509 *SSL_get_peer_certificate(const SSL *ssl)
{
	return SSL_get1_peer_certificate(ssl);
}
