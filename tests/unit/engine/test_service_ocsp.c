#include "fixture.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "asn1/der.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "crypto/hash.h"
#include "engine/service.h"
#include "pki/certificate.h"
#include "rpc/ca.pb-c.h"

/* Users that every Debian has. */
#define USERS "users: {gateway: daemon, publisher: nobody}\n"

static struct fixture f;
static struct service request, admin;

static int setup(void **state)
{
	char sections[4096];
	(void)state;
	snprintf(sections, sizeof sections, "%s%s", USERS, fixture_sections);
	fixture_make(&f, sections);
	fixture_open(&f);
	request = (struct service){f.engine, false};
	admin = (struct service){f.engine, true};
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	fixture_end(&f);
	return 0;
}

static Signet__Rpc__Reply ask(struct service *service, const char *user,
                              const Signet__Rpc__Call *call)
{
	const struct passwd *entry = getpwnam(user);
	assert_non_null(entry);
	const struct rpc_peer peer = {.uid = entry->pw_uid};
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	service_handle(service, &peer, f.arena, call, &reply);
	return reply;
}

static void put_issuer_hash(struct der_writer *w, struct bytes of)
{
	uint8_t digest[HASH_SIZE_MAX];
	assert_int_equal(hash_compute(HASH_SHA1, of, digest), 0);
	der_put(w, DER_OCTET_STRING, bytes_make(digest, 20));
}

static void put_id(struct der_writer *w, const struct certificate *issuer, uint8_t serial)
{
	struct der der = der_open(issuer->spki), inside;
	struct bytes bits;
	assert_int_equal(der_enter(&der, DER_SEQUENCE, &inside), 0);
	assert_int_equal(der_expect(&inside, DER_SEQUENCE, NULL), 0);
	assert_int_equal(der_bits(&inside, &bits, NULL), 0);
	der_begin(w, DER_SEQUENCE);
	der_begin(w, DER_SEQUENCE);
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, OID_SHA1);
	der_put_null(w);
	der_end(w);
	put_issuer_hash(w, issuer->subject);
	put_issuer_hash(w, bits);
	der_put_magnitude(w, bytes_make(&serial, 1));
	der_end(w);
	der_end(w);
}

static void put_nonce(struct der_writer *w, struct bytes nonce)
{
	der_begin(w, DER_CONTEXT_CONSTRUCTED(2));
	der_begin(w, DER_SEQUENCE);
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, OID_OCSP_NONCE);
	der_begin(w, DER_OCTET_STRING);
	der_put(w, DER_OCTET_STRING, nonce);
	for (int i = 0; i < 4; i++)
		der_end(w);
}

/* About so many certificates that the issuing authority has not issued. */
static struct bytes question(const char *nonce, size_t ids)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(LIMIT_OCSP_REQUEST);
	struct der_writer w = der_write(&out);
	struct certificate issuer;
	struct bytes copy;
	assert_int_equal(certificate_parse(&issuer, f.arena, f.issuing, NULL), 0);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	for (size_t i = 0; i < ids; i++)
		put_id(&w, &issuer, (uint8_t)(i + 1));
	der_end(&w);
	put_nonce(&w, bytes_text(nonce));
	der_end(&w);
	der_end(&w);
	assert_int_equal(der_writer_finish(&w), 0);
	assert_int_equal(arena_bytes(f.arena, buffer_bytes(&out), &copy), 0);
	certificate_clear(&issuer);
	return copy;
}

static const struct bytes garbage = {(const uint8_t *)"\x30", 2};

