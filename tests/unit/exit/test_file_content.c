#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asn1/der.h"
#include "base/encoding.h"
#include "exit/file_content.h"

#define THEN 1700000000

/* SEQUENCE { SEQUENCE { before, SEQUENCE {} , SEQUENCE {}, time } } */
static void put_crl(struct buffer *out, bool version, int64_t time)
{
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	if (version)
		der_put_uint(&w, 1);
	der_put(&w, DER_SEQUENCE, BYTES_NONE);
	der_put(&w, DER_SEQUENCE, BYTES_NONE);
	der_put_time(&w, time);
	der_put_time(&w, time + 1000);
	der_end(&w);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
}

static void put_certificate(struct buffer *out, bool version, int64_t time)
{
	struct der_writer w = der_write(out);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	if (version) {
		der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
		der_put_uint(&w, 2);
		der_end(&w);
	}
	der_put_uint(&w, 4711);
	der_put(&w, DER_SEQUENCE, BYTES_NONE);
	der_put(&w, DER_SEQUENCE, BYTES_NONE);
	der_begin(&w, DER_SEQUENCE);
	der_put_time(&w, time);
	der_put_time(&w, time + 1000);
	der_end(&w);
	der_end(&w);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
}

static void times_are_read_from_der_and_pem(void **state)
{
	(void)state;
	for (int version = 0; version < 2; version++) {
		_cleanup_buffer_ struct buffer der = BUFFER_MAX(1000), pem = BUFFER_MAX(1000);
		int64_t time = 0;
		put_crl(&der, version, THEN);
		assert_int_equal(file_crl_time(buffer_bytes(&der), FILE_DER, &time), 0);
		assert_int_equal(time, THEN);
		time = 0;
		assert_int_equal(file_put_crl(&pem, FILE_PEM, buffer_bytes(&der)), 0);
		assert_int_equal(file_crl_time(buffer_bytes(&pem), FILE_PEM, &time), 0);
		assert_int_equal(time, THEN);
		buffer_clear(&der);
		buffer_clear(&pem);
		put_certificate(&der, version, THEN + 5);
		assert_int_equal(file_certificate_time(buffer_bytes(&der), FILE_DER, &time), 0);
		assert_int_equal(time, THEN + 5);
		assert_int_equal(file_put_certificate(&pem, FILE_PEM, buffer_bytes(&der), NULL, 0),
		                 0);
		assert_int_equal(file_certificate_time(buffer_bytes(&pem), FILE_PEM_CHAIN, &time),
		                 0);
	}
}

static void what_is_cut_or_longer_has_no_time(void **state)
{
	(void)state;
	_cleanup_buffer_ struct buffer crl = BUFFER_MAX(1000), certificate = BUFFER_MAX(1000);
	int64_t time;
	put_crl(&crl, true, THEN);
	put_certificate(&certificate, true, THEN);
	for (size_t i = 0; i < crl.length; i++)
		assert_int_equal(file_crl_time(bytes_make(crl.data, i), FILE_DER, &time),
		                 SIGNET_E_INVALID);
	for (size_t i = 0; i < certificate.length; i++)
		assert_int_equal(file_certificate_time(bytes_make(certificate.data, i), FILE_DER,
		                                       &time), SIGNET_E_INVALID);
	buffer_append_octet(&crl, 0);
	assert_int_equal(file_crl_time(buffer_bytes(&crl), FILE_DER, &time), SIGNET_E_INVALID);
	/* one is not the other, in DER or by its label */
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(1000);
	assert_int_equal(file_crl_time(buffer_bytes(&certificate), FILE_DER, &time),
	                 SIGNET_E_INVALID);
	file_put_certificate(&pem, FILE_PEM, buffer_bytes(&crl), NULL, 0);
	assert_int_equal(file_crl_time(buffer_bytes(&pem), FILE_PEM, &time), SIGNET_E_INVALID);
	assert_int_equal(file_crl_time(bytes_text("no pem"), FILE_PEM, &time), SIGNET_E_INVALID);
	assert_int_equal(file_crl_time(BYTES_NONE, FILE_DER, &time), SIGNET_E_INVALID);
}

#define PEM(base64) "-----BEGIN CERTIFICATE-----\n" base64 "\n-----END CERTIFICATE-----\n"

static void chain_stands_in_its_own_format_alone(void **state)
{
	(void)state;
	const struct bytes issuers[] = {bytes_text("ca"), bytes_text("root")};
	static const char *const expected[] = {
		[FILE_PEM] = PEM("bGVhZg=="), [FILE_DER] = "leaf",
		[FILE_PEM_CHAIN] = PEM("bGVhZg==") PEM("Y2E=") PEM("cm9vdA==")};
	for (enum file_format format = 0; format < FILE_FORMATS; format++) {
		_cleanup_buffer_ struct buffer out = BUFFER_MAX(1000);
		assert_int_equal(file_put_certificate(&out, format, bytes_text("leaf"), issuers, 2), 0);
		assert_string_equal(buffer_text(&out), expected[format]);
		assert_true(file_is_certificate(buffer_bytes(&out), format, bytes_text("leaf")));
		assert_false(file_is_certificate(buffer_bytes(&out), format, bytes_text("ca")));
	}
}

static void another_content_is_not_the_certificate(void **state)
{
	(void)state;
	struct bytes leaf = bytes_text("leaf");
	assert_false(file_is_certificate(BYTES_NONE, FILE_DER, leaf));
	assert_false(file_is_certificate(BYTES_NONE, FILE_PEM, leaf));
	assert_false(file_is_certificate(bytes_text("leaf\n"), FILE_DER, leaf));
	assert_false(file_is_certificate(bytes_text("leaf"), FILE_PEM, leaf));
	assert_false(file_is_certificate(bytes_text("-----BEGIN CERTIFICATE-----\n*\n"), FILE_PEM, leaf));
	assert_false(file_is_certificate(bytes_text("-----BEGIN X509 CRL-----\nbGVhZg==\n"
	                                            "-----END X509 CRL-----\n"), FILE_PEM, leaf));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(times_are_read_from_der_and_pem),
		cmocka_unit_test(what_is_cut_or_longer_has_no_time),
		cmocka_unit_test(chain_stands_in_its_own_format_alone),
		cmocka_unit_test(another_content_is_not_the_certificate),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
