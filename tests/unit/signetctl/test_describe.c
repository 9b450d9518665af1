#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/policy.h"
#include "asn1/oid.h"
#include "signetctl/describe.h"

static const uint8_t usage[] = {0x03, 0x02, 0x07, 0x80};
static const uint8_t names[] = {0x30, 0x06, 0x82, 0x01, 'a', 0x82, 0x01, 'b'};

static void an_extension_is_one_line(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct buffer text = BUFFER_MAX(4096);
	struct extension extension = {OID_KEY_USAGE, true, BYTES_OF(usage)};
	(void)state;
	assert_int_equal(describe_extension(&text, arena, &extension), 0);
	assert_string_equal(buffer_text(&text), "keyUsage (critical): digital-signature");
	buffer_clear(&text);
	extension = (struct extension){OID_SUBJECT_ALT_NAME, false, BYTES_OF(names)};
	assert_int_equal(describe_extension(&text, arena, &extension), 0);
	assert_string_equal(buffer_text(&text), "subjectAltName: dns:a dns:b");
	buffer_free(&text);
	arena_free(arena);
}

static void extensions_say_where_they_come_from(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct signet_request_extension list[] = {
		{"2.5.29.15", "keyUsage", true, BYTES_OF(usage), SIGNET_ORIGIN_PROFILE},
		{"1.2.3", "", false, BYTES_OF(usage), SIGNET_ORIGIN_ADMIN}};
	struct signet_request_info info = {.extensions = list, .extension_count = 2};
	(void)state;
	assert_string_equal(describe_extensions(arena, &info),
	                    "keyUsage (critical), from profile: digital-signature\n"
	                    "1.2.3, from admin: BIT STRING 80/7");
	info.extension_count = 0;
	assert_string_equal(describe_extensions(arena, &info), "");
	arena_free(arena);
}

static void a_trace_is_a_line_for_each_rule(void **state)
{
	struct arena *arena = arena_new(1u << 20);
	struct signet_trace_step steps[] = {
		{"keys", SIGNET_PASS, SIGNET_REASON_NONE, "", ""},
		{"validity", SIGNET_PASS, SIGNET_REASON_NONE, "shortened", "validity"},
		{"names", SIGNET_DENY, SIGNET_REASON_NAME, "not\nallowed", ""}};
	struct signet_request_info info = {.trace = steps, .trace_count = 3};
	(void)state;
	assert_string_equal(describe_trace(arena, &info),
	                    "keys: pass\nvalidity: pass, shortened (changed validity)\n"
	                    "names: deny, not allowed");
	arena_free(arena);
}

static void a_line_stays_one(void **state)
{
	struct buffer text = BUFFER_MAX(64);
	(void)state;
	describe_line(&text, "a\nState: issued");
	assert_string_equal(buffer_text(&text), "a State: issued");
	buffer_free(&text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_extension_is_one_line),
		cmocka_unit_test(extensions_say_where_they_come_from),
		cmocka_unit_test(a_trace_is_a_line_for_each_rule),
		cmocka_unit_test(a_line_stays_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
