#include "fixture.h"

#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "engine/request.h"
#include "pki/certificate.h"

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

static void load_fails(const char *sections, const char *part)
{
	struct fixture f;
	struct configuration *configuration;
	struct error err = {0};
	fixture_make(&f, sections);
	assert_int_equal(settings_load(&f.settings, f.config, &err), 0);
	assert_int_equal(configuration_load(&configuration, f.settings, NULL, &err),
	                 SIGNET_E_CONFIG);
	if (!strstr(err.message, part))
		fail_msg("'%s' does not say '%s'", err.message, part);
	assert_non_null(strstr(err.message, "signet.yaml:"));
	fixture_end(&f);
}

static void mistakes_are_named(void **state)
{
	(void)state;
	load_fails("authorities: {}\n", "there is no authority");
	load_fails("profiles: {gateway: {}}\n", "profiles.gateway: this name is reserved");
	load_fails("intermediaries:\n  - acme: {profile: nothing}\n", "there is no profile 'nothing'");
	load_fails("intermediaries:\n  - acme: {profile: gateway}\n", "there is no profile 'gateway'");
	load_fails("profiles: {p: {}}\nintermediaries:\n  - acme: {name: gateway, profile: p}\n",
	           "the name 'gateway' is reserved");
	load_fails("users: {gateway: no-such-user-here}\n", "there is no user 'no-such-user-here'");
	load_fails("policy:\n  - keys: {rsa-min: 1}\n", "policy.keys.rsa-min");
}

static void no_process_has_a_role(void **state)
{
	const char *const users = "users: {gateway: nobody, adviser: daemon}\n";
	char sections[256];
	(void)state;
	snprintf(sections, sizeof sections, "%sroles: {officer: [bin, nobody]}\n", users);
	load_fails(sections, "roles.officer: 'nobody' is the user that the gateway runs as");
	snprintf(sections, sizeof sections, "%sroles: {administrator: daemon}\n", users);
	load_fails(sections, "roles.administrator: 'daemon' is the user that the adviser runs as");
	snprintf(sections, sizeof sections, "users: {publisher: bin}\nroles: {officer: bin}\n");
	load_fails(sections, "roles.officer: 'bin' is the user that the publisher runs as");
}

/* Who runs everything as one user may everything as that one. */
static void one_user_for_all_may_have_a_role(void **state)
{
	struct fixture *f = *state;
	struct configuration *c;
	struct error err = {0};
	char sections[256];
	snprintf(sections, sizeof sections, "roles: {officer: [uid:%lu]}\n",
	         (unsigned long)geteuid());
	fixture_configure(f, sections);
	fixture_shut(f);
	assert_int_equal(settings_load(&f->settings, f->config, &err), 0);
	assert_int_equal(configuration_load(&c, f->settings, NULL, &err), 0);
	assert_int_equal(roles_of(&c->roles, geteuid()), ROLES_OFFICER);
	configuration_free(c);
	settings_free(f->settings);
	f->settings = NULL;
	fixture_configure(f, "users: {engine: bin, gateway: bin}\nroles: {officer: bin}\n");
	assert_int_equal(settings_load(&f->settings, f->config, &err), 0);
	assert_int_equal(configuration_load(&c, f->settings, NULL, &err), 0);
	configuration_free(c);
	settings_free(f->settings);
	f->settings = NULL;
}

