#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "api/draft.h"
#include "api/template.h"
#include "asn1/name.h"
#include "base/limits.h"

#define MEMORY (1u << 20)

static struct arena *arena;
static struct signet_draft *draft;
static struct signet_request request;

static struct bytes name_of(const char *text)
{
	struct bytes name;
	assert_int_equal(name_from_text(arena, text, &name, NULL), 0);
	return name;
}

static int set_up(void **state)
{
	(void)state;
	static const struct signet_attribute attributes[] = {
		{"Device Id", "d-17"}, {"empty", ""}, {"broken", "a\nb"}, {"wrong", "\xff"},
		{"braces", "{requester}"}, {"host", "x,O=Evil+CN=y"}};
	static const struct general_name names[] = {
		{GN_EMAIL, {(const uint8_t *)"a@example.com", 13}},
		{GN_DNS, {(const uint8_t *)"WWW.example.com", 15}},
		{GN_DNS, {(const uint8_t *)"b.example.com", 13}},
		{GN_IP, {(const uint8_t *)"\xc0\x00\x02\x01", 4}}};
	arena = arena_new(MEMORY);
	draft = signet_draft_new(arena);
	assert_int_equal(signet_draft_set_subject(draft, name_of("CN=New,O=Example")), 0);
	assert_int_equal(signet_draft_set_alt_names(draft, names, 4), 0);
	request = (struct signet_request){
		.profile = "device", .authority = "issuing", .intermediary = "est1",
		.protocol = "est", .requester = "Alice.Smith@EXAMPLE.com", .address = "192.0.2.9",
		.attributes = attributes, .attribute_count = sizeof attributes / sizeof *attributes,
		.subject = name_of("CN=Last,OU=b+1.2.3=#0c0178,CN=First")};
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	arena_free(arena);
	return 0;
}

static int expand(const char *text, const char **out, struct error *err)
{
	const struct signet_template_source source = {
		.request = &request, .draft = draft, .value = "old"};
	return signet_template_expand(text, &source, arena, out, err);
}

static void assert_becomes(const char *text, const char *wanted)
{
	const char *out;
	struct error err = {0};
	if (signet_template_check(text, true, &err) || expand(text, &out, &err))
		fail_msg("%s: %s", text, err.message);
	assert_string_equal(out, wanted);
}

static void assert_fails(const char *text, int code, const char *message)
{
	const char *out = NULL;
	struct error err = {0};
	assert_int_equal(signet_template_check(text, true, NULL), 0);
	assert_int_equal(expand(text, &out, &err), code);
	assert_null(out);
	assert_string_equal(err.message, message);
}

static void assert_refused(const char *text, const char *message)
{
	const char *out = NULL;
	struct error err = {0};
	assert_int_equal(signet_template_check(text, false, &err), SIGNET_E_INVALID);
	assert_string_equal(err.message, message);
	/* whoever forgot to check it is not hurt */
	expand(text, &out, NULL);
}

static void characters_can_be_refused_in_what_is_put_in(void **state)
{
	(void)state;
	const char *out = NULL;
	struct error err = {0};
	struct signet_template_source source = {.request = &request, .draft = draft, .refused = "@*"};
	assert_int_equal(signet_template_expand("a@{profile}", &source, arena, &out, &err), 0);
	assert_string_equal(out, "a@device");
	assert_int_equal(signet_template_expand("{requester|local}@x", &source, arena, &out, &err), 0);
	out = NULL;
	assert_int_equal(signet_template_expand("{requester}", &source, arena, &out, &err),
	                 SIGNET_E_BAD_NAME);
	assert_string_equal(err.message, "{requester}: with a character that cannot stand there");
	assert_null(out);
}

static void text_without_places_stays(void **state)
{
	(void)state;
	assert_becomes("Example Ltd", "Example Ltd");
	assert_becomes("B\xc3\xa9", "B\xc3\xa9");
	assert_becomes("a{{b}}c{{{{", "a{b}c{{");
}

static void places_are_filled_from_the_request(void **state)
{
	(void)state;
	assert_becomes("{request.CN}", "Last");
	assert_becomes("{request.cn}.{request.2.5.4.11}!", "Last.b!");
	assert_becomes("{request.1.2.3}", "x");
	assert_becomes("{attribute.device-id}{attribute.DEVICEID}", "d-17d-17");
	assert_becomes("{requester}", "Alice.Smith@EXAMPLE.com");
	assert_becomes("{profile} {authority} {intermediary} {protocol} {address}",
	               "device issuing est1 est 192.0.2.9");
}

static void places_are_filled_from_the_draft(void **state)
{
	(void)state;
	assert_becomes("{subject.CN} of {subject.O}", "New of Example");
	assert_becomes("{san.dns} {san.email} {san.ip}",
	               "www.example.com a@example.com 192.0.2.1");
	assert_becomes("{value}er", "older");
}

