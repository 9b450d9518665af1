#include "profile_world.h"

static void kinds_are_taken_by_a_list(void **state)
{
	struct world *w = *state;
	world_use(w, "{}");
	assert_int_equal(w->profile.names.most[GN_DNS], LIMIT_SAN_COUNT);
	assert_int_equal(w->profile.names.most[GN_IP], LIMIT_SAN_COUNT);
	assert_int_equal(w->profile.names.most[GN_EMAIL], 0);
	assert_true(w->profile.names.common_name);
	world_use(w, "{names: [email, upn]}");
	assert_int_equal(w->profile.names.most[GN_DNS], 0);
	assert_int_equal(w->profile.names.most[GN_EMAIL], LIMIT_SAN_COUNT);
	assert_int_equal(w->profile.names.most[PROFILE_NAME_UPN], LIMIT_SAN_COUNT);
	assert_int_equal(w->profile.names.most[GN_OTHER], 0);
	world_use(w, "{names: }");
	assert_int_equal(w->profile.names.most[GN_DNS], 0);
	world_use(w, "{names: uri}");
	assert_int_equal(w->profile.names.most[GN_URI], LIMIT_SAN_COUNT);
}

static void the_map_takes_what_it_names(void **state)
{
	struct world *w = *state;
	world_use(w, "{names: {}}");
	for (int kind = 0; kind < PROFILE_NAME_KINDS; kind++)
		assert_int_equal(w->profile.names.most[kind], 0);
	world_use(w, "{names: {from-request: {dns: 3, ip: 1}, common-name: false, "
	             "required: [dns, any], unexpected: ignore, add: ['ip:192.0.2.1']}}");
	assert_int_equal(w->profile.names.most[GN_DNS], 3);
	assert_int_equal(w->profile.names.most[GN_IP], 1);
	assert_false(w->profile.names.common_name);
	assert_true(w->profile.names.ignore);
	assert_true(w->profile.names.any_required);
	assert_true(w->profile.names.required[GN_DNS]);
	assert_false(w->profile.names.required[GN_IP]);
	assert_int_equal(w->profile.names.added_count, 1);
	world_use(w, "{names: {from-request: [dns], required: any}}");
	assert_true(w->profile.names.any_required);
}

static void added_names_are_fixed_or_templates(void **state)
{
	struct world *w = *state;
	world_use(w, "{names: {add: ['dns:a.example.com', 'email?:{attribute.mail}', "
	             "'upn:{requester}@corp.example', 'directory:CN=a,O=b', 'registered-id:1.2.3', "
	             "'other:1.2.3:0500', 'uri:https://example.com/x']}}");
	const struct profile_name *added = w->profile.names.added;
	assert_int_equal(w->profile.names.added_count, 7);
	assert_null(added[0].template);
	assert_int_equal(added[0].fixed.kind, GN_DNS);
	assert_true(bytes_is_text(added[0].fixed.value, "a.example.com"));
	assert_string_equal(added[1].template, "{attribute.mail}");
	assert_true(added[1].optional);
	assert_string_equal(added[2].template, "{requester}@corp.example");
	assert_false(added[2].optional);
	assert_int_equal(added[2].kind, PROFILE_NAME_UPN);
	assert_int_equal(added[3].fixed.kind, GN_DIRECTORY);
	assert_int_equal(added[4].fixed.kind, GN_REGISTERED_ID);
	assert_int_equal(added[5].fixed.kind, GN_OTHER);
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	world_refuses(w, "{names: [dns, x400]}", "p.names: 'x400' is none of dns, ip");
	world_refuses(w, "{names: [nothing]}", "p.names: 'nothing' is none of");
	world_refuses(w, "{names: [directory]}", "p.names: 'directory' is none of");
	world_refuses(w, "{names: {from-request: {dns: 0}}}", "p.names.from-request.dns: '0' is not");
	world_refuses(w, "{names: {from-request: {dns: 101}}}", "p.names.from-request.dns: '101'");
	world_refuses(w, "{names: {from-request: {dsn: 1}}}", "p.names.from-request.dsn: 'dsn' is none");
	world_refuses(w, "{names: {from-requests: [dns]}}", "did you mean 'from-request'");
	world_refuses(w, "{names: {common-name: 1}}", "p.names.common-name: '1' is not");
	world_refuses(w, "{names: {unexpected: allow}}", "p.names.unexpected: 'allow' is not deny");
	world_refuses(w, "{names: {required: [dns]}}", "p.names.required: no names of the kind dns");
	world_refuses(w, "{names: {from-request: [ip], required: dns}}", "no names of the kind dns");
	world_refuses(w, "{names: {required: [some]}}", "p.names.required: 'some' is neither any");
	world_refuses(w, "{names: {add: 'dns:a'}}", "p.names.add: must be a list");
	world_refuses(w, "{names: {add: [a.example.com]}}", "p.names.add: not of the form kind:value");
	world_refuses(w, "{names: {add: ['dsn:a.example.com']}}", "not of the form kind:value");
	world_refuses(w, "{names: {add: ['?:a.example.com']}}", "not of the form kind:value");
	world_refuses(w, "{names: {add: ['dns:-']}}", "p.names.add: dns name \"-\": not a host name");
	world_refuses(w, "{names: {add: ['dns:']}}", "p.names.add: dns name");
	world_refuses(w, "{names: {add: ['ip:1.2.3']}}", "p.names.add: ip name: not an");
	world_refuses(w, "{names: {add: ['upn:nobody']}}", "p.names.add: upn name: not of the form");
	world_refuses(w, "{names: {add: ['upn:a@b@c']}}", "p.names.add: upn name: not of the form");
	world_refuses(w, "{names: {add: ['email:{nothing}']}}", "p.names.add: {nothing}: not known");
	world_refuses(w, "{names: {add: ['email:{subject.CN}']}}", "{subject...} is made after");
	world_refuses(w, "{names: {add: ['directory:CN={attribute.x}']}}",
	              "names of the kind directory are not made by templates");
	world_refuses(w, "{names: {add: ['other:1.2.3:{attribute.x}']}}", "are not made by templates");
	world_refuses(w, "{names: {add: [[a]]}}", "p.names.add: must be a single value");
}

static void the_list_has_a_limit(void **state)
{
	struct world *w = *state;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(8192);
	buffer_append_text(&text, "{names: {add: [");
	for (int i = 0; i < LIMIT_SAN_COUNT + 1; i++)
		buffer_printf(&text, "'dns:a%d.example.com', ", i);
	buffer_append_text(&text, "]}}");
	world_refuses(w, buffer_text(&text), "p.names.add: more than 100 names");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(kinds_are_taken_by_a_list),
		WORLD_TEST(the_map_takes_what_it_names),
		WORLD_TEST(added_names_are_fixed_or_templates),
		WORLD_TEST(mistakes_are_named),
		WORLD_TEST(the_list_has_a_limit),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
