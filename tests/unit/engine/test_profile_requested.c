#include "profile_world.h"

#define KU_SIGN_ENCIPHER "030205a0" /* digital-signature, key-encipherment */
#define EKU_SERVER_CODE "301406082b0601050507030106082b06010505070303"
#define EKU_CODE "300a06082b06010505070303"
#define STAPLE "3003020105"

/* A request for one extension. */
static struct bytes asking(struct world *w, struct bytes oid, const char *hex)
{
	struct extension e = world_hex(w, oid, hex);
	return world_csr(w, "CN=a.example.com", &e, 1);
}

static struct bytes oid_of(struct world *w, const char *text)
{
	struct bytes oid;
	assert_int_equal(oid_from_text(w->f.arena, text, &oid), 0);
	return oid;
}

static void what_is_not_allowed_is_ignored(void **state)
{
	struct world *w = *state;
	world_use(w, "{extended-key-usage: [server-auth, code-signing]}");
	world_passes(w, asking(w, OID_EXT_KEY_USAGE, EKU_CODE));
	assert_string_equal(world_shown(w, OID_EXT_KEY_USAGE), "server-auth, code-signing");
	assert_int_equal(world_extension(w, OID_EXT_KEY_USAGE)->origin, SIGNET_ORIGIN_PROFILE);
	world_passes(w, asking(w, OID_TLS_FEATURE, STAPLE));
	assert_null(world_extension(w, OID_TLS_FEATURE));
	world_passes(w, asking(w, OID_BASIC_CONSTRAINTS, "30030101ff"));
	assert_string_equal(world_shown(w, OID_BASIC_CONSTRAINTS), "not a ca");
	world_passes(w, asking(w, OID_SUBJECT_KEY_ID, "040101"));
	assert_null(world_extension(w, OID_SUBJECT_KEY_ID));
}

static void or_denied(void **state)
{
	struct world *w = *state;
	world_use(w, "{unexpected: deny, extended-key-usage: [code-signing]}");
	world_denies(w, asking(w, OID_TLS_FEATURE, STAPLE), SIGNET_REASON_REQUEST,
	             "the profile 'p' does not allow what the request asks for in the extension "
	             "tlsFeature");
	world_denies(w, asking(w, OID_BASIC_CONSTRAINTS, "30030101ff"), SIGNET_REASON_REQUEST,
	             "basicConstraints");
	world_denies(w, asking(w, oid_of(w, "1.2.3.4"), "0500"), SIGNET_REASON_REQUEST, "1.2.3.4");
	/* but what the certificate has anyway may be asked for */
	world_passes(w, asking(w, OID_EXT_KEY_USAGE, EKU_CODE));
	world_passes(w, asking(w, OID_BASIC_CONSTRAINTS, "3000"));
	world_passes(w, CSR(w, "", "dns:a.example.com"));
}

static void usages_are_narrowed(void **state)
{
	struct world *w = *state;
	world_use(w, "{from-request: [key-usage, extended-key-usage], key-usage: [digital-signature, "
	             "non-repudiation], extended-key-usage: {usages: [server-auth, client-auth], "
	             "critical: true}}");
	world_passes(w, asking(w, OID_KEY_USAGE, KU_SIGN_ENCIPHER));
	assert_string_equal(world_shown(w, OID_KEY_USAGE), "digital-signature");
	assert_int_equal(world_extension(w, OID_KEY_USAGE)->origin, SIGNET_ORIGIN_REQUEST);
	assert_true(world_extension(w, OID_KEY_USAGE)->extension.critical);
	assert_int_equal(world_extension(w, OID_EXT_KEY_USAGE)->origin, SIGNET_ORIGIN_PROFILE);
	world_passes(w, asking(w, OID_EXT_KEY_USAGE, EKU_SERVER_CODE));
	assert_string_equal(world_shown(w, OID_EXT_KEY_USAGE), "server-auth");
	assert_int_equal(world_extension(w, OID_EXT_KEY_USAGE)->origin, SIGNET_ORIGIN_REQUEST);
	assert_true(world_extension(w, OID_EXT_KEY_USAGE)->extension.critical);
	assert_string_equal(world_shown(w, OID_KEY_USAGE), "digital-signature, non-repudiation");
	/* nothing that is asked for is allowed: no other usage is given in its place */
	world_denies(w, asking(w, OID_EXT_KEY_USAGE, EKU_CODE), SIGNET_REASON_REQUEST,
	             "allows nothing of what the request asks for in the extension extKeyUsage");
	world_denies(w, asking(w, OID_KEY_USAGE, "03020520"), SIGNET_REASON_REQUEST, "allows nothing");
	/* without a wish the profile's own */
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_string_equal(world_shown(w, OID_EXT_KEY_USAGE), "server-auth, client-auth");
}

