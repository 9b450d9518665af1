#include <sys/stat.h>
#include <unistd.h>

#include "tests/unit/engine/fixture.h"

#include "asn1/oid.h"
#include "base/clock.h"
#include "base/file.h"
#include "engine/ocsp.h"
#include "engine/recent.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"

/* behind ours: it has macros with the names of our key usages, and other values */
#include <openssl/ocsp.h>

static struct fixture f;
static struct bytes leaf, issuer;

static X509 *x509(struct bytes der)
{
	const unsigned char *at = der.data;
	X509 *out = d2i_X509(NULL, &at, (long)der.length);
	assert_non_null(out);
	return out;
}

static struct bytes issue_leaf(const char *key, struct bytes *serial)
{
	struct error err = {0};
	struct signet_outcome out;
	struct signet_submission s =
		fixture_submission(fixture_csr(f.arena, f.key, "", "dns:a.example.com", NULL), key);
	if (fixture_submit(&f, &s, &out, &err) || out.disposition != SIGNET_ISSUED)
		fail_msg("%s", err.message);
	if (serial)
		*serial = out.serial;
	return out.certificate;
}

static void revoke_as(struct bytes serial, unsigned reason)
{
	struct error err = {0};
	const struct revocation order = {.serial = serial, .reason = reason, .comment = "",
	                                 .actor = "test"};
	if (revocation_order(f.engine, f.arena, &order, &err))
		fail_msg("%s", err.message);
}

/* A request about a serial number of an issuer. */
struct question {
	OCSP_REQUEST *request;
	OCSP_CERTID *id; /* the request's */
	struct bytes der;
};

static void ask_serial(struct question *q, X509 *by, ASN1_INTEGER *serial, const EVP_MD *hash)
{
	unsigned char *der = NULL;
	q->request = OCSP_REQUEST_new();
	OCSP_CERTID *id = OCSP_cert_id_new(hash, X509_get_subject_name(by), X509_get0_pubkey_bitstr(by),
	                                   serial);
	assert_non_null(OCSP_request_add0_id(q->request, id));
	q->id = id;
	int length = i2d_OCSP_REQUEST(q->request, &der);
	assert_true(length > 0);
	assert_int_equal(arena_bytes(f.arena, bytes_make(der, (size_t)length), &q->der), 0);
	OPENSSL_free(der);
}

static void ask(struct question *q, struct bytes certificate, struct bytes by, const EVP_MD *hash)
{
	X509 *subject = x509(certificate), *ca = x509(by);
	ask_serial(q, ca, X509_get_serialNumber(subject), hash);
	X509_free(subject);
	X509_free(ca);
}

static struct ocsp_answered answer_of(struct bytes request, const char *authority)
{
	struct error err = {0};
	struct ocsp_answered out;
	if (ocsp_answer(f.engine->ocsp, f.arena, request, authority, &out, &err))
		fail_msg("%s %s", err.message, err.detail);
	return out;
}

static int error_of(struct bytes request, const char *authority)
{
	struct ocsp_answered out = answer_of(request, authority);
	assert_int_equal(out.response.length, 5);
	assert_false(out.cacheable);
	assert_int_equal(out.next_update, 0);
	return out.response.data[4];
}

struct said {
	int status, reason;
	time_t revoked, this_update, next_update;
	int certificates;
	bool extended, cutoff;
};

static time_t seconds(const ASN1_GENERALIZEDTIME *time)
{
	struct tm tm = {0};
	assert_int_equal(ASN1_TIME_to_tm(time, &tm), 1);
	return timegm(&tm);
}

