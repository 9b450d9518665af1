#include "engine/revocation.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "engine/counters.h"
#include "engine/crl_keeper.h"
#include "engine/ocsp.h"
#include "engine/recent.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revoked.h"
#include "engine/submission.h"

/* CRLReason (RFC 5280 section 5.3.1). */
#define REASON_UNSPECIFIED 0
#define REASON_HOLD 6
#define REASON_REMOVE 8


/* What an order makes of a certificate. */
enum effect { EFFECT_NONE, EFFECT_REVOKED, EFFECT_HELD, EFFECT_RELEASED, EFFECT_CORRECTED };

/* One order on its way. */
struct change {
	const struct revocation *order;
	struct arena *arena;
	int64_t since, now; /* since: when it is revoked */
	bool with_key;      /* of its authority */
	/* what comes back */
	unsigned reason; /* the order's, or what not giving one means */
	uint64_t id;
	uint8_t issuer[AUTHORITY_ISSUER_SIZE];
	enum effect effect;
	const char *before; /* what was so, for the audit trail */
	uint64_t event;
	uint64_t generation;
};

static int refuse(const char *why, struct error *err)
{
	return error_set(err, SIGNET_E_STATE, "the certificate %s", why);
}

/* Whether the order says other than what is so. */
static enum effect correction(const Signet__Db__Certificate *record, const struct change *change)
{
	int64_t date = change->order->date;
	bool same = record->reason == change->reason && (!date || record->invalid == date);
	return same ? EFFECT_NONE : EFFECT_CORRECTED;
}

static int find_release(const Signet__Db__Certificate *record, struct change *change,
                        struct error *err)
{
	if (record->state == SIGNET_REVOKED)
		return refuse("is revoked: it cannot be released", err);
	/* one that was changed and is valid was released */
	if (record->state != SIGNET_HELD && !record->changed)
		return refuse("is not held", err);
	change->effect = record->state == SIGNET_HELD ? EFFECT_RELEASED : EFFECT_NONE;
	return 0;
}

static int find_effect(const Signet__Db__Certificate *record, struct change *change,
                       struct error *err)
{
	bool revoked = record->state == SIGNET_REVOKED, held = record->state == SIGNET_HELD;
	change->reason = change->order->reason;
	if (change->reason == SIGNET_REVOKE_UNSAID)
		change->reason = revoked ? record->reason : REASON_UNSPECIFIED;
	switch (change->reason) {
	case REASON_REMOVE:
		return find_release(record, change, err);
	case REASON_HOLD:
		change->effect = held ? correction(record, change) : EFFECT_HELD;
		return revoked ? refuse("is revoked: it cannot be held", err) : 0;
	default:
		change->effect = revoked ? correction(record, change) : EFFECT_REVOKED;
		if (revoked && change->with_key && !record->with_key)
			change->effect = EFFECT_NONE;
		return 0;
	}
}

static void apply(Signet__Db__Certificate *record, const struct change *change)
{
	const struct revocation *order = change->order;
	if (change->effect == EFFECT_RELEASED) {
		record->state = SIGNET_VALID;
		record->reason = REASON_UNSPECIFIED;
		record->revoked = record->invalid = 0;
		return;
	}
	if (change->effect == EFFECT_REVOKED || change->effect == EFFECT_HELD) {
		record->state = change->effect == EFFECT_HELD ? SIGNET_HELD : SIGNET_REVOKED;
		if (!record->revoked)
			record->revoked = change->since;
	}
	/* a reason of its own is not changed with the key's */
	if (record->reason != change->reason || change->effect != EFFECT_CORRECTED)
		record->with_key = change->with_key;
	record->reason = change->reason;
	if (order->date)
		record->invalid = order->date;
}

uint64_t revocation_read_generation(struct store_txn *txn)
{
	struct bytes value;
	return store_get(txn, TABLE_COUNTERS, bytes_text(COUNTER_REVOCATIONS), &value)
		? 1 : store_key_to_u64(value);
}

static void write_generation(struct store_txn *txn, struct change *change)
{
	change->generation = revocation_read_generation(txn) + 1;
	struct store_key number = store_key_number(change->generation);
	store_put(txn, TABLE_COUNTERS, bytes_text(COUNTER_REVOCATIONS), store_key_get(&number));
}

