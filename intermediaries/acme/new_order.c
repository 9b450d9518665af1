#include "base/clock.h"
#include "intermediaries/acme/acme.h"

struct create {
	struct acme_call *call;
	const char **names;
	size_t name_count;
	struct acme_problem *refused; /* one for each name that is not acceptable */
	size_t refused_count;
	int64_t now, not_before, not_after;
	struct acme_order order;      /* the result */
};

static void refuse(struct create *create, const char *name, enum acme_problem_type type,
                   const char *why)
{
	struct acme_problem *problem = &create->refused[create->refused_count++];
	problem_set(problem, type, "%s: %s", name, why);
	problem->identifier = name;
}

static char *fold(struct arena *arena, const char *name)
{
	char *folded = arena_strdup(arena, name);
	for (char *c = folded; c && *c; c++)
		*c = text_lower(*c);
	return folded;
}

static bool has_name(const struct create *create, const char *name)
{
	for (size_t i = 0; i < create->name_count; i++)
		if (strcmp(create->names[i], name) == 0)
			return true;
	return false;
}

static int read_identifier(struct create *create, const json_t *identifier)
{
	struct acme_call *call = create->call;
	const char *type = json_string_value(json_object_get(identifier, "type"));
	const char *value = json_string_value(json_object_get(identifier, "value"));
	if (!type || !value)
		return acme_fail(call, ACME_MALFORMED, "an identifier has no \"type\" or \"value\"");
	char *name = fold(call->arena, value);
	if (!name)
		return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
	if (strcmp(type, "dns") != 0)
		refuse(create, name, ACME_UNSUPPORTED_IDENTIFIER, "only type dns is supported");
	else if (strncmp(name, "*.", 2) == 0)
		refuse(create, name, ACME_REJECTED_IDENTIFIER,
		       "a wildcard cannot be proven by http-01 (RFC 8555 section 8.3)");
	else if (!text_is_dns_name(name, false))
		refuse(create, name, ACME_REJECTED_IDENTIFIER,
		       "not a DNS name in ASCII form, of at most 253 characters");
	else if (!has_name(create, name))
		create->names[create->name_count++] = name;
	return 0;
}

static int fail_refused(struct create *create)
{
	struct acme_call *call = create->call;
	if (create->refused_count == 1)
		acme_fail(call, create->refused->type, "%s", create->refused->detail);
	else
		acme_fail(call, create->refused->type, "%zu identifiers are not acceptable",
		          create->refused_count);
	call->problem.subproblems = create->refused;
	call->problem.subproblem_count = create->refused_count;
	return -1;
}

static int read_identifiers(struct create *create)
{
	struct acme_call *call = create->call;
	const json_t *list = json_object_get(call->payload, "identifiers");
	size_t count = json_array_size(list);
	if (!count)
		return acme_fail(call, ACME_MALFORMED, "\"identifiers\" must be a list of names");
	if (count > ACME_NAMES_MAX)
		return acme_fail(call, ACME_REJECTED_IDENTIFIER, "more than %d identifiers",
		                 ACME_NAMES_MAX);
	create->names = arena_array(call->arena, count, sizeof *create->names);
	create->refused = arena_array(call->arena, count, sizeof *create->refused);
	if (!create->names || !create->refused)
		return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
	for (size_t i = 0; i < count; i++)
		if (read_identifier(create, json_array_get(list, i)) < 0)
			return -1;
	return create->refused_count ? fail_refused(create) : 0;
}

static int read_time(struct acme_call *call, const char *key, int64_t *out)
{
	const json_t *value = json_object_get(call->payload, key);
	const char *text = json_string_value(value);
	if (value && (!text || clock_parse(text, out) < 0))
		return acme_fail(call, ACME_MALFORMED,
		                 "\"%s\" is not a time such as 2026-11-23T12:49:00Z", key);
	return 0;
}

static int read_request(struct create *create)
{
	struct acme_call *call = create->call;
	if (read_time(call, "notBefore", &create->not_before) < 0 ||
	    read_time(call, "notAfter", &create->not_after) < 0)
		return -1;
	if (create->not_after && (create->not_after <= create->now ||
	                          create->not_after <= create->not_before))
		return acme_fail(call, ACME_MALFORMED, "\"notAfter\" is too early");
	return read_identifiers(create);
}

