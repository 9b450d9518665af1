#include "profile_world.h"

#define UPN_BOB "1.3.6.1.4.1.311.20.2.3:0c05626f624063" /* bob@c */

static void a_host_name_as_common_name_is_a_name_too(void **state)
{
	struct world *w = *state;
	world_use(w, "{}");
	world_passes(w, CSR(w, "CN=b.example.com", "dns:a.example.com"));
	assert_string_equal(world_names(w), "dns:a.example.com, dns:b.example.com");
	world_passes(w, CSR(w, "CN=A.example.com", "dns:a.example.com"));
	assert_string_equal(world_names(w), "dns:a.example.com");
	world_passes(w, fixture_csr(w->f.arena, w->f.key, "CN=a.example.com", NULL));
	assert_string_equal(world_names(w), "dns:a.example.com");
	assert_string_equal(world_subject(w), "CN=a.example.com");
	world_use(w, "{names: [email]}");
	world_passes(w, CSR(w, "CN=b.example.com", "email:a@example.com"));
	assert_string_equal(world_names(w), "email:a@example.com");
	world_use(w, "{names: {from-request: [dns], common-name: false}}");
	world_passes(w, CSR(w, "CN=b.example.com", "dns:a.example.com"));
	assert_string_equal(world_names(w), "dns:a.example.com");
}

static void kinds_that_are_not_taken_are_denied_or_left_out(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "", "dns:a.example.com", "ip:192.0.2.1");
	world_use(w, "{names: [dns]}");
	world_denies(w, csr, SIGNET_REASON_NAME, "the profile 'p' takes no names of the kind ip");
	world_use(w, "{names: {from-request: [dns], unexpected: ignore}}");
	world_passes(w, csr);
	assert_string_equal(world_names(w), "dns:a.example.com");
	world_use(w, "{names: [dns, ip]}");
	world_passes(w, csr);
	assert_int_equal(signet_draft_alt_names_origin(w->draft), SIGNET_ORIGIN_REQUEST);
}

static void more_than_the_most_are_denied(void **state)
{
	struct world *w = *state;
	world_use(w, "{names: {from-request: {dns: 2, ip: 1}, unexpected: ignore}}");
	world_passes(w, CSR(w, "", "dns:a.example.com", "ip:192.0.2.1", "dns:b.example.com"));
	world_denies(w, CSR(w, "", "ip:192.0.2.1", "ip:192.0.2.2"), SIGNET_REASON_NAME,
	             "the profile 'p' takes at most 1 names of the kind ip");
	/* the common name counts */
	world_denies(w, CSR(w, "CN=c.example.com", "dns:a.example.com", "dns:b.example.com"),
	             SIGNET_REASON_NAME, "at most 2 names of the kind dns");
	world_passes(w, CSR(w, "CN=b.example.com", "dns:a.example.com", "dns:b.example.com"));
}

static void user_principal_names_are_told_from_others(void **state)
{
	struct world *w = *state;
	world_use(w, "{names: [upn]}");
	world_passes(w, CSR(w, "CN=a", "other:" UPN_BOB));
	world_denies(w, CSR(w, "CN=a", "other:1.2.3:0500"), SIGNET_REASON_NAME, "of the kind other");
	world_use(w, "{names: [other]}");
	world_passes(w, CSR(w, "CN=a", "other:" UPN_BOB, "other:1.2.3:0500"));
	world_use(w, "{names: {from-request: {upn: 1, other: 1}}}");
	world_passes(w, CSR(w, "CN=a", "other:" UPN_BOB, "other:1.2.3:0500"));
	world_denies(w, CSR(w, "CN=a", "other:" UPN_BOB, "other:" UPN_BOB), SIGNET_REASON_NAME,
	             "at most 1 names of the kind upn");
}

static void required_kinds_must_be_there(void **state)
{
	struct world *w = *state;
	world_use(w, "{names: {from-request: [dns, email], required: [email]}}");
	world_passes(w, CSR(w, "", "email:a@example.com"));
	world_denies(w, CSR(w, "", "dns:a.example.com"), SIGNET_REASON_NAME,
	             "the profile 'p' wants a name of the kind email");
	world_use(w, "{names: {from-request: [dns], required: any}}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	world_denies(w, fixture_csr(w->f.arena, w->f.key, "CN=a b", NULL), SIGNET_REASON_NAME,
	             "the profile 'p' wants an alternative name");
}