static Signet__Rpc__Reply ask_all(const char *user, const struct bytes *requests, size_t count)
{
	Signet__Rpc__OcspRequest items[LIMIT_OCSP_REQUESTS + 1],
		*pointers[LIMIT_OCSP_REQUESTS + 1];
	Signet__Rpc__OcspRequests all = SIGNET__RPC__OCSP_REQUESTS__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	for (; all.n_items < count; all.n_items++) {
		struct bytes der = requests[all.n_items];
		pointers[all.n_items] = &items[all.n_items];
		signet__rpc__ocsp_request__init(&items[all.n_items]);
		items[all.n_items].request = (ProtobufCBinaryData){
			der.length, (uint8_t *)(uintptr_t)der.data};
	}
	all.items = pointers;
	call.call_case = SIGNET__RPC__CALL__CALL_OCSP_ANSWER;
	call.ocsp_answer = &all;
	Signet__Rpc__Reply reply = ask(&request, user, &call);
	if (reply.code == 0)
		assert_int_equal(reply.body_case, SIGNET__RPC__REPLY__BODY_OCSP_RESPONSES);
	return reply;
}

static bool is_about(const Signet__Rpc__OcspResponse *answer, const char *nonce)
{
	return memmem(answer->response.data, answer->response.len, nonce, strlen(nonce));
}

static void the_gateway_is_answered_and_others_are_not(void **state)
{
	(void)state;
	assert_int_equal(ask_all("nobody", &garbage, 1).code, SIGNET_E_PERMISSION);
	Signet__Rpc__Reply reply = ask_all("daemon", &garbage, 1);
	assert_int_equal(reply.code, 0);
	assert_int_equal(reply.ocsp_responses->n_items, 1);
	const Signet__Rpc__OcspResponse *answer = reply.ocsp_responses->items[0];
	/* malformedRequest */
	assert_int_equal(answer->response.len, 5);
	assert_int_equal(answer->response.data[4], 1);
	assert_false(answer->cacheable);
}

/* All of them, as a client asks that has been left without some: the engine may be slow. The last one
 * would be asked alone. */
static void ask_for_all(const struct bytes *requests, size_t count,
                        const Signet__Rpc__OcspResponse **answers)
{
	for (size_t done = 0; done < count;) {
		Signet__Rpc__Reply reply = ask_all("daemon", requests + done, count + 1 - done);
		assert_int_equal(reply.code, 0);
		const Signet__Rpc__OcspResponses *got = reply.ocsp_responses;
		assert_true(got->n_items > 0 && got->n_items <= count + 1 - done);
		for (size_t i = 0; i < got->n_items && done < count; i++)
			answers[done++] = got->items[i];
	}
}

static void several_are_answered_each_for_itself(void **state)
{
	(void)state;
	const struct bytes requests[] = {question("nonce-one", 1), garbage, question("nonce-two", 2),
	                                 garbage};
	const Signet__Rpc__OcspResponse *answers[3];
	/* who needs a responder to be made first has to ask alone: others do not wait for that */
	ask_for_all(requests, 3, answers);
	assert_true(answers[0]->slow);
	assert_int_equal(answers[1]->response.data[4], 1);
	assert_true(answers[2]->slow);
	Signet__Rpc__Reply reply = ask_all("daemon", requests, 1);
	assert_int_equal(reply.ocsp_responses->n_items, 1);
	assert_true(is_about(reply.ocsp_responses->items[0], "nonce-one"));
	ask_for_all(requests, 3, answers);
	assert_true(is_about(answers[0], "nonce-one"));
	assert_false(answers[0]->slow);
	assert_int_equal(answers[1]->response.len, 5);
	assert_true(is_about(answers[2], "nonce-two"));
}

static void only_as_many_are_answered_as_fit_into_the_reply(void **state)
{
	(void)state;
	struct bytes requests[LIMIT_OCSP_REQUESTS];
	for (size_t i = 0; i < LIMIT_OCSP_REQUESTS; i++)
		requests[i] = question("nonce", LIMIT_OCSP_IDS);
	ask_all("daemon", requests, 1);
	Signet__Rpc__Reply reply = ask_all("daemon", requests, LIMIT_OCSP_REQUESTS);
	assert_int_equal(reply.code, 0);
	size_t count = reply.ocsp_responses->n_items;
	assert_true(count > 0 && count < LIMIT_OCSP_REQUESTS);
	for (size_t i = 0; i < count; i++)
		assert_true(is_about(reply.ocsp_responses->items[i], "nonce"));
	assert_true(protobuf_c_message_get_packed_size(&reply.base) < LIMIT_MESSAGE);
}

