#include "fixture.h"

#include "api/draft.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "pki/csr.h"

#define DAY 86400
#define NOW 1800000000

/* The first profile of a configuration, and a request to draft from. */
struct world {
	struct fixture f;
	struct profile profile;
	struct csr csr;
	struct signet_request request;
	struct signet_draft *draft;
	struct signet_verdict verdict;
	struct authority authority;
};

static int setup(void **state)
{
	static struct world w;
	struct error err = {0};
	w = (struct world){0};
	fixture_make(&w.f, "");
	assert_int_equal(settings_load(&w.f.settings, w.f.config, &err), 0);
	assert_int_equal(authority_load(&w.authority, w.f.arena, w.f.settings,
	                                conf_item(w.f.settings->authorities, 0), clock_now(), &err), 0);
	/* from here on the clock is the test's */
	w.authority.certificate.not_before = NOW - 1000 * DAY;
	w.authority.certificate.not_after = NOW + 1000 * DAY;
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	authority_clear(&w->authority);
	fixture_end(&w->f);
	return 0;
}

static int load(struct world *w, const char *text, struct error *err)
{
	struct conf *conf;
	char *whole = arena_printf(w->f.arena, "p: %s\n", text);
	*err = (struct error){0};
	if (conf_parse(&conf, "test.yaml", bytes_text(whole), err))
		fail_msg("%s", err->message);
	int result = profile_load(&w->profile, w->f.arena, conf_find(conf_root(conf), "p"),
	                          &w->authority, 1, err);
	conf_free(conf);
	return result;
}

static void use(struct world *w, const char *text)
{
	struct error err;
	if (load(w, text, &err))
		fail_msg("%s", err.message);
}

static void refuses(struct world *w, const char *text, const char *part)
{
	struct error err;
	assert_int_equal(load(w, text, &err), SIGNET_E_CONFIG);
	assert_int_equal(strncmp(err.message, "test.yaml:1: ", 13), 0);
	if (!strstr(err.message, part))
		fail_msg("'%s' does not say '%s'", err.message, part);
}

static enum signet_decision draft(struct world *w, struct bytes der, int64_t wish_not_before,
                                  int64_t wish_not_after)
{
	struct error err = {0};
	assert_int_equal(csr_parse(&w->csr, w->f.arena, der, &err), 0);
	w->request = (struct signet_request){
		.csr = der, .submitted = NOW, .key = w->csr.key, .subject = w->csr.subject,
		.alt_names = w->csr.alt_names, .alt_name_count = w->csr.alt_name_count};
	assert_int_equal(profile_draft(&w->profile, &w->request, wish_not_before, wish_not_after,
	                               w->f.arena, &w->draft, &w->verdict, &err), 0);
	csr_clear(&w->csr);
	return w->verdict.decision;
}

static const char *subject_of(struct world *w)
{
	return name_to_text(w->f.arena, signet_draft_subject(w->draft));
}

static const struct signet_draft_extension *extension(const struct world *w, struct bytes oid)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(w->draft, &count);
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(list[i].extension.oid, oid))
			return &list[i];
	return NULL;
}

#define CSR(w, subject, ...) fixture_csr((w)->f.arena, (w)->f.key, subject, __VA_ARGS__, NULL)

static void defaults_are_those_of_a_server(void **state)
{
	struct world *w = *state;
	use(w, "{}");
	assert_int_equal(w->profile.validity, 90 * DAY);
	assert_int_equal(w->profile.backdate, 60);
	assert_int_equal(draft(w, CSR(w, "CN=ignored,O=ignored", "dns:a.example.com"), 0, 0),
	                 SIGNET_PASS);
	assert_string_equal(subject_of(w), "CN=a.example.com");
	assert_int_equal(signet_draft_subject_origin(w->draft), SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_alt_names_origin(w->draft), SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_not_before(w->draft), NOW - 60);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 90 * DAY - 1);
	unsigned mask;
	bool ca;
	int path_length;
	const struct signet_draft_extension *e = extension(w, OID_KEY_USAGE);
	assert_non_null(e);
	assert_true(e->extension.critical);
	assert_int_equal(e->origin, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(key_usage_decode(e->extension.value, &mask), 0);
	assert_int_equal(mask, KU_DIGITAL_SIGNATURE);
	e = extension(w, OID_BASIC_CONSTRAINTS);
	assert_non_null(e);
	assert_int_equal(basic_constraints_decode(e->extension.value, &ca, &path_length), 0);
	assert_false(ca);
	assert_null(extension(w, OID_EXT_KEY_USAGE));
}

