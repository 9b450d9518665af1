#include "tests/unit/data.h"
#include "tests/unit/openssl.h"

#include <pthread.h>

#include "crypto/hash.h"
#include "crypto/key.h"

#define MESSAGE bytes_text("Signet test message\n")
#define PASSPHRASE "open sesame"

static struct key *load(const char *name, const char *passphrase)
{
	struct key *key = NULL;
	struct error err = {0};
	struct bytes pem = data_read(arena_printf(arena, "good/keys/%s.pem", name));
	if (key_from_pem(&key, pem, passphrase, &err))
		fail_msg("%s: %s (%s)", name, err.message, err.detail);
	return key;
}

static void signs(const struct key *key, enum signature_algorithm algorithm)
{
	struct buffer signature = BUFFER_MAX(2000);
	buffer_append_text(&signature, "before");
	struct error err = {0};
	if (key_sign(key, algorithm, MESSAGE, &signature, &err))
		fail_msg("%s: %s", signature_algorithm_name(algorithm), err.message);
	struct bytes made = bytes_make(signature.data + 6, signature.length - 6);
	assert_int_equal(pubkey_verify(key_public(key), algorithm, MESSAGE, made, NULL), 0);
	assert_int_equal(pubkey_verify(key_public(key), algorithm, bytes_text("other"), made, NULL),
	                 SIGNET_E_BAD_SIGNATURE);
	buffer_free(&signature);
}

static void generated_keys_sign_with_every_algorithm_of_theirs(void **state)
{
	(void)state;
	for (enum key_algorithm kind = KEY_RSA; kind <= KEY_ED25519; kind++) {
		struct key *key = NULL;
		assert_int_equal(key_generate(&key, kind, 2048, NULL), 0);
		assert_int_equal(pubkey_algorithm(key_public(key)), kind);
		if (kind == KEY_RSA)
			assert_int_equal(pubkey_bits(key_public(key)), 2048);
		for (enum signature_algorithm i = SIGNATURE_RSA_SHA256; i <= SIGNATURE_ED25519; i++) {
			if (signature_algorithm_fits(i, kind)) {
				signs(key, i);
				continue;
			}
			struct buffer out = BUFFER_MAX(2000);
			assert_int_equal(key_sign(key, i, MESSAGE, &out, NULL), SIGNET_E_BAD_ALGORITHM);
			assert_int_equal(out.length, 0);
		}
		key_free(key);
	}
	key_free(NULL);
}

