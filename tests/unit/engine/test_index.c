#include "fixture.h"

#include "asn1/name.h"
#include "engine/index.h"

static struct bytes form(struct arena *arena, const char *text)
{
	struct bytes out = BYTES_NONE;
	assert_int_equal(index_name(arena, text, &out), 0);
	return out;
}

static void names_are_found_without_regard_to_case(void **state)
{
	struct arena *arena = *state;
	assert_true(bytes_equal(form(arena, "WWW.Example.com"), form(arena, "www.example.com")));
	assert_false(bytes_equal(form(arena, "www.example.com"), form(arena, "www.example.org")));
}

static void another_spelling_is_no_other_name(void **state)
{
	static const char *const same[][2] = {
		{"device 1", "Device  1 "}, {"device 1", " device\xc2\xa0" "1"},
		{"device", "\xef\xbd\x84" "evice"}, {"device", "de\xe2\x80\x8bvice"},
		{"\xc3\xa4rzte", "\xc3\x84RZTE"}, {"192.0.2.1", "::ffff:192.0.2.1"},
		{"192.0.2.1", "::FFFF:c000:201"}, {"https://A/ b", "https://a/  b"},
	};
	static const char *const others[][2] = {
		{"device 1", "device1"}, {"192.0.2.1", "::192.0.2.1"}, {"a\n", "a"}, {"\xff" "a", "a"},
	};
	struct arena *arena = *state;
	for (size_t i = 0; i < sizeof same / sizeof *same; i++)
		assert_true(bytes_equal(form(arena, same[i][0]), form(arena, same[i][1])));
	for (size_t i = 0; i < sizeof others / sizeof *others; i++)
		assert_false(bytes_equal(form(arena, others[i][0]), form(arena, others[i][1])));
}

static struct bytes subject_form(struct arena *arena, const char *text)
{
	struct bytes subject, *forms;
	size_t count;
	assert_int_equal(name_from_text(arena, text, &subject, NULL), 0);
	assert_int_equal(index_names(arena, subject, NULL, 0, &forms, &count), 0);
	assert_int_equal(count, 1);
	return forms[0];
}

static void another_spelling_is_no_other_subject(void **state)
{
	struct arena *arena = *state;
	struct bytes one = subject_form(arena, "O=Example Ltd,C=DE");
	assert_true(bytes_equal(one, subject_form(arena, "O=example  ltd\\ ,C=DE")));
	assert_false(bytes_equal(one, subject_form(arena, "OU=Example Ltd,C=DE")));
	assert_false(bytes_equal(one, subject_form(arena, "O=Example Ltd+C=DE")));
	assert_false(bytes_equal(one, subject_form(arena, "O=Example,C=DE")));
}

static void no_form_begins_another(void **state)
{
	struct arena *arena = *state;
	struct bytes a = form(arena, "example.co"), b = form(arena, "example.com");
	assert_true(a.length < b.length);
	assert_int_not_equal(memcmp(a.data, b.data, a.length), 0);
}

static void long_names_are_hashed(void **state)
{
	struct arena *arena = *state;
	char longest[INDEX_NAME_MAX + 1], longer[INDEX_NAME_MAX + 2];
	memset(longest, 'a', INDEX_NAME_MAX);
	longest[INDEX_NAME_MAX] = '\0';
	memset(longer, 'a', INDEX_NAME_MAX + 1);
	longer[INDEX_NAME_MAX + 1] = '\0';
	assert_int_equal(form(arena, longest).length, INDEX_NAME_MAX + 1);
	struct bytes hashed = form(arena, longer);
	assert_int_equal(hashed.length, 1 + INDEX_HASH_SIZE);
	longer[3] = 'A';
	assert_true(bytes_equal(hashed, form(arena, longer)));
	longer[3] = 'b';
	assert_false(bytes_equal(hashed, form(arena, longer)));
}

static void each_name_of_a_certificate_stands_once(void **state)
{
	struct arena *arena = *state;
	struct general_name names[2];
	struct bytes subject, *forms;
	size_t count;
	assert_int_equal(general_name_from_text(arena, "dns:A.example.com", &names[0], NULL), 0);
	assert_int_equal(general_name_from_text(arena, "ip:192.0.2.1", &names[1], NULL), 0);
	assert_int_equal(name_from_text(arena, "CN=Somebody,O=Example,CN=a.example.com", &subject,
	                                NULL), 0);
	assert_int_equal(index_names(arena, subject, names, 2, &forms, &count), 0);
	assert_int_equal(count, 3);
	assert_true(bytes_equal(forms[0], form(arena, "a.example.com")));
	assert_true(bytes_equal(forms[1], form(arena, "192.0.2.1")));
	assert_true(bytes_equal(forms[2], form(arena, "somebody")));
	assert_int_equal(index_names(arena, NAME_EMPTY, names, 0, &forms, &count), 0);
	assert_int_equal(count, 0);
}