/* What CRLs say of it takes the place of what they said. */
static int move_row(struct store_txn *txn, struct change *change,
                    Signet__Db__Certificate *record)
{
	struct revoked row = {
		.shard = record->shard, .changed = record->changed, .id = change->id,
		.serial = change->order->serial, .revoked = record->revoked,
		.invalid = record->invalid, .not_after = record->not_after,
		.reason = change->effect == EFFECT_RELEASED ? REASON_REMOVE : record->reason};
	if (record->issuer.len != sizeof row.issuer)
		return store_fail(txn, SIGNET_E_CORRUPT);
	memcpy(row.issuer, record->issuer.data, sizeof row.issuer);
	memcpy(change->issuer, row.issuer, sizeof change->issuer);
	if (record->changed && revoked_take(txn, &row))
		return store_error(txn);
	row.changed = record->changed = change->generation;
	/* a delta CRL says of one that is released when that was */
	if (change->effect == EFFECT_RELEASED)
		row.revoked = change->now;
	if (change->effect != EFFECT_RELEASED && revoked_note(txn, row.id, record->state == SIGNET_HELD))
		return store_error(txn);
	return revoked_put(txn, &row);
}

/* "serial 4711, key-compromise, invalid since 2026-11-23T12:49:00Z: the comment" */
static const char *detail(const struct change *change)
{
	const struct revocation *order = change->order;
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_AUDIT_DETAIL);
	char date[CLOCK_TEXT_SIZE];
	buffer_append_text(&text, "serial ");
	hex_encode(&text, order->serial);
	buffer_printf(&text, ", %s", signet_revocation_reason_name(change->reason));
	if (order->date)
		buffer_printf(&text, ", invalid since %s", clock_format(order->date, date));
	if (*order->comment)
		buffer_printf(&text, ": %s", order->comment);
	return text.error ? NULL : arena_text(change->arena, buffer_bytes(&text));
}

/* "valid", "revoked, key-compromise, invalid since 2026-11-23T12:49:00Z" */
static const char *state_text(struct arena *arena, const Signet__Db__Certificate *record)
{
	char date[CLOCK_TEXT_SIZE];
	if (record->state == SIGNET_VALID || record->state == 0)
		return "valid";
	const char *reason = signet_revocation_reason_name(record->reason);
	return arena_printf(arena, "%s, %s%s%s",
	                    record->state == SIGNET_HELD ? "held" : "revoked",
	                    reason ? reason : "?", record->invalid ? ", invalid since " : "",
	                    record->invalid ? clock_format(record->invalid, date) : "");
}

static void tell(struct store_txn *txn, struct change *change,
                 const Signet__Db__Certificate *record)
{
	static const enum audit_action actions[] = {
		[EFFECT_REVOKED] = AUDIT_REVOKED, [EFFECT_HELD] = AUDIT_HELD,
		[EFFECT_RELEASED] = AUDIT_RELEASED, [EFFECT_CORRECTED] = AUDIT_CORRECTED};
	static const enum signet_event_kind events[] = {
		[EFFECT_REVOKED] = SIGNET_EVENT_REVOKED, [EFFECT_HELD] = SIGNET_EVENT_REVOKED,
		[EFFECT_RELEASED] = SIGNET_EVENT_UNREVOKED,
		/* those who publish reasons are to hear of the new one */
		[EFFECT_CORRECTED] = SIGNET_EVENT_REVOKED};
	struct audit_entry audit = {change->now, actions[change->effect], change->order->actor,
	                            change->id, detail(change), NULL, change->before,
	                            state_text(change->arena, record)};
	if (!audit.detail || !audit.before || !audit.after) {
		store_fail(txn, SIGNET_E_NOMEM);
		return;
	}
	events_append(txn, events[change->effect], change->now, change->id, &change->event);
	audit_append(txn, &audit);
}

static int find(struct store_txn *txn, struct change *change, Signet__Db__Certificate **record)
{
	struct bytes value;
	int result = store_get(txn, TABLE_SERIALS, change->order->serial, &value);
	if (result)
		return result;
	change->id = store_key_to_u64(value);
	struct store_key key = store_key_number(change->id);
	result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	if (result == 0)
		result = record_unpack_certificate(change->arena, value, record);
	return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
}

struct writing {
	struct change *change;
	struct error *err;
};

/* State, row and generation. */
static int change_record(struct store_txn *txn, struct change *change,
                         Signet__Db__Certificate *record)
{
	struct store_key key = store_key_number(change->id);
	struct bytes packed;
	apply(record, change);
	write_generation(txn, change);
	if (move_row(txn, change, record))
		return store_error(txn);
	if (record_repack_certificate(change->arena, record, &packed))
		return store_fail(txn, SIGNET_E_NOMEM);
	return store_put(txn, TABLE_CERTIFICATES, store_key_get(&key), packed);
}

