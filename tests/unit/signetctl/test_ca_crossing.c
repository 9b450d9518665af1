#include "tests/unit/engine/fixture.h"

#include "asn1/oid.h"
#include "base/clock.h"
#include "signetctl/ca_crossing.h"

#define DAY 86400
#define YEAR (365 * DAY)

static const char config[] =
	"authorities:\n"
	"  issuing: {certificate: issuing.pem, key: issuing.key}\n"
	"  top: {certificate: top.pem, key: top.key, urls: {base: 'http://crl.example'}}\n";

static struct ca_authority top;
static struct ca_crossing crossing;
static const struct ca_crossing_limits no_limits = {.foreign = true, .path_length = PATH_LENGTH_NONE};

static struct fixture_authority root_plan(const struct key *key)
{
	int64_t now = clock_now();
	return (struct fixture_authority){
		.subject = "CN=Test Root", .issuer = "CN=Test Root", .key = key, .issuer_key = key,
		.key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = PATH_LENGTH_NONE, .not_before = now - 1000, .not_after = now + 5 * YEAR};
}

static void open_top(struct fixture *f)
{
	struct error err;
	if (ca_authority_open(&top, f->arena, f->settings, "top", &err))
		fail_msg("%s", err.message);
	crossing = (struct ca_crossing){.publisher = &top, .arena = f->arena, .now = clock_now()};
}