static void names_are_added(void **state)
{
	struct world *w = *state;
	world_attribute(w, "mail", "a@example.com");
	world_use(w, "{names: {from-request: [dns], add: ['dns:www.example.com', "
	             "'email:{attribute.mail}', 'upn:{requester}@corp.example', 'ip:{address}', "
	             "'uri:spiffe://example.com/{attribute.id|lower}', 'dns:x.{san.dns}'], "
	             "required: [email, upn]}}");
	world_attribute(w, "id", "Box-7");
	world_passes(w, CSR(w, "CN=no name", "dns:a.example.com"));
	assert_string_equal(world_names(w), "dns:a.example.com, dns:www.example.com, "
	                    "email:a@example.com, other:1.3.6.1.4.1.311.20.2.3:"
	                    "0c12616c69636540636f72702e6578616d706c65, ip:192.0.2.9, "
	                    "uri:spiffe://example.com/box-7, dns:x.a.example.com");
	assert_int_equal(signet_draft_alt_names_origin(w->draft), SIGNET_ORIGIN_PROFILE);
	world_attribute(w, "mail", NULL);
	world_denies(w, CSR(w, "CN=no name", "dns:a.example.com"), SIGNET_REASON_NAME,
	             "the profile 'p' cannot fill its email: {attribute.mail}: the request brings none");
}

static void optional_names_are_left_out(void **state)
{
	struct world *w = *state;
	world_use(w, "{names: {add: ['email?:{attribute.mail}', 'dns:a.example.com']}}");
	world_passes(w, fixture_csr(w->f.arena, w->f.key, "CN=a", NULL));
	assert_string_equal(world_names(w), "dns:a.example.com");
	world_use(w, "{names: {add: ['email?:{attribute.mail}'], required: [email]}}");
	world_denies(w, fixture_csr(w->f.arena, w->f.key, "CN=a", NULL), SIGNET_REASON_NAME,
	             "wants a name of the kind email");
}

