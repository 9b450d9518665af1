#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/draft.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"

struct fixture {
	struct arena *arena;
	struct signet_draft *draft;
};

static int setup(void **state)
{
	static struct fixture f;
	f.arena = arena_new(1 << 20);
	f.draft = signet_draft_new(f.arena);
	assert_non_null(f.draft);
	signet_draft_begin(f.draft, SIGNET_ORIGIN_PROFILE);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	arena_free(((struct fixture *)*state)->arena);
	return 0;
}

static void new_draft_is_empty(void **state)
{
	const struct fixture *f = *state;
	size_t count = 9;
	assert_true(name_is_empty(signet_draft_subject(f->draft)));
	signet_draft_alt_names(f->draft, &count);
	assert_int_equal(count, 0);
	count = 9;
	signet_draft_extensions(f->draft, &count);
	assert_int_equal(count, 0);
	assert_string_equal(signet_draft_changes(f->draft), "");
	assert_ptr_equal(signet_draft_arena(f->draft), f->arena);
}

static void what_is_set_is_copied_and_takes_the_origin(void **state)
{
	const struct fixture *f = *state;
	char name[] = "example.com", subject[] = {0x30, 0x00, 0x01}, value[] = {3, 2, 5, (char)0xa0};
	struct general_name names[] = {{GN_DNS, bytes_text(name)}};
	struct extension usage = {OID_KEY_USAGE, true, BYTES_OF(value)};
	assert_int_equal(signet_draft_set_subject(f->draft, BYTES_OF(subject)), 0);
	signet_draft_begin(f->draft, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_set_alt_names(f->draft, names, 1), 0);
	signet_draft_begin(f->draft, SIGNET_ORIGIN_POLICY);
	assert_int_equal(signet_draft_set_extension(f->draft, &usage), 0);
	assert_int_equal(signet_draft_set_validity(f->draft, 10, 20), 0);
	memset(name, 'x', sizeof name);
	memset(subject, 'x', sizeof subject);
	memset(value, 'x', sizeof value);

	size_t count;
	const struct general_name *kept = signet_draft_alt_names(f->draft, &count);
	assert_int_equal(count, 1);
	assert_int_equal(kept[0].kind, GN_DNS);
	assert_true(bytes_is_text(kept[0].value, "example.com"));
	assert_int_equal(signet_draft_alt_names_origin(f->draft), SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_subject(f->draft).data[0], 0x30);
	assert_int_equal(signet_draft_subject_origin(f->draft), SIGNET_ORIGIN_PROFILE);
	const struct signet_draft_extension *extensions = signet_draft_extensions(f->draft, &count);
	assert_int_equal(count, 1);
	assert_true(bytes_equal(extensions[0].extension.oid, OID_KEY_USAGE));
	assert_true(extensions[0].extension.critical);
	assert_int_equal(extensions[0].extension.value.data[0], 3);
	assert_int_equal(extensions[0].origin, SIGNET_ORIGIN_POLICY);
	assert_int_equal(signet_draft_not_before(f->draft), 10);
	assert_int_equal(signet_draft_not_after(f->draft), 20);
}

static void extension_is_replaced_in_its_place(void **state)
{
	const struct fixture *f = *state;
	struct extension usage = {OID_KEY_USAGE, true, bytes_text("a")};
	struct extension basic = {OID_BASIC_CONSTRAINTS, true, bytes_text("b")};
	assert_int_equal(signet_draft_set_extension(f->draft, &usage), 0);
	assert_int_equal(signet_draft_set_extension(f->draft, &basic), 0);
	usage.value = bytes_text("c");
	signet_draft_begin(f->draft, SIGNET_ORIGIN_ADMIN);
	assert_int_equal(signet_draft_set_extension(f->draft, &usage), 0);
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(f->draft, &count);
	assert_int_equal(count, 2);
	assert_true(bytes_is_text(list[0].extension.value, "c"));
	assert_int_equal(list[0].origin, SIGNET_ORIGIN_ADMIN);
	assert_true(bytes_is_text(list[1].extension.value, "b"));
	assert_int_equal(list[1].origin, SIGNET_ORIGIN_PROFILE);
}

