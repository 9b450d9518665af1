#include "profile_world.h"

#define CA "subject: request, basic-constraints: {ca: true}, key-usage: [key-cert-sign]"

static void names_below_are_constrained(void **state)
{
	struct world *w = *state;
	struct name_constraints c;
	world_path_length(w, PATH_LENGTH_NONE);
	world_use(w, "{" CA ", name-constraints: {permitted: ['dns:example.com', 'ip:10.0.0.0/8', "
	             "'email:example.com', 'uri:.example.com', 'directory:O=Example,C=DE'], "
	             "excluded: ['dns:secret.example.com', 'ip:2001:db8::/32']}}");
	world_passes(w, CSR(w, "CN=Sub", "dns:a.example.com"));
	const struct signet_draft_extension *e = world_extension(w, OID_NAME_CONSTRAINTS);
	assert_non_null(e);
	assert_true(e->extension.critical);
	assert_int_equal(e->origin, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(name_constraints_decode(w->f.arena, e->extension.value, &c), 0);
	assert_int_equal(c.permitted_count, 5);
	assert_int_equal(c.excluded_count, 2);
	assert_int_equal(c.permitted[1].kind, GN_IP);
	assert_int_equal(c.permitted[1].value.length, 8);
	assert_int_equal(c.excluded[1].value.length, 32);
	assert_int_equal(c.permitted[4].kind, GN_DIRECTORY);
}

static void policies_below_are_constrained(void **state)
{
	struct world *w = *state;
	int explicit, mapping, skip;
	world_path_length(w, PATH_LENGTH_NONE);
	world_use(w, "{" CA ", policy-constraints: {require-explicit: 0, inhibit-mapping: 1}, "
	             "inhibit-any-policy: 2}");
	world_passes(w, CSR(w, "CN=Sub", "dns:a.example.com"));
	const struct signet_draft_extension *e = world_extension(w, OID_POLICY_CONSTRAINTS);
	assert_true(e->extension.critical);
	assert_int_equal(policy_constraints_decode(e->extension.value, &explicit, &mapping), 0);
	assert_int_equal(explicit, 0);
	assert_int_equal(mapping, 1);
	e = world_extension(w, OID_INHIBIT_ANY_POLICY);
	assert_true(e->extension.critical);
	assert_int_equal(inhibit_any_policy_decode(e->extension.value, &skip), 0);
	assert_int_equal(skip, 2);
	world_use(w, "{" CA ", policy-constraints: {inhibit-mapping: 0}}");
	world_passes(w, CSR(w, "CN=Sub", "dns:a.example.com"));
	e = world_extension(w, OID_POLICY_CONSTRAINTS);
	assert_int_equal(policy_constraints_decode(e->extension.value, &explicit, &mapping), 0);
	assert_int_equal(explicit, -1);
}

static void only_authorities_have_them(void **state)
{
	struct world *w = *state;
	world_refuses(w, "{name-constraints: {permitted: ['dns:a']}}",
	              "p.name-constraints: is for authorities only");
	world_refuses(w, "{policy-constraints: {inhibit-mapping: 0}}",
	              "p.policy-constraints: is for authorities only");
	world_refuses(w, "{inhibit-any-policy: 0}", "p.inhibit-any-policy: is for authorities only");
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	static const char *const cases[][2] = {
		{"name-constraints: []", "p.name-constraints: must be a map"},
		{"name-constraints: {}", "p.name-constraints: neither 'permitted' nor"},
		{"name-constraints: {permitted: []}", "p.name-constraints: neither"},
		{"name-constraints: {permit: ['dns:a']}", "p.name-constraints.permit: unknown key"},
		{"name-constraints: {permitted: 'dns:a'}", "p.name-constraints.permitted: must be a list"},
		{"name-constraints: {permitted: [a]}", "p.name-constraints.permitted: "},
		{"name-constraints: {permitted: ['ip:10.0.0.1/8']}", "p.name-constraints.permitted: "},
		{"name-constraints: {excluded: ['dns:*.a']}", "p.name-constraints.excluded: "},
		{"name-constraints: {excluded: ['directory:X=a']}", "p.name-constraints.excluded: "},
		{"name-constraints: {excluded: ['other:1.2.3:0500']}", "p.name-constraints.excluded: "},
		{"name-constraints: {excluded: [[a]]}", "p.name-constraints.excluded: must be a single"},
		{"policy-constraints: {}", "p.policy-constraints: neither 'require-explicit'"},
		{"policy-constraints: {require-explicit: -1}", "p.policy-constraints.require-explicit: "},
		{"policy-constraints: {explicit: 1}", "p.policy-constraints.explicit: unknown key"},
		{"inhibit-any-policy: 33", "p.inhibit-any-policy: '33'"},
		{"inhibit-any-policy: yes", "p.inhibit-any-policy: 'yes'"},
	};
	world_path_length(w, PATH_LENGTH_NONE);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		world_refuses(w, arena_printf(w->f.arena, "{" CA ", %s}", cases[i][0]), cases[i][1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(names_below_are_constrained),
		WORLD_TEST(policies_below_are_constrained),
		WORLD_TEST(only_authorities_have_them),
		WORLD_TEST(mistakes_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
