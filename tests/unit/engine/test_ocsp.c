#include <pthread.h>
#include <stdio.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include "tests/unit/engine/fixture.h"

#include "asn1/oid.h"
#include "base/clock.h"
#include "base/file.h"
#include "engine/ocsp.h"
#include "engine/recent.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"
#include "engine/revoke_key.h"

static const unsigned KEY_USAGE_SIGNATURE = KU_DIGITAL_SIGNATURE,
                      KEY_USAGE_AUTHORITY = KU_KEY_CERT_SIGN | KU_CRL_SIGN;

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

/* The same sections, with these `ocsp` settings of the authority. */
static void begin_with_ocsp(const char *ocsp)
{
	static char text[20000];
	int n = snprintf(text, sizeof text, "authorities:\n  issuing: {certificate: issuing.pem, "
	                 "key: issuing.key, ocsp: %s}\n%s", ocsp, fixture_sections);
	assert_true(n > 0 && (size_t)n < sizeof text);
	begin_with(text);
}

static void a_nonce_is_echoed_and_not_to_be_kept(void **state)
{
	(void)state;
	struct question q;
	unsigned char *der = NULL;
	begin_with(fixture_sections);
	leaf = issue_leaf("1", NULL);
	ask(&q, leaf, issuer, EVP_sha1());
	struct ocsp_answered out = answer_of(q.der, "");
	assert_true(out.cacheable);
	assert_int_equal(out.serial_count, 1);
	assert_int_equal(out.next_update - out.this_update, 86400);
	assert_int_equal(OCSP_request_add1_nonce(q.request, NULL, 16), 1);
	int length = i2d_OCSP_REQUEST(q.request, &der);
	out = answer_of(bytes_make(der, (size_t)length), "");
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
	begin_with_ocsp("{unissued: revoked, archive-cutoff: 365d}");
	leaf = issue_leaf("1", NULL);
	struct said said = status_of(leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_GOOD);
	assert_true(said.extended && said.cutoff);
	X509 *ca = x509(issuer);
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	ASN1_INTEGER_set(serial, 4711);
	ask_serial(&q, ca, serial, EVP_sha1());
	said = verify(&q, answer_of(q.der, "").response);
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
	begin_with_ocsp("{signer: authority, validity: 1h}");
	leaf = issue_leaf("1", NULL);
	struct said said = status_of(leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(said.certificates, -1); /* none */
	assert_int_equal(said.next_update - said.this_update, 3600);
	assert_int_equal(database_count(f.engine->database, &counts, NULL), 0);
	assert_int_equal(counts.certificates, 1);
}

static void an_authority_that_is_to_answer_nothing_answers_nothing(void **state)
{
	(void)state;
	struct question q;
	begin_with_ocsp("none");
	leaf = issue_leaf("1", NULL);
	ask(&q, leaf, issuer, EVP_sha1());
	assert_int_equal(error_of(q.der, ""), OCSP_UNAUTHORIZED);
	OCSP_REQUEST_free(q.request);
}

struct seen {
	size_t count;
	uint8_t serial[SERIAL_SIZE];
	int64_t not_before, not_after, renewal;
	uint64_t answers;
	bool trouble;
};

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

static struct seen see(void)
{
	struct seen seen = {0};
	struct ocsp_totals totals;
	assert_int_equal(ocsp_status(f.engine->ocsp, &totals, look, &seen), 0);
	return seen;
}

static void keep(void)
{
	struct error err = {0};
	int64_t due = INT64_MAX;
	if (ocsp_keep(f.engine->ocsp, &due, &err))
		fail_msg("%s", err.message);
}

static void a_responder_is_an_issued_certificate_and_outlives_restarts(void **state)
{
	(void)state;
	struct error err = {0};
	struct stored stored;
	char path[FIXTURE_PATH];
	struct stat info;
	begin_with_ocsp("{}");
	struct seen first = see();
	assert_int_equal(first.count, 1);
	assert_false(first.trouble);
	assert_int_equal(database_find_serial(f.engine->database, f.arena,
	                                      bytes_make(first.serial, SERIAL_SIZE), &stored, &err), 0);
	assert_string_equal(stored.request->profile, "responder");
	struct certificate c;
	const struct bytes der = {stored.certificate->der.data, stored.certificate->der.len};
	assert_int_equal(certificate_parse(&c, f.arena, der, &err), 0);
	assert_non_null(certificate_extension(&c, OID_OCSP_NOCHECK));
	assert_null(certificate_extension(&c, OID_CRL_DISTRIBUTION));
	assert_int_equal(certificate_key_usage(&c), KEY_USAGE_SIGNATURE);
	certificate_clear(&c);
	fixture_path(&f, "engine/ocsp/issuing.key", path);
	assert_int_equal(stat(path, &info), 0);
	assert_int_equal(info.st_mode & 0777, 0600);
	fixture_shut(&f);
	fixture_open(&f);
	struct seen second = see();
	assert_memory_equal(first.serial, second.serial, SERIAL_SIZE);
	/* another key in the file is of no use: a new pair is made */
	fixture_shut(&f);
	fixture_write_key(&f, "engine/ocsp/issuing.key", f.root_key, NULL);
	fixture_open(&f);
	second = see();
	assert_memory_not_equal(first.serial, second.serial, SERIAL_SIZE);
	leaf = issue_leaf("1", NULL);
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(see().answers, 1);
}

static void a_responder_is_renewed_in_time(void **state)
{
	(void)state;
	struct recent_changes changes;
	struct error err = {0};
	int64_t now = clock_now();
	clock_freeze(now);
	begin_with_ocsp("{responder-validity: 30d}");
	leaf = issue_leaf("1", NULL);
	struct seen first = see();
	assert_true(first.renewal > now + 19 * 86400 && first.renewal <= now + 20 * 86400);
	keep();
	assert_memory_equal(see().serial, first.serial, SERIAL_SIZE);
	assert_int_equal(recent_wait(f.engine->recent, f.arena, 0, 0, &changes, &err), 0);
	uint64_t generation = changes.generation;
	/* the same again is nothing new */
	assert_int_equal(ocsp_refresh(f.engine->ocsp, &err), 0);
	assert_int_equal(recent_wait(f.engine->recent, f.arena, generation, 0, &changes, &err), 0);
	assert_false(changes.all);
	clock_freeze(first.renewal);
	keep();
	struct seen second = see();
	assert_memory_not_equal(second.serial, first.serial, SERIAL_SIZE);
	assert_true(second.not_after > first.not_after);
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_GOOD);
	/* who keeps answers hears of it */
	assert_int_equal(recent_wait(f.engine->recent, f.arena, generation, 0, &changes, &err), 0);
	assert_true(changes.all);
	/* an answer ends with who signed it */
	clock_freeze(second.not_after - 60);
	struct question q;
	ask(&q, leaf, issuer, EVP_sha1());
	assert_true(answer_of(q.der, "").next_update == second.not_after);
	clock_freeze(second.not_after);
	assert_int_equal(error_of(q.der, ""), OCSP_TRY_LATER);
	OCSP_REQUEST_free(q.request);
	keep();
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_GOOD);
}