static int setup(void **state)
{
	static struct fixture f;
	struct error err;
	fixture_make(&f, config);
	fixture_write_pem(&f, "top.pem", &f.root, 1);
	fixture_write_key(&f, "top.key", f.root_key, NULL);
	assert_int_equal(settings_load(&f.settings, f.config, &err), 0);
	open_top(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	ca_authority_close(&top);
	fixture_end(*state);
	return 0;
}

/* The root rolls over to f->key. */
static void roll(struct fixture *f)
{
	struct fixture_authority next = root_plan(f->key);
	struct bytes der = fixture_certificate(f->arena, &next);
	ca_authority_close(&top);
	fixture_write_pem(f, "top.1.pem", &f->root, 1);
	fixture_write_key(f, "top.1.key", f->root_key, NULL);
	fixture_write_pem(f, "top.pem", &der, 1);
	fixture_write_key(f, "top.key", f->key, NULL);
	open_top(f);
}

static struct certificate parse(struct fixture *f, struct bytes der)
{
	struct certificate c;
	assert_int_equal(certificate_parse(&c, f->arena, der, NULL), 0);
	return c;
}

static void the_keys_of_a_root_certify_each_other(void **state)
{
	struct fixture *f = *state;
	struct error err;
	roll(f);
	if (ca_crossing_roll(&crossing, &err))
		fail_msg("%s", err.message);
	assert_int_equal(crossing.count, 2);
	struct certificate new_by_old = parse(f, crossing.made[0]), old_by_new = parse(f, crossing.made[1]);
	assert_true(pubkey_equal(new_by_old.key, key_public(f->key)));
	assert_int_equal(certificate_verify(&new_by_old, key_public(f->root_key), NULL), 0);
	assert_true(pubkey_equal(old_by_new.key, key_public(f->root_key)));
	assert_int_equal(certificate_verify(&old_by_new, key_public(f->key), NULL), 0);
	assert_int_equal(new_by_old.not_after, top.certificate.not_after);
	assert_int_equal(old_by_new.not_after, top.certificate.not_after);
	certificate_clear(&new_by_old);
	certificate_clear(&old_by_new);
}

static void that_wants_an_earlier_key_of_a_root(void **state)
{
	struct fixture *f = *state;
	struct error err;
	assert_int_equal(ca_crossing_roll(&crossing, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "no earlier key"));
	roll(f);
	fixture_write_pem(f, "top.1.pem", &f->issuing, 1);
	assert_int_equal(ca_crossing_roll(&crossing, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "no root"));
	struct fixture_authority ended = root_plan(f->root_key);
	ended.not_after = clock_now() - 10;
	struct bytes der = fixture_certificate(f->arena, &ended);
	fixture_write_pem(f, "top.1.pem", &der, 1);
	assert_int_equal(ca_crossing_roll(&crossing, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "expired"));
	struct fixture_authority other = root_plan(f->issuing_key);
	der = fixture_certificate(f->arena, &other);
	fixture_write_pem(f, "top.1.pem", &der, 1);
	assert_int_equal(ca_crossing_roll(&crossing, &err), SIGNET_E_CONFLICT);
	assert_int_equal(crossing.count, 0);
}

/* A foreign CA's own certificate. */
static struct fixture_authority foreign_plan(const struct fixture *f)
{
	struct fixture_authority foreign = root_plan(f->key);
	foreign.subject = foreign.issuer = "CN=Foreign";
	return foreign;
}

static int certify(struct fixture *f, const struct fixture_authority *foreign,
                   const struct ca_crossing_limits *limits, struct error *err)
{
	struct certificate c = parse(f, fixture_certificate(f->arena, foreign));
	int result = ca_crossing_certify(&crossing, &top, &c, limits, err);
	certificate_clear(&c);
	return result;
}

static void a_foreign_authority_is_certified_as_far_as_is_wanted(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority foreign = foreign_plan(f);
	struct general_name permitted[1];
	struct name_constraints names = {.permitted = permitted, .permitted_count = 1};
	const struct ca_crossing_limits limits = {.foreign = true, .path_length = 1, .names = &names};
	struct error err;
	int path_length;
	assert_int_equal(name_constraint_from_text(f->arena, "dns:example", permitted, &err), 0);
	crossing.not_after = crossing.now + 10 * DAY;
	if (certify(f, &foreign, &limits, &err))
		fail_msg("%s", err.message);
	struct certificate made = parse(f, crossing.made[0]);
	assert_int_equal(certificate_verify(&made, key_public(f->root_key), NULL), 0);
	assert_true(pubkey_equal(made.key, key_public(f->key)));
	assert_true(bytes_equal(made.issuer, top.certificate.subject));
	assert_int_equal(made.not_after, crossing.not_after);
	assert_true(certificate_is_ca(&made, &path_length));
	assert_int_equal(path_length, 1);
	const struct extension *constraints = certificate_extension(&made, OID_NAME_CONSTRAINTS);
	assert_non_null(constraints);
	assert_true(constraints->critical);
	assert_non_null(certificate_extension(&made, OID_CRL_DISTRIBUTION));
	certificate_clear(&made);
}

static void a_path_length_is_never_made_longer(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority foreign = foreign_plan(f);
	const struct ca_crossing_limits limits = {.foreign = true, .path_length = 5};
	struct error err;
	int path_length;
	foreign.path_length = 2;
	assert_int_equal(certify(f, &foreign, &limits, &err), 0);
	struct certificate made = parse(f, crossing.made[0]);
	assert_true(certificate_is_ca(&made, &path_length));
	assert_int_equal(path_length, 2);
	certificate_clear(&made);
}

static void it_ends_with_the_first_of_the_certificates(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority foreign = foreign_plan(f);
	struct error err;
	foreign.not_after = clock_now() + YEAR;
	crossing.not_after = crossing.now + 3 * YEAR;
	assert_int_equal(certify(f, &foreign, &no_limits, &err), 0);
	struct certificate made = parse(f, crossing.made[0]);
	assert_int_equal(made.not_after, foreign.not_after);
	certificate_clear(&made);
}

static void what_may_not_be_certified(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority foreign = foreign_plan(f);
	struct general_name permitted[1];
	const struct name_constraints names = {.permitted = permitted, .permitted_count = 1};
	const struct ca_crossing_limits limits = {.foreign = true, .path_length = PATH_LENGTH_NONE,
	                                          .names = &names};
	struct error err;
	assert_int_equal(name_constraint_from_text(f->arena, "dns:example", permitted, &err), 0);
	foreign.constraints = &names;
	assert_int_equal(certify(f, &foreign, &limits, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "of its own"));
	foreign = foreign_plan(f);
	foreign.subject = foreign.issuer = "CN=Test Root";
	assert_int_equal(certify(f, &foreign, &no_limits, &err), SIGNET_E_BAD_NAME);
	foreign = foreign_plan(f);
	foreign.key = foreign.issuer_key = f->root_key;
	assert_int_equal(certify(f, &foreign, &no_limits, &err), SIGNET_E_BAD_KEY);
	foreign = foreign_plan(f);
	foreign.not_after = clock_now() - 10;
	assert_int_equal(certify(f, &foreign, &no_limits, &err), SIGNET_E_INVALID);
	foreign = foreign_plan(f);
	foreign.key_usage = KU_CRL_SIGN;
	assert_int_equal(certify(f, &foreign, &no_limits, &err), SIGNET_E_INVALID);
	foreign = foreign_plan(f);
	foreign.ca = false;
	foreign.key_usage = KU_DIGITAL_SIGNATURE;
	assert_int_equal(certify(f, &foreign, &no_limits, &err), SIGNET_E_INVALID);
	assert_int_equal(crossing.count, 0);
}

static size_t saved(struct fixture *f, struct bytes out[LIMIT_CHAIN])
{
	size_t count = 0;
	if (ca_read_certificates(f->arena, top.files.cross, out, &count, NULL))
		return 0;
	return count;
}

static void newer_ones_take_the_place_of_older_ones(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority foreign = foreign_plan(f), ended = foreign_plan(f);
	struct bytes list[LIMIT_CHAIN], first;
	struct error err;
	ended.not_after = clock_now() - 10;
	ended.issuer = "CN=Test Root";
	ended.issuer_key = f->root_key;
	list[0] = fixture_certificate(f->arena, &ended);
	ended.subject = "CN=Still There";
	ended.not_after = clock_now() + 10;
	list[1] = fixture_certificate(f->arena, &ended);
	fixture_write_pem(f, "top.cross.pem", list, 2);
	assert_int_equal(certify(f, &foreign, &no_limits, &err), 0);
	assert_int_equal(ca_crossing_save(&crossing, &err), 0);
	first = crossing.made[0];
	struct bytes there = list[1];
	assert_int_equal(saved(f, list), 2);
	assert_true(bytes_equal(list[0], there));
	assert_true(bytes_equal(list[1], first));
	crossing.count = 0;
	assert_int_equal(certify(f, &foreign, &no_limits, &err), 0);
	assert_int_equal(ca_crossing_save(&crossing, &err), 0);
	assert_int_equal(saved(f, list), 2);
	assert_true(bytes_equal(list[1], crossing.made[0]));
	assert_false(bytes_equal(list[1], first));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_keys_of_a_root_certify_each_other),
		TEST(that_wants_an_earlier_key_of_a_root),
		TEST(a_foreign_authority_is_certified_as_far_as_is_wanted),
		TEST(a_path_length_is_never_made_longer),
		TEST(it_ends_with_the_first_of_the_certificates),
		TEST(what_may_not_be_certified),
		TEST(newer_ones_take_the_place_of_older_ones),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
