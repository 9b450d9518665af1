#include "tests/unit/pki/sample.h"

#include "pki/ocsp.h"

/* behind ours: it has macros with the names of our key usages, and other values */
#include <openssl/ocsp.h>
#include <openssl/x509v3.h>

#define NOW 1767225600 /* 2026-01-01T00:00:00Z */

static struct key *key;
static struct buffer out = BUFFER_MAX(100000);

static void build(const char *with, const struct ocsp_answer *answer, const struct bytes *certs,
                  size_t count)
{
	struct ocsp_signer *signer;
	struct error err = {0};
	key_free(key);
	key = sample_key(with);
	buffer_free(&out);
	assert_int_equal(ocsp_signer_new(&signer, key, certs, count, &err), 0);
	if (ocsp_response_build(&out, signer, answer, &err))
		fail_msg("%s %s", err.message, err.detail);
	ocsp_signer_free(signer);
}

static OCSP_BASICRESP *read_basic(void)
{
	const unsigned char *at = out.data;
	OCSP_RESPONSE *response = d2i_OCSP_RESPONSE(NULL, &at, (long)out.length);
	assert_non_null(response);
	assert_ptr_equal(at, out.data + out.length);
	assert_int_equal(OCSP_response_status(response), OCSP_RESPONSE_STATUS_SUCCESSFUL);
	OCSP_BASICRESP *basic = OCSP_response_get1_basic(response);
	assert_non_null(basic);
	OCSP_RESPONSE_free(response);
	return basic;
}

static X509 *read_certificate(const char *path)
{
	struct bytes der = data_read(path);
	const unsigned char *at = der.data;
	X509 *x509 = d2i_X509(NULL, &at, (long)der.length);
	assert_non_null(x509);
	return x509;
}

/* The certificates that the sample file asks for. */
static size_t take_ids(struct ocsp_single *singles)
{
	static struct ocsp_request request;
	assert_int_equal(ocsp_request_parse(&request, data_read("good/ocsp/several.der"), NULL), 0);
	for (size_t i = 0; i < request.count; i++)
		singles[i] = (struct ocsp_single){.cert_id = request.ids[i].der};
	return request.count;
}

static time_t seconds(const ASN1_GENERALIZEDTIME *time)
{
	struct tm tm = {0};
	assert_int_equal(ASN1_TIME_to_tm(time, &tm), 1);
	return timegm(&tm);
}

static void openssl_reads_every_status(void **state)
{
	(void)state;
	struct ocsp_single singles[LIMIT_OCSP_IDS];
	size_t count = take_ids(singles);
	assert_int_equal(count, 3);
	singles[1].status = OCSP_REVOKED;
	singles[1].revoked = NOW - 1000;
	singles[1].reason = 1;
	singles[1].cutoff = NOW - 5000;
	singles[2].status = OCSP_UNKNOWN;
	const struct ocsp_answer answer = {
		.singles = singles, .count = count, .produced = NOW, .this_update = NOW - 60,
		.next_update = NOW + 86400, .nonce = BYTES_OF("0123456789abcde"), .extended = true};
	build("p-256", &answer, NULL, 0);
	OCSP_BASICRESP *basic = read_basic();
	assert_int_equal(OCSP_resp_count(basic), 3);
	static const int expected[] = {V_OCSP_CERTSTATUS_GOOD, V_OCSP_CERTSTATUS_REVOKED,
	                               V_OCSP_CERTSTATUS_UNKNOWN};
	for (int i = 0; i < 3; i++) {
		int reason;
		ASN1_GENERALIZEDTIME *revoked, *this_update, *next_update;
		OCSP_SINGLERESP *single = OCSP_resp_get0(basic, i);
		assert_int_equal(OCSP_single_get0_status(single, &reason, &revoked, &this_update,
		                                         &next_update), expected[i]);
		assert_true(seconds(this_update) == NOW - 60 && seconds(next_update) == NOW + 86400);
		assert_int_equal(OCSP_SINGLERESP_get_ext_count(single), i == 1);
		if (i != 1)
			continue;
		assert_int_equal(reason, 1);
		assert_true(seconds(revoked) == NOW - 1000);
		ASN1_GENERALIZEDTIME *cutoff = OCSP_SINGLERESP_get1_ext_d2i(
			single, NID_id_pkix_OCSP_archiveCutoff, NULL, NULL);
		assert_non_null(cutoff);
		assert_true(seconds(cutoff) == NOW - 5000);
		ASN1_GENERALIZEDTIME_free(cutoff);
	}
	assert_true(seconds(OCSP_resp_get0_produced_at(basic)) == NOW);
	ASN1_OCTET_STRING *nonce = OCSP_BASICRESP_get1_ext_d2i(basic, NID_id_pkix_OCSP_Nonce, NULL, NULL);
	assert_non_null(nonce);
	assert_int_equal(ASN1_STRING_length(nonce), 2 + 16); /* as an OCTET STRING */
	ASN1_OCTET_STRING_free(nonce);
	assert_int_equal(OCSP_BASICRESP_get_ext_count(basic), 2);
	OCSP_BASICRESP_free(basic);
}

