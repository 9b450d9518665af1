acme_jose = tests/unit/acme/jose.c tests/unit/acme/jose.h
acme_responder = tests/unit/acme/responder.c tests/unit/acme/responder.h
acme_world = $(acme_jose) $(acme_responder) tests/unit/acme/world.c tests/unit/acme/world.h

UNIT_TESTS += tests/unit/acme/test_account tests/unit/acme/test_acme tests/unit/acme/test_authz \
	tests/unit/acme/test_cache tests/unit/acme/test_chains tests/unit/acme/test_clean tests/unit/acme/test_config tests/unit/acme/test_fetch \
	tests/unit/acme/test_finalize tests/unit/acme/test_jwk tests/unit/acme/test_jws \
	tests/unit/acme/test_nonce tests/unit/acme/test_order tests/unit/acme/test_problem \
	tests/unit/acme/test_record tests/unit/acme/test_serve tests/unit/acme/test_url \
	tests/unit/acme/test_validate
tests_unit_acme_test_account_SOURCES = tests/unit/acme/test_account.c $(acme_world)
tests_unit_acme_test_acme_SOURCES = tests/unit/acme/test_acme.c $(acme_world)
tests_unit_acme_test_authz_SOURCES = tests/unit/acme/test_authz.c $(acme_world)
tests_unit_acme_test_clean_SOURCES = tests/unit/acme/test_clean.c $(acme_world)
tests_unit_acme_test_fetch_SOURCES = tests/unit/acme/test_fetch.c $(acme_responder)
tests_unit_acme_test_finalize_SOURCES = tests/unit/acme/test_finalize.c $(acme_world)
tests_unit_acme_test_jwk_SOURCES = tests/unit/acme/test_jwk.c $(acme_jose)
tests_unit_acme_test_jws_SOURCES = tests/unit/acme/test_jws.c $(acme_jose)
tests_unit_acme_test_order_SOURCES = tests/unit/acme/test_order.c $(acme_world)
tests_unit_acme_test_record_SOURCES = tests/unit/acme/test_record.c $(acme_world)
tests_unit_acme_test_serve_SOURCES = tests/unit/acme/test_serve.c $(acme_world)
tests_unit_acme_test_validate_SOURCES = tests/unit/acme/test_validate.c $(acme_world)