static void narrowing_can_be_denied(void **state)
{
	struct world *w = *state;
	world_use(w, "{from-request: [key-usage, extended-key-usage], unexpected: deny, key-usage: "
	             "[digital-signature], extended-key-usage: [server-auth]}");
	world_denies(w, asking(w, OID_KEY_USAGE, KU_SIGN_ENCIPHER), SIGNET_REASON_REQUEST, "keyUsage");
	world_denies(w, asking(w, OID_EXT_KEY_USAGE, EKU_SERVER_CODE), SIGNET_REASON_REQUEST,
	             "extKeyUsage");
	world_passes(w, asking(w, OID_KEY_USAGE, "03020780"));
}

static void usages_of_the_request_fit_its_key(void **state)
{
	struct world *w = *state;
	/* an EC key */
	world_use(w, "{from-request: [key-usage], key-usage: [digital-signature, key-encipherment, "
	             "key-agreement, encipher-only]}");
	world_passes(w, asking(w, OID_KEY_USAGE, KU_SIGN_ENCIPHER));
	assert_string_equal(world_shown(w, OID_KEY_USAGE), "digital-signature");
	world_denies(w, asking(w, OID_KEY_USAGE, "03020520"), SIGNET_REASON_REQUEST, "allows nothing");
	world_passes(w, asking(w, OID_KEY_USAGE, "03020081")); /* with encipher-only alone */
	assert_string_equal(world_shown(w, OID_KEY_USAGE), "digital-signature");
}

static void features_are_narrowed(void **state)
{
	struct world *w = *state;
	struct bytes staple = asking(w, OID_TLS_FEATURE, STAPLE);
	struct bytes other = asking(w, OID_TLS_FEATURE, "3003020117");
	world_use(w, "{from-request: [tls-feature]}");
	world_passes(w, staple);
	assert_int_equal(world_extension(w, OID_TLS_FEATURE)->origin, SIGNET_ORIGIN_REQUEST);
	world_passes(w, other);
	assert_null(world_extension(w, OID_TLS_FEATURE));
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_null(world_extension(w, OID_TLS_FEATURE));
	world_use(w, "{from-request: [must-staple], must-staple: true}");
	world_passes(w, other);
	assert_int_equal(world_extension(w, OID_TLS_FEATURE)->origin, SIGNET_ORIGIN_PROFILE);
	world_use(w, "{from-request: [tls-feature], tls-feature: [17, 23]}");
	world_passes(w, other);
	assert_int_equal(world_extension(w, OID_TLS_FEATURE)->origin, SIGNET_ORIGIN_REQUEST);
	world_use(w, "{from-request: [tls-feature], unexpected: deny}");
	world_denies(w, other, SIGNET_REASON_REQUEST, "tlsFeature");
}

static void a_template_is_the_profiles_own_or_any(void **state)
{
	struct world *w = *state;
	struct bytes csr = asking(w, OID_MS_TEMPLATE, "300806032a0304020107");
	struct ms_template template;
	world_use(w, "{from-request: [ms-template]}");
	world_passes(w, csr);
	assert_int_equal(world_extension(w, OID_MS_TEMPLATE)->origin, SIGNET_ORIGIN_REQUEST);
	world_use(w, "{from-request: [ms-template], ms-template: {oid: 1.2.3.4, major: 1}}");
	world_passes(w, csr);
	assert_int_equal(ms_template_decode(world_extension(w, OID_MS_TEMPLATE)->extension.value,
	                                    &template), 0);
	assert_int_equal(template.major, 7);
	world_use(w, "{from-request: [ms-template], ms-template: {oid: 1.2.3.5, major: 1}}");
	world_passes(w, csr);
	assert_int_equal(ms_template_decode(world_extension(w, OID_MS_TEMPLATE)->extension.value,
	                                    &template), 0);
	assert_int_equal(template.major, 1);
	world_use(w, "{from-request: [ms-template], ms-template: {oid: 1.2.3.5}, unexpected: deny}");
	world_denies(w, csr, SIGNET_REASON_REQUEST, "msCertificateTemplate");
}

static void others_are_taken_as_they_are(void **state)
{
	struct world *w = *state;
	struct bytes oid = oid_of(w, "1.2.3.4");
	struct extension e = world_hex(w, oid, "0c0161");
	e.critical = true;
	world_use(w, "{from-request: [1.2.3.4], extensions: [{oid: 1.2.3.4, hex: '0500'}]}");
	world_passes(w, world_csr(w, "CN=a", &e, 1));
	assert_string_equal(world_shown(w, oid), "UTF8String \"a\"");
	assert_int_equal(world_extension(w, oid)->origin, SIGNET_ORIGIN_REQUEST);
	assert_false(world_extension(w, oid)->extension.critical);
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_string_equal(world_shown(w, oid), "NULL");
	assert_int_equal(world_extension(w, oid)->origin, SIGNET_ORIGIN_PROFILE);
	/* two elements are no extension's value */
	e = world_hex(w, oid, "05000500");
	world_denies(w, world_csr(w, "CN=a", &e, 1), SIGNET_REASON_REQUEST, "cannot be read");
	e.value = BYTES_NONE;
	world_denies(w, world_csr(w, "CN=a", &e, 1), SIGNET_REASON_REQUEST, "cannot be read");
}

