#include "engine/revoke_key.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/clock.h"
#include "base/log.h"
#include "engine/crl_keeper.h"
#include "engine/crl_record.h"
#include "engine/ocsp.h"
#include "engine/outline.h"
#include "engine/recent.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "engine/revocation.h"
#include "engine/submission.h"

#define BATCH 200         /* certificates that one transaction revokes, */
#define LOOKED_MAX 500    /* and that it looks at: those of other keys stand between them; */
#define OCTETS_MAX 400000 /* and what they may be in all, so that the arena holds them */
#define REASON_HOLD 6
#define REASON_REMOVE 8
#define COUNT_SIZE 80

static struct key_progress progress_of(const Signet__Db__CrlIssuer *record)
{
	return (struct key_progress){record->revoked, record->count, record->finished != 0};
}

int revoke_key_check(struct store_txn *txn, const uint8_t issuer[AUTHORITY_ISSUER_SIZE])
{
	struct crl_issuer_mark mark;
	int result = crl_issuer_mark(txn, issuer, &mark);
	if (result)
		return result;
	return mark.revoked ? SIGNET_E_DENIED : 0;
}

struct marking {
	const struct key_order *order;
	struct arena *arena;
	struct key_progress progress;
	bool changed, corrected;
};

static const char *text_of(struct arena *arena, const Signet__Db__CrlIssuer *record)
{
	if (!record->revoked)
		return "valid";
	return arena_printf(arena, "revoked, %s", signet_revocation_reason_name(record->reason));
}

/* The batches begin anew when there is another reason. */
static void apply_mark(Signet__Db__CrlIssuer *record, const struct key_order *order, int64_t now)
{
	if (!record->revoked)
		record->revoked = now;
	record->reason = order->reason;
	record->actor = (char *)(uintptr_t)order->actor;
	record->authority = (char *)(uintptr_t)order->key->public_name;
	record->place = (ProtobufCBinaryData){0};
	record->count = record->finished = 0;
}

static int write_mark(struct store_txn *txn, void *arg)
{
	struct marking *marking = arg;
	const struct key_order *order = marking->order;
	Signet__Db__CrlIssuer *record;
	int result = crl_issuer_find(txn, marking->arena, order->key->issuer, &record);
	if (result)
		return result;
	marking->progress = progress_of(record);
	marking->corrected = record->revoked && record->reason != order->reason;
	marking->changed = !record->revoked || marking->corrected;
	if (!marking->changed)
		return 0;
	char *detail = arena_printf(marking->arena, "%s, %s%s%s", order->key->public_name,
	                            signet_revocation_reason_name(order->reason),
	                            *order->comment ? ": " : "", order->comment);
	struct audit_entry audit = {
		.time = clock_now(), .actor = order->actor, .detail = detail,
		.action = record->revoked ? AUDIT_KEY_CORRECTED : AUDIT_KEY_REVOKED,
		.before = text_of(marking->arena, record)};
	apply_mark(record, order, audit.time);
	audit.after = text_of(marking->arena, record);
	if (!detail || !audit.before || !audit.after)
		return SIGNET_E_NOMEM;
	marking->progress = progress_of(record);
	crl_issuer_put(txn, marking->arena, order->key->issuer, record);
	audit_append(txn, &audit);
	return store_error(txn);
}

/* What is kept of answers is old from now on, not only when a batch has come to its certificate. */
static void announce_mark(struct engine *engine, const struct marking *marking)
{
	const struct key_order *order = marking->order;
	struct error err = {0};
	log_event(LOG_WARNING,
	          marking->corrected ? "authority-revocation-corrected" : "authority-revoked",
	          "authority", order->key->public_name, "reason",
	          signet_revocation_reason_name(order->reason), "actor", order->actor, NULL);
	recent_add_all(engine->recent);
	if (ocsp_refresh(engine->ocsp, &err))
		log_error(LOG_ERROR, "ocsp-responder-failed", &err, "authority",
		          order->key->public_name, NULL);
	crl_keeper_wake(engine->crls);
}