static void idempotency_is_of_the_intermediary_and_the_key(void **state)
{
	uint8_t a[INDEX_HASH_SIZE], b[INDEX_HASH_SIZE];
	(void)state;
	assert_int_equal(index_idempotency("acme", "order", a), 0);
	assert_int_equal(index_idempotency("acme", "order", b), 0);
	assert_memory_equal(a, b, sizeof a);
	assert_int_equal(index_idempotency("acm", "eorder", b), 0);
	assert_memory_not_equal(a, b, sizeof a);
	assert_int_equal(index_idempotency("est", "order", b), 0);
	assert_memory_not_equal(a, b, sizeof a);
}

static void expiry_sorts_by_time(void **state)
{
	struct store_key early = index_time(1000, 9), late = index_time(1001, 1);
	struct store_key before = index_time(-5, 1);
	(void)state;
	assert_true(bytes_compare(store_key_get(&early), store_key_get(&late)) < 0);
	assert_true(bytes_compare(store_key_get(&before), store_key_get(&early)) < 0);
}

static int setup(void **state)
{
	*state = arena_new(1u << 20);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static void a_row_of_keys_is_time_key_and_subject(void **state)
{
	uint8_t fingerprint[32];
	struct index_row a, b, nobody;
	(void)state;
	for (size_t i = 0; i < sizeof fingerprint; i++)
		fingerprint[i] = (uint8_t)i;
	assert_int_equal(index_key_row(&a, fingerprint, bytes_text("a name")), 0);
	assert_int_equal(index_key_row(&b, fingerprint, bytes_text("b name")), 0);
	assert_int_equal(index_key_row(&nobody, fingerprint, NAME_EMPTY), 0);
	assert_int_equal(store_key_to_u64(index_row_get(&a)), 0);
	index_row_stamp(&a, 77);
	assert_int_equal(store_key_to_u64(index_row_get(&a)), 77);
	index_row_stamp(&b, -5);
	assert_int_equal(store_key_to_u64(index_row_get(&b)), 0);
	assert_true(bytes_equal(index_row_key(index_row_get(&a)),
	                        bytes_make(fingerprint + INDEX_HASH_SIZE, INDEX_HASH_SIZE)));
	assert_int_equal(index_row_subject(index_row_get(&a)).length, INDEX_HASH_SIZE);
	assert_false(bytes_equal(index_row_subject(index_row_get(&a)),
	                         index_row_subject(index_row_get(&b))));
	assert_int_equal(index_row_subject(index_row_get(&nobody)).length, 0);
	assert_int_equal(index_row_key(BYTES_NONE).length, 0);
	assert_int_equal(index_row_subject(BYTES_NONE).length, 0);
}

static void a_row_of_names_does_not_know_their_order(void **state)
{
	struct bytes forms[] = {BYTES_OF("b.example"), BYTES_OF("a.example"), BYTES_OF("c.example")};
	struct bytes turned[] = {forms[2], forms[0], forms[1]};
	struct index_row a, b;
	(void)state;
	assert_int_equal(index_name_row(&a, forms, 3), 0);
	assert_int_equal(index_name_row(&b, turned, 3), 0);
	assert_true(bytes_equal(index_row_get(&a), index_row_get(&b)));
	assert_int_equal(index_name_row(&b, turned, 2), 0);
	assert_false(bytes_equal(index_row_get(&a), index_row_get(&b)));
	assert_int_equal(index_name_row(&b, NULL, 0), 0);
	assert_int_equal(b.length, 8 + INDEX_HASH_SIZE);
}

static void a_subject_stands_for_names_that_are_missing(void **state)
{
	struct arena *arena = arena_new(65536);
	struct bytes subject, other, *forms, *again;
	size_t count;
	(void)state;
	assert_int_equal(name_from_text(arena, "O=Example", &subject, NULL), 0);
	assert_int_equal(name_from_text(arena, "O=Another", &other, NULL), 0);
	assert_int_equal(index_names(arena, subject, NULL, 0, &forms, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(index_names(arena, other, NULL, 0, &again, &count), 0);
	assert_int_equal(count, 1);
	assert_false(bytes_equal(forms[0], again[0]));
	assert_int_equal(forms[0].length, 1 + INDEX_HASH_SIZE);
	arena_free(arena);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(names_are_found_without_regard_to_case),
		TEST(another_spelling_is_no_other_name),
		TEST(another_spelling_is_no_other_subject),
		TEST(no_form_begins_another),
		TEST(long_names_are_hashed),
		TEST(each_name_of_a_certificate_stands_once),
		TEST(idempotency_is_of_the_intermediary_and_the_key),
		TEST(expiry_sorts_by_time),
		cmocka_unit_test(a_row_of_keys_is_time_key_and_subject),
		cmocka_unit_test(a_row_of_names_does_not_know_their_order),
		cmocka_unit_test(a_subject_stands_for_names_that_are_missing),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
