#include "tests/unit/pki/sample.h"

#include <stdint.h>

#include "exit/ldap_place.h"

static const char *const typical[] = {"dns:door.example.com", "email:alice@example.com",
                                      "email:bob@example.com", "ip:192.0.2.1",
                                      "uri:https://example.com/a:b",
                                      "other:1.3.6.1.4.1.311.20.2.3:0c0b616c69636540636f7270"};

static int value_of(const char **out, const char *place, const char *const *names, size_t count,
                    const char *subject, struct error *err)
{
	struct directory_place parsed;
	const struct signet_event event = {
		.request_id = 18, .certificate_id = 17, .authority = "issuing", .profile = "device",
		.requester = "Alice@CORP.example", .serial = bytes_make("\x41\x00\xff", 3),
		.names = (const char **)(uintptr_t)names, .name_count = count,
	};
	const struct directory_source source = {&event, sample_name(subject), NULL, arena};
	const char *at = place;
	assert_int_equal(directory_place_read(&at, &parsed, err), 0);
	assert_string_equal(at, "");
	if (directory_place_check(&parsed, DIRECTORY_OF_CERTIFICATE, err))
		fail_msg("%s: %s", place, err->message);
	return directory_place_value(out, &parsed, &source, err);
}

static void expect(const char *place, const char *expected)
{
	struct error err = {0};
	const char *value = NULL;
	if (value_of(&value, place, typical, 6, "UID=alice+CN=Alice A.,OU=a,OU=b,C=DE", &err))
		fail_msg("%s: %s", place, err.message);
	assert_string_equal(value, expected);
}

static void values_are_found(void **state)
{
	(void)state;
	expect("{common-name}", "Alice A.");
	expect("{subject.UID}", "alice");
	expect("{subject.uid}", "alice");
	expect("{subject.0.9.2342.19200300.100.1.1}", "alice");
	expect("{subject.OU}", "a"); /* the most specific one, which stands first in this form */
	expect("{name}", "door.example.com");
	expect("{email}", "alice@example.com");
	expect("{san.email}", "alice@example.com");
	expect("{san.dns}", "door.example.com");
	expect("{san.ip}", "192.0.2.1");
	expect("{san.uri}", "https://example.com/a:b");
	expect("{serial}", "4100ff");
	expect("{certificate-id}", "17");
	expect("{request-id}", "18");
	expect("{authority}", "issuing");
	expect("{profile}", "device");
	expect("{requester}", "Alice@CORP.example");
}

static void filters_are_applied_in_their_order(void **state)
{
	(void)state;
	expect("{requester|local}", "Alice");
	expect("{requester|domain}", "CORP.example");
	expect("{requester|domain|label|lower}", "corp");
	expect("{email|local|upper}", "ALICE");
	expect("{san.dns|label}", "door");
}

static void mailbox_of_the_subject_is_the_second_choice(void **state)
{
	(void)state;
	struct error err = {0};
	const char *value = NULL;
	assert_int_equal(value_of(&value, "{email}", typical, 1, "emailAddress=c@example.com", &err), 0);
	assert_string_equal(value, "c@example.com");
	assert_int_equal(value_of(&value, "{name}", NULL, 0, "CN=Carol", &err), 0);
	assert_string_equal(value, "Carol");
}

static void user_principal_name_is_read_from_its_octets(void **state)
{
	(void)state;
	static const char *const good[] = {"other:1.3.6.1.4.1.311.20.2.3:0c0561406f7267"};
	static const char *const bad[] = {
		"other:1.3.6.1.4.1.311.20.2.3:0c0661406f7267", "other:1.3.6.1.4.1.311.20.2.3:1605616f7267aa",
		"other:1.3.6.1.4.1.311.20.2.3:zz", "other:1.3.6.1.4.1.311.20.2.3:",
		"other:1.3.6.1.4.1.311.20.2.3:0c03610062", "other:1.3.6.1.4.1.311.20.2.33:0c0161",
		"other:1.3.6.1.4.1.311.20.2.3:0c0561406f726700",
	};
	struct error err = {0};
	const char *value = NULL;
	assert_int_equal(value_of(&value, "{san.upn}", good, 1, "", &err), 0);
	assert_string_equal(value, "a@org");
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(value_of(&value, "{san.upn}", &bad[i], 1, "", &err),
		                 SIGNET_E_NOT_FOUND);
}

static void missing_values_are_named(void **state)
{
	(void)state;
	static const char *const places[] = {"{common-name}", "{subject.UID}", "{name}", "{email}",
	                                     "{san.dns}", "{san.upn}", "{requester|local|domain}"};
	for (size_t i = 0; i < sizeof places / sizeof *places; i++) {
		struct error err = {0};
		const char *value = NULL;
		assert_int_equal(value_of(&value, places[i], NULL, 0, "", &err), SIGNET_E_NOT_FOUND);
		assert_non_null(strstr(err.message, places[i]));
	}
}

static void bad_places_are_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {
		"{}", "{nonsense}", "{Email}", "{email.x}", "{email.}", "{subject}", "{subject.}",
		"{subject.nonsense}", "{san.x400}", "{san.}", "{san}", "{email|}", "{email|nonsense}",
		"{email|lower|}", "{email||lower}", "{ email}",
	};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		struct directory_place place;
		struct error err = {0};
		const char *at = bad[i];
		int result = directory_place_read(&at, &place, &err);
		if (result == 0)
			result = directory_place_check(&place, DIRECTORY_OF_CERTIFICATE, &err);
		if (result != SIGNET_E_INVALID || !err.message[0])
			fail_msg("'%s' passed", bad[i]);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(values_are_found),
		cmocka_unit_test(filters_are_applied_in_their_order),
		cmocka_unit_test(mailbox_of_the_subject_is_the_second_choice),
		cmocka_unit_test(user_principal_name_is_read_from_its_octets),
		cmocka_unit_test(missing_values_are_named),
		cmocka_unit_test(bad_places_are_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
