#include "tests/unit/engine/decision_world.h"

#include "asn1/oid.h"
#include "engine/request.h"
#include "pki/certificate.h"

static const struct extension *extension(const struct certificate *certificate, struct bytes oid)
{
	for (size_t i = 0; i < certificate->extension_count; i++)
		if (bytes_equal(certificate->extensions[i].oid, oid))
			return &certificate->extensions[i];
	return NULL;
}

static const uint8_t client_auth[] = {0x30, 0x0a, 0x06, 0x08, 0x2b, 0x06, 0x01, 0x05, 0x05, 0x07,
                                      0x03, 0x02};
static const uint8_t null[] = {0x05, 0x00};
static const uint8_t broken[] = {0x30, 0x05, 0x00};

static void what_is_edited_comes_from_the_administrator(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct certificate certificate;
	const struct signet_request_extension extensions[] = {
		{.oid = "2.5.29.37", .value = BYTES_OF(client_auth)},
		{.oid = "1.3.6.1.4.1.99999.5", .critical = true, .value = BYTES_OF(null)}};
	const char *const removed[] = {"2.5.29.15"};
	const struct signet_request_edit changes = {
		.extensions = extensions, .extension_count = 2, .removed = removed,
		.removed_count = 1};
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_edit(f, id, &changes, NULL), 0);
	const Signet__Db__Draft *draft = decision_world_find(f, id).request->draft;
	unsigned edited = 0;
	for (size_t i = 0; i < draft->n_extensions; i++)
		edited += draft->extensions[i]->origin == SIGNET_ORIGIN_ADMIN;
	assert_int_equal(edited, 2);
	assert_int_equal(decision_world_approve(f, id, "uid 1001", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(certificate_parse(&certificate, f->arena, out.certificate, NULL), 0);
	assert_null(extension(&certificate, OID_KEY_USAGE));
	const struct extension *usage = extension(&certificate, OID_EXT_KEY_USAGE);
	assert_non_null(usage);
	assert_true(bytes_equal(usage->value, BYTES_OF(client_auth)));
	const struct stored stored = decision_world_find(f, id);
	for (size_t i = 0; i < certificate.extension_count; i++)
		if (&certificate.extensions[i] == usage)
			assert_int_equal(stored.request->origins.data[i], SIGNET_ORIGIN_ADMIN);
	certificate_clear(&certificate);
	decision_world_expect_trail(f, "pending by acme: \nedited by uid 1000: a better one: extension 2.5.29.37: "
	                            "300a06082b06010505070302; extension 1.3.6.1.4.1.99999.5 (critical): 0500; "
	                            "no extension 2.5.29.15\napproved by uid 1001: \nissued by uid 1001: \n");
}

static void edited_attributes_are_what_rules_see(void **state)
{
	struct fixture *f = *state;
	struct signet_outcome out;
	struct signet_attribute attribute = {"Device-Type", "printer"};
	struct signet_request_edit changes = {.attributes = &attribute, .attribute_count = 1};
	uint64_t id = decision_world_submit_pending(f, "1");
	decision_world.wanted = "device type";
	assert_int_equal(decision_world_edit(f, id, &changes, NULL), 0);
	attribute = (struct signet_attribute){"devicetype", ""};
	assert_int_equal(decision_world_edit(f, id, &changes, NULL), 0);
	/* pending, although the rule would deny it now: the officer may go on editing */
	struct stored stored = decision_world_find(f, id);
	assert_int_equal(stored.request->state, SIGNET_REQUEST_PENDING);
	assert_int_equal(stored.request->n_attributes, 0);
	assert_int_equal(stored.request->trace[0]->decision, SIGNET_DENY);
	assert_string_equal(stored.request->message, "an officer has to look at it");
	attribute = (struct signet_attribute){"DEVICE TYPE", "printer"};
	assert_int_equal(decision_world_edit(f, id, &changes, NULL), 0);
	assert_int_equal(decision_world_approve(f, id, "uid 0", &out), 0);
	assert_int_equal(out.disposition, SIGNET_ISSUED);
	assert_int_equal(decision_world_find(f, id).request->n_attributes, 1);
}

static void edits_that_break_the_certificate_are_refused(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	struct signet_request_extension e = {.oid = "2.5.29.15", .critical = true,
	                                     .value = BYTES_OF(null)};
	const struct signet_request_edit changes = {.extensions = &e, .extension_count = 1};
	uint64_t id = decision_world_submit_pending(f, "1");
	assert_int_equal(decision_world_edit(f, id, &changes, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "keyUsage is broken"));
	e.value = BYTES_OF(broken);
	assert_int_equal(decision_world_edit(f, id, &changes, NULL), SIGNET_E_INVALID);
	decision_world_expect_pending(f, id);
	assert_int_equal(decision_world_find(f, id).request->n_edits, 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, decision_world_setup, decision_world_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(what_is_edited_comes_from_the_administrator),
		TEST(edited_attributes_are_what_rules_see),
		TEST(edits_that_break_the_certificate_are_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
