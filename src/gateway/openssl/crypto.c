/*
 * The private libcrypto.so of the gateway: bears the name that CivetWeb asks
 * for, and depends on the libcrypto.so.3 that has the functions (see ssl.c).
 */
#include <openssl/crypto.h>

const char *signet_tls_library(void);

/* Says which library stands behind the name; and a shared object wants one symbol at least. */
const char *signet_tls_library(void)
{
	return OpenSSL_version(OPENSSL_VERSION);
}
