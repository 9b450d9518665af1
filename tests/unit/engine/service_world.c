#include "tests/unit/engine/service_world.h"

#include <pwd.h>
#include <stdio.h>
#include <unistd.h>

static uid_t uid_of(const char *name)
{
	const struct passwd *entry = getpwnam(name);
	assert_non_null(entry);
	return entry->pw_uid;
}

int service_world_setup(void **state)
{
	static struct service_world w;
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

int service_world_teardown(void **state)
{
	struct service_world *w = *state;
	fixture_end(&w->f);
	return 0;
}

int service_world_hold_until_approved(const void *rule, const struct signet_request *request,
                                      struct signet_draft *draft, struct signet_verdict *verdict)
{
	(void)rule, (void)draft;
	return request->approver_count ? 0 : signet_hold(verdict, "an officer has to look at it");
}

int service_world_handle(struct service_world *w, struct service *service, const struct rpc_peer *peer,
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

int service_world_submit_as(struct service_world *w, const struct rpc_peer *peer)
{
	Signet__Rpc__Submission submission = SIGNET__RPC__SUBMISSION__INIT;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	struct bytes csr = fixture_csr(w->f.arena, w->f.key, "", "dns:a.example.com", NULL);
	submission.csr = (ProtobufCBinaryData){csr.length, (uint8_t *)(uintptr_t)csr.data};
	submission.profile = (char *)"tls-server";
	submission.intermediary = submission.protocol = (char *)"acme";
	submission.idempotency_key = (char *)"order-1";
	call.call_case = SIGNET__RPC__CALL__CALL_SUBMIT;
	call.submit = &submission;
	return service_world_handle(w, &w->request, peer, &call);
}

void service_world_submit(struct service_world *w)
{
	assert_int_equal(service_world_submit_as(w, &w->gateway), 0);
}

void service_world_open_with(struct service_world *w, const char *roles)
{
	char sections[4096];
	snprintf(sections, sizeof sections, "%sroles: %s\n%s", USERS, roles, fixture_sections);
	fixture_shut(&w->f);
	fixture_configure(&w->f, sections);
	fixture_open(&w->f);
	w->request.engine = w->admin.engine = w->f.engine;
}
