# What `make install` gives to those who write modules: the headers of the SDK and signet.pc.
# Modules include them as Signet's own do: "api/policy.h".
sdk_apidir = $(includedir)/signet/api
sdk_api_HEADERS = $(api_headers)
sdk_basedir = $(includedir)/signet/base
sdk_base_HEADERS = $(base_headers)
sdk_confdir = $(includedir)/signet/conf
sdk_conf_HEADERS = src/conf/conf.h
sdk_asn1dir = $(includedir)/signet/asn1
sdk_asn1_HEADERS = src/asn1/der.h src/asn1/extension.h src/asn1/general_name.h src/asn1/name.h \
	src/asn1/oid.h
sdk_cryptodir = $(includedir)/signet/crypto
sdk_crypto_HEADERS = $(crypto_headers)
sdk_pkidir = $(includedir)/signet/pki
sdk_pki_HEADERS = $(pki_headers)
sdk_storedir = $(includedir)/signet/store
sdk_store_HEADERS = src/store/store.h
pkgconfigdir = $(libdir)/pkgconfig
pkgconfig_DATA = src/api/signet.pc
