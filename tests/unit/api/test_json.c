#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include <jansson.h>

#include "api/draft.h"
#include "api/json.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "crypto/key.h"

struct fixture {
	struct arena *arena;
	struct buffer text;
	json_t *json;
	struct key *key;
	struct signet_request request;
	struct signet_draft *draft;
};

static struct fixture f;

static struct bytes subject_of(const char *text)
{
	struct bytes name;
	assert_int_equal(name_from_text(f.arena, text, &name, NULL), 0);
	return name;
}

static int setup(void **state)
{
	(void)state;
	f = (struct fixture){.arena = arena_new(1 << 20), .text = BUFFER_MAX(LIMIT_MESSAGE)};
	assert_int_equal(key_generate(&f.key, KEY_P256, 0, NULL), 0);
	f.draft = signet_draft_new(f.arena);
	f.request = (struct signet_request){
		.csr = bytes_text("a request"), .profile = "tls-server", .authority = "issuing",
		.intermediary = "acme", .protocol = "acme", .requester = "alice", .address = "192.0.2.1",
		.key = key_public(f.key), .subject = NAME_EMPTY};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	json_decref(f.json);
	buffer_free(&f.text);
	key_free(f.key);
	arena_free(f.arena);
	return 0;
}

static void parse(void)
{
	json_error_t problem;
	f.json = json_loadb((const char *)f.text.data, f.text.length, JSON_REJECT_DUPLICATES,
	                    &problem);
	if (!f.json)
		fail_msg("%s", problem.text);
}

/* The value at a path such as "certificate/serial", a number for an entry of a list; NULL. */
static const json_t *at(const char *path)
{
	const json_t *json = f.json;
	char part[64];
	for (size_t length; json && *path; path += length + (path[length] == '/')) {
		length = strcspn(path, "/");
		assert_true(length < sizeof part);
		memcpy(part, path, length);
		part[length] = '\0';
		json = json_is_array(json) ? json_array_get(json, strtoul(part, NULL, 10))
		                           : json_object_get(json, part);
	}
	return json;
}

static const char *text_at(const char *path)
{
	const char *text = json_string_value(at(path));
	return text ? text : "(none)";
}

static struct signet_event make_event(enum signet_event_kind kind)
{
	static const char *names[] = {"dns:example.com", "dns:www.example.com"};
	return (struct signet_event){
		.sequence = 7, .kind = kind, .time = 1795438140, .request_id = 17, .authority = "issuing",
		.profile = "tls-server", .requester = "alice", .subject = "CN=Jörg", .names = names,
		.name_count = 2, .message = ""};
}

static void issued_event_has_the_certificate(void **state)
{
	(void)state;
	struct signet_event event = make_event(SIGNET_EVENT_ISSUED);
	event.certificate_id = 18;
	event.serial = bytes_text("\x01\xab");
	event.certificate = bytes_text("certificate");
	event.state = SIGNET_VALID;
	event.not_before = 1795438140;
	event.not_after = 1795438141;
	assert_int_equal(json_put_event(&f.text, &event), 0);
	parse();
	assert_string_equal(text_at("event"), "issued");
	assert_int_equal(json_integer_value(at("sequence")), 7);
	assert_string_equal(text_at("time"), "2026-11-23T12:49:00Z");
	assert_int_equal(json_integer_value(at("requestId")), 17);
	assert_string_equal(text_at("authority"), "issuing");
	assert_string_equal(text_at("profile"), "tls-server");
	assert_string_equal(text_at("requester"), "alice");
	assert_string_equal(text_at("subject"), "CN=Jörg");
	assert_int_equal(json_array_size(at("names")), 2);
	assert_string_equal(text_at("names/1"), "dns:www.example.com");
	assert_int_equal(json_integer_value(at("certificate/id")), 18);
	assert_string_equal(text_at("certificate/serial"), "01ab");
	assert_string_equal(text_at("certificate/state"), "valid");
	assert_string_equal(text_at("certificate/notBefore"), "2026-11-23T12:49:00Z");
	assert_string_equal(text_at("certificate/notAfter"), "2026-11-23T12:49:01Z");
	assert_string_equal(text_at("certificate/pem"), "-----BEGIN CERTIFICATE-----\n"
	                    "Y2VydGlmaWNhdGU=\n-----END CERTIFICATE-----\n");
	assert_null(at("certificate/revoked"));
	assert_null(at("crl"));
}

