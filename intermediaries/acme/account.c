#include <stdlib.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "intermediaries/acme/acme.h"

struct find {
	struct acme *acme;
	struct arena *arena;
	uint64_t number;
	Acme__Account *record;
};

static int find_record(struct store_txn *txn, void *arg)
{
	struct find *find = arg;
	return record_get_account(txn, find->acme->state, find->arena, find->number,
	                          &find->record);
}

static int import(struct find *find, struct account **out, struct error *err)
{
	const Acme__Account *record = find->record;
	struct pubkey *key;
	const char *thumbprint = base64url_text(
		find->arena, bytes_make(record->thumbprint.data, record->thumbprint.len));
	if (!thumbprint)
		return error_nomem(err);
	int result = pubkey_from_spki(&key, bytes_make(record->spki.data, record->spki.len), err);
	if (result < 0)
		return error_set(err, SIGNET_E_CORRUPT, "the account's key does not read back");
	*out = account_new(find->number, record->status == ACME_VALID, key, thumbprint);
	if (*out)
		return 0;
	pubkey_free(key);
	return error_nomem(err);
}

int acme_account_find(struct acme *acme, uint64_t number, struct account **out,
                      struct error *err)
{
	uint64_t generation;
	struct account *account = cache_get(acme->cache, number, &generation);
	if (account) {
		*out = account;
		return 0;
	}
	struct find find = {.acme = acme, .number = number, .arena = arena_new(65536)};
	if (!find.arena)
		return error_nomem(err);
	int result = store_read(acme->state->store, find_record, &find, err);
	if (result == 0)
		result = import(&find, &account, err);
	arena_free(find.arena);
	if (result < 0)
		return result;
	cache_put(acme->cache, account, generation);
	*out = account;
	return 0;
}

/* RFC 6068: one address, no header fields (RFC 8555 section 7.3). */
static bool is_mail_address(const char *text)
{
	const char *at = strrchr(text, '@');
	if (!at || at == text || strlen(text) > LIMIT_EMAIL || !text_is_dns_name(at + 1, false))
		return false;
	for (const char *c = text; c < at; c++)
		if (!strchr("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"
		            "!#$&'*+-/=^_`{|}~.%", *c))
			return false;
	return true;
}

static int check_contact(struct acme_call *call, const json_t *value)
{
	const char *text = json_string_value(value);
	if (!text)
		return acme_fail(call, ACME_MALFORMED, "a contact is not a string");
	if (strncmp(text, "mailto:", 7) != 0)
		return acme_fail(call, ACME_UNSUPPORTED_CONTACT, "contacts must be mailto: URLs");
	if (!is_mail_address(text + 7))
		return acme_fail(call, ACME_INVALID_CONTACT, "a contact is not one mail address");
	return 0;
}

/* The payload's contacts into the record; untouched when there are none. */
static int read_contacts(struct acme_call *call, Acme__Account *record)
{
	const json_t *list = json_object_get(call->payload, "contact");
	if (!list)
		return 0;
	if (!json_is_array(list) || json_array_size(list) > ACME_CONTACTS_MAX)
		return acme_fail(call, ACME_MALFORMED, "\"contact\" must be a list of at most %d",
		                 ACME_CONTACTS_MAX);
	size_t count = json_array_size(list);
	record->n_contacts = 0;
	record->contacts = arena_array(call->arena, count + 1, sizeof *record->contacts);
	for (size_t i = 0; record->contacts && i < count; i++) {
		if (check_contact(call, json_array_get(list, i)) < 0)
			return -1;
		char *text = arena_strdup(call->arena, json_string_value(json_array_get(list, i)));
		if (!text)
			return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
		record->contacts[record->n_contacts++] = text;
	}
	return record->contacts ? 0 : acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
}

static int reply(struct acme_call *call, int status, uint64_t number,
                 const Acme__Account *record)
{
	json_t *contacts = json_array();
	for (size_t i = 0; i < record->n_contacts; i++)
		json_array_append_new(contacts, json_string(record->contacts[i]));
	json_t *json = json_pack("{s:s, s:o}", "status",
	                         acme_status_name((enum acme_status)record->status), "contact",
	                         contacts);
	if (json && record->agreed)
		json_object_set_new(json, "termsOfServiceAgreed", json_true());
	const char *url = acme_url(call, "account", URL_ACCOUNT, number, NULL);
	const char *orders = acme_url(call, "account", URL_ACCOUNT, number, "orders");
	if (!url || !orders) {
		json_decref(json);
		return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
	}
	if (json)
		json_object_set_new(json, "orders", json_string(orders));
	signet_http_add(call->request, call->response, "Location", url);
	return acme_reply(call, status, json);
}

struct create {
	struct acme_call *call;
	struct bytes thumbprint;
	Acme__Account *record; /* to insert; then the one that is stored */
	uint64_t number;
	bool existed;
};

static int find_by_key(struct store_txn *txn, void *arg)
{
	struct create *create = arg;
	const struct signet_state *state = create->call->acme->state;
	int result = record_get_number(txn, signet_state_table(state, ACME_KEY),
	                               create->thumbprint, &create->number);
	if (result < 0)
		return result;
	create->existed = true;
	return record_get_account(txn, state, create->call->arena, create->number,
	                          &create->record);
}

static int insert(struct store_txn *txn, void *arg)
{
	struct create *create = arg;
	const struct signet_state *state = create->call->acme->state;
	Acme__Account *wanted = create->record;
	int result = find_by_key(txn, create);
	if (result != SIGNET_E_NOT_FOUND)
		return result; /* two requests with one key: the other one was first */
	create->existed = false;
	create->record = wanted;
	result = record_next_number(txn, state, ACME_ACCOUNT, &create->number);
	if (result < 0)
		return result;
	record_put_number(txn, signet_state_table(state, ACME_KEY), create->thumbprint,
	                  create->number);
	return record_put(txn, state, create->call->arena, ACME_ACCOUNT, create->number,
	                  &wanted->base);
}

