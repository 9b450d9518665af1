#include "fixture.h"

#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "engine/authority.h"
#include "pki/certificate.h"

#define YEAR (365 * 86400)

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, "");
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

/* Loads the first authority; the arena is the fixture's. */
static int load(struct fixture *f, struct authority *a, struct error *err)
{
	*err = (struct error){0};
	settings_free(f->settings);
	f->settings = NULL;
	assert_int_equal(settings_load(&f->settings, f->config, err), 0);
	return authority_load(a, f->arena, f->settings, conf_item(f->settings->authorities, 0),
	                      clock_now(), err);
}

static void fails_with(struct fixture *f, const char *part)
{
	struct authority a;
	struct error err;
	assert_int_equal(load(f, &a, &err), SIGNET_E_CONFIG);
	if (!strstr(err.message, part))
		fail_msg("'%s' does not say '%s'", err.message, part);
	assert_non_null(strstr(err.message, "signet.yaml:"));
	assert_null(a.key);
}

static struct fixture_authority good(const struct fixture *f)
{
	int64_t now = clock_now();
	return (struct fixture_authority){
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = f->issuing_key,
		.issuer_key = f->root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - YEAR, .not_after = now + YEAR};
}

static void install(struct fixture *f, const struct fixture_authority *a)
{
	struct bytes chain[] = {fixture_certificate(f->arena, a), f->root};
	fixture_write_pem(f, "issuing.pem", chain, 2);
}

static void a_good_one_is_loaded(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_string_equal(a.name, "issuing");
	assert_string_equal(a.subject, "CN=Test Issuing");
	assert_string_equal(a.key_name, "P-256");
	assert_int_equal(a.chain_count, 2);
	assert_int_equal(a.sent_count, 1);
	assert_int_equal(a.extension_count, 2);
	uint8_t id[20];
	struct bytes got;
	pubkey_id(key_public(f->issuing_key), id);
	assert_int_equal(authority_key_id_decode(a.key_id.value, &got), 0);
	assert_true(bytes_equal(got, BYTES_OF(id)));
	authority_clear(&a);
}

static void a_certificate_alone_that_is_a_root_sends_no_chain(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	fixture_write_pem(f, "issuing.pem", &f->root, 1);
	fixture_write_key(f, "issuing.key", f->root_key, NULL);
	assert_int_equal(load(f, &a, &err), 0);
	assert_int_equal(a.sent_count, 0);
	authority_clear(&a);
}

static void the_key_must_be_the_certificates(void **state)
{
	struct fixture *f = *state;
	fixture_write_key(f, "issuing.key", f->key, NULL);
	fails_with(f, "authorities.issuing.certificate: issuing.pem: the key of the configuration is "
	           "not the certificate's");
}

static void the_certificate_must_be_a_ca(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = good(f);
	a.ca = false;
	a.path_length = PATH_LENGTH_NONE;
	install(f, &a);
	fails_with(f, "is no CA's");
}

static void it_must_be_allowed_to_sign_certificates_and_crls(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = good(f);
	a.key_usage = KU_KEY_CERT_SIGN;
	install(f, &a);
	fails_with(f, "may not sign CRLs");
	a.key_usage = KU_CRL_SIGN;
	install(f, &a);
	fails_with(f, "may not sign certificates");
}

static void the_chain_must_hold(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = good(f);
	a.issuer_key = f->key; /* not the root's */
	install(f, &a);
	fails_with(f, "issuing.pem: ");
	struct bytes swapped[] = {f->root, f->issuing};
	fixture_write_pem(f, "issuing.pem", swapped, 2);
	fixture_write_key(f, "issuing.key", f->root_key, NULL);
	fails_with(f, "issuing.pem: ");
}

static void the_chain_must_be_valid_now(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = good(f);
	a.not_after = clock_now() - 1;
	install(f, &a);
	fails_with(f, "certificate 0 has expired");
	a = good(f);
	a.not_before = clock_now() + 3600;
	install(f, &a);
	fails_with(f, "certificate 0 is not valid yet");
}

static void missing_and_broken_files_are_named(void **state)
{
	struct fixture *f = *state;
	fixture_write(f, "issuing.key", "nothing like a key");
	fails_with(f, "issuing.key: ");
	fixture_write(f, "issuing.pem", "nothing like a certificate");
	fails_with(f, "issuing.pem: ");
	char path[FIXTURE_PATH];
	fixture_path(f, "issuing.pem", path);
	unlink(path);
	fails_with(f, "issuing.pem: no such file");
}

