#include "engine/service.h"

#include <unistd.h>

#include "base/log.h"
#include "rpc/ca.pb-c.h"

/* Who may make a call on request.sock. */
enum peer {
	PEER_GATEWAY = 1,
	PEER_PUBLISHER = 2,
	PEER_ANY = PEER_GATEWAY | PEER_PUBLISHER, /* who is admitted at all */
	PEER_OTHER = 4, /* nobody: the call is another socket's */
};

/* Whose duty a call on admin.sock is. */
#define LOOK ROLES_ALL /* lists and status */
#define RUN (ROLES_OPERATOR | ROLES_ADMINISTRATOR)

/* Every call stands here: one that does not is refused on both sockets. */
static const struct {
	int (*handle)(const struct service_call *c);
	unsigned peers;  /* a set of enum peer */
	unsigned duties; /* a set of enum roles_duty */
} calls[] = {
	[SIGNET__RPC__CALL__CALL_LIST_AUTHORITIES] = {service_list_authorities, PEER_ANY, LOOK},
	[SIGNET__RPC__CALL__CALL_LIST_PROFILES] = {service_list_profiles, PEER_ANY, LOOK},
	[SIGNET__RPC__CALL__CALL_GET_CHAIN] = {service_get_chain, PEER_ANY, LOOK},
	[SIGNET__RPC__CALL__CALL_SUBMIT] = {service_submit, PEER_GATEWAY, ROLES_OFFICER},
	[SIGNET__RPC__CALL__CALL_RETRIEVE] = {service_retrieve, PEER_ANY, LOOK},
	[SIGNET__RPC__CALL__CALL_GET_CERTIFICATE] = {service_get_certificate, PEER_ANY, LOOK},
	[SIGNET__RPC__CALL__CALL_EVENTS_READ] = {service_read_events, PEER_PUBLISHER, 0},
	[SIGNET__RPC__CALL__CALL_EVENTS_ADVANCE] = {service_advance_events, PEER_PUBLISHER, 0},
	[SIGNET__RPC__CALL__CALL_EVENTS_BURY] = {service_bury_event, PEER_PUBLISHER, 0},
	[SIGNET__RPC__CALL__CALL_LETTERS_READ] = {service_read_letters, PEER_PUBLISHER, 0},
	[SIGNET__RPC__CALL__CALL_LETTER_SETTLE] = {service_settle_letter, PEER_PUBLISHER, 0},
	[SIGNET__RPC__CALL__CALL_OCSP_ANSWER] = {service_ocsp_answer, PEER_GATEWAY, 0},
	[SIGNET__RPC__CALL__CALL_REVOCATIONS_WATCH] = {service_watch_revocations, PEER_GATEWAY, 0},
	[SIGNET__RPC__CALL__CALL_REPORT] = {service_report, PEER_GATEWAY, 0},
	[SIGNET__RPC__CALL__CALL_LIST_REQUESTS] = {service_list_requests, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_SHOW_REQUEST] = {service_show_request, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_LIST_CERTIFICATES] = {service_list_certificates, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_STATUS] = {service_status, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_METRICS] = {service_metrics, PEER_ANY, LOOK},
	[SIGNET__RPC__CALL__CALL_HEALTH] = {service_health, PEER_ANY, LOOK},
	[SIGNET__RPC__CALL__CALL_LIST_LETTERS] = {service_list_letters, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_RETRY_LETTERS] = {service_retry_letters, 0, RUN},
	[SIGNET__RPC__CALL__CALL_DROP_LETTERS] = {service_drop_letters, 0, ROLES_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_FORGET_EXIT] = {service_forget_exit, 0, ROLES_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_APPROVE] = {service_approve, 0, ROLES_OFFICER},
	[SIGNET__RPC__CALL__CALL_DENY] = {service_deny, 0, ROLES_OFFICER},
	[SIGNET__RPC__CALL__CALL_EDIT] = {service_edit, 0, ROLES_OFFICER},
	[SIGNET__RPC__CALL__CALL_REVOKE] = {service_revoke, 0, ROLES_OFFICER},
	[SIGNET__RPC__CALL__CALL_PUBLISH_CRLS] = {service_publish_crls, 0, RUN},
	[SIGNET__RPC__CALL__CALL_REVOKE_AUTHORITY] = {service_revoke_authority, 0,
	                                              ROLES_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_LIST_CRLS] = {service_list_crls, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_DB_BACKUP] = {service_backup, 0, ROLES_OPERATOR},
	[SIGNET__RPC__CALL__CALL_DB_STATS] = {service_database_stats, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_OCSP_STATUS] = {service_ocsp_status, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_TEST_POLICY] = {service_test_policy, 0, LOOK},
	[SIGNET__RPC__CALL__CALL_DB_CHECK] = {service_check_database, 0, ROLES_OPERATOR | ROLES_AUDITOR},
	[SIGNET__RPC__CALL__CALL_DB_PRUNE] = {service_prune, 0, ROLES_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_IMPORT_CERTIFICATES] = {service_import, 0, ROLES_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_CHECK_CRL] = {service_check_crl, 0, ROLES_ADMINISTRATOR},
	[SIGNET__RPC__CALL__CALL_AUDIT_READ] = {service_read_audit, 0, ROLES_AUDITOR},
	/* the adviser's socket has this one */
	[SIGNET__RPC__CALL__CALL_JUDGE] = {NULL, PEER_OTHER, 0},
};
#define CALL_COUNT (sizeof calls / sizeof *calls)

