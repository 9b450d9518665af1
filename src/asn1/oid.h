/*
 * Object identifiers: the ones that Signet knows by name, and their text.
 * An OID travels as the content octets of its DER encoding.
 */
#ifndef SIGNET_ASN1_OID_H
#define SIGNET_ASN1_OID_H

#include "base/arena.h"
#include "base/error.h"

/* One line each: C name, dotted form, name in configuration and tables, content octets. */
#define OID_LIST(X)                                                                               \
	X(OID_COMMON_NAME, "2.5.4.3", "CN", 0x55, 0x04, 0x03)                                     \
	X(OID_SURNAME, "2.5.4.4", "SN", 0x55, 0x04, 0x04)                                         \
	X(OID_SERIAL_NUMBER, "2.5.4.5", "serialNumber", 0x55, 0x04, 0x05)                         \
	X(OID_COUNTRY, "2.5.4.6", "C", 0x55, 0x04, 0x06)                                          \
	X(OID_LOCALITY, "2.5.4.7", "L", 0x55, 0x04, 0x07)                                         \
	X(OID_STATE, "2.5.4.8", "ST", 0x55, 0x04, 0x08)                                           \
	X(OID_STREET, "2.5.4.9", "STREET", 0x55, 0x04, 0x09)                                      \
	X(OID_ORGANIZATION, "2.5.4.10", "O", 0x55, 0x04, 0x0a)                                    \
	X(OID_ORGANIZATIONAL_UNIT, "2.5.4.11", "OU", 0x55, 0x04, 0x0b)                            \
	X(OID_TITLE, "2.5.4.12", "title", 0x55, 0x04, 0x0c)                                       \
	X(OID_POSTAL_CODE, "2.5.4.17", "postalCode", 0x55, 0x04, 0x11)                            \
	X(OID_GIVEN_NAME, "2.5.4.42", "GN", 0x55, 0x04, 0x2a)                                     \
	X(OID_INITIALS, "2.5.4.43", "initials", 0x55, 0x04, 0x2b)                                 \
	X(OID_DN_QUALIFIER, "2.5.4.46", "dnQualifier", 0x55, 0x04, 0x2e)                          \
	X(OID_USER_ID, "0.9.2342.19200300.100.1.1", "UID", 0x09, 0x92, 0x26, 0x89, 0x93, 0xf2,    \
	  0x2c, 0x64, 0x01, 0x01)                                                                 \
	X(OID_DOMAIN_COMPONENT, "0.9.2342.19200300.100.1.25", "DC", 0x09, 0x92, 0x26, 0x89, 0x93, \
	  0xf2, 0x2c, 0x64, 0x01, 0x19)                                                           \
	X(OID_EMAIL_ADDRESS, "1.2.840.113549.1.9.1", "emailAddress", 0x2a, 0x86, 0x48, 0x86,      \
	  0xf7, 0x0d, 0x01, 0x09, 0x01)                                                           \
	X(OID_PKCS7_DATA, "1.2.840.113549.1.7.1", "data", 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d,     \
	  0x01, 0x07, 0x01)                                                                       \
	X(OID_SIGNED_DATA, "1.2.840.113549.1.7.2", "signedData", 0x2a, 0x86, 0x48, 0x86, 0xf7,    \
	  0x0d, 0x01, 0x07, 0x02)                                                                 \
	X(OID_UNSTRUCTURED_NAME, "1.2.840.113549.1.9.2", "unstructuredName", 0x2a, 0x86, 0x48,    \
	  0x86, 0xf7, 0x0d, 0x01, 0x09, 0x02)                                                     \
	X(OID_CHALLENGE_PASSWORD, "1.2.840.113549.1.9.7", "challengePassword", 0x2a, 0x86, 0x48,  \
	  0x86, 0xf7, 0x0d, 0x01, 0x09, 0x07)                                                     \
	X(OID_UNSTRUCTURED_ADDRESS, "1.2.840.113549.1.9.8", "unstructuredAddress", 0x2a, 0x86,    \
	  0x48, 0x86, 0xf7, 0x0d, 0x01, 0x09, 0x08)                                               \
	X(OID_EXTENSION_REQUEST, "1.2.840.113549.1.9.14", "extensionRequest", 0x2a, 0x86, 0x48,   \
	  0x86, 0xf7, 0x0d, 0x01, 0x09, 0x0e)                                                     \
	X(OID_SUBJECT_KEY_ID, "2.5.29.14", "subjectKeyIdentifier", 0x55, 0x1d, 0x0e)              \
	X(OID_KEY_USAGE, "2.5.29.15", "keyUsage", 0x55, 0x1d, 0x0f)                               \
	X(OID_SUBJECT_ALT_NAME, "2.5.29.17", "subjectAltName", 0x55, 0x1d, 0x11)                  \
	X(OID_BASIC_CONSTRAINTS, "2.5.29.19", "basicConstraints", 0x55, 0x1d, 0x13)               \
	X(OID_CRL_NUMBER, "2.5.29.20", "cRLNumber", 0x55, 0x1d, 0x14)                             \
	X(OID_CRL_REASON, "2.5.29.21", "reasonCode", 0x55, 0x1d, 0x15)                            \
	X(OID_INVALIDITY_DATE, "2.5.29.24", "invalidityDate", 0x55, 0x1d, 0x18)                   \
	X(OID_DELTA_CRL, "2.5.29.27", "deltaCRLIndicator", 0x55, 0x1d, 0x1b)                      \
	X(OID_ISSUING_POINT, "2.5.29.28", "issuingDistributionPoint", 0x55, 0x1d, 0x1c)           \
	X(OID_NAME_CONSTRAINTS, "2.5.29.30", "nameConstraints", 0x55, 0x1d, 0x1e)                 \
	X(OID_CRL_DISTRIBUTION, "2.5.29.31", "cRLDistributionPoints", 0x55, 0x1d, 0x1f)           \
	X(OID_CERTIFICATE_POLICIES, "2.5.29.32", "certificatePolicies", 0x55, 0x1d, 0x20)         \
	X(OID_AUTHORITY_KEY_ID, "2.5.29.35", "authorityKeyIdentifier", 0x55, 0x1d, 0x23)          \
	X(OID_EXT_KEY_USAGE, "2.5.29.37", "extKeyUsage", 0x55, 0x1d, 0x25)                        \
	X(OID_POLICY_CONSTRAINTS, "2.5.29.36", "policyConstraints", 0x55, 0x1d, 0x24)             \
	X(OID_FRESHEST_CRL, "2.5.29.46", "freshestCRL", 0x55, 0x1d, 0x2e)                         \
	X(OID_INHIBIT_ANY_POLICY, "2.5.29.54", "inhibitAnyPolicy", 0x55, 0x1d, 0x36)              \
	X(OID_TLS_FEATURE, "1.3.6.1.5.5.7.1.24", "tlsFeature", 0x2b, 0x06, 0x01, 0x05, 0x05,      \
	  0x07, 0x01, 0x18)                                                                       \
	X(OID_SHA1, "1.3.14.3.2.26", "SHA-1", 0x2b, 0x0e, 0x03, 0x02, 0x1a)                       \
	X(OID_SHA256, "2.16.840.1.101.3.4.2.1", "SHA-256", 0x60, 0x86, 0x48, 0x01, 0x65, 0x03,    \
	  0x04, 0x02, 0x01)                                                                       \
	X(OID_OCSP_BASIC, "1.3.6.1.5.5.7.48.1.1", "ocspBasic", 0x2b, 0x06, 0x01, 0x05, 0x05,      \
	  0x07, 0x30, 0x01, 0x01)                                                                 \
	X(OID_OCSP_NONCE, "1.3.6.1.5.5.7.48.1.2", "ocspNonce", 0x2b, 0x06, 0x01, 0x05, 0x05,      \
	  0x07, 0x30, 0x01, 0x02)                                                                 \
	X(OID_OCSP_CUTOFF, "1.3.6.1.5.5.7.48.1.6", "ocspArchiveCutoff", 0x2b, 0x06, 0x01, 0x05,   \
	  0x05, 0x07, 0x30, 0x01, 0x06)                                                           \
	X(OID_OCSP_EXTENDED, "1.3.6.1.5.5.7.48.1.9", "ocspExtendedRevoke", 0x2b, 0x06, 0x01,      \
	  0x05, 0x05, 0x07, 0x30, 0x01, 0x09)                                                     \
	X(OID_OCSP_NOCHECK, "1.3.6.1.5.5.7.48.1.5", "ocspNoCheck", 0x2b, 0x06, 0x01, 0x05, 0x05,  \
	  0x07, 0x30, 0x01, 0x05)                                                                 \
	X(OID_MS_TEMPLATE, "1.3.6.1.4.1.311.21.7", "msCertificateTemplate", 0x2b, 0x06, 0x01,     \
	  0x04, 0x01, 0x82, 0x37, 0x15, 0x07)                                                     \
	X(OID_MS_SID, "1.3.6.1.4.1.311.25.2", "msSecurityIdentifier", 0x2b, 0x06, 0x01, 0x04,     \
	  0x01, 0x82, 0x37, 0x19, 0x02)                                                           \
	X(OID_MS_OBJECT_SID, "1.3.6.1.4.1.311.25.2.1", "msObjectSid", 0x2b, 0x06, 0x01, 0x04,     \
	  0x01, 0x82, 0x37, 0x19, 0x02, 0x01)                                                     \
	X(OID_SMARTCARD_LOGON, "1.3.6.1.4.1.311.20.2.2", "smartcard-logon", 0x2b, 0x06, 0x01,     \
	  0x04, 0x01, 0x82, 0x37, 0x14, 0x02, 0x02)                                               \
	X(OID_IPSEC_IKE, "1.3.6.1.5.5.7.3.17", "ipsec-ike", 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07,   \
	  0x03, 0x11)                                                                             \
	X(OID_EAP_OVER_LAN, "1.3.6.1.5.5.7.3.14", "eap-over-lan", 0x2b, 0x06, 0x01, 0x05, 0x05,   \
	  0x07, 0x03, 0x0e)                                                                       \
	X(OID_AUTHORITY_INFO, "1.3.6.1.5.5.7.1.1", "authorityInfoAccess", 0x2b, 0x06, 0x01, 0x05, \
	  0x05, 0x07, 0x01, 0x01)                                                                 \
	X(OID_AD_OCSP, "1.3.6.1.5.5.7.48.1", "ocsp", 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x30,    \
	  0x01)                                                                                   \
	X(OID_AD_CA_ISSUERS, "1.3.6.1.5.5.7.48.2", "caIssuers", 0x2b, 0x06, 0x01, 0x05, 0x05,     \
	  0x07, 0x30, 0x02)                                                                       \
	X(OID_CPS, "1.3.6.1.5.5.7.2.1", "cps", 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x02, 0x01)    \
	X(OID_USER_NOTICE, "1.3.6.1.5.5.7.2.2", "userNotice", 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, \
	  0x02, 0x02)                                                                             \
	X(OID_SERVER_AUTH, "1.3.6.1.5.5.7.3.1", "server-auth", 0x2b, 0x06, 0x01, 0x05, 0x05,      \
	  0x07, 0x03, 0x01)                                                                       \
	X(OID_CLIENT_AUTH, "1.3.6.1.5.5.7.3.2", "client-auth", 0x2b, 0x06, 0x01, 0x05, 0x05,      \
	  0x07, 0x03, 0x02)                                                                       \
	X(OID_CODE_SIGNING, "1.3.6.1.5.5.7.3.3", "code-signing", 0x2b, 0x06, 0x01, 0x05, 0x05,    \
	  0x07, 0x03, 0x03)                                                                       \
	X(OID_EMAIL_PROTECTION, "1.3.6.1.5.5.7.3.4", "email-protection", 0x2b, 0x06, 0x01, 0x05,  \
	  0x05, 0x07, 0x03, 0x04)                                                                 \
	X(OID_TIME_STAMPING, "1.3.6.1.5.5.7.3.8", "time-stamping", 0x2b, 0x06, 0x01, 0x05, 0x05,  \
	  0x07, 0x03, 0x08)                                                                       \
	X(OID_OCSP_SIGNING, "1.3.6.1.5.5.7.3.9", "ocsp-signing", 0x2b, 0x06, 0x01, 0x05, 0x05,    \
	  0x07, 0x03, 0x09)                                                                       \
	X(OID_ANY_EXT_KEY_USAGE, "2.5.29.37.0", "any", 0x55, 0x1d, 0x25, 0x00)                    \
	X(OID_RSA_ENCRYPTION, "1.2.840.113549.1.1.1", "rsaEncryption", 0x2a, 0x86, 0x48, 0x86,    \
	  0xf7, 0x0d, 0x01, 0x01, 0x01)                                                           \
	X(OID_RSA_SHA256, "1.2.840.113549.1.1.11", "sha256WithRSAEncryption", 0x2a, 0x86, 0x48,   \
	  0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0b)                                                     \
	X(OID_RSA_SHA384, "1.2.840.113549.1.1.12", "sha384WithRSAEncryption", 0x2a, 0x86, 0x48,   \
	  0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0c)                                                     \
	X(OID_RSA_SHA512, "1.2.840.113549.1.1.13", "sha512WithRSAEncryption", 0x2a, 0x86, 0x48,   \
	  0x86, 0xf7, 0x0d, 0x01, 0x01, 0x0d)                                                     \
	X(OID_EC_PUBLIC_KEY, "1.2.840.10045.2.1", "id-ecPublicKey", 0x2a, 0x86, 0x48, 0xce, 0x3d, \
	  0x02, 0x01)                                                                             \
	X(OID_P256, "1.2.840.10045.3.1.7", "P-256", 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x03, 0x01,     \
	  0x07)                                                                                   \
	X(OID_P384, "1.3.132.0.34", "P-384", 0x2b, 0x81, 0x04, 0x00, 0x22)                        \
	X(OID_P521, "1.3.132.0.35", "P-521", 0x2b, 0x81, 0x04, 0x00, 0x23)                        \
	X(OID_ECDSA_SHA256, "1.2.840.10045.4.3.2", "ecdsa-with-SHA256", 0x2a, 0x86, 0x48, 0xce,   \
	  0x3d, 0x04, 0x03, 0x02)                                                                 \
	X(OID_ECDSA_SHA384, "1.2.840.10045.4.3.3", "ecdsa-with-SHA384", 0x2a, 0x86, 0x48, 0xce,   \
	  0x3d, 0x04, 0x03, 0x03)                                                                 \
	X(OID_ECDSA_SHA512, "1.2.840.10045.4.3.4", "ecdsa-with-SHA512", 0x2a, 0x86, 0x48, 0xce,   \
	  0x3d, 0x04, 0x03, 0x04)                                                                 \
	X(OID_ED25519, "1.3.101.112", "Ed25519", 0x2b, 0x65, 0x70)                                \
	X(OID_UPN, "1.3.6.1.4.1.311.20.2.3", "userPrincipalName", 0x2b, 0x06, 0x01, 0x04, 0x01,   \
	  0x82, 0x37, 0x14, 0x02, 0x03)

#define OID_DECLARE(c_name, dotted, name, ...) extern const struct bytes c_name;
OID_LIST(OID_DECLARE)
#undef OID_DECLARE

/* The short name of a known OID; NULL for another. */
const char *oid_name(struct bytes oid);
/* The known OID of that name (ASCII case ignored) or dotted form; also any dotted form that is
 * not known, which is then encoded into the arena. SIGNET_E_INVALID else. */
int oid_from_text(struct arena *arena, const char *text, struct bytes *out);
/* "2.5.4.3"; NULL without memory or when the octets are no OID. */
char *oid_to_text(struct arena *arena, struct bytes oid);

#endif
