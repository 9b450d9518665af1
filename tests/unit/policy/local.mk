policy_rule = tests/unit/policy/rule.c tests/unit/policy/rule.h
UNIT_TESTS += tests/unit/policy/test_extensions tests/unit/policy/test_keys \
	tests/unit/policy/test_names tests/unit/policy/test_subject tests/unit/policy/test_validity
tests_unit_policy_test_extensions_SOURCES = tests/unit/policy/test_extensions.c $(policy_rule)
tests_unit_policy_test_keys_SOURCES = tests/unit/policy/test_keys.c $(policy_rule)
tests_unit_policy_test_names_SOURCES = tests/unit/policy/test_names.c $(policy_rule)
tests_unit_policy_test_subject_SOURCES = tests/unit/policy/test_subject.c $(policy_rule)
tests_unit_policy_test_validity_SOURCES = tests/unit/policy/test_validity.c $(policy_rule)
