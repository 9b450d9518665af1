UNIT_TESTS += tests/unit/gateway/test_framing
UNIT_TESTS += tests/unit/gateway/test_path
UNIT_TESTS += tests/unit/gateway/test_router
UNIT_TESTS += tests/unit/gateway/test_server
tests_unit_gateway_test_server_SOURCES = tests/unit/gateway/test_server.c \
	tests/unit/gateway/http_peer.h tests/unit/gateway/http_peer.c
