#include "engine/import_private.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "engine/recent.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"
#include "engine/revoke_key.h"

#define MEMORY (16u << 20) /* for the reading of one batch, and the writing */
#define DETAIL_MAX 256
#define REASON_HOLD 6 /* CRLReason certificateHold */

/* A batch on its way into the database. */
struct batch {
	const struct import_order *order;
	int64_t now;
	struct import_subject *subjects;
	size_t count;
	const char **refusals;       /* of each subject; NULL: it is not refused */
	bool *changed;               /* and whether OCSP answers say other than before */
	struct arena *arena;         /* for the writing */
	struct arena *answer;        /* the caller's */
	struct import_result *out;
	/* what comes back of the writing */
	size_t imported, skipped, revoked;
	size_t brought;              /* of those that are revoked, the ones that came so */
	uint64_t first, last;        /* ids */
	uint64_t generation, event;
};

static struct bytes octets(ProtobufCBinaryData data)
{
	return bytes_make(data.data, data.len);
}

/* The certificate of this serial number. SIGNET_E_NOT_FOUND. */
static int find(struct store_txn *txn, struct batch *b, struct bytes serial, uint64_t *id,
                Signet__Db__Certificate **out)
{
	struct bytes value;
	int result = store_get(txn, TABLE_SERIALS, serial, &value);
	if (result)
		return result;
	*id = store_key_to_u64(value);
	struct store_key key = store_key_number(*id);
	result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	if (result == 0)
		result = record_unpack_certificate(b->arena, value, out);
	return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
}

static int tell_revoked(struct store_txn *txn, const struct batch *b,
                        const struct import_subject *s, uint64_t id)
{
	char detail[DETAIL_MAX], date[CLOCK_TEXT_SIZE], invalid[CLOCK_TEXT_SIZE];
	const char *reason = signet_revocation_reason_name(s->item->reason);
	snprintf(detail, sizeof detail, "serial %s, elsewhere at %s", hex_text(b->arena, s->entry.serial),
	         clock_format(s->item->revoked, date));
	const struct audit_entry audit = {
		b->now, AUDIT_IMPORT_REVOKED, b->order->actor, id, detail, b->order->from, "valid",
		arena_printf(b->arena, "%s, %s%s%s",
		             s->item->reason == REASON_HOLD ? "held" : "revoked", reason,
		             s->item->invalid ? ", invalid since " : "",
		             s->item->invalid ? clock_format(s->item->invalid, invalid) : "")};
	return audit.after ? audit_append(txn, &audit) : SIGNET_E_NOMEM;
}

/* With a record of its own, for a certificate that comes with it, too. */
static int bring_revocation(struct store_txn *txn, struct batch *b,
                            const struct import_subject *s, uint64_t id)
{
	const struct revocation order = {s->entry.serial, s->item->reason, s->item->invalid, "",
	                                 b->order->actor};
	if (b->order->check)
		return 0;
	int result = revocation_bring(txn, b->arena, &order, s->item->revoked, &b->generation);
	return result ? result : tell_revoked(txn, b, s, id);
}

/* One that is here already. What was issued here, or has been revoked here, is not for others to say. */
static int meet(struct store_txn *txn, struct batch *b, size_t at, uint64_t id,
                const Signet__Db__Certificate *record)
{
	const struct import_subject *s = &b->subjects[at];
	if (!bytes_equal(octets(record->der), s->item->der)) {
		b->refusals[at] = bytes_equal(octets(record->issuer), BYTES_OF(s->key->issuer))
			? "another certificate of this issuer and serial number is here already"
			: "a certificate of another issuer has this serial number already";
		return 0;
	}
	b->skipped++;
	/* a hold that was released here stays so */
	if (!s->item->revoked || !record->imported || record->changed)
		return 0;
	b->revoked++;
	b->changed[at] = true; /* what was said of it is no longer so */
	return bring_revocation(txn, b, s, id);
}

static int add(struct store_txn *txn, struct batch *b, size_t at)
{
	struct import_subject *s = &b->subjects[at];
	int result = revoke_key_check(txn, s->key->issuer);
	if (result == SIGNET_E_DENIED) {
		b->refusals[at] = "the key that has signed it is revoked, and takes no certificates";
		return 0;
	}
	s->entry.arena = b->arena;
	s->entry.event = 0;
	if (result == 0 && !b->order->check)
		result = database_put(txn, &s->entry);
	if (result)
		return result;
	b->imported++;
	b->changed[at] = true;
	b->first = b->first ? b->first : s->entry.id;
	b->last = s->entry.id;
	if (s->entry.event)
		b->event = s->entry.event;
	b->revoked += s->item->revoked != 0;
	b->brought += s->item->revoked != 0;
	return s->item->revoked ? bring_revocation(txn, b, s, s->entry.id) : 0;
}

static int tell(struct store_txn *txn, const struct batch *b)
{
	char detail[DETAIL_MAX];
	if (b->imported == 0 || b->order->check)
		return 0;
	snprintf(detail, sizeof detail, "%zu certificates, ids %llu to %llu%s%s", b->imported,
	         (unsigned long long)b->first, (unsigned long long)b->last,
	         *b->order->authority ? ", of " : "", b->order->authority);
	/* of a batch, which is not all of a file: with how many there are now */
	uint64_t there = store_count(txn, TABLE_CERTIFICATES);
	const struct audit_entry audit = {
		.time = b->now, .action = AUDIT_IMPORTED, .actor = b->order->actor, .detail = detail,
		.from = b->order->from,
		.before = arena_printf(b->arena, "%llu certificates",
		                       (unsigned long long)(there - b->imported)),
		.after = arena_printf(b->arena, "%llu certificates, of the new ones %zu revoked or held",
		                      (unsigned long long)there, b->brought)};
	return audit.before && audit.after ? audit_append(txn, &audit) : SIGNET_E_NOMEM;
}