#define AUTHORITY(rest) \
	"authorities:\n  issuing:\n    certificate: issuing.pem\n    key: issuing.key\n" rest

static void encrypted_keys_take_their_passphrase(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	fixture_write_key(f, "issuing.key", f->issuing_key, "open sesame");
	fails_with(f, "issuing.key: ");
	fixture_configure(f, AUTHORITY("    passphrase: {file: secret}\n"));
	fails_with(f, "authorities.issuing.passphrase: ");
	fixture_write(f, "secret", "open sesame\n");
	assert_int_equal(load(f, &a, &err), 0);
	authority_clear(&a);
	fixture_write(f, "secret", "open barley\n");
	fails_with(f, "issuing.key: ");
	fixture_configure(f, AUTHORITY("    passphrase: {environment: SIGNET_TEST_SECRET}\n"));
	setenv("SIGNET_TEST_SECRET", "open sesame", 1);
	assert_int_equal(load(f, &a, &err), 0);
	authority_clear(&a);
	unsetenv("SIGNET_TEST_SECRET");
	fails_with(f, "authorities.issuing.passphrase: ");
}

static void a_credential_of_systemd_is_a_passphrase(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	fixture_write_key(f, "issuing.key", f->issuing_key, "open sesame");
	fixture_write(f, "ca-passphrase", "open sesame");
	fixture_configure(f, AUTHORITY("    passphrase: {credential: ca-passphrase}\n"));
	setenv("CREDENTIALS_DIRECTORY", f->directory, 1);
	assert_int_equal(load(f, &a, &err), 0);
	authority_clear(&a);
	unsetenv("CREDENTIALS_DIRECTORY");
}

static void mistakes_in_the_configuration_are_named(void **state)
{
	struct fixture *f = *state;
	fixture_configure(f, "authorities:\n  issuing: {certificate: issuing.pem}\n");
	fails_with(f, "authorities.issuing: the key 'key' is missing");
	fixture_configure(f, "authorities:\n  issuing: {key: issuing.key}\n");
	fails_with(f, "authorities.issuing: the key 'certificate' is missing");
	fixture_configure(f, AUTHORITY("    crls: none\n"));
	fails_with(f, "unknown key 'crls'");
	fixture_configure(f, AUTHORITY("    urls: {bases: 'http://x/'}\n"));
	fails_with(f, "unknown key 'bases'");
	fixture_configure(f, AUTHORITY("    urls: {base: ['http://x/', 'http://y/']}\n"));
	fails_with(f, "authorities.issuing.urls.base: must be one URL");
	fixture_configure(f, AUTHORITY("    crl: {shards: 4}\n"));
	fails_with(f, "authorities.issuing.crl: shards: wants 'urls.base'");
	fixture_configure(f, AUTHORITY("    crl: {shards: 4}\n    urls: {base: 'http://x', crl: none}\n"));
	fails_with(f, "authorities.issuing.crl: shards: certificates name what 'urls.crl' says");
	fixture_configure(f, AUTHORITY("    urls: {base: 'http://x', freshest: true}\n"));
	fails_with(f, "authorities.issuing.urls: freshest: wants 'base' and 'crl.delta'");
	fixture_configure(f, AUTHORITY("    urls: {crl: ['no url']}\n"));
	fails_with(f, "authorities.issuing.urls.crl: ");
	fixture_configure(f, AUTHORITY("    passphrase: {file: a, environment: b}\n"));
	fails_with(f, "one of file, environment, credential is wanted");
	fixture_configure(f, "authorities:\n  issuing: {certificate: issuing.pem, "
	                  "key: 'pkcs11:token=a'}\n");
	fails_with(f, "PKCS#11");
}