static void the_gateways_host_name_must_be_one_that_can_be_certified(void **state)
{
	struct fixture *f = *state;
	struct general_name base = {GN_DNS, bytes_text("example.org")};
	const struct name_constraints constraints = {&base, NULL, 1, 0};
	const struct fixture_authority issuing = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = f->issuing_key,
		.issuer_key = f->root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = clock_now() - 60, .not_after = clock_now() + 86400,
		.constraints = &constraints};
	struct bytes chain[] = {fixture_certificate(f->arena, &issuing), f->root};
	struct configuration *c;
	struct error err = {0};
	fixture_write_pem(f, "issuing.pem", chain, 2);
	assert_int_equal(configuration_load(&c, f->settings, NULL, &err), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "hostname: the authority 'issuing' cannot issue the "
	                                    "gateway's certificate"));
	assert_non_null(strstr(err.message, "dns name \"ca.example.com\""));
	/* with a certificate of its own it needs none */
	fixture_configure(f, "tls: {certificate: tls.pem, key: tls.key}\n");
	fixture_shut(f);
	assert_int_equal(settings_load(&f->settings, f->config, &err), 0);
	assert_int_equal(configuration_load(&c, f->settings, NULL, &err), 0);
	configuration_free(c);
	settings_free(f->settings);
	f->settings = NULL;
}

static void profiles_are_open_to_their_intermediaries(void **state)
{
	struct fixture *f = *state;
	struct configuration *c = configuration_take(f->engine->holder);
	assert_true(configuration_is_open(c, "acme", "tls-server"));
	assert_false(configuration_is_open(c, "acme", "closed"));
	assert_false(configuration_is_open(c, "acme", "gateway"));
	assert_false(configuration_is_open(c, "est", "tls-server"));
	assert_true(configuration_is_open(c, "gateway", "gateway"));
	assert_false(configuration_is_open(c, "gateway", "tls-server"));
	configuration_release(f->engine->holder, c);
}

static void a_reload_takes_effect_and_keeps_the_old_for_who_holds_it(void **state)
{
	struct fixture *f = *state;
	struct configuration *before = configuration_take(f->engine->holder);
	fixture_configure(f, "profiles: {other: {validity: 1d}}\n");
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	struct configuration *after = configuration_take(f->engine->holder);
	assert_true(after->generation > before->generation);
	assert_non_null(configuration_profile(before, "tls-server"));
	assert_null(configuration_profile(after, "tls-server"));
	assert_non_null(configuration_profile(after, "other"));
	configuration_release(f->engine->holder, before);
	configuration_release(f->engine->holder, after);
}

static void a_reload_that_fails_changes_nothing(void **state)
{
	struct fixture *f = *state;
	struct error err = {0};
	struct configuration *before = configuration_take(f->engine->holder);
	configuration_release(f->engine->holder, before);
	fixture_configure(f, "profiles: {p: {validity: none}}\n");
	assert_int_equal(engine_reload(f->engine, &err), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "profiles.p.validity"));
	fixture_write(f, "signet.yaml", "state: /somewhere/else\n");
	assert_int_equal(engine_reload(f->engine, &err), SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "'state' cannot change"));
	struct configuration *after = configuration_take(f->engine->holder);
	assert_ptr_equal(before, after);
	configuration_release(f->engine->holder, after);
}

#define THREADS 8
#define RELOADS 40

/* Two configurations that differ in policy and validity alike: whatever is issued was judged and
 * drafted by one of them, never by half of each. */
#define SECTIONS(validity, domain) \
	"profiles: {tls-server: {validity: " validity "}}\n" \
	"intermediaries:\n  - acme: {profile: tls-server}\n" \
	"policy:\n  - names: {dns: ['*." domain "']}\n  - validity: {max: " validity "}\n"
static const char *const versions[] = {SECTIONS("10d", "a.example.com"),
                                       SECTIONS("20d", "b.example.com")};

struct caller {
	pthread_t thread;
	struct fixture *f;
	struct arena *arena;
	struct bytes csr[2];
	unsigned number;
	unsigned issued, denied;
	bool wrong;
};

static atomic_bool stop;