static void the_certificates_of_an_earlier_key_are_answered_by_its_own_responder(void **state)
{
	(void)state;
	struct bytes serial, chain[2];
	struct key *key;
	begin_with(fixture_sections);
	leaf = issue_leaf("1", &serial);
	revoke_as(serial, 4);
	fixture_shut(&f);
	chain[0] = f.issuing;
	chain[1] = f.root;
	fixture_write_pem(&f, "issuing.1.pem", chain, 2);
	fixture_write_key(&f, "issuing.1.key", f.issuing_key, NULL);
	assert_int_equal(key_generate(&key, KEY_P384, 0, NULL), 0);
	struct fixture_authority next = {
		.subject = "CN=Test Issuing", .issuer = "CN=Test Root", .key = key,
		.issuer_key = f.root_key, .key_usage = KEY_USAGE_AUTHORITY, .ca = true,
		.path_length = 0, .not_before = clock_now() - 3600,
		.not_after = clock_now() + 366 * 86400};
	chain[0] = fixture_certificate(f.arena, &next);
	fixture_write_pem(&f, "issuing.pem", chain, 2);
	fixture_write_key(&f, "issuing.key", key, NULL);
	key_free(key);
	fixture_open(&f);
	assert_int_equal(see().count, 2);
	struct said said = status_of(leaf);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 4);
	/* of the new key this number is nobody's */
	issuer = chain[0];
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_UNKNOWN);
	leaf = issue_leaf("2", NULL);
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_GOOD);
	char path[FIXTURE_PATH];
	fixture_path(&f, "engine/ocsp/issuing.k2.pem", path);
	assert_int_equal(access(path, R_OK), 0);
}

