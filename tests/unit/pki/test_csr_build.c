#include "tests/unit/data.h"
#include "tests/unit/openssl.h"

#include "asn1/oid.h"
#include "pki/csr.h"

#define SUBJECT "CN=www.example.com,O=Signet"

static struct key *load_key(const char *name)
{
	struct key *key = NULL;
	struct bytes pem = data_read(arena_printf(arena, "good/keys/%s.pem", name));
	assert_int_equal(key_from_pem(&key, pem, NULL, NULL), 0);
	return key;
}

static struct bytes subject_of(const char *text)
{
	struct bytes name;
	assert_int_equal(name_from_text(arena, text, &name, NULL), 0);
	return name;
}

static void openssl_verifies(struct bytes der, const char *subject)
{
	static const char *const verify[] = {"openssl", "req",  "-inform",  "DER",     "-verify",
	                                     "-noout",  "-subject", "-nameopt", "RFC2253", NULL};
	struct buffer said = BUFFER_MAX(65536);
	assert_int_equal(openssl_run(verify, der, &said), 0);
	assert_string_equal(buffer_text(&said), arena_printf(arena, "subject=%s\n", subject));
	buffer_free(&said);
}

static void a_built_request_is_read_by_us_and_by_openssl(void **state)
{
	(void)state;
	static const char *const names[] = {"p-256", "p-384", "p-521", "ed25519", "rsa-2048"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct key *key = load_key(names[i]);
		struct buffer der = BUFFER_MAX(LIMIT_CSR);
		struct bytes subject = subject_of(SUBJECT);
		struct csr csr;
		assert_int_equal(csr_build(&der, key, subject, NULL, 0, NULL), 0);
		assert_int_equal(csr_parse(&csr, arena, buffer_bytes(&der), NULL), 0);
		assert_int_equal(csr_verify_possession(&csr, NULL), 0);
		assert_true(bytes_equal(csr.subject, subject));
		assert_true(pubkey_equal(csr.key, key_public(key)));
		assert_int_equal(csr.extension_count, 0);
		openssl_verifies(buffer_bytes(&der), SUBJECT);
		csr_clear(&csr);
		buffer_free(&der);
		key_free(key);
	}
}

static void extensions_are_requested(void **state)
{
	(void)state;
	struct key *key = load_key("p-256");
	struct general_name name;
	struct buffer der = BUFFER_MAX(LIMIT_CSR), san = BUFFER_MAX(1000), usage = BUFFER_MAX(100);
	struct csr csr;
	assert_int_equal(general_name_from_text(arena, "dns:www.example.com", &name, NULL), 0);
	assert_int_equal(subject_alt_name_encode(&san, &name, 1), 0);
	assert_int_equal(key_usage_encode(&usage, KU_KEY_CERT_SIGN), 0);
	struct extension extensions[] = {
		{OID_KEY_USAGE, true, buffer_bytes(&usage)},
		{OID_SUBJECT_ALT_NAME, false, buffer_bytes(&san)},
	};
	assert_int_equal(csr_build(&der, key, NAME_EMPTY, extensions, 2, NULL), 0);
	assert_int_equal(csr_parse(&csr, arena, buffer_bytes(&der), NULL), 0);
	assert_int_equal(csr_verify_possession(&csr, NULL), 0);
	assert_true(name_is_empty(csr.subject));
	assert_int_equal(csr.extension_count, 2);
	assert_true(csr.extensions[0].critical);
	assert_true(bytes_equal(csr.extensions[0].oid, OID_KEY_USAGE));
	assert_int_equal(csr.alt_name_count, 1);
	assert_true(bytes_is_text(csr.alt_names[0].value, "www.example.com"));
	openssl_verifies(buffer_bytes(&der), "");
	csr_clear(&csr);
	buffer_free(&der);
	buffer_free(&san);
	buffer_free(&usage);
	key_free(key);
}

static void a_request_over_the_buffer_is_an_error(void **state)
{
	(void)state;
	struct key *key = load_key("p-256");
	struct buffer small = BUFFER_MAX(100);
	assert_int_equal(csr_build(&small, key, subject_of(SUBJECT), NULL, 0, NULL),
	                 SIGNET_E_TOO_BIG);
	buffer_free(&small);
	key_free(key);
}

static int read_form(struct bytes in, struct buffer *der, struct error *err)
{
	struct bytes sample = exact(in);
	int result = csr_read(der, sample, err);
	exact_free(sample);
	return result;
}

