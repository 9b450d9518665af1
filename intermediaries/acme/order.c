#include "base/clock.h"
#include "base/encoding.h"
#include "intermediaries/acme/acme.h"

/* ---- reading ---- */

/* RFC 8555 section 7.1.6: one that failed fails the order, all valid make it ready. */
enum acme_status acme_order_judge(const struct acme_order *order, int64_t now)
{
	const Acme__Order *record = order->record;
	bool all_valid = true;
	if (record->status != ACME_DEPENDS)
		return (enum acme_status)record->status;
	if (record->expires <= now)
		return ACME_INVALID;
	for (size_t i = 0; i < record->n_authorizations; i++) {
		const Acme__Authorization *authorization = order->authorizations[i];
		if (!authorization || order->expires[i] <= now)
			return ACME_INVALID;
		if (authorization->status == ACME_VALID)
			continue;
		all_valid = false;
		if (authorization->status != ACME_PENDING &&
		    authorization->status != ACME_PROCESSING)
			return ACME_INVALID;
	}
	return all_valid ? ACME_READY : ACME_PENDING;
}

static int resolve(struct store_txn *txn, const struct signet_state *state, struct arena *arena,
                   struct acme_order *order, size_t place)
{
	Acme__Order *holder = order->record;
	Acme__Authorization *authorization = holder->authorizations[place];
	if (authorization->other) {
		int result = record_get_authorization(txn, state, arena, authorization->other,
		                                      &holder, &authorization);
		if (result < 0)
			return result == SIGNET_E_NOT_FOUND ? 0 : result;
	}
	order->authorizations[place] = authorization;
	order->expires[place] = authorization_expires(holder, authorization);
	return 0;
}

int acme_order_read(struct store_txn *txn, const struct signet_state *state,
                    struct arena *arena, uint64_t number, struct acme_order *out)
{
	int result = record_get_order(txn, state, arena, number, &out->record);
	if (result < 0)
		return result;
	size_t count = out->record->n_authorizations;
	out->number = number;
	out->authorizations = arena_array(arena, count + 1, sizeof *out->authorizations);
	out->expires = arena_array(arena, count + 1, sizeof *out->expires);
	if (!out->authorizations || !out->expires)
		return store_fail(txn, SIGNET_E_NOMEM);
	/* what the engine has decided no longer depends on them */
	for (size_t i = 0; result == 0 && out->record->status == ACME_DEPENDS && i < count; i++)
		result = resolve(txn, state, arena, out, i);
	if (result < 0)
		return result;
	out->status = acme_order_judge(out, clock_now());
	return 0;
}

struct load {
	struct acme_call *call;
	uint64_t number;
	struct acme_order *order;
};

static int load(struct store_txn *txn, void *arg)
{
	struct load *l = arg;
	return acme_order_read(txn, l->call->acme->state, l->call->arena, l->number, l->order);
}

int acme_order_load(struct acme_call *call, enum url_kind kind, struct acme_order *out)
{
	struct error err = {0};
	struct load l = {.call = call, .order = out};
	if (acme_number(call, kind, &l.number) < 0)
		return -1;
	int result = store_read(call->acme->state->store, load, &l, &err);
	if (result == SIGNET_E_NOT_FOUND) {
		acme_fail(call, ACME_MALFORMED, "there is no such order");
		call->problem.status = 404;
		return -1;
	}
	if (result < 0)
		return acme_fail_error(call, "acme-order-failed", &err);
	if (out->record->account != call->account->id)
		return acme_fail(call, ACME_UNAUTHORIZED, "the order is another account's");
	return 0;
}

/* ---- answers ---- */

static void put_time(json_t *json, const char *key, int64_t time)
{
	char text[CLOCK_TEXT_SIZE];
	if (time)
		json_object_set_new(json, key, json_string(clock_format(time, text)));
}

static json_t *identifiers_to_json(const Acme__Order *record)
{
	json_t *list = json_array();
	for (size_t i = 0; i < record->n_authorizations; i++)
		json_array_append_new(list, json_pack("{s:s, s:s}", "type", "dns", "value",
		                                      record->authorizations[i]->name));
	return list;
}

static json_t *authorizations_to_json(struct acme_call *call, const struct acme_order *order)
{
	json_t *list = json_array();
	for (size_t i = 0; i < order->record->n_authorizations; i++) {
		uint64_t other = order->record->authorizations[i]->other;
		const char *url = acme_url(call, "authorization", URL_AUTHORIZATION,
		                           other ? other : authorization_number(order->number, i),
		                           NULL);
		json_array_append_new(list, json_string(url));
	}
	return list;
}

static json_t *order_to_json(struct acme_call *call, const struct acme_order *order)
{
	const Acme__Order *record = order->record;
	json_t *json = json_pack("{s:s, s:o, s:o, s:s}", "status", acme_status_name(order->status),
	                         "identifiers", identifiers_to_json(record), "authorizations",
	                         authorizations_to_json(call, order), "finalize",
	                         acme_url(call, "order", URL_ORDER, order->number, "finalize"));
	if (!json)
		return NULL;
	put_time(json, "expires", record->expires);
	put_time(json, "notBefore", record->not_before);
	put_time(json, "notAfter", record->not_after);
	if (record->error) {
		struct acme_problem problem = problem_from_record(record->error);
		json_object_set_new(json, "error", problem_to_json(&problem));
	}
	if (order->status == ACME_VALID)
		json_object_set_new(json, "certificate",
		                    json_string(acme_url(call, "certificate", URL_CERTIFICATE,
		                                         order->number, NULL)));
	return json;
}

