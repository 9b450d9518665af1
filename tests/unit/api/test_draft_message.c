#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/draft.h"
#include "api/draft_message.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "rpc/ca.pb-c.h"

static struct {
	struct arena *arena;
	struct signet_draft *draft;
	Signet__Rpc__Draft *message;
	struct draft_parts parts;
	struct error err;
} f;

static int setup(void **state)
{
	(void)state;
	static const struct extension usage = {{(const uint8_t *)"\x55\x1d\x0f", 3}, true,
	                                       {(const uint8_t *)"\x03\x02\x07\x80", 4}};
	const struct general_name names[] = {{GN_DNS, bytes_text("example.com")},
	                                     {GN_IP, bytes_make("\xc0\x00\x02\x01", 4)}};
	struct bytes subject;
	f.err = (struct error){0};
	f.arena = arena_new(LIMIT_REQUEST_ARENA);
	f.draft = signet_draft_new(f.arena);
	assert_int_equal(name_from_text(f.arena, "CN=example.com", &subject, NULL), 0);
	signet_draft_begin(f.draft, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_set_validity(f.draft, 100, 200), 0);
	assert_int_equal(signet_draft_set_extension(f.draft, &usage), 0);
	assert_int_equal(signet_draft_set_subject(f.draft, subject), 0);
	signet_draft_begin(f.draft, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_set_alt_names(f.draft, names, 2), 0);
	return draft_message_make(f.arena, f.draft, &f.message);
}

static int teardown(void **state)
{
	(void)state;
	arena_free(f.arena);
	return 0;
}

static int read_message(void)
{
	return draft_message_read(f.arena, f.message, &f.parts, &f.err);
}

static void refuses(const char *why)
{
	assert_int_equal(read_message(), SIGNET_E_INVALID);
	assert_int_equal(f.err.code, SIGNET_E_INVALID);
	if (!strstr(f.err.message, why))
		fail_msg("%s", f.err.message);
}

