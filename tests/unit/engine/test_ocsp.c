#include "tests/unit/engine/ocsp_world.h"

#include <sys/wait.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "engine/request.h"
#include "pki/certificate.h"

static void a_certificate_is_good_then_held_then_good_then_revoked(void **state)
{
	(void)state;
	struct bytes serial;
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", &serial);
	struct said said = ocsp_world_status_of(ocsp_leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(said.certificates, 1);
	assert_int_equal(said.next_update - said.this_update, 86400);
	assert_false(said.extended || said.cutoff);
	ocsp_world_revoke_as(serial, 6);
	said = ocsp_world_status_of(ocsp_leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 6);
	ocsp_world_revoke_as(serial, 8);
	assert_int_equal(ocsp_world_status_of(ocsp_leaf).status, V_OCSP_CERTSTATUS_GOOD);
	ocsp_world_revoke_as(serial, 1);
	said = ocsp_world_status_of(ocsp_leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 1);
	assert_true(said.revoked <= clock_now() && said.revoked > clock_now() - 600);
}

static void what_was_never_issued_is_unknown(void **state)
{
	(void)state;
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	X509 *ca = ocsp_world_x509(ocsp_issuer);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_INTEGER_set(serial, 4711);
	struct question q;
	ocsp_world_ask_serial(&q, ca, serial, EVP_sha256());
	struct said said = ocsp_world_verify(&q, ocsp_world_answer_of(q.der, "issuing").response);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_UNKNOWN);
	OCSP_REQUEST_free(q.request);
	ASN1_INTEGER_free(serial);
	X509_free(ca);
}

static int pass_by(void *arg, const struct responder *responder)
{
	(void)arg, (void)responder;
	return 0;
}

static void foreign_issuers_and_garbage_are_refused(void **state)
{
	(void)state;
	struct question q;
	struct ocsp_totals totals;
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	ocsp_world_ask(&q, ocsp_leaf, ocsp_fixture.root, EVP_sha1());
	assert_int_equal(ocsp_world_error_of(q.der, ""), OCSP_UNAUTHORIZED);
	OCSP_REQUEST_free(q.request);
	ocsp_world_ask(&q, ocsp_leaf, ocsp_issuer, EVP_sha1());
	assert_int_equal(ocsp_world_error_of(q.der, "another"), OCSP_UNAUTHORIZED);
	assert_int_equal(ocsp_world_error_of(bytes_make(q.der.data, q.der.length - 1), ""),
	                 OCSP_MALFORMED_REQUEST);
	/* a hash that is none of ours */
	OCSP_REQUEST_free(q.request);
	ocsp_world_ask(&q, ocsp_leaf, ocsp_issuer, EVP_sha384());
	assert_int_equal(ocsp_world_error_of(q.der, ""), OCSP_UNAUTHORIZED);
	OCSP_REQUEST_free(q.request);
	assert_int_equal(ocsp_status(ocsp_fixture.engine->ocsp, &totals, pass_by, NULL), 0);
	assert_int_equal(totals.refused, 4);
	assert_int_equal(totals.answered, 0);
}

static void a_nonce_is_echoed_and_not_to_be_kept(void **state)
{
	(void)state;
	struct question q;
	unsigned char *der = NULL;
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	ocsp_world_ask(&q, ocsp_leaf, ocsp_issuer, EVP_sha1());
	struct ocsp_answered out = ocsp_world_answer_of(q.der, "");
	assert_true(out.cacheable);
	assert_int_equal(out.serial_count, 1);
	assert_int_equal(out.next_update - out.this_update, 86400);
	assert_int_equal(OCSP_request_add1_nonce(q.request, NULL, 16), 1);
	int length = i2d_OCSP_REQUEST(q.request, &der);
	out = ocsp_world_answer_of(bytes_make(der, (size_t)length), "");
	assert_false(out.cacheable);
	const unsigned char *at = out.response.data;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &at, (long)out.response.length);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(r);
	assert_int_equal(OCSP_check_nonce(q.request, basic), 1);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(r);
	OPENSSL_free(der);
	OCSP_REQUEST_free(q.request);
}

