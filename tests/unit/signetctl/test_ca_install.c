#include "tests/unit/signetctl/command_frame.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "signetctl/ca.h"

#define YEAR (365 * 86400)

static const char *const none[] = {NULL};

static struct fixture_authority plan(void)
{
	int64_t now = clock_now();
	return (struct fixture_authority){
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = frame.f.issuing_key,
		.issuer_key = frame.f.root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = 0, .not_before = now - 1000, .not_after = now + 20 * YEAR};
}

static void write_one(const char *name, const struct fixture_authority *a)
{
	struct bytes der = fixture_certificate(frame.f.arena, a);
	fixture_write_pem(&frame.f, name, &der, 1);
}

static void refused(const char *const *given, const char *file, const char *said)
{
	frame_refused(ca_install, ca_install_options, given,
	              (const char *const[]){"issuing", frame_path(file), NULL}, COMMAND_FAILED, said);
}

static void files_that_are_no_certificates_change_nothing(void **state)
{
	(void)state;
	struct fixture_authority a = plan();
	struct bytes der = fixture_certificate(frame.f.arena, &a), many[LIMIT_CHAIN + 1];
	refused(none, "missing.pem", "missing.pem");
	fixture_write(&frame.f, "a.pem", "");
	refused(none, "a.pem", "a.pem");
	fixture_write(&frame.f, "a.pem", "-----BEGIN CERTIFICATE-----\nMAA=\n-----END CERTIFICATE-----\n");
	refused(none, "a.pem", "a.pem");
	fixture_write(&frame.f, "a.pem", "-----BEGIN CERTIFICATE-----\n%n%s%n\n-----END CERTIFICATE-----\n");
	refused(none, "a.pem", "a.pem");
	der.length--;
	fixture_write_pem(&frame.f, "a.pem", &der, 1);
	refused(none, "a.pem", "a.pem");
	der.length++;
	for (size_t i = 0; i < LIMIT_CHAIN + 1; i++)
		many[i] = der;
	fixture_write_pem(&frame.f, "a.pem", many, LIMIT_CHAIN + 1);
	refused(none, "a.pem", "a.pem");
	refused(none, "issuing.key", "issuing.key");
	fixture_write_pem(&frame.f, "a.pem", &der, 1);
	fixture_write(&frame.f, "b.pem", "nothing");
	refused((const char *const[]){"issuer-certificate", frame_path("b.pem"), NULL}, "a.pem", "b.pem");
}

static void what_another_has_signed_or_is_of_another_changes_nothing(void **state)
{
	(void)state;
	struct fixture_authority a = plan();
	a.key = frame.f.key;
	write_one("a.pem", &a);
	refused(none, "a.pem", "no certificate is for ");
	a = plan();
	a.issuer_key = frame.f.key;
	write_one("a.pem", &a);
	refused(none, "a.pem", "is not known here");
	a = plan();
	a.issuer = "CN=Somebody";
	write_one("a.pem", &a);
	refused(none, "a.pem", "is not known here");
	a = plan();
	a.subject = "CN=Somebody";
	write_one("a.pem", &a);
	refused(none, "a.pem", "never changes");
	a = plan();
	a.ca = false;
	a.path_length = PATH_LENGTH_NONE;
	write_one("a.pem", &a);
	refused(none, "a.pem", "none of a CA");
	a = plan();
	a.key_usage = KU_DIGITAL_SIGNATURE;
	write_one("a.pem", &a);
	refused(none, "a.pem", "may not sign");
	a = plan();
	a.not_after = clock_now() - 1;
	write_one("a.pem", &a);
	refused((const char *const[]){"force", "", NULL}, "a.pem", "has expired");
	refused(none, "issuing.pem", "it is the present certificate");
}

static void the_certificate_of_the_key_is_picked_from_many(void **state)
{
	(void)state;
	struct fixture_authority a = plan(), other = plan();
	other.subject = "CN=Other";
	other.key = frame.f.key;
	struct bytes list[] = {frame.f.root, fixture_certificate(frame.f.arena, &other),
	                       fixture_certificate(frame.f.arena, &a)};
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(1 << 16);
	struct bytes before = frame_read("issuing.key");
	fixture_write_pem(&frame.f, "a.pem", list, 3);
	int status = frame_run(ca_install, ca_install_options, none,
	                       (const char *const[]){"issuing", frame_path("a.pem"), NULL});
	if (status)
		fail_msg("%s", frame.said);
	pem_encode(&pem, "CERTIFICATE", list[2]);
	pem_encode(&pem, "CERTIFICATE", frame.f.root);
	assert_true(bytes_equal(frame_read("issuing.pem"), buffer_bytes(&pem)));
	assert_true(bytes_equal(frame_read("issuing.key"), before));
	assert_non_null(strstr(frame.printed, "\"ordinal\": 1"));
	/* once more it is there already */
	refused(none, "a.pem", "it is the present certificate");
}

static void a_step_back_wants_force(void **state)
{
	(void)state;
	struct fixture_authority a = plan();
	a.not_after = clock_now() + 86400;
	write_one("a.pem", &a);
	refused(none, "a.pem", "--force");
	assert_int_equal(frame_run(ca_install, ca_install_options, (const char *const[]){"force", "", NULL},
	                           (const char *const[]){"issuing", frame_path("a.pem"), NULL}), COMMAND_OK);
	frame_refused(ca_install, ca_install_options, none,
	              (const char *const[]){"nobody", frame_path("a.pem"), NULL}, COMMAND_FAILED, "nobody");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, frame_setup, frame_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(files_that_are_no_certificates_change_nothing),
		TEST(what_another_has_signed_or_is_of_another_changes_nothing),
		TEST(the_certificate_of_the_key_is_picked_from_many),
		TEST(a_step_back_wants_force),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
