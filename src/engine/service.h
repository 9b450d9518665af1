/*
 * What the engine answers on its two sockets: request.sock for the gateway
 * and the publisher, admin.sock for administrators. Peers are told apart by
 * their credentials alone.
 */
#ifndef SIGNET_ENGINE_SERVICE_H
#define SIGNET_ENGINE_SERVICE_H

#include "engine/core.h"
#include "rpc/rpc.h"

struct Signet__Rpc__Request;
struct Signet__Rpc__Status;
struct Signet__Rpc__Submission;

/* Which of the two sockets: the context of the rpc server. */
struct service {
	struct engine *engine;
	bool admin;
};

/* request.sock: root, the engine's own user, and the users of gateway and publisher.
 * admin.sock: root, the engine's own user, and the users of `roles`. Where the duties are separate root
 * and the engine's user are nobody by themselves. */
bool service_admits(void *service, const struct rpc_peer *peer);
/* The mode of admin.sock: open to all, for service_admits to choose, when the configuration has roles,
 * else to the engine's user (and root), so that others hear at once that they may not. */
mode_t service_admin_mode(struct engine *engine);
void service_handle(void *service, const struct rpc_peer *peer, struct arena *arena,
                    const struct Signet__Rpc__Call *call, struct Signet__Rpc__Reply *reply);

/* For the parts of the service: one call on its way. */
struct service_call {
	struct engine *engine;
	const struct configuration *configuration;
	const struct rpc_peer *peer;
	struct arena *arena;
	const struct Signet__Rpc__Call *call;
	struct Signet__Rpc__Reply *reply;
	struct error *err;
	bool admin; /* it came over admin.sock */
};

/* Whether a call of this number (Call.call of ca.proto) stands in the table of calls, and the duties
 * (a set of enum roles_duty) that may make it on admin.sock. */
bool service_knows(unsigned call);
unsigned service_duties(unsigned call);

/* "uid 1000": who the kernel says is at the other end, in the arena; NULL: no memory. */
const char *service_actor(const struct service_call *c);
/* "admin.sock pid 4711". */
const char *service_from(const struct service_call *c);
/* Both, as the audit trail takes them apart: "uid 1000 from admin.sock pid 4711". */
const char *service_actor_from(const struct service_call *c);
/* The magnitude of a serial number: people and programs write it with the zero that DER puts in
 * front. */
struct bytes service_serial(const uint8_t *data, size_t length);
/* What a call submits. */
int service_read_submission(const struct service_call *c, const struct Signet__Rpc__Submission *in,
                            struct signet_submission *out);
/* Makes the outcome the reply. */
int service_reply_outcome(const struct service_call *c, const struct signet_outcome *outcome);

/* Makes the request the reply, without what would not fit a message. */
void service_reply_request(const struct service_call *c, struct Signet__Rpc__Request *request);

int service_list_authorities(const struct service_call *c);
int service_list_profiles(const struct service_call *c);
int service_get_chain(const struct service_call *c);
int service_submit(const struct service_call *c);
int service_retrieve(const struct service_call *c);
int service_test_policy(const struct service_call *c);
int service_get_certificate(const struct service_call *c);
int service_read_events(const struct service_call *c);
int service_advance_events(const struct service_call *c);
int service_bury_event(const struct service_call *c);
int service_read_letters(const struct service_call *c);
int service_settle_letter(const struct service_call *c);
int service_list_letters(const struct service_call *c);
int service_retry_letters(const struct service_call *c);
int service_drop_letters(const struct service_call *c);
int service_forget_exit(const struct service_call *c);
int service_list_requests(const struct service_call *c);
int service_show_request(const struct service_call *c);
int service_list_certificates(const struct service_call *c);
int service_status(const struct service_call *c);
int service_report(const struct service_call *c);
/* What each role has to do, once the consumers stand in the status. writes: that wait for a commit. */
int service_add_loads(const struct service_call *c, struct Signet__Rpc__Status *status,
                      uint64_t writes);
int service_metrics(const struct service_call *c);
int service_health(const struct service_call *c);
int service_read_audit(const struct service_call *c);
int service_approve(const struct service_call *c);
int service_deny(const struct service_call *c);
int service_edit(const struct service_call *c);
int service_ocsp_answer(const struct service_call *c);
int service_watch_revocations(const struct service_call *c);
int service_ocsp_status(const struct service_call *c);
int service_revoke(const struct service_call *c);
int service_publish_crls(const struct service_call *c);
int service_list_crls(const struct service_call *c);
int service_revoke_authority(const struct service_call *c);

int service_import(const struct service_call *c);
int service_check_crl(const struct service_call *c);
int service_backup(const struct service_call *c);
int service_database_stats(const struct service_call *c);
int service_check_database(const struct service_call *c);
int service_prune(const struct service_call *c);

/* For those who answer with events: as many as fit a message. */
int service_reply_events(const struct service_call *c, const struct events_batch *batch);

#endif
