#include "tests/unit/asn1/hex.h"

#include <pthread.h>

#include "intermediaries/acme/nonce.h"

static struct nonces *open_nonces(void)
{
	struct nonces *nonces = NULL;
	assert_int_equal(nonces_new(&nonces, NULL), 0);
	return nonces;
}

static void a_nonce_is_good_once(void **state)
{
	(void)state;
	struct nonces *nonces = open_nonces();
	char one[NONCE_TEXT], two[NONCE_TEXT];
	assert_int_equal(nonce_make(nonces, one), 0);
	assert_int_equal(nonce_make(nonces, two), 0);
	assert_string_not_equal(one, two);
	assert_int_equal(strlen(one), NONCE_TEXT - 1);
	assert_int_equal(nonce_use(nonces, two), 0);
	assert_int_equal(nonce_use(nonces, two), SIGNET_E_INVALID);
	assert_int_equal(nonce_use(nonces, one), 0);
	assert_int_equal(nonce_use(nonces, one), SIGNET_E_INVALID);
	nonces_free(nonces);
}

static void what_was_not_made_here_is_refused(void **state)
{
	(void)state;
	struct nonces *nonces = open_nonces(), *others = open_nonces();
	char text[NONCE_TEXT], changed[NONCE_TEXT];
	assert_int_equal(nonce_make(others, text), 0);
	assert_int_equal(nonce_use(nonces, text), SIGNET_E_INVALID);
	assert_int_equal(nonce_make(nonces, text), 0);
	for (size_t i = 0; i < NONCE_TEXT - 1; i++) {
		memcpy(changed, text, sizeof changed);
		changed[i] = changed[i] == 'A' ? 'B' : 'A';
		assert_int_equal(nonce_use(nonces, changed), SIGNET_E_INVALID);
		changed[i] = '\0';
		assert_int_equal(nonce_use(nonces, changed), SIGNET_E_INVALID);
	}
	assert_int_equal(nonce_use(nonces, ""), SIGNET_E_INVALID);
	assert_int_equal(nonce_use(nonces, arena_printf(arena, "%sAAAA", text)), SIGNET_E_INVALID);
	assert_int_equal(nonce_use(nonces, arena_printf(arena, "%s=", text)), SIGNET_E_INVALID);
	assert_int_equal(nonce_use(nonces, text), 0);
	nonces_free(nonces);
	nonces_free(others);
}

static void a_nonce_outlives_the_window_and_no_longer(void **state)
{
	(void)state;
	struct nonces *nonces = open_nonces();
	char first[NONCE_TEXT], second[NONCE_TEXT], used[NONCE_TEXT], any[NONCE_TEXT];
	assert_int_equal(nonce_make(nonces, first), 0);
	assert_int_equal(nonce_make(nonces, second), 0);
	assert_int_equal(nonce_make(nonces, used), 0);
	assert_int_equal(nonce_use(nonces, used), 0);
	for (size_t i = 0; i < NONCE_WINDOW - 2; i++)
		assert_int_equal(nonce_make(nonces, any), 0);
	assert_int_equal(nonce_use(nonces, first), SIGNET_E_INVALID);
	assert_int_equal(nonce_use(nonces, second), 0);
	assert_int_equal(nonce_use(nonces, used), SIGNET_E_INVALID);
	/* its bit is another's now */
	assert_int_equal(nonce_make(nonces, any), 0);
	assert_int_equal(nonce_make(nonces, any), 0);
	assert_int_equal(nonce_use(nonces, used), SIGNET_E_INVALID);
	assert_int_equal(nonce_use(nonces, any), 0);
	nonces_free(nonces);
}

#define THREADS 4
#define EACH 2000

struct share {
	struct nonces *nonces;
	char (*texts)[NONCE_TEXT];
	size_t taken;
};

static void *take_all(void *arg)
{
	struct share *share = arg;
	for (size_t i = 0; i < EACH; i++)
		share->taken += nonce_use(share->nonces, share->texts[i]) == 0;
	return NULL;
}

static void threads_that_race_for_a_nonce_have_one_winner(void **state)
{
	(void)state;
	struct nonces *nonces = open_nonces();
	static char texts[EACH][NONCE_TEXT];
	struct share shares[THREADS];
	pthread_t threads[THREADS];
	size_t taken = 0;
	for (size_t i = 0; i < EACH; i++)
		assert_int_equal(nonce_make(nonces, texts[i]), 0);
	for (size_t i = 0; i < THREADS; i++) {
		shares[i] = (struct share){nonces, texts, 0};
		assert_int_equal(pthread_create(&threads[i], NULL, take_all, &shares[i]), 0);
	}
	for (size_t i = 0; i < THREADS; i++) {
		assert_int_equal(pthread_join(threads[i], NULL), 0);
		taken += shares[i].taken;
	}
	assert_int_equal(taken, EACH);
	nonces_free(nonces);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_nonce_is_good_once),
		cmocka_unit_test(what_was_not_made_here_is_refused),
		cmocka_unit_test(a_nonce_outlives_the_window_and_no_longer),
		cmocka_unit_test(threads_that_race_for_a_nonce_have_one_winner),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
