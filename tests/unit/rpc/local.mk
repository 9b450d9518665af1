rpc_tests = tests/unit/rpc/test_address tests/unit/rpc/test_client tests/unit/rpc/test_descriptor tests/unit/rpc/test_message \
	tests/unit/rpc/test_server
UNIT_TESTS += $(rpc_tests)
rpc_fixture = tests/unit/rpc/fixture.c tests/unit/rpc/fixture.h
tests_unit_rpc_test_client_SOURCES = tests/unit/rpc/test_client.c $(rpc_fixture)
tests_unit_rpc_test_descriptor_SOURCES = tests/unit/rpc/test_descriptor.c $(rpc_fixture)
tests_unit_rpc_test_server_SOURCES = tests/unit/rpc/test_server.c $(rpc_fixture)
