gateway_peer = tests/unit/gateway/http_peer.h tests/unit/gateway/http_peer.c
engine_peer = tests/unit/gateway/engine_peer.h tests/unit/gateway/engine_peer.c $(engine_fixture)
UNIT_TESTS += tests/unit/gateway/test_framing \
	tests/unit/gateway/test_gateway \
	tests/unit/gateway/test_host \
	tests/unit/gateway/test_keeper \
	tests/unit/gateway/test_own_certificate \
	tests/unit/gateway/test_path \
	tests/unit/gateway/test_router \
	tests/unit/gateway/test_server \
	tests/unit/gateway/test_tls \
	tests/unit/gateway/test_watch
tests_unit_gateway_test_own_certificate_SOURCES = tests/unit/gateway/test_own_certificate.c \
	$(engine_peer)
tests_unit_gateway_test_gateway_SOURCES = tests/unit/gateway/test_gateway.c $(engine_peer) \
	$(gateway_peer)
tests_unit_gateway_test_keeper_SOURCES = tests/unit/gateway/test_keeper.c $(engine_peer)
tests_unit_gateway_test_server_SOURCES = tests/unit/gateway/test_server.c $(gateway_peer)
tests_unit_gateway_test_tls_SOURCES = tests/unit/gateway/test_tls.c $(gateway_peer) $(engine_fixture)

# test_host loads this intermediary.
gateway_module = tests/unit/gateway/modules/intermediaries/counter.so
EXTRA_DIST += tests/unit/gateway/counter_module.c
CLEANFILES += $(gateway_module)
$(gateway_module): tests/unit/gateway/counter_module.c $(api_headers)
	$(api_module_build) -o $@ $(srcdir)/tests/unit/gateway/counter_module.c
tests_unit_gateway_test_host_LDFLAGS = $(AM_LDFLAGS) -rdynamic
tests_unit_gateway_test_host_LDADD = $(SDK_LIBS) $(LDADD)
EXTRA_tests_unit_gateway_test_host_DEPENDENCIES = $(gateway_module)
UNIT_TESTS += tests/unit/gateway/test_exposition
UNIT_TESTS += tests/unit/gateway/test_meter tests/unit/gateway/test_monitoring tests/unit/gateway/test_reporter
tests_unit_gateway_test_reporter_SOURCES = tests/unit/gateway/test_reporter.c $(gateway_peer) $(fake_engine)
tests_unit_gateway_test_monitoring_SOURCES = tests/unit/gateway/test_monitoring.c $(gateway_peer) $(fake_engine)
