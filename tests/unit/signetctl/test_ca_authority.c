#include "tests/unit/engine/fixture.h"

#include <unistd.h>

#include "base/file.h"
#include "signetctl/ca_authority.h"

static const char encrypted[] =
	"authorities:\n"
	"  issuing: {certificate: issuing.pem, key: issuing.key, passphrase: {file: passphrase}}\n";

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

static int open_one(struct fixture *f, const char *name, struct ca_authority *a,
                    struct error *err)
{
	*err = (struct error){0};
	settings_free(f->settings);
	f->settings = NULL;
	if (settings_load(&f->settings, f->config, err))
		fail_msg("%s", err->message);
	return ca_authority_open(a, f->arena, f->settings, name, err);
}

static void its_files_are_read(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct error err;
	assert_int_equal(open_one(f, "issuing", &a, &err), 0);
	assert_int_equal(a.chain_count, 2);
	assert_true(bytes_equal(a.chain[0], f->issuing));
	assert_true(pubkey_equal(key_public(a.key), key_public(f->issuing_key)));
	assert_null(a.next);
	assert_int_equal(a.earlier, 0);
	ca_authority_close(&a);
	assert_int_equal(open_one(f, "nobody", &a, &err), SIGNET_E_NOT_FOUND);
	assert_non_null(strstr(err.message, "'nobody'"));
}

static void keys_are_opened_by_the_passphrase_of_the_configuration(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct error err;
	fixture_configure(f, encrypted);
	fixture_write_key(f, "issuing.key", f->issuing_key, "hush");
	fixture_write(f, "passphrase", "wrong\n");
	assert_int_equal(open_one(f, "issuing", &a, &err), SIGNET_E_PERMISSION);
	fixture_write(f, "passphrase", "hush\n");
	assert_int_equal(open_one(f, "issuing", &a, &err), 0);
	assert_int_equal(ca_authority_make_next(&a, "p-384", &err), 0);
	ca_authority_close(&a);
	assert_int_equal(open_one(f, "issuing", &a, &err), 0);
	assert_non_null(a.next);
	assert_int_equal(pubkey_algorithm(key_public(a.next)), KEY_P384);
	ca_authority_close(&a);
	char path[FIXTURE_PATH], certificate[FIXTURE_PATH];
	fixture_path(f, "issuing.new.key", path);
	fixture_path(f, "issuing.pem", certificate);
	assert_int_equal(ca_authority_read_files(&a, f->arena, certificate, path, NULL, &err),
	                 SIGNET_E_PERMISSION);
}

static void a_new_key_is_like_the_present_one_unless_said_otherwise(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct error err;
	assert_int_equal(open_one(f, "issuing", &a, &err), 0);
	assert_int_equal(ca_authority_make_next(&a, "p-512", &err), SIGNET_E_BAD_ALGORITHM);
	assert_int_equal(ca_authority_make_next(&a, "rsa-8192", &err), SIGNET_E_BAD_ALGORITHM);
	assert_null(a.next);
	assert_int_equal(ca_authority_make_next(&a, NULL, &err), 0);
	assert_string_equal(ca_key_type(f->arena, key_public(a.next)), "p-256");
	const struct key *first = a.next;
	assert_int_equal(ca_authority_make_next(&a, NULL, &err), 0);
	assert_int_equal(ca_authority_make_next(&a, "P-256", &err), 0);
	assert_ptr_equal(a.next, first);
	assert_int_equal(ca_authority_make_next(&a, "ed25519", &err), SIGNET_E_EXISTS);
	ca_authority_close(&a);
}

static void a_key_of_another_certificate_is_refused(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct error err;
	fixture_write_key(f, "issuing.key", f->key, NULL);
	assert_int_equal(open_one(f, "issuing", &a, &err), SIGNET_E_CONFLICT);
	fixture_write_key(f, "issuing.new.key", f->root_key, NULL);
	assert_int_equal(open_one(f, "issuing", &a, &err), SIGNET_E_CONFLICT);
	assert_non_null(strstr(err.message, "is not the key of"));
}

static void who_only_reads_takes_the_key_that_fits(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct error err;
	char path[FIXTURE_PATH];
	assert_int_equal(settings_load(&f->settings, f->config, &err), 0);
	fixture_write_key(f, "issuing.new.key", f->issuing_key, NULL);
	fixture_write_key(f, "issuing.key", f->key, NULL);
	assert_int_equal(ca_authority_read(&a, f->arena, f->settings, "issuing", &err), 0);
	assert_true(pubkey_equal(key_public(a.key), key_public(f->issuing_key)));
	assert_null(a.next);
	ca_authority_close(&a);
	fixture_path(f, "issuing.new.key", path);
	assert_int_equal(access(path, F_OK), 0);
}

static void who_only_reads_does_not_count_a_roll_over_that_is_still_to_come(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct bytes chain[] = {f->issuing, f->root};
	struct error err;
	assert_int_equal(settings_load(&f->settings, f->config, &err), 0);
	fixture_write_pem(f, "issuing.1.pem", &f->root, 1);
	fixture_write_pem(f, "issuing.2.pem", chain, 2);
	assert_int_equal(ca_authority_read(&a, f->arena, f->settings, "issuing", &err), 0);
	assert_int_equal(a.earlier, 1);
	ca_authority_close(&a);
}

static void earlier_keys_are_counted_and_opened(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct key *key;
	struct error err;
	fixture_write_pem(f, "issuing.1.pem", &f->root, 1);
	fixture_write_key(f, "issuing.1.key", f->root_key, NULL);
	assert_int_equal(open_one(f, "issuing", &a, &err), 0);
	assert_int_equal(a.earlier, 1);
	assert_int_equal(ca_authority_earlier_key(&a, 1, &key, &err), 0);
	assert_true(pubkey_equal(key_public(key), key_public(f->root_key)));
	key_free(key);
	assert_int_equal(ca_authority_earlier_key(&a, 2, &key, &err), SIGNET_E_NOT_FOUND);
	ca_authority_close(&a);
}

static void certificates_come_in_pem_or_der(void **state)
{
	struct fixture *f = *state;
	struct bytes chain[LIMIT_CHAIN];
	char path[FIXTURE_PATH];
	size_t count;
	struct error err;
	fixture_path(f, "issuing.pem", path);
	assert_int_equal(ca_read_certificates(f->arena, path, chain, &count, &err), 0);
	assert_int_equal(count, 2);
	fixture_path(f, "one.der", path);
	assert_int_equal(file_write(path, f->root, 0644, FILE_NEW, &err), 0);
	assert_int_equal(ca_read_certificates(f->arena, path, chain, &count, &err), 0);
	assert_int_equal(count, 1);
	assert_true(bytes_equal(chain[0], f->root));
	fixture_write(f, "text", "no certificate\n");
	fixture_path(f, "text", path);
	assert_int_equal(ca_read_certificates(f->arena, path, chain, &count, &err), SIGNET_E_INVALID);
	fixture_path(f, "missing", path);
	assert_int_equal(ca_read_certificates(f->arena, path, chain, &count, &err), SIGNET_E_NOT_FOUND);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(its_files_are_read),
		TEST(keys_are_opened_by_the_passphrase_of_the_configuration),
		TEST(a_new_key_is_like_the_present_one_unless_said_otherwise),
		TEST(a_key_of_another_certificate_is_refused),
		TEST(who_only_reads_takes_the_key_that_fits),
		TEST(who_only_reads_does_not_count_a_roll_over_that_is_still_to_come),
		TEST(earlier_keys_are_counted_and_opened),
		TEST(certificates_come_in_pem_or_der),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
