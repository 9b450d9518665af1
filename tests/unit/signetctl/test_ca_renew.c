#include "tests/unit/signetctl/command_frame.h"

#include "base/clock.h"
#include "pki/certificate.h"
#include "signetctl/ca.h"

#define YEAR (365 * 86400)

static const char *const issuing[] = {"issuing", NULL};

static void refused(const char *const *given, int status, const char *said)
{
	frame_refused(ca_renew, ca_renew_options, given, issuing, status, said);
}

static void wrong_orders_change_nothing(void **state)
{
	(void)state;
	static const char *const days[] = {"0", "-1", "36501", "99999999999999999999", "x", "", "1 "};
	for (size_t i = 0; i < sizeof days / sizeof *days; i++)
		refused((const char *const[]){"days", days[i], NULL}, COMMAND_USAGE, "--days");
	refused((const char *const[]){"key-type", "p-256", NULL}, COMMAND_USAGE, "--new-key");
	frame_refused(ca_roll_over, ca_roll_over_options, (const char *const[]){"days", "0", NULL}, issuing,
	              COMMAND_USAGE, "--days");
}

/* Issuers that are no issuers of it. */
static void an_issuer_has_to_be_one(void **state)
{
	(void)state;
	fixture_write_pem(&frame.f, "top.pem", &frame.f.root, 1);
	fixture_write_key(&frame.f, "other.key", frame.f.key, NULL);
	fixture_write(&frame.f, "none.pem", "nothing");
	const char *top = frame_path("top.pem"), *none = frame_path("none.pem");
	refused((const char *const[]){NULL}, COMMAND_FAILED, "--issuer-");
	refused((const char *const[]){"issuer-certificate", top, "issuer-key", frame_path("other.key"), NULL},
	        COMMAND_FAILED, "other.key is not the key of ");
	refused((const char *const[]){"issuer-certificate", top, "issuer-key", none, NULL}, COMMAND_FAILED,
	        "none.pem");
	refused((const char *const[]){"issuer-certificate", none, "issuer-key", frame_path("other.key"), NULL},
	        COMMAND_FAILED, "none.pem");
}

static void it_ends_with_an_issuer_that_ends_before(void **state)
{
	(void)state;
	struct fixture_authority root = {
		.subject = "CN=Test Root", .issuer = "CN=Test Root", .key = frame.f.root_key,
		.issuer_key = frame.f.root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = PATH_LENGTH_NONE, .not_before = clock_now() - 1000,
		.not_after = clock_now() + 30 * 86400};
	struct bytes der = fixture_certificate(frame.f.arena, &root), chain[LIMIT_CHAIN];
	struct error err;
	size_t count;
	fixture_write_pem(&frame.f, "top.pem", &der, 1);
	fixture_write_key(&frame.f, "top.key", frame.f.root_key, NULL);
	const char *const given[] = {"issuer-certificate", frame_path("top.pem"), "issuer-key",
	                             frame_path("top.key"), "days", "60", NULL};
	refused(given, COMMAND_FAILED, "--force");
	const char *const forced[] = {"issuer-certificate", frame_path("top.pem"), "issuer-key",
	                              frame_path("top.key"), "days", "60", "force", "", NULL};
	if (frame_run(ca_renew, ca_renew_options, forced, issuing))
		fail_msg("%s", frame.said);
	assert_int_equal(certificate_read_chain(frame.f.arena, frame_read("issuing.pem"), chain, LIMIT_CHAIN,
	                                        &count, &err), 0);
	struct certificate c;
	assert_int_equal(certificate_parse(&c, frame.f.arena, chain[0], &err), 0);
	assert_int_equal(c.not_after, root.not_after);
	assert_true(bytes_equal(chain[1], der));
	certificate_clear(&c);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_orders_change_nothing),
		TEST(an_issuer_has_to_be_one),
		TEST(it_ends_with_an_issuer_that_ends_before),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