int revoke_key_mark(struct engine *engine, struct arena *arena, const struct key_order *order,
                    struct key_progress *out, struct error *err)
{
	struct marking marking = {.order = order, .arena = arena};
	if (!signet_revocation_reason_name(order->reason) || order->reason == REASON_HOLD ||
	    order->reason == REASON_REMOVE)
		return error_set(err, SIGNET_E_INVALID, "that is no reason to revoke an authority");
	int result = submission_check_label("comment", order->comment, 0, LIMIT_REASON, err);
	if (result == 0)
		result = store_write(database_store(engine->database), write_mark, &marking, err);
	if (result)
		return result;
	*out = marking.progress;
	if (!marking.changed)
		return 0;
	announce_mark(engine, &marking);
	return 0;
}

struct reading {
	const uint8_t *issuer;
	struct arena *arena;
	struct key_progress progress;
};

static int read_progress(struct store_txn *txn, void *arg)
{
	struct reading *reading = arg;
	Signet__Db__CrlIssuer *record;
	int result = crl_issuer_find(txn, reading->arena, reading->issuer, &record);
	if (result == 0)
		reading->progress = progress_of(record);
	return result;
}

int revoke_key_progress(struct engine *engine, const uint8_t issuer[AUTHORITY_ISSUER_SIZE],
                        struct key_progress *out, struct error *err)
{
	struct reading reading = {issuer, arena_new(LIMIT_AUDIT_DETAIL), {0}};
	if (!reading.arena)
		return error_nomem(err);
	int result = store_read(database_store(engine->database), read_progress, &reading, err);
	arena_free(reading.arena);
	if (result == 0)
		*out = reading.progress;
	return result;
}

struct asking {
	const uint8_t *issuer;
	struct crl_issuer_mark mark;
};

static int ask(struct store_txn *txn, void *arg)
{
	struct asking *asking = arg;
	return crl_issuer_mark(txn, asking->issuer, &asking->mark);
}

bool revoke_key_is_marked(struct database *database, const uint8_t issuer[AUTHORITY_ISSUER_SIZE])
{
	struct asking asking = {issuer, {0}};
	return store_read(database_store(database), ask, &asking, NULL) == 0 && asking.mark.revoked;
}

int revoke_key_ask(struct store_txn *txn, const struct authority *key, struct error *err)
{
	int result = revoke_key_check(txn, key->issuer);
	if (result == 0)
		return 0;
	if (result != SIGNET_E_DENIED)
		return error_set(err, result, "database: %s", error_name(result));
	return error_set(err, SIGNET_E_DENIED, "the key of the authority '%s' is revoked: it "
	                 "issues no certificates any more", key->name);
}

/* One batch on its way. */
struct step {
	const struct authority *key;
	struct arena *arena;
	int64_t now;
	const char *comment;
	Signet__Db__CrlIssuer *record;
	struct bytes serials[BATCH];
	uint64_t ids[BATCH];
	size_t count;
	size_t octets;
	struct bytes place;      /* key of table expiry that was looked at last */
	bool ended;
	uint64_t generation, event;
};

/* Whether it is not yet as the mark wants it. What somebody has revoked for a reason of its own stays. */
static bool is_wanted(const struct step *step, const Signet__Db__Certificate *record)
{
	const struct bytes issuer = bytes_make(record->issuer.data, record->issuer.len);
	if (!bytes_equal(issuer, BYTES_OF(step->key->issuer)))
		return false;
	return record->state != SIGNET_REVOKED ||
	       (record->with_key && record->reason != step->record->reason);
}

static int load(struct store_txn *txn, struct step *step, uint64_t id, bool *wanted)
{
	struct store_key key = store_key_number(id);
	Signet__Db__Certificate *record;
	struct outline outline;
	struct bytes value;
	*wanted = false;
	int result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	result = record_unpack_certificate(step->arena, value, &record);
	if (result)
		return result;
	step->octets += value.length;
	if (!is_wanted(step, record))
		return 0;
	result = outline_read(&outline, step->arena, bytes_make(record->der.data, record->der.len));
	step->serials[step->count] = outline.serial;
	*wanted = result == 0;
	return result;
}

/* What had ended before the mark needs no revocation: where the first one stands that had not. */
static int seek(struct store_cursor *cursor, const struct step *step)
{
	struct store_key key;
	store_key_begin(&key);
	if (step->record->place.len) {
		store_key_bytes(&key, bytes_make(step->record->place.data, step->record->place.len));
		store_key_bytes(&key, BYTES_OF(""));
	} else {
		store_key_u64(&key, (uint64_t)step->record->revoked);
	}
	return store_seek(cursor, store_key_get(&key));
}