static void urls_become_extensions(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	struct access_description *access;
	struct bytes *uris;
	size_t count;
	fixture_configure(f, AUTHORITY("    urls: {crl: ['http://a/1.crl', 'http://b/1.crl'], "
	                               "ocsp: 'http://a/ocsp', issuers: ['http://a/1.cer']}\n"));
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_int_equal(a.extension_count, 2);
	assert_true(bytes_equal(a.extensions[0].oid, OID_AUTHORITY_INFO));
	assert_int_equal(authority_info_decode(f->arena, a.extensions[0].value, &access, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(access[0].method, OID_AD_OCSP));
	assert_true(bytes_is_text(access[1].uri, "http://a/1.cer"));
	assert_int_equal(crl_distribution_decode(f->arena, a.extensions[1].value, &uris, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_is_text(uris[1], "http://b/1.crl"));
	authority_clear(&a);
	fixture_configure(f, AUTHORITY(""));
	assert_int_equal(load(f, &a, &err), 0);
	assert_int_equal(a.extension_count, 0);
	authority_clear(&a);
}

static void a_base_makes_the_urls(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	struct bytes *uris;
	struct access_description *access;
	size_t count;
	fixture_configure(f, AUTHORITY("    urls: {base: 'http://a/pki//', freshest: true}\n"
	                               "    crl: {delta: 1h}\n"));
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_int_equal(a.extension_count, 3);
	assert_int_equal(authority_info_decode(f->arena, a.extensions[0].value, &access, &count), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_is_text(access[0].uri, "http://a/pki/ocsp"));
	assert_true(bytes_is_text(access[1].uri, "http://a/pki/ca/issuing.cer"));
	assert_int_equal(crl_distribution_decode(f->arena, a.extensions[1].value, &uris, &count), 0);
	assert_true(count == 1 && bytes_is_text(uris[0], "http://a/pki/crl/issuing.crl"));
	assert_true(bytes_equal(a.extensions[2].oid, OID_FRESHEST_CRL));
	assert_int_equal(crl_distribution_decode(f->arena, a.extensions[2].value, &uris, &count), 0);
	assert_true(count == 1 && bytes_is_text(uris[0], "http://a/pki/crl/issuing.delta.crl"));
	authority_clear(&a);
	/* what is said wins, and what is not there is not named */
	fixture_configure(f, AUTHORITY("    urls: {base: 'http://a', issuers: 'http://b/x'}\n"
	                               "    crl: none\n    ocsp: none\n"));
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_int_equal(a.extension_count, 1);
	assert_int_equal(authority_info_decode(f->arena, a.extensions[0].value, &access, &count), 0);
	assert_true(count == 1 && bytes_is_text(access[0].uri, "http://b/x"));
	authority_clear(&a);
}

static void shards_have_names_and_serials_a_shard(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	const char *url;
	fixture_configure(f, AUTHORITY("    urls: {base: 'http://a'}\n    crl: {shards: 3}\n"));
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_string_equal(authority_crl_file(f->arena, &a, 0, false), "issuing.crl");
	assert_string_equal(authority_crl_file(f->arena, &a, 12, false), "issuing-12.crl");
	assert_string_equal(authority_crl_file(f->arena, &a, 3, true), "issuing.delta-3.crl");
	assert_int_equal(authority_crl_url(f->arena, &a, 2, false, &url), 0);
	assert_string_equal(url, "http://a/crl/issuing-2.crl");
	assert_int_equal(authority_shard(&a, BYTES_OF(((uint8_t[]){9, 0, 0}))), 1);
	assert_int_equal(authority_shard(&a, BYTES_OF(((uint8_t[]){9, 1, 1}))), 1 + 257 % 3);
	a.crl.shards = 0;
	assert_int_equal(authority_shard(&a, BYTES_OF(((uint8_t[]){9, 1, 1}))), 0);
	authority_clear(&a);
}

/* The root's key as one that the authority had before; not_after: when its certificate ends. */
static void install_earlier(struct fixture *f, const char *number, const struct key *key,
                            int64_t not_after)
{
	struct fixture_authority a = good(f);
	char name[32];
	a.key = key;
	a.not_after = not_after;
	struct bytes chain[] = {fixture_certificate(f->arena, &a), f->root};
	snprintf(name, sizeof name, "issuing.%s.pem", number);
	fixture_write_pem(f, name, chain, 2);
	snprintf(name, sizeof name, "issuing.%s.key", number);
	fixture_write_key(f, name, key, NULL);
}

static void earlier_keys_lie_beside_it(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	uint8_t fingerprint[32];
	assert_int_equal(load(f, &a, &err), 0);
	assert_int_equal(a.ordinal, 1);
	assert_int_equal(a.previous_count, 0);
	assert_string_equal(a.public_name, "issuing");
	pubkey_fingerprint(key_public(f->issuing_key), fingerprint);
	assert_memory_equal(a.issuer, fingerprint, sizeof a.issuer);
	authority_clear(&a);
	install_earlier(f, "1", f->root_key, clock_now() - 1);
	install_earlier(f, "2", f->key, clock_now() + YEAR);
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_int_equal(a.ordinal, 3);
	assert_string_equal(a.public_name, "issuing.k3");
	/* the first has ended */
	assert_int_equal(a.previous_count, 1);
	assert_int_equal(a.previous[0].ordinal, 2);
	assert_string_equal(a.previous[0].name, "issuing");
	assert_string_equal(a.previous[0].public_name, "issuing.k2");
	assert_true(pubkey_equal(key_public(a.previous[0].key), key_public(f->key)));
	assert_int_equal(a.ended_count, 1);
	assert_int_equal(a.ended[0].ordinal, 1);
	assert_string_equal(a.ended[0].key_name, "P-256");
	assert_true(a.ended[0].not_after < clock_now());
	pubkey_fingerprint(key_public(f->root_key), fingerprint);
	assert_memory_equal(a.ended[0].issuer, fingerprint, sizeof a.ended[0].issuer);
	authority_clear(&a);
}

static void an_earlier_key_ends_with_its_issuer(void **state)
{
	struct fixture *f = *state;
	struct fixture_authority a = good(f), root = good(f);
	struct authority loaded;
	struct error err;
	a.key = f->key;
	root.subject = root.issuer;
	root.key = f->root_key;
	root.path_length = PATH_LENGTH_NONE;
	root.not_after = clock_now() - 10;
	struct bytes chain[] = {fixture_certificate(f->arena, &a), fixture_certificate(f->arena, &root)};
	fixture_write_pem(f, "issuing.1.pem", chain, 2);
	fixture_write_key(f, "issuing.1.key", f->key, NULL);
	if (load(f, &loaded, &err))
		fail_msg("%s", err.message);
	assert_int_equal(loaded.ordinal, 2);
	assert_int_equal(loaded.previous_count, 0);
	assert_int_equal(loaded.ended_count, 1);
	assert_int_equal(loaded.ended[0].not_after, root.not_after);
	authority_clear(&loaded);
}

static void an_earlier_key_must_be_whole(void **state)
{
	struct fixture *f = *state;
	char path[FIXTURE_PATH];
	install_earlier(f, "1", f->key, clock_now() + YEAR);
	fixture_write_key(f, "issuing.1.key", f->root_key, NULL);
	fails_with(f, "issuing.1.pem: the key of the configuration is not the certificate's");
	fixture_path(f, "issuing.1.key", path);
	assert_int_equal(unlink(path), 0);
	fails_with(f, "issuing.1.key: no such file");
}

static void the_key_of_an_installation_that_was_cut_off_is_found(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	struct fixture_authority renewed = good(f);
	renewed.key = f->key;
	fixture_write_key(f, "issuing.new.key", f->key, NULL);
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_true(pubkey_equal(key_public(a.key), key_public(f->issuing_key)));
	authority_clear(&a);
	install(f, &renewed);
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_true(pubkey_equal(key_public(a.key), key_public(f->key)));
	authority_clear(&a);
	fixture_write_key(f, "issuing.new.key", f->root_key, NULL);
	fails_with(f, "the key of the configuration is not the certificate's");
}

static void a_pair_that_has_no_successor_yet_is_no_earlier_one(void **state)
{
	struct fixture *f = *state;
	struct authority a;
	struct error err;
	struct bytes chain[] = {f->issuing, f->root};
	install_earlier(f, "1", f->key, clock_now() + YEAR);
	fixture_write_key(f, "issuing.2.key", f->issuing_key, NULL);
	fixture_write_pem(f, "issuing.2.pem", chain, 2);
	if (load(f, &a, &err))
		fail_msg("%s", err.message);
	assert_int_equal(a.ordinal, 2);
	assert_int_equal(a.previous_count, 1);
	assert_int_equal(a.previous[0].ordinal, 1);
	authority_clear(&a);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_good_one_is_loaded),
		TEST(a_certificate_alone_that_is_a_root_sends_no_chain),
		TEST(the_key_must_be_the_certificates),
		TEST(the_certificate_must_be_a_ca),
		TEST(it_must_be_allowed_to_sign_certificates_and_crls),
		TEST(the_chain_must_hold),
		TEST(the_chain_must_be_valid_now),
		TEST(missing_and_broken_files_are_named),
		TEST(encrypted_keys_take_their_passphrase),
		TEST(a_credential_of_systemd_is_a_passphrase),
		TEST(mistakes_in_the_configuration_are_named),
		TEST(urls_become_extensions),
		TEST(a_base_makes_the_urls),
		TEST(shards_have_names_and_serials_a_shard),
		TEST(earlier_keys_lie_beside_it),
		TEST(an_earlier_key_ends_with_its_issuer),
		TEST(an_earlier_key_must_be_whole),
		TEST(the_key_of_an_installation_that_was_cut_off_is_found),
		TEST(a_pair_that_has_no_successor_yet_is_no_earlier_one),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
