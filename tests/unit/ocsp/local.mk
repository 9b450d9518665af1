UNIT_TESTS += tests/unit/ocsp/test_answer tests/unit/ocsp/test_answers \
	tests/unit/ocsp/test_ocsp tests/unit/ocsp/test_target
tests_unit_ocsp_test_ocsp_SOURCES = tests/unit/ocsp/test_ocsp.c $(fake_engine)
