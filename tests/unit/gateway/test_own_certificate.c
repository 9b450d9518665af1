#include "engine_peer.h"

#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/limits.h"
#include "crypto/x509.h"
#include "gateway/own_certificate.h"
#include "pki/certificate.h"

#define DAY 86400

static struct fixture f;
static struct settings *settings;
static struct signet_client *client;

static void load_settings(void)
{
	struct error err = {0};
	settings_free(settings);
	settings = NULL;
	if (settings_load(&settings, f.config, &err))
		fail_msg("%s", err.message);
}

static int setup(void **state)
{
	(void)state;
	char path[FIXTURE_PATH];
	struct error err = {0};
	fixture_make(&f, fixture_sections);
	fixture_path(&f, "gateway", path);
	assert_int_equal(mkdir(path, 0700), 0);
	load_settings();
	fixture_path(&f, "run/request.sock", path);
	engine_peer_start(&f);
	return signet_client_open(&client, path, &err);
}

static int teardown(void **state)
{
	(void)state;
	clock_freeze(0);
	signet_client_close(client);
	engine_peer_stop();
	settings_free(settings);
	settings = NULL;
	fixture_end(&f);
	return 0;
}

static struct own_certificate get(void)
{
	struct own_certificate own = OWN_CERTIFICATE_EMPTY;
	struct error err = {0};
	if (own_certificate_get(&own, settings, client, &err))
		fail_msg("%s (%s)", err.message, err.detail);
	return own;
}

static int load(struct error *err)
{
	struct own_certificate own = OWN_CERTIFICATE_EMPTY;
	const struct signet_authority issuing = {.certificate = f.issuing};
	int result = own_certificate_load(&own, settings, &issuing, 1, err);
	if (!result)
		own_certificate_clear(&own);
	return result;
}

/* Whether the two have the same first certificate. */
static bool same(const struct own_certificate *a, const struct own_certificate *b)
{
	return bytes_equal(buffer_bytes(&a->chain), buffer_bytes(&b->chain));
}

