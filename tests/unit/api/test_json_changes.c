#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/draft.h"
#include "api/json.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"

static const struct extension key_usage = {{(const uint8_t *)"\x55\x1d\x0f", 3}, true,
                                           {(const uint8_t *)"\x03\x02\x07\x80", 4}};

struct fixture {
	struct arena *arena;
	struct signet_draft *draft;
	struct signet_verdict verdict;
	struct error err;
	struct buffer text;
};

static struct fixture f;

static int setup(void **state)
{
	(void)state;
	struct general_name name = {GN_DNS, bytes_text("example.com")};
	struct bytes subject;
	f = (struct fixture){.arena = arena_new(LIMIT_REQUEST_ARENA), .text = BUFFER_MAX(1 << 20)};
	f.draft = signet_draft_new(f.arena);
	assert_int_equal(name_from_text(f.arena, "CN=example.com", &subject, NULL), 0);
	signet_draft_begin(f.draft, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_set_subject(f.draft, subject), 0);
	assert_int_equal(signet_draft_set_validity(f.draft, 1795438140, 1795539140), 0);
	assert_int_equal(signet_draft_set_alt_names(f.draft, &name, 1), 0);
	assert_int_equal(signet_draft_set_extension(f.draft, &key_usage), 0);
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	buffer_free(&f.text);
	arena_free(f.arena);
	return 0;
}

static int read_changes(const char *changes)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(1 << 20);
	f.verdict = (struct signet_verdict){.decision = SIGNET_PASS};
	f.err = (struct error){0};
	signet_draft_begin(f.draft, SIGNET_ORIGIN_POLICY);
	assert_int_equal(buffer_printf(&text, "{\"decision\": \"pass\", \"changes\": %s}", changes), 0);
	return json_read_judgement(buffer_bytes(&text), f.draft, &f.verdict, &f.err);
}

/* Takes them, and this is what changed. */
static void takes(const char *changes, const char *changed)
{
	if (read_changes(changes))
		fail_msg("%s: %s", changes, f.err.message);
	assert_string_equal(signet_draft_changes(f.draft), changed);
}

static void refuses(const char *changes)
{
	if (read_changes(changes) != SIGNET_E_INVALID)
		fail_msg("taken: %.200s", changes);
	assert_string_equal(signet_draft_changes(f.draft), "");
	assert_true(f.err.message[0]);
}

static const struct signet_draft_extension *extension_of(struct bytes oid)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(f.draft, &count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, oid))
			return &list[i];
	return NULL;
}

static void no_change_changes_nothing(void **state)
{
	(void)state;
	takes("{}", "");
	takes("{\"subject\": \"CN=example.com\", \"names\": [\"dns:example.com\"], \"remove\": []}", "");
	refuses("[]");
	refuses("null");
	refuses("\"subject\"");
	refuses("{\"Subject\": \"CN=a\"}");
	refuses("{\"subject\": \"CN=a\", \"subject\": \"CN=b\"}");
}

static void subject_is_replaced(void **state)
{
	(void)state;
	takes("{\"subject\": \"CN=other.example.com,O=Jörg\"}", "subject");
	assert_string_equal(name_to_text(f.arena, signet_draft_subject(f.draft)),
	                    "CN=other.example.com,O=Jörg");
	takes("{\"subject\": \"\"}", "subject");
	assert_true(name_is_empty(signet_draft_subject(f.draft)));
}

static void malformed_subject_is_refused(void **state)
{
	(void)state;
	refuses("{\"subject\": \"example.com\"}");
	refuses("{\"subject\": \"CN=\"}");
	refuses("{\"subject\": \"CN=a\\nb\"}");
	refuses("{\"subject\": \"CN=a\\\\00b\"}");
	refuses("{\"subject\": \"C=Germany\"}");
	refuses("{\"subject\": null}");
	refuses("{\"subject\": [\"CN=a\"]}");
}