static void several_certificates_are_answered_at_once(void **state)
{
	(void)state;
	struct question q;
	struct bytes serial;
	unsigned char *der = NULL;
	begin_with(fixture_sections);
	leaf = issue_leaf("1", NULL);
	struct bytes other = issue_leaf("2", &serial);
	revoke_as(serial, 1);
	ask(&q, leaf, issuer, EVP_sha1());
	X509 *subject = x509(other), *ca = x509(issuer);
	OCSP_CERTID *id = OCSP_cert_to_id(EVP_sha256(), subject, ca);
	assert_non_null(OCSP_request_add0_id(q.request, id));
	int length = i2d_OCSP_REQUEST(q.request, &der);
	struct ocsp_answered out = answer_of(bytes_make(der, (size_t)length), "");
	assert_int_equal(out.serial_count, 2);
	assert_int_equal(verify(&q, out.response).status, V_OCSP_CERTSTATUS_GOOD);
	q.id = id;
	assert_int_equal(verify(&q, out.response).status, V_OCSP_CERTSTATUS_REVOKED);
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
		if (chdir(f.directory) == 0 && freopen("said", "w", stdout) &&
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
	fixture_path(&f, "said", path);
	assert_int_equal(file_read(&content, path, NULL), 0);
	bool found = strstr(buffer_text(&content), text) != NULL;
	buffer_free(&content);
	return found;
}

static void write_response(struct bytes certificate)
{
	struct question q;
	char path[FIXTURE_PATH];
	ask(&q, certificate, issuer, EVP_sha1());
	fixture_path(&f, "response.der", path);
	assert_int_equal(file_write(path, answer_of(q.der, "").response, 0644, FILE_REPLACE, NULL), 0);
	OCSP_REQUEST_free(q.request);
	fixture_write_pem(&f, "leaf.pem", &certificate, 1);
	fixture_write_pem(&f, "ca.pem", &issuer, 1);
	fixture_write_pem(&f, "root-only.pem", &f.root, 1);
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
	begin_with(fixture_sections);
	leaf = issue_leaf("1", &serial);
	write_response(leaf);
	assert_true(runs(by_root));
	assert_true(has_said("Response verify OK") && has_said("leaf.pem: good"));
	assert_true(runs(by_ocsptool));
	assert_true(has_said("Success"));
	revoke_as(serial, 1);
	write_response(leaf);
	assert_true(runs(by_root));
	assert_true(has_said("leaf.pem: revoked") && has_said("keyCompromise"));
	fixture_end(&f);
	begin_with_ocsp("{signer: authority}");
	leaf = issue_leaf("1", NULL);
	write_response(leaf);
	assert_true(runs(by_signer));
	assert_true(has_said("Response verify OK") && has_said("leaf.pem: good"));
}

/* The authority's own certificate, as if this engine had issued and then revoked it. */
static int put_authority(struct store_txn *txn, void *arg)
{
	const unsigned *reason = arg;
	struct bytes packed;
	Signet__Db__Certificate *record;
	struct certificate own;
	const struct record_certificate made = {.der = f.issuing, .issuer = bytes_text("12345678"),
	                                        .not_after = 4000000000};
	struct store_key id = store_key_number(999);
	assert_int_equal(certificate_parse(&own, f.arena, f.issuing, NULL), 0);
	assert_int_equal(record_pack_certificate(f.arena, &made, &packed), 0);
	assert_int_equal(record_unpack_certificate(f.arena, packed, &record), 0);
	record->state = SIGNET_REVOKED;
	record->revoked = 1000000;
	record->reason = *reason;
	assert_int_equal(record_repack_certificate(f.arena, record, &packed), 0);
	store_put(txn, TABLE_SERIALS, own.serial, store_key_get(&id));
	store_put(txn, TABLE_CERTIFICATES, store_key_get(&id), packed);
	certificate_clear(&own);
	return store_error(txn);
}

static void nothing_is_good_that_a_compromised_authority_has_signed(void **state)
{
	(void)state;
	struct error err = {0};
	unsigned reason = 5; /* cessationOfOperation leaves what it signed good */
	begin_with(fixture_sections);
	leaf = issue_leaf("1", NULL);
	struct store *store = database_store(f.engine->database);
	assert_int_equal(store_write(store, put_authority, &reason, &err), 0);
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_GOOD);
	reason = 2;
	assert_int_equal(store_write(store, put_authority, &reason, &err), 0);
	struct said answer = status_of(leaf);
	assert_int_equal(answer.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(answer.reason, 2);
	assert_true(answer.revoked == 1000000);
}

static void a_responder_that_is_revoked_signs_no_more(void **state)
{
	(void)state;
	begin_with_ocsp("{}");
	leaf = issue_leaf("1", NULL);
	struct seen first = see();
	struct recent_changes changes;
	assert_int_equal(recent_wait(f.engine->recent, f.arena, 0, 0, &changes, NULL), 0);
	revoke_as(bytes_make(first.serial, SERIAL_SIZE), 1);
	/* at once, and what it has signed is not given out any more */
	assert_int_equal(recent_wait(f.engine->recent, f.arena, changes.generation, 0, &changes, NULL), 0);
	assert_true(changes.all);
	struct seen second = see();
	assert_memory_not_equal(first.serial, second.serial, SERIAL_SIZE);
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_GOOD);
	fixture_shut(&f);
	fixture_open(&f);
	assert_memory_equal(see().serial, second.serial, SERIAL_SIZE);
}

