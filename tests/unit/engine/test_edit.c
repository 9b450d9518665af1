#include "fixture.h"

#include "api/draft.h"
#include "asn1/oid.h"
#include "engine/edit.h"
#include "engine/records.pb-c.h"

static int setup(void **state)
{
	*state = arena_new(LIMIT_REQUEST_ARENA);
	return *state ? 0 : -1;
}

static int teardown(void **state)
{
	arena_free(*state);
	return 0;
}

static const uint8_t null[] = {0x05, 0x00};
static const uint8_t yes[] = {0x01, 0x01, 0xff};
static const uint8_t names[] = {0x30, 0x0f, 0x82, 0x0d, 'b', '.', 'e', 'x', 'a', 'm',
                                'p',  'l',  'e',  '.',  'c', 'o', 'm'};

static struct signet_request_extension make(const char *oid, struct bytes value)
{
	return (struct signet_request_extension){.oid = oid, .value = value};
}

static int check_extension(struct arena *arena, const char *oid, struct bytes value)
{
	struct signet_request_extension e = make(oid, value);
	struct signet_request_edit edit = {.extensions = &e, .extension_count = 1};
	struct error err = {0};
	int result = edit_check(arena, &edit, &err);
	assert_int_equal(result, err.code);
	return result;
}

static void the_form_is_strict(void **state)
{
	struct arena *arena = *state;
	static const uint8_t trailing[] = {0x05, 0x00, 0x00}, indefinite[] = {0x30, 0x80, 0x00, 0x00};
	struct signet_request_edit nothing = {0};
	assert_int_equal(edit_check(arena, &nothing, NULL), SIGNET_E_INVALID);
	assert_int_equal(check_extension(arena, "1.2.3", BYTES_OF(null)), 0);
	assert_int_equal(check_extension(arena, "2.5.29.17", BYTES_OF(names)), 0);
	assert_int_equal(check_extension(arena, "2.5.29.17", BYTES_OF(null)), SIGNET_E_INVALID);
	assert_int_equal(check_extension(arena, "1.2.3", BYTES_OF(trailing)), SIGNET_E_INVALID);
	assert_int_equal(check_extension(arena, "1.2.3", BYTES_OF(indefinite)), SIGNET_E_INVALID);
	assert_int_equal(check_extension(arena, "1.2.3", BYTES_NONE), SIGNET_E_INVALID);
	assert_int_equal(check_extension(arena, "keyUsage", BYTES_OF(null)), SIGNET_E_INVALID);
	assert_int_equal(check_extension(arena, "1", BYTES_OF(null)), SIGNET_E_INVALID);
	assert_int_equal(check_extension(arena, "", BYTES_OF(null)), SIGNET_E_INVALID);
	/* the engine's own */
	assert_int_equal(check_extension(arena, "2.5.29.14", BYTES_OF(null)), SIGNET_E_INVALID);
	assert_int_equal(check_extension(arena, "2.5.29.35", BYTES_OF(null)), SIGNET_E_INVALID);
}

static void sizes_are_limited(void **state)
{
	struct arena *arena = *state;
	struct signet_request_extension list[LIMIT_EXTENSIONS + 1];
	for (size_t i = 0; i <= LIMIT_EXTENSIONS; i++)
		list[i] = make(arena_printf(arena, "1.2.%zu", i), BYTES_OF(null));
	struct signet_request_edit edit = {.extensions = list,
	                                   .extension_count = LIMIT_EXTENSIONS + 1};
	struct error err = {0};
	assert_int_equal(edit_check(arena, &edit, &err), SIGNET_E_TOO_BIG);
	edit.extension_count = LIMIT_EXTENSIONS;
	assert_int_equal(edit_check(arena, &edit, &err), 0);
	Signet__Db__Request record = SIGNET__DB__REQUEST__INIT;
	assert_int_equal(edit_record(arena, &record, &edit, &err), 0);
	/* what the record has already counts, too */
	edit = (struct signet_request_edit){.extensions = &list[LIMIT_EXTENSIONS],
	                                    .extension_count = 1};
	assert_int_equal(edit_record(arena, &record, &edit, &err), SIGNET_E_TOO_BIG);
	size_t size = LIMIT_CERTIFICATE;
	uint8_t *big = arena_alloc(arena, size);
	memcpy(big, "\x04\x82", 2);
	big[2] = (uint8_t)((size - 4) >> 8);
	big[3] = (uint8_t)(size - 4);
	assert_int_equal(check_extension(arena, "1.2.3", bytes_make(big, size)), 0);
	list[0] = make("1.2.3", bytes_make(big, size));
	edit = (struct signet_request_edit){.extensions = list, .extension_count = 2};
	assert_int_equal(edit_check(arena, &edit, &err), SIGNET_E_TOO_BIG);
}

