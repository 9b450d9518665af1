#include "profile_world.h"

static void the_short_rules_are_followed(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "CN=Somebody,O=Example", "dns:a.example.com");
	world_use(w, "{subject: request}");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "CN=Somebody,O=Example");
	assert_int_equal(signet_draft_subject_origin(w->draft), SIGNET_ORIGIN_REQUEST);
	world_use(w, "{subject: empty}");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "");
	assert_int_equal(signet_draft_subject_origin(w->draft), SIGNET_ORIGIN_PROFILE);
	world_use(w, "{subject: {common-name: from-request}}");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "CN=Somebody");
	assert_int_equal(signet_draft_subject_origin(w->draft), SIGNET_ORIGIN_REQUEST);
	world_use(w, "{subject: {common-name: none}}");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "");
	world_use(w, "{subject: {common-name: from-request}}");
	world_passes(w, CSR(w, "O=Example", "dns:a.example.com"));
	assert_string_equal(world_subject(w), "");
	world_use(w, "{subject: {}}");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "CN=a.example.com");
	world_use(w, "{subject: }");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "CN=a.example.com");
}

static void a_long_name_does_not_become_the_common_name(void **state)
{
	struct world *w = *state;
	const char *longer = "dns:a123456789.b123456789.c123456789.d123456789.e123456789.example.com";
	world_use(w, "{subject: {common-name: first-dns}}");
	world_passes(w, CSR(w, "", longer, "dns:b.example.com"));
	assert_string_equal(world_subject(w), "CN=b.example.com");
	world_passes(w, CSR(w, "", longer));
	assert_string_equal(world_subject(w), "");
	world_use(w, "{subject: {CN: '{san.dns}'}}");
	world_denies(w, CSR(w, "", longer), SIGNET_REASON_NAME, "CN: longer than 64 characters");
}

static void parts_stand_in_their_order(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "CN=Somebody,OU=Sales,O=Wrong", "email:a@example.com");
	world_attribute(w, "department", "R&D");
	world_use(w, "{names: [email], subject: {C: DE, O: Example Ltd, OU: '{attribute.department}', "
	             "CN: '{request.CN}', emailAddress: '{san.email}'}}");
	world_passes(w, csr);
	assert_string_equal(world_subject(w),
	                    "emailAddress=a@example.com,CN=Somebody,OU=R&D,O=Example Ltd,C=DE");
	assert_int_equal(signet_draft_subject_origin(w->draft), SIGNET_ORIGIN_PROFILE);
	world_use(w, "{names: [email], subject: [DC: com, DC: example, OU: a, {OU: '{request.OU}'}, "
	             "2.5.4.97: VATDE-1, common-name: from-request]}");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "CN=Somebody,2.5.4.97=#0c0756415444452d31,OU=Sales,OU=a,"
	                                      "DC=example,DC=com");
}

static void request_properties_are_places(void **state)
{
	struct world *w = *state;
	world_use(w, "{subject: {O: '{profile} {authority} {protocol} {intermediary} {address}', "
	             "CN: '{requester}'}}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_string_equal(world_subject(w), "CN=alice,O=p issuing raw raw1 192.0.2.9");
}

static void a_fixed_subject_is_encoded_once(void **state)
{
	struct world *w = *state;
	world_use(w, "{subject: {O: 'Example {{1}}', CN: Fixed}}");
	assert_int_equal(w->profile.subject.kind, PROFILE_SUBJECT_FIXED);
	world_passes(w, CSR(w, "CN=other", "dns:a.example.com"));
	assert_string_equal(world_subject(w), "CN=Fixed,O=Example {1}");
	assert_int_equal(signet_draft_subject_origin(w->draft), SIGNET_ORIGIN_PROFILE);
}

static void optional_parts_are_left_out(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "CN=Somebody", "dns:a.example.com");
	world_use(w, "{subject: {O: Example, OU?: '{attribute.department}', CN?: '{request.CN}', "
	             "serialNumber?: 'n-{attribute.number}'}}");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "CN=Somebody,O=Example");
	world_attribute(w, "department", "");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "CN=Somebody,O=Example");
	world_attribute(w, "department", "Sales");
	world_attribute(w, "number", "7");
	world_passes(w, csr);
	assert_string_equal(world_subject(w), "serialNumber=n-7,CN=Somebody,OU=Sales,O=Example");
	world_use(w, "{subject: {OU?: '{attribute.nothing}'}}");
	world_passes(w, csr);
	assert_true(name_is_empty(signet_draft_subject(w->draft)));
}

