#include "profile_world.h"

static void policies_have_qualifiers(void **state)
{
	struct world *w = *state;
	struct policy_information *policies;
	size_t count;
	world_use(w, "{policies: [{oid: 2.23.140.1.2.1, cps: 'http://example.com/cps', notice: read it}, "
	             "{oid: 2.5.29.32.0}]}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	const struct signet_draft_extension *e = world_extension(w, OID_CERTIFICATE_POLICIES);
	assert_int_equal(e->origin, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(certificate_policies_decode(w->f.arena, e->extension.value, &policies, &count),
	                 0);
	assert_int_equal(count, 2);
	assert_string_equal(policies[0].cps, "http://example.com/cps");
	assert_string_equal(policies[0].notice, "read it");
	assert_null(policies[1].cps);
	world_use(w, "{policies: []}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_null(world_extension(w, OID_CERTIFICATE_POLICIES));
}

static void the_small_ones_are_encoded(void **state)
{
	struct world *w = *state;
	unsigned *features;
	size_t count;
	struct ms_template template;
	world_use(w, "{ocsp-no-check: true, must-staple: true, "
	             "ms-template: {oid: 1.3.6.1.4.1.311.21.8.1, major: 100, minor: 3}}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_int_equal(ocsp_nocheck_decode(world_extension(w, OID_OCSP_NOCHECK)->extension.value), 0);
	assert_int_equal(tls_feature_decode(w->f.arena,
	                                    world_extension(w, OID_TLS_FEATURE)->extension.value,
	                                    &features, &count), 0);
	assert_int_equal(count, 1);
	assert_int_equal(features[0], 5);
	assert_int_equal(ms_template_decode(world_extension(w, OID_MS_TEMPLATE)->extension.value,
	                                    &template), 0);
	assert_int_equal(template.major, 100);
	assert_int_equal(template.minor, 3);
	world_use(w, "{tls-feature: [status-request, status-request-v2, 23], "
	             "ms-template: {oid: 1.2.3}, ocsp-no-check: false, }");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_int_equal(tls_feature_decode(w->f.arena,
	                                    world_extension(w, OID_TLS_FEATURE)->extension.value,
	                                    &features, &count), 0);
	assert_int_equal(count, 3);
	assert_int_equal(features[1], 17);
	assert_int_equal(features[2], 23);
	assert_null(world_extension(w, OID_OCSP_NOCHECK));
	assert_int_equal(ms_template_decode(world_extension(w, OID_MS_TEMPLATE)->extension.value,
	                                    &template), 0);
	assert_int_equal(template.major, -1);
	world_use(w, "{must-staple: false}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_null(world_extension(w, OID_TLS_FEATURE));
	world_use(w, "{tls-feature: }");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_null(world_extension(w, OID_TLS_FEATURE));
}

static void a_sid_is_fixed_or_the_requests(void **state)
{
	struct world *w = *state;
	struct bytes sid, csr = CSR(w, "", "dns:a.example.com");
	world_use(w, "{ms-sid: S-1-5-21-1-2-3-500}");
	assert_null(w->profile.sid);
	world_passes(w, csr);
	assert_int_equal(ms_sid_decode(world_extension(w, OID_MS_SID)->extension.value, &sid), 0);
	assert_true(bytes_is_text(sid, "S-1-5-21-1-2-3-500"));
	world_use(w, "{ms-sid: '{attribute.sid}'}");
	world_denies(w, csr, SIGNET_REASON_NAME, "cannot fill its ms-sid: {attribute.sid}: the request "
	             "brings none");
	world_attribute(w, "sid", "S-1-5-21-7");
	world_passes(w, csr);
	assert_int_equal(world_extension(w, OID_MS_SID)->origin, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(ms_sid_decode(world_extension(w, OID_MS_SID)->extension.value, &sid), 0);
	assert_true(bytes_is_text(sid, "S-1-5-21-7"));
	static const char *const hostile[] = {"S-1", "S-1-5-21-7-", "x", "S-1-5-21-7 ", "s-1-5-21-7",
	                                      "S-1-5-21-07", "S-1-5-21-4294967296"};
	for (size_t i = 0; i < sizeof hostile / sizeof *hostile; i++) {
		world_attribute(w, "sid", hostile[i]);
		world_denies(w, csr, SIGNET_REASON_NAME, "is no SID");
	}
	world_use(w, "{ms-sid?: '{attribute.sid}'}");
	world_denies(w, csr, SIGNET_REASON_NAME, "is no SID");
	world_attribute(w, "sid", NULL);
	world_passes(w, csr);
	assert_null(world_extension(w, OID_MS_SID));
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	static const char *const cases[][2] = {
		{"policies: {oid: 1.2.3}", "p.policies: must be a list"},
		{"policies: [1.2.3]", "p.policies: must be a map"},
		{"policies: [{cps: 'http://a/'}]", "p.policies: the key 'oid' is missing"},
		{"policies: [{oid: nothing}]", "p.policies.oid: 'nothing' is no OID"},
		{"policies: [{oid: 1.2.3, cps: 'no url'}]", "p.policies.cps: uri name"},
		{"policies: [{oid: 1.2.3, note: x}]", "p.policies.note: unknown key"},
		{"policies: [{oid: 1.2.3}, {oid: 1.2.3}]", "p.policies: cannot be encoded"},
		{"ocsp-no-check: 1", "p.ocsp-no-check: '1' is not"},
		{"must-staple: perhaps", "p.must-staple: 'perhaps'"},
		{"must-staple: true, tls-feature: [5]", "p.must-staple: 'must-staple' is the"},
		{"tls-feature: status-request", "p.tls-feature: must be a list"},
		{"tls-feature: [status]", "p.tls-feature: 'status' is neither"},
		{"tls-feature: [65536]", "p.tls-feature: '65536' is neither"},
		{"tls-feature: [5, status-request]", "p.tls-feature: a feature stands here twice"},
		{"ms-template: 1.2.3", "p.ms-template: must be a map"},
		{"ms-template: {major: 1}", "p.ms-template: the key 'oid' is missing"},
		{"ms-template: {oid: x}", "p.ms-template.oid: 'x' is no OID"},
		{"ms-template: {oid: 1.2.3, minor: 1}", "p.ms-template: 'minor' needs 'major'"},
		{"ms-template: {oid: 1.2.3, major: 4294967296}", "p.ms-template.major: '4294967296'"},
		{"ms-template: {oid: 1.2.3, version: 1}", "p.ms-template.version: unknown key"},
		{"ms-sid: S-1", "p.ms-sid: 'S-1' is no SID"},
		{"ms-sid: '{sid}'", "p.ms-sid: {sid}: not known here"},
		{"ms-sid: [a]", "p.ms-sid: must be a single value"},
		{"ms-sid: S-1-5-21-1, ms-sid?: S-1-5-21-1", "p.ms-sid?: stands beside 'ms-sid'"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		world_refuses(w, arena_printf(w->f.arena, "{%s}", cases[i][0]), cases[i][1]);
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	buffer_append_text(&text, "{policies: [{oid: 1.2.3, notice: '");
	for (int i = 0; i < 201; i++)
		buffer_append_octet(&text, 'x');
	buffer_append_text(&text, "'}]}");
	world_refuses(w, buffer_text(&text), "at most 200 characters");
	buffer_clear(&text);
	buffer_append_text(&text, "{policies: [");
	for (int i = 0; i < 17; i++)
		buffer_printf(&text, "{oid: 1.2.%d},", i);
	buffer_append_text(&text, "]}");
	world_refuses(w, buffer_text(&text), "p.policies: more than 16 policies");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(policies_have_qualifiers),
		WORLD_TEST(the_small_ones_are_encoded),
		WORLD_TEST(a_sid_is_fixed_or_the_requests),
		WORLD_TEST(mistakes_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
