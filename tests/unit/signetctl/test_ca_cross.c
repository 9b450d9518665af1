#include "tests/unit/signetctl/command_frame.h"

#include "signetctl/ca.h"

static const char *const issuing[] = {"issuing", NULL};

static void refused(const char *const *given, int status, const char *said)
{
	frame_refused(ca_cross, ca_cross_options, given, issuing, status, said);
}

static void wrong_orders_change_nothing(void **state)
{
	(void)state;
	const char *file = frame_path("issuing.pem");
	refused((const char *const[]){"authority", "other", "certificate", file, NULL}, COMMAND_USAGE,
	        "exclude each other");
	static const char *const others[] = {"path-length", "permit", "exclude"};
	for (size_t i = 0; i < 3; i++)
		refused((const char *const[]){others[i], "1", NULL}, COMMAND_USAGE, "are for other authorities");
	static const char *const days[] = {"0", "-1", "36501", "x", ""};
	for (size_t i = 0; i < sizeof days / sizeof *days; i++)
		refused((const char *const[]){"days", days[i], NULL}, COMMAND_USAGE, "--days");
	static const char *const lengths[] = {"-1", "x", "", "18446744073709551616"};
	for (size_t i = 0; i < sizeof lengths / sizeof *lengths; i++)
		refused((const char *const[]){"certificate", file, "path-length", lengths[i], NULL}, COMMAND_USAGE,
		        "--path-length");
	static const char *const names[] = {"", "dns", "nothing:x", "ip:1.2.3.4/99", "directory:CN"};
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		refused((const char *const[]){"certificate", file, "permit", names[i], NULL}, COMMAND_USAGE, names[i]);
		refused((const char *const[]){"certificate", file, "exclude", names[i], NULL}, COMMAND_USAGE, names[i]);
	}
}

static void foreign_files_that_are_no_certificates_are_refused(void **state)
{
	(void)state;
	fixture_write(&frame.f, "a.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
	refused((const char *const[]){"certificate", frame_path("a.pem"), NULL}, COMMAND_FAILED, "a.pem");
	refused((const char *const[]){"certificate", frame_path("issuing.key"), NULL}, COMMAND_FAILED,
	        "issuing.key");
	refused((const char *const[]){"certificate", frame_path("missing.pem"), NULL}, COMMAND_FAILED,
	        "missing.pem");
	refused((const char *const[]){"authority", "nobody", NULL}, COMMAND_FAILED, "nobody");
}

/* An authority that may have none below it certifies nobody; one that has no earlier key has nothing to roll. */
static void what_it_may_not_is_refused(void **state)
{
	(void)state;
	struct bytes der = frame.f.root;
	fixture_write_pem(&frame.f, "a.pem", &der, 1);
	refused((const char *const[]){"certificate", frame_path("a.pem"), NULL}, COMMAND_FAILED,
	        "path length");
	refused((const char *const[]){NULL}, COMMAND_FAILED, "has no earlier key");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(wrong_orders_change_nothing),
		TEST(foreign_files_that_are_no_certificates_are_refused),
		TEST(what_it_may_not_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