static int gather(struct store_txn *txn, struct step *step)
{
	struct store_cursor *cursor;
	unsigned looked = 0;
	int result = store_cursor_open(&cursor, txn, TABLE_EXPIRY);
	if (result)
		return result;
	result = seek(cursor, step);
	while (result == 0 && step->count < BATCH && looked++ < LOOKED_MAX &&
	       step->octets < OCTETS_MAX) {
		struct bytes place = store_cursor_key(cursor);
		uint64_t id = store_key_to_u64(bytes_make(place.data + 8, place.length - 8));
		bool wanted;
		result = load(txn, step, id, &wanted);
		if (result == 0)
			result = arena_bytes(step->arena, place, &step->place);
		if (result)
			break;
		step->ids[step->count] = id;
		step->count += wanted;
		result = store_next(cursor);
	}
	store_cursor_close(cursor);
	step->ended = result == SIGNET_E_NOT_FOUND;
	return step->ended ? 0 : result;
}

/* Before and after: how many the mark has come to, for its reason of now. */
static void audit_batch(struct store_txn *txn, const struct step *step)
{
	char detail[LIMIT_AUDIT_DETAIL];
	snprintf(detail, sizeof detail, "%s: %zu certificates, ids %llu to %llu, %llu in all",
	         step->key->public_name, step->count, (unsigned long long)step->ids[0],
	         (unsigned long long)step->ids[step->count - 1],
	         (unsigned long long)step->record->count);
	char before[COUNT_SIZE], after[COUNT_SIZE];
	snprintf(before, sizeof before, "%llu certificates revoked with it",
	         (unsigned long long)(step->record->count - step->count));
	snprintf(after, sizeof after, "%llu certificates revoked with it%s",
	         (unsigned long long)step->record->count, step->ended ? ", finished" : "");
	const struct audit_entry audit = {.time = step->now, .action = AUDIT_KEY_BATCH,
	                                  .actor = step->record->actor, .detail = detail,
	                                  .before = before, .after = after};
	audit_append(txn, &audit);
}

static int apply(struct store_txn *txn, struct step *step, struct bytes serial)
{
	const struct revocation order = {serial, step->record->reason, 0, step->comment,
	                                 step->record->actor};
	return revocation_apply(txn, step->arena, &order, step->record->revoked, step->now,
	                        &step->generation, &step->event);
}

static int write_step(struct store_txn *txn, void *arg)
{
	struct step *step = arg;
	arena_clear(step->arena);
	step->count = step->octets = 0;
	step->event = step->generation = 0;
	step->place = BYTES_NONE;
	step->ended = true;
	int result = crl_issuer_find(txn, step->arena, step->key->issuer, &step->record);
	if (result || !step->record->revoked || step->record->finished)
		return result;
	step->comment = arena_printf(step->arena, "with the key %s", step->key->public_name);
	result = step->comment ? gather(txn, step) : SIGNET_E_NOMEM;
	for (size_t i = 0; result == 0 && i < step->count; i++)
		result = apply(txn, step, step->serials[i]);
	if (result)
		return result;
	step->record->count += step->count;
	if (step->place.length)
		step->record->place = (ProtobufCBinaryData){
			step->place.length, (uint8_t *)(uintptr_t)step->place.data};
	if (step->ended)
		step->record->finished = revocation_read_generation(txn);
	if (step->count)
		audit_batch(txn, step);
	return crl_issuer_put(txn, step->arena, step->key->issuer, step->record);
}

int revoke_key_step(struct engine *engine, struct arena *arena, const struct authority *key,
                    struct key_progress *out, struct error *err)
{
	struct step *step = malloc(sizeof *step);
	if (!step)
		return error_nomem(err);
	*step = (struct step){.key = key, .arena = arena, .now = clock_now()};
	int result = store_write(database_store(engine->database), write_step, step, err);
	if (result == 0)
		*out = progress_of(step->record);
	if (result == 0 && step->count) {
		revocation_note_generation(engine, step->generation);
		for (size_t i = 0; i < step->count; i++)
			recent_add(engine->recent, step->serials[i]);
		events_announce(engine->events, step->event);
	}
	free(step);
	return result;
}