static void openssl_verifies_the_authoritys_own_answer(void **state)
{
	(void)state;
	struct ocsp_single singles[LIMIT_OCSP_IDS];
	size_t count = take_ids(singles);
	const struct ocsp_answer answer = {.singles = singles, .count = count, .produced = NOW,
	                                   .this_update = NOW, .next_update = NOW + 1};
	build("p-256", &answer, NULL, 0);
	OCSP_BASICRESP *basic = read_basic();
	X509_STORE *store = X509_STORE_new();
	STACK_OF(X509) *chain = sk_X509_new_null();
	X509 *root = read_certificate("good/chain/root.der");
	X509_STORE_add_cert(store, root);
	X509_free(root);
	sk_X509_push(chain, read_certificate("good/chain/issuing.der"));
	assert_int_equal(OCSP_basic_verify(basic, chain, store, 0), 1);
	assert_int_equal(OCSP_BASICRESP_get_ext_count(basic), 0);
	/* another key does not pass for it */
	OCSP_BASICRESP_free(basic);
	build("p-256-other", &answer, NULL, 0);
	basic = read_basic();
	assert_int_not_equal(OCSP_basic_verify(basic, chain, store, 0), 1);
	OCSP_BASICRESP_free(basic);
	sk_X509_pop_free(chain, X509_free);
	X509_STORE_free(store);
}

static void certificates_come_along(void **state)
{
	(void)state;
	struct ocsp_single singles[LIMIT_OCSP_IDS];
	size_t count = take_ids(singles);
	const struct ocsp_answer answer = {.singles = singles, .count = count, .produced = NOW,
	                                   .this_update = NOW, .next_update = NOW + 1};
	const struct bytes certs[] = {data_read("good/chain/leaf.der"),
	                              data_read("good/chain/issuing.der")};
	static const char *const keys[] = {"p-256-other", "p-384", "ed25519", "rsa-2048"};
	for (size_t i = 0; i < 4; i++) {
		build(keys[i], &answer, certs, 2);
		OCSP_BASICRESP *basic = read_basic();
		assert_int_equal(sk_X509_num(OCSP_resp_get0_certs(basic)), 2);
		OCSP_BASICRESP_free(basic);
	}
}

static void errors_are_whole_responses(void **state)
{
	(void)state;
	assert_bytes(ocsp_error_response(OCSP_MALFORMED_REQUEST), "30030a0101");
	assert_bytes(ocsp_error_response(OCSP_INTERNAL_ERROR), "30030a0102");
	assert_bytes(ocsp_error_response(OCSP_TRY_LATER), "30030a0103");
	assert_bytes(ocsp_error_response(OCSP_UNAUTHORIZED), "30030a0106");
	assert_bytes(ocsp_error_response(OCSP_SUCCESSFUL), "30030a0102");
	assert_bytes(ocsp_error_response(4), "30030a0102");
}

static void a_failure_appends_nothing(void **state)
{
	(void)state;
	struct ocsp_single singles[LIMIT_OCSP_IDS];
	size_t count = take_ids(singles);
	struct ocsp_signer *signer;
	struct ocsp_answer answer = {.singles = singles, .count = count, .produced = NOW,
	                             .this_update = NOW, .next_update = INT64_MAX};
	assert_int_equal(ocsp_signer_new(&signer, key, NULL, 0, NULL), 0);
	buffer_free(&out);
	buffer_append_text(&out, "before");
	assert_int_equal(ocsp_response_build(&out, signer, &answer, NULL), SIGNET_E_INVALID);
	assert_int_equal(out.length, 6);
	ocsp_signer_free(signer);
	ocsp_signer_free(NULL);
}

static int teardown(void **state)
{
	key_free(key);
	buffer_free(&out);
	return arena_teardown(state);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(openssl_reads_every_status),
		cmocka_unit_test(openssl_verifies_the_authoritys_own_answer),
		cmocka_unit_test(certificates_come_along),
		cmocka_unit_test(errors_are_whole_responses),
		cmocka_unit_test(a_failure_appends_nothing),
	};
	return cmocka_run_group_tests(tests, arena_setup, teardown);
}