static int64_t mark(unsigned reason)
{
	struct error err = {0};
	struct key_progress progress;
	struct configuration *c = configuration_take(f.engine->holder);
	const struct key_order order = {&c->authorities[0], reason, "", "test"};
	if (revoke_key_mark(f.engine, f.arena, &order, &progress, &err))
		fail_msg("%s", err.message);
	configuration_release(f.engine->holder, c);
	return progress.revoked;
}

static struct key_progress revoke_next(void)
{
	struct key_progress progress;
	struct configuration *c = configuration_take(f.engine->holder);
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	assert_int_equal(revoke_key_step(f.engine, arena, &c->authorities[0], &progress, NULL), 0);
	arena_free(arena);
	configuration_release(f.engine->holder, c);
	return progress;
}

static void expect_revoked(struct bytes certificate, int reason, int64_t since)
{
	struct said said = status_of(certificate);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, reason);
	assert_int_equal(said.revoked, since);
}

/* Who keeps answers has to hear of it, and what is asked says so, before any certificate is reached. */
static void all_of_a_key_is_revoked_with_its_mark(void **state)
{
	(void)state;
	enum { CESSATION = 5 };
	struct recent_changes changes;
	struct bytes serial, ended, held, gone;
	int64_t now = clock_now();
	begin_with_ocsp("{signer: authority}");
	clock_freeze(now);
	ended = issue_leaf("0", NULL);
	clock_freeze(now += 91 * 86400);
	leaf = issue_leaf("1", NULL);
	held = issue_leaf("2", &serial);
	revoke_as(serial, 6);
	gone = issue_leaf("3", &serial);
	revoke_as(serial, 4);
	assert_int_equal(status_of(leaf).status, V_OCSP_CERTSTATUS_GOOD);
	assert_int_equal(recent_wait(f.engine->recent, f.arena, 0, 0, &changes, NULL), 0);
	clock_freeze(now + 10);
	assert_int_equal(mark(CESSATION), now + 10);
	assert_int_equal(recent_wait(f.engine->recent, f.arena, changes.generation, 0, &changes, NULL), 0);
	assert_true(changes.all);
	for (unsigned i = 0; i < 2; i++) {
		expect_revoked(leaf, CESSATION, now + 10);
		expect_revoked(held, CESSATION, now);
		expect_revoked(gone, 4, now);
		assert_int_equal(status_of(ended).status, V_OCSP_CERTSTATUS_GOOD);
		clock_freeze(now + 20);
		assert_true(revoke_next().finished);
	}
	/* so is another reason, but for what has one of its own */
	mark(1);
	expect_revoked(leaf, 1, now + 10);
	expect_revoked(held, 1, now);
	expect_revoked(gone, 4, now);
}

static void what_bears_the_signature_of_a_lost_key_is_revoked(void **state)
{
	(void)state;
	struct question q;
	ASN1_INTEGER *serial = ASN1_INTEGER_new();
	begin_with(fixture_sections);
	X509 *ca = x509(issuer);
	ASN1_INTEGER_set(serial, 123456789);
	ask_serial(&q, ca, serial, EVP_sha256());
	assert_int_equal(verify(&q, answer_of(q.der, "").response).status, V_OCSP_CERTSTATUS_UNKNOWN);
	int64_t since = mark(2);
	struct said said = verify(&q, answer_of(q.der, "").response);
	assert_int_equal(said.status, V_OCSP_CERTSTATUS_REVOKED);
	assert_int_equal(said.reason, 2);
	assert_int_equal(said.revoked, since);
	OCSP_REQUEST_free(q.request);
	ASN1_INTEGER_free(serial);
	X509_free(ca);
}