/* May run again: begins from nothing. */
static int run(struct store_txn *txn, void *arg)
{
	struct batch *b = arg;
	arena_clear(b->arena);
	b->imported = b->skipped = b->revoked = b->brought = 0;
	b->first = b->last = b->generation = b->event = 0;
	int result = 0;
	for (size_t i = 0; result == 0 && i < b->count; i++) {
		Signet__Db__Certificate *record;
		uint64_t id;
		b->refusals[i] = NULL;
		b->changed[i] = false;
		result = find(txn, b, b->subjects[i].entry.serial, &id, &record);
		if (result == SIGNET_E_NOT_FOUND)
			result = add(txn, b, i);
		else if (result == 0)
			result = meet(txn, b, i, id, record);
	}
	return result ? result : tell(txn, b);
}

static int refuse(struct batch *b, size_t item, int code, const char *message)
{
	const char *copy = arena_strdup(b->answer, message);
	if (!copy)
		return SIGNET_E_NOMEM;
	b->out->refused[b->out->refused_count++] = (struct import_refusal){item, code, copy};
	return 0;
}

/* Before the database is asked. */
static int prepare(struct batch *b, const struct configuration *configuration, struct arena *arena)
{
	const struct import_order *order = b->order;
	b->subjects = arena_array(arena, order->count, sizeof *b->subjects);
	b->refusals = arena_array(arena, order->count, sizeof *b->refusals);
	b->changed = arena_array(arena, order->count, sizeof *b->changed);
	b->out->refused = arena_array(b->answer, order->count, sizeof *b->out->refused);
	if (!b->subjects || !b->refusals || !b->changed || !b->out->refused)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < order->count; i++) {
		struct error why = {0};
		bool ended;
		int result = import_read(&b->subjects[b->count], arena, configuration, order, i, b->now,
		                         &ended, &why);
		if (result == SIGNET_E_NOMEM)
			return result;
		if (result == 0 && ended)
			b->out->ended++;
		else if (result == 0)
			b->count++;
		else if (refuse(b, i, result, why.code ? why.message : error_name(result)))
			return SIGNET_E_NOMEM;
	}
	return 0;
}

static int compare_refusals(const void *a, const void *b)
{
	const struct import_refusal *x = a, *y = b;
	return x->item < y->item ? -1 : x->item > y->item;
}

static int finish(struct batch *b, struct engine *engine)
{
	struct import_result *out = b->out;
	out->imported = b->imported;
	out->skipped = b->skipped;
	out->revoked = b->revoked;
	for (size_t i = 0; i < b->count; i++) {
		if (b->refusals[i] &&
		    refuse(b, b->subjects[i].at, SIGNET_E_EXISTS, b->refusals[i]))
			return SIGNET_E_NOMEM;
		/* OCSP answers say that there is no such certificate */
		if (b->changed[i] && !b->order->check)
			recent_add(engine->recent, b->subjects[i].entry.serial);
	}
	qsort(out->refused, out->refused_count, sizeof *out->refused, compare_refusals);
	if (b->order->check || b->imported + b->revoked == 0)
		return 0;
	if (b->generation)
		revocation_note_generation(engine, b->generation);
	if (b->event)
		events_announce(engine->events, b->event);
	log_event(LOG_INFO, "imported", "certificates",
	          arena_printf(b->answer, "%zu", b->imported), "revoked",
	          arena_printf(b->answer, "%zu", b->revoked), "actor", b->order->actor, NULL);
	return 0;
}

static int write_batch(struct batch *b, struct engine *engine, struct error *err)
{
	struct store *store = database_store(engine->database);
	int result = b->order->check ? store_read(store, run, b, err)
	                             : store_write(store, run, b, err);
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored record does not read back");
	return result;
}

static int import(struct batch *b, struct engine *engine,
                  const struct configuration *configuration, struct error *err)
{
	struct arena *arena = arena_new(MEMORY);
	b->arena = arena_new(MEMORY);
	int result = arena && b->arena ? prepare(b, configuration, arena) : SIGNET_E_NOMEM;
	if (result)
		error_set(err, result, "there is not enough memory for so many certificates");
	if (result == 0)
		result = write_batch(b, engine, err);
	if (result == 0 && finish(b, engine))
		result = error_nomem(err);
	arena_free(b->arena);
	arena_free(arena);
	return result;
}

int import_certificates(struct engine *engine, const struct configuration *configuration,
                        struct arena *arena, const struct import_order *order,
                        struct import_result *out, struct error *err)
{
	struct import_result made = {0};
	struct batch batch = {.order = order, .now = clock_now(), .answer = arena, .out = &made};
	if (order->count > LIMIT_IMPORT)
		return error_set(err, SIGNET_E_TOO_BIG, "more than %d certificates at once",
		                 LIMIT_IMPORT);
	if (*order->authority && !configuration_authority(configuration, order->authority))
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no authority '%.64s'",
		                 order->authority);
	int result = import(&batch, engine, configuration, err);
	if (result == 0)
		*out = made;
	return result;
}
