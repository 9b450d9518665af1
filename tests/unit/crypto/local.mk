UNIT_TESTS += tests/unit/crypto/test_algorithm tests/unit/crypto/test_hash \
	tests/unit/crypto/test_key tests/unit/crypto/test_pubkey tests/unit/crypto/test_spki \
	tests/unit/crypto/test_weak tests/unit/crypto/test_x509
noinst_HEADERS += tests/unit/crypto/weak_moduli.h tests/unit/data.h tests/unit/openssl.h \
	tests/unit/tree.h
