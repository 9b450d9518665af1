UNIT_TESTS += tests/unit/exit/test_file tests/unit/exit/test_file_name
tests_unit_exit_test_file_SOURCES = tests/unit/exit/test_file.c $(fake_engine)