static void filters_are_applied_in_their_order(void **state)
{
	(void)state;
	assert_becomes("{requester|lower}", "alice.smith@example.com");
	assert_becomes("{requester|upper}", "ALICE.SMITH@EXAMPLE.COM");
	assert_becomes("{requester|local}", "Alice.Smith");
	assert_becomes("{requester|local|label|lower}", "alice");
	assert_becomes("{requester|domain}", "EXAMPLE.com");
	assert_becomes("{san.dns|label}", "www");
}

static void what_is_missing_is_named(void **state)
{
	(void)state;
	assert_fails("{request.O}", SIGNET_E_NOT_FOUND, "{request.O}: the request brings none");
	assert_fails("x{san.uri}", SIGNET_E_NOT_FOUND, "{san.uri}: the request brings none");
	assert_fails("{attribute.none}", SIGNET_E_NOT_FOUND,
	             "{attribute.none}: the request brings none");
	assert_fails("{attribute.empty}", SIGNET_E_NOT_FOUND,
	             "{attribute.empty}: the request brings none");
	assert_fails("{profile|domain}", SIGNET_E_NOT_FOUND,
	             "{profile|domain}: the request brings none");
	request.requester = "";
	assert_fails("{requester}", SIGNET_E_NOT_FOUND, "{requester}: the request brings none");
	request.subject = BYTES_NONE;
	assert_fails("{request.CN}", SIGNET_E_NOT_FOUND, "{request.CN}: the request brings none");
}

static void nothing_brings_nothing(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"{request.CN}", "{subject.CN}", "{san.dns}", "{attribute.a}", "{requester}",
		"{profile}", "{authority}", "{intermediary}", "{protocol}", "{address}", "{value}"};
	const struct signet_template_source source = {0};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		const char *out;
		assert_int_equal(signet_template_expand(texts[i], &source, arena, &out, NULL),
		                 SIGNET_E_NOT_FOUND);
	}
}

static void values_are_data(void **state)
{
	(void)state;
	assert_becomes("{attribute.braces}", "{requester}");
	assert_becomes("CN={attribute.host}", "CN=x,O=Evil+CN=y");
	assert_fails("{attribute.broken}", SIGNET_E_BAD_NAME,
	             "{attribute.broken}: not UTF-8, or with a control character");
	assert_fails("{attribute.wrong}", SIGNET_E_BAD_NAME,
	             "{attribute.wrong}: not UTF-8, or with a control character");
}

static void result_has_a_limit(void **state)
{
	(void)state;
	static char value[1025];
	struct signet_attribute attribute = {"long", value};
	memset(value, 'a', sizeof value - 1);
	request.attributes = &attribute;
	request.attribute_count = 1;
	const char *out;
	assert_int_equal(expand("{attribute.long}{attribute.long}{attribute.long}{attribute.long}",
	                        &out, NULL), 0);
	assert_int_equal(strlen(out), LIMIT_TEMPLATE);
	assert_fails("{attribute.long}{attribute.long}{attribute.long}{attribute.long}-",
	             SIGNET_E_TOO_BIG, "longer than 4096 octets");
}

static void mistakes_are_refused(void **state)
{
	(void)state;
	assert_refused("", "empty, not UTF-8, or with a control character");
	assert_refused("a\tb", "empty, not UTF-8, or with a control character");
	assert_refused("{requester", "a \"{\" without its \"}\"");
	assert_refused("{request{er}", "a \"{\" without its \"}\"");
	assert_refused("a}", "a \"}\" without its \"{\"");
	assert_refused("{}", "{}: not known here");
	assert_refused("{password}", "{password}: not known here");
	assert_refused("{value}", "{value}: not known here");
	assert_refused("{request}", "{request}: it needs a \".\" and what is meant");
	assert_refused("{attribute.}", "{attribute.}: it needs a \".\" and what is meant");
	assert_refused("{request.keyUsage}", "{request.keyUsage}: not an attribute of a name");
	assert_refused("{subject.1..2}", "{subject.1..2}: not an attribute of a name");
	assert_refused("{san.other}", "{san.other}: not dns, ip, email or uri");
	assert_refused("{requester.CN}", "{requester.CN}: it takes no \".\"");
	assert_refused("{requester|}", "{requester|}: a filter is missing");
	assert_refused("{requester|lower|}",
	               "{requester|lower|}: the filters are lower, upper, local, domain and label");
	assert_refused("{requester|title}",
	               "{requester|title}: the filters are lower, upper, local, domain and label");
	static char text[LIMIT_TEMPLATE + 2];
	memset(text, 'a', LIMIT_TEMPLATE + 1);
	assert_refused(text, "longer than 4096 octets");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)
	const struct CMUnitTest tests[] = {
		TEST(characters_can_be_refused_in_what_is_put_in),
		TEST(text_without_places_stays),
		TEST(places_are_filled_from_the_request),
		TEST(places_are_filled_from_the_draft),
		TEST(filters_are_applied_in_their_order),
		TEST(what_is_missing_is_named),
		TEST(nothing_brings_nothing),
		TEST(values_are_data),
		TEST(result_has_a_limit),
		TEST(mistakes_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
