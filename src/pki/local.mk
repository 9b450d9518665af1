noinst_LIBRARIES += src/pki/libpki.a
pki_headers = src/pki/csr.h src/pki/certificate.h src/pki/certificate_lint.h
pki_headers += src/pki/crl.h src/pki/ocsp.h
src_pki_libpki_a_SOURCES = $(pki_headers) src/pki/csr.c src/pki/csr_build.c
src_pki_libpki_a_SOURCES += src/pki/certificate.c src/pki/certificate_build.c \
	src/pki/certificate_chain.c src/pki/certificate_lint.c \
	src/pki/certificate_lint_extension.c src/pki/serial.c
src_pki_libpki_a_SOURCES += src/pki/certificate_bag.c src/pki/certificate_bag.h
src_pki_libpki_a_SOURCES += src/pki/crl_build.c src/pki/crl_read.c \
	src/pki/ocsp_request.c src/pki/ocsp_response.c
