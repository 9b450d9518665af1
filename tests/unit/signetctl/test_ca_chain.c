#include "tests/unit/engine/fixture.h"

#include "base/clock.h"
#include "signetctl/authority.h"
#include "signetctl/ca_chain.h"

#define YEAR (365 * 86400)
#define CA_USAGE (KU_KEY_CERT_SIGN | KU_CRL_SIGN)

static struct ca_authority authority;
static struct ca_pool pool;

static int setup(void **state)
{
	static struct fixture f;
	struct error err;
	fixture_make(&f, "");
	if (settings_load(&f.settings, f.config, &err) ||
	    ca_authority_open(&authority, f.arena, f.settings, "issuing", &err))
		fail_msg("%s", err.message);
	pool = (struct ca_pool){.arena = f.arena};
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	ca_pool_clear(&pool);
	ca_authority_close(&authority);
	fixture_end(*state);
	return 0;
}

static struct fixture_authority plan(const struct fixture *f)
{
	int64_t now = clock_now();
	return (struct fixture_authority){
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = f->issuing_key,
		.issuer_key = f->root_key, .key_usage = CA_USAGE, .ca = true, .path_length = 0,
		.not_before = now - 1000, .not_after = now + 20 * YEAR};
}

static struct bytes make(const struct fixture *f, const struct fixture_authority *a)
{
	return fixture_certificate(f->arena, a);
}

/* Builds with what is known and these certificates that came along. */
static int build(struct fixture *f, struct bytes first, const struct bytes *along, size_t count,
                 struct bytes chain[LIMIT_CHAIN], size_t *length, struct error *err)
{
	ca_pool_clear(&pool);
	assert_int_equal(ca_pool_add(&pool, along, count, false, err), 0);
	assert_int_equal(ca_pool_add_known(&pool, f->settings, err), 0);
	return ca_chain_build(&pool, first, chain, length, err);
}

static void the_issuers_that_are_known_follow(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f);
	struct bytes chain[LIMIT_CHAIN], first = make(f, &a);
	struct error err;
	size_t count;
	assert_int_equal(build(f, first, NULL, 0, chain, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(chain[0], first));
	assert_true(bytes_equal(chain[1], f->root));
}

static void an_issuer_in_between_may_come_along(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f), between = plan(f);
	struct bytes chain[LIMIT_CHAIN];
	struct error err;
	size_t count;
	between.subject = a.issuer = "CN=Between";
	between.key = a.issuer_key = f->key;
	between.path_length = PATH_LENGTH_NONE;
	struct bytes along[] = {make(f, &between)}, first = make(f, &a);
	assert_int_equal(build(f, first, along, 1, chain, &count, &err), 0);
	assert_int_equal(count, 3);
	assert_true(bytes_equal(chain[1], along[0]));
	assert_int_equal(build(f, first, NULL, 0, chain, &count, &err), SIGNET_E_INVALID);
}

static void a_root_that_comes_along_is_not_trusted(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f), root = plan(f);
	struct bytes chain[LIMIT_CHAIN];
	struct error err;
	size_t count;
	a.issuer_key = root.key = root.issuer_key = f->key;
	root.subject = "CN=Test Root";
	struct bytes along[] = {make(f, &root)}, first = make(f, &a);
	assert_int_equal(build(f, first, along, 1, chain, &count, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "--issuer-certificate"));
	assert_int_equal(ca_pool_add(&pool, along, 1, true, &err), 0);
	assert_int_equal(ca_chain_build(&pool, first, chain, &count, &err), 0);
	assert_int_equal(count, 2);
}

static void cross_certificates_do_not_go_round_for_ever(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority one = plan(f), other = plan(f), a = plan(f);
	struct bytes chain[LIMIT_CHAIN];
	struct error err;
	size_t count;
	one.subject = other.issuer = a.issuer = "CN=One";
	other.subject = one.issuer = "CN=Other";
	one.key = other.issuer_key = a.issuer_key = f->key;
	other.key = one.issuer_key = f->root_key;
	struct bytes along[] = {make(f, &one), make(f, &other)}, first = make(f, &a);
	assert_int_equal(build(f, first, along, 2, chain, &count, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "more than"));
}

static int check(struct fixture *f, const struct fixture_authority *a, bool force,
                 struct error *err)
{
	struct bytes chain[] = {make(f, a), f->root};
	return ca_chain_check(&authority, chain, 2, a->key, clock_now(), force, err);
}

static void another_certificate_may_take_its_place(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f);
	struct error err;
	if (check(f, &a, false, &err))
		fail_msg("%s", err.message);
	a.key = f->key;
	if (check(f, &a, false, &err))
		fail_msg("%s", err.message);
	a.path_length = 3;
	if (check(f, &a, false, &err))
		fail_msg("%s", err.message);
}

