#include "import_world.h"

#include <stdio.h>
#include <unistd.h>

#include "base/clock.h"
#include "pki/crl.h"

static int setup(void **state)
{
	static struct fixture f;
	clock_freeze(IMPORT_NOW);
	fixture_make(&f, fixture_sections);
	fixture_open(&f);
	*state = &f;
	return 0;
}

static int teardown(void **state)
{
	clock_freeze(0);
	fixture_end(*state);
	return 0;
}

static int visit_none(void *arg, crl_visitor *visitor, void *context)
{
	static const uint8_t serial = 1;
	const struct crl_entry entry = {.serial = bytes_make(&serial, 1), .revoked = IMPORT_NOW};
	(void)arg;
	return visitor(context, &entry);
}

/* A CRL in a file without a name. */
static FILE *make(struct fixture *f, const char *issuer, const struct key *key, uint64_t base)
{
	struct crl_written written;
	struct crl_head head = {.number = 7, .base = base, .this_update = IMPORT_NOW - IMPORT_DAY,
	                        .next_update = IMPORT_NOW};
	uint8_t id[20];
	FILE *file = tmpfile();
	assert_non_null(file);
	pubkey_id(key_public(key), id);
	head.key_id = BYTES_OF(id);
	assert_int_equal(name_from_text(f->arena, issuer, &head.issuer, NULL), 0);
	assert_int_equal(crl_write(fileno(file), key, SIGNATURE_ECDSA_SHA256, &head, visit_none, NULL,
	                           &written, NULL), 0);
	return file;
}

/* Closes the file. */
static int check(struct fixture *f, FILE *file, const char *authority, struct error *err)
{
	const struct authority *key = NULL;
	struct configuration *c = configuration_take(f->engine->holder);
	*err = (struct error){0};
	int result = import_check_crl(f->engine, c, f->arena, fileno(file), authority,
	                              "uid 1000 from admin.sock pid 1", &key, err);
	assert_int_equal(result, err->code);
	if (result == 0)
		assert_ptr_equal(key, &c->authorities[0]);
	configuration_release(f->engine->holder, c);
	fclose(file);
	return result;
}

struct seen {
	unsigned count;
	char detail[512];
};

static int see(void *arg, uint64_t sequence, const struct audit_entry *entry)
{
	struct seen *seen = arg;
	(void)sequence;
	if (entry->action == AUDIT_IMPORT_CRL) {
		seen->count++;
		snprintf(seen->detail, sizeof seen->detail, "%s by %s", entry->detail, entry->actor);
	}
	return 0;
}

static void one_of_an_authority_is_on_record(void **state)
{
	struct fixture *f = *state;
	struct seen seen = {0};
	struct error err;
	assert_int_equal(check(f, make(f, "CN=Test Issuing", f->issuing_key, 0), "", &err), 0);
	assert_int_equal(check(f, make(f, "CN=Test Issuing", f->issuing_key, 0), "issuing", &err), 0);
	assert_int_equal(audit_read(database_store(f->engine->database), 1, see, &seen, NULL), 0);
	assert_int_equal(seen.count, 2);
	assert_ptr_equal(strstr(seen.detail, "issuing: number 7 of 2027-01-14T08:00:00Z, SHA-256 "),
	                 seen.detail);
	assert_non_null(strstr(seen.detail, " by uid 1000"));
}

static void others_are_refused(void **state)
{
	struct fixture *f = *state;
	struct error err;
	struct seen seen = {0};
	assert_int_equal(check(f, make(f, "CN=Test Issuing", f->root_key, 0), "", &err),
	                 SIGNET_E_BAD_SIGNATURE);
	assert_int_equal(check(f, make(f, "CN=Test Root", f->root_key, 0), "", &err), SIGNET_E_INVALID);
	assert_string_equal(err.message, "no authority here is the issuer of the CRL");
	assert_int_equal(check(f, make(f, "CN=Test Root", f->root_key, 0), "issuing", &err),
	                 SIGNET_E_INVALID);
	assert_int_equal(check(f, make(f, "CN=Test Issuing", f->issuing_key, 0), "nobody", &err),
	                 SIGNET_E_NOT_FOUND);
	assert_int_equal(check(f, make(f, "CN=Test Issuing", f->issuing_key, 3), "", &err),
	                 SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "delta CRL"));
	assert_int_equal(audit_read(database_store(f->engine->database), 1, see, &seen, NULL), 0);
	assert_int_equal(seen.count, 0);
}

static void what_is_no_crl_is_refused(void **state)
{
	struct fixture *f = *state;
	struct error err;
	int pipes[2];
	FILE *file = tmpfile();
	assert_non_null(file);
	assert_int_equal(check(f, file, "", &err), SIGNET_E_INVALID);
	assert_non_null(file = tmpfile());
	assert_int_equal(write(fileno(file), "garbage", 7), 7);
	assert_int_equal(check(f, file, "", &err), SIGNET_E_INVALID);
	assert_non_null(file = tmpfile());
	assert_int_equal(ftruncate(fileno(file), (off_t)LIMIT_CRL_FILE + 1), 0);
	assert_int_equal(check(f, file, "", &err), SIGNET_E_TOO_BIG);
	/* it would never end */
	assert_int_equal(pipe(pipes), 0);
	assert_int_equal(check(f, fdopen(pipes[0], "r"), "", &err), SIGNET_E_INVALID);
	close(pipes[1]);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(one_of_an_authority_is_on_record),
		TEST(others_are_refused),
		TEST(what_is_no_crl_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
