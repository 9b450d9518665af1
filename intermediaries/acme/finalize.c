#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "intermediaries/acme/acme.h"
#include "pki/csr.h"

#define RETRY_AFTER 3 /* seconds, when the engine does not say */

/* ---- the engine's answer into the order ---- */

struct resolve {
	const struct signet_state *state;
	struct arena *arena;
	struct acme_order *order;
	enum acme_status status;   /* processing, valid or invalid */
	uint64_t request;
	Acme__Problem *error;
	const Acme__Work *work;    /* to be kept for later; NULL: none is needed any more */
};

static int write_resolved(struct store_txn *txn, void *arg)
{
	struct resolve *resolve = arg;
	uint64_t number = resolve->order->number;
	Acme__Order *record;
	int result = record_get_order(txn, resolve->state, resolve->arena, number, &record);
	if (result < 0)
		return result;
	resolve->order->record = record;
	resolve->order->status = (enum acme_status)record->status;
	/* somebody else was first: the engine has given both the same answer */
	if (record->status == ACME_VALID || record->status == ACME_INVALID)
		return 0;
	record->status = resolve->order->status = resolve->status;
	if (resolve->request)
		record->request = resolve->request;
	record->error = resolve->error;
	if (resolve->work)
		record_put_work(txn, resolve->state, resolve->arena, WORK_ORDER, number,
		                resolve->work);
	else
		record_delete_work(txn, resolve->state, WORK_ORDER, number);
	return record_put(txn, resolve->state, resolve->arena, ACME_ORDER, number, &record->base);
}

static void log_outcome(const struct acme *acme, const struct acme_order *order,
                        const struct signet_outcome *outcome, struct arena *arena)
{
	const char *request = arena_printf(arena, "%llu", (unsigned long long)outcome->request_id);
	const Acme__Order *record = order->record;
	/* the engine tells of what it issues */
	log_event(order->status == ACME_VALID ? LOG_DEBUG : LOG_INFO, "acme-order", "intermediary",
	          acme->host->name, "request", request, "status",
	          acme_status_name(order->status), "name",
	          record->n_authorizations ? record->authorizations[0]->name : NULL, NULL);
}

static void keep_chain(struct acme *acme, uint64_t number, const struct signet_outcome *outcome)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_HTTP_RESPONSE);
	if (acme_chain_write(&pem, outcome) == 0)
		chains_put(acme->chains, number, buffer_bytes(&pem));
}

static int store_outcome(struct acme *acme, struct arena *arena, struct acme_order *order,
                         const struct signet_outcome *outcome, struct error *err)
{
	struct resolve resolve = {.state = acme->state, .arena = arena, .order = order,
	                          .request = outcome->request_id};
	struct acme_problem problem = {0};
	switch (outcome->disposition) {
	case SIGNET_ISSUED:
		resolve.status = ACME_VALID;
		break;
	case SIGNET_PENDING:
		resolve.status = ACME_PROCESSING;
		break;
	default:
		resolve.status = ACME_INVALID;
		problem_from_outcome(&problem, outcome);
		resolve.error = problem_to_record(&problem, arena);
		if (!resolve.error)
			return error_nomem(err);
	}
	int result = store_write(acme->state->store, write_resolved, &resolve, err);
	if (result < 0)
		return result;
	log_outcome(acme, order, outcome, arena);
	if (order->status == ACME_VALID)
		keep_chain(acme, order->number, outcome);
	return 0;
}

/* ---- submitting ---- */

/* The order's identifier is the idempotency key: it is unlike any of another store's, so that a
 * gateway that lost its state does not collide with its own past. */
static int submit(struct acme *acme, struct arena *arena, const struct acme_order *order,
                  struct bytes csr, const char *address, struct signet_outcome *outcome,
                  struct error *err)
{
	char id[URL_ID];
	const Acme__Order *record = order->record;
	int result = url_id_make(acme->secret, URL_ORDER, order->number, id);
	if (result < 0)
		return error_set(err, result, "no idempotency key");
	struct signet_submission submission = {
		.csr = csr,
		.profile = acme->host->profiles[0],
		.intermediary = acme->host->name,
		.protocol = "acme",
		.requester = arena_printf(arena, "account/%llu", (unsigned long long)record->account),
		.address = address,
		.idempotency_key = id,
		.not_before = record->not_before,
		.not_after = record->not_after,
	};
	if (!submission.requester)
		return error_nomem(err);
	return signet_submit(acme->host->client, arena, &submission, outcome, err);
}