static void what_was_never_issued_is_revoked_where_that_is_wanted(void **state)
{
	(void)state;
	struct question q;
	ocsp_world_begin_with_ocsp("{unissued: revoked, archive-cutoff: 365d}");
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	struct said said = ocsp_world_status_of(ocsp_leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_GOOD);
	assert_true(said.extended && said.cutoff);
	X509 *ca = ocsp_world_x509(ocsp_issuer);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_INTEGER_set(serial, 4711);
	ocsp_world_ask_serial(&q, ca, serial, EVP_sha1());
	said = ocsp_world_verify(&q, ocsp_world_answer_of(q.der, "").response);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 6);
	assert_true(said.revoked == 0 && said.extended && !said.cutoff);
	OCSP_REQUEST_free(q.request);
	ASN1_INTEGER_free(serial);
	X509_free(ca);
}

static void the_authority_signs_where_that_is_wanted(void **state)
{
	(void)state;
	struct database_counts counts;
	ocsp_world_begin_with_ocsp("{signer: authority, validity: 1h}");
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	struct said said = ocsp_world_status_of(ocsp_leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(said.certificates, -1); /* none */
	assert_int_equal(said.next_update - said.this_update, 3600);
	assert_int_equal(database_count(ocsp_fixture.engine->database, &counts, NULL), 0);
	assert_int_equal(counts.certificates, 1);
}

static void an_authority_that_is_to_answer_nothing_answers_nothing(void **state)
{
	(void)state;
	struct question q;
	ocsp_world_begin_with_ocsp("none");
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	ocsp_world_ask(&q, ocsp_leaf, ocsp_issuer, EVP_sha1());
	assert_int_equal(ocsp_world_error_of(q.der, ""), OCSP_UNAUTHORIZED);
	OCSP_REQUEST_free(q.request);
}

static void several_certificates_are_answered_at_once(void **state)
{
	(void)state;
	struct question q;
	struct bytes serial;
	unsigned char *der = NULL;
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	struct bytes other = ocsp_world_issue_leaf("2", &serial);
	ocsp_world_revoke_as(serial, 1);
	ocsp_world_ask(&q, ocsp_leaf, ocsp_issuer, EVP_sha1());
	X509 *subject = ocsp_world_x509(other), *ca = ocsp_world_x509(ocsp_issuer);
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), subject, ca);
	assert_non_null(OCSP_request_add0_id(q.request, id));
	int length = i2d_OCSP_REQUEST(q.request, &der);
	struct ocsp_answered out = ocsp_world_answer_of(bytes_make(der, (size_t)length), "");
	assert_int_equal(out.serial_count, 2);
	assert_int_equal(ocsp_world_verify(&q, out.response).status, V_OCSP_CERTSTATUS_GOOD);
	q.id = id;
	assert_int_equal(ocsp_world_verify(&q, out.response).status, V_OCSP_CERTSTATUS_REVOKED);
	OPENSSL_free(der);
	X509_free(subject);
	X509_free(ca);
	OCSP_REQUEST_free(q.request);
}

/* Runs a program over files of the fixture; whether it is content. */
static bool runs(const char *const *argv)
{
	int status;
	pid_t pid = fork();
	assert_true(pid >= 0);
	if (pid == 0) {
		if (chdir(ocsp_fixture.directory) == 0 && freopen("said", "w", stdout) &&
		    dup2(STDOUT_FILENO, STDERR_FILENO) >= 0)
			execvp(argv[0], (char *const *)(uintptr_t)argv);
		_exit(127);
	}
	assert_int_equal(waitpid(pid, &status, 0), pid);
	return WIFEXITED(status) && WEXITSTATUS(status) == 0;
}

