/* One row of each table. */
#include <string.h>

#include "asn1/general_name.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "engine/check_private.h"
#include "engine/revocation.h"
#include "engine/revoked.h"
#include "engine/scan.h"

#define REASON_REMOVE 8 /* CRLReason removeFromCRL */

static struct bytes octets(ProtobufCBinaryData data)
{
	return bytes_make(data.data, data.len);
}

static bool has_number(const struct checking *c, unsigned table, uint64_t number)
{
	struct store_key key = store_key_number(number);
	return store_has(c->txn, table, store_key_get(&key));
}

/* What the indexes should say: as when it was stored. */
static int identify(struct checking *c, struct check_subject *s)
{
	const struct extension *e = certificate_extension(&s->certificate, OID_SUBJECT_ALT_NAME);
	struct general_name *names = NULL;
	size_t count = 0;
	int result = e ? subject_alt_name_decode(c->arena, e->value, &names, &count, NULL) : 0;
	if (result == 0)
		result = index_names(c->arena, s->certificate.subject, names, count, &s->names,
		                     &s->name_count);
	if (result == 0)
		result = index_name_row(&s->name_row, s->names, s->name_count);
	if (result)
		return result;
	pubkey_fingerprint(s->certificate.key, s->fingerprint);
	result = index_fingerprint(s->certificate.der, s->print);
	return result ? result : index_key_row(&s->key_row, s->fingerprint, s->certificate.subject);
}

static int read_subject(struct checking *c, struct bytes value, struct check_subject *out)
{
	struct check_subject s = {.id = out->id};
	int result = record_unpack_certificate(c->arena, value, &s.record);
	if (result == 0)
		result = certificate_parse(&s.certificate, c->arena, octets(s.record->der), NULL);
	if (result)
		return result == SIGNET_E_NOMEM ? result : SIGNET_E_CORRUPT;
	result = identify(c, &s);
	if (result) {
		certificate_clear(&s.certificate);
		return result == SIGNET_E_NOMEM ? result : SIGNET_E_CORRUPT;
	}
	*out = s;
	return 0;
}