static void broken_ones_are_denied(void **state)
{
	struct world *w = *state;
	world_use(w, "{from-request: [key-usage, extended-key-usage, tls-feature, ms-template], "
	             "extended-key-usage: [server-auth]}");
	world_denies(w, asking(w, OID_KEY_USAGE, "0500"), SIGNET_REASON_REQUEST, "keyUsage that the");
	world_denies(w, asking(w, OID_KEY_USAGE, "030100"), SIGNET_REASON_REQUEST, "cannot be read");
	world_denies(w, asking(w, OID_EXT_KEY_USAGE, "3000"), SIGNET_REASON_REQUEST, "cannot be read");
	world_denies(w, asking(w, OID_TLS_FEATURE, "3000"), SIGNET_REASON_REQUEST, "cannot be read");
	world_denies(w, asking(w, OID_MS_TEMPLATE, "3000"), SIGNET_REASON_REQUEST, "cannot be read");
	/* one that nobody wants is not looked at */
	world_use(w, "{}");
	world_passes(w, asking(w, OID_KEY_USAGE, "0500"));
}

static void what_is_the_engines_cannot_be_asked_for(void **state)
{
	struct world *w = *state;
	static const char *const never[] = {
		"2.5.29.19", "2.5.29.14", "2.5.29.35", "2.5.29.31", "2.5.29.46", "2.5.29.30", "2.5.29.17",
		"2.5.29.32", "2.5.29.33", "2.5.29.36", "2.5.29.54", "2.5.29.18", "1.3.6.1.5.5.7.1.1",
		"1.3.6.1.5.5.7.48.1.5", "1.3.6.1.4.1.311.25.2", "1.3.6.1.4.1.11129.2.4.2",
		"1.3.6.1.4.1.11129.2.4.3"};
	for (size_t i = 0; i < sizeof never / sizeof *never; i++)
		world_refuses(w, arena_printf(w->f.arena, "{from-request: [%s]}", never[i]),
		              "is never taken from a request");
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	static const char *const cases[][2] = {
		{"from-request: key-usage", "p.from-request: must be a list"},
		{"from-request: [keyusage]", "p.from-request: 'keyusage' is neither one of key-usage"},
		{"from-request: [basicConstraints]", "'basicConstraints' is neither"},
		{"from-request: [1.2.]", "p.from-request: '1.2.' is no OID"},
		{"from-request: [[a]]", "p.from-request: must be a single value"},
		{"from-request: [tls-feature, must-staple]", "p.from-request: stands here twice"},
		{"from-request: [2.5.29.15, key-usage]", "p.from-request: stands here twice"},
		{"from-request: [extended-key-usage]",
		 "p.from-request: the profile itself allows no extKeyUsage"},
		{"from-request: [key-usage], key-usage: []", "the profile itself allows no keyUsage"},
		{"unexpected: pass", "p.unexpected: 'pass' is not ignore or deny"},
	};
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		world_refuses(w, arena_printf(w->f.arena, "{%s}", cases[i][0]), cases[i][1]);
	world_path_length(w, PATH_LENGTH_NONE);
	world_refuses(w, "{from-request: [key-usage], subject: request, basic-constraints: {ca: true}, "
	                 "key-usage: [key-cert-sign]}", "p.from-request: an authority's key usage");
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	buffer_append_text(&text, "{from-request: [");
	for (int i = 0; i < LIMIT_EXTENSIONS; i++)
		buffer_printf(&text, "1.2.3.%d, ", i);
	buffer_append_text(&text, "]}");
	world_refuses(w, buffer_text(&text), "p.from-request: more extensions than");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(what_is_not_allowed_is_ignored),
		WORLD_TEST(or_denied),
		WORLD_TEST(usages_are_narrowed),
		WORLD_TEST(narrowing_can_be_denied),
		WORLD_TEST(usages_of_the_request_fit_its_key),
		WORLD_TEST(features_are_narrowed),
		WORLD_TEST(a_template_is_the_profiles_own_or_any),
		WORLD_TEST(others_are_taken_as_they_are),
		WORLD_TEST(broken_ones_are_denied),
		WORLD_TEST(what_is_the_engines_cannot_be_asked_for),
		WORLD_TEST(mistakes_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
