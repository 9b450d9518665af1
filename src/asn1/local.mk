noinst_LIBRARIES += src/asn1/libasn1.a
asn1_headers = src/asn1/der.h src/asn1/oid.h src/asn1/name.h src/asn1/general_name.h src/asn1/extension.h
src_asn1_libasn1_a_SOURCES = $(asn1_headers) src/asn1/der.c src/asn1/der_writer.c src/asn1/oid.c