static void extension_is_removed(void **state)
{
	const struct fixture *f = *state;
	const struct bytes oids[] = {OID_KEY_USAGE, OID_BASIC_CONSTRAINTS, OID_EXT_KEY_USAGE};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(signet_draft_set_extension(
			f->draft, &(struct extension){oids[i], false, bytes_text("v")}), 0);
	assert_int_equal(signet_draft_remove_extension(f->draft, OID_BASIC_CONSTRAINTS), 0);
	assert_int_equal(signet_draft_remove_extension(f->draft, OID_BASIC_CONSTRAINTS), 0);
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(f->draft, &count);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(list[0].extension.oid, OID_KEY_USAGE));
	assert_true(bytes_equal(list[1].extension.oid, OID_EXT_KEY_USAGE));
}

static void alternative_names_are_no_extension(void **state)
{
	const struct fixture *f = *state;
	struct extension extension = {OID_SUBJECT_ALT_NAME, false, bytes_text("v")};
	assert_int_equal(signet_draft_set_extension(f->draft, &extension), SIGNET_E_INVALID);
}

static void limits_hold(void **state)
{
	const struct fixture *f = *state;
	static struct general_name names[LIMIT_SAN_COUNT + 1];
	assert_int_equal(signet_draft_set_alt_names(f->draft, names, LIMIT_SAN_COUNT), 0);
	assert_int_equal(signet_draft_set_alt_names(f->draft, names, LIMIT_SAN_COUNT + 1),
	                 SIGNET_E_TOO_BIG);
	for (uint8_t i = 0; i < LIMIT_EXTENSIONS; i++) {
		uint8_t oid[] = {0x2a, i};
		assert_int_equal(signet_draft_set_extension(
			f->draft, &(struct extension){BYTES_OF(oid), false, BYTES_NONE}), 0);
	}
	struct extension more = {OID_KEY_USAGE, false, BYTES_NONE};
	assert_int_equal(signet_draft_set_extension(f->draft, &more), SIGNET_E_TOO_BIG);
}

static void changes_name_what_differs_since_begin(void **state)
{
	const struct fixture *f = *state;
	static const uint8_t unknown[] = {0x2a, 0x03, 0x04}, subject[] = {0x30, 0x00};
	struct extension usage = {OID_KEY_USAGE, true, bytes_text("a")};
	struct extension other = {BYTES_OF(unknown), false, bytes_text("b")};
	struct general_name name = {GN_DNS, bytes_text("example.com")};
	signet_draft_set_extension(f->draft, &usage);
	signet_draft_set_validity(f->draft, 10, 20);
	signet_draft_begin(f->draft, SIGNET_ORIGIN_POLICY);
	/* the same again is no change */
	signet_draft_set_extension(f->draft, &usage);
	signet_draft_set_validity(f->draft, 10, 20);
	signet_draft_set_subject(f->draft, BYTES_OF(subject));
	assert_string_equal(signet_draft_changes(f->draft), "");
	signet_draft_set_validity(f->draft, 10, 19);
	signet_draft_set_alt_names(f->draft, &name, 1);
	signet_draft_set_extension(f->draft, &other);
	signet_draft_remove_extension(f->draft, OID_KEY_USAGE);
	signet_draft_set_extension(f->draft, &usage);
	assert_string_equal(signet_draft_changes(f->draft),
	                    "validity, names, extension 1.2.3.4, extension keyUsage");
	signet_draft_begin(f->draft, SIGNET_ORIGIN_POLICY);
	assert_string_equal(signet_draft_changes(f->draft), "");
}