static void keys_of_a_size_out_of_range_are_not_generated(void **state)
{
	(void)state;
	struct key *key = NULL;
	assert_int_equal(key_generate(&key, KEY_RSA, 1024, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(key_generate(&key, KEY_RSA, 2047, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(key_generate(&key, KEY_RSA, 8193, NULL), SIGNET_E_BAD_KEY);
	assert_int_equal(key_generate(&key, 0, 256, NULL), SIGNET_E_BAD_ALGORITHM);
	assert_null(key);
}

static void a_hash_is_signed_as_its_message(void **state)
{
	(void)state;
	struct key *rsa, *p384, *edwards;
	uint8_t digest[HASH_SIZE_MAX];
	struct buffer out = BUFFER_MAX(2000);
	assert_int_equal(key_generate(&rsa, KEY_RSA, 2048, NULL), 0);
	assert_int_equal(key_generate(&p384, KEY_P384, 0, NULL), 0);
	assert_int_equal(key_generate(&edwards, KEY_ED25519, 0, NULL), 0);
	for (enum signature_algorithm i = SIGNATURE_RSA_SHA256; i <= SIGNATURE_ECDSA_SHA512; i++) {
		const struct key *key = signature_algorithm_fits(i, KEY_RSA) ? rsa : p384;
		enum hash_algorithm hash = signature_algorithm_hash(i);
		struct bytes hashed = bytes_make(digest, hash_size(hash));
		assert_int_equal(hash_compute(hash, MESSAGE, digest), 0);
		buffer_free(&out);
		assert_int_equal(key_sign_hash(key, i, hashed, &out, NULL), 0);
		assert_int_equal(pubkey_verify(key_public(key), i, MESSAGE, buffer_bytes(&out), NULL), 0);
		hashed.length--;
		assert_int_equal(key_sign_hash(key, i, hashed, &out, NULL), SIGNET_E_BAD_ALGORITHM);
		assert_int_equal(key_sign_hash(edwards, i, hashed, &out, NULL), SIGNET_E_BAD_ALGORITHM);
	}
	assert_int_equal(signature_algorithm_hash(SIGNATURE_ED25519), 0);
	assert_int_equal(key_sign_hash(edwards, SIGNATURE_ED25519, bytes_make(digest, 64), &out, NULL),
	                 SIGNET_E_BAD_ALGORITHM);
	buffer_free(&out);
	key_free(rsa);
	key_free(p384);
	key_free(edwards);
}

static void a_signature_over_the_buffer_is_an_error(void **state)
{
	(void)state;
	struct key *key = load("p-256", NULL);
	struct buffer out = BUFFER_MAX(10);
	assert_int_equal(key_sign(key, SIGNATURE_ECDSA_SHA256, MESSAGE, &out, NULL),
	                 SIGNET_E_TOO_BIG);
	buffer_free(&out);
	key_free(key);
}

static void every_form_of_file_gives_its_key(void **state)
{
	(void)state;
	static const struct {
		const char *file, *spki, *passphrase;
	} forms[] = {
		{"p-256", "p-256", NULL},
		{"p-256", "p-256", "not needed"},
		{"p-384", "p-384", NULL},
		{"p-521", "p-521", NULL},
		{"ed25519", "ed25519", NULL},
		{"rsa-2048", "rsa-2048", NULL},
		{"rsa-3072", "rsa-3072", NULL},
		{"p-256-sec1", "p-256", NULL},
		{"rsa-2048-pkcs1", "rsa-2048", NULL},
		{"p-256-encrypted", "p-256", PASSPHRASE},
		{"rsa-2048-encrypted", "rsa-2048", PASSPHRASE},
		{"p-256-dek-info", "p-256", PASSPHRASE},
	};
	for (size_t i = 0; i < sizeof forms / sizeof *forms; i++) {
		struct key *key = load(forms[i].file, forms[i].passphrase);
		struct bytes spki = data_read(arena_printf(arena, "good/spki/%s.der", forms[i].spki));
		assert_true(bytes_equal(pubkey_spki(key_public(key)), spki));
		signs(key, signature_algorithm_for(pubkey_algorithm(key_public(key))));
		key_free(key);
	}
}

static void a_wrong_or_missing_passphrase_is_told_from_a_bad_key(void **state)
{
	(void)state;
	static const char *const files[] = {"p-256-encrypted", "rsa-2048-encrypted",
	                                    "p-256-dek-info"};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct bytes pem = data_read(arena_printf(arena, "good/keys/%s.pem", files[i]));
		struct key *key = NULL;
		assert_int_equal(key_from_pem(&key, pem, NULL, NULL), SIGNET_E_PERMISSION);
		assert_int_equal(key_from_pem(&key, pem, "", NULL), SIGNET_E_PERMISSION);
		/* enough for padding that looks right by chance (1 in 256) to be among them */
		for (int n = 0; n < 600; n++) {
			char wrong[32];
			snprintf(wrong, sizeof wrong, "wrong %d", n);
			assert_int_equal(key_from_pem(&key, pem, wrong, NULL), SIGNET_E_PERMISSION);
		}
		assert_null(key);
	}
}

static void round_trip(const struct key *key, const char *passphrase)
{
	struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	struct key *back = NULL;
	assert_int_equal(key_to_pem(key, passphrase, &pem, NULL), 0);
	const char *begin = passphrase ? "-----BEGIN ENCRYPTED PRIVATE KEY-----\n"
	                               : "-----BEGIN PRIVATE KEY-----\n";
	assert_memory_equal(pem.data, begin, strlen(begin));
	assert_int_equal(key_from_pem(&back, buffer_bytes(&pem), passphrase, NULL), 0);
	assert_true(pubkey_equal(key_public(key), key_public(back)));
	key_free(back);
	buffer_wipe(&pem);
}

static void keys_round_trip_through_pem(void **state)
{
	(void)state;
	static const char *const names[] = {"p-256", "p-384", "p-521", "ed25519", "rsa-2048"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct key *key = load(names[i], NULL);
		round_trip(key, NULL);
		/* its many iterations would take minutes under valgrind for every key */
		if (i == 0)
			round_trip(key, "Zuf\xc3\xa4llig");
		key_free(key);
	}
}

/* The SubjectPublicKeyInfo that openssl finds in the PEM. */
static void openssl_pkey(struct bytes pem, const char *passphrase, struct buffer *out)
{
	const char *source = arena_printf(arena, "pass:%s", passphrase ? passphrase : "");
	const char *const argv[] = {"openssl", "pkey",     "-passin", source,
	                            "-pubout", "-outform", "DER",     NULL};
	assert_int_equal(openssl_run(argv, pem, out), 0);
}

static void openssl_reads_what_we_write(void **state)
{
	(void)state;
	static const struct {
		const char *name, *passphrase;
	} cases[] = {
		{"p-256", NULL}, {"ed25519", NULL}, {"rsa-2048", NULL}, {"ed25519", PASSPHRASE},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct key *key = load(cases[i].name, NULL);
		struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE), spki = BUFFER_MAX(LIMIT_SPKI);
		assert_int_equal(key_to_pem(key, cases[i].passphrase, &pem, NULL), 0);
		openssl_pkey(buffer_bytes(&pem), cases[i].passphrase, &spki);
		assert_true(bytes_equal(buffer_bytes(&spki), pubkey_spki(key_public(key))));
		buffer_free(&spki);
		buffer_wipe(&pem);
		key_free(key);
	}
}

static void hostile_key_files_are_bad_keys(void **state)
{
	(void)state;
	static const char *const files[] = {
		"dsa",
		"ed448",
		"p-224",
		"p-256-explicit",
		"p-256-mismatch",
		"rc2-encrypted",
		"rsa-1024",
		"rsa-512",
		"secp256k1",
		"x25519",
	};
	for (size_t i = 0; i < sizeof files / sizeof *files; i++) {
		struct key *key = NULL;
		struct error err = {0};
		struct bytes pem = exact(data_read(arena_printf(arena, "hostile/keys/%s.pem", files[i])));
		int code = key_from_pem(&key, pem, PASSPHRASE, &err);
		if (code != SIGNET_E_BAD_KEY)
			fail_msg("%s: %s: %s", files[i], error_name(code), err.message);
		assert_null(key);
		exact_free(pem);
	}
	assert_int_equal(data_count("hostile/keys"), sizeof files / sizeof *files);
}

static void text_that_is_no_key_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"",
		"no key",
		"-----BEGIN PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\nAAAA\n-----END PRIVATE KEY-----\n",
		"-----BEGIN PRIVATE KEY-----\n!!!!\n-----END PRIVATE KEY-----\n",
		"-----BEGIN ENCRYPTED PRIVATE KEY-----\nMAA=\n-----END ENCRYPTED PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n",
		"-----BEGIN OPENSSH PRIVATE KEY-----\nMAA=\n-----END OPENSSH PRIVATE KEY-----\n",
	};
	struct key *key = NULL;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(key_from_pem(&key, bytes_text(bad[i]), PASSPHRASE, NULL),
		                 SIGNET_E_BAD_KEY);
	assert_int_equal(key_from_pem(&key, BYTES_NONE, NULL, NULL), SIGNET_E_BAD_KEY);
	uint8_t *big = calloc(1, LIMIT_KEY_FILE + 1);
	assert_non_null(big);
	assert_int_equal(key_from_pem(&key, bytes_make(big, LIMIT_KEY_FILE + 1), NULL, NULL),
	                 SIGNET_E_BAD_KEY);
	free(big);
	assert_null(key);
}