static void revoked_event_says_when_and_why(void **state)
{
	(void)state;
	struct signet_event event = make_event(SIGNET_EVENT_REVOKED);
	event.certificate_id = 18;
	event.state = SIGNET_REVOKED;
	event.revoked = 1795438140;
	event.revocation_reason = 1;
	assert_int_equal(json_put_event(&f.text, &event), 0);
	parse();
	assert_string_equal(text_at("event"), "revoked");
	assert_string_equal(text_at("certificate/state"), "revoked");
	assert_string_equal(text_at("certificate/revoked"), "2026-11-23T12:49:00Z");
	assert_int_equal(json_integer_value(at("certificate/revocationReason")), 1);
}

static void denied_event_has_no_certificate(void **state)
{
	(void)state;
	struct signet_event event = make_event(SIGNET_EVENT_DENIED);
	event.message = "no \"such\" name\n";
	assert_int_equal(json_put_event(&f.text, &event), 0);
	assert_null(memchr(f.text.data, '\n', f.text.length));
	parse();
	assert_string_equal(text_at("message"), "no \"such\" name\n");
	assert_null(at("certificate"));
}

static void crl_event_has_the_list(void **state)
{
	(void)state;
	struct signet_event event = make_event(SIGNET_EVENT_CRL_PUBLISHED);
	event.request_id = 0;
	event.crl = bytes_text("list");
	event.delta = true;
	assert_int_equal(json_put_event(&f.text, &event), 0);
	parse();
	assert_string_equal(text_at("event"), "crl-published");
	assert_true(json_is_true(at("crl/delta")));
	assert_string_equal(text_at("crl/pem"),
	                    "-----BEGIN X509 CRL-----\nbGlzdA==\n-----END X509 CRL-----\n");
	assert_null(at("requestId"));
}

static void text_that_is_not_utf8_is_refused(void **state)
{
	(void)state;
	struct signet_event event = make_event(SIGNET_EVENT_DENIED);
	event.requester = "\xff";
	assert_int_equal(json_put_event(&f.text, &event), SIGNET_E_INVALID);
	assert_int_equal(f.text.length, 0);
}

static void output_is_bounded(void **state)
{
	(void)state;
	struct signet_event event = make_event(SIGNET_EVENT_DENIED);
	struct buffer small = BUFFER_MAX(20);
	assert_int_equal(json_put_event(&small, &event), SIGNET_E_TOO_BIG);
	buffer_free(&small);
}

