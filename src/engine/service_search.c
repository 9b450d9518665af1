/* Lists of requests and certificates. */
#include "base/clock.h"
#include "engine/search.h"
#include "engine/service.h"
#include "engine/view.h"
#include "rpc/ca.pb-c.h"

/* Octets of rows in one reply: what else a message holds is far below the rest. */
#define ROWS_OCTETS (LIMIT_MESSAGE - 2048)

static int failed(const struct service_call *c, int result)
{
	if (result == SIGNET_E_NOMEM)
		return error_nomem(c->err);
	return error_set(c->err, result, "a stored record cannot be shown");
}

static ProtobufCBinaryData field(struct bytes bytes)
{
	return (ProtobufCBinaryData){bytes.length, (uint8_t *)(uintptr_t)bytes.data};
}

/* Where the next page begins when only so many rows have found room. */
static struct bytes place_behind(const struct search_page *page, size_t rows)
{
	return rows < page->count ? page->resume[rows] : page->place;
}

static int fill_requests(const struct service_call *c, const struct search_page *page,
                         Signet__Rpc__Requests *list)
{
	size_t octets = 0;
	for (size_t i = 0; i < page->count; i++) {
		Signet__Rpc__Request *row = arena_alloc(c->arena, sizeof *row);
		int result = row ? view_request(c->arena, &page->rows[i], false, row) : SIGNET_E_NOMEM;
		if (result == SIGNET_E_NOMEM && i)
			break;
		if (result)
			return failed(c, result);
		octets += signet__rpc__request__get_packed_size(row) + 8;
		if (octets > ROWS_OCTETS && i)
			break;
		list->items[list->n_items++] = row;
	}
	return 0;
}

int service_list_requests(const struct service_call *c)
{
	const Signet__Rpc__ListRequests *in = c->call->list_requests;
	struct signet_request_query query = {
		.state = (enum signet_request_state)in->state, .name = in->name,
		.profile = in->profile, .requester = in->requester, .intermediary = in->intermediary,
		.submitted_after = in->submitted_after, .submitted_before = in->submitted_before,
		.before = in->before, .reverse = in->reverse, .limit = in->limit,
		.place = bytes_make(in->place.data, in->place.len)};
	struct search_page page;
	int result = search_requests(c->engine->database, c->arena, &query, &page, c->err);
	if (result)
		return result;
	Signet__Rpc__Requests *list = arena_alloc(c->arena, sizeof *list);
	if (!list)
		return error_nomem(c->err);
	signet__rpc__requests__init(list);
	list->items = arena_array(c->arena, page.count, sizeof *list->items);
	if (!list->items)
		return error_nomem(c->err);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_REQUESTS;
	c->reply->requests = list;
	result = fill_requests(c, &page, list);
	list->place = field(place_behind(&page, list->n_items));
	list->more = list->place.len != 0;
	return result;
}

static int fill_certificates(const struct service_call *c, const struct search_page *page,
                             int64_t now, Signet__Rpc__Certificates *list)
{
	size_t octets = 0;
	for (size_t i = 0; i < page->count; i++) {
		Signet__Rpc__Certificate *row = arena_alloc(c->arena, sizeof *row);
		int result = row ? view_certificate(c->arena, &page->rows[i], now, false, row)
		                 : SIGNET_E_NOMEM;
		if (result == SIGNET_E_NOMEM && i)
			break;
		if (result)
			return failed(c, result);
		octets += signet__rpc__certificate__get_packed_size(row) + 8;
		if (octets > ROWS_OCTETS && i)
			break;
		list->items[list->n_items++] = row;
	}
	return 0;
}

static int read_query(const struct service_call *c, const Signet__Rpc__ListCertificates *in,
                      struct signet_certificate_query *out)
{
	if (in->key.len != 0 && in->key.len != 32)
		return error_set(c->err, SIGNET_E_INVALID, "a key is found by 32 octets of SHA-256");
	*out = (struct signet_certificate_query){
		.name = in->name, .serial = in->serial, .key = in->key.len ? in->key.data : NULL,
		.requester = in->requester, .profile = in->profile, .authority = in->authority,
		.state = (enum signet_certificate_state)in->state,
		.expires_after = in->expires_after, .expires_before = in->expires_before,
		.issued_after = in->issued_after, .issued_before = in->issued_before,
		.before = in->before, .sort = (enum signet_sort)in->sort, .reverse = in->reverse,
		.limit = in->limit, .place = bytes_make(in->place.data, in->place.len)};
	return 0;
}

int service_list_certificates(const struct service_call *c)
{
	struct signet_certificate_query query;
	struct search_page page;
	int64_t now = clock_now();
	int result = read_query(c, c->call->list_certificates, &query);
	if (result == 0)
		result = search_certificates(c->engine->database, c->arena, &query, now, &page, c->err);
	if (result)
		return result;
	Signet__Rpc__Certificates *list = arena_alloc(c->arena, sizeof *list);
	if (!list)
		return error_nomem(c->err);
	signet__rpc__certificates__init(list);
	list->items = arena_array(c->arena, page.count, sizeof *list->items);
	if (!list->items)
		return error_nomem(c->err);
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_CERTIFICATES;
	c->reply->certificates = list;
	result = fill_certificates(c, &page, now, list);
	list->place = field(place_behind(&page, list->n_items));
	list->more = list->place.len != 0;
	return result;
}
