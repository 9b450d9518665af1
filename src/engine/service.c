#include "engine/service.h"

#include <unistd.h>

#include "base/log.h"
#include "rpc/ca.pb-c.h"

/* Who may make a call. */
enum who {
	WHO_ANYBODY = 0,  /* who is admitted at all */
	WHO_GATEWAY = 1,
	WHO_PUBLISHER = 2,
	WHO_ADMIN = 4,    /* on admin.sock */
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
	[SIGNET__RPC__CALL__CALL_LIST_REQUESTS] = {service_list_requests, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_SHOW_REQUEST] = {service_show_request, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_LIST_CERTIFICATES] = {service_list_certificates, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_STATUS] = {service_status, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_LIST_LETTERS] = {service_list_letters, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_RETRY_LETTERS] = {service_retry_letters, WHO_ADMIN},
	[SIGNET__RPC__CALL__CALL_DROP_LETTERS] = {service_drop_letters, WHO_ADMIN},
};

/* What this peer is, as a set of enum who. */
static unsigned roles_of(const struct service *service, const struct configuration *configuration,
                         const struct rpc_peer *peer)
{
	unsigned roles = 0;
	bool own = peer->uid == 0 || peer->uid == geteuid();
	if (own && service->admin)
		roles |= WHO_ADMIN;
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
	unsigned roles = roles_of(s, configuration, peer);
	configuration_release(s->engine->holder, configuration);
	return s->admin ? roles & WHO_ADMIN : roles != 0;
}

static int dispatch(const struct service *service, const struct rpc_peer *peer,
                    const struct service_call *c)
{
	size_t which = (size_t)c->call->call_case;
	if (which >= sizeof calls / sizeof *calls || !calls[which].handle)
		return error_set(c->err, SIGNET_E_UNSUPPORTED,
		                 "this engine does not know the call");
	unsigned who = calls[which].who;
	if (who != WHO_ANYBODY && !(roles_of(service, c->configuration, peer) & who)) {
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
	int result = dispatch(s, peer, &c);
	if (result)
		refuse(reply, arena, result, &err);
	reply->configuration = configuration->generation;
	reply->revocations = s->engine->revocations;
	/* what the reply points to of the configuration must outlive it: copied by the handlers */
	configuration_release(s->engine->holder, configuration);
}