static int check_terms(struct acme_call *call, Acme__Account *record)
{
	const json_t *agreed = json_object_get(call->payload, "termsOfServiceAgreed");
	if (agreed && !json_is_boolean(agreed))
		return acme_fail(call, ACME_MALFORMED, "\"termsOfServiceAgreed\" is not a boolean");
	if (json_is_true(agreed))
		record->agreed = clock_now();
	if (!call->acme->config.terms_of_service || record->agreed)
		return 0;
	acme_fail(call, ACME_USER_ACTION_REQUIRED, "the terms of service must be agreed to");
	call->problem.instance = call->acme->config.terms_of_service;
	return -1;
}

static int prepare(struct acme_call *call, struct create *create, Acme__Account *record)
{
	struct bytes spki = pubkey_spki(call->key);
	record->status = ACME_VALID;
	record->created = clock_now();
	record->spki = (ProtobufCBinaryData){spki.length, (uint8_t *)spki.data};
	record->thumbprint =
		(ProtobufCBinaryData){create->thumbprint.length, (uint8_t *)create->thumbprint.data};
	create->record = record;
	return check_terms(call, record) < 0 ? -1 : read_contacts(call, record);
}

static int reply_existing(struct acme_call *call, const struct create *create)
{
	if (create->record->status == ACME_VALID)
		return reply(call, 200, create->number, create->record);
	acme_fail(call, ACME_UNAUTHORIZED, "the account is deactivated");
	call->problem.status = 401;
	return -1;
}

int acme_account_create(struct acme_call *call)
{
	struct error err;
	uint8_t thumbprint[JWK_THUMBPRINT];
	Acme__Account record = ACME__ACCOUNT__INIT;
	struct create create = {.call = call, .thumbprint = BYTES_OF(thumbprint)};
	struct store *store = call->acme->state->store;
	const json_t *only = json_object_get(call->payload, "onlyReturnExisting");
	if (only && !json_is_boolean(only))
		return acme_fail(call, ACME_MALFORMED, "\"onlyReturnExisting\" is not a boolean");
	if (jwk_thumbprint(&call->jws.jwk, call->arena, thumbprint) < 0)
		return acme_fail(call, ACME_SERVER_INTERNAL, "no memory");
	int result = store_read(store, find_by_key, &create, &err);
	if (result == 0)
		return reply_existing(call, &create);
	if (result != SIGNET_E_NOT_FOUND)
		return acme_fail_error(call, "acme-account-failed", &err);
	if (json_is_true(only))
		return acme_fail(call, ACME_ACCOUNT_DOES_NOT_EXIST, "no account has this key");
	if (prepare(call, &create, &record) < 0)
		return -1;
	if (store_write(store, insert, &create, &err) < 0)
		return acme_fail_error(call, "acme-account-failed", &err);
	if (create.existed)
		return reply_existing(call, &create);
	log_event(LOG_INFO, "acme-account", "intermediary", call->acme->host->name, "peer",
	          call->request->peer, "account",
	          arena_printf(call->arena, "%llu", (unsigned long long)create.number), NULL);
	return reply(call, 201, create.number, create.record);
}

struct update {
	struct acme_call *call;
	Acme__Account changes; /* contacts */
	bool set_contacts;
	bool deactivate;
	Acme__Account *record; /* as it is now */
};

static int read_account(struct store_txn *txn, void *arg)
{
	struct update *update = arg;
	return record_get_account(txn, update->call->acme->state, update->call->arena,
	                          update->call->account->id, &update->record);
}

static int write_account(struct store_txn *txn, void *arg)
{
	struct update *update = arg;
	int result = read_account(txn, update);
	if (result < 0)
		return result;
	Acme__Account changed = *update->record;
	if (update->set_contacts) {
		changed.n_contacts = update->changes.n_contacts;
		changed.contacts = update->changes.contacts;
	}
	if (update->deactivate)
		changed.status = ACME_DEACTIVATED;
	*update->record = changed;
	return record_put(txn, update->call->acme->state, update->call->arena, ACME_ACCOUNT,
	                  update->call->account->id, &changed.base);
}

static int read_update(struct acme_call *call, struct update *update)
{
	const json_t *status = json_object_get(call->payload, "status");
	const char *text = json_string_value(status);
	/* "valid" is what it is: clients send the whole object back */
	if (status && (!text || (strcmp(text, "deactivated") != 0 && strcmp(text, "valid") != 0)))
		return acme_fail(call, ACME_MALFORMED,
		                 "\"status\" can only be changed to \"deactivated\"");
	update->deactivate = text && strcmp(text, "deactivated") == 0;
	update->set_contacts = json_object_get(call->payload, "contact");
	return read_contacts(call, &update->changes);
}

int acme_account_update(struct acme_call *call)
{
	uint64_t number;
	struct error err;
	struct update update = {.call = call, .changes = ACME__ACCOUNT__INIT};
	struct acme *acme = call->acme;
	if (acme_number(call, URL_ACCOUNT, &number) < 0)
		return -1;
	if (number != call->account->id)
		return acme_fail(call, ACME_UNAUTHORIZED, "this is another account");
	if (call->payload && read_update(call, &update) < 0)
		return -1;
	bool writes = update.set_contacts || update.deactivate;
	int result = writes ? store_write(acme->state->store, write_account, &update, &err)
	                    : store_read(acme->state->store, read_account, &update, &err);
	if (writes)
		cache_drop(acme->cache, number);
	if (result < 0)
		return acme_fail_error(call, "acme-account-failed", &err);
	return reply(call, 200, number, update.record);
}
