UNIT_TESTS += tests/unit/asn1/test_der tests/unit/asn1/test_der_describe \
	tests/unit/asn1/test_der_primitive tests/unit/asn1/test_der_string \
	tests/unit/asn1/test_der_writer tests/unit/asn1/test_extension \
	tests/unit/asn1/test_extension_access tests/unit/asn1/test_extension_alt_name \
	tests/unit/asn1/test_extension_basic tests/unit/asn1/test_extension_crl tests/unit/asn1/test_extension_describe \
	tests/unit/asn1/test_extension_describe_constraints \
	tests/unit/asn1/test_extension_describe_feature tests/unit/asn1/test_extension_feature \
	tests/unit/asn1/test_extension_key_id tests/unit/asn1/test_extension_list \
	tests/unit/asn1/test_extension_microsoft tests/unit/asn1/test_extension_name_constraints \
	tests/unit/asn1/test_extension_policies \
	tests/unit/asn1/test_extension_policy_constraints tests/unit/asn1/test_extension_samples tests/unit/asn1/test_extension_usage \
	tests/unit/asn1/test_general_name tests/unit/asn1/test_general_name_text \
	tests/unit/asn1/test_name tests/unit/asn1/test_name_attribute \
	tests/unit/asn1/test_name_compare tests/unit/asn1/test_name_constraints_check \
	tests/unit/asn1/test_name_constraints_match tests/unit/asn1/test_name_constraints_text \
	tests/unit/asn1/test_name_from_parts tests/unit/asn1/test_name_from_text \
	tests/unit/asn1/test_name_text tests/unit/asn1/test_oid
noinst_HEADERS += tests/unit/asn1/describe.h tests/unit/asn1/hex.h
