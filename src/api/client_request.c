/* Requests and what became of them. */
#include "api/client_call.h"

int client_read_outcome(struct arena *arena, struct signet_outcome *out,
                        const Signet__Rpc__Outcome *o, struct error *err)
{
	if (o->disposition < SIGNET_ISSUED || o->disposition > SIGNET_FAILED ||
	    (o->disposition == SIGNET_ISSUED && !o->certificate.len))
		return error_set(err, SIGNET_E_INTERNAL, "the engine's answer has no outcome");
	struct bytes *chain = client_bytes_array(arena, o->chain, o->n_chain);
	if (!chain)
		return error_nomem(err);
	*out = (struct signet_outcome){
		.disposition = (enum signet_disposition)o->disposition,
		.request_id = o->request_id,
		.certificate_id = o->certificate_id,
		.serial = client_bytes(o->serial),
		.certificate = client_bytes(o->certificate),
		.chain = chain,
		.chain_count = o->n_chain,
		.reason = (enum signet_reason)o->reason,
		.message = o->message,
		.retry_after = o->retry_after,
	};
	return 0;
}

static int check_submission(const struct signet_submission *s, struct error *err)
{
	if (s->csr.length == 0)
		return error_set(err, SIGNET_E_BAD_REQUEST, "the certification request is empty");
	if (s->csr.length > LIMIT_CSR)
		return error_set(err, SIGNET_E_TOO_BIG,
		                 "the certification request is longer than %d octets", LIMIT_CSR);
	if (s->attribute_count > LIMIT_ATTRIBUTES)
		return error_set(err, SIGNET_E_TOO_BIG, "more than %d attributes", LIMIT_ATTRIBUTES);
	return 0;
}

int client_fill_submission(struct client_submission *out, const struct signet_submission *s,
                           struct error *err)
{
	int result = check_submission(s, err);
	if (result)
		return result;
	for (size_t i = 0; i < s->attribute_count; i++) {
		signet__rpc__attribute__init(&out->attributes[i]);
		out->attributes[i].name = client_text(s->attributes[i].name);
		out->attributes[i].value = client_text(s->attributes[i].value);
		out->pointers[i] = &out->attributes[i];
	}
	signet__rpc__submission__init(&out->message);
	out->message.csr = client_data(s->csr);
	out->message.profile = client_text(s->profile);
	out->message.intermediary = client_text(s->intermediary);
	out->message.protocol = client_text(s->protocol);
	out->message.requester = client_text(s->requester);
	out->message.address = client_text(s->address);
	out->message.attributes = out->pointers;
	out->message.n_attributes = s->attribute_count;
	out->message.idempotency_key = client_text(s->idempotency_key);
	out->message.not_before = s->not_before;
	out->message.not_after = s->not_after;
	return 0;
}

int signet_submit(struct signet_client *client, struct arena *arena,
                  const struct signet_submission *s, struct signet_outcome *out,
                  struct error *err)
{
	struct client_submission submission;
	size_t key = s->idempotency_key ? strlen(s->idempotency_key) : 0;
	if (key == 0 || key > LIMIT_IDEMPOTENCY_KEY)
		return error_set(err, SIGNET_E_INVALID,
		                 "an idempotency key has 1 to %d characters", LIMIT_IDEMPOTENCY_KEY);
	int result = client_fill_submission(&submission, s, err);
	if (result)
		return result;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_SUBMIT;
	call.submit = &submission.message;
	Signet__Rpc__Reply *reply;
	result = client_call(client, arena, &call, CLIENT_SUBMIT_TIMEOUT_US,
	                     SIGNET__RPC__REPLY__BODY_OUTCOME, &reply, err);
	return result ? result : client_read_outcome(arena, out, reply->outcome, err);
}

int signet_retrieve(struct signet_client *client, struct arena *arena, uint64_t request_id,
                    struct signet_outcome *out, struct error *err)
{
	Signet__Rpc__RequestId id = SIGNET__RPC__REQUEST_ID__INIT;
	id.id = request_id;
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_RETRIEVE;
	call.retrieve = &id;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_OUTCOME, &reply, err);
	return result ? result : client_read_outcome(arena, out, reply->outcome, err);
}

void client_read_certificate(struct signet_certificate *out, const Signet__Rpc__Certificate *c)
{
	*out = (struct signet_certificate){
		.id = c->id,
		.request_id = c->request_id,
		.serial = client_bytes(c->serial),
		.certificate = client_bytes(c->certificate),
		.authority = c->authority,
		.profile = c->profile,
		.subject = c->subject,
		.names = (const char **)c->names,
		.name_count = c->n_names,
		.not_before = c->not_before,
		.not_after = c->not_after,
		.state = (enum signet_certificate_state)c->state,
		.requester = c->requester,
		.revoked = c->revoked,
		.revocation_reason = c->revocation_reason,
		.invalid = c->invalid,
	};
}

static int get_certificate(struct signet_client *client, struct arena *arena,
                           Signet__Rpc__CertificateKey *key, struct signet_certificate *out,
                           struct error *err)
{
	Signet__Rpc__Call call = SIGNET__RPC__CALL__INIT;
	call.call_case = SIGNET__RPC__CALL__CALL_GET_CERTIFICATE;
	call.get_certificate = key;
	Signet__Rpc__Reply *reply;
	int result = client_call(client, arena, &call, CLIENT_TIMEOUT_US,
	                         SIGNET__RPC__REPLY__BODY_CERTIFICATE, &reply, err);
	if (result == 0)
		client_read_certificate(out, reply->certificate);
	return result;
}

int signet_get_certificate_by_serial(struct signet_client *client, struct arena *arena,
                                     struct bytes serial, struct signet_certificate *out,
                                     struct error *err)
{
	Signet__Rpc__CertificateKey key = SIGNET__RPC__CERTIFICATE_KEY__INIT;
	key.serial = client_data(serial);
	return get_certificate(client, arena, &key, out, err);
}

int signet_get_certificate_by_request(struct signet_client *client, struct arena *arena,
                                      uint64_t request_id, struct signet_certificate *out,
                                      struct error *err)
{
	Signet__Rpc__CertificateKey key = SIGNET__RPC__CERTIFICATE_KEY__INIT;
	key.request_id = request_id;
	return get_certificate(client, arena, &key, out, err);
}

int signet_get_certificate_by_fingerprint(struct signet_client *client, struct arena *arena,
                                          const uint8_t sha256[32], struct signet_certificate *out,
                                          struct error *err)
{
	Signet__Rpc__CertificateKey key = SIGNET__RPC__CERTIFICATE_KEY__INIT;
	key.fingerprint = client_data(bytes_make(sha256, 32));
	return get_certificate(client, arena, &key, out, err);
}

int signet_get_certificate_by_id(struct signet_client *client, struct arena *arena, uint64_t id,
                                 struct signet_certificate *out, struct error *err)
{
	Signet__Rpc__CertificateKey key = SIGNET__RPC__CERTIFICATE_KEY__INIT;
	key.certificate_id = id;
	return get_certificate(client, arena, &key, out, err);
}