static void without_memory_a_change_is_one_still(void **state)
{
	struct arena *arena = arena_new(16384);
	struct signet_draft *draft = signet_draft_new(arena);
	(void)state;
	assert_non_null(draft);
	signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
	assert_false(signet_draft_is_changed(draft));
	signet_draft_set_validity(draft, 10, 20);
	while (arena_alloc(arena, 1))
		;
	assert_string_equal(signet_draft_changes(draft), "");
	assert_true(signet_draft_is_changed(draft));
	signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
	assert_false(signet_draft_is_changed(draft));
	arena_free(arena);
}

static int count_ten(void *arg, const char *rule, struct bytes scope, int64_t window, uint64_t max,
                     uint64_t *count)
{
	assert_ptr_equal(arg, count_ten);
	assert_string_equal(rule, "quota");
	assert_true(bytes_is_text(scope, "alice"));
	assert_int_equal(window, 60);
	assert_int_equal(max, 5);
	*count = 10;
	return 0;
}

static int count_seven(void *arg, const struct draft_identity *who, enum signet_likeness likeness,
                       int64_t window, uint64_t max, uint64_t *count)
{
	(void)arg;
	assert_null(who->key);
	assert_int_equal(likeness, SIGNET_LIKE_NAMES);
	assert_int_equal(window, 60);
	assert_int_equal(max, 9);
	*count = 7;
	return 0;
}

static int never_shared(void *arg, const struct draft_identity *who, bool *shared)
{
	(void)arg;
	assert_null(who->key);
	assert_int_equal(who->subject.length, 2);
	assert_null(who->names);
	assert_int_equal(who->name_count, 0);
	*shared = false;
	return 0;
}

static void a_subject_is_read_once_until_it_changes(void **state)
{
	struct fixture *f = *state;
	struct signet_subject first, again;
	struct bytes name;
	struct error err = {0};
	assert_int_equal(signet_draft_read_subject(f->draft, &first, NULL), 0);
	assert_int_equal(first.count, 0);
	assert_int_equal(name_from_text(f->arena, "O=Example,CN=a.example.com", &name, NULL), 0);
	assert_int_equal(signet_draft_set_subject(f->draft, name), 0);
	assert_int_equal(signet_draft_read_subject(f->draft, &first, NULL), 0);
	assert_int_equal(first.count, 2);
	assert_string_equal(first.texts[0], "a.example.com");
	assert_true(bytes_equal(first.parts[1].oid, OID_ORGANIZATION));
	assert_int_equal(signet_draft_read_subject(f->draft, &again, NULL), 0);
	assert_ptr_equal(first.parts, again.parts);
	assert_int_equal(signet_draft_set_subject(f->draft, bytes_make("\x30\x00\x00", 3)), 0);
	assert_int_equal(signet_draft_read_subject(f->draft, &again, &err), SIGNET_E_BAD_NAME);
	assert_string_not_equal(err.message, "");
	assert_int_equal(signet_draft_set_subject(f->draft, NAME_EMPTY), 0);
	assert_int_equal(signet_draft_read_subject(f->draft, &again, &err), 0);
	assert_int_equal(again.count, 0);
}

static bool rested;

static void rest(void *arg)
{
	rested = arg != NULL;
}

