gateway_peer = tests/unit/gateway/http_peer.h tests/unit/gateway/http_peer.c
UNIT_TESTS += tests/unit/gateway/test_framing \
	tests/unit/gateway/test_path \
	tests/unit/gateway/test_router \
	tests/unit/gateway/test_server \
	tests/unit/gateway/test_tls
tests_unit_gateway_test_server_SOURCES = tests/unit/gateway/test_server.c $(gateway_peer)
tests_unit_gateway_test_tls_SOURCES = tests/unit/gateway/test_tls.c $(gateway_peer) $(engine_fixture)
