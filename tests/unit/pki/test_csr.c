#include "tests/unit/data.h"

#include "asn1/oid.h"
#include "pki/csr.h"

static struct bytes file(const char *directory, const char *name)
{
	return data_read(arena_printf(arena, "%s/csr/%s.der", directory, name));
}

static void load(struct csr *csr, const char *name)
{
	struct error err = {0};
	if (csr_parse(csr, arena, file("good", name), &err))
		fail_msg("%s: %s (%s)", name, err.message, err.detail);
}

static const struct {
	const char *name;
	enum key_algorithm key;
	enum signature_algorithm signature;
	const char *subject; /* RFC 4514 */
	size_t extensions, alt_names;
	const char *challenge;
} good[] = {
	{"openssl-rsa-2048", KEY_RSA, SIGNATURE_RSA_SHA256, "O=Signet,CN=www.example.com", 0, 0, NULL},
	{"openssl-rsa-3072", KEY_RSA, SIGNATURE_RSA_SHA256, "O=Signet,CN=www.example.com", 0, 0, NULL},
	{"openssl-p-256", KEY_P256, SIGNATURE_ECDSA_SHA256, "O=Signet,CN=www.example.com", 0, 0, NULL},
	{"openssl-p-384", KEY_P384, SIGNATURE_ECDSA_SHA256, "O=Signet,CN=www.example.com", 0, 0, NULL},
	{"openssl-p-521", KEY_P521, SIGNATURE_ECDSA_SHA256, "O=Signet,CN=www.example.com", 0, 0, NULL},
	{"openssl-ed25519", KEY_ED25519, SIGNATURE_ED25519, "O=Signet,CN=www.example.com", 0, 0, NULL},
	{"openssl-sha512", KEY_RSA, SIGNATURE_RSA_SHA512, "O=Signet,CN=www.example.com", 0, 0, NULL},
	{"openssl-full", KEY_P256, SIGNATURE_ECDSA_SHA256, "O=Signet,CN=www.example.com", 4, 6,
	 "open sesame"},
	{"openssl-utf8", KEY_P256, SIGNATURE_ECDSA_SHA256,
	 "CN=www.example.com,O=B\xc3\xbc" "cher \xe6\xbc\xa2\xe5\xad\x97,C=DE", 0, 0, NULL},
	{"openssl-bmp", KEY_P256, SIGNATURE_ECDSA_SHA256, "CN=B\xc3\xbc" "cher", 1, 1, NULL},
	{"certtool-p-256", KEY_P256, SIGNATURE_ECDSA_SHA256, "CN=www.example.com", 3, 3, NULL},
	{"certtool-rsa", KEY_RSA, SIGNATURE_RSA_SHA256, "CN=www.example.com,O=Signet,C=DE", 4, 3,
	 "open sesame"},
	{"certbot", KEY_P256, SIGNATURE_ECDSA_SHA256, "", 1, 1, NULL},
	{"no-attributes", KEY_P256, SIGNATURE_ECDSA_SHA256, "CN=www.example.com", 0, 0, NULL},
	{"unsorted-attributes", KEY_P256, SIGNATURE_ECDSA_SHA256, "CN=www.example.com", 1, 1,
	 "open sesame"},
	{"windows", KEY_P256, SIGNATURE_ECDSA_SHA256, "CN=www.example.com", 1, 1, NULL},
	{"rsa-without-null", KEY_RSA, SIGNATURE_RSA_SHA256, "CN=www.example.com", 1, 1, NULL},
};
#define GOOD (sizeof good / sizeof *good)

static void requests_of_real_clients_are_read(void **state)
{
	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		struct csr csr = {0};
		struct error err = {0};
		struct bytes der = exact(file("good", good[i].name));
		if (csr_parse(&csr, arena, der, &err) || csr_verify_possession(&csr, &err))
			fail_msg("%s: %s (%s)", good[i].name, err.message, err.detail);
		assert_int_equal(pubkey_algorithm(csr.key), good[i].key);
		assert_int_equal(csr.signature_algorithm, good[i].signature);
		const char *subject = name_to_text(arena, csr.subject);
		if (!subject || strcmp(subject, good[i].subject) != 0)
			fail_msg("%s: %s", good[i].name, subject ? subject : "no text");
		assert_int_equal(csr.extension_count, good[i].extensions);
		assert_int_equal(csr.alt_name_count, good[i].alt_names);
		if (good[i].challenge)
			assert_string_equal(csr.challenge_password, good[i].challenge);
		else
			assert_null(csr.challenge_password);
		assert_ptr_equal(csr.der.data, der.data);
		assert_true(bytes_equal(csr.spki, pubkey_spki(csr.key)));
		csr_clear(&csr);
		assert_null(csr.key);
		exact_free(der);
	}
}

