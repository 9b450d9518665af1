UNIT_TESTS += tests/unit/gateway/test_framing
UNIT_TESTS += tests/unit/gateway/test_path
UNIT_TESTS += tests/unit/gateway/test_router
