#include "tests/unit/engine/ocsp_world.h"

#include <stdio.h>

#include "base/clock.h"
#include "engine/revocation.h"

struct fixture ocsp_fixture;
struct bytes ocsp_leaf, ocsp_issuer;

X509 *ocsp_world_x509(struct bytes der)
{
	const unsigned char *at = der.data;
	X509 *out = d2i_X509(NULL, &at, (long)der.length);
	assert_non_null(out);
	return out;
}

struct bytes ocsp_world_issue_leaf(const char *key, struct bytes *serial)
{
	struct error err = {0};
	struct signet_outcome out;
	struct signet_submission s =
		fixture_submission(fixture_csr(ocsp_fixture.arena, ocsp_fixture.key, "", "dns:a.example.com", NULL), key);
	if (fixture_submit(&ocsp_fixture, &s, &out, &err) || out.disposition != SIGNET_ISSUED)
		fail_msg("%s", err.message);
	if (serial)
		*serial = out.serial;
	return out.certificate;
}

void ocsp_world_revoke_as(struct bytes serial, unsigned reason)
{
	struct error err = {0};
	const struct revocation order = {.serial = serial, .reason = reason, .comment = "",
	                                 .actor = "test"};
	if (revocation_order(ocsp_fixture.engine, ocsp_fixture.arena, &order, &err))
		fail_msg("%s", err.message);
}

void ocsp_world_ask_serial(struct question *q, X509 *by, ASN1_INTEGER *serial, const EVP_MD *hash)
{
	unsigned char *der = NULL;
	q->request = OCSP_REQUEST_new();
	OCSP_CERTID *id = OCSP_cert_id_new(hash, X509_get_subject_name(by), X509_get0_pubkey_bitstr(by),
	                                   serial);
	assert_non_null(OCSP_request_add0_id(q->request, id));
	q->id = id;
	int length = i2d_OCSP_REQUEST(q->request, &der);
	assert_true(length > 0);
	assert_int_equal(arena_bytes(ocsp_fixture.arena, bytes_make(der, (size_t)length), &q->der), 0);
	OPENSSL_free(der);
}

void ocsp_world_ask(struct question *q, struct bytes certificate, struct bytes by, const EVP_MD *hash)
{
	X509 *subject = ocsp_world_x509(certificate), *ca = ocsp_world_x509(by);
	ocsp_world_ask_serial(q, ca, X509_get_serialNumber(subject), hash);
	X509_free(subject);
	X509_free(ca);
}

struct ocsp_answered ocsp_world_answer_of(struct bytes request, const char *authority)
{
	struct error err = {0};
	struct ocsp_answered out;
	if (ocsp_answer(ocsp_fixture.engine->ocsp, ocsp_fixture.arena, request, authority, &out, &err))
		fail_msg("%s %s", err.message, err.detail);
	return out;
}

int ocsp_world_error_of(struct bytes request, const char *authority)
{
	struct ocsp_answered out = ocsp_world_answer_of(request, authority);
	assert_int_equal(out.response.length, 5);
	assert_false(out.cacheable);
	assert_int_equal(out.next_update, 0);
	return out.response.data[4];
}

static time_t seconds(const ASN1_GENERALIZEDTIME *time)
{
	struct tm tm = {0};
	assert_int_equal(ASN1_TIME_to_tm(time, &tm), 1);
	return timegm(&tm);
}

struct said ocsp_world_verify(const struct question *q, struct bytes response)
{
	struct said said = {0};
	const unsigned char *at = response.data;
	OCSP_RESPONSE *r = d2i_OCSP_RESPONSE(NULL, &at, (long)response.length);
	assert_non_null(r);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(r);
	assert_non_null(basic);
	X509_STORE *store = X509_STORE_new();
	X509 *root = ocsp_world_x509(ocsp_fixture.root), *ca = ocsp_world_x509(ocsp_issuer);
	X509_STORE_add_cert(store, root);
	X509_VERIFY_PARAM_set_time(X509_STORE_get0_param(store), clock_now());
	STACK_OF(X509) *chain = sk_X509_new_null();
	sk_X509_push(chain, ca);
	assert_int_equal(OCSP_basic_verify(basic, chain, store, 0), 1);
	ASN1_GENERALIZEDTIME *revoked = NULL, *this_update = NULL, *next_update = NULL;
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

struct said ocsp_world_status_of(struct bytes certificate)
{
	struct question q;
	ocsp_world_ask(&q, certificate, ocsp_issuer, EVP_sha1());
	struct said said = ocsp_world_verify(&q, ocsp_world_answer_of(q.der, "").response);
	OCSP_REQUEST_free(q.request);
	return said;
}

void ocsp_world_begin_with(const char *sections)
{
	fixture_make(&ocsp_fixture, sections);
	fixture_open(&ocsp_fixture);
	ocsp_issuer = ocsp_fixture.issuing;
}

int ocsp_world_teardown(void **state)
{
	(void)state;
	fixture_end(&ocsp_fixture);
	clock_freeze(0);
	return 0;
}

void ocsp_world_begin_with_ocsp(const char *ocsp)
{
	static char text[20000];
	int n = snprintf(text, sizeof text, "authorities:\n  issuing: {certificate: issuing.pem, "
	                 "key: issuing.key, ocsp: %s}\n%s", ocsp, fixture_sections);
	assert_true(n > 0 && (size_t)n < sizeof text);
	ocsp_world_begin_with(text);
}

static int look(void *arg, const struct responder *r)
{
	struct seen *seen = arg;
	seen->count++;
	memcpy(seen->serial, r->serial, SERIAL_SIZE);
	seen->not_before = r->not_before;
	seen->not_after = r->not_after;
	seen->renewal = r->renewal;
	seen->answers = atomic_load(&r->answers);
	seen->trouble = r->trouble[0];
	return 0;
}

struct seen ocsp_world_see(void)
{
	struct seen seen = {0};
	struct ocsp_totals totals;
	assert_int_equal(ocsp_status(ocsp_fixture.engine->ocsp, &totals, look, &seen), 0);
	return seen;
}

void ocsp_world_keep(void)
{
	struct error err = {0};
	int64_t due = INT64_MAX;
	if (ocsp_keep(ocsp_fixture.engine->ocsp, &due, &err))
		fail_msg("%s", err.message);
}
