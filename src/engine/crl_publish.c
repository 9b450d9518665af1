#include "engine/crl_publish.h"

#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/crl_source.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/repository.h"
#include "engine/revocation.h"

#define MODE 0644

struct crl_scope crl_scope_of(const struct authority *key, unsigned shard, bool delta)
{
	struct crl_scope scope = {.shard = shard, .delta = delta};
	memcpy(scope.issuer, key->issuer, sizeof scope.issuer);
	return scope;
}

static int add_point(struct crl_form *form, struct arena *arena, const struct authority *key,
                     unsigned shard, const char *base)
{
	const char *file = authority_crl_file(arena, key, shard, false);
	const char *url = file ? arena_printf(arena, "%s/crl/%s", base, file) : NULL;
	if (!url)
		return SIGNET_E_NOMEM;
	form->points[form->point_count++] = url;
	return 0;
}

/* A relying party takes a CRL whose issuingDistributionPoint has one of the names of the certificate's
 * distribution point (RFC 5280 section 6.3.3): the one of now comes first, others as they were. */
static int find_points(struct crl_form *form, struct arena *arena, const struct authority *key,
                       unsigned shard, const Signet__Db__CrlIssuer *issuer)
{
	const char *now = key->crl.shards ? key->base_url : NULL;
	int result = now ? add_point(form, arena, key, shard, now) : 0;
	for (size_t i = issuer->n_bases; result == 0 && i && form->point_count < LIMIT_CRL_BASES; i--)
		if (!now || strcmp(issuer->bases[i - 1], now) != 0)
			result = add_point(form, arena, key, shard, issuer->bases[i - 1]);
	return result;
}

int crl_form_of(struct crl_form *out, struct arena *arena, const struct authority *key,
                unsigned shard, bool delta, const struct Signet__Db__CrlIssuer *issuer,
                struct error *err)
{
	struct crl_form form = {.freshest = ""};
	const char *url = NULL;
	if (shard && find_points(&form, arena, key, shard, issuer))
		return error_nomem(err);
	if (shard && !form.point_count)
		return error_set(err, SIGNET_E_CONFIG, "the shards of '%s' have no URL any more: "
		                 "urls.base is missing", key->name);
	if (!delta && key->crl.delta) {
		if (authority_crl_url(arena, key, shard, true, &url))
			return error_nomem(err);
		if (url)
			form.freshest = url;
	}
	*out = form;
	return 0;
}

bool crl_form_is(const struct crl_form *form, const struct Signet__Db__Crl *record)
{
	bool same = form->point_count == record->n_points && strcmp(form->freshest, record->freshest) == 0;
	for (size_t i = 0; same && i < form->point_count; i++)
		same = strcmp(form->points[i], record->points[i]) == 0;
	return same;
}

/* One CRL in the making. */
struct making {
	const struct crl_order *order;
	struct arena *arena;
	struct error *err;
	int fd;
	int64_t now;
	struct crl_rows rows;
	struct crl_form form;
	Signet__Db__Crl *record;
};

static void set_times(const struct crl_policy *policy, bool delta, int64_t now,
                      Signet__Db__Crl *record)
{
	record->this_update = now;
	record->next_update = now + (delta ? crl_policy_delta_validity(policy) : policy->validity);
}

/* What it continues: a complete CRL the one before, whose entries of ended certificates it may leave
 * out; a delta CRL the complete one that it adds to. */
static int find_base(struct making *making, struct store_txn *txn, Signet__Db__Crl **known)
{
	const struct crl_order *order = making->order;
	struct crl_scope scope = crl_scope_of(order->key, order->shard, false);
	int result = crl_record_find(txn, making->arena, &scope, known);
	if (result == SIGNET_E_NOT_FOUND && order->delta)
		return error_set(making->err, SIGNET_E_STATE, "there is no complete CRL yet");
	if (result == SIGNET_E_NOT_FOUND)
		*known = NULL;
	else if (result)
		return result;
	making->rows = (struct crl_rows){.txn = txn, .issuer = order->key->issuer,
	                                 .shard = order->shard, .delta = order->delta};
	if (order->delta) {
		making->record->base_number = (*known)->number;
		making->rows.from = (*known)->generation + 1;
	} else if (*known) {
		making->rows.ended_before = (*known)->this_update;
	}
	return 0;
}

static int fill_head(struct making *making, struct store_txn *txn, struct crl_head *head)
{
	const struct crl_order *order = making->order;
	const struct authority *key = order->key;
	Signet__Db__Crl *record = making->record;
	Signet__Db__CrlIssuer *issuer;
	struct crl_form *form = &making->form;
	int result = crl_issuer_find(txn, making->arena, key->issuer, &issuer);
	if (result == 0)
		result = crl_form_of(form, making->arena, key, order->shard, order->delta, issuer,
		                     making->err);
	if (result)
		return result;
	record->points = (char **)(uintptr_t)form->points;
	record->n_points = form->point_count;
	record->freshest = (char *)(uintptr_t)form->freshest;
	*head = (struct crl_head){
		.issuer = key->certificate.subject, .number = record->number, .base = record->base_number,
		.this_update = record->this_update, .next_update = record->next_update,
		.points = form->points, .point_count = form->point_count,
		.freshest = (const char *const *)&record->freshest,
		.freshest_count = *form->freshest ? 1 : 0};
	return authority_key_id_decode(key->key_id.value, &head->key_id);
}