static void submit(struct caller *c, unsigned which, unsigned round)
{
	char key[64];
	struct signet_outcome out;
	struct certificate certificate;
	snprintf(key, sizeof key, "%u-%u-%u", c->number, which, round);
	struct signet_submission s = fixture_submission(c->csr[which], key);
	struct configuration *configuration = configuration_take(c->f->engine->holder);
	int result = request_submit(c->f->engine, configuration, c->arena, &s, &out, NULL);
	configuration_release(c->f->engine->holder, configuration);
	if (result || (out.disposition != SIGNET_ISSUED && out.disposition != SIGNET_DENIED)) {
		c->wrong = true;
		return;
	}
	if (out.disposition == SIGNET_DENIED) {
		c->denied++;
		return;
	}
	c->issued++;
	if (certificate_parse(&certificate, c->arena, out.certificate, NULL)) {
		c->wrong = true;
		return;
	}
	int64_t days = (certificate.not_after - certificate.not_before + 1) / 86400;
	c->wrong = c->wrong || days != (which ? 20 : 10);
	certificate_clear(&certificate);
}

static void *call(void *arg)
{
	struct caller *c = arg;
	for (unsigned round = 0; !atomic_load(&stop); round++) {
		submit(c, round % 2, round);
		arena_clear(c->arena);
	}
	return NULL;
}

static void reloads_under_load_never_mix_two_configurations(void **state)
{
	struct fixture *f = *state;
	static struct caller callers[THREADS];
	unsigned issued = 0, denied = 0;
	fixture_configure(f, versions[0]);
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	atomic_store(&stop, false);
	struct bytes csr[] = {fixture_csr(f->arena, f->key, "", "dns:x.a.example.com", NULL),
	                      fixture_csr(f->arena, f->key, "", "dns:x.b.example.com", NULL)};
	for (unsigned i = 0; i < THREADS; i++) {
		callers[i] = (struct caller){.f = f, .arena = arena_new(LIMIT_REQUEST_ARENA),
		                             .csr = {csr[0], csr[1]}, .number = i};
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	for (unsigned i = 1; i <= RELOADS; i++) {
		struct error err = {0};
		fixture_configure(f, versions[i % 2]);
		if (engine_reload(f->engine, &err))
			fail_msg("%s", err.message);
	}
	atomic_store(&stop, true);
	for (unsigned i = 0; i < THREADS; i++) {
		pthread_join(callers[i].thread, NULL);
		assert_false(callers[i].wrong);
		issued += callers[i].issued;
		denied += callers[i].denied;
		arena_free(callers[i].arena);
	}
	struct database_counts counts;
	assert_int_equal(database_count(f->engine->database, &counts, NULL), 0);
	assert_int_equal(counts.requests, issued + denied);
	assert_int_equal(counts.certificates, issued);
}

/* In a file of its own there is what the text does not say. */
static void the_fingerprint_is_of_the_authorities_files_too(void **state)
{
	struct fixture *f = *state;
	char first[sizeof ((struct configuration *)0)->fingerprint], same[sizeof first];
	struct configuration *c = configuration_take(f->engine->holder);
	memcpy(first, c->fingerprint, sizeof first);
	configuration_release(f->engine->holder, c);
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	c = configuration_take(f->engine->holder);
	memcpy(same, c->fingerprint, sizeof same);
	configuration_release(f->engine->holder, c);
	assert_string_equal(same, first);
	/* the chain without its root: the authority's own certificate is what it was */
	fixture_write_pem(f, "issuing.pem", &f->issuing, 1);
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	c = configuration_take(f->engine->holder);
	assert_memory_equal(c->fingerprint, "sha256:", 7);
	assert_int_equal(strlen(c->fingerprint), 71);
	assert_string_not_equal(c->fingerprint, first);
	configuration_release(f->engine->holder, c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(mistakes_are_named),
		cmocka_unit_test(no_process_has_a_role),
		TEST(one_user_for_all_may_have_a_role),
		TEST(the_gateways_host_name_must_be_one_that_can_be_certified),
		TEST(profiles_are_open_to_their_intermediaries),
		TEST(a_reload_takes_effect_and_keeps_the_old_for_who_holds_it),
		TEST(a_reload_that_fails_changes_nothing),
		TEST(the_fingerprint_is_of_the_authorities_files_too),
		TEST(reloads_under_load_never_mix_two_configurations),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
