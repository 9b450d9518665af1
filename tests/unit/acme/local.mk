UNIT_TESTS += tests/unit/acme/test_jws tests/unit/acme/test_jwk tests/unit/acme/test_nonce
acme_jose = tests/unit/acme/jose.c tests/unit/acme/jose.h
tests_unit_acme_test_jws_SOURCES = tests/unit/acme/test_jws.c $(acme_jose)
tests_unit_acme_test_jwk_SOURCES = tests/unit/acme/test_jwk.c $(acme_jose)
UNIT_TESTS += tests/unit/acme/test_fetch
tests_unit_acme_test_fetch_SOURCES = tests/unit/acme/test_fetch.c tests/unit/acme/responder.c \
	tests/unit/acme/responder.h
acme_world = $(acme_jose) tests/unit/acme/responder.c tests/unit/acme/responder.h \
	tests/unit/acme/world.c tests/unit/acme/world.h
UNIT_TESTS += tests/unit/acme/test_order
tests_unit_acme_test_order_SOURCES = tests/unit/acme/test_order.c $(acme_world)