/* The responder's certificate goes with the others, and none comes after it. */
static void a_key_that_is_revoked_answers_for_itself(void **state)
{
	(void)state;
	begin_with_ocsp("{}");
	leaf = issue_leaf("1", NULL);
	struct seen before = see();
	assert_true(before.renewal > 0);
	int64_t since = mark(2);
	assert_true(revoke_next().finished);
	for (unsigned i = 0; i < 3; i++) {
		struct seen now = see();
		assert_false(now.trouble);
		assert_memory_not_equal(now.serial, before.serial, SERIAL_SIZE);
		assert_int_equal(now.renewal, 0);
		assert_int_equal(status_of(leaf).certificates, -1);
		expect_revoked(leaf, 2, since);
		if (i == 0) {
			clock_freeze(before.renewal + 1);
			keep();
		} else {
			fixture_shut(&f);
			fixture_open(&f);
		}
	}
}

static void *ask_often(void *arg)
{
	const struct question *q = arg;
	struct arena *own = arena_new(LIMIT_REQUEST_ARENA);
	uintptr_t good = 0;
	for (int i = 0; i < 50; i++) {
		struct ocsp_answered out;
		arena_clear(own);
		good += ocsp_answer(f.engine->ocsp, own, q->der, "", &out, NULL) == 0 && out.cacheable;
	}
	arena_free(own);
	return (void *)good;
}

static void many_ask_while_responders_are_replaced(void **state)
{
	(void)state;
	pthread_t threads[4];
	struct question q;
	struct database_counts counts;
	begin_with(fixture_sections);
	leaf = issue_leaf("1", NULL);
	ask(&q, leaf, issuer, EVP_sha1());
	for (size_t i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_often, &q), 0);
	for (size_t i = 0; i < 20; i++)
		assert_int_equal(ocsp_refresh(f.engine->ocsp, NULL), 0);
	for (size_t i = 0; i < 4; i++) {
		void *good;
		pthread_join(threads[i], &good);
		assert_int_equal((uintptr_t)good, 50);
	}
	/* one responder was made, by the first who asked */
	assert_int_equal(database_count(f.engine->database, &counts, NULL), 0);
	assert_int_equal(counts.certificates, 2);
	OCSP_REQUEST_free(q.request);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_certificate_is_good_then_held_then_good_then_revoked, teardown),
		cmocka_unit_test_teardown(what_was_never_issued_is_unknown, teardown),
		cmocka_unit_test_teardown(foreign_issuers_and_garbage_are_refused, teardown),
		cmocka_unit_test_teardown(a_nonce_is_echoed_and_not_to_be_kept, teardown),
		cmocka_unit_test_teardown(what_was_never_issued_is_revoked_where_that_is_wanted, teardown),
		cmocka_unit_test_teardown(the_authority_signs_where_that_is_wanted, teardown),
		cmocka_unit_test_teardown(an_authority_that_is_to_answer_nothing_answers_nothing, teardown),
		cmocka_unit_test_teardown(a_responder_is_an_issued_certificate_and_outlives_restarts, teardown),
		cmocka_unit_test_teardown(a_responder_is_renewed_in_time, teardown),
		cmocka_unit_test_teardown(the_certificates_of_an_earlier_key_are_answered_by_its_own_responder, teardown),
		cmocka_unit_test_teardown(several_certificates_are_answered_at_once, teardown),
		cmocka_unit_test_teardown(openssl_and_ocsptool_take_files, teardown),
		cmocka_unit_test_teardown(nothing_is_good_that_a_compromised_authority_has_signed, teardown),
		cmocka_unit_test_teardown(a_responder_that_is_revoked_signs_no_more, teardown),
		cmocka_unit_test_teardown(all_of_a_key_is_revoked_with_its_mark, teardown),
		cmocka_unit_test_teardown(what_bears_the_signature_of_a_lost_key_is_revoked, teardown),
		cmocka_unit_test_teardown(a_key_that_is_revoked_answers_for_itself, teardown),
		cmocka_unit_test_teardown(many_ask_while_responders_are_replaced, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
