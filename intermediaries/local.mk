noinst_LIBRARIES += intermediaries/libintermediaries.a
intermediaries_libintermediaries_a_SOURCES = $(acme_sources) $(ocsp_sources) $(repository_sources)
nodist_intermediaries_libintermediaries_a_SOURCES = intermediaries/acme/acme.pb-c.c \
	intermediaries/acme/acme.pb-c.h
acme_sources = \
	intermediaries/acme/account.c intermediaries/acme/acme.c intermediaries/acme/acme.h \
	intermediaries/acme/authz.c intermediaries/acme/cache.c intermediaries/acme/cache.h \
	intermediaries/acme/chains.c intermediaries/acme/chains.h \
	intermediaries/acme/clean.c intermediaries/acme/config.c intermediaries/acme/config.h \
	intermediaries/acme/fetch.c intermediaries/acme/fetch.h intermediaries/acme/finalize.c \
	intermediaries/acme/json.c intermediaries/acme/json_private.h \
	intermediaries/acme/jwk.c intermediaries/acme/jwk.h \
	intermediaries/acme/jws.c intermediaries/acme/jws.h intermediaries/acme/nonce.c \
	intermediaries/acme/new_order.c \
	intermediaries/acme/nonce.h intermediaries/acme/order.c intermediaries/acme/problem.c \
	intermediaries/acme/problem.h intermediaries/acme/record.c intermediaries/acme/recover.c intermediaries/acme/record.h \
	intermediaries/acme/serve.c intermediaries/acme/url.c intermediaries/acme/url.h \
	intermediaries/acme/validate.c
ocsp_sources = \
	intermediaries/ocsp/answer.c intermediaries/ocsp/answer.h \
	intermediaries/ocsp/answers.c intermediaries/ocsp/answers.h \
	intermediaries/ocsp/ask.c intermediaries/ocsp/ocsp.c intermediaries/ocsp/ocsp.h \
	intermediaries/ocsp/serve.c intermediaries/ocsp/watch.c \
	intermediaries/ocsp/target.c intermediaries/ocsp/target.h
repository_sources = \
	intermediaries/repository/expiry.c intermediaries/repository/expiry.h \
	intermediaries/repository/file.c intermediaries/repository/file.h \
	intermediaries/repository/repository.c
BUILT_SOURCES += intermediaries/acme/acme.pb-c.c intermediaries/acme/acme.pb-c.h
CLEANFILES += intermediaries/acme/acme.pb-c.c intermediaries/acme/acme.pb-c.h
EXTRA_DIST += intermediaries/acme/acme.proto
