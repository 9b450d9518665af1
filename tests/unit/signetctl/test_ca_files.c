/* Each change of an authority's files is cut off before each of its steps, as a kill would. Whatever is then
 * there, the engine must load, and the command must come to its end when it is given again. */
#include "tests/unit/engine/fixture.h"

#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/wait.h>
#include <unistd.h>

#include "asn1/extension.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "engine/authority.h"
#include "signetctl/ca_authority.h"

#define YEAR (365 * 86400)
#define CUT 9
#define STEPS_MAX 60

/* The steps of a change: these take the place of the C library's. 0: none is cut off. */
static unsigned steps_left;

static void step(void)
{
	if (steps_left && --steps_left == 0)
		_exit(CUT);
}

int rename(const char *from, const char *to)
{
	step();
	return (int)syscall(SYS_renameat2, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int link(const char *from, const char *to)
{
	step();
	return (int)syscall(SYS_linkat, AT_FDCWD, from, AT_FDCWD, to, 0);
}

int unlink(const char *path)
{
	step();
	return (int)syscall(SYS_unlinkat, AT_FDCWD, path, 0);
}

int fsync(int fd)
{
	step();
	return (int)syscall(SYS_fsync, fd);
}

int fchmod(int fd, mode_t mode)
{
	step();
	return (int)syscall(SYS_fchmod, fd, mode);
}

static void open_authority(struct fixture *f, struct ca_authority *a)
{
	struct error err;
	if (ca_authority_open(a, f->arena, f->settings, "issuing", &err))
		fail_msg("%s", err.message);
}

static void make_pem(struct fixture *f, const struct key *key, struct buffer *pem)
{
	int64_t now = clock_now();
	struct fixture_authority made = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = key,
		.issuer_key = f->root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - 1000, .not_after = now + YEAR};
	pem_encode(pem, "CERTIFICATE", fixture_certificate(f->arena, &made));
	pem_encode(pem, "CERTIFICATE", f->root);
}

static void roll_over(struct fixture *f)
{
	struct ca_authority a;
	struct error err = {0};
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	open_authority(f, &a);
	if (a.earlier == 0) {
		assert_int_equal(ca_authority_make_next(&a, NULL, &err), 0);
		make_pem(f, a.next, &pem);
		if (ca_files_roll_over(&a.files, buffer_bytes(&pem), &err))
			fail_msg("%s", err.message);
	}
	ca_authority_close(&a);
}

static void renew(struct fixture *f)
{
	struct ca_authority a;
	struct error err = {0};
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	open_authority(f, &a);
	if (bytes_equal(a.chain[0], f->issuing)) {
		make_pem(f, a.key, &pem);
		if (ca_files_renew(&a.files, a.certificate.serial, buffer_bytes(&pem), &err))
			fail_msg("%s", err.message);
	}
	ca_authority_close(&a);
}

/* Only what every command begins with. */
static void settle(struct fixture *f)
{
	struct ca_authority a;
	open_authority(f, &a);
	ca_authority_close(&a);
}

static struct authority load(struct fixture *f)
{
	struct authority a;
	struct error err = {0};
	if (authority_load(&a, f->arena, f->settings, conf_item(f->settings->authorities, 0),
	                   clock_now(), &err))
		fail_msg("%s", err.message);
	return a;
}

/* In a process of its own until the nth step. Whether it was cut off. */
static bool cut(struct fixture *f, void (*change)(struct fixture *f), unsigned nth)
{
	int status;
	fflush(stdout);
	pid_t child = fork();
	assert_true(child >= 0);
	if (child == 0) {
		steps_left = nth;
		change(f);
		_exit(0);
	}
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFEXITED(status));
	assert_true(WEXITSTATUS(status) == 0 || WEXITSTATUS(status) == CUT);
	return WEXITSTATUS(status) == CUT;
}

static void begin(struct fixture *f)
{
	struct error err;
	fixture_make(f, "");
	if (settings_load(&f->settings, f->config, &err))
		fail_msg("%s", err.message);
}

static bool exists(const struct fixture *f, const char *name)
{
	char path[FIXTURE_PATH];
	fixture_path(f, name, path);
	return access(path, F_OK) == 0;
}

static void has_rolled_over(struct fixture *f)
{
	struct authority a = load(f);
	assert_int_equal(a.ordinal, 2);
	assert_int_equal(a.previous_count, 1);
	assert_true(pubkey_equal(key_public(a.previous[0].key), key_public(f->issuing_key)));
	assert_false(pubkey_equal(key_public(a.key), key_public(f->issuing_key)));
	assert_true(bytes_equal(a.previous[0].chain[0], f->issuing));
	authority_clear(&a);
	assert_false(exists(f, "issuing.new.key"));
	assert_false(exists(f, "issuing.new.pem"));
	assert_false(exists(f, "issuing.2.key"));
}

/* The nth step of the change, and then the mth of what the next command begins with. */
static bool roll_over_with_cuts(unsigned nth, unsigned mth, bool *again)
{
	struct fixture f;
	begin(&f);
	bool was = cut(&f, roll_over, nth);
	struct authority a = load(&f);
	assert_int_equal(a.ordinal, a.previous_count + 1);
	authority_clear(&a);
	*again = cut(&f, settle, mth);
	a = load(&f);
	assert_int_equal(a.ordinal, a.previous_count + 1);
	authority_clear(&a);
	roll_over(&f);
	has_rolled_over(&f);
	fixture_end(&f);
	return was;
}

static void a_roll_over_may_be_cut_off_anywhere(void **state)
{
	unsigned nth = 0, cuts = 0;
	bool was = true, again;
	(void)state;
	while (was && nth++ < STEPS_MAX) {
		unsigned mth = 0;
		do {
			was = roll_over_with_cuts(nth, ++mth, &again);
			cuts += again;
		} while (again && mth < STEPS_MAX);
	}
	assert_false(was);
	assert_true(nth > 12);
	assert_true(cuts > 6);
}

