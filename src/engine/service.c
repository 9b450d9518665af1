#include "engine/service.h"

#include <unistd.h>

#include "base/log.h"
#include "rpc/ca.pb-c.h"

/* Who may make a call. */
enum who {
	WHO_ANYBODY = 0,  /* who is admitted at all */
	WHO_GATEWAY = 1,
	WHO_PUBLISHER = 2,
	/* on admin.sock: */
	WHO_OFFICER = 4,
	WHO_ADMINISTRATOR = 8,
	WHO_ADMIN = WHO_OFFICER | WHO_ADMINISTRATOR,
};

static const struct {
	int (*handle)(const struct service_call *c);
	unsigned who;
} calls[] = {
	[SIGNET__RPC__CALL__CALL_LIST_AUTHORITIES] = {service_list_authorities, WHO_ANYBODY},
	[SIGNET__RPC__CALL__CALL_LIST_PROFILES] = {service_list_profiles, WHO_ANYBODY},
	[SIGNET__RPC__CALL__CALL_GET_CHAIN] = {service_get_chain, WHO_ANYBODY},
	[SIGNET__RPC__CALL__CALL_SUBMIT] = {service_submit, WHO_GATEWAY},
	[SIGNET__RPC__CALL__CALL_RETRIEVE] = {service_retrieve, WHO_GATEWAY | WHO_PUBLISHER},
	[SIGNET__RPC__CALL__CALL_GET_CERTIFICATE] = {service_get_certificate, WHO_ANYBODY},
	[SIGNET__RPC__CALL__CALL_EVENTS_READ] = {service_read_events, WHO_PUBLISHER},
	[SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE] = {service_advance_events, WHO_PUBLISHER},
	[SIGNET__RPC__CALL__CALL_EVENTS_BURY] = {service_bury_event, WHO_PUBLISHER},
	[SIGNET__RPC__CALL__CALL_LETTERS_READ] = {service_read_letters, WHO_PUBLISHER},
	[SIGNET__RPC__CALL__CALL_LETTER_SETTLE] = {service_settle_letter, WHO_PUBLISHER},
	[SIGNET__RPC__CALL__CALL_OCSP_ANSWER] = {service_ocsp_answer, WHO_GATEWAY},
	[SIGNET__RPC__CALL__CALL_REVOCATIONS_WATCH] = {service_watch_revocations, WHO_GATEWAY},
	[SIGNET__RPC__CALL__CALL_LIST_REQUESTS] = {service_list_requests, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_SHOW_REQUEST] = {service_show_request, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_LIST_CERTIFICATES] = {service_list_certificates, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_STATUS] = {service_status, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_LIST_LETTERS] = {service_list_letters, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_RETRY_LETTERS] = {service_retry_letters, WHO_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_DROP_LETTERS] = {service_drop_letters, WHO_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_FORGET_EXIT] = {service_forget_exit, WHO_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_APPROVE] = {service_approve, WHO_OFFICER},
	[SIGNET__RPC__CALL__CALL_DENY] = {service_deny, WHO_OFFICER},
	[SIGNET__RPC__CALL__CALL_EDIT] = {service_edit, WHO_OFFICER},
	[SIGNET__RPC__CALL__CALL_REVOKE] = {service_revoke, WHO_OFFICER},
	[SIGNET__RPC__CALL__CALL_DB_BACKUP] = {service_backup, WHO_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_DB_STATS] = {service_database_stats, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_OCSP_STATUS] = {service_ocsp_status, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_TEST_POLICY] = {service_test_policy, WHO_ADMIN},
};

static unsigned admin_roles(const struct configuration *configuration, uid_t uid)
{
	unsigned duties = roles_of(&configuration->roles, uid), roles = 0;
	if (duties & ROLES_OFFICER)
		roles |= WHO_OFFICER;
	if (duties & ROLES_ADMINISTRATOR)
		roles |= WHO_ADMINISTRATOR;
	return roles;
}

/* What this peer is, as a set of enum who. */
static unsigned peer_roles(const struct service *service,
                           const struct configuration *configuration,
                           const struct rpc_peer *peer)
{
	unsigned roles = 0;
	bool own = peer->uid == 0 || peer->uid == geteuid();
	if (service->admin)
		roles |= own ? WHO_ADMIN : admin_roles(configuration, peer->uid);
	if (own || peer->uid == configuration->gateway_user)
		roles |= WHO_GATEWAY;
	if (own || peer->uid == configuration->publisher_user)
		roles |= WHO_PUBLISHER;
	return roles;
}

bool service_admits(void *service, const struct rpc_peer *peer)
{
	const struct service *s = service;
	struct configuration *configuration = configuration_take(s->engine->holder);
	unsigned roles = peer_roles(s, configuration, peer);
	configuration_release(s->engine->holder, configuration);
	return s->admin ? roles & WHO_ADMIN : roles != 0;
}

mode_t service_admin_mode(struct engine *engine)
{
	struct configuration *configuration = configuration_take(engine->holder);
	bool has_roles = configuration->roles.count > 0;
	configuration_release(engine->holder, configuration);
	return has_roles ? 0666 : 0600;
}

static int dispatch(const struct service *service, const struct service_call *c)
{
	size_t which = (size_t)c->call->call_case;
	if (which >= sizeof calls / sizeof *calls || !calls[which].handle)
		return error_set(c->err, SIGNET_E_UNSUPPORTED,
		                 "this engine does not know the call");
	unsigned who = calls[which].who;
	if (who != WHO_ANYBODY && !(peer_roles(service, c->configuration, c->peer) & who)) {
		error_set(c->err, SIGNET_E_PERMISSION, "this call is not open to this peer");
		log_error(LOG_WARNING, "refused", c->err, NULL);
		return c->err->code;
	}
	return calls[which].handle(c);
}

/* A reply that is an error carries nothing else. */
static void refuse(struct Signet__Rpc__Reply *reply, struct arena *arena, int code,
                   const struct error *err)
{
	signet__rpc__reply__init(reply);
	reply->code = code;
	reply->message = arena_strdup(arena, err->code == code ? err->message : error_name(code));
	if (!reply->message)
		reply->message = (char *)(uintptr_t)protobuf_c_empty_string;
}

void service_handle(void *service, const struct rpc_peer *peer, struct arena *arena,
                    const struct Signet__Rpc__Call *call, struct Signet__Rpc__Reply *reply)
{
	const struct service *s = service;
	struct error err = {0};
	struct configuration *configuration = configuration_take(s->engine->holder);
	struct service_call c = {s->engine, configuration, peer, arena, call, reply, &err};
	int result = dispatch(s, &c);
	if (result)
		refuse(reply, arena, result, &err);
	reply->configuration = configuration->generation;
	reply->revocations = s->engine->revocations;
	/* what the reply points to of the configuration must outlive it: copied by the handlers */
	configuration_release(s->engine->holder, configuration);
}
