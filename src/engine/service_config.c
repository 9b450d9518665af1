#include "engine/service.h"

#include "engine/revoke_key.h"
#include "rpc/ca.pb-c.h"

static ProtobufCBinaryData copied(struct arena *arena, struct bytes bytes)
{
	struct bytes copy = BYTES_NONE;
	arena_bytes(arena, bytes, &copy);
	return (ProtobufCBinaryData){copy.length, (uint8_t *)(uintptr_t)copy.data};
}

static int fill_constraints(const struct service_call *c, const struct authority_bounds *bounds,
                            Signet__Rpc__Authority *row)
{
	row->name_constraints = arena_array(c->arena, bounds->constraint_count,
	                                    sizeof *row->name_constraints);
	if (!row->name_constraints)
		return error_nomem(c->err);
	for (size_t i = 0; i < bounds->constraint_count; i++) {
		row->name_constraints[i] = copied(c->arena, bounds->constraint_values[i]);
		if (!row->name_constraints[i].data)
			return error_nomem(c->err);
	}
	row->n_name_constraints = bounds->constraint_count;
	return 0;
}

/* One row of those that fill_keys has made room for. */
static int add_key(const struct service_call *c, Signet__Rpc__Authority *row,
                   const struct authority_ended *key)
{
	Signet__Rpc__AuthorityKey *out = arena_alloc(c->arena, sizeof *out);
	struct key_progress progress;
	int result = revoke_key_progress(c->engine, key->issuer, &progress, c->err);
	if (result)
		return result;
	if (!out)
		return error_nomem(c->err);
	signet__rpc__authority_key__init(out);
	out->ordinal = key->ordinal;
	out->issuer = copied(c->arena, BYTES_OF(key->issuer));
	out->key = arena_strdup(c->arena, key->key_name);
	out->not_before = key->not_before;
	out->not_after = key->not_after;
	out->revoked = progress.revoked;
	if (!out->issuer.data || !out->key)
		return error_nomem(c->err);
	row->keys[row->n_keys++] = out;
	return 0;
}

static int add_loaded(const struct service_call *c, Signet__Rpc__Authority *row,
                      const struct authority *key)
{
	struct authority_ended is = {.ordinal = key->ordinal,
	                             .key_name = key->key_name,
	                             .not_before = key->certificate.not_before,
	                             .not_after = key->certificate.not_after};
	memcpy(is.issuer, key->issuer, sizeof is.issuer);
	return add_key(c, row, &is);
}

/* Those that have ended stand among the others, by their number. */
static int fill_keys(const struct service_call *c, const struct authority *a,
                     Signet__Rpc__Authority *row)
{
	size_t ended = 0, previous = 0;
	int result = 0;
	row->keys = arena_array(c->arena, a->ended_count + a->previous_count + 1, sizeof *row->keys);
	if (!row->keys)
		return error_nomem(c->err);
	while (result == 0 && (ended < a->ended_count || previous < a->previous_count)) {
		if (previous == a->previous_count ||
		    (ended < a->ended_count && a->ended[ended].ordinal < a->previous[previous].ordinal))
			result = add_key(c, row, &a->ended[ended++]);
		else
			result = add_loaded(c, row, &a->previous[previous++]);
	}
	return result ? result : add_loaded(c, row, a);
}

static int fill_authority(const struct service_call *c, const struct authority *a,
                          Signet__Rpc__Authority *row)
{
	signet__rpc__authority__init(row);
	row->name = arena_strdup(c->arena, a->name);
	row->subject = arena_strdup(c->arena, a->subject);
	row->key = arena_strdup(c->arena, a->key_name);
	row->certificate = copied(c->arena, a->certificate.der);
	row->not_before = a->certificate.not_before;
	row->not_after = a->certificate.not_after;
	row->issued = database_issued(c->engine->database, a->name);
	if (!row->name || !row->subject || !row->key || !row->certificate.data)
		return error_nomem(c->err);
	row->cross_certificates = (uint32_t)a->cross_count;
	int result = fill_keys(c, a, row);
	return result ? result : fill_constraints(c, &a->bounds, row);
}

int service_list_authorities(const struct service_call *c)
{
	size_t count = c->configuration->authority_count;
	Signet__Rpc__Authorities *list = arena_alloc(c->arena, sizeof *list);
	Signet__Rpc__Authority *rows = arena_array(c->arena, count, sizeof *rows);
	if (!list || !rows)
		return error_nomem(c->err);
	signet__rpc__authorities__init(list);
	list->items = arena_array(c->arena, count, sizeof *list->items);
	if (!list->items)
		return error_nomem(c->err);
	for (size_t i = 0; i < count; i++) {
		int result = fill_authority(c, &c->configuration->authorities[i], &rows[i]);
		if (result)
			return result;
		list->items[list->n_items++] = &rows[i];
	}
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_AUTHORITIES;
	c->reply->authorities = list;
	return 0;
}

int service_list_profiles(const struct service_call *c)
{
	size_t count = c->configuration->profile_count;
	Signet__Rpc__Profiles *list = arena_alloc(c->arena, sizeof *list);
	Signet__Rpc__Profile *rows = arena_array(c->arena, count, sizeof *rows);
	if (!list || !rows)
		return error_nomem(c->err);
	signet__rpc__profiles__init(list);
	list->items = arena_array(c->arena, count, sizeof *list->items);
	if (!list->items)
		return error_nomem(c->err);
	for (size_t i = 0; i < count; i++) {
		const struct profile *profile = &c->configuration->profiles[i];
		signet__rpc__profile__init(&rows[i]);
		rows[i].name = arena_strdup(c->arena, profile->name);
		rows[i].authority = arena_strdup(c->arena, profile->authority->name);
		rows[i].validity = profile->validity;
		if (!rows[i].name || !rows[i].authority)
			return error_nomem(c->err);
		list->items[list->n_items++] = &rows[i];
	}
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_PROFILES;
	c->reply->profiles = list;
	return 0;
}

int service_get_chain(const struct service_call *c)
{
	const char *name = c->call->get_chain->name;
	const struct authority *authority = configuration_authority(c->configuration, name);
	if (!authority)
		return error_set(c->err, SIGNET_E_NOT_FOUND, "there is no authority '%.64s'", name);
	size_t count = authority->chain_count;
	Signet__Rpc__Chain *chain = arena_alloc(c->arena, sizeof *chain);
	if (!chain)
		return error_nomem(c->err);
	signet__rpc__chain__init(chain);
	chain->certificates = arena_array(c->arena, count, sizeof *chain->certificates);
	if (!chain->certificates)
		return error_nomem(c->err);
	for (size_t i = 0; i < count; i++) {
		chain->certificates[i] = copied(c->arena, authority->chain[i]);
		if (!chain->certificates[i].data)
			return error_nomem(c->err);
	}
	chain->n_certificates = count;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_CHAIN;
	c->reply->chain = chain;
	return 0;
}
