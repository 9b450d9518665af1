#include "tests/unit/asn1/hex.h"

#include "crypto/hash.h"

#include <stdio.h>

static void hashes_of_abc(void **state)
{
	(void)state;
	/* FIPS 180-4, examples */
	static const struct {
		enum hash_algorithm algorithm;
		const char *expected;
	} cases[] = {
		{HASH_SHA1, "a9993e364706816aba3e25717850c26c9cd0d89d"},
		{HASH_SHA256, "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"},
		{HASH_SHA384, "cb00753f45a35e8bb5a03d699ac65007272c32ab0eded1631a8b605a43ff5bed"
		              "8086072ba1e7cc2358baeca134c825a7"},
		{HASH_SHA512, "ddaf35a193617abacc417349ae20413112e6fa4e89a97ea20a9eeee64b55d39a"
		              "2192992a274fc1a836ba3c23a3feebbd454d4423643ce80e2a9ac94fa54ca49f"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		uint8_t out[HASH_SIZE_MAX];
		assert_int_equal(hash_compute(cases[i].algorithm, bytes_text("abc"), out), 0);
		assert_bytes(bytes_make(out, hash_size(cases[i].algorithm)), cases[i].expected);
	}
}

static void pieces_hash_to_what_the_whole_does(void **state)
{
	(void)state;
	struct hash *hash;
	uint8_t out[HASH_SIZE_MAX], whole[HASH_SIZE_MAX];
	assert_int_equal(hash_compute(HASH_SHA384, bytes_text("abcdef"), whole), 0);
	assert_int_equal(hash_open(&hash, HASH_SHA384), 0);
	for (int i = 0; i < 2; i++) { /* it begins anew */
		assert_int_equal(hash_update(hash, bytes_text("a")), 0);
		assert_int_equal(hash_update(hash, BYTES_NONE), 0);
		assert_int_equal(hash_update(hash, bytes_text("bcdef")), 0);
		hash_finish(hash, out);
		assert_memory_equal(out, whole, 48);
	}
	hash_free(hash);
	hash_free(NULL);
	assert_int_equal(hash_open(&hash, 0), SIGNET_E_BAD_ALGORITHM);
}

static void hash_of_nothing(void **state)
{
	(void)state;
	uint8_t out[HASH_SIZE_MAX];
	assert_int_equal(hash_compute(HASH_SHA256, BYTES_NONE, out), 0);
	assert_bytes(bytes_make(out, 32),
	             "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
}

static void hmac_of_rfc_4231(void **state)
{
	(void)state;
	uint8_t out[HASH_SIZE_MAX];
	assert_int_equal(hash_hmac(HASH_SHA256, bytes_text("Jefe"),
	                           bytes_text("what do ya want for nothing?"), out), 0);
	assert_bytes(bytes_make(out, 32),
	             "5bdcc146bf60754e6a042426089575c75a003f089d2739839dec58b964ec3843");
	assert_int_equal(hash_hmac(HASH_SHA512, bytes_text("Jefe"),
	                           bytes_text("what do ya want for nothing?"), out), 0);
	assert_bytes(bytes_make(out, 64),
	             "164b7a7bfcf819e2e395fbe73b56e0a387bd64222e831fd610270cd7ea250554"
	             "9758bf75c05a994a6d034f65f8f0e6fdcaeab1a34d4a6b4b636e070a38bce737");
}

static void hmac_of_nothing(void **state)
{
	(void)state;
	uint8_t out[HASH_SIZE_MAX];
	assert_int_equal(hash_hmac(HASH_SHA256, BYTES_NONE, BYTES_NONE, out), 0);
	assert_bytes(bytes_make(out, 32),
	             "b613679a0814d9ec772f95d778c35fc5ff1697c493715653c6c712144292c5ad");
}

static void file_is_hashed_from_its_beginning(void **state)
{
	(void)state;
	uint8_t out[HASH_SIZE_MAX], wanted[HASH_SIZE_MAX];
	static uint8_t large[200000];
	FILE *file = tmpfile();
	assert_non_null(file);
	memset(large, 'a', sizeof large);
	assert_int_equal(fwrite(large, 1, sizeof large, file), sizeof large);
	assert_int_equal(fflush(file), 0);
	assert_int_equal(hash_file(HASH_SHA256, fileno(file), out), 0);
	assert_int_equal(hash_compute(HASH_SHA256, BYTES_OF(large), wanted), 0);
	assert_memory_equal(out, wanted, hash_size(HASH_SHA256));
	fclose(file);
	assert_int_equal(hash_file(HASH_SHA256, -1, out), SIGNET_E_IO);
}

static void unknown_hashes_are_refused(void **state)
{
	(void)state;
	uint8_t out[HASH_SIZE_MAX];
	assert_int_equal(hash_size(0), 0);
	assert_int_equal(hash_size(99), 0);
	assert_int_equal(hash_compute(0, bytes_text("abc"), out), SIGNET_E_BAD_ALGORITHM);
	assert_int_equal(hash_hmac(99, BYTES_NONE, BYTES_NONE, out), SIGNET_E_BAD_ALGORITHM);
}

static void random_octets_differ(void **state)
{
	(void)state;
	uint8_t a[32] = {0}, b[32] = {0}, zero[32] = {0};
	assert_int_equal(random_octets(a, sizeof a), 0);
	assert_int_equal(random_octets(b, sizeof b), 0);
	assert_memory_not_equal(a, b, sizeof a);
	assert_memory_not_equal(a, zero, sizeof a);
}

static void secrets_are_equal_when_every_octet_is(void **state)
{
	(void)state;
	assert_true(secret_equal(bytes_text("sesame"), bytes_text("sesame")));
	assert_false(secret_equal(bytes_text("sesame"), bytes_text("sesamE")));
	assert_false(secret_equal(bytes_text("sesame"), bytes_text("Sesame")));
	assert_false(secret_equal(bytes_text("sesame"), bytes_text("sesam")));
	assert_false(secret_equal(bytes_text("sesame"), BYTES_NONE));
	assert_true(secret_equal(BYTES_NONE, bytes_text("")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hashes_of_abc),
		cmocka_unit_test(pieces_hash_to_what_the_whole_does),
		cmocka_unit_test(hash_of_nothing),
		cmocka_unit_test(hmac_of_rfc_4231),
		cmocka_unit_test(hmac_of_nothing),
		cmocka_unit_test(file_is_hashed_from_its_beginning),
		cmocka_unit_test(unknown_hashes_are_refused),
		cmocka_unit_test(random_octets_differ),
		cmocka_unit_test(secrets_are_equal_when_every_octet_is),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
