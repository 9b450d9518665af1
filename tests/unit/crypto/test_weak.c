#include "crypto/weak.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/encoding.h"
#include "crypto/hash.h"
#include "weak_moduli.h"

static struct pubkey *key_of_modulus(const char *hex)
{
	static const uint8_t exponent[] = {1, 0, 1};
	_cleanup_buffer_ struct buffer modulus = BUFFER_MAX(1024);
	struct pubkey *key = NULL;
	assert_int_equal(hex_decode(&modulus, bytes_text(hex)), 0);
	assert_int_equal(pubkey_from_rsa(&key, buffer_bytes(&modulus), BYTES_OF(exponent), NULL), 0);
	return key;
}

static enum rsa_weakness weakness_of(const char *hex)
{
	struct pubkey *key = key_of_modulus(hex);
	enum rsa_weakness weakness;
	assert_int_equal(pubkey_rsa_weakness(key, &weakness), 0);
	pubkey_free(key);
	return weakness;
}

static void weak_moduli_are_known(void **state)
{
	(void)state;
	assert_int_equal(weakness_of(MODULUS_ROCA), RSA_ROCA);
	assert_int_equal(weakness_of(MODULUS_SMALL_FACTOR), RSA_SMALL_FACTOR);
	assert_int_equal(weakness_of(MODULUS_CLOSE_PRIMES), RSA_CLOSE_PRIMES);
}

static void new_keys_are_sound(void **state)
{
	static const enum key_algorithm kinds[] = {KEY_RSA, KEY_RSA, KEY_P256, KEY_ED25519};
	(void)state;
	for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
		struct key *key;
		enum rsa_weakness weakness;
		assert_int_equal(key_generate(&key, kinds[i], 2048, NULL), 0);
		assert_int_equal(pubkey_rsa_weakness(key_public(key), &weakness), 0);
		assert_int_equal(weakness, RSA_SOUND);
		key_free(key);
	}
}

/* openssl rsa -noout -modulus | sha1sum | cut -c 21-40 */
static void the_mark_is_that_of_the_lists(void **state)
{
	uint8_t mark[RSA_MODULUS_MARK], wanted[HASH_SIZE_MAX];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(2048);
	struct pubkey *key = key_of_modulus(MODULUS_CLOSE_PRIMES);
	(void)state;
	buffer_append_text(&text, "Modulus=" MODULUS_CLOSE_PRIMES "\n");
	for (size_t i = strlen("Modulus="); i < text.length; i++)
		if (text.data[i] >= 'a')
			text.data[i] = (uint8_t)(text.data[i] - 'a' + 'A');
	assert_int_equal(hash_compute(HASH_SHA1, buffer_bytes(&text), wanted), 0);
	assert_int_equal(pubkey_rsa_modulus_mark(key, mark), 0);
	assert_memory_equal(mark, wanted + 10, sizeof mark);
	pubkey_free(key);
	struct key *other;
	assert_int_equal(key_generate(&other, KEY_P256, 0, NULL), 0);
	assert_int_equal(pubkey_rsa_modulus_mark(key_public(other), mark), SIGNET_E_INVALID);
	key_free(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(weak_moduli_are_known),
		cmocka_unit_test(new_keys_are_sound),
		cmocka_unit_test(the_mark_is_that_of_the_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
