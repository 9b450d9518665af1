/* Certificates that were issued elsewhere. */
#include "engine/import.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

#define MESSAGE_MAX 240 /* octets of why one is refused: LIMIT_IMPORT of them fit a message */

static int read_items(const struct service_call *c, const Signet__Rpc__Import *in,
                      struct import_item **out)
{
	struct import_item *items = arena_array(c->arena, in->n_items, sizeof *items);
	if (!items)
		return error_nomem(c->err);
	for (size_t i = 0; i < in->n_items; i++) {
		const Signet__Rpc__ImportItem *item = in->items[i];
		items[i] = (struct import_item){bytes_make(item->certificate.data, item->certificate.len),
		                                item->revoked, item->invalid, item->reason};
	}
	*out = items;
	return 0;
}

static int fill_refusals(const struct service_call *c, const struct import_result *result,
                         Signet__Rpc__Imported *out)
{
	size_t count = result->refused_count;
	Signet__Rpc__ImportRefusal *rows = arena_array(c->arena, count, sizeof *rows);
	out->refused = arena_array(c->arena, count, sizeof *out->refused);
	if (!rows || !out->refused)
		return error_nomem(c->err);
	for (size_t i = 0; i < count; i++) {
		signet__rpc__import_refusal__init(&rows[i]);
		rows[i].item = (uint32_t)result->refused[i].item;
		rows[i].code = result->refused[i].code;
		rows[i].message = arena_printf(c->arena, "%.*s", MESSAGE_MAX,
		                               result->refused[i].message);
		if (!rows[i].message)
			return error_nomem(c->err);
		out->refused[out->n_refused++] = &rows[i];
	}
	return 0;
}

int service_import(const struct service_call *c)
{
	const Signet__Rpc__Import *in = c->call->import_certificates;
	Signet__Rpc__Imported *out = arena_alloc(c->arena, sizeof *out);
	struct import_order order = {
		.count = in->n_items, .authority = in->authority, .unexpired = in->unexpired,
		.check = in->check, .publish = in->publish, .actor = service_actor(c),
		.from = service_from(c)};
	struct import_result imported;
	struct import_item *items = NULL;
	if (!out || !order.actor || !order.from)
		return error_nomem(c->err);
	int result = read_items(c, in, &items);
	order.items = items;
	if (result == 0)
		result = import_certificates(c->engine, c->configuration, c->arena, &order, &imported,
		                             c->err);
	if (result)
		return result;
	signet__rpc__imported__init(out);
	out->imported = (uint32_t)imported.imported;
	out->skipped = (uint32_t)imported.skipped;
	out->ended = (uint32_t)imported.ended;
	out->revoked = (uint32_t)imported.revoked;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_IMPORTED;
	c->reply->imported = out;
	return fill_refusals(c, &imported, out);
}

int service_check_crl(const struct service_call *c)
{
	Signet__Rpc__CrlChecked *out = arena_alloc(c->arena, sizeof *out);
	const char *actor = service_actor_from(c);
	const struct authority *key;
	if (!out || !actor)
		return error_nomem(c->err);
	if (!c->peer->file)
		return error_set(c->err, SIGNET_E_INVALID, "the call came without the CRL's file");
	int result = import_check_crl(c->engine, c->configuration, c->arena, c->peer->file->fd,
	                              c->call->check_crl->name, actor, &key, c->err);
	if (result)
		return result;
	signet__rpc__crl_checked__init(out);
	out->authority = arena_strdup(c->arena, key->name);
	out->key = arena_strdup(c->arena, key->public_name);
	if (!out->authority || !out->key)
		return error_nomem(c->err);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_CRL_CHECKED;
	c->reply->crl_checked = out;
	return 0;
}
