#include "tests/unit/data.h"

#include "pki/certificate.h"

static struct bytes out[4];
static size_t count;

static int read_chain(struct buffer *pem, size_t max)
{
	struct error err = {0};
	int result = certificate_read_chain(arena, buffer_bytes(pem), out, max, &count, &err);
	assert_int_equal(result, err.code);
	buffer_free(pem);
	return result;
}

static void certificates_come_in_their_order(void **state)
{
	(void)state;
	struct bytes leaf = data_read("good/chain/leaf.der");
	struct bytes root = data_read("good/chain/root.der");
	struct buffer pem = BUFFER_MAX(1 << 20);
	buffer_append_text(&pem, "subject: leaf\n");
	pem_encode(&pem, "CERTIFICATE", leaf);
	buffer_append_text(&pem, "\n\n# the root\n");
	pem_encode(&pem, "CERTIFICATE", root);
	assert_int_equal(read_chain(&pem, 2), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(out[0], leaf));
	assert_true(bytes_equal(out[1], root));
}

static void anything_but_certificates_is_refused(void **state)
{
	(void)state;
	struct bytes leaf = data_read("good/chain/leaf.der");
	struct buffer pem = BUFFER_MAX(1 << 20);
	assert_int_equal(read_chain(&pem, 4), SIGNET_E_INVALID);
	buffer_append_text(&pem, "no PEM");
	assert_int_equal(read_chain(&pem, 4), SIGNET_E_INVALID);
	pem_encode(&pem, "CERTIFICATE", leaf);
	pem_encode(&pem, "PRIVATE KEY", leaf);
	assert_int_equal(read_chain(&pem, 4), SIGNET_E_INVALID);
	pem_encode(&pem, "CERTIFICATE", leaf);
	pem.length -= 5;
	assert_int_equal(read_chain(&pem, 4), SIGNET_E_INVALID);
	buffer_append_text(&pem, "-----BEGIN CERTIFICATE-----\n!\n-----END CERTIFICATE-----\n");
	assert_int_equal(read_chain(&pem, 4), SIGNET_E_INVALID);
}

static void number_and_size_are_limited(void **state)
{
	(void)state;
	struct bytes leaf = data_read("good/chain/leaf.der");
	struct buffer pem = BUFFER_MAX(1 << 20);
	for (int i = 0; i < 3; i++)
		pem_encode(&pem, "CERTIFICATE", leaf);
	assert_int_equal(read_chain(&pem, 2), SIGNET_E_INVALID);
	static const uint8_t large[LIMIT_CERTIFICATE + 4];
	pem_encode(&pem, "CERTIFICATE", BYTES_OF(large));
	assert_int_equal(read_chain(&pem, 2), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(certificates_come_in_their_order),
		cmocka_unit_test(anything_but_certificates_is_refused),
		cmocka_unit_test(number_and_size_are_limited),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