static void a_certificate_for_the_host_is_made(void **state)
{
	(void)state;
	struct own_certificate own = get();
	struct bytes chain[LIMIT_CHAIN];
	struct certificate leaf;
	struct general_name *names;
	struct error err = {0};
	struct stat info;
	char path[FIXTURE_PATH];
	size_t count;
	assert_int_equal(certificate_read_chain(f.arena, buffer_bytes(&own.chain), chain,
	                                        LIMIT_CHAIN, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(chain[1], f.issuing));
	struct bytes whole[] = {chain[0], chain[1], f.root};
	assert_int_equal(x509_verify_chain(whole, 3, clock_now(), &err), 0);
	assert_int_equal(certificate_parse(&leaf, f.arena, chain[0], &err), 0);
	const struct extension *extension = certificate_extension(&leaf, OID_SUBJECT_ALT_NAME);
	assert_non_null(extension);
	assert_int_equal(subject_alt_name_decode(f.arena, extension->value, &names, &count, &err),
	                 0);
	assert_int_equal(count, 2);
	assert_string_equal(general_name_text(f.arena, &names[0]), "ca.example.com");
	assert_string_equal(general_name_text(f.arena, &names[1]), "127.0.0.1");
	assert_int_equal(own.not_after, leaf.not_after);
	assert_int_equal(own.renew_at,
	                 leaf.not_after - (leaf.not_after - leaf.not_before) / 3);
	certificate_clear(&leaf);
	own_certificate_clear(&own);
	fixture_path(&f, "gateway/tls.pem", path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 07777, 0600);
}

static void a_good_certificate_is_used_again(void **state)
{
	(void)state;
	struct own_certificate first = get(), second = get();
	assert_true(same(&first, &second));
	own_certificate_clear(&second);
	/* also while the engine is away */
	engine_peer_stop();
	second = get();
	assert_true(same(&first, &second));
	own_certificate_clear(&first);
	own_certificate_clear(&second);
	engine_peer_start(&f);
}

static void a_renewal_makes_another(void **state)
{
	(void)state;
	struct own_certificate first = get(), second = OWN_CERTIFICATE_EMPTY;
	struct error err = {0};
	assert_int_equal(own_certificate_request(&second, settings, client, &err), 0);
	assert_false(same(&first, &second));
	own_certificate_clear(&first);
	first = get();
	assert_true(same(&first, &second));
	own_certificate_clear(&first);
	own_certificate_clear(&second);
}

static void a_certificate_that_is_over_is_replaced(void **state)
{
	(void)state;
	struct own_certificate own = get();
	struct error err = {0};
	clock_freeze(own.not_after - 1);
	assert_int_equal(load(&err), 0);
	clock_freeze(own.not_after);
	assert_int_equal(load(&err), SIGNET_E_INVALID);
	clock_freeze(own.not_after - 31 * DAY);
	assert_int_equal(load(&err), SIGNET_E_INVALID);
	clock_freeze(0);
	own_certificate_clear(&own);
}

static void other_names_want_another_certificate(void **state)
{
	(void)state;
	struct own_certificate first = get();
	struct error err = {0};
	settings->hostname = "other.example.com";
	assert_int_equal(load(&err), SIGNET_E_INVALID);
	/* the engine's configuration still has the old name */
	struct own_certificate second = OWN_CERTIFICATE_EMPTY;
	assert_int_equal(own_certificate_get(&second, settings, client, &err), SIGNET_E_DENIED);
	assert_non_null(strstr(err.message, "not issued"));
	load_settings();
	settings->hostname = "CA.Example.COM"; /* is the same name */
	assert_int_equal(load(&err), 0);
	load_settings();
	own_certificate_clear(&first);
}

static void another_authority_wants_another_certificate(void **state)
{
	(void)state;
	struct own_certificate own = get();
	struct error err = {0};
	const struct signet_authority root = {.certificate = f.root};
	assert_int_equal(own_certificate_load(&own, settings, &root, 1, &err),
	                 SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "another authority"));
	own_certificate_clear(&own);
}

static void a_damaged_file_is_replaced(void **state)
{
	(void)state;
	static const char *const damaged[] = {
		"", "nonsense", "-----BEGIN PRIVATE KEY-----\n",
		"-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n",
		"-----BEGIN DH PARAMETERS-----\nAAAA\n-----END DH PARAMETERS-----\n",
	};
	struct error err = {0};
	for (size_t i = 0; i < sizeof damaged / sizeof *damaged; i++) {
		fixture_write(&f, "gateway/tls.pem", damaged[i]);
		assert_true(load(&err) < 0);
		struct own_certificate own = get();
		own_certificate_clear(&own);
		assert_int_equal(load(&err), 0);
	}
	/* the key of one and the certificate of another */
	struct own_certificate first = get(), second = OWN_CERTIFICATE_EMPTY;
	assert_int_equal(own_certificate_request(&second, settings, client, &err), 0);
	_cleanup_secret_ struct buffer mixed = BUFFER_MAX(LIMIT_PEM_FILE);
	buffer_append_bytes(&mixed, buffer_bytes(&first.key));
	buffer_append_bytes(&mixed, buffer_bytes(&second.chain));
	fixture_write(&f, "gateway/tls.pem", buffer_text(&mixed));
	assert_int_equal(load(&err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "another key"));
	own_certificate_clear(&first);
	own_certificate_clear(&second);
}

