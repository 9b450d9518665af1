UNIT_TESTS += tests/unit/conf/test_conf tests/unit/conf/test_include \
	tests/unit/conf/test_instance tests/unit/conf/test_parse \
	tests/unit/conf/test_settings tests/unit/conf/test_user tests/unit/conf/test_value
noinst_HEADERS += tests/unit/conf/document.h
