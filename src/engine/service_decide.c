/* What officers decide. */
#include "engine/decision.h"
#include "engine/revocation.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

static int make_decision(const struct service_call *c, uint64_t id, const char *reason,
                         struct decision *out)
{
	*out = (struct decision){.id = id, .reason = reason, .actor = service_actor(c),
	                          .from = service_from(c)};
	return out->actor && out->from ? 0 : error_nomem(c->err);
}

static int decide(const struct service_call *c, const Signet__Rpc__Decision *in,
                  int (*how)(struct engine *engine, const struct configuration *configuration,
                             struct arena *arena, const struct decision *decision,
                             struct signet_outcome *out, struct error *err))
{
	struct decision decision;
	struct signet_outcome outcome;
	int result = make_decision(c, in->id, in->reason, &decision);
	if (result == 0)
		result = how(c->engine, c->configuration, c->arena, &decision, &outcome, c->err);
	return result ? result : service_reply_outcome(c, &outcome);
}

int service_approve(const struct service_call *c)
{
	return decide(c, c->call->approve, decision_approve);
}

int service_deny(const struct service_call *c)
{
	return decide(c, c->call->deny, decision_deny);
}

static int read_edit(const struct service_call *c, const Signet__Rpc__Edit *in,
                     struct signet_request_edit *out)
{
	struct signet_attribute *attributes =
		arena_array(c->arena, in->n_attributes, sizeof *attributes);
	struct signet_request_extension *extensions =
		arena_array(c->arena, in->n_extensions, sizeof *extensions);
	if (!attributes || !extensions)
		return error_nomem(c->err);
	for (size_t i = 0; i < in->n_attributes; i++)
		attributes[i] = (struct signet_attribute){in->attributes[i]->name,
		                                          in->attributes[i]->value};
	for (size_t i = 0; i < in->n_extensions; i++) {
		const Signet__Rpc__RequestExtension *e = in->extensions[i];
		extensions[i] = (struct signet_request_extension){
			.oid = e->oid, .critical = e->critical,
			.value = bytes_make(e->value.data, e->value.len)};
	}
	*out = (struct signet_request_edit){
		attributes, in->n_attributes, extensions, in->n_extensions,
		(const char *const *)in->removed, in->n_removed};
	return 0;
}

int service_edit(const struct service_call *c)
{
	const Signet__Rpc__Edit *in = c->call->edit;
	struct signet_request_edit edit;
	struct decision decision;
	int result = make_decision(c, in->id, in->reason, &decision);
	if (result == 0)
		result = read_edit(c, in, &edit);
	return result ? result : decision_edit(c->engine, c->configuration, c->arena, &decision,
	                                       &edit, c->err);
}

int service_revoke(const struct service_call *c)
{
	const Signet__Rpc__Revocation *in = c->call->revoke;
	struct revocation revocation = {
		.serial = service_serial(in->serial.data, in->serial.len), .reason = in->reason,
		.date = in->date, .comment = in->comment, .actor = service_actor_from(c)};
	return revocation.actor ? revocation_order(c->engine, c->arena, &revocation, c->err)
	                        : error_nomem(c->err);
}
