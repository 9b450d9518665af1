#include "tests/unit/pki/crl_sample.h"

static int count_entry(void *context, const struct crl_entry *entry)
{
	size_t *count = context;
	assert_true(entry->serial.length > 0);
	++*count;
	return 0;
}

static void what_openssl_writes_is_read(void **state)
{
	(void)state;
	static const struct {
		const char *file;
		uint64_t number, base;
		size_t entries;
	} cases[] = {{"first", 1, 0, 1}, {"second", 2, 0, 2}, {"delta", 3, 1, 1}, {"beyond-2049", 4, 0, 0}};
	assert_int_equal(data_count("good/crl"), sizeof cases / sizeof *cases);
	struct key *key = sample_key("p-256");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct error err = {0};
		struct crl crl;
		size_t entries = 0;
		const char *path = arena_printf(arena, "good/crl/%s.der", cases[i].file);
		if (crl_parse(&crl, arena, data_read(path), &err) ||
		    crl_visit(&crl, count_entry, &entries, &err) ||
		    crl_verify(&crl, key_public(key), &err))
			fail_msg("%s: %s", path, err.message);
		assert_int_equal(entries, cases[i].entries);
		assert_true(crl.number == cases[i].number && crl.base == cases[i].base);
		assert_int_equal(crl.key_id.length, 20);
	}
	key_free(key);
}

static void a_file_is_mapped(void **state)
{
	(void)state;
	struct error err = {0};
	struct crl crl;
	struct crl_entry entry;
	assert_int_equal(crl_open(&crl, arena, data_path("good/crl/second.der"), &err), 0);
	assert_int_equal(crl_find(&crl, hex("1001"), &entry, &err), 0);
	assert_true(entry.revoked == 1767571200);
	assert_int_equal(entry.reason, 0);
	assert_int_equal(crl_find(&crl, hex("1002"), &entry, &err), SIGNET_E_NOT_FOUND);
	crl_close(&crl);
	assert_int_equal(crl_open(&crl, arena, data_path("good/crl/none.der"), &err),
	                 SIGNET_E_NOT_FOUND);
	assert_int_equal(crl_open(&crl, arena, data_path("good/crl"), &err), SIGNET_E_INVALID);
	assert_int_equal(crl_open(&crl, arena, data_path("good/chain/root.der"), &err),
	                 SIGNET_E_INVALID);
}

static void another_key_does_not_verify(void **state)
{
	(void)state;
	struct error err = {0};
	struct crl crl;
	struct key *other = sample_key("p-256-other");
	assert_int_equal(crl_parse(&crl, arena, data_read("good/crl/first.der"), &err), 0);
	assert_int_equal(crl_verify(&crl, key_public(other), &err), SIGNET_E_BAD_SIGNATURE);
	key_free(other);
}

static void every_cut_is_refused(void **state)
{
	(void)state;
	struct bytes der = data_read("good/crl/second.der");
	for (size_t n = 0; n < der.length; n++) {
		struct crl crl;
		struct bytes cut = exact(bytes_make(der.data, n));
		assert_int_equal(crl_parse(&crl, arena, cut, NULL), SIGNET_E_INVALID);
		exact_free(cut);
	}
}

/* The files of hostile/crl: in their heads, or (entry-*) in an entry. */
static void hostile_files_are_refused(void **state)
{
	(void)state;
	size_t seen = 0;
	DIR *dir = opendir(data_path("hostile/crl"));
	assert_non_null(dir);
	for (struct dirent *file; (file = readdir(dir));) {
		struct error err = {0};
		struct crl crl;
		size_t entries = 0;
		if (file->d_name[0] == '.')
			continue;
		bool entry = strncmp(file->d_name, "entry-", 6) == 0;
		struct bytes der = exact(data_read(arena_printf(arena, "hostile/crl/%s", file->d_name)));
		int result = crl_parse(&crl, arena, der, &err);
		if ((result != 0) == entry)
			fail_msg("%s: %d %s", file->d_name, result, err.message);
		if (result == 0)
			result = crl_visit(&crl, count_entry, &entries, &err);
		if (result == 0 || err.code != result || strncmp(err.message, "crl: ", 5) != 0)
			fail_msg("%s: %d %s", file->d_name, result, err.message);
		exact_free(der);
		seen++;
	}
	closedir(dir);
	assert_true(seen >= 30);
}

static int stop(void *context, const struct crl_entry *entry)
{
	(void)entry;
	++*(size_t *)context;
	return SIGNET_E_EXISTS;
}

static void a_visitor_ends_the_visit(void **state)
{
	(void)state;
	struct crl crl;
	size_t entries = 0;
	assert_int_equal(crl_parse(&crl, arena, data_read("good/crl/second.der"), NULL), 0);
	assert_int_equal(crl_visit(&crl, stop, &entries, NULL), SIGNET_E_EXISTS);
	assert_int_equal(entries, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_openssl_writes_is_read),
		cmocka_unit_test(a_file_is_mapped),
		cmocka_unit_test(another_key_does_not_verify),
		cmocka_unit_test(every_cut_is_refused),
		cmocka_unit_test(hostile_files_are_refused),
		cmocka_unit_test(a_visitor_ends_the_visit),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