static void the_present_one_may_not(void **state)
{
	struct error err;
	(void)state;
	assert_int_equal(ca_chain_check(&authority, authority.chain, authority.chain_count,
	                                authority.key, clock_now(), true, &err), SIGNET_E_EXISTS);
}

static void the_name_never_changes(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f);
	struct error err;
	a.subject = "CN=Test Renamed";
	assert_int_equal(check(f, &a, true, &err), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "never changes"));
	assert_non_null(strstr(err.message, "CN=Test Renamed"));
	a.subject = "CN=TEST ISSUING";
	assert_int_equal(check(f, &a, true, &err), SIGNET_E_BAD_NAME);
	assert_non_null(strstr(err.message, "octets"));
}

static void what_the_engine_would_refuse_is_refused(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f);
	struct error err;
	a.ca = false;
	a.path_length = PATH_LENGTH_NONE;
	assert_int_equal(check(f, &a, true, &err), SIGNET_E_INVALID);
	a = plan(f);
	a.key_usage = KU_KEY_CERT_SIGN;
	assert_int_equal(check(f, &a, true, &err), SIGNET_E_INVALID);
	a = plan(f);
	a.not_after = clock_now() - 10;
	assert_int_equal(check(f, &a, true, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "expired"));
	a = plan(f);
	a.not_before = clock_now() + 1000;
	assert_int_equal(check(f, &a, true, &err), SIGNET_E_INVALID);
	a = plan(f);
	a.issuer_key = f->key;
	assert_int_equal(check(f, &a, true, &err), SIGNET_E_INVALID);
}

static void steps_back_want_force(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f);
	struct error err;
	a.not_after = clock_now() + YEAR;
	assert_int_equal(check(f, &a, false, &err), SIGNET_E_CONFLICT);
	assert_non_null(strstr(err.message, "--force"));
	assert_int_equal(check(f, &a, true, &err), 0);
}

static void fewer_authorities_below_want_force(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f);
	struct error err;
	a.path_length = 2;
	struct bytes wide = make(f, &a);
	certificate_clear(&authority.certificate);
	assert_int_equal(certificate_parse(&authority.certificate, f->arena, wide, &err), 0);
	a.path_length = 1;
	assert_int_equal(check(f, &a, false, &err), SIGNET_E_CONFLICT);
	assert_non_null(strstr(err.message, "path length"));
	assert_int_equal(check(f, &a, true, &err), 0);
	a.path_length = PATH_LENGTH_NONE;
	assert_int_equal(check(f, &a, false, &err), 0);
}

static void name_constraints_of_an_issuer_hold(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f), root = plan(f);
	struct general_name permitted[1];
	struct error err;
	assert_int_equal(name_constraint_from_text(f->arena, "directory:O=Elsewhere", permitted, &err), 0);
	const struct name_constraints constraints = {.permitted = permitted, .permitted_count = 1};
	root.subject = "CN=Test Root";
	root.key = f->root_key;
	root.path_length = PATH_LENGTH_NONE;
	root.constraints = &constraints;
	struct bytes chain[] = {make(f, &a), make(f, &root)};
	assert_int_equal(authority_verify_chain(f->arena, chain, 2, clock_now(), &err), SIGNET_E_BAD_NAME);
	chain[1] = f->root;
	assert_int_equal(authority_verify_chain(f->arena, chain, 2, clock_now(), &err), 0);
}

static void an_issuer_that_allows_no_authority_below_is_refused(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f), root = plan(f);
	struct error err;
	root.subject = "CN=Test Root";
	root.key = f->root_key;
	struct bytes chain[] = {make(f, &a), make(f, &root)};
	assert_int_equal(authority_verify_chain(f->arena, chain, 2, clock_now(), &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "path length"));
}

static void a_chain_ends_with_its_first_end(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = plan(f);
	struct error err;
	int64_t end = 0;
	struct bytes chain[] = {make(f, &a), f->issuing, f->root};
	assert_int_equal(ca_chain_end(f->arena, chain, 1, &end, &err), 0);
	assert_int_equal(end, a.not_after);
	assert_int_equal(ca_chain_end(f->arena, chain, 2, &end, &err), 0);
	assert_int_equal(end, authority.certificate.not_after);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_issuers_that_are_known_follow),
		TEST(an_issuer_in_between_may_come_along),
		TEST(a_root_that_comes_along_is_not_trusted),
		TEST(cross_certificates_do_not_go_round_for_ever),
		TEST(another_certificate_may_take_its_place),
		TEST(the_present_one_may_not),
		TEST(the_name_never_changes),
		TEST(what_the_engine_would_refuse_is_refused),
		TEST(steps_back_want_force),
		TEST(fewer_authorities_below_want_force),
		TEST(name_constraints_of_an_issuer_hold),
		TEST(an_issuer_that_allows_no_authority_below_is_refused),
		TEST(a_chain_ends_with_its_first_end),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
