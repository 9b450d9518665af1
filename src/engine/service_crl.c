/* CRLs, for administrators: published at once, and listed; and keys of authorities that are revoked. */

#include "engine/crl_keeper.h"
#include "engine/crl_record.h"
#include "engine/records.pb-c.h"
#include "engine/revoke_key.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

/* Octets of rows in one reply: what else a message holds is far below the rest. */
#define ROWS_OCTETS (LIMIT_MESSAGE - 1024)
#define PLACE_SIZE (AUTHORITY_ISSUER_SIZE + 3)

struct listing {
	const struct service_call *c;
	Signet__Rpc__Crls *list;
	size_t limit;
	size_t octets;
};

static int begin(struct listing *listing, const struct service_call *c, size_t limit)
{
	*listing = (struct listing){c, arena_alloc(c->arena, sizeof *listing->list), limit, 0};
	if (!listing->list)
		return error_nomem(c->err);
	signet__rpc__crls__init(listing->list);
	listing->list->items = arena_array(c->arena, limit, sizeof *listing->list->items);
	if (!listing->list->items)
		return error_nomem(c->err);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_CRLS;
	c->reply->crls = listing->list;
	return 0;
}

/* false: it does not fit any more. */
static bool add(struct listing *listing, unsigned shard, bool delta, const Signet__Db__Crl *record)
{
	struct arena *arena = listing->c->arena;
	Signet__Rpc__Crl *crl = arena_alloc(arena, sizeof *crl);
	if (!crl || listing->list->n_items == listing->limit)
		return false;
	signet__rpc__crl__init(crl);
	crl->authority = arena_strdup(arena, record->authority);
	crl->file = arena_strdup(arena, record->file);
	if (!crl->authority || !crl->file)
		return false;
	crl->shard = shard;
	crl->delta = delta;
	crl->number = record->number;
	crl->base_number = record->base_number;
	crl->this_update = record->this_update;
	crl->next_update = record->next_update;
	crl->entries = record->entries;
	crl->size = record->size;
	listing->octets += signet__rpc__crl__get_packed_size(crl) + 8;
	if (listing->octets > ROWS_OCTETS)
		return false;
	listing->list->items[listing->list->n_items++] = crl;
	return true;
}

/* All are published; those that do not fit are not told. */
static int visit_published(void *arg, unsigned shard, const struct Signet__Db__Crl *crl)
{
	struct listing *listing = arg;
	if (!add(listing, shard, crl->base_number != 0, crl))
		listing->list->more = true;
	return 0;
}

int service_publish_crls(const struct service_call *c)
{
	const Signet__Rpc__CrlOrder *in = c->call->publish_crls;
	struct listing listing;
	const char *actor = service_actor_from(c);
	if (!actor)
		return error_nomem(c->err);
	int result = begin(&listing, c, LIMIT_LIST);
	return result ? result : crl_keeper_publish(c->engine->crls, c->configuration, in->authority,
	                                            in->delta, actor, visit_published, &listing,
	                                            c->err);
}

struct reading {
	struct listing listing;
	struct crl_scope place;
	bool begun;
};

static int read_list(struct store_txn *txn, void *arg)
{
	struct reading *reading = arg;
	struct listing *listing = &reading->listing;
	struct arena *arena = listing->c->arena;
	struct crl_scope scope;
	Signet__Db__Crl *record;
	int result;
	while ((result = crl_record_next(txn, arena, reading->begun ? &reading->place : NULL, &scope,
	                                 &record)) == 0) {
		if (!add(listing, scope.shard, scope.delta, record)) {
			listing->list->more = true;
			return 0;
		}
		reading->place = scope;
		reading->begun = true;
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int read_place(struct reading *reading, ProtobufCBinaryData after, struct error *err)
{
	if (after.len == 0)
		return 0;
	if (after.len != PLACE_SIZE)
		return error_set(err, SIGNET_E_INVALID, "there is no such place in the list");
	memcpy(reading->place.issuer, after.data, AUTHORITY_ISSUER_SIZE);
	reading->place.shard = (unsigned)after.data[AUTHORITY_ISSUER_SIZE] << 8 |
	                       after.data[AUTHORITY_ISSUER_SIZE + 1];
	reading->place.delta = after.data[AUTHORITY_ISSUER_SIZE + 2];
	reading->begun = true;
	return 0;
}

static int write_place(const struct reading *reading)
{
	const struct service_call *c = reading->listing.c;
	uint8_t place[PLACE_SIZE];
	struct bytes kept;
	memcpy(place, reading->place.issuer, AUTHORITY_ISSUER_SIZE);
	place[AUTHORITY_ISSUER_SIZE] = (uint8_t)(reading->place.shard >> 8);
	place[AUTHORITY_ISSUER_SIZE + 1] = (uint8_t)reading->place.shard;
	place[AUTHORITY_ISSUER_SIZE + 2] = reading->place.delta;
	if (arena_bytes(c->arena, BYTES_OF(place), &kept))
		return error_nomem(c->err);
	reading->listing.list->last.data = (uint8_t *)(uintptr_t)kept.data;
	reading->listing.list->last.len = kept.length;
	return 0;
}

int service_list_crls(const struct service_call *c)
{
	const Signet__Rpc__ListCrls *in = c->call->list_crls;
	struct reading reading = {0};
	size_t limit = in->limit && in->limit < LIMIT_LIST ? in->limit : LIMIT_LIST;
	int result = begin(&reading.listing, c, limit);
	if (result == 0)
		result = read_place(&reading, in->after, c->err);
	if (result == 0)
		result = store_read(database_store(c->engine->database), read_list, &reading, c->err);
	return result ? result : write_place(&reading);
}

static const struct authority *find_key(const struct authority *a, unsigned ordinal)
{
	if (!a || ordinal == 0 || ordinal == a->ordinal)
		return a;
	for (size_t i = 0; i < a->previous_count; i++)
		if (a->previous[i].ordinal == ordinal)
			return &a->previous[i];
	return NULL;
}

int service_revoke_authority(const struct service_call *c)
{
	const Signet__Rpc__KeyRevocation *in = c->call->revoke_authority;
	const struct authority *key =
		find_key(configuration_authority(c->configuration, in->authority), in->ordinal);
	struct key_progress progress;
	const char *actor = service_actor_from(c);
	if (!actor)
		return error_nomem(c->err);
	if (!key)
		return error_set(c->err, SIGNET_E_NOT_FOUND,
		                 "there is no authority '%s', or it has no such key", in->authority);
	const struct key_order order = {key, in->reason, in->comment, actor};
	int result = in->look
		? revoke_key_progress(c->engine, key->issuer, &progress, c->err)
		: revoke_key_mark(c->engine, c->arena, &order, &progress, c->err);
	if (result)
		return result;
	Signet__Rpc__KeyProgress *reply = arena_alloc(c->arena, sizeof *reply);
	char *name = arena_strdup(c->arena, key->public_name);
	if (!reply || !name)
		return error_nomem(c->err);
	signet__rpc__key_progress__init(reply);
	reply->revoked = progress.revoked;
	reply->count = progress.count;
	reply->finished = progress.finished;
	reply->key = name;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_KEY_PROGRESS;
	c->reply->key_progress = reply;
	return 0;
}