static void rules_count_where_there_is_a_history_and_under_their_name(void **state)
{
	const struct fixture *f = *state;
	const struct draft_history history = {count_ten, count_seven, never_shared, rest,
	                                      (void *)(uintptr_t)count_ten};
	struct bytes scope = bytes_text("alice");
	uint64_t count = 0;
	bool shared = true;
	signet_draft_set_rule(f->draft, "quota");
	assert_int_equal(signet_draft_count(f->draft, scope, 60, 5, &count), SIGNET_E_UNSUPPORTED);
	assert_int_equal(signet_draft_key_is_shared(f->draft, NULL, &shared), SIGNET_E_UNSUPPORTED);
	assert_int_equal(signet_draft_count_like(f->draft, SIGNET_LIKE_KEY, NULL, 60, 5, &count),
	                 SIGNET_E_UNSUPPORTED);
	signet_draft_rest(f->draft);
	assert_false(rested);
	signet_draft_set_history(f->draft, &history);
	signet_draft_rest(f->draft);
	assert_true(rested);
	assert_int_equal(signet_draft_count(f->draft, scope, 60, 5, &count), 0);
	assert_int_equal(count, 10);
	assert_int_equal(signet_draft_key_is_shared(f->draft, NULL, &shared), 0);
	assert_false(shared);
	assert_int_equal(signet_draft_count_like(f->draft, SIGNET_LIKE_NAMES, NULL, 60, 9, &count), 0);
	assert_int_equal(count, 7);
	assert_int_equal(signet_draft_count_like(f->draft, SIGNET_LIKE_NAMES, NULL, 59, 9, &count),
	                 SIGNET_E_INVALID);
	assert_int_equal(signet_draft_count(f->draft, scope, SIGNET_WINDOW_MIN - 1, 5, &count),
	                 SIGNET_E_INVALID);
	assert_int_equal(signet_draft_count(f->draft, scope, SIGNET_WINDOW_MAX + 1, 5, &count),
	                 SIGNET_E_INVALID);
	signet_draft_set_rule(f->draft, NULL);
	assert_int_equal(signet_draft_count(f->draft, scope, 60, 5, &count), SIGNET_E_UNSUPPORTED);
}

static void exhausted_arena_is_an_error(void **state)
{
	(void)state;
	struct arena *arena = arena_new(16);
	assert_null(signet_draft_new(arena));
	arena_free(arena);
}

static void what_was_taken_out_is_remembered(void **state)
{
	struct fixture *f = *state;
	struct extension extension = {OID_AUTHORITY_INFO, false, bytes_text("value")};
	assert_false(signet_draft_has_removed(f->draft, OID_AUTHORITY_INFO));
	/* that it is not there yet is no reason: it would be derived later */
	assert_int_equal(signet_draft_remove_extension(f->draft, OID_AUTHORITY_INFO), 0);
	assert_int_equal(signet_draft_remove_extension(f->draft, OID_AUTHORITY_INFO), 0);
	assert_int_equal(signet_draft_remove_extension(f->draft, OID_CRL_DISTRIBUTION), 0);
	assert_true(signet_draft_has_removed(f->draft, OID_AUTHORITY_INFO));
	assert_int_equal(signet_draft_set_extension(f->draft, &extension), 0);
	assert_false(signet_draft_has_removed(f->draft, OID_AUTHORITY_INFO));
	assert_true(signet_draft_has_removed(f->draft, OID_CRL_DISTRIBUTION));
	size_t count;
	const struct bytes *removed = signet_draft_removed(f->draft, &count);
	assert_int_equal(count, 1);
	assert_true(bytes_equal(removed[0], OID_CRL_DISTRIBUTION));
	for (unsigned i = 1; i < LIMIT_EXTENSIONS_REMOVED; i++) {
		const uint8_t oid[] = {0x2a, (uint8_t)(1 + i / 100), (uint8_t)(i % 100)};
		assert_int_equal(signet_draft_remove_extension(f->draft, BYTES_OF(oid)), 0);
	}
	assert_int_equal(signet_draft_remove_extension(f->draft, OID_AUTHORITY_INFO),
	                 SIGNET_E_TOO_BIG);
	signet_draft_removed(f->draft, &count);
	assert_int_equal(count, LIMIT_EXTENSIONS_REMOVED);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(new_draft_is_empty),
		TEST(what_is_set_is_copied_and_takes_the_origin),
		TEST(extension_is_replaced_in_its_place),
		TEST(extension_is_removed),
		TEST(alternative_names_are_no_extension),
		TEST(limits_hold),
		TEST(changes_name_what_differs_since_begin),
		TEST(without_memory_a_change_is_one_still),
		TEST(a_subject_is_read_once_until_it_changes),
		TEST(rules_count_where_there_is_a_history_and_under_their_name),
		TEST(exhausted_arena_is_an_error),
		TEST(what_was_taken_out_is_remembered),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
