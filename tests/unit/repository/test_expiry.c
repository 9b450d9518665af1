#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "asn1/der.h"
#include "intermediaries/repository/expiry.h"

#define THIS_UPDATE 1795438140
#define NEXT_UPDATE (THIS_UPDATE + 86400)

static struct buffer crl;

/* A CRL's head with an issuer of so many octets, and rest octets of whatever behind it. */
static struct bytes make(bool version, bool next, size_t issuer, size_t rest)
{
	static const uint8_t zeros[4096];
	buffer_clear(&crl);
	struct der_writer w = der_write(&crl);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	if (version)
		der_put_uint(&w, 1);
	der_put(&w, DER_SEQUENCE, bytes_text("algorithm"));
	der_put(&w, DER_SEQUENCE, bytes_make(zeros, issuer));
	der_put_time(&w, THIS_UPDATE);
	if (next)
		der_put_time(&w, NEXT_UPDATE);
	der_begin(&w, DER_SEQUENCE);
	for (; rest; rest--)
		der_put_uint(&w, 1);
	der_end(&w);
	der_end(&w);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	return buffer_bytes(&crl);
}

static struct bytes first(struct bytes der, size_t most)
{
	return bytes_make(der.data, der.length < most ? der.length : most);
}

static void the_beginning_is_enough(void **state)
{
	(void)state;
	int64_t expires = 0;
	static const size_t rests[] = {0, 40, 100, 30000, 400000};
	for (size_t i = 0; i < sizeof rests / sizeof *rests; i++) {
		struct bytes der = make(i % 2, true, 100, rests[i]);
		assert_int_equal(expiry_of_crl(first(der, EXPIRY_HEAD), &expires), 0);
		assert_int_equal(expires, NEXT_UPDATE);
		assert_int_equal(expiry_of_crl(der, &expires), 0);
	}
	assert_int_equal(expiry_of_crl(first(make(true, true, 4090, 30000), EXPIRY_HEAD), &expires), 0);
}

static void whatever_is_cut_off_is_refused(void **state)
{
	(void)state;
	int64_t expires = 7;
	struct bytes der = make(true, true, 100, 1);
	size_t end = 2 + 2 + 3 + 11 + 102 + 15 + 15; /* both lengths take two octets more */
	for (size_t n = 0; n < end; n++)
		assert_int_equal(expiry_of_crl(bytes_make(der.data, n), &expires), SIGNET_E_INVALID);
	assert_int_equal(expires, 7);
}

static void other_things_are_no_crls(void **state)
{
	(void)state;
	int64_t expires;
	assert_int_equal(expiry_of_crl(make(true, false, 10, 5), &expires), SIGNET_E_INVALID);
	assert_int_equal(expiry_of_crl(BYTES_NONE, &expires), SIGNET_E_INVALID);
	assert_int_equal(expiry_of_crl(bytes_text("-----BEGIN X509 CRL-----"), &expires),
	                 SIGNET_E_INVALID);
	static const uint8_t headers[][4] = {{0x30, 0x80, 0x30, 0x80}, {0x30, 0xff, 0x30, 0xff},
	                                     {0x30, 0x82, 0x30, 0x30}, {0x30, 0x02, 0x31, 0x00}};
	for (size_t i = 0; i < sizeof headers / sizeof *headers; i++)
		assert_int_equal(expiry_of_crl(BYTES_OF(headers[i]), &expires), SIGNET_E_INVALID);
}

static int teardown(void **state)
{
	(void)state;
	buffer_free(&crl);
	return 0;
}

int main(void)
{
	crl = BUFFER_MAX(1 << 22);
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_beginning_is_enough),
		cmocka_unit_test(whatever_is_cut_off_is_refused),
		cmocka_unit_test(other_things_are_no_crls),
	};
	return cmocka_run_group_tests(tests, NULL, teardown);
}
