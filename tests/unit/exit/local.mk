UNIT_TESTS += tests/unit/exit/test_exec tests/unit/exit/test_webhook
UNIT_TESTS += tests/unit/exit/test_file tests/unit/exit/test_file_config \
	tests/unit/exit/test_file_content tests/unit/exit/test_file_hook \
	tests/unit/exit/test_file_name tests/unit/exit/test_file_tree
UNIT_TESTS += tests/unit/exit/test_mail tests/unit/exit/test_mail_template
tests_unit_exit_test_file_SOURCES = tests/unit/exit/test_file.c $(fake_engine)
tests_unit_exit_test_webhook_SOURCES = tests/unit/exit/test_webhook.c $(web_server)
