UNIT_TESTS += tests/unit/repository/test_expiry tests/unit/repository/test_file \
	tests/unit/repository/test_repository