int acme_order_reply(struct acme_call *call, int status, const struct acme_order *order)
{
	const char *url = acme_url(call, "order", URL_ORDER, order->number, NULL);
	if (!url)
		return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
	signet_http_add(call->request, call->response, "Location", url);
	return acme_reply(call, status, order_to_json(call, order));
}

int acme_order_show(struct acme_call *call)
{
	struct error err = {0};
	struct acme_order order;
	int64_t retry_after = 0;
	if (acme_order_load(call, URL_ORDER, &order) < 0)
		return -1;
	if (order.status == ACME_PROCESSING &&
	    acme_order_advance(call->acme, call->arena, &order, &retry_after, &err) < 0)
		return acme_fail_internal(call, "acme-order-failed", &err);
	if (order.status == ACME_PROCESSING)
		signet_http_addf(call->request, call->response, "Retry-After", "%lld",
		                 (long long)retry_after);
	return acme_order_reply(call, 200, &order);
}

/* ---- certificate ---- */

int acme_chain_write(struct buffer *out, const struct signet_outcome *outcome)
{
	int result = pem_encode(out, "CERTIFICATE", outcome->certificate);
	for (size_t i = 0; result == 0 && i < outcome->chain_count; i++)
		result = pem_encode(out, "CERTIFICATE", outcome->chain[i]);
	return result;
}

static int ask_for_chain(struct acme_call *call, const struct acme_order *order)
{
	struct error err = {0};
	struct signet_outcome outcome;
	if (signet_retrieve(call->acme->host->client, call->arena, order->record->request, &outcome,
	                    &err) < 0)
		return acme_fail_internal(call, "acme-certificate-failed", &err);
	if (outcome.disposition != SIGNET_ISSUED ||
	    acme_chain_write(&call->response->body, &outcome) < 0)
		return acme_fail(call, ACME_SERVER_INTERNAL, "the certificate is not there");
	return 0;
}

int acme_order_certificate(struct acme_call *call)
{
	struct acme_order order;
	if (acme_order_load(call, URL_CERTIFICATE, &order) < 0)
		return -1;
	if (order.status != ACME_VALID) {
		acme_fail(call, ACME_MALFORMED, "there is no certificate");
		call->problem.status = 404;
		return -1;
	}
	if (chains_get(call->acme->chains, order.number, &call->response->body) < 0 &&
	    ask_for_chain(call, &order) < 0)
		return -1;
	signet_http_add(call->request, call->response, "Content-Type",
	                "application/pem-certificate-chain");
	call->response->status = 200;
	return 0;
}

/* ---- the list of an account's orders ---- */

#define PAGE 100

struct list {
	struct acme_call *call;
	uint64_t before;  /* 0: from the newest */
	uint64_t last;    /* the last one that was looked at; 0: there is none after it */
	json_t *urls;
	struct arena *scratch; /* for one order at a time */
};

static int add_order(struct store_txn *txn, struct list *list, uint64_t number)
{
	struct acme_order order;
	struct acme_call *call = list->call;
	arena_clear(list->scratch);
	int result = acme_order_read(txn, call->acme->state, list->scratch, number, &order);
	if (result < 0)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	/* RFC 8555 section 7.1.2.1 */
	if (order.status == ACME_INVALID)
		return 0;
	const char *url = acme_url(call, "order", URL_ORDER, number, NULL);
	return json_array_append_new(list->urls, json_string(url)) ? SIGNET_E_NOMEM : 0;
}

static int list_orders(struct store_txn *txn, void *arg)
{
	struct list *list = arg;
	struct store_cursor *cursor;
	struct acme_call *call = list->call;
	uint64_t account = call->account->id, number;
	struct store_key key = record_list_key(account, list->before ? list->before : UINT64_MAX);
	int i = 0, result = store_cursor_open(&cursor, txn,
	                                      signet_state_table(call->acme->state, ACME_LIST));
	json_array_clear(list->urls);
	list->last = 0;
	if (result == 0)
		result = store_seek_before(cursor, store_key_get(&key));
	for (; result == 0 && i < PAGE; i++, result = store_previous(cursor)) {
		struct bytes at = store_cursor_key(cursor);
		if (at.length != 16 || store_key_to_u64(at) != account)
			break;
		number = store_key_to_u64(bytes_make(at.data + 8, 8));
		if ((result = add_order(txn, list, number)) < 0)
			return result;
		list->last = i == PAGE - 1 ? number : 0;
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int acme_order_list(struct acme_call *call)
{
	uint64_t account;
	char id[URL_ID];
	struct error err = {0};
	struct list list = {.call = call};
	const char *before = signet_http_parameter(call->request, "before");
	if (acme_number(call, URL_ACCOUNT, &account) < 0)
		return -1;
	if (account != call->account->id)
		return acme_fail(call, ACME_UNAUTHORIZED, "this is another account");
	if (before && url_id_read(call->acme->secret, URL_ORDER, before, &list.before) < 0)
		return acme_fail(call, ACME_MALFORMED, "there is no such page");
	list.urls = json_array();
	list.scratch = arena_new(LIMIT_REQUEST_ARENA);
	int result = list.urls && list.scratch
	                     ? store_read(call->acme->state->store, list_orders, &list, &err)
	                     : error_nomem(&err);
	arena_free(list.scratch);
	if (result < 0) {
		json_decref(list.urls);
		return acme_fail_error(call, "acme-order-failed", &err);
	}
	if (list.last && url_id_make(call->acme->secret, URL_ORDER, list.last, id) == 0)
		signet_http_addf(call->request, call->response, "Link", "<%s>;rel=\"next\"",
		                 acme_url(call, "account", URL_ACCOUNT, account,
		                          arena_printf(call->arena, "orders/%s", id)));
	return acme_reply(call, 200, json_pack("{s:o}", "orders", list.urls));
}