/* The answer, which openssl verifies against the root. */
static struct said verify(const struct question *q, struct bytes response)
{
	struct said said = {0};
	const unsigned char *at = response.data;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &at, (long)response.length);
	assert_non_null(r);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(r);
	assert_non_null(basic);
	X509_STORE *store = X509_STORE_new();
	X509 *root = x509(f.root), *ca = x509(issuer);
	X509_STORE_add_cert(store, root);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), clock_now());
	STACK_OF(X509) *chain = sk_X509_new_null();
	sk_X509_push(chain, ca);
	assert_int_equal(OCSP_basic_verify(basic, chain, store, 0), 1);
	ASN1_GENERALIZEDTIME *revoked, *this_update, *next_update;
	assert_int_equal(OCSP_resp_find_status(basic, q->id, &said.status, &said.reason, &revoked,
	                                       &this_update, &next_update), 1);
	said.revoked = revoked ? seconds(revoked) : 0;
	said.this_update = seconds(this_update);
	said.next_update = seconds(next_update);
	said.certificates = sk_X509_num(OCSP_resp_get0_certs(basic));
	/* no nonce was asked for */
	said.extended = OCSP_BASICRESP_get_ext_count(basic) > 0;
	said.cutoff = OCSP_SINGLERESP_get_ext_by_NID(OCSP_resp_get0(basic, 0),
	                                             NID_id_pkix_OCSP_archiveCutoff, -1) >= 0;
	sk_X509_free(chain);
	X509_free(ca);
	X509_free(root);
	X509_STORE_free(store);
	OCSP_BASICRESP_free(basic);
	OCSP_RESPONSE_free(r);
	return said;
}

static struct said status_of(struct bytes certificate)
{
	struct question q;
	ask(&q, certificate, issuer, EVP_sha1());
	struct said said = verify(&q, answer_of(q.der, "").response);
	OCSP_REQUEST_free(q.request);
	return said;
}

static void begin_with(const char *sections)
{
	fixture_make(&f, sections);
	fixture_open(&f);
	issuer = f.issuing;
}

static int teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	clock_freeze(0);
	return 0;
}

static void a_certificate_is_good_then_held_then_good_then_revoked(void **state)
{
	(void)state;
	struct bytes serial;
	begin_with(fixture_sections);
	leaf = issue_leaf("1", &serial);
	struct said said = status_of(leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(said.certificates, 1);
	assert_int_equal(said.next_update - said.this_update, 86400);
	assert_false(said.extended || said.cutoff);
	revoke_as(serial, 6);
	said = status_of(leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 6);
	revoke_as(serial, 8);
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_GOOD);
	revoke_as(serial, 1);
	said = status_of(leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 1);
	assert_true(said.revoked <= clock_now() && said.revoked > clock_now() - 600);
}

static void what_was_never_issued_is_unknown(void **state)
{
	(void)state;
	begin_with(fixture_sections);
	leaf = issue_leaf("1", NULL);
	X509 *ca = x509(issuer);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_INTEGER_set(serial, 4711);
	struct question q;
	ask_serial(&q, ca, serial, EVP_sha256());
	struct said said = verify(&q, answer_of(q.der, "issuing").response);
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
	begin_with(fixture_sections);
	leaf = issue_leaf("1", NULL);
	ask(&q, leaf, f.root, EVP_sha1());
	assert_int_equal(error_of(q.der, ""), OCSP_UNAUTHORIZED);
	OCSP_REQUEST_free(q.request);
	ask(&q, leaf, issuer, EVP_sha1());
	assert_int_equal(error_of(q.der, "another"), OCSP_UNAUTHORIZED);
	assert_int_equal(error_of(bytes_make(q.der.data, q.der.length - 1), ""),
	                 OCSP_MALFORMED_REQUEST);
	/* a hash that is none of ours */
	OCSP_REQUEST_free(q.request);
	ask(&q, leaf, issuer, EVP_sha384());
	assert_int_equal(error_of(q.der, ""), OCSP_UNAUTHORIZED);
	OCSP_REQUEST_free(q.request);
	assert_int_equal(ocsp_status(f.engine->ocsp, &totals, pass_by, NULL), 0);
	assert_int_equal(totals.refused, 4);
	assert_int_equal(totals.answered, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_certificate_is_good_then_held_then_good_then_revoked, teardown),
		cmocka_unit_test_teardown(what_was_never_issued_is_unknown, teardown),
		cmocka_unit_test_teardown(foreign_issuers_and_garbage_are_refused, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