static void none_and_too_many_are_refused(void **state)
{
	(void)state;
	struct bytes requests[LIMIT_OCSP_REQUESTS + 1];
	for (size_t i = 0; i <= LIMIT_OCSP_REQUESTS; i++)
		requests[i] = garbage;
	assert_int_equal(ask_all("daemon", requests, 0).code, SIGNET_E_BAD_REQUEST);
	assert_int_equal(ask_all("daemon", requests, LIMIT_OCSP_REQUESTS + 1).code,
	                 SIGNET_E_BAD_REQUEST);
	assert_int_equal(ask_all("daemon", requests, LIMIT_OCSP_REQUESTS).code, 0);
}

static void the_gateway_hears_of_changes_and_others_do_not(void **state)
{
	(void)state;
	Signet__Rpc__RevocationsWatch watch = SIGNET__RPC__REVOCATIONS_WATCH__INIT;
	Signet__Rpc__Revocation order = SIGNET__RPC__REVOCATION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	struct signet_submission s =
		fixture_submission(fixture_csr(f.arena, f.key, "", "dns:a.example.com", NULL), "1");
	struct signet_outcome out;
	assert_int_equal(fixture_submit(&f, &s, &out, NULL), 0);
	watch.wait_ms = 60000;
	call.call_case = SIGNET__RPC__CALL__CALL_REVOCATIONS_WATCH;
	call.revocations_watch = &watch;
	assert_int_equal(ask(&request, "nobody", &call).code, SIGNET_E_PERMISSION);
	Signet__Rpc__Reply reply = ask(&request, "daemon", &call);
	assert_int_equal(reply.body_case, SIGNET__RPC__REPLY__BODY_REVOKED);
	assert_true(reply.revoked->all);
	watch.after = reply.revoked->generation;
	order.serial = (ProtobufCBinaryData){out.serial.length, (uint8_t *)(uintptr_t)out.serial.data};
	order.reason = 1;
	Signet__Rpc__Call revoke = SIGNET__RPC__CALL__INIT;
	revoke.call_case = SIGNET__RPC__CALL__CALL_REVOKE;
	revoke.revoke = &order;
	assert_int_equal(ask(&admin, "root", &revoke).code, 0);
	reply = ask(&request, "daemon", &call);
	assert_false(reply.revoked->all);
	assert_int_equal(reply.revoked->n_serials, 1);
	assert_true(bytes_equal(bytes_make(reply.revoked->serials[0].data,
	                                   reply.revoked->serials[0].len), out.serial));
}

static void administrators_see_the_responders(void **state)
{
	(void)state;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_OCSP_STATUS;
	call.ocsp_status = &empty;
	assert_int_equal(ask(&request, "daemon", &call).code, SIGNET_E_PERMISSION);
	Signet__Rpc__Reply reply = ask(&admin, "root", &call);
	assert_int_equal(reply.code, 0);
	assert_int_equal(reply.ocsp_status->n_items, 1);
	const Signet__Rpc__OcspResponder *r = reply.ocsp_status->items[0];
	assert_string_equal(r->authority, "issuing");
	assert_string_equal(r->public_name, "issuing");
	assert_true(r->delegated);
	/* nobody has asked yet */
	assert_string_equal(r->key, "");
	assert_int_equal(r->serial.len, 0);
	assert_string_equal(r->trouble, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(the_gateway_is_answered_and_others_are_not, setup, teardown),
		cmocka_unit_test_setup_teardown(several_are_answered_each_for_itself, setup, teardown),
		cmocka_unit_test_setup_teardown(only_as_many_are_answered_as_fit_into_the_reply, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(none_and_too_many_are_refused, setup, teardown),
		cmocka_unit_test_setup_teardown(the_gateway_hears_of_changes_and_others_do_not, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(administrators_see_the_responders, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
