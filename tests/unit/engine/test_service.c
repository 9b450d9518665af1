#include "fixture.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

#include "engine/service.h"
#include "rpc/ca.pb-c.h"

/* Users that every Debian has. */
#define GATEWAY "daemon"
#define PUBLISHER "nobody"
#define USERS "users: {gateway: " GATEWAY ", publisher: " PUBLISHER "}\n"

struct world {
	struct fixture f;
	struct service request, admin;
	struct rpc_peer root, own, gateway, publisher, stranger;
};

static uid_t uid_of(const char *name)
{
	const struct passwd *entry = getpwnam(name);
	assert_non_null(entry);
	return entry->pw_uid;
}

static int setup(void **state)
{
	static struct world w;
	char sections[4096];
	snprintf(sections, sizeof sections, "%s%s", USERS, fixture_sections);
	fixture_make(&w.f, sections);
	fixture_open(&w.f);
	w.request = (struct service){w.f.engine, false};
	w.admin = (struct service){w.f.engine, true};
	w.root = (struct rpc_peer){.uid = 0};
	w.own = (struct rpc_peer){.uid = geteuid()};
	w.gateway = (struct rpc_peer){.uid = uid_of(GATEWAY)};
	w.publisher = (struct rpc_peer){.uid = uid_of(PUBLISHER)};
	w.stranger = (struct rpc_peer){.uid = 54321};
	*state = &w;
	return 0;
}

static int teardown(void **state)
{
	struct world *w = *state;
	fixture_end(&w->f);
	return 0;
}

static void request_socket_admits_the_roles(void **state)
{
	struct world *w = *state;
	assert_true(service_admits(&w->request, &w->root));
	assert_true(service_admits(&w->request, &w->own));
	assert_true(service_admits(&w->request, &w->gateway));
	assert_true(service_admits(&w->request, &w->publisher));
	assert_false(service_admits(&w->request, &w->stranger));
}

static void admin_socket_admits_root_and_itself(void **state)
{
	struct world *w = *state;
	assert_true(service_admits(&w->admin, &w->root));
	assert_true(service_admits(&w->admin, &w->own));
	assert_false(service_admits(&w->admin, &w->gateway));
	assert_false(service_admits(&w->admin, &w->publisher));
	assert_false(service_admits(&w->admin, &w->stranger));
}

static int handle(struct world *w, struct service *service, const struct rpc_peer *peer,
                  const Signet__Rpc__Call *call)
{
	Signet__Rpc__Reply reply = SIGNET__RPC__REPLY__INIT;
	service_handle(service, peer, w->f.arena, call, &reply);
	assert_true(reply.configuration > 0);
	if (reply.code) {
		assert_int_not_equal(reply.message[0], '\0');
		assert_int_equal(reply.body_case, SIGNET__RPC__REPLY__BODY__NOT_SET);
	}
	return reply.code;
}

static void only_the_gateway_submits(void **state)
{
	struct world *w = *state;
	Signet__Rpc__Submission submission = SIGNET__RPC__SUBMISSION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	struct bytes csr = fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL);
	submission.csr = (ProtobufCBinaryData){csr.length, (uint8_t *)(uintptr_t)csr.data};
	submission.profile = (char *)"tls-server";
	submission.intermediary = submission.protocol = (char *)"acme";
	submission.idempotency_key = (char *)"order-1";
	call.call_case = SIGNET__RPC__CALL__CALL_SUBMIT;
	call.submit = &submission;
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), 0);
}

static void only_the_publisher_moves_cursors(void **state)
{
	struct world *w = *state;
	Signet__Rpc__EventsAdvance advance = SIGNET__RPC__EVENTS_ADVANCE__INIT;
	Signet__Rpc__EventsRead read = SIGNET__RPC__EVENTS_READ__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	advance.consumer = read.consumer = (char *)"file";
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE;
	call.events_advance = &advance;
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
	call.call_case = SIGNET__RPC__CALL__CALL_EVENTS_READ;
	call.events_read = &read;
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
}

static void administration_is_not_on_the_request_socket(void **state)
{
	struct world *w = *state;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_STATUS;
	call.status = &empty;
	assert_int_equal(handle(w, &w->request, &w->root, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), SIGNET_E_PERMISSION);
	assert_int_equal(handle(w, &w->admin, &w->root, &call), 0);
}

static void everybody_admitted_reads_the_configuration(void **state)
{
	struct world *w = *state;
	Signet__Rpc__Empty empty = SIGNET__RPC__EMPTY__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_LIST_PROFILES;
	call.list_profiles = &empty;
	assert_int_equal(handle(w, &w->request, &w->gateway, &call), 0);
	assert_int_equal(handle(w, &w->request, &w->publisher, &call), 0);
}

static void calls_of_a_later_protocol_are_unsupported(void **state)
{
	struct world *w = *state;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	assert_int_equal(handle(w, &w->admin, &w->root, &call), SIGNET_E_UNSUPPORTED);
	call.call_case = (Signet__Rpc__Call__CallCase)9999;
	assert_int_equal(handle(w, &w->admin, &w->root, &call), SIGNET_E_UNSUPPORTED);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(request_socket_admits_the_roles),
		TEST(admin_socket_admits_root_and_itself),
		TEST(only_the_gateway_submits),
		TEST(only_the_publisher_moves_cursors),
		TEST(administration_is_not_on_the_request_socket),
		TEST(everybody_admitted_reads_the_configuration),
		TEST(calls_of_a_later_protocol_are_unsupported),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
