#include "fixture.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/service.h"
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

static void the_gateway_is_answered_and_others_are_not(void **state)
{
	(void)state;
	static uint8_t garbage[] = {0x30, 0x00};
	Signet__Rpc__OcspRequest ocsp = SIGNET__RPC__OCSP_REQUEST__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	ocsp.request = (ProtobufCBinaryData){sizeof garbage, garbage};
	call.call_case = SIGNET__RPC__CALL__CALL_OCSP_ANSWER;
	call.ocsp_answer = &ocsp;
	assert_int_equal(ask(&request, "nobody", &call).code, SIGNET_E_PERMISSION);
	Signet__Rpc__Reply reply = ask(&request, "daemon", &call);
	assert_int_equal(reply.code, 0);
	assert_int_equal(reply.body_case, SIGNET__RPC__REPLY__BODY_OCSP_RESPONSE);
	/* malformedRequest */
	assert_int_equal(reply.ocsp_response->response.len, 5);
	assert_int_equal(reply.ocsp_response->response.data[4], 1);
	assert_false(reply.ocsp_response->cacheable);
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
		cmocka_unit_test_setup_teardown(the_gateway_hears_of_changes_and_others_do_not, setup,
		                                teardown),
		cmocka_unit_test_setup_teardown(administrators_see_the_responders, setup, teardown),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