static void truncated_keys_are_refused(void **state)
{
	(void)state;
	struct bytes pem = data_read("good/keys/p-256.pem");
	for (size_t length = 0; length < pem.length - 1; length += 3) {
		struct key *key = NULL;
		struct bytes cut = exact(bytes_make(pem.data, length));
		assert_int_equal(key_from_pem(&key, cut, NULL, NULL), SIGNET_E_BAD_KEY);
		assert_null(key);
		exact_free(cut);
	}
}

struct shared {
	const struct key *key;
	int failures;
};

static void *sign_and_verify(void *arg)
{
	struct shared *shared = arg;
	enum signature_algorithm algorithm =
		signature_algorithm_for(pubkey_algorithm(key_public(shared->key)));
	for (int i = 0; i < 50; i++) {
		struct buffer signature = BUFFER_MAX(2000);
		if (key_sign(shared->key, algorithm, MESSAGE, &signature, NULL) ||
		    pubkey_verify(key_public(shared->key), algorithm, MESSAGE,
		                  buffer_bytes(&signature), NULL))
			shared->failures++;
		buffer_free(&signature);
	}
	return NULL;
}

static void threads_share_a_key(void **state)
{
	(void)state;
	static const char *const names[] = {"p-256", "ed25519", "rsa-2048"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		struct key *key = load(names[i], NULL);
		pthread_t threads[4];
		struct shared shared[4];
		for (size_t t = 0; t < 4; t++) {
			shared[t] = (struct shared){.key = key};
			assert_int_equal(pthread_create(&threads[t], NULL, sign_and_verify, &shared[t]), 0);
		}
		for (size_t t = 0; t < 4; t++) {
			assert_int_equal(pthread_join(threads[t], NULL), 0);
			assert_int_equal(shared[t].failures, 0);
		}
		key_free(key);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(generated_keys_sign_with_every_algorithm_of_theirs),
		cmocka_unit_test(keys_of_a_size_out_of_range_are_not_generated),
		cmocka_unit_test(a_hash_is_signed_as_its_message),
		cmocka_unit_test(a_signature_over_the_buffer_is_an_error),
		cmocka_unit_test(every_form_of_file_gives_its_key),
		cmocka_unit_test(a_wrong_or_missing_passphrase_is_told_from_a_bad_key),
		cmocka_unit_test(keys_round_trip_through_pem),
		cmocka_unit_test(openssl_reads_what_we_write),
		cmocka_unit_test(hostile_key_files_are_bad_keys),
		cmocka_unit_test(text_that_is_no_key_is_refused),
		cmocka_unit_test(truncated_keys_are_refused),
		cmocka_unit_test(threads_share_a_key),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