bool service_knows(unsigned call)
{
	return call < CALL_COUNT && (calls[call].peers || calls[call].duties);
}

unsigned service_duties(unsigned call)
{
	return call < CALL_COUNT ? calls[call].duties : 0;
}

/* Who may everything, but where the duties are separate. */
static bool is_own(const struct configuration *configuration, uid_t uid)
{
	return !configuration->roles.separate && (uid == 0 || uid == geteuid());
}

static unsigned peer_duties(const struct configuration *configuration, uid_t uid)
{
	return is_own(configuration, uid) ? ROLES_ALL : roles_of(&configuration->roles, uid);
}

/* What this peer of request.sock is, as a set of enum peer. */
static unsigned peer_roles(const struct configuration *configuration, uid_t uid)
{
	bool own = is_own(configuration, uid);
	unsigned roles = 0;
	if (own || uid == configuration->gateway_user)
		roles |= PEER_GATEWAY;
	if (own || uid == configuration->publisher_user)
		roles |= PEER_PUBLISHER;
	return roles;
}

bool service_admits(void *service, const struct rpc_peer *peer)
{
	const struct service *s = service;
	struct configuration *configuration = configuration_take(s->engine->holder);
	unsigned roles = s->admin ? peer_duties(configuration, peer->uid)
	                          : peer_roles(configuration, peer->uid);
	configuration_release(s->engine->holder, configuration);
	return roles != 0;
}

mode_t service_admin_mode(struct engine *engine)
{
	struct configuration *configuration = configuration_take(engine->holder);
	bool has_roles = configuration->roles.count > 0;
	configuration_release(engine->holder, configuration);
	return has_roles ? 0666 : 0600;
}

/* Whether the call is open to the peer on this socket. */
static bool is_open(const struct service *service, const struct service_call *c, size_t which)
{
	uid_t uid = c->peer->uid;
	return service->admin ? peer_duties(c->configuration, uid) & calls[which].duties
	                      : peer_roles(c->configuration, uid) & calls[which].peers;
}

const char *service_actor(const struct service_call *c)
{
	return arena_printf(c->arena, "uid %lu", (unsigned long)c->peer->uid);
}

const char *service_from(const struct service_call *c)
{
	return arena_printf(c->arena, "%s pid %ld", c->admin ? "admin.sock" : "request.sock",
	                    (long)c->peer->pid);
}

const char *service_actor_from(const struct service_call *c)
{
	const char *actor = service_actor(c), *from = service_from(c);
	return actor && from ? arena_printf(c->arena, "%s from %s", actor, from) : NULL;
}

static void log_refusal(const struct service_call *c, size_t which)
{
	const ProtobufCFieldDescriptor *call = protobuf_c_message_descriptor_get_field(
		&signet__rpc__call__descriptor, (unsigned)which);
	const char *actor = service_actor(c), *from = service_from(c);
	log_error(LOG_WARNING, "refused", c->err, "call", call ? call->name : "",
	          "actor", actor ? actor : "", "from", from ? from : "", NULL);
}

static int dispatch(const struct service *service, const struct service_call *c)
{
	size_t which = (size_t)c->call->call_case;
	if (which >= CALL_COUNT || !calls[which].handle)
		return error_set(c->err, SIGNET_E_UNSUPPORTED,
		                 "this engine does not know the call");
	if (!is_open(service, c, which)) {
		error_set(c->err, SIGNET_E_PERMISSION, "this call is not open to this peer");
		log_refusal(c, which);
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

/* Where the call counts; NULL: nowhere. To wait for something to happen is no work. */
static struct load *load_of(struct engine *engine, const Signet__Rpc__Call *call)
{
	bool waits = call->call_case == SIGNET__RPC__CALL__CALL_EVENTS_READ ||
	             call->call_case == SIGNET__RPC__CALL__CALL_REVOCATIONS_WATCH;
	return engine->measures && !waits ? &engine->measures->calls : NULL;
}

void service_handle(void *service, const struct rpc_peer *peer, struct arena *arena,
                    const struct Signet__Rpc__Call *call, struct Signet__Rpc__Reply *reply)
{
	const struct service *s = service;
	struct error err = {0};
	struct configuration *configuration = configuration_take(s->engine->holder);
	struct service_call c = {s->engine, configuration, peer, arena, call, reply, &err, s->admin};
	struct load *load = load_of(s->engine, call);
	load_begin(load);
	int result = dispatch(s, &c);
	load_end(load, result != 0);
	if (result)
		refuse(reply, arena, result, &err);
	reply->configuration = configuration->generation;
	reply->revocations = s->engine->revocations;
	/* what the reply points to of the configuration must outlive it: copied by the handlers */
	configuration_release(s->engine->holder, configuration);
}
