#include "tests/unit/data.h"

#include "intermediaries/acme/cache.h"

static struct account *make(uint64_t id)
{
	struct pubkey *key = NULL;
	assert_int_equal(pubkey_from_spki(&key, data_read("good/spki/p-256.der"), NULL), 0);
	struct account *account = account_new(id, true, key, "thumb");
	assert_non_null(account);
	return account;
}

static struct cache *open_cache(void)
{
	struct cache *cache = NULL;
	assert_int_equal(cache_new(&cache, NULL), 0);
	return cache;
}

/* Puts an account and gives up the caller's reference. */
static void put(struct cache *cache, uint64_t id)
{
	uint64_t generation;
	assert_null(cache_get(cache, id, &generation));
	struct account *account = make(id);
	cache_put(cache, account, generation);
	account_release(account);
}

static void account_is_found_until_it_is_dropped(void **state)
{
	(void)state;
	struct cache *cache = open_cache();
	uint64_t generation;
	put(cache, 1);
	struct account *account = cache_get(cache, 1, &generation);
	assert_non_null(account);
	assert_int_equal(account->id, 1);
	assert_string_equal(account->thumbprint, "thumb");
	cache_drop(cache, 1);
	/* it lives on for the one who has it */
	assert_int_equal(pubkey_algorithm(account->key), KEY_P256);
	account_release(account);
	assert_null(cache_get(cache, 1, &generation));
	cache_free(cache);
}

static void what_was_read_before_a_drop_is_not_kept(void **state)
{
	(void)state;
	struct cache *cache = open_cache();
	uint64_t generation, later;
	assert_null(cache_get(cache, 1, &generation));
	struct account *stale = make(1);
	cache_drop(cache, 1);
	cache_put(cache, stale, generation);
	assert_null(cache_get(cache, 1, &later));
	cache_put(cache, stale, later);
	account_release(stale);
	struct account *account = cache_get(cache, 1, &later);
	assert_non_null(account);
	account_release(account);
	cache_free(cache);
}

static void oldest_of_those_in_its_place_is_forgotten(void **state)
{
	(void)state;
	struct cache *cache = open_cache();
	uint64_t generation;
	/* all in one set: it has room for four */
	for (uint64_t i = 0; i < 4; i++)
		put(cache, 1 + i * 128);
	account_release(cache_get(cache, 1, &generation));
	put(cache, 1 + 4 * 128);
	assert_null(cache_get(cache, 1 + 128, &generation));
	static const uint64_t kept[] = {1, 1 + 2 * 128, 1 + 3 * 128, 1 + 4 * 128};
	for (size_t i = 0; i < 4; i++) {
		struct account *account = cache_get(cache, kept[i], &generation);
		assert_non_null(account);
		assert_int_equal(account->id, kept[i]);
		account_release(account);
	}
	cache_free(cache);
}

static void account_that_is_put_twice_stands_once(void **state)
{
	(void)state;
	struct cache *cache = open_cache();
	uint64_t generation;
	put(cache, 1);
	struct account *first = cache_get(cache, 1, &generation), *second = make(1);
	cache_put(cache, second, generation);
	struct account *found = cache_get(cache, 1, &generation);
	assert_ptr_equal(found, second);
	assert_ptr_not_equal(found, first);
	account_release(first);
	account_release(second);
	account_release(found);
	account_release(NULL);
	cache_free(cache);
	cache_free(NULL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(account_is_found_until_it_is_dropped),
		cmocka_unit_test(what_was_read_before_a_drop_is_not_kept),
		cmocka_unit_test(oldest_of_those_in_its_place_is_forgotten),
		cmocka_unit_test(account_that_is_put_twice_stands_once),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