static void judgement_tells_the_request(void **state)
{
	(void)state;
	static const struct signet_attribute attributes[] = {{"device-id", "17"}, {"device-id", "18"}};
	static const char *const approvers[] = {"uid 1000"};
	static const struct extension usage = {{(const uint8_t *)"\x55\x1d\x0f", 3}, true,
	                                       {(const uint8_t *)"\x03\x02\x07\x80", 4}};
	struct general_name name = {GN_IP, bytes_make("\xc0\x00\x02\x01", 4)};
	f.request.id = 17;
	f.request.test = true;
	f.request.submitted = 1795438140;
	f.request.attributes = attributes;
	f.request.attribute_count = 2;
	f.request.approvers = approvers;
	f.request.approver_count = 1;
	f.request.subject = subject_of("CN=example.com,O=Example");
	f.request.alt_names = &name;
	f.request.alt_name_count = 1;
	f.request.extensions = &usage;
	f.request.extension_count = 1;
	assert_int_equal(json_put_judgement(&f.text, &f.request, f.draft), 0);
	parse();
	assert_int_equal(json_integer_value(at("request/id")), 17);
	assert_true(json_is_true(at("request/test")));
	assert_true(json_is_false(at("request/resubmitted")));
	assert_string_equal(text_at("request/requester"), "alice");
	assert_string_equal(text_at("request/address"), "192.0.2.1");
	assert_string_equal(text_at("request/submitted"), "2026-11-23T12:49:00Z");
	assert_string_equal(text_at("request/attributes/1/value"), "18");
	assert_string_equal(text_at("request/approvers/0"), "uid 1000");
	assert_string_equal(text_at("request/subject"), "CN=example.com,O=Example");
	assert_string_equal(text_at("request/names/0"), "ip:192.0.2.1");
	assert_string_equal(text_at("request/extensions/0/oid"), "2.5.29.15");
	assert_string_equal(text_at("request/extensions/0/name"), "keyUsage");
	assert_true(json_is_true(at("request/extensions/0/critical")));
	assert_string_equal(text_at("request/extensions/0/value"), "03020780");
	assert_string_equal(text_at("request/key/algorithm"), "P-256");
	assert_int_equal(json_integer_value(at("request/key/bits")), 256);
	assert_int_equal(strlen(text_at("request/key/fingerprint")), 64);
	assert_non_null(strstr(text_at("request/key/pem"), "-----BEGIN PUBLIC KEY-----\n"));
	assert_string_equal(text_at("request/pem"), "-----BEGIN CERTIFICATE REQUEST-----\n"
	                    "YSByZXF1ZXN0\n-----END CERTIFICATE REQUEST-----\n");
}

static void judgement_tells_the_draft(void **state)
{
	(void)state;
	struct extension own = {.oid = bytes_text("\x2a\x03\x04"), .value = bytes_make("\x05\x00", 2)};
	struct general_name name = {GN_DNS, bytes_text("example.com")};
	signet_draft_begin(f.draft, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_set_subject(f.draft, subject_of("CN=example.com")), 0);
	assert_int_equal(signet_draft_set_validity(f.draft, 1795438140, 1795438141), 0);
	assert_int_equal(signet_draft_set_alt_names(f.draft, &name, 1), 0);
	assert_int_equal(signet_draft_set_extension(f.draft, &own), 0);
	assert_int_equal(json_put_judgement(&f.text, &f.request, f.draft), 0);
	parse();
	assert_string_equal(text_at("draft/subject"), "CN=example.com");
	assert_string_equal(text_at("draft/notBefore"), "2026-11-23T12:49:00Z");
	assert_string_equal(text_at("draft/notAfter"), "2026-11-23T12:49:01Z");
	assert_string_equal(text_at("draft/names/0"), "dns:example.com");
	assert_string_equal(text_at("draft/extensions/0/oid"), "1.2.3.4");
	assert_null(at("draft/extensions/0/name"));
	assert_string_equal(text_at("draft/extensions/0/origin"), "profile");
	assert_string_equal(text_at("draft/extensions/0/value"), "0500");
}

static void empty_request_has_empty_lists(void **state)
{
	(void)state;
	assert_int_equal(json_put_judgement(&f.text, &f.request, f.draft), 0);
	parse();
	assert_string_equal(text_at("request/subject"), "");
	assert_true(json_is_array(at("request/names")));
	assert_true(json_is_array(at("request/attributes")));
	assert_true(json_is_array(at("draft/extensions")));
	assert_int_equal(json_array_size(at("draft/names")), 0);
}

#define T(test) cmocka_unit_test_setup_teardown(test, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		T(issued_event_has_the_certificate), T(revoked_event_says_when_and_why),
		T(denied_event_has_no_certificate), T(crl_event_has_the_list),
		T(text_that_is_not_utf8_is_refused), T(output_is_bounded),
		T(judgement_tells_the_request), T(judgement_tells_the_draft),
		T(empty_request_has_empty_lists),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
