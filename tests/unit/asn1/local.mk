UNIT_TESTS += tests/unit/asn1/test_der tests/unit/asn1/test_der_writer tests/unit/asn1/test_oid \
	tests/unit/asn1/test_extension tests/unit/asn1/test_extension_usage \
	tests/unit/asn1/test_general_name tests/unit/asn1/test_name
noinst_HEADERS += tests/unit/asn1/hex.h
