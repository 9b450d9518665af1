noinst_LIBRARIES += src/asn1/libasn1.a
asn1_headers = src/asn1/der.h src/asn1/der_describe.h src/asn1/der_primitive.h \
	src/asn1/der_string.h src/asn1/extension.h src/asn1/extension_describe.h \
	src/asn1/extension_list.h src/asn1/general_name.h src/asn1/name.h \
	src/asn1/name_attribute.h src/asn1/name_constraints.h src/asn1/oid.h
src_asn1_libasn1_a_SOURCES = $(asn1_headers) src/asn1/der.c src/asn1/der_describe.c \
	src/asn1/der_primitive.c src/asn1/der_string.c src/asn1/der_writer.c \
	src/asn1/extension.c src/asn1/extension_access.c src/asn1/extension_alt_name.c \
	src/asn1/extension_basic.c src/asn1/extension_crl.c src/asn1/extension_describe.c \
	src/asn1/extension_describe_crl.c \
	src/asn1/extension_describe_constraints.c src/asn1/extension_describe_feature.c \
	src/asn1/extension_feature.c src/asn1/extension_key_id.c src/asn1/extension_list.c \
	src/asn1/extension_microsoft.c src/asn1/extension_name_constraints.c \
	src/asn1/extension_policies.c src/asn1/extension_policy_constraints.c \
	src/asn1/extension_usage.c src/asn1/general_name.c src/asn1/general_name_text.c \
	src/asn1/name.c src/asn1/name_attribute.c src/asn1/name_compare.c \
	src/asn1/name_constraints_check.c src/asn1/name_constraints_match.c \
	src/asn1/name_constraints_text.c src/asn1/name_from_parts.c src/asn1/name_from_text.c \
	src/asn1/name_text.c src/asn1/oid.c
