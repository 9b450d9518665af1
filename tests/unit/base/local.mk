UNIT_TESTS += tests/unit/base/test_buffer
UNIT_TESTS += tests/unit/base/test_role
UNIT_TESTS += tests/unit/base/test_passphrase