static void every_kind_of_alternative_name_is_read(void **state)
{
	(void)state;
	static const char *const names[] = {
		"www.example.com", "*.example.com", "192.0.2.1", "2001:db8::1", "root@example.com",
		"https://example.com/",
	};
	struct csr csr;
	load(&csr, "openssl-full");
	assert_int_equal(csr.alt_name_count, 6);
	for (size_t i = 0; i < 6; i++)
		assert_string_equal(general_name_text(arena, &csr.alt_names[i]), names[i]);
	csr_clear(&csr);
}

static void extensions_keep_their_order_and_criticality(void **state)
{
	(void)state;
	struct csr csr;
	unsigned usage = 0;
	load(&csr, "openssl-full");
	assert_int_equal(csr.extension_count, 4);
	assert_true(bytes_equal(csr.extensions[0].oid, OID_BASIC_CONSTRAINTS));
	assert_true(csr.extensions[0].critical);
	assert_true(bytes_equal(csr.extensions[1].oid, OID_KEY_USAGE));
	assert_true(csr.extensions[1].critical);
	assert_int_equal(key_usage_decode(csr.extensions[1].value, &usage), 0);
	assert_int_equal(usage, KU_DIGITAL_SIGNATURE);
	assert_true(bytes_equal(csr.extensions[2].oid, OID_EXT_KEY_USAGE));
	assert_false(csr.extensions[2].critical);
	assert_true(bytes_equal(csr.extensions[3].oid, OID_SUBJECT_ALT_NAME));
	csr_clear(&csr);
}

/* says: begins the message, behind "certification request: " where that is there. Names are
 * refused in the words of their own module. */
