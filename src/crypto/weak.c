#include "crypto/weak.h"

#include <limits.h>

#include <gmp.h>

#include "base/limits.h"
#include "crypto/hash.h"
#include "crypto/spki.h"

#define SMALL_PRIME_MAX 751
#define FERMAT_ROUNDS 100
#define ROCA_GENERATOR 65537

/* Primes by which a faulty key's modulus is a power of the generator; the generator reaches few of
 * the remainders of each, a sound modulus hits them all with a chance of about 2^-27. */
static const unsigned roca_primes[] = {11, 13, 17, 19, 37, 53, 61, 71, 73, 79,
                                       97, 103, 107, 109, 127, 151, 157};

static bool is_power(unsigned remainder, unsigned prime)
{
	unsigned power = 1;
	do {
		if (power == remainder)
			return true;
		power = power * (ROCA_GENERATOR % prime) % prime;
	} while (power != 1);
	return false;
}

static bool is_roca(const mpz_t modulus)
{
	for (size_t i = 0; i < sizeof roca_primes / sizeof *roca_primes; i++)
		if (!is_power((unsigned)mpz_fdiv_ui(modulus, roca_primes[i]), roca_primes[i]))
			return false;
	return true;
}

static bool is_prime(unsigned n)
{
	for (unsigned d = 3; d * d <= n; d += 2)
		if (n % d == 0)
			return false;
	return true;
}

/* The primes are taken in products that fit a machine word: one long division serves several. */
static bool has_small_factor(const mpz_t modulus)
{
	unsigned n = 3;
	while (n <= SMALL_PRIME_MAX) {
		unsigned long product = 1;
		unsigned first = n;
		for (; n <= SMALL_PRIME_MAX && product <= ULONG_MAX / SMALL_PRIME_MAX; n += 2)
			if (is_prime(n))
				product *= n;
		unsigned long rest = mpz_fdiv_ui(modulus, product);
		for (unsigned p = first; p < n; p += 2)
			if (is_prime(p) && rest % p == 0)
				return true;
	}
	return false;
}

/* modulus = a^2 - b^2 for an a close to its root. */
static bool has_close_primes(const mpz_t modulus)
{
	mpz_t a, square;
	bool found = false;
	mpz_inits(a, square, NULL);
	mpz_sqrt(a, modulus);
	for (int i = 0; i < FERMAT_ROUNDS && !found; i++) {
		mpz_mul(square, a, a);
		mpz_sub(square, square, modulus);
		found = mpz_sgn(square) >= 0 && mpz_perfect_square_p(square);
		mpz_add_ui(a, a, 1);
	}
	mpz_clears(a, square, NULL);
	return found;
}

int pubkey_rsa_weakness(const struct pubkey *pubkey, enum rsa_weakness *out)
{
	struct spki parts;
	*out = RSA_SOUND;
	if (pubkey_algorithm(pubkey) != KEY_RSA)
		return 0;
	int result = spki_read(&parts, pubkey_spki(pubkey), NULL);
	if (result)
		return result;
	mpz_t modulus;
	mpz_init(modulus);
	mpz_import(modulus, parts.modulus.length, 1, 1, 1, 0, parts.modulus.data);
	if (has_small_factor(modulus))
		*out = RSA_SMALL_FACTOR;
	else if (is_roca(modulus))
		*out = RSA_ROCA;
	else if (has_close_primes(modulus))
		*out = RSA_CLOSE_PRIMES;
	mpz_clear(modulus);
	return 0;
}

const char *rsa_weakness_name(enum rsa_weakness weakness)
{
	static const char *const names[] = {
		[RSA_SOUND] = "none",
		[RSA_ROCA] = "ROCA",
		[RSA_SMALL_FACTOR] = "a small factor",
		[RSA_CLOSE_PRIMES] = "primes that are too close",
	};
	return names[weakness];
}

int pubkey_rsa_modulus_mark(const struct pubkey *pubkey, uint8_t out[RSA_MODULUS_MARK])
{
	static const char digits[] = "0123456789ABCDEF";
	struct spki parts;
	uint8_t hash[HASH_SIZE_MAX];
	if (pubkey_algorithm(pubkey) != KEY_RSA)
		return SIGNET_E_INVALID;
	int result = spki_read(&parts, pubkey_spki(pubkey), NULL);
	if (result)
		return result;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_RSA_BITS_MAX / 4 + 16);
	buffer_append_text(&text, "Modulus=");
	for (size_t i = 0; i < parts.modulus.length; i++) {
		const char pair[] = {digits[parts.modulus.data[i] >> 4],
		                     digits[parts.modulus.data[i] & 15], '\0'};
		buffer_append_text(&text, pair);
	}
	result = buffer_append_text(&text, "\n");
	if (result == 0)
		result = hash_compute(HASH_SHA1, buffer_bytes(&text), hash);
	if (result == 0)
		memcpy(out, hash + hash_size(HASH_SHA1) - RSA_MODULUS_MARK, RSA_MODULUS_MARK);
	return result;
}