static void names_are_those_that_clients_use(void **state)
{
	(void)state;
	struct general_name *names;
	struct error err = {0};
	size_t count;
	struct listener listeners[] = {{"0.0.0.0", 1, true}, {"192.0.2.1", 2, true},
	                               {"192.0.2.1", 3, true}, {"192.0.2.2", 4, false}};
	struct settings other = *settings;
	other.listeners = listeners;
	other.listener_count = 4;
	other.hostname = "192.0.2.1";
	assert_int_equal(own_certificate_names(f.arena, &other, NULL, &names, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_string_equal(general_name_text(f.arena, &names[0]), "192.0.2.1");
	other.hostname = "localhost";
	assert_int_equal(own_certificate_names(f.arena, &other, NULL, &names, &count, &err), 0);
	assert_int_equal(count, 2);
	other.hostname = "no host";
	assert_int_equal(own_certificate_names(f.arena, &other, NULL, &names, &count, &err),
	                 SIGNET_E_CONFIG);
}

static struct signet_authority constrained(const char *const *permitted, size_t count)
{
	static struct bytes value;
	struct general_name bases[4];
	struct buffer der = BUFFER_MAX(1000);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(name_constraint_from_text(f.arena, permitted[i], &bases[i], NULL), 0);
	const struct name_constraints constraints = {bases, NULL, count, 0};
	assert_int_equal(name_constraints_encode(&der, &constraints), 0);
	assert_int_equal(arena_bytes(f.arena, buffer_bytes(&der), &value), 0);
	buffer_free(&der);
	return (struct signet_authority){
		.certificate = f.issuing, .name_constraints = &value, .name_constraint_count = 1};
}

static void names_that_the_issuer_may_not_certify_are_left_out(void **state)
{
	(void)state;
	static const char *const hosts[] = {"dns:example.com", "ip:198.51.100.0/24"};
	static const char *const other_hosts[] = {"dns:example.org"};
	struct general_name *names;
	struct error err = {0};
	size_t count;
	struct listener listeners[] = {{"192.0.2.1", 2, true}, {"198.51.100.1", 2, true}};
	struct settings other = *settings;
	other.listeners = listeners;
	other.listener_count = 2;
	other.hostname = "ca.example.com";
	struct signet_authority issuer = constrained(hosts, 2);
	assert_int_equal(own_certificate_names(f.arena, &other, &issuer, &names, &count, &err), 0);
	assert_int_equal(count, 2);
	assert_string_equal(general_name_text(f.arena, &names[0]), "ca.example.com");
	assert_string_equal(general_name_text(f.arena, &names[1]), "198.51.100.1");
	issuer = constrained(other_hosts, 1);
	other.listener_count = 0;
	assert_int_equal(own_certificate_names(f.arena, &other, &issuer, &names, &count, &err),
	                 SIGNET_E_CONFIG);
	assert_non_null(strstr(err.message, "hostname: not permitted"));
}

static void a_certificate_without_them_is_used_again(void **state)
{
	(void)state;
	static const char *const hosts[] = {"dns:example.com", "ip:198.51.100.0/24"};
	struct signet_authority issuer = constrained(hosts, 2);
	struct own_certificate own = get();
	struct error err = {0};
	own_certificate_clear(&own);
	/* what is there has the listener's address, too */
	assert_int_equal(own_certificate_load(&own, settings, &issuer, 1, &err),
	                 SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "other names"));
	/* not known what was left out: less is enough, and more is not */
	static struct listener more[] = {{"127.0.0.1", 1, true}, {"192.0.2.7", 2, true}};
	struct settings other = *settings;
	other.listeners = more;
	other.listener_count = 2;
	assert_int_equal(own_certificate_load(&own, &other, NULL, 0, &err), 0);
	own_certificate_clear(&own);
	other.listener_count = 0;
	assert_int_equal(own_certificate_load(&own, &other, NULL, 0, &err), SIGNET_E_INVALID);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_certificate_for_the_host_is_made),
		cmocka_unit_test(a_good_certificate_is_used_again),
		cmocka_unit_test(a_renewal_makes_another),
		cmocka_unit_test(a_certificate_that_is_over_is_replaced),
		cmocka_unit_test(other_names_want_another_certificate),
		cmocka_unit_test(another_authority_wants_another_certificate),
		cmocka_unit_test(a_damaged_file_is_replaced),
		cmocka_unit_test(names_are_those_that_clients_use),
		cmocka_unit_test(names_that_the_issuer_may_not_certify_are_left_out),
		cmocka_unit_test(a_certificate_without_them_is_used_again),
	};
	return cmocka_run_group_tests(tests, setup, teardown);
}
