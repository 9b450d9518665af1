#include "tests/unit/signetctl/command_frame.h"

#include <unistd.h>

#include "pki/csr.h"
#include "signetctl/ca.h"

static const char *const issuing[] = {"issuing", NULL};

static void expect_request(const char *file, const struct key *key)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CSR);
	struct error err;
	struct csr csr;
	if (csr_read(&der, frame_read(file), &err) ||
	    csr_parse(&csr, frame.f.arena, buffer_bytes(&der), &err) || csr_verify_possession(&csr, &err))
		fail_msg("%s", err.message);
	assert_int_equal(bytes_equal(csr.spki, pubkey_spki(key_public(key))), 1);
	csr_clear(&csr);
}

static struct key *read_key(const char *name)
{
	struct key *key;
	assert_int_equal(key_from_pem(&key, frame_read(name), NULL, NULL), 0);
	return key;
}

static void a_request_for_the_present_key_makes_nothing_else(void **state)
{
	(void)state;
	const char *const given[] = {"output", frame_path("a.csr"), NULL};
	assert_int_equal(frame_run(ca_csr, ca_csr_options, given, issuing), COMMAND_OK);
	expect_request("a.csr", frame.f.issuing_key);
	assert_int_not_equal(access(frame_path("issuing.new.key"), F_OK), 0);
}

static void wrong_orders_make_no_key(void **state)
{
	(void)state;
	const char *const type[] = {"key-type", "p-384", NULL};
	frame_refused(ca_csr, ca_csr_options, type, issuing, COMMAND_USAGE, "--new-key");
	static const char *const types[] = {"p-521", "rsa-1024", "rsa-4097", "rsa-8192", "", "dsa", "p-256 "};
	for (size_t i = 0; i < sizeof types / sizeof *types; i++) {
		const char *const given[] = {"new-key", "", "key-type", types[i], NULL};
		frame_refused(ca_csr, ca_csr_options, given, issuing, COMMAND_FAILED, "key type ");
	}
	const char *const nobody[] = {"nobody", NULL}, *const fresh[] = {"new-key", "", NULL};
	frame_refused(ca_csr, ca_csr_options, fresh, nobody, COMMAND_FAILED, "nobody");
}

/* Where the output fails, the key that was made is kept for the next time, and no second one is made. */
static void a_new_key_is_made_once(void **state)
{
	(void)state;
	const char *const nowhere[] = {"new-key", "", "key-type", "p-384", "output",
	                               frame_path("no/a.csr"), NULL};
	const char *const again[] = {"new-key", "", "output", frame_path("a.csr"), NULL};
	const char *const other[] = {"new-key", "", "key-type", "p-256", NULL};
	assert_int_equal(frame_run(ca_csr, ca_csr_options, nowhere, issuing), COMMAND_FAILED);
	struct bytes made = frame_read("issuing.new.key");
	struct key *key = read_key("issuing.new.key");
	assert_int_equal(pubkey_algorithm(key_public(key)), KEY_P384);
	assert_int_equal(frame_run(ca_csr, ca_csr_options, again, issuing), COMMAND_OK);
	expect_request("a.csr", key);
	assert_true(bytes_equal(frame_read("issuing.new.key"), made));
	frame_refused(ca_csr, ca_csr_options, other, issuing, COMMAND_FAILED, "of another type");
	key_free(key);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_request_for_the_present_key_makes_nothing_else),
		TEST(wrong_orders_make_no_key),
		TEST(a_new_key_is_made_once),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
