#include "tests/unit/asn1/hex.h"

#include "intermediaries/acme/chains.h"

static bool has(struct chains *chains, uint64_t order, const char *text)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1 << 20);
	int result = chains_get(chains, order, &out);
	if (!text) {
		assert_int_equal(out.length, 0);
		return result != SIGNET_E_NOT_FOUND;
	}
	return result == 0 && bytes_is_text(buffer_bytes(&out), text);
}

static struct chains *open_chains(void)
{
	struct chains *chains = NULL;
	assert_int_equal(chains_new(&chains, NULL), 0);
	return chains;
}

static void chain_is_kept_for_its_order(void **state)
{
	(void)state;
	struct chains *chains = open_chains();
	assert_false(has(chains, 0, NULL));
	chains_put(chains, 1, bytes_text("one"));
	chains_put(chains, 2, bytes_text("two"));
	assert_true(has(chains, 1, "one"));
	assert_true(has(chains, 1, "one"));
	assert_true(has(chains, 2, "two"));
	assert_false(has(chains, 3, NULL));
	chains_free(chains);
	chains_free(NULL);
}

static void newer_order_takes_an_older_ones_place(void **state)
{
	(void)state;
	struct chains *chains = open_chains();
	for (uint64_t i = 0; i < 1000; i++)
		chains_put(chains, i, bytes_text(arena_printf(arena, "%llu", (unsigned long long)i)));
	for (uint64_t i = 0; i < 1000; i++) {
		const char *text = arena_printf(arena, "%llu", (unsigned long long)i);
		if (i < 1000 - 128)
			assert_false(has(chains, i, NULL));
		else
			assert_true(has(chains, i, text));
	}
	chains_free(chains);
}

static void what_is_very_long_is_not_kept(void **state)
{
	(void)state;
	static char text[20001];
	struct chains *chains = open_chains();
	memset(text, 'x', sizeof text - 1);
	chains_put(chains, 1, bytes_text(text));
	assert_false(has(chains, 1, NULL));
	chains_free(chains);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(chain_is_kept_for_its_order),
		cmocka_unit_test(newer_order_takes_an_older_ones_place),
		cmocka_unit_test(what_is_very_long_is_not_kept),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