static void a_required_part_without_a_value_is_denied(void **state)
{
	struct world *w = *state;
	world_use(w, "{subject: {O: Example, OU: '{attribute.department}'}}");
	world_denies(w, CSR(w, "CN=a", "dns:a.example.com"), SIGNET_REASON_NAME,
	             "the profile 'p' cannot fill its OU: {attribute.department}: the request brings "
	             "none");
	world_attribute(w, "department", "");
	world_denies(w, CSR(w, "CN=a", "dns:a.example.com"), SIGNET_REASON_NAME, "brings none");
}

/* What an attribute holds becomes one value and nothing else. */
static void a_value_cannot_add_parts(void **state)
{
	struct world *w = *state;
	static const char *const values[] = {
		"a,CN=root", "a+CN=root", "a\\,CN=root", "CN=root", "#0c0161", "a;b", "\"a\"", " a ",
		"a=b", "<a>", "{request.CN}", "{attribute.x}", "a\\2CCN=x", "/CN=root",
		"\xc3\xbc\xe2\x82\xac"};
	struct bytes csr = CSR(w, "CN=b", "dns:a.example.com");
	world_use(w, "{subject: {O: Example, CN: '{attribute.x}'}}");
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		world_attribute(w, "x", values[i]);
		world_passes(w, csr);
		struct name_reader reader = name_open(signet_draft_subject(w->draft));
		struct name_part part;
		assert_true(name_next(&reader, &part));
		assert_true(bytes_equal(part.oid, OID_ORGANIZATION));
		assert_true(name_next(&reader, &part));
		assert_true(bytes_equal(part.oid, OID_COMMON_NAME));
		assert_false(part.joined);
		assert_true(bytes_is_text(part.value, values[i]));
		assert_false(name_next(&reader, &part));
		assert_int_equal(name_check(signet_draft_subject(w->draft), NULL), 0);
	}
}

static void unfit_values_are_denied(void **state)
{
	struct world *w = *state;
	char longer[LIMIT_ATTRIBUTE + 1];
	struct bytes csr = CSR(w, "CN=b", "dns:a.example.com");
	static const char *const values[] = {"a\nb", "a\tb", "\x01", "a\x7f", "\x1b[2J", "a\xc2\x85"
	                                     "b", "\xff", "\xc0\xaf", "\xed\xa0\x80"};
	world_use(w, "{subject: {CN?: '{attribute.x}'}}");
	for (size_t i = 0; i < sizeof values / sizeof *values; i++) {
		world_attribute(w, "x", values[i]);
		world_denies(w, csr, SIGNET_REASON_NAME, "control character");
	}
	memset(longer, 'a', sizeof longer);
	longer[65] = '\0';
	world_attribute(w, "x", longer);
	world_denies(w, csr, SIGNET_REASON_NAME, "CN: longer than 64 characters");
	world_use(w, "{subject: {1.2.3: '{attribute.x}{attribute.x}{attribute.x}{attribute.x}'}}");
	longer[65] = 'a';
	longer[LIMIT_ATTRIBUTE] = '\0';
	world_denies(w, csr, SIGNET_REASON_NAME, "longer than");
	world_use(w, "{subject: {C: '{attribute.x}'}}");
	world_attribute(w, "x", "D1");
	world_denies(w, csr, SIGNET_REASON_NAME, "C: not two letters");
	world_use(w, "{subject: {DC: '{attribute.x}'}}");
	world_attribute(w, "x", "m\xc3\xbcnchen");
	world_denies(w, csr, SIGNET_REASON_NAME, "DC: a character that IA5String does not have");
	/* a common name is no host name, and may be written in any letters */
	world_use(w, "{subject: {CN: '{attribute.x}'}}");
	world_passes(w, csr);
}