static int write_crl(struct store_txn *txn, void *arg)
{
	struct making *making = arg;
	const struct authority *key = making->order->key;
	struct crl_head head;
	struct crl_written written;
	Signet__Db__Crl *known;
	making->now = clock_now();
	set_times(&key->crl, making->order->delta, making->now, making->record);
	making->record->generation = revocation_read_generation(txn);
	if (making->order->with && making->order->with->generation != making->record->generation)
		return SIGNET_E_CONFLICT;
	int result = find_base(making, txn, &known);
	if (result == 0)
		result = fill_head(making, txn, &head);
	if (result)
		return result;
	result = crl_write(making->fd, key->key,
	                   signature_algorithm_for(pubkey_algorithm(key_public(key->key))), &head,
	                   crl_rows_visit, &making->rows, &written, making->err);
	making->record->entries = written.entries;
	making->record->size = written.size;
	return result;
}

struct noting {
	struct making *making;
	uint64_t event;
};

/* "number 4711, 3 entries" */
static const char *record_text(struct arena *arena, const Signet__Db__Crl *record)
{
	return arena_printf(arena, "number %llu, %llu entries", (unsigned long long)record->number,
	                    (unsigned long long)record->entries);
}

/* before: the one that it replaces; NULL: there was none. */
static int write_audit(struct store_txn *txn, const struct making *making,
                       const Signet__Db__Crl *before)
{
	const struct audit_entry entry = {
		.time = making->now,
		.action = AUDIT_CRL_PUBLISHED,
		.actor = making->order->actor ? making->order->actor : "engine",
		.detail = making->record->file,
		.before = before ? record_text(making->arena, before) : "none",
		.after = record_text(making->arena, making->record),
	};
	if (!entry.before || !entry.after)
		return store_fail(txn, SIGNET_E_NOMEM);
	return audit_append(txn, &entry);
}

static int note(struct store_txn *txn, void *arg)
{
	struct noting *noting = arg;
	const struct making *making = noting->making;
	const struct crl_order *order = making->order;
	struct crl_scope scope = crl_scope_of(order->key, order->shard, order->delta);
	const char *file = arena_printf(making->arena, "crl/%s", making->record->file);
	Signet__Db__Crl *before = NULL;
	int result = file ? crl_record_find(txn, making->arena, &scope, &before) : SIGNET_E_NOMEM;
	if (result && result != SIGNET_E_NOT_FOUND)
		return store_fail(txn, result);
	const struct record_event event = {
		.kind = SIGNET_EVENT_CRL_PUBLISHED, .time = making->now,
		.authority = order->key->name, .data = bytes_text(file), .shard = order->shard,
		.earlier = order->earlier};
	crl_record_put(txn, making->arena, &scope, making->record);
	events_append_record(txn, &event, &noting->event);
	return write_audit(txn, making, result ? NULL : before);
}

static int take_number(struct store *store, const struct crl_order *order, uint64_t *number,
                       struct error *err)
{
	if (!order->with)
		return crl_record_take_number(store, order->key, number, err);
	*number = order->with->number;
	return 0;
}

static int make_file(struct engine *engine, struct making *making, struct error *err)
{
	char temporary[PATH_MAX], path[PATH_MAX];
	int n = snprintf(temporary, sizeof temporary, "%s/" REPOSITORY_CRL "/" REPOSITORY_UNFINISHED
	                 "XXXXXX", engine->state);
	int m = snprintf(path, sizeof path, "%s/" REPOSITORY_CRL "/%s", engine->state,
	                 making->record->file);
	if (n < 0 || m < 0 || (size_t)n >= sizeof temporary || (size_t)m >= sizeof path)
		return error_set(err, SIGNET_E_INVALID, "%s: path too long", engine->state);
	_cleanup_fd_ int fd = mkostemp(temporary, O_CLOEXEC);
	if (fd < 0)
		return error_errno(err, "%s", path);
	making->fd = fd;
	int result = store_read(database_store(engine->database), write_crl, making, err);
	if (result) {
		unlink(temporary);
		return error_prefix(err, "%s", making->record->file);
	}
	return file_replace(fd, temporary, path, MODE, err);
}

static void announce(struct engine *engine, const struct making *making, uint64_t event)
{
	const Signet__Db__Crl *record = making->record;
	char number[24], entries[24], base[24], next[CLOCK_TEXT_SIZE];
	events_announce(engine->events, event);
	snprintf(number, sizeof number, "%llu", (unsigned long long)record->number);
	snprintf(entries, sizeof entries, "%llu", (unsigned long long)record->entries);
	snprintf(base, sizeof base, "%llu", (unsigned long long)record->base_number);
	log_event(LOG_INFO, "crl-published", "file", record->file, "number", number, "base",
	          record->base_number ? base : NULL, "entries", entries, "next-update",
	          clock_format(record->next_update, next), "actor", making->order->actor, NULL);
}

int crl_publish(struct engine *engine, struct arena *arena, const struct crl_order *order,
                struct Signet__Db__Crl **out, uint64_t *superfluous, struct error *err)
{
	struct making making = {.order = order, .arena = arena, .err = err, .fd = -1};
	struct noting noting = {&making, 0};
	struct store *store = database_store(engine->database);
	making.record = arena_alloc(arena, sizeof *making.record);
	if (!making.record)
		return error_nomem(err);
	signet__db__crl__init(making.record);
	making.record->authority = (char *)(uintptr_t)order->key->name;
	making.record->file = authority_crl_file(arena, order->key, order->shard, order->delta);
	if (!making.record->file)
		return error_nomem(err);
	int result = take_number(store, order, &making.record->number, err);
	if (result == 0)
		result = make_file(engine, &making, err);
	if (result == 0)
		result = store_write(store, note, &noting, err);
	if (result)
		return result;
	announce(engine, &making, noting.event);
	*out = making.record;
	if (superfluous)
		*superfluous = making.rows.superfluous;
	return 0;
}
