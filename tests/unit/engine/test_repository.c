#include "fixture.h"

#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "engine/repository.h"
#include "tests/unit/openssl.h"

static int setup(void **state)
{
	static struct fixture f;
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	assert_int_equal(repository_open(f.directory, NULL), 0);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	fixture_end(*state);
	return 0;
}

static void write_all(struct fixture *f)
{
	struct configuration *c = configuration_take(f->engine->holder);
	assert_int_equal(repository_write_authorities(f->directory, c, NULL), 0);
	configuration_release(f->engine->holder, c);
}

static struct stat look(struct fixture *f, const char *name)
{
	char path[FIXTURE_PATH];
	struct stat info;
	fixture_path(f, name, path);
	assert_int_equal(stat(path, &info), 0);
	return info;
}

static struct buffer content(struct fixture *f, const char *name)
{
	char path[FIXTURE_PATH];
	struct buffer out = BUFFER_MAX(LIMIT_PEM_FILE);
	fixture_path(f, name, path);
	assert_int_equal(file_read(&out, path, NULL), 0);
	return out;
}

static void an_authority_is_there_in_three_forms(void **state)
{
	struct fixture *f = *state;
	write_all(f);
	struct buffer der = content(f, "public/ca/issuing.cer");
	assert_true(bytes_equal(buffer_bytes(&der), f->issuing));
	buffer_free(&der);
	struct bytes chain[LIMIT_CHAIN];
	size_t count;
	struct buffer pem = content(f, "public/ca/issuing.pem");
	assert_int_equal(certificate_read_chain(f->arena, buffer_bytes(&pem), chain, LIMIT_CHAIN,
	                                        &count, NULL), 0);
	assert_int_equal(count, 2);
	assert_true(bytes_equal(chain[0], f->issuing));
	assert_true(bytes_equal(chain[1], f->root));
	buffer_free(&pem);
	assert_int_equal(look(f, "public/ca/issuing.cer").st_mode & 0777, 0644);
	assert_int_equal(look(f, "public/ca").st_mode & 0777, 0755);
}

static void openssl_reads_the_bag(void **state)
{
	static const char *const argv[] = {"openssl", "pkcs7", "-inform", "DER", "-print_certs", NULL};
	struct fixture *f = *state;
	struct buffer out = BUFFER_MAX(65536);
	write_all(f);
	struct buffer bag = content(f, "public/ca/issuing.p7c");
	assert_int_equal(openssl_run(argv, buffer_bytes(&bag), &out), 0);
	assert_non_null(strstr(buffer_text(&out), "CN = Test Issuing"));
	assert_non_null(strstr(buffer_text(&out), "subject=CN = Test Root"));
	buffer_free(&out);
	buffer_free(&bag);
}

static void cross_certificates_are_in_the_bag_alone(void **state)
{
	struct fixture *f = *state;
	int64_t now = clock_now();
	const struct fixture_authority other = {
		.subject = "CN=Test Issuing", .issuer = "CN=Elsewhere", .key = f->issuing_key,
		.issuer_key = f->key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - 1000, .not_after = now + 1000};
	struct bytes cross = fixture_certificate(f->arena, &other);
	write_all(f);
	struct buffer before = content(f, "public/ca/issuing.pem");
	struct buffer small = content(f, "public/ca/issuing.p7c");
	fixture_write_pem(f, "issuing.cross.pem", &cross, 1);
	assert_int_equal(engine_reload(f->engine, NULL), 0);
	write_all(f);
	struct buffer after = content(f, "public/ca/issuing.pem");
	struct buffer bag = content(f, "public/ca/issuing.p7c");
	assert_true(bytes_equal(buffer_bytes(&before), buffer_bytes(&after)));
	assert_null(memmem(small.data, small.length, cross.data, cross.length));
	assert_non_null(memmem(bag.data, bag.length, cross.data, cross.length));
	assert_non_null(memmem(bag.data, bag.length, f->issuing.data, f->issuing.length));
	buffer_free(&before);
	buffer_free(&small);
	buffer_free(&after);
	buffer_free(&bag);
}

static void what_has_not_changed_is_left_alone(void **state)
{
	struct fixture *f = *state;
	write_all(f);
	ino_t first = look(f, "public/ca/issuing.p7c").st_ino;
	write_all(f);
	assert_int_equal(look(f, "public/ca/issuing.p7c").st_ino, first);
	fixture_write(f, "public/ca/issuing.p7c", "damaged");
	write_all(f);
	struct buffer bag = content(f, "public/ca/issuing.p7c");
	assert_int_not_equal(bag.length, strlen("damaged"));
	buffer_free(&bag);
}

static void what_was_not_finished_is_removed(void **state)
{
	struct fixture *f = *state;
	char path[FIXTURE_PATH];
	fixture_write(f, "public/crl/" REPOSITORY_UNFINISHED "abcdef", "half");
	fixture_write(f, "public/ca/issuing.cer.abcdef", "half");
	fixture_write(f, "public/crl/issuing.crl", "whole");
	assert_int_equal(repository_open(f->directory, NULL), 0);
	fixture_path(f, "public/crl/" REPOSITORY_UNFINISHED "abcdef", path);
	assert_int_not_equal(access(path, F_OK), 0);
	fixture_path(f, "public/ca/issuing.cer.abcdef", path);
	assert_int_not_equal(access(path, F_OK), 0);
	look(f, "public/crl/issuing.crl");
}

/* Two authorities of these names. */
static int check_names(const char *a, const char *b)
{
	struct conf *conf;
	struct error err = {0};
	const char *text = arena_printf(arena, "'%s': {}\n'%s': {}\n", a, b);
	assert_int_equal(conf_parse(&conf, "t.yaml", bytes_text(text), &err), 0);
	int result = repository_check_names(conf_root(conf), &err);
	conf_free(conf);
	return result;
}

static void names_are_those_of_files_and_do_not_meet(void **state)
{
	(void)state;
	static const char *const bad[] = {"a/b", ".a", "-a", "a b", "..", "\xc3\xa4"};
	static const char *const met[] = {"ca-3", "ca.k2", "ca.delta", "ca.k12.delta-4", "ca.delta-1"};
	static const char *const good[] = {"ca2", "ca-", "ca-3b", "ca.k", "ca.kx", "cab", "ca.delta2", "Ca"};
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		assert_int_equal(check_names("ca", bad[i]), SIGNET_E_CONFIG);
	for (size_t i = 0; i < sizeof met / sizeof *met; i++) {
		assert_int_equal(check_names("ca", met[i]), SIGNET_E_CONFIG);
		assert_int_equal(check_names(met[i], "ca"), SIGNET_E_CONFIG);
	}
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		assert_int_equal(check_names("ca", good[i]), 0);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_authority_is_there_in_three_forms),
		TEST(openssl_reads_the_bag),
		TEST(cross_certificates_are_in_the_bag_alone),
		TEST(what_has_not_changed_is_left_alone),
		TEST(what_was_not_finished_is_removed),
		TEST(names_are_those_of_files_and_do_not_meet),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