/* A valid authorization of the account for this name; SIGNET_E_NOT_FOUND. One that is about to
 * expire is left aside: the client needs time to finalize. */
static int find_proven(struct store_txn *txn, struct create *create, size_t place)
{
	uint64_t number;
	Acme__Order *holder;
	Acme__Authorization *found, *authorization = create->order.record->authorizations[place];
	const struct acme_call *call = create->call;
	const struct signet_state *state = call->acme->state;
	struct store_key key = record_proven_key(call->account->id, authorization->name);
	if (!call->acme->config.authorization_lifetime)
		return SIGNET_E_NOT_FOUND;
	int result = record_get_number(txn, signet_state_table(state, ACME_PROVEN),
	                               store_key_get(&key), &number);
	if (result == 0)
		result = record_get_authorization(txn, state, call->arena, number, &holder, &found);
	if (result < 0)
		return result;
	int64_t expires = authorization_expires(holder, found);
	if (found->status != ACME_VALID || expires <= create->now + 3600)
		return SIGNET_E_NOT_FOUND;
	authorization->other = number;
	create->order.authorizations[place] = found;
	create->order.expires[place] = expires;
	return 0;
}

static int add_authorizations(struct store_txn *txn, struct create *create)
{
	struct acme_order *order = &create->order;
	int result = 0;
	for (size_t i = 0; result == 0 && i < order->record->n_authorizations; i++) {
		Acme__Authorization *authorization = order->record->authorizations[i];
		authorization->other = 0;
		authorization->status = 0;
		result = find_proven(txn, create, i);
		if (result != SIGNET_E_NOT_FOUND)
			continue;
		authorization->status = ACME_PENDING;
		order->authorizations[i] = authorization;
		order->expires[i] = order->record->expires;
		result = 0;
	}
	return result;
}

static int insert(struct store_txn *txn, void *arg)
{
	struct create *create = arg;
	struct acme_call *call = create->call;
	struct acme_order *order = &create->order;
	Acme__Order *record = order->record;
	int result = add_authorizations(txn, create);
	if (result == 0)
		result = record_next_number(txn, call->acme->state, ACME_ORDER, &order->number);
	if (result < 0)
		return result;
	order->status = acme_order_judge(order, create->now);
	struct store_key key = record_list_key(record->account, order->number);
	store_put(txn, signet_state_table(call->acme->state, ACME_LIST), store_key_get(&key),
	          BYTES_NONE);
	return record_put(txn, call->acme->state, call->arena, ACME_ORDER, order->number,
	                  &record->base);
}

static int prepare_authorizations(struct create *create, Acme__Order *record)
{
	struct arena *arena = create->call->arena;
	Acme__Authorization *all = arena_array(arena, create->name_count, sizeof *all);
	record->authorizations =
		arena_array(arena, create->name_count, sizeof *record->authorizations);
	if (!all || !record->authorizations)
		return SIGNET_E_NOMEM;
	record->n_authorizations = create->name_count;
	for (size_t i = 0; i < create->name_count; i++) {
		acme__authorization__init(&all[i]);
		all[i].name = (char *)(uintptr_t)create->names[i];
		record->authorizations[i] = &all[i];
	}
	return 0;
}

static int prepare(struct create *create)
{
	struct arena *arena = create->call->arena;
	struct acme_order *order = &create->order;
	size_t count = create->name_count;
	order->record = arena_alloc(arena, sizeof *order->record);
	order->authorizations = arena_array(arena, count, sizeof *order->authorizations);
	order->expires = arena_array(arena, count, sizeof *order->expires);
	if (!order->record || !order->authorizations || !order->expires)
		return SIGNET_E_NOMEM;
	acme__order__init(order->record);
	order->record->account = create->call->account->id;
	order->record->status = ACME_DEPENDS;
	order->record->expires = create->now + create->call->acme->config.order_lifetime;
	order->record->not_before = create->not_before;
	order->record->not_after = create->not_after;
	return prepare_authorizations(create, order->record);
}

int acme_order_create(struct acme_call *call)
{
	struct error err = {0};
	struct create create = {.call = call, .now = clock_now()};
	if (read_request(&create) < 0)
		return -1;
	if (prepare(&create) < 0)
		return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
	if (store_write(call->acme->state->store, insert, &create, &err) < 0)
		return acme_fail_error(call, "acme-order-failed", &err);
	return acme_order_reply(call, 201, &create.order);
}
