UNIT_TESTS += tests/unit/pki/test_csr tests/unit/pki/test_csr_build
UNIT_TESTS += tests/unit/pki/test_certificate tests/unit/pki/test_certificate_build \
	tests/unit/pki/test_certificate_chain tests/unit/pki/test_certificate_lint \
	tests/unit/pki/test_certificate_lint_extension tests/unit/pki/test_serial
noinst_HEADERS += tests/unit/pki/sample.h
UNIT_TESTS += tests/unit/pki/test_certificate_bag
UNIT_TESTS += tests/unit/pki/test_crl_build tests/unit/pki/test_crl_read \
	tests/unit/pki/test_ocsp_request tests/unit/pki/test_ocsp_response
noinst_HEADERS += tests/unit/pki/crl_sample.h