static void a_name_is_not_added_twice(void **state)
{
	struct world *w = *state;
	world_use(w, "{names: {from-request: [dns], add: ['dns:A.example.com', 'dns:{san.dns}'], "
	             "required: dns}}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_string_equal(world_names(w), "dns:a.example.com");
	assert_int_equal(signet_draft_alt_names_origin(w->draft), SIGNET_ORIGIN_REQUEST);
}

struct hostile {
	const char *template, *value;
};

/* A value stays the part of the name that its place stands for. */
static void a_value_cannot_become_another_name(void **state)
{
	struct world *w = *state;
	static const struct hostile cases[] = {
		{"email:{attribute.x}@corp.example", "root@evil.example,x"},
		{"email:{attribute.x}@corp.example", "a@b"},
		{"email:{attribute.x}@corp.example", "a,b"},
		{"email:{attribute.x}@corp.example", "\"a\""},
		{"email:{attribute.x}@corp.example", "a b"},
		{"email:{attribute.x}@corp.example", "<a>"},
		{"email:{attribute.x}", "a@b.example,c@corp.example"},
		{"email:{attribute.x}", "a@b@corp.example"},
		{"email:{attribute.x}", "corp.example"},
		{"email:{attribute.x}", "a@m\xc3\xbcnchen.example"},
		{"upn:{attribute.x}@corp.example", "root@evil.example"},
		{"upn:{attribute.x}", "a@b@c"},
		{"upn:{attribute.x}", "a"},
		{"dns:{attribute.x}.example.com", "*"},
		{"dns:{attribute.x}.example.com", "a.example.org/"},
		{"dns:{attribute.x}.example.com", "a b"},
		{"dns:{attribute.x}.example.com", "a,dns:b"},
		{"dns:{attribute.x}.example.com", "m\xc3\xbcnchen"},
		{"dns:{attribute.x}", "*.example.com"},
		{"dns:{attribute.x}", "a..example.com"},
		{"dns:{attribute.x}", "10.0.0.1"},
		{"ip:{attribute.x}", "10.0.0.0/8"},
		{"ip:{attribute.x}", "a"},
		{"ip:10.0.0.{attribute.x}", "1.5"},
		{"uri:spiffe://corp.example/{attribute.x}", "a/b"},
		{"uri:spiffe://corp.example/{attribute.x}", ".."},
		{"uri:spiffe://corp.example/{attribute.x}/b", "."},
		{"uri:spiffe://corp.example/{attribute.x}", "a?b"},
		{"uri:spiffe://corp.example/{attribute.x}", "a#b"},
		{"uri:spiffe://corp.example/{attribute.x}", "a%2fb"},
		{"uri:https://{attribute.x}/", "a@b"},
		{"uri:https://{attribute.x}.corp.example/", "evil.example/x"},
		{"uri:{attribute.x}", "no uri"},
		{"uri:{attribute.x}", "https://m\xc3\xbcnchen.example/"},
		{"email:{attribute.x}", "a\nb@corp.example"},
		{"dns:{attribute.x}", "a\tb.example.com"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		world_use(w, arena_printf(w->f.arena, "{names: {add: ['%s']}}", cases[i].template));
		world_attribute(w, "x", cases[i].value);
		if (world_draft_wish(w, fixture_csr(w->f.arena, w->f.key, "CN=a", NULL), 0, 0) !=
		    SIGNET_DENY)
			fail_msg("'%s' of '%s' became %s", cases[i].template, cases[i].value,
			         world_names(w));
		assert_int_equal(w->verdict.reason, SIGNET_REASON_NAME);
	}
}

static void good_values_fit_the_same_templates(void **state)
{
	struct world *w = *state;
	static const struct {
		const char *template, *value, *name;
	} cases[] = {
		{"email:{attribute.x}@corp.example", "a.b+c", "email:a.b+c@corp.example"},
		{"email:{attribute.x}", "a+b@corp.example", "email:a+b@corp.example"},
		{"dns:{attribute.x}.example.com", "a.b", "dns:a.b.example.com"},
		{"dns:*.{attribute.x}.example.com", "a", "dns:*.a.example.com"},
		{"dns:{attribute.x}", "xn--mnchen-3ya.example", "dns:xn--mnchen-3ya.example"},
		{"ip:{attribute.x}", "2001:db8::1", "ip:2001:db8::1"},
		{"uri:spiffe://corp.example/{attribute.x}", "a-b._~", "uri:spiffe://corp.example/a-b._~"},
		{"uri:{attribute.x}", "https://a.example/b?c#d", "uri:https://a.example/b?c#d"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		world_use(w, arena_printf(w->f.arena, "{names: {add: ['%s']}}", cases[i].template));
		world_attribute(w, "x", cases[i].value);
		world_passes(w, fixture_csr(w->f.arena, w->f.key, "CN=a", NULL));
		assert_string_equal(world_names(w), cases[i].name);
	}
}

static void too_many_names_are_denied(void **state)
{
	struct world *w = *state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(8192);
	buffer_append_text(&text, "{names: {from-request: [dns], add: [");
	for (int i = 0; i < LIMIT_SAN_COUNT; i++)
		buffer_printf(&text, "'dns:a%d.example.com', ", i);
	buffer_append_text(&text, "]}}");
	world_use(w, buffer_text(&text));
	world_denies(w, CSR(w, "", "dns:b.example.com"), SIGNET_REASON_NAME,
	             "more than 100 alternative names");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(a_host_name_as_common_name_is_a_name_too),
		WORLD_TEST(kinds_that_are_not_taken_are_denied_or_left_out),
		WORLD_TEST(more_than_the_most_are_denied),
		WORLD_TEST(user_principal_names_are_told_from_others),
		WORLD_TEST(required_kinds_must_be_there),
		WORLD_TEST(names_are_added),
		WORLD_TEST(optional_names_are_left_out),
		WORLD_TEST(a_name_is_not_added_twice),
		WORLD_TEST(a_value_cannot_become_another_name),
		WORLD_TEST(good_values_fit_the_same_templates),
		WORLD_TEST(too_many_names_are_denied),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
