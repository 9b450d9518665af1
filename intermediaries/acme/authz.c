#include "base/clock.h"
#include "intermediaries/acme/acme.h"

#define WAIT_US 300000 /* that a client's request is kept for its validation */

struct load {
	struct acme_call *call;
	uint64_t number;
	Acme__Order *order; /* that it stands in */
	Acme__Authorization *record;
};

static int load(struct store_txn *txn, void *arg)
{
	struct load *l = arg;
	return record_get_authorization(txn, l->call->acme->state, l->call->arena, l->number,
	                                &l->order, &l->record);
}

static int save(struct store_txn *txn, struct load *l)
{
	return record_put(txn, l->call->acme->state, l->call->arena, ACME_ORDER,
	                  authorization_order(l->number), &l->order->base);
}

/* The request's authorization, of the call's account. */
static int find(struct load *l)
{
	struct error err = {0};
	struct acme_call *call = l->call;
	if (acme_number(call, URL_AUTHORIZATION, &l->number) < 0)
		return -1;
	int result = store_read(call->acme->state->store, load, l, &err);
	if (result == SIGNET_E_NOT_FOUND) {
		acme_fail(call, ACME_MALFORMED, "there is no such authorization");
		call->problem.status = 404;
		return -1;
	}
	if (result < 0)
		return acme_fail_error(call, "acme-authorization-failed", &err);
	if (l->order->account != call->account->id)
		return acme_fail(call, ACME_UNAUTHORIZED,
		                 "the authorization is another account's");
	return 0;
}

/* RFC 8555 section 7.1.6: time turns valid into expired, and what was not finished in time
 * into invalid. */
static enum acme_status status_now(const struct load *l)
{
	const Acme__Authorization *record = l->record;
	if (authorization_expires(l->order, record) > clock_now())
		return (enum acme_status)record->status;
	if (record->status == ACME_VALID)
		return ACME_EXPIRED;
	return record->status == ACME_DEACTIVATED ? ACME_DEACTIVATED : ACME_INVALID;
}

static json_t *challenge_to_json(const struct load *l)
{
	char token[URL_TOKEN], time[CLOCK_TEXT_SIZE];
	struct acme_call *call = l->call;
	const Acme__Authorization *record = l->record;
	if (url_token_make(call->acme->secret, l->number, token) < 0)
		return NULL;
	enum acme_status status = record->challenge ? (enum acme_status)record->status
	                                            : ACME_PENDING;
	if (status == ACME_DEACTIVATED)
		status = record->validated ? ACME_VALID : ACME_PENDING;
	json_t *json = json_pack("{s:s, s:s, s:s, s:s}", "type", "http-01", "url",
	                         acme_url(call, "challenge", URL_AUTHORIZATION, l->number,
	                                  "http-01"),
	                         "token", token, "status", acme_status_name(status));
	if (json && record->validated)
		json_object_set_new(json, "validated",
		                    json_string(clock_format(record->validated, time)));
	if (json && record->error) {
		struct acme_problem problem = problem_from_record(record->error);
		json_object_set_new(json, "error", problem_to_json(&problem));
	}
	return json;
}

static int reply_authorization(const struct load *l)
{
	char time[CLOCK_TEXT_SIZE];
	struct acme_call *call = l->call;
	enum acme_status status = status_now(l);
	/* RFC 8555 section 7.1.4: an authorization knows no processing, its challenge does */
	if (status == ACME_PROCESSING)
		signet_http_add(call->request, call->response, "Retry-After", "1");
	status = status == ACME_PROCESSING ? ACME_PENDING : status;
	json_t *challenges = json_array();
	json_array_append_new(challenges, challenge_to_json(l));
	return acme_reply(call, 200,
	                  json_pack("{s:s, s:s, s:{s:s, s:s}, s:o}", "status",
	                            acme_status_name(status), "expires",
	                            clock_format(authorization_expires(l->order, l->record), time), "identifier", "type",
	                            "dns", "value", l->record->name, "challenges", challenges));
}