static bool is_passing(int code)
{
	return code == SIGNET_E_UNAVAILABLE || code == SIGNET_E_TIMEOUT || code == SIGNET_E_FULL;
}

static bool is_final(int code)
{
	struct acme_problem problem = {0};
	problem_from_submit(&problem, &(struct error){.code = code});
	return problem.type != ACME_SERVER_INTERNAL;
}

/* The engine is away: the order waits with its request until it is back. */
static int keep(struct acme *acme, struct arena *arena, struct acme_order *order,
                struct bytes csr, const char *address, struct error *err)
{
	Acme__Work work = ACME__WORK__INIT;
	work.csr = (ProtobufCBinaryData){csr.length, (uint8_t *)csr.data};
	work.address = (char *)address;
	struct resolve resolve = {.state = acme->state, .arena = arena, .order = order,
	                          .status = ACME_PROCESSING, .work = &work};
	return store_write(acme->state->store, write_resolved, &resolve, err);
}

/* ---- bringing on what is in processing ---- */

struct find_work {
	struct acme *acme;
	struct arena *arena;
	uint64_t number;
	Acme__Work *work;
};

static int find_work(struct store_txn *txn, void *arg)
{
	struct find_work *find = arg;
	return record_get_work(txn, find->acme->state, find->arena, WORK_ORDER, find->number,
	                       &find->work);
}

/* The order is refused for good: what is wrong with it will not change. */
static int refuse(struct acme *acme, struct arena *arena, struct acme_order *order,
                  const struct acme_problem *problem, struct error *err)
{
	struct resolve resolve = {.state = acme->state, .arena = arena, .order = order,
	                          .status = ACME_INVALID,
	                          .error = problem_to_record(problem, arena)};
	if (!resolve.error)
		return error_nomem(err);
	return store_write(acme->state->store, write_resolved, &resolve, err);
}

/* RFC 8555 section 7.3.6: an account that is deactivated gets nothing more. */
static int check_account(struct acme *acme, const struct acme_order *order, bool *valid,
                         struct error *err)
{
	struct account *account;
	int result = acme_account_find(acme, order->record->account, &account, err);
	if (result < 0)
		return result;
	*valid = account->valid;
	account_release(account);
	return 0;
}

static int resubmit(struct acme *acme, struct arena *arena, struct acme_order *order,
                    struct error *err)
{
	struct signet_outcome outcome;
	struct error why = {0};
	struct acme_problem problem = {0};
	struct find_work find = {.acme = acme, .arena = arena, .number = order->number};
	bool valid = false;
	int result = store_read(acme->state->store, find_work, &find, err);
	if (result == 0)
		result = check_account(acme, order, &valid, err);
	if (result < 0)
		return result;
	if (!valid) {
		problem_set(&problem, ACME_UNAUTHORIZED, "the account is deactivated");
		return refuse(acme, arena, order, &problem, err);
	}
	struct bytes csr = bytes_make(find.work->csr.data, find.work->csr.len);
	result = submit(acme, arena, order, csr, find.work->address, &outcome, &why);
	if (result == 0)
		return store_outcome(acme, arena, order, &outcome, err);
	if (is_final(result)) {
		problem_from_submit(&problem, &why);
		return refuse(acme, arena, order, &problem, err);
	}
	log_error(LOG_WARNING, "acme-resubmit-failed", &why, "intermediary", acme->host->name, NULL);
	return 0;
}

int acme_order_advance(struct acme *acme, struct arena *arena, struct acme_order *order,
                       int64_t *retry_after, struct error *err)
{
	struct signet_outcome outcome = {0};
	*retry_after = RETRY_AFTER;
	if (!order->record->request)
		return resubmit(acme, arena, order, err);
	int result = signet_retrieve(acme->host->client, arena, order->record->request, &outcome,
	                             err);
	if (is_passing(result))
		return 0;
	if (result < 0)
		return result;
	if (outcome.retry_after > 0)
		*retry_after = outcome.retry_after;
	if (outcome.disposition == SIGNET_PENDING)
		return 0;
	return store_outcome(acme, arena, order, &outcome, err);
}

/* ---- finalize ---- */

static bool is_name(struct bytes name, const char *wanted)
{
	size_t at = 0;
	if (strlen(wanted) != name.length)
		return false;
	while (at < name.length && text_lower((char)name.data[at]) == wanted[at])
		at++;
	return at == name.length;
}

static bool has_name(const Acme__Order *order, struct bytes name)
{
	for (size_t i = 0; i < order->n_authorizations; i++)
		if (is_name(name, order->authorizations[i]->name))
			return true;
	return false;
}