static const struct {
	const char *name;
	int code;
	const char *says;
} hostile[] = {
	{"algorithm-absent", SIGNET_E_BAD_REQUEST, "malformed signature (RFC 2986 section 4.2)"},
	{"attribute-deep", SIGNET_E_BAD_REQUEST, "an attribute's value is not DER"},
	{"attribute-empty", SIGNET_E_BAD_REQUEST, "malformed attribute (RFC 2986 section 4.1)"},
	{"attribute-no-set", SIGNET_E_BAD_REQUEST, "malformed attribute (RFC 2986 section 4.1)"},
	{"attribute-not-der", SIGNET_E_BAD_REQUEST, "an attribute's value is not DER"},
	{"attribute-trailing", SIGNET_E_BAD_REQUEST, "malformed attribute (RFC 2986 section 4.1)"},
	{"attribute-twice", SIGNET_E_BAD_REQUEST, "an attribute is there twice"},
	{"attributes-absent", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"attributes-other-tag", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"attributes-primitive", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"attributes-set", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"attributes-too-many", SIGNET_E_BAD_REQUEST, "too many attributes"},
	{"certificate", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"challenge-empty", SIGNET_E_BAD_REQUEST,
	 "malformed challengePassword (RFC 2985 section 5.4.1)"},
	{"challenge-integer", SIGNET_E_BAD_REQUEST,
	 "malformed challengePassword (RFC 2985 section 5.4.1)"},
	{"challenge-nul", SIGNET_E_BAD_REQUEST,
	 "malformed challengePassword (RFC 2985 section 5.4.1)"},
	{"challenge-too-long", SIGNET_E_BAD_REQUEST,
	 "malformed challengePassword (RFC 2985 section 5.4.1)"},
	{"challenge-twice", SIGNET_E_BAD_REQUEST, "an attribute is there twice"},
	{"challenge-two-values", SIGNET_E_BAD_REQUEST,
	 "challengePassword without exactly one value"},
	{"ecdsa-null", SIGNET_E_BAD_ALGORITHM,
	 "signature algorithm 1.2.840.10045.4.3.2 or its parameters are not accepted"},
	{"ecdsa-says-ed25519", SIGNET_E_BAD_ALGORITHM, "Ed25519 signature by a key of kind P-256"},
	{"ecdsa-says-rsa", SIGNET_E_BAD_ALGORITHM, "RSA-SHA256 signature by a key of kind P-256"},
	{"ecdsa-sha1", SIGNET_E_BAD_ALGORITHM,
	 "signature algorithm 1.2.840.10045.4.1 or its parameters are not accepted"},
	{"ed25519-small-order", SIGNET_E_BAD_KEY, "Ed25519 key of small order"},
	{"empty", SIGNET_E_BAD_REQUEST, "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"extension-boolean", SIGNET_E_BAD_REQUEST,
	 "extensions: not an Extension in DER (RFC 5280 section 4.1)"},
	{"extension-deep", SIGNET_E_BAD_REQUEST, "an extension's value is not DER"},
	{"extension-false", SIGNET_E_BAD_REQUEST,
	 "extensions: not an Extension in DER (RFC 5280 section 4.1)"},
	{"extension-not-der", SIGNET_E_BAD_REQUEST, "an extension's value is not DER"},
	{"extension-request-empty", SIGNET_E_BAD_REQUEST, "extensions: none in the list"},
	{"extension-request-no-value", SIGNET_E_BAD_REQUEST,
	 "malformed attribute (RFC 2986 section 4.1)"},
	{"extension-request-string", SIGNET_E_BAD_REQUEST, "extensions: not DER"},
	{"extension-request-twice", SIGNET_E_BAD_REQUEST, "an attribute is there twice"},
	{"extension-request-two-values", SIGNET_E_BAD_REQUEST,
	 "extensionRequest without exactly one value"},
	{"extension-trailing", SIGNET_E_BAD_REQUEST,
	 "extensions: not an Extension in DER (RFC 5280 section 4.1)"},
	{"extension-twice", SIGNET_E_BAD_REQUEST,
	 "extensions: subjectAltName twice (RFC 5280 section 4.2)"},
	{"extensions-too-many", SIGNET_E_BAD_REQUEST, "extensions: more than 32"},
	{"indefinite", SIGNET_E_BAD_REQUEST,
	 "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"info-trailing", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"length-4-gib", SIGNET_E_BAD_REQUEST,
	 "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"length-padded", SIGNET_E_BAD_REQUEST,
	 "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"oversized", SIGNET_E_TOO_BIG, "more than 32768 octets"},
	{"p-224", SIGNET_E_BAD_ALGORITHM, "EC key on another curve than P-256, P-384 and P-521"},
	{"p-256-compressed", SIGNET_E_BAD_KEY, "compressed EC points are not accepted"},
	{"p-256-explicit", SIGNET_E_BAD_ALGORITHM,
	 "EC key without a named curve (RFC 5480 section 2.1.1)"},
	{"p-256-infinity", SIGNET_E_BAD_KEY, "malformed EC point (RFC 5480 section 2.2)"},
	{"p-256-no-parameters", SIGNET_E_BAD_ALGORITHM,
	 "EC key without a named curve (RFC 5480 section 2.1.1)"},
	{"p-256-off-curve", SIGNET_E_BAD_KEY, "EC point not on its curve"},
	{"possession-empty", SIGNET_E_BAD_SIGNATURE,
	 "the certification request is not signed by its own key"},
	{"possession-forged", SIGNET_E_BAD_SIGNATURE,
	 "the certification request is not signed by its own key"},
	{"possession-other-body", SIGNET_E_BAD_SIGNATURE,
	 "the certification request is not signed by its own key"},
	{"possession-other-hash", SIGNET_E_BAD_SIGNATURE,
	 "the certification request is not signed by its own key"},
	{"possession-other-key", SIGNET_E_BAD_SIGNATURE,
	 "the certification request is not signed by its own key"},
	{"possession-zero", SIGNET_E_BAD_SIGNATURE,
	 "the certification request is not signed by its own key"},
	{"random", SIGNET_E_BAD_REQUEST,
	 "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"rsa-1024", SIGNET_E_BAD_KEY, "RSA key of 1024 bits, not 2048 to 8192"},
	{"rsa-16384", SIGNET_E_BAD_KEY, "public key of more than 2048 octets"},
	{"rsa-512", SIGNET_E_BAD_KEY, "RSA key of 512 bits, not 2048 to 8192"},
	{"rsa-even-exponent", SIGNET_E_BAD_KEY, "RSA key with an exponent that is even or 1"},
	{"rsa-exponent-1", SIGNET_E_BAD_KEY, "RSA key with an exponent that is even or 1"},
	{"rsa-md5", SIGNET_E_BAD_ALGORITHM,
	 "signature algorithm 1.2.840.113549.1.1.4 or its parameters are not accepted"},
	{"rsa-no-parameters", SIGNET_E_BAD_ALGORITHM,
	 "RSA key without NULL parameters (RFC 3279 section 2.3.1)"},
	{"rsa-sha1", SIGNET_E_BAD_ALGORITHM,
	 "signature algorithm 1.2.840.113549.1.1.5 or its parameters are not accepted"},
	{"san-blank", SIGNET_E_BAD_NAME, ""},
	{"san-constructed", SIGNET_E_BAD_REQUEST, "an extension's value is not DER"},
	{"san-empty", SIGNET_E_BAD_NAME, ""},
	{"san-ip-5", SIGNET_E_BAD_NAME, ""},
	{"san-ip-empty", SIGNET_E_BAD_NAME, ""},
	{"san-label-too-long", SIGNET_E_BAD_NAME, ""},
	{"san-name-too-long", SIGNET_E_BAD_NAME, ""},
	{"san-none", SIGNET_E_BAD_NAME, ""},
	{"san-not-ascii", SIGNET_E_BAD_NAME, ""},
	{"san-nul", SIGNET_E_BAD_NAME, ""},
	{"san-octets", SIGNET_E_BAD_NAME, ""},
	{"san-too-many", SIGNET_E_BAD_NAME, ""},
	{"san-trailing", SIGNET_E_BAD_NAME, ""},
	{"san-universal", SIGNET_E_BAD_NAME, ""},
	{"san-wildcard-inside", SIGNET_E_BAD_NAME, ""},
	{"secp256k1", SIGNET_E_BAD_ALGORITHM,
	 "EC key on another curve than P-256, P-384 and P-521"},
	{"set", SIGNET_E_BAD_REQUEST, "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"signature-absent", SIGNET_E_BAD_REQUEST, "malformed signature (RFC 2986 section 4.2)"},
	{"signature-octets", SIGNET_E_BAD_REQUEST, "malformed signature (RFC 2986 section 4.2)"},
	{"signature-trailing", SIGNET_E_BAD_REQUEST, "malformed signature (RFC 2986 section 4.2)"},
	{"signature-unused-bits", SIGNET_E_BAD_REQUEST,
	 "malformed signature (RFC 2986 section 4.2)"},
	{"subject-bad-utf8", SIGNET_E_BAD_NAME, ""},
	{"subject-control", SIGNET_E_BAD_NAME, ""},
	{"subject-empty-set", SIGNET_E_BAD_NAME, ""},
	{"subject-empty-value", SIGNET_E_BAD_NAME, ""},
	{"subject-integer", SIGNET_E_BAD_NAME, ""},
	{"subject-nul", SIGNET_E_BAD_NAME, ""},
	{"subject-set", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"subject-string", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"subject-too-big", SIGNET_E_BAD_NAME, ""},
	{"subject-too-many", SIGNET_E_BAD_NAME, ""},
	{"trailing-null", SIGNET_E_BAD_REQUEST,
	 "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"trailing", SIGNET_E_BAD_REQUEST,
	 "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"truncated-half", SIGNET_E_BAD_REQUEST,
	 "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"truncated", SIGNET_E_BAD_REQUEST,
	 "not a CertificationRequest in DER (RFC 2986 section 4.2)"},
	{"version-1", SIGNET_E_BAD_REQUEST, "another version than v1 (RFC 2986 section 4.1)"},
	{"version-absent", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"version-boolean", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"version-huge", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
	{"version-negative", SIGNET_E_BAD_REQUEST,
	 "malformed CertificationRequestInfo (RFC 2986 section 4.1)"},
};
#define HOSTILE (sizeof hostile / sizeof *hostile)

static void hostile_requests_are_refused_with_the_reason(void **state)
{
	(void)state;
	static const char prefix[] = "certification request: ";
	for (size_t i = 0; i < HOSTILE; i++) {
		struct csr csr = {0};
		struct error err = {0};
		struct bytes der = exact(file("hostile", hostile[i].name));
		int code = csr_parse(&csr, arena, der, &err);
		/* only its signature may be wrong with one that parses */
		assert_int_equal(code == 0, hostile[i].code == SIGNET_E_BAD_SIGNATURE);
		if (code == 0) {
			code = csr_verify_possession(&csr, &err);
			csr_clear(&csr);
		}
		assert_null(csr.key);
		const char *says = err.message;
		if (strncmp(says, prefix, sizeof prefix - 1) == 0)
			says += sizeof prefix - 1;
		if (code != hostile[i].code || strncmp(says, hostile[i].says,
		                                       strlen(hostile[i].says)) != 0)
			fail_msg("%s: %s: %s", hostile[i].name, error_name(code), err.message);
		assert_int_equal(err.code, code);
		assert_true(err.message[0] != '\0');
		exact_free(der);
	}
	assert_int_equal(data_count("hostile/csr"), HOSTILE);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	for (size_t i = 0; i < GOOD; i++) {
		struct bytes der = file("good", good[i].name);
		for (size_t length = 0; length < der.length; length++) {
			struct csr csr;
			struct bytes cut = exact(bytes_make(der.data, length));
			assert_int_equal(csr_parse(&csr, arena, cut, NULL), SIGNET_E_BAD_REQUEST);
			exact_free(cut);
		}
	}
}

static void no_octet_can_be_changed_unseen(void **state)
{
	(void)state;
	struct bytes der = file("good", "openssl-full");
	struct arena *scratch = arena_new(LIMIT_REQUEST_ARENA);
	assert_non_null(scratch);
	for (size_t at = 0; at < der.length; at++) {
		struct csr csr;
		struct bytes changed = exact(der);
		((uint8_t *)(uintptr_t)changed.data)[at] ^= (uint8_t)(1u << (at % 8));
		if (csr_parse(&csr, scratch, changed, NULL) == 0) {
			assert_int_equal(csr_verify_possession(&csr, NULL), SIGNET_E_BAD_SIGNATURE);
			csr_clear(&csr);
		}
		arena_clear(scratch);
		exact_free(changed);
	}
	arena_free(scratch);
}

static void a_full_arena_is_an_error(void **state)
{
	(void)state;
	struct bytes der = file("good", "openssl-full");
	struct csr csr = {0};
	int result = SIGNET_E_NOMEM;
	/* until there is enough: every allocation fails once */
	for (size_t maximum = 1; result == SIGNET_E_NOMEM; maximum += 16) {
		struct arena *small = arena_new(maximum);
		assert_non_null(small);
		assert_true(maximum < 65536);
		result = csr_parse(&csr, small, der, NULL);
		if (result == 0)
			csr_clear(&csr);
		arena_free(small);
	}
	assert_int_equal(result, 0);
}

static void clearing_twice_is_harmless(void **state)
{
	(void)state;
	struct csr csr;
	load(&csr, "certbot");
	csr_clear(&csr);
	csr_clear(&csr);
	assert_null(csr.der.data);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(requests_of_real_clients_are_read),
		cmocka_unit_test(every_kind_of_alternative_name_is_read),
		cmocka_unit_test(extensions_keep_their_order_and_criticality),
		cmocka_unit_test(hostile_requests_are_refused_with_the_reason),
		cmocka_unit_test(every_truncation_is_refused),
		cmocka_unit_test(no_octet_can_be_changed_unseen),
		cmocka_unit_test(a_full_arena_is_an_error),
		cmocka_unit_test(clearing_twice_is_harmless),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