static void times_are_changed_alone_or_together(void **state)
{
	(void)state;
	takes("{\"notAfter\": \"2026-11-24T00:00:00Z\"}", "validity");
	assert_int_equal(signet_draft_not_before(f.draft), 1795438140);
	assert_int_equal(signet_draft_not_after(f.draft), 1795478400);
	takes("{\"notBefore\": \"2027-01-01T00:00:00Z\", \"notAfter\": \"2027-01-02T00:00:00Z\"}",
	      "validity");
	assert_int_equal(signet_draft_not_before(f.draft), 1798761600);
}

static void malformed_times_are_refused(void **state)
{
	(void)state;
	refuses("{\"notAfter\": \"2026-11-22T00:00:00Z\"}"); /* before notBefore */
	refuses("{\"notBefore\": \"2036-11-22T00:00:00Z\"}");
	refuses("{\"notAfter\": \"2026-11-31T00:00:00Z\"}");
	refuses("{\"notAfter\": \"2027-01-02 00:00:00\"}");
	refuses("{\"notAfter\": \"2027-01-02T00:00:00+01:00\"}");
	refuses("{\"notBefore\": \"1969-01-02T00:00:00Z\"}");
	refuses("{\"notAfter\": 1798761600}");
	refuses("{\"notAfter\": null}");
}

static void names_are_replaced(void **state)
{
	(void)state;
	size_t count;
	takes("{\"names\": [\"dns:example.com\", \"ip:192.0.2.1\"]}", "names");
	const struct general_name *names = signet_draft_alt_names(f.draft, &count);
	assert_int_equal(count, 2);
	assert_int_equal(names[1].kind, GN_IP);
	takes("{\"names\": []}", "names");
	signet_draft_alt_names(f.draft, &count);
	assert_int_equal(count, 0);
}

static void malformed_names_are_refused(void **state)
{
	(void)state;
	refuses("{\"names\": \"dns:example.com\"}");
	refuses("{\"names\": [\"example.com\"]}");
	refuses("{\"names\": [\"dns:\"]}");
	refuses("{\"names\": [\"dns:a..b\"]}");
	refuses("{\"names\": [\"dns:www.*.example.com\"]}");
	refuses("{\"names\": [\"dns:b\\u00fccher.example\"]}");
	refuses("{\"names\": [\"dns:a\\u0001.example\"]}");
	refuses("{\"names\": [\"ip:10.0.0.0/8\"]}");
	refuses("{\"names\": [\"ip:300.0.0.1\"]}");
	refuses("{\"names\": [\"dns:good.example\", 7]}");
	refuses("{\"names\": [\"dns:good.example\", null]}");
	refuses("{\"names\": {\"dns\": \"good.example\"}}");
}

static const char *list_of(const char *member, const char *format, unsigned count)
{
	buffer_clear(&f.text);
	buffer_printf(&f.text, "{\"%s\": [", member);
	for (unsigned i = 0; i < count; i++) {
		buffer_append_text(&f.text, i ? ", " : "");
		buffer_append_text(&f.text, format);
		/* each entry ends in its number */
		buffer_printf(&f.text, "%u\"%s", i + 1, format[0] == '{' ? ", \"value\": \"0500\"}" : "");
	}
	buffer_append_text(&f.text, "]}");
	return buffer_text(&f.text);
}

static void names_are_bounded_in_number(void **state)
{
	(void)state;
	takes(list_of("names", "\"dns:host.n", 1), "names");
	refuses(list_of("names", "\"dns:host.n", LIMIT_SAN_COUNT + 1));
	refuses(list_of("names", "\"dns:host.n", 10000));
	takes(list_of("names", "\"dns:host.n", LIMIT_SAN_COUNT), "names");
}

static void extensions_are_set_and_removed(void **state)
{
	(void)state;
	takes("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"0500\"},"
	      "{\"oid\": \"2.5.29.15\", \"critical\": false, \"value\": \"030205A0\"}]}",
	      "extension 1.2.3.4, extension keyUsage");
	assert_false(extension_of(OID_KEY_USAGE)->extension.critical);
	assert_int_equal(extension_of(OID_KEY_USAGE)->origin, SIGNET_ORIGIN_POLICY);
	assert_true(bytes_equal(extension_of(bytes_text("\x2a\x03\x04"))->extension.value,
	                        bytes_make("\x05\x00", 2)));
	takes("{\"remove\": [\"1.2.3.4\", \"1.2.3.5\"]}", "extension 1.2.3.4");
	assert_null(extension_of(bytes_text("\x2a\x03\x04")));
	takes("{\"remove\": [\"keyUsage\"]}", "extension keyUsage");
	assert_null(extension_of(OID_KEY_USAGE));
}

