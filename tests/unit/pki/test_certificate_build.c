#include "tests/unit/pki/sample.h"

/* behind ours: it has macros with the names of our key usages, and other values */
#include <openssl/x509v3.h>

static struct sample sample;
static struct buffer out = BUFFER_MAX(1 << 20);

static void build(const char *ca)
{
	struct error err = {0};
	buffer_free(&out);
	sample_free(&sample);
	sample_make(&sample, ca);
	assert_int_equal(certificate_lint(&sample.template, &err), 0);
	if (certificate_build(&out, &sample.template, sample.ca, &err))
		fail_msg("%s: %s %s", ca, err.message, err.detail);
}

static int teardown(void **state)
{
	sample_free(&sample);
	buffer_free(&out);
	return arena_teardown(state);
}

static void check_fields(const struct certificate *c)
{
	assert_true(bytes_equal(c->serial, sample.template.serial));
	assert_true(bytes_equal(c->issuer, sample.template.issuer));
	assert_true(bytes_equal(c->subject, sample.template.subject));
	assert_true(bytes_equal(c->spki, sample.template.spki));
	assert_true(c->not_before == sample.template.not_before);
	assert_true(c->not_after == sample.template.not_after);
	assert_int_equal(c->extension_count, EXTENSIONS);
	for (size_t i = 0; i < EXTENSIONS; i++) {
		assert_true(bytes_equal(c->extensions[i].oid, sample.extensions[i].oid));
		assert_int_equal(c->extensions[i].critical, sample.extensions[i].critical);
		assert_true(bytes_equal(c->extensions[i].value, sample.extensions[i].value));
	}
}

static const char *const issuers[] = {"p-256", "p-384", "p-521", "ed25519", "rsa-2048"};
#define ISSUERS (sizeof issuers / sizeof *issuers)

static void our_parser_reads_what_was_built(void **state)
{
	(void)state;
	for (size_t i = 0; i < ISSUERS; i++) {
		struct error err = {0};
		struct certificate c;
		build(issuers[i]);
		assert_int_equal(certificate_parse(&c, arena, buffer_bytes(&out), &err), 0);
		check_fields(&c);
		assert_int_equal(certificate_verify(&c, key_public(sample.ca), &err), 0);
		assert_int_not_equal(certificate_verify(&c, key_public(sample.leaf), &err), 0);
		certificate_clear(&c);
	}
}

static X509 *openssl_read(void)
{
	const unsigned char *at = out.data;
	X509 *x509 = d2i_X509(NULL, &at, (long)out.length);
	assert_non_null(x509);
	assert_ptr_equal(at, out.data + out.length);
	return x509;
}

static void openssl_verifies_what_was_built(void **state)
{
	(void)state;
	for (size_t i = 0; i < ISSUERS; i++) {
		build(issuers[i]);
		X509 *x509 = openssl_read();
		struct bytes spki = pubkey_spki(key_public(sample.ca));
		const unsigned char *at = spki.data;
		EVP_PKEY *ca = d2i_PUBKEY(NULL, &at, (long)spki.length);
		assert_non_null(ca);
		assert_int_equal(X509_verify(x509, ca), 1);
		EVP_PKEY_free(ca);
		X509_free(x509);
	}
}

static void openssl_sees_the_same_facts(void **state)
{
	(void)state;
	build("p-256");
	X509 *x509 = openssl_read();
	struct tm from = {0}, to = {0};
	assert_int_equal(X509_get_version(x509), X509_VERSION_3);
	assert_int_equal(X509_check_host(x509, "example.com", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(x509, "www.example.org", 0, 0, NULL), 1);
	assert_int_equal(X509_check_host(x509, "www.example.com", 0, 0, NULL), 0);
	assert_int_equal(X509_check_ip_asc(x509, "192.0.2.1", 0), 1);
	assert_int_equal(X509_check_email(x509, "a@example.com", 0, 0), 1);
	assert_int_equal(X509_get_key_usage(x509), KU_DIGITAL_SIGNATURE);
	assert_int_equal(X509_get_extended_key_usage(x509), XKU_SSL_SERVER);
	assert_int_equal(X509_check_ca(x509), 0);
	assert_int_equal(X509_check_purpose(x509, X509_PURPOSE_SSL_SERVER, 0), 1);
	assert_int_equal(ASN1_TIME_to_tm(X509_get0_notBefore(x509), &from), 1);
	assert_int_equal(ASN1_TIME_to_tm(X509_get0_notAfter(x509), &to), 1);
	assert_true(timegm(&from) == sample.template.not_before);
	assert_true(timegm(&to) == sample.template.not_after);
	/* every extension is one that OpenSSL decodes */
	for (int i = 0; i < X509_get_ext_count(x509); i++) {
		void *decoded = X509V3_EXT_d2i(X509_get_ext(x509, i));
		assert_non_null(decoded);
		const X509V3_EXT_METHOD *method = X509V3_EXT_get(X509_get_ext(x509, i));
		ASN1_item_free(decoded, ASN1_ITEM_ptr(method->it));
	}
	X509_free(x509);
}

static void zeros_before_the_serial_do_not_count(void **state)
{
	(void)state;
	struct error err = {0};
	struct certificate c;
	build("p-256");
	sample.template.serial = hex("0000 8001");
	buffer_clear(&out);
	assert_int_equal(certificate_build(&out, &sample.template, sample.ca, &err), 0);
	assert_int_equal(certificate_parse(&c, arena, buffer_bytes(&out), &err), 0);
	assert_bytes(c.serial, "8001");
	certificate_clear(&c);
}

static void times_beyond_2049_are_built(void **state)
{
	(void)state;
	struct error err = {0};
	struct certificate c;
	build("p-256");
	sample.template.not_after = 253402300799;
	buffer_clear(&out);
	assert_int_equal(certificate_build(&out, &sample.template, sample.ca, &err), 0);
	assert_int_equal(certificate_parse(&c, arena, buffer_bytes(&out), &err), 0);
	assert_true(c.not_after == 253402300799);
	certificate_clear(&c);
}

static void a_failure_appends_nothing(void **state)
{
	(void)state;
	struct error err = {0};
	build("p-256");
	buffer_clear(&out);
	buffer_append_text(&out, "before");
	/* GnuTLS finds no version 3 certificate in what this makes */
	sample.template.issuer = hex("0500");
	assert_int_equal(certificate_build(&out, &sample.template, sample.ca, &err),
	                 SIGNET_E_INTERNAL);
	assert_int_equal(out.length, 6);
	sample_free(&sample);
	sample_make(&sample, "p-256");
	static const uint8_t large[LIMIT_CERTIFICATE] = {0};
	sample.extensions[POLICIES] = (struct extension){hex("2a0304"), false, BYTES_OF(large)};
	assert_int_equal(certificate_build(&out, &sample.template, sample.ca, &err),
	                 SIGNET_E_TOO_BIG);
	assert_int_equal(out.length, 6);
	assert_int_equal(out.error, 0);
	struct buffer small = BUFFER_MAX(100);
	assert_int_equal(certificate_build(&small, &sample.template, sample.ca, &err),
	                 SIGNET_E_TOO_BIG);
	buffer_free(&small);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(our_parser_reads_what_was_built),
		cmocka_unit_test(openssl_verifies_what_was_built),
		cmocka_unit_test(openssl_sees_the_same_facts),
		cmocka_unit_test(zeros_before_the_serial_do_not_count),
		cmocka_unit_test(times_beyond_2049_are_built),
		cmocka_unit_test(a_failure_appends_nothing),
	};
	return cmocka_run_group_tests(tests, arena_setup, teardown);
}