static bool is_asked_for(const struct csr *csr, const char *wanted)
{
	for (size_t i = 0; i < csr->alt_name_count; i++)
		if (is_name(csr->alt_names[i].value, wanted))
			return true;
	return false;
}

/* RFC 8555 section 7.4: exactly the order's identifiers. The engine has no notion of an order,
 * so this is the one place that sees it. All of them must be alternative names: what stands in
 * the subject alone is no name of the certificate (RFC 6125 section 6.4.4). */
static int check_names(struct acme_call *call, const Acme__Order *order, const struct csr *csr)
{
	struct name_part part;
	struct name_reader subject = name_open(csr->subject);
	for (size_t i = 0; i < csr->alt_name_count; i++) {
		const struct general_name *name = &csr->alt_names[i];
		if (name->kind != GN_DNS || !has_name(order, name->value))
			return acme_fail(call, ACME_BAD_CSR,
			                 "the CSR asks for a name that is not in the order");
	}
	while (name_next(&subject, &part)) {
		if (!bytes_equal(part.oid, OID_COMMON_NAME))
			continue;
		const char *text = name_part_text(call->arena, &part);
		if (!text || !has_name(order, bytes_text(text)))
			return acme_fail(call, ACME_BAD_CSR,
			                 "the CSR's common name is not in the order");
	}
	for (size_t i = 0; i < order->n_authorizations; i++)
		if (!is_asked_for(csr, order->authorizations[i]->name))
			return acme_fail(call, ACME_BAD_CSR, "the CSR does not ask for %s",
			                 order->authorizations[i]->name);
	return 0;
}

static int check_csr(struct acme_call *call, const Acme__Order *order, struct bytes der)
{
	struct csr csr;
	struct error err = {0};
	int result = csr_parse(&csr, call->arena, der, &err);
	if (result == SIGNET_E_NOMEM)
		return acme_fail_error(call, "acme-finalize-failed", &err);
	if (result < 0)
		return acme_fail(call, ACME_BAD_CSR, "%s", err.message);
	result = check_names(call, order, &csr);
	/* RFC 8555 section 11.1: the account's key is for the account alone */
	if (result == 0 && pubkey_equal(csr.key, call->account->key))
		result = acme_fail(call, ACME_BAD_CSR, "the CSR is for the account's own key");
	csr_clear(&csr);
	return result;
}

static int read_csr(struct acme_call *call, struct bytes *out)
{
	const char *text = json_string_value(json_object_get(call->payload, "csr"));
	if (!text || base64url_bytes(call->arena, text, out) < 0)
		return acme_fail(call, ACME_MALFORMED, "\"csr\" is not a base64url string");
	return 0;
}

static int fail_submit(struct acme_call *call, const struct error *err)
{
	problem_from_submit(&call->problem, err);
	if (call->problem.type == ACME_SERVER_INTERNAL)
		log_error(LOG_ERROR, "acme-submit-failed", err, "intermediary",
		          call->acme->host->name, "peer", call->request->peer, NULL);
	return -1;
}

/* Nothing is stored before the engine has answered: a client that never hears of it finalizes
 * again, and the engine gives the same certificate for the same key and request. */
static int issue(struct acme_call *call, struct acme_order *order, struct bytes csr)
{
	struct error err = {0};
	struct signet_outcome outcome = {0};
	struct acme *acme = call->acme;
	int result = submit(acme, call->arena, order, csr, call->request->peer, &outcome, &err);
	if (is_passing(result))
		result = keep(acme, call->arena, order, csr, call->request->peer, &err);
	else if (result < 0)
		return fail_submit(call, &err);
	else
		result = store_outcome(acme, call->arena, order, &outcome, &err);
	if (result < 0)
		return acme_fail_error(call, "acme-finalize-failed", &err);
	if (order->status == ACME_PROCESSING)
		signet_http_addf(call->request, call->response, "Retry-After", "%lld",
		                 (long long)(outcome.retry_after > 0 ? outcome.retry_after
		                                                     : RETRY_AFTER));
	return acme_order_reply(call, 200, order);
}

int acme_order_finalize(struct acme_call *call)
{
	struct bytes csr;
	struct acme_order order;
	if (acme_order_load(call, URL_ORDER, &order) < 0)
		return -1;
	if (order.status != ACME_READY)
		return acme_fail(call, ACME_ORDER_NOT_READY, "the order is %s, not ready",
		                 acme_status_name(order.status));
	if (read_csr(call, &csr) < 0 || check_csr(call, order.record, csr) < 0)
		return -1;
	return issue(call, &order, csr);
}
