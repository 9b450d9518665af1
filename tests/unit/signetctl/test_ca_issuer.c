#include "tests/unit/engine/fixture.h"

#include <stdio.h>

#include "base/clock.h"
#include "signetctl/ca_issuer.h"

#define YEAR (365 * 86400)

static const char with_root[] =
	"authorities:\n"
	"  issuing: {certificate: issuing.pem, key: issuing.key}\n"
	"  top: {certificate: top.pem, key: top.key, urls: {base: 'http://crl.example/pki/'}}\n";

static struct ca_authority authority;
static struct ca_issuer issuer;
static const struct ca_issuer_wish nothing;

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

static int find(struct fixture *f, const char *sections, const char *name,
                const struct ca_issuer_wish *wish, struct error *err)
{
	*err = (struct error){0};
	settings_free(f->settings);
	f->settings = NULL;
	fixture_configure(f, sections);
	if (settings_load(&f->settings, f->config, err) ||
	    ca_authority_open(&authority, f->arena, f->settings, name, err))
		fail_msg("%s", err->message);
	int result = ca_issuer_find(&issuer, f->settings, &authority, wish, err);
	ca_authority_close(&authority);
	return result;
}

static void write_pair(struct fixture *f, const char *pem, const char *key)
{
	fixture_write_pem(f, pem, &f->root, 1);
	fixture_write_key(f, key, f->root_key, NULL);
}

static void an_authority_of_the_configuration_is_found_by_its_name(void **state)
{
	struct fixture *f = *state;
	struct error err;
	write_pair(f, "top.pem", "top.key");
	if (find(f, with_root, "issuing", &nothing, &err))
		fail_msg("%s", err.message);
	assert_string_equal(issuer.authority.name, "top");
	assert_true(issuer.same);
	assert_false(issuer.itself);
	assert_string_equal(issuer.urls.crl, "http://crl.example/pki/crl/top.crl");
	assert_string_equal(issuer.urls.certificate, "http://crl.example/pki/ca/top.cer");
	assert_string_equal(issuer.urls.ocsp, "http://crl.example/pki/ocsp");
	ca_issuer_close(&issuer);
}

static void its_later_key_signs_under_a_name_of_its_own(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_now();
	struct fixture_authority next = {
		.subject = "CN=Test Root", .issuer = "CN=Test Root", .key = f->key, .issuer_key = f->key,
		.key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = PATH_LENGTH_NONE, .not_before = now - 1000, .not_after = now + YEAR};
	struct bytes der = fixture_certificate(f->arena, &next);
	struct error err;
	write_pair(f, "top.1.pem", "top.1.key");
	fixture_write_pem(f, "top.pem", &der, 1);
	fixture_write_key(f, "top.key", f->key, NULL);
	if (find(f, with_root, "issuing", &nothing, &err))
		fail_msg("%s", err.message);
	assert_false(issuer.same);
	assert_string_equal(issuer.urls.crl, "http://crl.example/pki/crl/top.k2.crl");
	assert_string_equal(issuer.urls.certificate, "http://crl.example/pki/ca/top.k2.cer");
	ca_issuer_close(&issuer);
}

static void urls_that_are_said_win(void **state)
{
	struct fixture *f = *state;
	struct error err;
	write_pair(f, "top.pem", "top.key");
	assert_int_equal(find(f, "authorities:\n"
	                      "  issuing: {certificate: issuing.pem, key: issuing.key}\n"
	                      "  top: {certificate: top.pem, key: top.key, urls: {base: 'http://a.example',"
	                      " crl: ['http://b.example/x.crl', 'http://c.example/x.crl'], issuers: none,"
	                      " ocsp: 'http://d.example/'}}\n",
	                      "issuing", &nothing, &err), 0);
	assert_string_equal(issuer.urls.crl, "http://b.example/x.crl");
	assert_null(issuer.urls.certificate);
	assert_string_equal(issuer.urls.ocsp, "http://d.example/");
	ca_issuer_close(&issuer);
	assert_int_equal(find(f, "authorities:\n"
	                      "  issuing: {certificate: issuing.pem, key: issuing.key}\n"
	                      "  top: {certificate: top.pem, key: top.key, crl: none, ocsp: none,"
	                      " urls: {base: 'http://a.example'}}\n", "issuing", &nothing, &err), 0);
	assert_null(issuer.urls.crl);
	assert_string_equal(issuer.urls.certificate, "http://a.example/ca/top.cer");
	assert_null(issuer.urls.ocsp);
	ca_issuer_close(&issuer);
}

static void a_root_is_its_own(void **state)
{
	struct fixture *f = *state;
	struct error err;
	write_pair(f, "top.pem", "top.key");
	assert_int_equal(find(f, with_root, "top", &nothing, &err), 0);
	assert_true(issuer.itself && issuer.same);
	assert_null(issuer.authority.key);
	assert_null(issuer.urls.crl);
	ca_issuer_close(&issuer);
}

static void the_root_of_init_is_found_beside(void **state)
{
	struct fixture *f = *state;
	struct error err;
	write_pair(f, "root.pem", "root.key");
	assert_int_equal(find(f, "", "issuing", &nothing, &err), 0);
	assert_true(pubkey_equal(key_public(issuer.authority.key), key_public(f->root_key)));
	assert_null(issuer.urls.crl);
	ca_issuer_close(&issuer);
}

static void a_root_without_its_key_is_said(void **state)
{
	struct fixture *f = *state;
	struct error err;
	fixture_write_pem(f, "root.pem", &f->root, 1);
	assert_int_equal(find(f, "", "issuing", &nothing, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "root.key is not there"));
}

static void an_issuer_elsewhere_is_said(void **state)
{
	struct fixture *f = *state;
	struct error err;
	fixture_write_pem(f, "root.pem", &f->issuing, 1);
	assert_int_equal(find(f, "", "issuing", &nothing, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "ca csr"));
}

static void the_command_line_comes_first(void **state)
{
	struct fixture *f = *state;
	char certificate[FIXTURE_PATH], key[FIXTURE_PATH], passphrase[FIXTURE_PATH];
	struct error err;
	write_pair(f, "top.pem", "top.key");
	fixture_write_pem(f, "elsewhere.pem", &f->root, 1);
	fixture_write_key(f, "elsewhere.key", f->root_key, "hush");
	fixture_write(f, "passphrase", "hush\n");
	fixture_path(f, "elsewhere.pem", certificate);
	fixture_path(f, "elsewhere.key", key);
	fixture_path(f, "passphrase", passphrase);
	struct ca_issuer_wish wish = {.certificate = certificate};
	assert_int_equal(find(f, with_root, "issuing", &wish, &err), SIGNET_E_INVALID);
	wish.key = key;
	assert_int_equal(find(f, with_root, "issuing", &wish, &err), SIGNET_E_PERMISSION);
	wish.passphrase_file = passphrase;
	assert_int_equal(find(f, with_root, "issuing", &wish, &err), 0);
	assert_string_equal(issuer.authority.name, certificate);
	ca_issuer_close(&issuer);
	wish.passphrase_environment = "HOME";
	assert_int_equal(find(f, with_root, "issuing", &wish, &err), SIGNET_E_INVALID);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_authority_of_the_configuration_is_found_by_its_name),
		TEST(its_later_key_signs_under_a_name_of_its_own),
		TEST(urls_that_are_said_win),
		TEST(a_root_is_its_own),
		TEST(the_root_of_init_is_found_beside),
		TEST(a_root_without_its_key_is_said),
		TEST(an_issuer_elsewhere_is_said),
		TEST(the_command_line_comes_first),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
