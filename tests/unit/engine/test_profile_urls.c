#include "profile_world.h"

/* The test's authority has URLs for `crl` and `issuers`. */

static const struct extension *derived(const struct world *w, struct bytes oid)
{
	for (size_t i = 0; i < w->profile.derived_count; i++)
		if (bytes_equal(w->profile.derived[i].oid, oid))
			return &w->profile.derived[i];
	return NULL;
}

static const char *shown(const struct world *w, const struct extension *extension)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(4096);
	assert_non_null(extension);
	assert_int_equal(extension_describe(&text, extension), 0);
	return arena_text(w->f.arena, buffer_bytes(&text));
}

static void they_are_derived_of_the_authority(void **state)
{
	struct world *w = *state;
	static const char *const texts[] = {"{}", "{urls: }", "{urls: {}}"};
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		world_use(w, texts[i]);
		assert_int_equal(w->profile.derived_count, 2);
		assert_string_equal(shown(w, derived(w, OID_CRL_DISTRIBUTION)),
		                    "http://ca.example.com/issuing.crl");
		assert_string_equal(shown(w, derived(w, OID_AUTHORITY_INFO)),
		                    "caIssuers http://ca.example.com/issuing.cer");
		/* the engine adds them when it signs */
		world_passes(w, CSR(w, "", "dns:a.example.com"));
		assert_null(world_extension(w, OID_CRL_DISTRIBUTION));
	}
	w->authority.extension_count = 0;
	world_use(w, "{}");
	assert_int_equal(w->profile.derived_count, 0);
}

static void a_profile_may_have_its_own(void **state)
{
	struct world *w = *state;
	world_use(w, "{urls: {crl: 'http://b/1.crl', ocsp: 'http://b/ocsp', freshest-crl: "
	             "['http://b/delta.crl', 'ldap://b/x']}}");
	assert_int_equal(w->profile.derived_count, 0);
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_string_equal(world_shown(w, OID_CRL_DISTRIBUTION), "http://b/1.crl");
	assert_int_equal(world_extension(w, OID_CRL_DISTRIBUTION)->origin, SIGNET_ORIGIN_PROFILE);
	/* what it does not name is still the authority's */
	assert_string_equal(world_shown(w, OID_AUTHORITY_INFO),
	                    "ocsp http://b/ocsp\ncaIssuers http://ca.example.com/issuing.cer");
	struct bytes *uris;
	size_t count;
	const struct signet_draft_extension *e = world_extension(w, OID_FRESHEST_CRL);
	assert_false(e->extension.critical);
	assert_int_equal(crl_distribution_decode(w->f.arena, e->extension.value, &uris, &count), 0);
	assert_int_equal(count, 2);
}

static void a_profile_may_have_none(void **state)
{
	struct world *w = *state;
	world_use(w, "{urls: {crl: none, issuers: none, ocsp: none, freshest-crl: none}}");
	assert_int_equal(w->profile.derived_count, 0);
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_null(world_extension(w, OID_CRL_DISTRIBUTION));
	assert_null(world_extension(w, OID_AUTHORITY_INFO));
	assert_null(world_extension(w, OID_FRESHEST_CRL));
	world_use(w, "{urls: {ocsp: none}}");
	world_passes(w, CSR(w, "", "dns:a.example.com"));
	assert_non_null(derived(w, OID_CRL_DISTRIBUTION));
	assert_string_equal(world_shown(w, OID_AUTHORITY_INFO),
	                    "caIssuers http://ca.example.com/issuing.cer");
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	world_refuses(w, "{urls: none}", "p.urls: must be a map");
	world_refuses(w, "{urls: {cdp: none}}", "p.urls.cdp: unknown key 'cdp'");
	world_refuses(w, "{urls: {crl: here}}", "p.urls.crl: uri name \"here\"");
	world_refuses(w, "{urls: {ocsp: [here]}}", "p.urls.ocsp: uri name \"here\"");
	world_refuses(w, "{urls: {issuers: {a: b}}}", "p.urls.issuers: must be a list");
	world_refuses(w, "{urls: {freshest-crl: here}}", "p.urls.freshest-crl: uri name \"here\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		WORLD_TEST(they_are_derived_of_the_authority),
		WORLD_TEST(a_profile_may_have_its_own),
		WORLD_TEST(a_profile_may_have_none),
		WORLD_TEST(mistakes_are_named),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