static void what_was_written_is_read(void **state)
{
	(void)state;
	assert_int_equal(read_message(), 0);
	assert_string_equal(name_to_text(f.arena, f.parts.subject), "CN=example.com");
	assert_int_equal(f.parts.subject_origin, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(f.parts.not_before, 100);
	assert_int_equal(f.parts.not_after, 200);
	assert_int_equal(f.parts.name_count, 2);
	assert_int_equal(f.parts.names_origin, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(f.parts.names[0].kind, GN_DNS);
	assert_true(bytes_is_text(f.parts.names[0].value, "example.com"));
	assert_int_equal(f.parts.extension_count, 1);
	assert_int_equal(f.parts.extensions[0].origin, SIGNET_ORIGIN_PROFILE);
	assert_true(f.parts.extensions[0].extension.critical);
	assert_true(bytes_equal(f.parts.extensions[0].extension.oid, OID_KEY_USAGE));
	assert_int_equal(f.parts.extensions[0].extension.value.length, 4);
}

static void empty_draft_is_a_draft(void **state)
{
	(void)state;
	assert_int_equal(draft_message_make(f.arena, signet_draft_new(f.arena), &f.message), 0);
	assert_int_equal(read_message(), 0);
	assert_true(name_is_empty(f.parts.subject));
	assert_int_equal(f.parts.name_count, 0);
	assert_int_equal(f.parts.extension_count, 0);
}

static void what_was_taken_out_is_told(void **state)
{
	(void)state;
	assert_int_equal(signet_draft_remove_extension(f.draft, OID_AUTHORITY_INFO), 0);
	assert_int_equal(signet_draft_remove_extension(f.draft, OID_KEY_USAGE), 0);
	assert_int_equal(draft_message_make(f.arena, f.draft, &f.message), 0);
	assert_int_equal(read_message(), 0);
	assert_int_equal(f.parts.extension_count, 0);
	assert_int_equal(f.parts.removed_count, 2);
	assert_true(bytes_equal(f.parts.removed[0], OID_AUTHORITY_INFO));
	f.message->removed[1] = f.message->removed[0];
	refuses("twice");
	f.message->removed[1] = (char *)"2.5.29.17";
	refuses("OID");
	f.message->removed[1] = (char *)"keyUsage";
	refuses("OID");
	f.message->n_removed = LIMIT_EXTENSIONS_REMOVED + 1;
	refuses("removed");
}

static void nothing_is_set_and_taken_out(void **state)
{
	(void)state;
	char *removed[] = {(char *)"2.5.29.15"};
	f.message->removed = removed;
	f.message->n_removed = 1;
	refuses("twice");
}

static void subject_must_be_a_name(void **state)
{
	(void)state;
	f.message->subject.len--;
	refuses("subject");
	f.message->subject.len = 0;
	refuses("subject");
}

static void validity_must_be_one(void **state)
{
	(void)state;
	f.message->not_after = 99;
	refuses("validity");
	f.message->not_before = f.message->not_after = -1;
	refuses("validity");
	f.message->not_before = 0;
	f.message->not_after = INT64_MAX;
	refuses("validity");
}

static void names_must_be_names(void **state)
{
	(void)state;
	uint8_t wrong[] = {0x30, 0x05, 0x82, 0x03, 'a', '\0', 'b'};
	f.message->alt_names = (ProtobufCBinaryData){sizeof wrong, wrong};
	refuses("the names: ");
	f.message->alt_names.len = 2;
	refuses("the names: ");
	f.message->alt_names = (ProtobufCBinaryData){2, (uint8_t *)"\x30\x00"};
	refuses("the names: ");
}

static void origins_must_be_known(void **state)
{
	(void)state;
	f.message->subject_origin = 0;
	refuses("origin");
	f.message->subject_origin = SIGNET_ORIGIN_ENGINE + 1;
	refuses("origin");
	f.message->subject_origin = SIGNET_ORIGIN_ENGINE;
	f.message->extensions[0]->origin = 77;
	refuses("origin");
}

static void extensions_must_have_an_oid_of_their_own(void **state)
{
	(void)state;
	static const char *const oids[] = {"", "keyUsage", "3.4.5", "2.5.29.17", "2.5.29.15x", "-1.2"};
	for (size_t i = 0; i < sizeof oids / sizeof *oids; i++) {
		f.message->extensions[0]->oid = (char *)(uintptr_t)oids[i];
		refuses("OID");
	}
	Signet__Rpc__RequestExtension *twice[2];
	f.message->extensions[0]->oid = (char *)"1.2.3";
	twice[0] = twice[1] = f.message->extensions[0];
	f.message->extensions = twice;
	f.message->n_extensions = 2;
	refuses("1.2.3 is there twice");
}

static void extensions_must_be_der(void **state)
{
	(void)state;
	f.message->extensions[0]->value.len = 3;
	refuses("DER");
	f.message->extensions[0]->value.len = 0;
	refuses("DER");
	f.message->extensions[0]->value = (ProtobufCBinaryData){4, (uint8_t *)"\x05\x00\x05\x00"};
	refuses("DER");
}

static void extensions_are_bounded_in_number(void **state)
{
	(void)state;
	static Signet__Rpc__RequestExtension *many[LIMIT_EXTENSIONS + 1];
	for (size_t i = 0; i <= LIMIT_EXTENSIONS; i++)
		many[i] = f.message->extensions[0];
	f.message->extensions = many;
	f.message->n_extensions = LIMIT_EXTENSIONS + 1;
	refuses("more than");
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(what_was_written_is_read), T(empty_draft_is_a_draft), T(what_was_taken_out_is_told),
		T(nothing_is_set_and_taken_out), T(subject_must_be_a_name),
		T(validity_must_be_one), T(names_must_be_names), T(origins_must_be_known),
		T(extensions_must_have_an_oid_of_their_own), T(extensions_must_be_der),
		T(extensions_are_bounded_in_number),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
