UNIT_TESTS += tests/unit/ocsp/test_answer tests/unit/ocsp/test_answers \
	tests/unit/ocsp/test_target