int check_load(struct checking *c, uint64_t id, struct check_subject *out)
{
	struct store_key key = store_key_number(id);
	struct bytes value;
	out->id = id;
	int result = store_get(c->txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	return result ? result : read_subject(c, value, out);
}

void check_release(struct check_subject *subject)
{
	certificate_clear(&subject->certificate);
}

/* ---- certificates ---- */

static const struct authority *key_of(const struct authority *a, struct bytes issuer)
{
	if (bytes_equal(BYTES_OF(a->issuer), issuer))
		return a;
	for (size_t i = 0; i < a->previous_count; i++)
		if (bytes_equal(BYTES_OF(a->previous[i].issuer), issuer))
			return &a->previous[i];
	return NULL;
}

static void check_signature(struct checking *c, const struct check_subject *s)
{
	const struct configuration *configuration = c->configuration;
	const struct authority *signer = NULL;
	for (size_t i = 0; !signer && i < configuration->authority_count; i++)
		signer = key_of(&configuration->authorities[i], octets(s->record->issuer));
	if (!signer)
		check_note(c, s->id, "no authority that is configured has the key that signed it");
	else if (certificate_verify(&s->certificate, signer->certificate.key, NULL))
		check_note(c, s->id, "its signature is wrong");
}

static bool points_to(struct checking *c, unsigned table, struct bytes key, uint64_t id)
{
	struct bytes value;
	return store_get(c->txn, table, key, &value) == 0 && value.length == 8 &&
	       store_key_to_u64(value) == id;
}

static void check_indexes(struct checking *c, const struct check_subject *s)
{
	struct store_key expiry = index_time(s->certificate.not_after, s->id);
	struct store_key key = index_key(bytes_make(s->fingerprint, INDEX_HASH_SIZE), s->id);
	struct store_key print = index_key(BYTES_OF(s->print), s->id);
	if (!store_has(c->txn, TABLE_FINGERPRINTS, store_key_get(&print)))
		check_note(c, s->id, "the index of fingerprints does not have it");
	if (!points_to(c, TABLE_SERIALS, s->certificate.serial, s->id))
		check_note(c, s->id, "the index of serial numbers does not have it");
	for (size_t i = 0; i < s->name_count; i++) {
		struct store_key name = index_key(s->names[i], s->id);
		if (!store_has(c->txn, TABLE_NAMES, store_key_get(&name))) {
			check_note(c, s->id, "the index of names does not have all of its names");
			break;
		}
	}
	if (!store_has(c->txn, TABLE_KEYS, store_key_get(&key)))
		check_note(c, s->id, "the index of keys does not have it");
	if (!store_has(c->txn, TABLE_EXPIRY, store_key_get(&expiry)))
		check_note(c, s->id, "the index of ends does not have it");
}

static struct store_key revoked_place(const Signet__Db__Certificate *record, uint64_t id)
{
	struct store_key key = revoked_begin(record->issuer.data, record->shard, record->changed);
	store_key_u64(&key, id);
	return key;
}

static bool has_label(struct checking *c, enum index_label_kind kind, const char *text, uint64_t id)
{
	struct store_key key;
	return !*text || index_label(&key, kind, text, id) ||
	       store_has(c->txn, TABLE_LABELS, store_key_get(&key));
}

static void check_state(struct checking *c, const struct check_subject *s)
{
	const Signet__Db__Certificate *record = s->record;
	if (record->not_after != s->certificate.not_after)
		check_note(c, s->id, "its record has another end than it has itself");
	if (record->issuer.len != AUTHORITY_ISSUER_SIZE) {
		check_note(c, s->id, "its record does not say which key has signed it");
		return;
	}
	check_signature(c, s);
	struct store_key key = revoked_place(record, s->id);
	bool revoked = record->state == SIGNET_REVOKED || record->state == SIGNET_HELD;
	/* of one that has ended, the last CRL that tells of it takes the row away */
	if (revoked && s->certificate.not_after >= clock_now() &&
	    !store_has(c->txn, TABLE_REVOKED, store_key_get(&key)))
		check_note(c, s->id, "it is revoked or held, and no CRL will list it");
	if (revoked && !has_label(c, INDEX_CHANGED, record->state == SIGNET_HELD ? INDEX_HELD : INDEX_REVOKED, s->id))
		check_note(c, s->id, "the index of what was revoked does not have it");
	if (record->state > SIGNET_HELD)
		check_note(c, s->id, "its state is none that there is");
}

static int find_request(struct checking *c, uint64_t id, Signet__Db__Request **out)
{
	struct store_key key = store_key_number(id);
	struct bytes value;
	int result = store_get(c->txn, TABLE_REQUESTS, store_key_get(&key), &value);
	return result ? result : record_unpack_request(c->arena, value, out);
}

static void check_answered(struct checking *c, uint64_t id)
{
	Signet__Db__Request *request;
	int result = find_request(c, id, &request);
	if (result == SIGNET_E_NOT_FOUND)
		check_note(c, id, "the request that it answers is not there");
	if (result)
		return; /* a finding of its own table */
	if (request->state != SIGNET_REQUEST_ISSUED)
		check_note(c, id, "the request that it answers is not issued");
	if (!has_label(c, INDEX_AUTHORITY, request->authority, id) ||
	    !has_label(c, INDEX_PROFILE, request->profile, id) ||
	    !has_label(c, INDEX_REQUESTER, request->requester, id))
		check_note(c, id, "the index of requesters, profiles and authorities does not have it");
}

int check_certificate(struct checking *c)
{
	struct check_subject s = {.id = store_key_to_u64(c->key)};
	int result = read_subject(c, c->value, &s);
	if (result == SIGNET_E_CORRUPT) {
		check_note(c, s.id, "it cannot be read");
		return 0;
	}
	if (result)
		return result;
	check_state(c, &s);
	check_indexes(c, &s);
	check_answered(c, s.id);
	check_release(&s);
	return 0;
}

/* ---- requests ---- */

int check_request(struct checking *c)
{
	uint64_t id = store_key_to_u64(c->key);
	Signet__Db__Request *record;
	if (record_unpack_request(c->arena, c->value, &record)) {
		check_note(c, id, "it cannot be read");
		return 0;
	}
	bool issued = record->state == SIGNET_REQUEST_ISSUED;
	if (issued != has_number(c, TABLE_CERTIFICATES, id))
		check_note(c, id, issued ? "it is issued, and its certificate is not there"
		                         : "it is not issued, and has a certificate");
	bool pending = record->state == SIGNET_REQUEST_PENDING;
	if (pending != has_number(c, TABLE_PENDING, id))
		check_note(c, id, pending ? "it is pending, and the index of pending requests does not have it"
		                          : "it is not pending, and the index of pending requests has it");
	if (record->state > SIGNET_REQUEST_FAILED)
		check_note(c, id, "its state is none that there is");
	return 0;
}

int check_pending(struct checking *c)
{
	uint64_t id = store_key_to_u64(c->key);
	if (c->key.length != 8 || !has_number(c, TABLE_REQUESTS, id))
		check_note(c, id, "there is no such request");
	return 0;
}

int check_idempotency(struct checking *c)
{
	uint64_t id = store_key_to_u64(c->value);
	if (c->key.length != INDEX_HASH_SIZE || c->value.length != 8 ||
	    !has_number(c, TABLE_REQUESTS, id))
		check_note(c, id, "there is no such request");
	return 0;
}

/* ---- indexes ---- */

/* The certificate of an index's row; false after a finding, or with *result set. */
static bool find_subject(struct checking *c, uint64_t id, struct check_subject *out, int *result)
{
	*result = check_load(c, id, out);
	if (*result == SIGNET_E_NOT_FOUND)
		check_note(c, id, "there is no such certificate");
	if (*result == SIGNET_E_NOT_FOUND || *result == SIGNET_E_CORRUPT)
		*result = 0; /* the second is a finding of its own table */
	else if (*result == 0)
		return true;
	return false;
}

int check_serial(struct checking *c)
{
	uint64_t id = store_key_to_u64(c->value);
	struct check_subject s;
	int result = check_load(c, id, &s);
	if (result == SIGNET_E_NOT_FOUND)
		check_note(c, id, "there is no such certificate");
	if (result)
		return result == SIGNET_E_NOT_FOUND || result == SIGNET_E_CORRUPT ? 0 : result;
	if (!bytes_equal(s.certificate.serial, c->key))
		check_note(c, id, "the certificate has another serial number");
	check_release(&s);
	return 0;
}

/* What stands before an id at the end of a key; empty for one that is too short. */
static struct bytes prefix_of(struct bytes key, uint64_t *id)
{
	if (key.length <= 8)
		return BYTES_NONE;
	*id = store_key_to_u64(bytes_make(key.data + key.length - 8, 8));
	return bytes_make(key.data, key.length - 8);
}

/* Rows begin with a time that only they know. */
static bool row_agrees(struct bytes stored, struct bytes made)
{
	return stored.length == made.length && made.length >= 8 &&
	       memcmp(stored.data + 8, made.data + 8, made.length - 8) == 0;
}

int check_name(struct checking *c)
{
	uint64_t id = 0;
	struct bytes form = prefix_of(c->key, &id);
	struct check_subject s;
	int result;
	if (!find_subject(c, id, &s, &result))
		return result;
	bool has = false;
	for (size_t i = 0; !has && i < s.name_count; i++)
		has = bytes_equal(s.names[i], form);
	if (!has)
		check_note(c, id, "the certificate does not have the name");
	else if (!row_agrees(c->value, index_row_get(&s.name_row)))
		check_note(c, id, "the row does not say what the certificate says");
	check_release(&s);
	return 0;
}

int check_key(struct checking *c)
{
	uint64_t id = 0;
	struct bytes beginning = prefix_of(c->key, &id);
	struct check_subject s;
	int result;
	if (!find_subject(c, id, &s, &result))
		return result;
	if (!bytes_equal(bytes_make(s.fingerprint, INDEX_HASH_SIZE), beginning))
		check_note(c, id, "the certificate has another key");
	else if (!row_agrees(c->value, index_row_get(&s.key_row)))
		check_note(c, id, "the row does not say what the certificate says");
	check_release(&s);
	return 0;
}

int check_fingerprint(struct checking *c)
{
	uint64_t id = 0;
	struct bytes print = prefix_of(c->key, &id);
	struct check_subject s;
	int result;
	if (!find_subject(c, id, &s, &result))
		return result;
	if (!bytes_equal(BYTES_OF(s.print), print))
		check_note(c, id, "the certificate has another fingerprint");
	check_release(&s);
	return 0;
}

static bool is_label(struct bytes key, enum index_label_kind kind, const char *text, uint64_t id)
{
	struct store_key made;
	return *text && index_label(&made, kind, text, id) == 0 &&
	       bytes_equal(store_key_get(&made), key);
}

/* Whether its record says that it was ever revoked or held. */
static bool was_changed(struct checking *c, uint64_t id)
{
	enum { CHANGED = 6 }; /* of records.proto */
	struct scan_field fields[CHANGED + 1];
	struct store_key key = store_key_number(id);
	struct bytes value;
	return store_get(c->txn, TABLE_CERTIFICATES, store_key_get(&key), &value) == 0 &&
	       scan_record(value, CHANGED, fields) == 0 && fields[CHANGED].number;
}

int check_label(struct checking *c)
{
	uint64_t id = 0;
	Signet__Db__Request *request;
	prefix_of(c->key, &id);
	bool changed = is_label(c->key, INDEX_CHANGED, INDEX_REVOKED, id) ||
	               is_label(c->key, INDEX_CHANGED, INDEX_HELD, id);
	int result = has_number(c, TABLE_CERTIFICATES, id) ? find_request(c, id, &request)
	                                                   : SIGNET_E_NOT_FOUND;
	if (result == SIGNET_E_NOT_FOUND)
		check_note(c, id, "there is no such certificate");
	else if (changed && !was_changed(c, id))
		check_note(c, id, "the certificate was never revoked or held");
	else if (result == 0 && !changed && !is_label(c->key, INDEX_AUTHORITY, request->authority, id) &&
	         !is_label(c->key, INDEX_PROFILE, request->profile, id) &&
	         !is_label(c->key, INDEX_REQUESTER, request->requester, id))
		check_note(c, id, "the certificate has another requester, profile or authority");
	return 0;
}

int check_late(struct checking *c)
{
	uint64_t id = 0;
	struct bytes time = prefix_of(c->key, &id);
	Signet__Db__Request *request;
	if (!has_number(c, TABLE_CERTIFICATES, id))
		check_note(c, id, "there is no such certificate");
	else if (find_request(c, id, &request) == 0 &&
	         (time.length != 8 || (int64_t)store_key_to_u64(time) != request->resolved))
		check_note(c, id, "the certificate was issued at another time");
	return 0;
}

static int find_record(struct checking *c, uint64_t id, Signet__Db__Certificate **out)
{
	struct store_key key = store_key_number(id);
	struct bytes value;
	int result = store_get(c->txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	return result ? result : record_unpack_certificate(c->arena, value, out);
}

int check_expiry(struct checking *c)
{
	uint64_t id = 0;
	struct bytes time = prefix_of(c->key, &id);
	Signet__Db__Certificate *record;
	int result = find_record(c, id, &record);
	if (result == SIGNET_E_NOT_FOUND)
		check_note(c, id, "there is no such certificate");
	else if (result == 0 && (int64_t)store_key_to_u64(time) != record->not_after)
		check_note(c, id, "the certificate has another end");
	return 0;
}

int check_revoked(struct checking *c)
{
	struct revoked row;
	Signet__Db__Certificate *record;
	if (revoked_read_row(c->key, c->value, &row)) {
		check_note(c, 0, "it cannot be read");
		return 0;
	}
	int result = find_record(c, row.id, &record);
	if (result == SIGNET_E_NOT_FOUND)
		check_note(c, row.id, "there is no such certificate");
	if (result || record->issuer.len != AUTHORITY_ISSUER_SIZE)
		return 0;
	if (row.changed > revocation_read_generation(c->txn))
		check_note(c, row.id, "its state was changed by a revocation that there never was");
	struct store_key key = revoked_place(record, row.id);
	bool listed = record->state == SIGNET_REVOKED || record->state == SIGNET_HELD;
	if (!bytes_equal(store_key_get(&key), c->key))
		check_note(c, row.id, "the certificate's state changed at another time");
	else if (listed != (row.reason != REASON_REMOVE) || (listed && row.reason != record->reason))
		check_note(c, row.id, "the certificate is in another state");
	return 0;
}

/* ---- events and audit ---- */

int check_event(struct checking *c)
{
	struct record_event event;
	if (record_unpack_event(c->arena, c->value, &event))
		check_note(c, 0, "it cannot be read");
	else if (event.request && !has_number(c, TABLE_REQUESTS, event.request))
		check_note(c, event.request, "the request that it tells of is not there");
	return 0;
}

int check_letter(struct checking *c)
{
	struct record_letter letter;
	const uint8_t *end = c->key.length ? memchr(c->key.data, 0, c->key.length) : NULL;
	if (!end || c->key.length != (size_t)(end - c->key.data) + 9 ||
	    record_unpack_letter(c->value, &letter)) {
		check_note(c, 0, "it cannot be read");
		return 0;
	}
	if (!has_number(c, TABLE_EVENTS, store_key_to_u64(bytes_make(end + 1, 8))))
		check_note(c, 0, "its event is not there");
	return 0;
}

/* Nothing is ever taken from the audit trail. */
int check_audit(struct checking *c)
{
	struct error why = {0};
	uint64_t sequence = store_key_to_u64(c->key);
	if (sequence != c->previous + 1)
		check_note(c, 0, "records before it are missing");
	else if (audit_check(c->txn, sequence, c->value, &why) == SIGNET_E_CORRUPT)
		check_note(c, 0, why.message);
	return store_error(c->txn);
}