static void subjects_follow_their_rule(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "CN=Somebody,O=Example", "dns:a.example.com");
	use(w, "{subject: request}");
	assert_int_equal(draft(w, csr, 0, 0), SIGNET_PASS);
	assert_string_equal(subject_of(w), "CN=Somebody,O=Example");
	assert_int_equal(signet_draft_subject_origin(w->draft), SIGNET_ORIGIN_REQUEST);
	use(w, "{subject: empty}");
	assert_int_equal(draft(w, csr, 0, 0), SIGNET_PASS);
	assert_string_equal(subject_of(w), "");
	use(w, "{subject: {common-name: from-request}}");
	assert_int_equal(draft(w, csr, 0, 0), SIGNET_PASS);
	assert_string_equal(subject_of(w), "CN=Somebody");
	use(w, "{subject: {common-name: none}}");
	assert_int_equal(draft(w, csr, 0, 0), SIGNET_PASS);
	assert_string_equal(subject_of(w), "");
	use(w, "{subject: {common-name: from-request}}");
	assert_int_equal(draft(w, CSR(w, "O=Example", "dns:a.example.com"), 0, 0), SIGNET_PASS);
	assert_string_equal(subject_of(w), "");
}

static void a_long_name_does_not_become_the_common_name(void **state)
{
	struct world *w = *state;
	const char *longer = "dns:a123456789.b123456789.c123456789.d123456789.e123456789.example.com";
	use(w, "{subject: {common-name: first-dns}}");
	assert_int_equal(draft(w, CSR(w, "", longer, "dns:b.example.com"), 0, 0), SIGNET_PASS);
	assert_string_equal(subject_of(w), "CN=b.example.com");
	assert_int_equal(draft(w, CSR(w, "", longer), 0, 0), SIGNET_PASS);
	assert_string_equal(subject_of(w), "");
}

static void a_host_name_as_common_name_is_a_name_too(void **state)
{
	struct world *w = *state;
	size_t count;
	use(w, "{}");
	assert_int_equal(draft(w, CSR(w, "CN=b.example.com", "dns:a.example.com"), 0, 0), SIGNET_PASS);
	const struct general_name *names = signet_draft_alt_names(w->draft, &count);
	assert_int_equal(count, 2);
	assert_true(bytes_is_text(names[1].value, "b.example.com"));
	assert_int_equal(draft(w, CSR(w, "CN=A.example.com", "dns:a.example.com"), 0, 0), SIGNET_PASS);
	signet_draft_alt_names(w->draft, &count);
	assert_int_equal(count, 1);
	assert_int_equal(draft(w, fixture_csr(w->f.arena, w->f.key, "CN=a.example.com", NULL), 0, 0),
	                 SIGNET_PASS);
	signet_draft_alt_names(w->draft, &count);
	assert_int_equal(count, 1);
	assert_string_equal(subject_of(w), "CN=a.example.com");
	use(w, "{names: [email]}");
	assert_int_equal(draft(w, CSR(w, "CN=b.example.com", "email:a@example.com"), 0, 0),
	                 SIGNET_PASS);
	signet_draft_alt_names(w->draft, &count);
	assert_int_equal(count, 1);
}

static void kinds_of_names_that_are_not_taken_are_denied(void **state)
{
	struct world *w = *state;
	use(w, "{names: [dns]}");
	assert_int_equal(draft(w, CSR(w, "", "dns:a.example.com", "ip:192.0.2.1"), 0, 0), SIGNET_DENY);
	assert_int_equal(w->verdict.reason, SIGNET_REASON_NAME);
	assert_string_equal(w->verdict.message, "the profile 'p' takes no names of the kind ip");
	use(w, "{names: [dns, ip]}");
	assert_int_equal(draft(w, CSR(w, "", "dns:a.example.com", "ip:192.0.2.1"), 0, 0), SIGNET_PASS);
}

