#include "base/clock.h"
#include "crypto/hash.h"
#include "engine/request.h"
#include "engine/service.h"
#include "engine/view.h"
#include "rpc/ca.pb-c.h"

static ProtobufCBinaryData copied(struct arena *arena, struct bytes bytes)
{
	struct bytes copy = BYTES_NONE;
	arena_bytes(arena, bytes, &copy);
	return (ProtobufCBinaryData){copy.length, (uint8_t *)(uintptr_t)copy.data};
}

static ProtobufCBinaryData field(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.length, (uint8_t *)(uintptr_t)bytes.data};
}

/* The chain is the configuration's and must outlive it: it is copied. */
int service_reply_outcome(const struct service_call *c, const struct signet_outcome *outcome)
{
	Signet__Rpc__Outcome *out = arena_alloc(c->arena, sizeof *out);
	if (!out)
		return error_nomem(c->err);
	signet__rpc__outcome__init(out);
	out->disposition = outcome->disposition;
	out->request_id = outcome->request_id;
	out->certificate_id = outcome->certificate_id;
	out->serial = field(outcome->serial);
	out->certificate = field(outcome->certificate);
	out->reason = outcome->reason;
	out->message = (char *)(uintptr_t)outcome->message;
	out->retry_after = outcome->retry_after;
	out->chain = arena_array(c->arena, outcome->chain_count, sizeof *out->chain);
	if (!out->chain)
		return error_nomem(c->err);
	for (; out->n_chain < outcome->chain_count; out->n_chain++) {
		out->chain[out->n_chain] = copied(c->arena, outcome->chain[out->n_chain]);
		if (!out->chain[out->n_chain].data)
			return error_nomem(c->err);
	}
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_OUTCOME;
	c->reply->outcome = out;
	return 0;
}

int service_read_submission(const struct service_call *c, const Signet__Rpc__Submission *in,
                            struct signet_submission *out)
{
	struct signet_attribute *attributes =
		arena_array(c->arena, in->n_attributes, sizeof *attributes);
	if (!attributes)
		return error_nomem(c->err);
	for (size_t i = 0; i < in->n_attributes; i++)
		attributes[i] = (struct signet_attribute){in->attributes[i]->name,
		                                          in->attributes[i]->value};
	*out = (struct signet_submission){
		.csr = bytes_make(in->csr.data, in->csr.len),
		.profile = in->profile,
		.intermediary = in->intermediary,
		.protocol = in->protocol,
		.requester = in->requester,
		.address = in->address,
		.attributes = attributes,
		.attribute_count = in->n_attributes,
		.idempotency_key = in->idempotency_key,
		.not_before = in->not_before,
		.not_after = in->not_after,
	};
	return 0;
}

int service_submit(const struct service_call *c)
{
	struct signet_submission submission;
	struct signet_outcome outcome;
	int result = service_read_submission(c, c->call->submit, &submission);
	const char *author = c->admin ? service_actor(c) : NULL;
	const char *from = c->admin ? service_from(c) : NULL;
	if (c->admin && (!author || !from))
		return error_nomem(c->err);
	if (result == 0 && c->admin)
		submission.intermediary = submission.protocol = CONFIGURATION_ADMIN;
	else if (result == 0 && strcmp(submission.intermediary, CONFIGURATION_ADMIN) == 0)
		return error_set(c->err, SIGNET_E_PERMISSION,
		                 "'%s' is the name of who submits over admin.sock", CONFIGURATION_ADMIN);
	if (result == 0)
		result = request_submit_by(c->engine, c->configuration, c->arena, &submission, author,
		                           from, &outcome, c->err);
	return result ? result : service_reply_outcome(c, &outcome);
}

int service_retrieve(const struct service_call *c)
{
	struct signet_outcome outcome;
	int result = request_retrieve(c->engine, c->configuration, c->arena, c->call->retrieve->id,
	                              &outcome, c->err);
	return result ? result : service_reply_outcome(c, &outcome);
}

struct bytes service_serial(const uint8_t *data, size_t length)
{
	while (length > 1 && data[0] == 0) {
		data++;
		length--;
	}
	return bytes_make(data, length);
}

int service_get_certificate(const struct service_call *c)
{
	const Signet__Rpc__CertificateKey *key = c->call->get_certificate;
	struct stored stored;
	int result;
	if (key->fingerprint.len) {
		if (key->fingerprint.len != hash_size(HASH_SHA256))
			return error_set(c->err, SIGNET_E_INVALID,
			                 "a fingerprint has 32 octets of SHA-256");
		result = database_find_fingerprint(c->engine->database, c->arena,
		                                   key->fingerprint.data, &stored, c->err);
	} else if (key->serial.len) {
		struct bytes serial = service_serial(key->serial.data, key->serial.len);
		result = database_find_serial(c->engine->database, c->arena, serial, &stored,
		                              c->err);
	} else {
		uint64_t id = key->request_id ? key->request_id : key->certificate_id;
		result = database_find(c->engine->database, c->arena, id, &stored, c->err);
	}
	Signet__Rpc__Certificate *out = arena_alloc(c->arena, sizeof *out);
	if (result)
		return result;
	if (!out)
		return error_nomem(c->err);
	result = view_certificate(c->arena, &stored, clock_now(), true, out);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(c->err, result, "the request has no certificate");
	if (result)
		return error_set(c->err, result, "the certificate cannot be shown");
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_CERTIFICATE;
	c->reply->certificate = out;
	return 0;
}
