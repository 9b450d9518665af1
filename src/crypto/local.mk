noinst_LIBRARIES += src/crypto/libcrypto_signet.a
crypto_headers = src/crypto/algorithm.h src/crypto/hash.h src/crypto/key.h src/crypto/weak.h \
	src/crypto/x509.h
src_crypto_libcrypto_signet_a_SOURCES = $(crypto_headers) src/crypto/gnutls_private.h \
	src/crypto/spki.h src/crypto/algorithm.c src/crypto/hash.c src/crypto/key.c \
	src/crypto/pubkey.c src/crypto/spki.c src/crypto/weak.c src/crypto/x509.c