static void wishes_narrow_the_validity_only(void **state)
{
	struct world *w = *state;
	struct bytes csr = CSR(w, "", "dns:a.example.com");
	use(w, "{validity: 10d, backdate: 1m}");
	assert_int_equal(draft(w, csr, NOW + DAY, NOW + 2 * DAY), SIGNET_PASS);
	assert_int_equal(signet_draft_not_before(w->draft), NOW + DAY);
	assert_int_equal(signet_draft_not_after(w->draft), NOW + 2 * DAY);
	assert_int_equal(draft(w, csr, NOW - DAY, NOW + 100 * DAY), SIGNET_PASS);
	assert_int_equal(signet_draft_not_before(w->draft), NOW - 60);
	assert_int_equal(signet_draft_not_after(w->draft), NOW - 60 + 10 * DAY - 1);
	assert_int_equal(draft(w, csr, NOW + 11 * DAY, 0), SIGNET_DENY);
	assert_int_equal(w->verdict.reason, SIGNET_REASON_VALIDITY);
	assert_int_equal(draft(w, csr, 0, NOW - 1), SIGNET_DENY);
	assert_int_equal(draft(w, csr, NOW + 2 * DAY, NOW + DAY), SIGNET_DENY);
}

static void the_issuer_is_not_outlived(void **state)
{
	struct world *w = *state;
	use(w, "{validity: 90d}");
	w->authority.certificate.not_after = NOW + 30 * DAY;
	assert_int_equal(draft(w, CSR(w, "", "dns:a.example.com"), 0, 0), SIGNET_PASS);
	assert_int_equal(signet_draft_not_after(w->draft), NOW + 30 * DAY);
	w->authority.certificate.not_before = NOW - 10;
	assert_int_equal(draft(w, CSR(w, "", "dns:a.example.com"), 0, 0), SIGNET_PASS);
	assert_int_equal(signet_draft_not_before(w->draft), NOW - 10);
}

static void usages_fit_the_kind_of_key(void **state)
{
	struct world *w = *state;
	struct key *rsa;
	unsigned mask;
	assert_int_equal(key_generate(&rsa, KEY_RSA, 2048, NULL), 0);
	struct bytes csr = fixture_csr(w->f.arena, rsa, "", "dns:a.example.com", NULL);
	use(w, "{key-usage: [digital-signature, key-encipherment]}");
	assert_int_equal(draft(w, csr, 0, 0), SIGNET_PASS);
	assert_int_equal(key_usage_decode(extension(w, OID_KEY_USAGE)->extension.value, &mask), 0);
	assert_int_equal(mask, KU_DIGITAL_SIGNATURE | KU_KEY_ENCIPHERMENT);
	assert_int_equal(draft(w, CSR(w, "", "dns:a.example.com"), 0, 0), SIGNET_PASS);
	assert_int_equal(key_usage_decode(extension(w, OID_KEY_USAGE)->extension.value, &mask), 0);
	assert_int_equal(mask, KU_DIGITAL_SIGNATURE);
	use(w, "{key-usage: [key-encipherment]}");
	assert_int_equal(draft(w, csr, 0, 0), SIGNET_PASS);
	assert_int_equal(draft(w, CSR(w, "", "dns:a.example.com"), 0, 0), SIGNET_DENY);
	assert_int_equal(w->verdict.reason, SIGNET_REASON_KEY);
	use(w, "{key-usage: []}");
	assert_int_equal(draft(w, csr, 0, 0), SIGNET_PASS);
	assert_null(extension(w, OID_KEY_USAGE));
	key_free(rsa);
}