static bool has_said(const char *text)
{
	char path[FIXTURE_PATH];
	struct buffer content = BUFFER_MAX(100000);
	fixture_path(&ocsp_fixture, "said", path);
	assert_int_equal(file_read(&content, path, NULL), 0);
	bool found = strstr(buffer_text(&content), text) != NULL;
	buffer_free(&content);
	return found;
}

static void write_response(struct bytes certificate)
{
	struct question q;
	char path[FIXTURE_PATH];
	ocsp_world_ask(&q, certificate, ocsp_issuer, EVP_sha1());
	fixture_path(&ocsp_fixture, "response.der", path);
	assert_int_equal(file_write(path, ocsp_world_answer_of(q.der, "").response, 0644, FILE_REPLACE, NULL), 0);
	OCSP_REQUEST_free(q.request);
	fixture_write_pem(&ocsp_fixture, "leaf.pem", &certificate, 1);
	fixture_write_pem(&ocsp_fixture, "ca.pem", &ocsp_issuer, 1);
	fixture_write_pem(&ocsp_fixture, "root-only.pem", &ocsp_fixture.root, 1);
}

static void openssl_and_ocsptool_take_files(void **state)
{
	(void)state;
	static const char *const by_root[] = {
		"openssl", "ocsp", "-respin", "response.der", "-issuer", "ca.pem", "-cert", "leaf.pem",
		"-no_nonce", "-CAfile", "root-only.pem", "-verify_other", "ca.pem", NULL};
	static const char *const by_signer[] = {
		"openssl", "ocsp", "-respin", "response.der", "-issuer", "ca.pem", "-cert", "leaf.pem",
		"-no_nonce", "-VAfile", "ca.pem", NULL};
	static const char *const by_ocsptool[] = {"ocsptool", "--verify-response", "--load-response",
	                                          "response.der", "--load-trust", "ca.pem", NULL};
	struct bytes serial;
	ocsp_world_begin_with(fixture_sections);
	ocsp_leaf = ocsp_world_issue_leaf("1", &serial);
	write_response(ocsp_leaf);
	assert_true(runs(by_root));
	assert_true(has_said("Response verify OK") && has_said("leaf.pem: good"));
	assert_true(runs(by_ocsptool));
	assert_true(has_said("Success"));
	ocsp_world_revoke_as(serial, 1);
	write_response(ocsp_leaf);
	assert_true(runs(by_root));
	assert_true(has_said("leaf.pem: revoked") && has_said("keyCompromise"));
	fixture_end(&ocsp_fixture);
	ocsp_world_begin_with_ocsp("{signer: authority}");
	ocsp_leaf = ocsp_world_issue_leaf("1", NULL);
	write_response(ocsp_leaf);
	assert_true(runs(by_signer));
	assert_true(has_said("Response verify OK") && has_said("leaf.pem: good"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_certificate_is_good_then_held_then_good_then_revoked, ocsp_world_teardown),
		cmocka_unit_test_teardown(what_was_never_issued_is_unknown, ocsp_world_teardown),
		cmocka_unit_test_teardown(foreign_issuers_and_garbage_are_refused, ocsp_world_teardown),
		cmocka_unit_test_teardown(a_nonce_is_echoed_and_not_to_be_kept, ocsp_world_teardown),
		cmocka_unit_test_teardown(what_was_never_issued_is_revoked_where_that_is_wanted, ocsp_world_teardown),
		cmocka_unit_test_teardown(the_authority_signs_where_that_is_wanted, ocsp_world_teardown),
		cmocka_unit_test_teardown(an_authority_that_is_to_answer_nothing_answers_nothing, ocsp_world_teardown),
		cmocka_unit_test_teardown(several_certificates_are_answered_at_once, ocsp_world_teardown),
		cmocka_unit_test_teardown(openssl_and_ocsptool_take_files, ocsp_world_teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