static int deactivate(struct store_txn *txn, void *arg)
{
	struct load *l = arg;
	const struct signet_state *state = l->call->acme->state;
	int result = load(txn, l);
	if (result < 0)
		return result;
	if (l->record->status == ACME_INVALID)
		return 0;
	l->record->status = ACME_DEACTIVATED;
	record_delete_work(txn, state, WORK_AUTHORIZATION, l->number);
	return save(txn, l);
}

/* A validation whose result could not be stored, or that began while a reload put another instance
 * in place of the one that ran it, is nobody's: it begins anew when somebody asks. */
static void take_up(const struct load *l)
{
	bool settled;
	struct error err = {0};
	struct acme_call *call = l->call;
	if (l->record->status != ACME_PROCESSING ||
	    authorization_expires(l->order, l->record) <= clock_now())
		return;
	/* where it is under way, nothing happens; where it cannot begin, the next one tries */
	acme_validate(call->acme, l->number, l->record->name, call->account->thumbprint, 0,
	              &settled, &err);
}

int acme_authorization_show(struct acme_call *call)
{
	struct error err = {0};
	struct load l = {.call = call};
	const char *status = json_string_value(json_object_get(call->payload, "status"));
	if (find(&l) < 0)
		return -1;
	if (call->payload && (!status || strcmp(status, "deactivated") != 0))
		return acme_fail(call, ACME_MALFORMED,
		                 "\"status\" can only be changed to \"deactivated\"");
	if (call->payload &&
	    store_write(call->acme->state->store, deactivate, &l, &err) < 0)
		return acme_fail_error(call, "acme-authorization-failed", &err);
	take_up(&l);
	return reply_authorization(&l);
}

/* Only now does a restart need to know of it. */
static int begin(struct store_txn *txn, void *arg)
{
	struct load *l = arg;
	Acme__Work work = ACME__WORK__INIT;
	const struct signet_state *state = l->call->acme->state;
	int result = load(txn, l);
	if (result < 0 || l->record->status != ACME_PENDING)
		return result; /* settled meanwhile, or another request was first */
	l->record->status = ACME_PROCESSING;
	l->record->challenge = ACME_HTTP_01;
	record_put_work(txn, state, l->call->arena, WORK_AUTHORIZATION, l->number, &work);
	return save(txn, l);
}

/* What is settled at once is stored once, and the client learns it at once. What takes longer is
 * durable as processing before the client hears of it: it is then validated, whatever happens. */
static int try(struct load *l)
{
	bool settled;
	struct error err = {0};
	struct acme_call *call = l->call;
	struct store *store = call->acme->state->store;
	int result = acme_validate(call->acme, l->number, l->record->name,
	                           call->account->thumbprint, WAIT_US, &settled, &err);
	if (result == SIGNET_E_TOO_BIG) {
		acme_fail(call, ACME_RATE_LIMITED, "too many validations are under way");
		call->problem.status = 503;
		return -1;
	}
	if (result == 0)
		result = settled ? store_read(store, load, l, &err)
		                 : store_write(store, begin, l, &err);
	return result < 0 ? acme_fail_error(call, "acme-challenge-failed", &err) : 0;
}

static int reply_challenge(const struct load *l)
{
	struct acme_call *call = l->call;
	const char *up = acme_url(call, "authorization", URL_AUTHORIZATION, l->number, NULL);
	if (!up)
		return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
	signet_http_addf(call->request, call->response, "Link", "<%s>;rel=\"up\"", up);
	if (l->record->status == ACME_PROCESSING)
		signet_http_add(call->request, call->response, "Retry-After", "1");
	return acme_reply(call, 200, challenge_to_json(l));
}

int acme_challenge_show(struct acme_call *call)
{
	struct load l = {.call = call};
	if (find(&l) < 0)
		return -1;
	bool is_open = l.record->status == ACME_PENDING &&
	               authorization_expires(l.order, l.record) > clock_now();
	take_up(&l);
	if (call->payload && is_open && try(&l) < 0)
		return -1;
	return reply_challenge(&l);
}
