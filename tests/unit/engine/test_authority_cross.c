#include "fixture.h"

#include "base/clock.h"
#include "engine/authority.h"

#define YEAR (365 * 86400)

static int setup(void **state)
{
	static struct fixture f;
	struct error err;
	fixture_make(&f, "");
	assert_int_equal(settings_load(&f.settings, f.config, &err), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

static int load(struct fixture *f, struct authority *a, struct error *err)
{
	*err = (struct error){0};
	return authority_load(a, f->arena, f->settings, conf_item(f->settings->authorities, 0),
	                      clock_now(), err);
}

/* For the key of the authority, by a key elsewhere. */
static struct fixture_authority by_another(const struct fixture *f)
{
	int64_t now = clock_now();
	return (struct fixture_authority){
		.subject = "CN=Test Issuing", .issuer = "CN=Elsewhere", .key = f->issuing_key,
		.issuer_key = f->key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - 1000, .not_after = now + 1000};
}

static void those_for_its_key_and_by_its_key_are_its_own(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority one = by_another(f), other = by_another(f), strange = by_another(f);
	struct authority a;
	struct error err;
	other.subject = "CN=Elsewhere";
	other.issuer = "CN=Test Issuing";
	other.key = f->key;
	other.issuer_key = f->issuing_key;
	strange.subject = "CN=Elsewhere";
	strange.key = f->root_key;
	struct bytes list[] = {fixture_certificate(f->arena, &one), fixture_certificate(f->arena, &strange),
	                       fixture_certificate(f->arena, &other)};
	fixture_write_pem(f, "issuing.cross.pem", list, 3);
	assert_int_equal(load(f, &a, &err), 0);
	assert_int_equal(a.cross_count, 2);
	assert_true(bytes_equal(a.cross[0], list[0]));
	assert_true(bytes_equal(a.cross[1], list[2]));
	authority_clear(&a);
}

static void they_are_no_bound_of_what_it_issues(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority one = by_another(f);
	struct authority before, after;
	struct error err;
	assert_int_equal(load(f, &before, &err), 0);
	struct bytes cross = fixture_certificate(f->arena, &one);
	fixture_write_pem(f, "issuing.cross.pem", &cross, 1);
	assert_int_equal(load(f, &after, &err), 0);
	assert_int_equal(after.cross_count, 1);
	assert_int_equal(after.bounds.not_after, before.bounds.not_after);
	assert_int_equal(after.chain_count, before.chain_count);
	authority_clear(&before);
	authority_clear(&after);
}

static void those_that_have_ended_are_left_out(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority one = by_another(f);
	struct authority a;
	struct error err;
	one.not_after = clock_now() - 10;
	struct bytes cross = fixture_certificate(f->arena, &one);
	fixture_write_pem(f, "issuing.cross.pem", &cross, 1);
	assert_int_equal(load(f, &a, &err), 0);
	assert_int_equal(a.cross_count, 0);
	authority_clear(&a);
}

static void those_of_an_earlier_key_are_its_own_too(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_now();
	struct fixture_authority earlier = by_another(f), cross = by_another(f);
	struct authority a;
	struct error err;
	earlier.key = cross.key = f->root_key;
	earlier.issuer = "CN=Test Issuing";
	earlier.issuer_key = f->root_key;
	earlier.not_after = now + YEAR;
	struct bytes first = fixture_certificate(f->arena, &earlier);
	struct bytes list = fixture_certificate(f->arena, &cross);
	fixture_write_pem(f, "issuing.1.pem", &first, 1);
	fixture_write_key(f, "issuing.1.key", f->root_key, NULL);
	fixture_write_pem(f, "issuing.cross.pem", &list, 1);
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_int_equal(a.previous_count, 1);
	assert_int_equal(a.cross_count, 1);
	authority_clear(&a);
}

static void fails_with(struct fixture *f, const char *part)
{
	struct authority a;
	struct error err;
	assert_int_equal(load(f, &a, &err), SIGNET_E_CONFIG);
	if (!strstr(err.message, part) || !strstr(err.message, "issuing.cross.pem"))
		fail_msg("'%s' does not say '%s'", err.message, part);
}

static void what_is_none_is_refused(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority leaf = by_another(f);
	leaf.ca = false;
	leaf.path_length = PATH_LENGTH_NONE;
	leaf.key_usage = KU_DIGITAL_SIGNATURE;
	struct bytes list[LIMIT_CROSS + 1];
	list[0] = fixture_certificate(f->arena, &leaf);
	fixture_write(f, "issuing.cross.pem", "nothing");
	fails_with(f, "no CERTIFICATE");
	fixture_write_pem(f, "issuing.cross.pem", list, 1);
	fails_with(f, "no CA's");
	for (size_t i = 0; i <= LIMIT_CROSS; i++)
		list[i] = f->issuing;
	fixture_write_pem(f, "issuing.cross.pem", list, LIMIT_CROSS + 1);
	fails_with(f, "more than 16");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(those_for_its_key_and_by_its_key_are_its_own),
		TEST(they_are_no_bound_of_what_it_issues),
		TEST(those_that_have_ended_are_left_out),
		TEST(those_of_an_earlier_key_are_its_own_too),
		TEST(what_is_none_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
