/*
 * What the files of this folder share, and the only header of ours that shows
 * GnuTLS. For src/crypto alone.
 */
#ifndef SIGNET_CRYPTO_GNUTLS_PRIVATE_H
#define SIGNET_CRYPTO_GNUTLS_PRIVATE_H

#include <gnutls/abstract.h>
#include <gnutls/crypto.h>
#include <gnutls/gnutls.h>
#include <gnutls/x509.h>

#include "base/error.h"
#include "crypto/algorithm.h"

/* GnuTLS never writes through a datum that it is given to read. */
static inline gnutls_datum_t datum_of(struct bytes bytes)
{
	return (gnutls_datum_t){(unsigned char *)(uintptr_t)bytes.data, (unsigned)bytes.length};
}

static inline struct bytes bytes_of_datum(const gnutls_datum_t *datum)
{
	return (struct bytes){datum->data, datum->size};
}

/* Sets an error with GnuTLS's own text as its detail. code stands unless the result is for want
 * of memory. */
static inline int gnutls_failed(struct error *err, int code, int result, const char *message)
{
	if (result == GNUTLS_E_MEMORY_ERROR)
		return error_nomem(err);
	error_set(err, code, "%s", message);
	error_detail(err, "GnuTLS: %s", gnutls_strerror(result));
	return code;
}

static inline void datum_free(gnutls_datum_t *datum)
{
	gnutls_free(datum->data);
	*datum = (gnutls_datum_t){NULL, 0};
}
#define _cleanup_datum_ __attribute__((cleanup(datum_free)))

gnutls_sign_algorithm_t signature_algorithm_gnutls(enum signature_algorithm algorithm);
gnutls_pk_algorithm_t key_algorithm_gnutls(enum key_algorithm algorithm);
/* GNUTLS_ECC_CURVE_INVALID for RSA. */
gnutls_ecc_curve_t key_algorithm_curve(enum key_algorithm algorithm);
/* Octets of a coordinate (EC) or of the whole key (Ed25519); 0 for RSA. */
size_t key_algorithm_octets(enum key_algorithm algorithm);

#endif
