UNIT_TESTS += tests/unit/pki/test_csr tests/unit/pki/test_csr_build