static void attributes_are_limited(void **state)
{
	struct arena *arena = *state;
	struct signet_attribute list[LIMIT_ATTRIBUTES + 1];
	struct error err = {0};
	Signet__Db__Request record = SIGNET__DB__REQUEST__INIT;
	for (size_t i = 0; i <= LIMIT_ATTRIBUTES; i++)
		list[i] = (struct signet_attribute){arena_printf(arena, "a%zu", i), "v"};
	struct signet_request_edit edit = {.attributes = list,
	                                   .attribute_count = LIMIT_ATTRIBUTES};
	assert_int_equal(edit_check(arena, &edit, &err), 0);
	assert_int_equal(edit_record(arena, &record, &edit, &err), 0);
	edit = (struct signet_request_edit){.attributes = &list[LIMIT_ATTRIBUTES],
	                                    .attribute_count = 1};
	assert_int_equal(edit_record(arena, &record, &edit, &err), SIGNET_E_TOO_BIG);
	list[0] = (struct signet_attribute){"a\nb", "v"};
	edit = (struct signet_request_edit){.attributes = list, .attribute_count = 1};
	assert_int_equal(edit_check(arena, &edit, &err), SIGNET_E_INVALID);
}

static void of_two_edits_the_later_one_counts(void **state)
{
	struct arena *arena = *state;
	struct error err = {0};
	Signet__Db__Request record = SIGNET__DB__REQUEST__INIT;
	struct signet_request_extension e = make("1.2.3", BYTES_OF(null));
	const char *const removed[] = {"1.2.3"};
	struct signet_request_edit set = {.extensions = &e, .extension_count = 1};
	struct signet_request_edit take = {.removed = removed, .removed_count = 1};
	assert_int_equal(edit_record(arena, &record, &set, &err), 0);
	e.value = BYTES_OF(yes);
	assert_int_equal(edit_record(arena, &record, &set, &err), 0);
	assert_int_equal(record.n_edits, 1);
	assert_int_equal(record.edits[0]->value.len, sizeof yes);
	assert_int_equal(edit_record(arena, &record, &take, &err), 0);
	assert_int_equal(edit_record(arena, &record, &take, &err), 0);
	assert_int_equal(record.n_edits, 0);
	assert_int_equal(record.n_removed, 1);
	assert_int_equal(edit_record(arena, &record, &set, &err), 0);
	assert_int_equal(record.n_edits, 1);
	assert_int_equal(record.n_removed, 0);
}

static void names_become_the_drafts(void **state)
{
	struct arena *arena = *state;
	struct error err = {0};
	struct general_name first = {GN_DNS, bytes_text("a.example.com")};
	struct signet_draft *draft = signet_draft_new(arena);
	Signet__Db__Request record = SIGNET__DB__REQUEST__INIT;
	struct signet_request_extension e = make("2.5.29.17", BYTES_OF(names));
	const char *const removed[] = {"2.5.29.17"};
	struct signet_request_edit set = {.extensions = &e, .extension_count = 1};
	struct signet_request_edit take = {.removed = removed, .removed_count = 1};
	size_t count;
	signet_draft_begin(draft, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_set_alt_names(draft, &first, 1), 0);
	assert_int_equal(edit_record(arena, &record, &set, &err), 0);
	assert_int_equal(edit_draft(arena, &record, draft, &err), 0);
	const struct general_name *list = signet_draft_alt_names(draft, &count);
	assert_int_equal(count, 1);
	assert_true(bytes_is_text(list[0].value, "b.example.com"));
	assert_int_equal(signet_draft_alt_names_origin(draft), SIGNET_ORIGIN_ADMIN);
	assert_int_equal(edit_record(arena, &record, &take, &err), 0);
	assert_int_equal(edit_draft(arena, &record, draft, &err), 0);
	signet_draft_alt_names(draft, &count);
	assert_int_equal(count, 0);
}

static void the_trail_says_what_was_changed(void **state)
{
	struct arena *arena = *state;
	static const uint8_t big[65] = {0x04, 63};
	struct signet_attribute attributes[] = {{"a", "1"}, {"b", ""}};
	struct signet_request_extension extensions[] = {make("1.2.3", BYTES_OF(null)),
	                                                make("1.2.4", BYTES_OF(big))};
	const char *const removed[] = {"1.2.5"};
	extensions[0].critical = true;
	struct signet_request_edit edit = {attributes, 2, extensions, 2, removed, 1};
	const char *text = edit_text(arena, &edit);
	assert_non_null(text);
	assert_non_null(strstr(text, "attribute a: 1; no attribute b; extension 1.2.3 (critical): "
	                       "0500; extension 1.2.4: 65 octets with SHA-256 "));
	assert_non_null(strstr(text, "; no extension 1.2.5"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_form_is_strict),
		TEST(sizes_are_limited),
		TEST(attributes_are_limited),
		TEST(of_two_edits_the_later_one_counts),
		TEST(names_become_the_drafts),
		TEST(the_trail_says_what_was_changed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