static void a_renewal_may_be_cut_off_anywhere(void **state)
{
	unsigned nth = 0;
	bool was = true;
	(void)state;
	while (was && nth++ < STEPS_MAX) {
		struct fixture f;
		begin(&f);
		was = cut(&f, renew, nth);
		struct authority a = load(&f);
		assert_int_equal(a.ordinal, 1);
		authority_clear(&a);
		renew(&f);
		a = load(&f);
		assert_int_equal(a.ordinal, 1);
		assert_false(bytes_equal(a.chain[0], f.issuing));
		assert_true(pubkey_equal(key_public(a.key), key_public(f.issuing_key)));
		authority_clear(&a);
		assert_false(exists(&f, "issuing.new.pem"));
		fixture_end(&f);
	}
	assert_false(was);
	assert_true(nth > 5);
}

static int setup(void **state)
{
	static struct fixture f;
	begin(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	struct fixture *f = *state;
	fixture_end(f);
	return 0;
}

static void a_renewal_cut_short_of_a_roll_over_keeps_the_number_of_the_key(void **state)
{
	struct fixture *f = *state;
	char from[FIXTURE_PATH], to[FIXTURE_PATH];
	fixture_path(f, "issuing.key", from);
	fixture_path(f, "issuing.1.key", to);
	assert_int_equal(link(from, to), 0);
	fixture_path(f, "issuing.pem", from);
	fixture_path(f, "issuing.1.pem", to);
	assert_int_equal(link(from, to), 0);
	renew(f);
	struct authority a = load(f);
	assert_int_equal(a.ordinal, 1);
	authority_clear(&a);
	assert_false(exists(f, "issuing.1.key"));
}

static void the_certificate_before_is_kept(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct bytes chain[LIMIT_CHAIN];
	char name[FIXTURE_PATH], path[FIXTURE_PATH];
	size_t count;
	struct error err;
	open_authority(f, &a);
	snprintf(name, sizeof name, "issuing.old-%s.pem", hex_text(f->arena, a.certificate.serial));
	ca_authority_close(&a);
	renew(f);
	fixture_path(f, name, path);
	assert_int_equal(ca_read_certificates(f->arena, path, chain, &count, &err), 0);
	assert_true(bytes_equal(chain[0], f->issuing));
}

static void one_command_at_a_time(void **state)
{
	struct fixture *f = *state;
	struct ca_authority first, second;
	struct error err;
	open_authority(f, &first);
	assert_int_equal(ca_authority_open(&second, f->arena, f->settings, "issuing", &err),
	                 SIGNET_E_STATE);
	assert_int_equal(ca_authority_read(&second, f->arena, f->settings, "issuing", &err), 0);
	ca_authority_close(&second);
	ca_authority_close(&first);
	open_authority(f, &first);
	ca_authority_close(&first);
}

static void new_files_have_the_modes_of_the_present_ones(void **state)
{
	struct fixture *f = *state;
	char path[FIXTURE_PATH];
	struct stat info;
	fixture_path(f, "issuing.key", path);
	assert_int_equal(chmod(path, 0400), 0);
	fixture_path(f, "issuing.pem", path);
	assert_int_equal(chmod(path, 0640), 0);
	roll_over(f);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0640);
	fixture_path(f, "issuing.key", path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0400);
}

static void what_is_somebody_elses_is_not_touched(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct error err;
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	fixture_write_key(f, "issuing.1.key", f->key, NULL);
	open_authority(f, &a);
	assert_int_equal(ca_authority_make_next(&a, "p-384", &err), 0);
	make_pem(f, a.next, &pem);
	assert_int_equal(ca_files_roll_over(&a.files, buffer_bytes(&pem), &err), SIGNET_E_CONFLICT);
	assert_non_null(strstr(err.message, "issuing.1.key"));
	ca_authority_close(&a);
	assert_true(exists(f, "issuing.1.key"));
	struct authority loaded = load(f);
	assert_int_equal(loaded.ordinal, 1);
	authority_clear(&loaded);
}

static void a_key_is_not_replaced_unless_it_is_kept(void **state)
{
	struct fixture *f = *state;
	struct ca_authority a;
	struct error err;
	fixture_write_key(f, "issuing.new.key", f->issuing_key, NULL);
	fixture_write_key(f, "issuing.key", f->key, NULL);
	assert_int_equal(ca_authority_open(&a, f->arena, f->settings, "issuing", &err),
	                 SIGNET_E_CONFLICT);
	assert_true(exists(f, "issuing.new.key"));
}

static void what_was_being_written_is_removed(void **state)
{
	struct fixture *f = *state;
	fixture_write(f, "issuing.new.key.unfinished-a1B2c3", "half a key");
	fixture_write(f, "issuing.new.key.backup", "somebody's");
	settle(f);
	assert_false(exists(f, "issuing.new.key.unfinished-a1B2c3"));
	assert_true(exists(f, "issuing.new.key.backup"));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_roll_over_may_be_cut_off_anywhere),
		cmocka_unit_test(a_renewal_may_be_cut_off_anywhere),
		TEST(a_renewal_cut_short_of_a_roll_over_keeps_the_number_of_the_key),
		TEST(the_certificate_before_is_kept),
		TEST(one_command_at_a_time),
		TEST(new_files_have_the_modes_of_the_present_ones),
		TEST(what_is_somebody_elses_is_not_touched),
		TEST(a_key_is_not_replaced_unless_it_is_kept),
		TEST(what_was_being_written_is_removed),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
