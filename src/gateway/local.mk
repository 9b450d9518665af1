noinst_LIBRARIES += src/gateway/libgateway.a
src_gateway_libgateway_a_SOURCES = src/gateway/exchange.c \
	src/gateway/framing.h src/gateway/framing.c \
	src/gateway/gateway.h src/gateway/gateway.c \
	src/gateway/host.h src/gateway/host.c \
	src/gateway/instance_set.h src/gateway/instance_set.c \
	src/gateway/keeper.h src/gateway/keeper.c \
	src/gateway/own_certificate.h src/gateway/own_certificate.c \
	src/gateway/path.h src/gateway/path.c \
	src/gateway/reporter.h src/gateway/reporter.c \
	src/gateway/router.h src/gateway/router.c \
	src/gateway/server.h src/gateway/server_private.h src/gateway/server.c \
	src/gateway/tls.h src/gateway/tls.c \
	src/gateway/watch.h src/gateway/watch.c
src_gateway_libgateway_a_SOURCES += src/gateway/exposition.c src/gateway/exposition.h \
	src/gateway/meter.c src/gateway/meter.h src/gateway/monitoring.c src/gateway/monitoring.h

# What CivetWeb opens as libssl.so and libcrypto.so (src/gateway/openssl/ssl.c says why). They are
# found by their sonames once the gateway has opened them by their path.
tlsdir = $(pkglibdir)/tls
tls_PROGRAMS = lib/tls/libssl.so lib/tls/libcrypto.so
tls_shim_ldflags = -shared -fPIC $(HARDEN_LDFLAGS) $(SAN_CFLAGS) -Wl,--no-as-needed
lib_tls_libssl_so_SOURCES = src/gateway/openssl/ssl.c
lib_tls_libssl_so_CFLAGS = $(AM_CFLAGS) -fPIC
lib_tls_libssl_so_LDFLAGS = $(tls_shim_ldflags) -Wl,-soname,libssl.so
lib_tls_libssl_so_LDADD = -lssl -lcrypto
lib_tls_libcrypto_so_SOURCES = src/gateway/openssl/crypto.c
lib_tls_libcrypto_so_CFLAGS = $(AM_CFLAGS) -fPIC
lib_tls_libcrypto_so_LDFLAGS = $(tls_shim_ldflags) -Wl,-soname,libcrypto.so
lib_tls_libcrypto_so_LDADD = -lcrypto
