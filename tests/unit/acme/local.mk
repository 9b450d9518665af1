UNIT_TESTS += tests/unit/acme/test_jws tests/unit/acme/test_jwk tests/unit/acme/test_nonce
acme_jose = tests/unit/acme/jose.c tests/unit/acme/jose.h
tests_unit_acme_test_jws_SOURCES = tests/unit/acme/test_jws.c $(acme_jose)
tests_unit_acme_test_jwk_SOURCES = tests/unit/acme/test_jwk.c $(acme_jose)