static void pem_and_der_are_read(void **state)
{
	(void)state;
	static const char *const names[] = {
		"openssl.pem", "openssl-new-header.pem", "openssl-text-before.pem", "openssl-p-256.der",
	};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct bytes in = data_read(arena_printf(arena, "good/csr/%s", names[i]));
		struct buffer der = BUFFER_MAX(LIMIT_CSR);
		struct error err = {0};
		struct csr csr;
		if (read_form(in, &der, &err))
			fail_msg("%s: %s", names[i], err.message);
		assert_int_equal(csr_parse(&csr, arena, buffer_bytes(&der), NULL), 0);
		assert_int_equal(csr_verify_possession(&csr, NULL), 0);
		csr_clear(&csr);
		buffer_free(&der);
	}
}

static void text_that_begins_like_der_is_still_pem(void **state)
{
	(void)state;
	/* '0' is the tag of a SEQUENCE */
	struct bytes pem = data_read("good/csr/openssl.pem");
	struct buffer text = BUFFER_MAX(100000), der = BUFFER_MAX(LIMIT_CSR);
	buffer_append_text(&text, "0 is a request\n");
	buffer_append_bytes(&text, pem);
	assert_int_equal(read_form(buffer_bytes(&text), &der, NULL), 0);
	assert_int_equal(der.data[0], DER_SEQUENCE);
	buffer_free(&text);
	buffer_free(&der);
}

static void refused(struct bytes in, int code, const char *says)
{
	struct buffer der = BUFFER_MAX(LIMIT_CSR);
	struct error err = {0};
	assert_int_equal(read_form(in, &der, &err), code);
	assert_string_equal(err.message, arena_printf(arena, "certification request: %s", says));
	assert_int_equal(der.length, 0);
	buffer_free(&der);
}

static void other_forms_are_refused(void **state)
{
	(void)state;
	static const char no_pem[] = "not a CERTIFICATE REQUEST in PEM (RFC 7468 section 7)";
	static const char neither[] = "neither PEM nor DER";
	refused(BYTES_NONE, SIGNET_E_BAD_REQUEST, neither);
	refused(bytes_text("hello"), SIGNET_E_BAD_REQUEST, neither);
	refused(hex("3005 0201"), SIGNET_E_BAD_REQUEST, neither);
	refused(hex("3000 00"), SIGNET_E_BAD_REQUEST, neither);
	refused(bytes_text("-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n"),
	        SIGNET_E_BAD_REQUEST, no_pem);
	refused(bytes_text("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"), SIGNET_E_BAD_REQUEST,
	        no_pem);
	refused(bytes_text("-----BEGIN CERTIFICATE REQUEST-----\nM?A=\n"
	                   "-----END CERTIFICATE REQUEST-----\n"), SIGNET_E_BAD_REQUEST, no_pem);
	refused(bytes_text("-----BEGIN CERTIFICATE REQUEST-----\nMAA=\n"
	                   "-----END NEW CERTIFICATE REQUEST-----\n"), SIGNET_E_BAD_REQUEST, no_pem);
	const char *pem = arena_text(arena, data_read("good/csr/openssl.pem"));
	refused(bytes_text(arena_printf(arena, "%s%s", pem, pem)), SIGNET_E_BAD_REQUEST,
	        "more than one PEM block");
	refused(bytes_text(arena_printf(arena, "%s-----BEGIN X-----\n", pem)), SIGNET_E_BAD_REQUEST,
	        "more than one PEM block");
}

static void forms_over_the_limit_are_refused(void **state)
{
	(void)state;
	size_t length = 3 * LIMIT_CSR;
	uint8_t *big = arena_alloc(arena, length);
	struct buffer pem = BUFFER_MAX(4 * LIMIT_CSR);
	assert_non_null(big);
	refused(bytes_make(big, length), SIGNET_E_TOO_BIG, "more than 32768 octets");
	/* DER of one octet too many: header of four, then the content */
	size_t content = LIMIT_CSR + 1 - 4;
	uint8_t header[] = {0x30, 0x82, (uint8_t)(content >> 8), (uint8_t)content};
	memcpy(big, header, sizeof header);
	refused(bytes_make(big, LIMIT_CSR + 1), SIGNET_E_TOO_BIG, "more than 32768 octets");
	assert_int_equal(pem_encode(&pem, "CERTIFICATE REQUEST", bytes_make(big, LIMIT_CSR + 1)), 0);
	refused(buffer_bytes(&pem), SIGNET_E_TOO_BIG, "more than 32768 octets");
	buffer_free(&pem);
	struct buffer small = BUFFER_MAX(10);
	assert_int_equal(csr_read(&small, data_read("good/csr/openssl.pem"), NULL),
	                 SIGNET_E_TOO_BIG);
	buffer_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_built_request_is_read_by_us_and_by_openssl),
		cmocka_unit_test(extensions_are_requested),
		cmocka_unit_test(a_request_over_the_buffer_is_an_error),
		cmocka_unit_test(pem_and_der_are_read),
		cmocka_unit_test(text_that_begins_like_der_is_still_pem),
		cmocka_unit_test(other_forms_are_refused),
		cmocka_unit_test(forms_over_the_limit_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