static void malformed_extensions_are_refused(void **state)
{
	(void)state;
	refuses("{\"extensions\": {\"oid\": \"1.2.3.4\", \"value\": \"0500\"}}");
	refuses("{\"extensions\": [\"1.2.3.4\"]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\"}]}");
	refuses("{\"extensions\": [{\"value\": \"0500\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"0500\", \"origin\": \"x\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"05000\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"0500 \"}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"0501\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"05000500\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"05820000\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": 500}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"0500\", \"critical\": 1}]}");
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"0500\", \"critical\": null}]}");
	refuses("{\"extensions\": [{\"oid\": \"3.2.1\", \"value\": \"0500\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"noSuchName\", \"value\": \"0500\"}]}");
	refuses("{\"remove\": \"1.2.3.4\"}");
	refuses("{\"remove\": [1]}");
	refuses("{\"remove\": [\"\"]}");
}

static void alternative_names_are_no_extension(void **state)
{
	(void)state;
	refuses("{\"extensions\": [{\"oid\": \"2.5.29.17\", \"value\": \"3000\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"subjectAltName\", \"value\": \"3000\"}]}");
	refuses("{\"remove\": [\"2.5.29.17\"]}");
}

static void an_extension_is_named_once(void **state)
{
	(void)state;
	refuses("{\"extensions\": [{\"oid\": \"1.2.3.4\", \"value\": \"0500\"},"
	        "{\"oid\": \"1.2.3.4\", \"value\": \"0500\"}]}");
	refuses("{\"extensions\": [{\"oid\": \"keyUsage\", \"value\": \"0500\"}],"
	        "\"remove\": [\"2.5.29.15\"]}");
	refuses("{\"remove\": [\"1.2.3.4\", \"1.2.3.4\"]}");
}

static void extensions_are_bounded_in_number(void **state)
{
	(void)state;
	/* one is there already */
	refuses(list_of("extensions", "{\"oid\": \"1.2.3.", LIMIT_EXTENSIONS));
	refuses(list_of("extensions", "{\"oid\": \"1.2.3.", LIMIT_EXTENSIONS + 1));
	refuses(list_of("remove", "\"1.2.3.", LIMIT_EXTENSIONS + 1));
	assert_int_equal(read_changes(list_of("extensions", "{\"oid\": \"1.2.3.",
	                                      LIMIT_EXTENSIONS - 1)), 0);
	refuses("{\"extensions\": [{\"oid\": \"1.2.4\", \"value\": \"0500\"}]}");
	/* one that goes makes room */
	takes("{\"extensions\": [{\"oid\": \"1.2.4\", \"value\": \"0500\"}], \"remove\": [\"1.2.3.1\"]}",
	      "extension 1.2.3.1, extension 1.2.4");
}

static void nothing_is_applied_when_one_part_is_malformed(void **state)
{
	(void)state;
	refuses("{\"subject\": \"CN=a\", \"names\": [\"dns:a.example\"], \"remove\": [\"x y\"]}");
	refuses("{\"remove\": [\"keyUsage\"], \"extensions\": [{\"oid\": \"1.2.3\", \"value\": \"05\"}]}");
	assert_string_equal(name_to_text(f.arena, signet_draft_subject(f.draft)), "CN=example.com");
	assert_non_null(extension_of(OID_KEY_USAGE));
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(no_change_changes_nothing), T(subject_is_replaced), T(malformed_subject_is_refused),
		T(times_are_changed_alone_or_together), T(malformed_times_are_refused),
		T(names_are_replaced), T(malformed_names_are_refused), T(names_are_bounded_in_number),
		T(extensions_are_set_and_removed), T(malformed_extensions_are_refused),
		T(alternative_names_are_no_extension), T(an_extension_is_named_once),
		T(extensions_are_bounded_in_number), T(nothing_is_applied_when_one_part_is_malformed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
