/* What auditors read. */
#include "engine/audit.h"
#include "engine/service.h"
#include "rpc/ca.pb-c.h"

/* Octets of records in one reply: what else a message holds is far below the rest. */
#define RECORDS_OCTETS (LIMIT_MESSAGE - 1024)
/* What a record takes in a message beside its own octets. */
#define RECORD_FRAME 64
#define RECORDS_MAX 500
/* Records that one call looks at, wanted or not. */
#define SCAN_MAX 20000

struct listing {
	const struct service_call *c;
	const Signet__Rpc__AuditRead *in;
	enum audit_action action;  /* wanted alone; 0: any */
	Signet__Rpc__AuditRecords *list;
	size_t limit, octets, looked;
};

static bool is_wanted(const struct listing *listing, const Signet__Rpc__AuditEntry *entry)
{
	const Signet__Rpc__AuditRead *in = listing->in;
	return (!*in->actor || strcmp(in->actor, entry->actor) == 0) &&
	       (!listing->action || listing->action == entry->action) &&
	       (!in->request || in->request == entry->request) &&
	       (!in->since || entry->time >= in->since) &&
	       (!in->until || entry->time < in->until);
}

static int add(struct listing *listing, uint64_t sequence, struct bytes record, unsigned action)
{
	struct arena *arena = listing->c->arena;
	Signet__Rpc__AuditRecord *item = arena_alloc(arena, sizeof *item);
	struct bytes copy;
	if (!item || arena_bytes(arena, record, &copy))
		return SIGNET_E_NOMEM;
	signet__rpc__audit_record__init(item);
	item->sequence = sequence;
	item->record = (ProtobufCBinaryData){copy.length, (uint8_t *)(uintptr_t)copy.data};
	item->action = (char *)(uintptr_t)audit_action_name((enum audit_action)action);
	listing->list->items[listing->list->n_items++] = item;
	listing->octets += record.length + RECORD_FRAME;
	return 0;
}

/* What does not read back is shown by who looks for that: in a walk without a filter. */
static int visit(void *arg, uint64_t sequence, struct bytes record)
{
	struct listing *listing = arg;
	const bool forwards = listing->in->from != 0;
	if (listing->list->n_items == listing->limit || listing->looked++ == SCAN_MAX ||
	    (listing->list->n_items &&
	     listing->octets + record.length + RECORD_FRAME > RECORDS_OCTETS)) {
		listing->list->next = forwards ? sequence : sequence + 1;
		return 1;
	}
	Signet__Rpc__AuditEntry *entry =
		signet__rpc__audit_entry__unpack(NULL, record.length, record.data);
	bool wanted = !entry || is_wanted(listing, entry);
	int result = wanted ? add(listing, sequence, record, entry ? entry->action : 0) : 0;
	if (entry)
		signet__rpc__audit_entry__free_unpacked(entry, NULL);
	return result;
}

static int find_action(const char *name, enum audit_action *out, struct error *err)
{
	*out = 0;
	if (!*name || (*out = audit_action_from_name(name)))
		return 0;
	return error_set(err, SIGNET_E_INVALID, "there is no action '%.64s'", name);
}

int service_read_audit(const struct service_call *c)
{
	const Signet__Rpc__AuditRead *in = c->call->audit_read;
	struct store *store = database_store(c->engine->database);
	struct audit_last last;
	struct listing listing = {.c = c, .in = in, .list = arena_alloc(c->arena, sizeof *listing.list)};
	listing.limit = in->limit && in->limit < RECORDS_MAX ? in->limit : RECORDS_MAX;
	if (!listing.list)
		return error_nomem(c->err);
	signet__rpc__audit_records__init(listing.list);
	listing.list->items = arena_array(c->arena, RECORDS_MAX, sizeof *listing.list->items);
	if (!listing.list->items)
		return error_nomem(c->err);
	int result = find_action(in->action, &listing.action, c->err);
	if (result == 0)
		result = audit_find_last(store, &last, c->err);
	if (result == 0)
		result = audit_read_stored(store, in->from ? in->from : in->before, !in->from, visit,
		                           &listing, c->err);
	if (result)
		return result;
	listing.list->last = last.sequence;
	c->reply->body_case = SIGNET__RPC__REPLY__BODY_AUDIT_RECORDS;
	c->reply->audit_records = listing.list;
	return 0;
}