static void extensions_of_the_configuration_are_encoded(void **state)
{
	struct world *w = *state;
	struct bytes *oids;
	struct policy_information *policies;
	size_t count;
	use(w, "{extended-key-usage: [server-auth, 1.3.6.1.4.1.99.1], policies: "
	    "[{oid: 2.23.140.1.2.1, cps: 'http://example.com/cps', notice: read it}]}");
	assert_int_equal(draft(w, CSR(w, "", "dns:a.example.com"), 0, 0), SIGNET_PASS);
	assert_int_equal(ext_key_usage_decode(w->f.arena,
	                                      extension(w, OID_EXT_KEY_USAGE)->extension.value, &oids,
	                                      &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(oids[0], OID_SERVER_AUTH));
	assert_int_equal(certificate_policies_decode(
		w->f.arena, extension(w, OID_CERTIFICATE_POLICIES)->extension.value, &policies,
		&count), 0);
	assert_int_equal(count, 1);
	assert_string_equal(policies[0].cps, "http://example.com/cps");
}

static void a_ca_profile_keeps_the_path_length(void **state)
{
	struct world *w = *state;
	/* the test's authority has a path length of 0 */
	refuses(w, "{basic-constraints: {ca: true, path-length: 0}, key-usage: [key-cert-sign]}",
	        "has a path length of 0");
	refuses(w, "{basic-constraints: {ca: true}}", "key-cert-sign go together");
	refuses(w, "{key-usage: [key-cert-sign]}", "key-cert-sign go together");
	refuses(w, "{basic-constraints: {path-length: 1}}", "'path-length' needs 'ca: true'");
}

static void mistakes_are_named(void **state)
{
	struct world *w = *state;
	refuses(w, "{valid: 1d}", "unknown key 'valid'");
	refuses(w, "{authority: other}", "p.authority: there is no authority 'other'");
	refuses(w, "{validity: 0}", "must be longer than 0");
	refuses(w, "{validity: 1m, backdate: 1m}", "must be shorter");
	refuses(w, "{subject: whatever}", "p.subject: ");
	refuses(w, "{subject: {common-name: mine}}", "p.subject.common-name: ");
	refuses(w, "{names: [dns, x400]}", "'x400' is none of");
	refuses(w, "{names: [nothing]}", "'nothing' is none of");
	refuses(w, "{key-usage: [sing]}", "p.key-usage: ");
	refuses(w, "{key-usage: digital-signature}", "p.key-usage: must be a list");
	refuses(w, "{extended-key-usage: [CN]}", "'CN' is no known usage");
	refuses(w, "{extended-key-usage: [serverauth]}", "'serverauth' is no known usage");
	refuses(w, "{policies: [{cps: 'http://a/'}]}", "the key 'oid' is missing");
	refuses(w, "{policies: [{oid: nothing}]}", "'nothing' is no OID");
	refuses(w, "{policies: [{oid: 1.2.3, cps: 'no url'}]}", "cps: ");
}

static void one_of_several_authorities_is_chosen(void **state)
{
	struct world *w = *state;
	struct conf *conf;
	struct error err = {0};
	struct authority two[] = {w->authority, w->authority};
	two[1].name = "second";
	assert_int_equal(conf_parse(&conf, "test.yaml",
	                            bytes_text("p: {authority: second}\nq: {}\n"), &err), 0);
	assert_int_equal(profile_load(&w->profile, w->f.arena, conf_find(conf_root(conf), "p"), two, 2,
	                              &err), 0);
	assert_ptr_equal(w->profile.authority, &two[1]);
	assert_int_equal(profile_load(&w->profile, w->f.arena, conf_find(conf_root(conf), "q"), two, 2,
	                              &err), SIGNET_E_CONFIG);
	assert_string_equal(err.message,
	                    "test.yaml:2: q: the key 'authority' is missing, and there are 2 of them");
	conf_free(conf);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(defaults_are_those_of_a_server),
		TEST(subjects_follow_their_rule),
		TEST(a_long_name_does_not_become_the_common_name),
		TEST(a_host_name_as_common_name_is_a_name_too),
		TEST(kinds_of_names_that_are_not_taken_are_denied),
		TEST(wishes_narrow_the_validity_only),
		TEST(the_issuer_is_not_outlived),
		TEST(usages_fit_the_kind_of_key),
		TEST(extensions_of_the_configuration_are_encoded),
		TEST(a_ca_profile_keeps_the_path_length),
		TEST(mistakes_are_named),
		TEST(one_of_several_authorities_is_chosen),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
