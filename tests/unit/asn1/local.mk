UNIT_TESTS += tests/unit/asn1/test_der tests/unit/asn1/test_der_writer tests/unit/asn1/test_oid
noinst_HEADERS += tests/unit/asn1/hex.h
