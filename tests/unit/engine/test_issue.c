#include "fixture.h"

#include "api/draft.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "engine/issue.h"
#include "engine/outcome.h"
#include "engine/outline.h"

#define DAY 86400

struct world {
	struct fixture f;
	struct authority authority;
	struct signet_draft *draft;
	struct issued issued;
	struct outline outline;
	struct error err;
};

static void add(struct world *w, struct bytes oid, bool critical, struct buffer *value)
{
	struct extension extension = {oid, critical, buffer_bytes(value)};
	assert_int_equal(value->error, 0);
	assert_int_equal(signet_draft_set_extension(w->draft, &extension), 0);
	buffer_free(value);
}

/* A draft with one name and the extensions of a server's certificate. */
static void make_draft(struct world *w, const char *subject)
{
	struct buffer value = BUFFER_MAX(256);
	struct general_name name = {GN_DNS, bytes_text("a.example.com")};
	struct bytes der;
	int64_t now = clock_now();
	w->draft = signet_draft_new(w->f.arena);
	assert_non_null(w->draft);
	signet_draft_begin(w->draft, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(name_from_text(w->f.arena, subject, &der, NULL), 0);
	assert_int_equal(signet_draft_set_subject(w->draft, der), 0);
	assert_int_equal(signet_draft_set_validity(w->draft, now - 60, now + DAY), 0);
	basic_constraints_encode(&value, false, PATH_LENGTH_NONE);
	add(w, OID_BASIC_CONSTRAINTS, true, &value);
	signet_draft_begin(w->draft, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_set_alt_names(w->draft, &name, 1), 0);
}

static int setup(void **state)
{
	static struct world w;
	w = (struct world){0};
	fixture_make(&w.f, "");
	assert_int_equal(settings_load(&w.f.settings, w.f.config, NULL), 0);
	assert_int_equal(authority_load(&w.authority, w.f.arena, w.f.settings,
	                                conf_item(w.f.settings->authorities, 0), clock_now(), NULL), 0);
	make_draft(&w, "CN=a.example.com");
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

static int issue(struct world *w)
{
	w->err = (struct error){0};
	struct profile profile = {.authority = &w->authority};
	for (size_t i = 0; i < w->authority.extension_count; i++)
		profile.derived[profile.derived_count++] = w->authority.extensions[i];
	int result = issue_certificate(&w->issued, w->f.arena, &profile, key_public(w->f.key),
	                               w->draft, clock_now(), &w->err);
	if (result == 0)
		assert_int_equal(outline_read(&w->outline, w->f.arena, w->issued.certificate), 0);
	return result;
}

static unsigned origin_of(const struct world *w, struct bytes oid)
{
	for (size_t i = 0; i < w->outline.extension_count; i++)
		if (bytes_equal(w->outline.extensions[i].oid, oid))
			return w->issued.origins.data[i];
	return 0;
}

static void origins_stand_beside_the_extensions(void **state)
{
	struct world *w = *state;
	assert_int_equal(issue(w), 0);
	assert_int_equal(w->outline.extension_count, w->issued.origins.length);
	assert_int_equal(origin_of(w, OID_BASIC_CONSTRAINTS), SIGNET_ORIGIN_PROFILE);
	assert_int_equal(origin_of(w, OID_SUBJECT_ALT_NAME), SIGNET_ORIGIN_REQUEST);
	assert_int_equal(origin_of(w, OID_SUBJECT_KEY_ID), SIGNET_ORIGIN_ENGINE);
	assert_int_equal(origin_of(w, OID_AUTHORITY_KEY_ID), SIGNET_ORIGIN_ENGINE);
	assert_int_equal(origin_of(w, OID_CRL_DISTRIBUTION), SIGNET_ORIGIN_ENGINE);
	assert_int_equal(origin_of(w, OID_AUTHORITY_INFO), SIGNET_ORIGIN_ENGINE);
	assert_true(bytes_equal(w->outline.serial, w->issued.serial));
	assert_int_equal(w->outline.name_count, 1);
}

static void names_are_critical_under_an_empty_subject(void **state)
{
	struct world *w = *state;
	make_draft(w, "");
	assert_int_equal(issue(w), 0);
	bool critical = false;
	for (size_t i = 0; i < w->outline.extension_count; i++)
		if (bytes_equal(w->outline.extensions[i].oid, OID_SUBJECT_ALT_NAME))
			critical = w->outline.extensions[i].critical;
	assert_true(critical);
}

static void serials_differ(void **state)
{
	struct world *w = *state;
	assert_int_equal(issue(w), 0);
	struct bytes first = w->issued.serial;
	assert_int_equal(issue(w), 0);
	assert_int_equal(first.length, SERIAL_SIZE);
	assert_false(bytes_equal(first, w->issued.serial));
}

static void the_issuer_is_never_outlived(void **state)
{
	struct world *w = *state;
	int64_t end = w->authority.bounds.not_after;
	assert_int_equal(signet_draft_set_validity(w->draft, clock_now() - 60, end + DAY), 0);
	assert_int_equal(issue(w), 0);
	assert_int_equal(w->issued.not_after, end);
	assert_int_equal(w->outline.not_after, end);
}

static void an_authority_that_has_ended_issues_nothing(void **state)
{
	struct world *w = *state;
	w->authority.bounds.not_after = clock_now() - 1;
	assert_int_equal(issue(w), SIGNET_E_UNAVAILABLE);
}

static void a_draft_that_breaks_the_rules_is_invalid(void **state)
{
	struct world *w = *state;
	struct buffer value = BUFFER_MAX(256);
	/* RFC 5280 section 4.2.1.3: keyCertSign without a CA */
	key_usage_encode(&value, KU_KEY_CERT_SIGN);
	add(w, OID_KEY_USAGE, true, &value);
	assert_int_equal(issue(w), SIGNET_E_INVALID);
	make_draft(w, "");
	assert_int_equal(signet_draft_set_alt_names(w->draft, NULL, 0), 0);
	assert_int_equal(issue(w), SIGNET_E_INVALID);
}

static void key_identifiers_are_the_engines_alone(void **state)
{
	struct world *w = *state;
	struct buffer value = BUFFER_MAX(256);
	uint8_t id[20] = {1}, real[20];
	struct bytes got = BYTES_NONE;
	subject_key_id_encode(&value, BYTES_OF(id));
	add(w, OID_SUBJECT_KEY_ID, false, &value);
	assert_int_equal(issue(w), 0);
	assert_int_equal(origin_of(w, OID_SUBJECT_KEY_ID), SIGNET_ORIGIN_ENGINE);
	for (size_t i = 0; i < w->outline.extension_count; i++)
		if (bytes_equal(w->outline.extensions[i].oid, OID_SUBJECT_KEY_ID))
			assert_int_equal(subject_key_id_decode(w->outline.extensions[i].value, &got), 0);
	pubkey_id(key_public(w->f.key), real);
	assert_true(bytes_equal(got, BYTES_OF(real)));
}

static void other_extensions_of_a_rule_win_over_the_engines(void **state)
{
	struct world *w = *state;
	struct buffer value = BUFFER_MAX(256);
	const char *const uris[] = {"http://policy.example.com/crl"};
	signet_draft_begin(w->draft, SIGNET_ORIGIN_POLICY);
	crl_distribution_encode(&value, uris, 1);
	add(w, OID_CRL_DISTRIBUTION, false, &value);
	assert_int_equal(issue(w), 0);
	assert_int_equal(origin_of(w, OID_CRL_DISTRIBUTION), SIGNET_ORIGIN_POLICY);
}

static void what_was_taken_out_is_not_derived(void **state)
{
	struct world *w = *state;
	assert_int_equal(signet_draft_remove_extension(w->draft, OID_CRL_DISTRIBUTION), 0);
	assert_int_equal(signet_draft_remove_extension(w->draft, OID_AUTHORITY_KEY_ID), 0);
	assert_int_equal(issue(w), 0);
	assert_int_equal(origin_of(w, OID_CRL_DISTRIBUTION), 0);
	assert_int_equal(origin_of(w, OID_AUTHORITY_INFO), SIGNET_ORIGIN_ENGINE);
	assert_int_equal(origin_of(w, OID_AUTHORITY_KEY_ID), SIGNET_ORIGIN_ENGINE);
}

static void more_extensions_than_fit_are_invalid(void **state)
{
	struct world *w = *state;
	static const uint8_t null[] = {0x05, 0x00};
	/* the draft takes that many, but the engine's own come on top */
	for (uint8_t i = 0; i + 1 < LIMIT_EXTENSIONS; i++) {
		uint8_t oid[] = {0x2b, 0x06, 0x01, 0x04, 0x01, i};
		struct extension extension = {BYTES_OF(oid), false, BYTES_OF(null)};
		assert_int_equal(signet_draft_set_extension(w->draft, &extension), 0);
	}
	assert_int_equal(issue(w), SIGNET_E_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(origins_stand_beside_the_extensions),
		TEST(names_are_critical_under_an_empty_subject),
		TEST(serials_differ),
		TEST(the_issuer_is_never_outlived),
		TEST(an_authority_that_has_ended_issues_nothing),
		TEST(a_draft_that_breaks_the_rules_is_invalid),
		TEST(key_identifiers_are_the_engines_alone),
		TEST(other_extensions_of_a_rule_win_over_the_engines),
		TEST(what_was_taken_out_is_not_derived),
		TEST(more_extensions_than_fit_are_invalid),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