static void many_parts_may_be_too_long_together(void **state)
{
	struct world *w = *state;
	char longer[LIMIT_ATTRIBUTE + 1];
	memset(longer, 'a', LIMIT_ATTRIBUTE);
	longer[LIMIT_ATTRIBUTE] = '\0';
	world_attribute(w, "x", longer);
	world_use(w, "{subject: [1.2.3: '{attribute.x}', 1.2.3: '{attribute.x}', 1.2.3: "
	             "'{attribute.x}', 1.2.3: '{attribute.x}']}");
	world_denies(w, CSR(w, "CN=b", "dns:a.example.com"), SIGNET_REASON_NAME,
	             "the subject is longer than 4096 octets");
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	world_refuses(w, "{subject: whatever}", "p.subject: 'whatever' is not request or empty");
	world_refuses(w, "{subject: {common-name: mine}}", "p.subject.common-name: ");
	world_refuses(w, "{subject: {commonname: first-dns}}", "p.subject.commonname: is neither");
	world_refuses(w, "{subject: {1.2.: x}}", "p.subject.1.2.: is neither");
	world_refuses(w, "{subject: {CN: [a]}}", "p.subject.CN: must be a single value");
	world_refuses(w, "{subject: {CN: ''}}", "p.subject.CN: empty");
	world_refuses(w, "{subject: {CN: '{request.CN'}}", "p.subject.CN: a \"{\" without");
	world_refuses(w, "{subject: {CN: '{nothing}'}}", "p.subject.CN: {nothing}: not known here");
	world_refuses(w, "{subject: {CN: '{value}'}}", "p.subject.CN: {value}: not known here");
	world_refuses(w, "{subject: {CN: '{request.XX}'}}", "p.subject.CN: {request.XX}: ");
	world_refuses(w, "{subject: {CN: '{subject.O}'}}", "p.subject.CN: {subject...}");
	world_refuses(w, "{subject: {C: Germany}}", "p.subject.C: C: longer than 2");
	world_refuses(w, "{subject: {C: D1}}", "p.subject.C: C: not two letters");
	world_refuses(w, "{subject: [CN]}", "p.subject: must be a map");
	world_refuses(w, "{subject: [{CN: a, O: b}]}", "p.subject: an entry is one attribute");
	world_refuses(w, "{subject: [{}]}", "p.subject: an entry is one attribute");
}

static void an_authority_needs_a_subject(void **state)
{
	struct world *w = *state;
#define CA "basic-constraints: {ca: true}, key-usage: [key-cert-sign]"
	world_path_length(w, PATH_LENGTH_NONE);
	world_refuses(w, "{" CA ", subject: empty}", "p.subject: an authority needs");
	world_refuses(w, "{" CA ", subject: {common-name: none}}", "p.subject: an authority needs");
	world_use(w, "{" CA ", subject: {O: Example}}");
	world_use(w, "{" CA ", subject: request}");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(the_short_rules_are_followed),
		WORLD_TEST(a_long_name_does_not_become_the_common_name),
		WORLD_TEST(parts_stand_in_their_order),
		WORLD_TEST(request_properties_are_places),
		WORLD_TEST(a_fixed_subject_is_encoded_once),
		WORLD_TEST(optional_parts_are_left_out),
		WORLD_TEST(a_required_part_without_a_value_is_denied),
		WORLD_TEST(a_value_cannot_add_parts),
		WORLD_TEST(unfit_values_are_denied),
		WORLD_TEST(many_parts_may_be_too_long_together),
		WORLD_TEST(mistakes_are_named),
		WORLD_TEST(an_authority_needs_a_subject),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