int revocation_bring(struct store_txn *txn, struct arena *arena, const struct revocation *order,
                     int64_t when, uint64_t *generation)
{
	struct change change = {.order = order, .arena = arena, .since = when, .now = when,
	                        .reason = order->reason,
	                        .effect = order->reason == REASON_HOLD ? EFFECT_HELD
	                                                               : EFFECT_REVOKED};
	Signet__Db__Certificate *record;
	int result = find(txn, &change, &record);
	if (result == 0)
		result = change_record(txn, &change, record);
	if (result == 0)
		*generation = change.generation;
	return result;
}

static int write_change(struct store_txn *txn, void *arg)
{
	const struct writing *writing = arg;
	struct change *change = writing->change;
	Signet__Db__Certificate *record;
	change->effect = EFFECT_NONE;
	int result = find(txn, change, &record);
	if (result == 0)
		result = find_effect(record, change, writing->err);
	if (result || change->effect == EFFECT_NONE)
		return result;
	change->before = state_text(change->arena, record);
	if (change_record(txn, change, record))
		return store_error(txn);
	tell(txn, change, record);
	return store_error(txn);
}

int revocation_apply(struct store_txn *txn, struct arena *arena, const struct revocation *order,
                     int64_t since, int64_t now, uint64_t *generation, uint64_t *event)
{
	struct change change = {.order = order, .arena = arena, .since = since, .now = now,
	                        .with_key = true};
	int result = write_change(txn, &(struct writing){&change, NULL});
	if (result || change.effect == EFFECT_NONE)
		return result;
	*generation = change.generation;
	*event = change.event;
	return 0;
}

static int check(const struct revocation *order, int64_t now, struct error *err)
{
	if (order->reason != SIGNET_REVOKE_UNSAID && !signet_revocation_reason_name(order->reason))
		return error_set(err, SIGNET_E_INVALID, "%u is no reason for a revocation",
		                 order->reason);
	if (order->date < 0 || order->date > now)
		return error_set(err, SIGNET_E_INVALID,
		                 "the date since when it is invalid must be in the past");
	if (order->serial.length == 0 || order->serial.length > STORE_KEY_MAX)
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no such certificate");
	return submission_check_label("comment", order->comment, 0, LIMIT_REASON, err);
}

void revocation_note_generation(struct engine *engine, uint64_t generation)
{
	/* the database may be ahead of this thread already */
	uint64_t known = atomic_load(&engine->revocations);
	while (known < generation &&
	       !atomic_compare_exchange_weak(&engine->revocations, &known, generation))
		;
}

static void announce(struct engine *engine, const struct change *change)
{
	static const char *const names[] = {
		[EFFECT_REVOKED] = "revoked", [EFFECT_HELD] = "held",
		[EFFECT_RELEASED] = "released", [EFFECT_CORRECTED] = "revocation-corrected"};
	revocation_note_generation(engine, change->generation);
	recent_add(engine->recent, change->order->serial);
	ocsp_note_revoked(engine->ocsp, change->order->serial);
	events_announce(engine->events, change->event);
	crl_keeper_revoked(engine->crls, change->issuer, change->reason);
	log_event(LOG_INFO, names[change->effect], "serial",
	          hex_text(change->arena, change->order->serial), "reason",
	          signet_revocation_reason_name(change->reason), "actor",
	          change->order->actor, NULL);
}

int revocation_order(struct engine *engine, struct arena *arena,
                     const struct revocation *revocation, struct error *err)
{
	struct error unwanted = {0};
	if (!err)
		err = &unwanted;
	int64_t now = clock_now();
	struct change change = {.order = revocation, .arena = arena, .since = now, .now = now};
	struct writing writing = {&change, err};
	int result = check(revocation, now, err);
	if (result)
		return result;
	result = store_write(database_store(engine->database), write_change, &writing, err);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, result, "there is no such certificate");
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, result, "a stored record does not read back");
	if (result == 0 && change.effect != EFFECT_NONE)
		announce(engine, &change);
	return result;
}

static int read_counter(struct store_txn *txn, void *arg)
{
	uint64_t *generation = arg;
	*generation = revocation_read_generation(txn);
	return store_error(txn);
}

int revocation_generation(struct database *database, uint64_t *out, struct error *err)
{
	return store_read(database_store(database), read_counter, out, err);
}
