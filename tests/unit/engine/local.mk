engine_fixture = tests/unit/engine/fixture.c tests/unit/engine/fixture.h
UNIT_TESTS += tests/unit/engine/test_authority \
	tests/unit/engine/test_chain \
	tests/unit/engine/test_configuration \
	tests/unit/engine/test_engine \
	tests/unit/engine/test_events \
	tests/unit/engine/test_profile \
	tests/unit/engine/test_request \
	tests/unit/engine/test_service
tests_unit_engine_test_authority_SOURCES = tests/unit/engine/test_authority.c $(engine_fixture)
tests_unit_engine_test_chain_SOURCES = tests/unit/engine/test_chain.c $(engine_fixture)
tests_unit_engine_test_configuration_SOURCES = tests/unit/engine/test_configuration.c $(engine_fixture)
tests_unit_engine_test_engine_SOURCES = tests/unit/engine/test_engine.c $(engine_fixture)
tests_unit_engine_test_events_SOURCES = tests/unit/engine/test_events.c $(engine_fixture)
tests_unit_engine_test_profile_SOURCES = tests/unit/engine/test_profile.c $(engine_fixture)
tests_unit_engine_test_request_SOURCES = tests/unit/engine/test_request.c $(engine_fixture)
tests_unit_engine_test_service_SOURCES = tests/unit/engine/test_service.c $(engine_fixture)
