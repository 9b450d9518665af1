#include "base/clock.h"
#include "base/log.h"
#include "engine/crl_record.h"
#include "engine/ocsp.h"
#include "engine/scan.h"

/* CRLReason (RFC 5280 section 5.3.1). */
#define REASON_KEY_COMPROMISE 1
#define REASON_CA_COMPROMISE 2
#define REASON_HOLD 6

#define RESPONSE_MAX 65536

/* A request on its way to an answer. */
struct asking {
	struct ocsp *ocsp;
	struct arena *arena;
	const char *authority;
	bool at_once; /* no responder is made for it */
	struct ocsp_request request;
	const struct responder *responder;
	struct crl_issuer_mark mark; /* of the authority's key, in the snapshot of the answer */
	struct ocsp_single *singles;
	int64_t now;
};

static int take_error(struct asking *a, enum ocsp_result result, struct ocsp_answered *out)
{
	ocsp_count(a->ocsp, false);
	*out = (struct ocsp_answered){.response = ocsp_error_response(result)};
	return 0;
}

/* The responder for all CertIDs of the request: one response has one signer. NULL for none. */
static struct responder *find_responder(const struct asking *a, const struct ocsp_set *set)
{
	for (size_t i = 0; i < set->count; i++) {
		struct responder *r = &set->items[i];
		size_t matching = 0;
		if (*a->authority && strcmp(a->authority, r->authority->name) != 0)
			continue;
		while (matching < a->request.count && responder_is_for(r, &a->request.ids[matching]))
			matching++;
		if (matching == a->request.count)
			return r;
		if (matching)
			return NULL;
	}
	return NULL;
}

/* Fields of its record (records.proto). */
enum { DER = 1, STATE = 2, REVOKED = 3, REASON = 4, ISSUER = 7, NOT_AFTER = 9, WITH_KEY = 13,
       LAST = WITH_KEY };

/* The record of a certificate by its serial number, within the transaction. SIGNET_E_NOT_FOUND. */
static int find_record(struct store_txn *txn, struct bytes serial,
                       struct scan_field out[LAST + 1])
{
	struct bytes value;
	if (serial.length == 0)
		return SIGNET_E_NOT_FOUND;
	int result = store_get(txn, TABLE_SERIALS, serial, &value);
	if (result)
		return result;
	struct store_key key = store_key_number(store_key_to_u64(value));
	result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	if (result == 0)
		result = scan_record(value, LAST, out);
	return result == SIGNET_E_NOT_FOUND ? SIGNET_E_CORRUPT : result;
}

static bool is_revoked(const struct scan_field *record)
{
	return record[STATE].number == SIGNET_REVOKED || record[STATE].number == SIGNET_HELD;
}

/* A serial that this key has not given: other keys may have the same. */
static void fill_unissued(const struct asking *a, struct ocsp_single *single)
{
	single->status = OCSP_UNKNOWN;
	if (!a->responder->authority->ocsp.unissued_revoked)
		return;
	/* RFC 6960 section 2.2 */
	single->status = OCSP_REVOKED;
	single->revoked = 0;
	single->reason = REASON_HOLD;
}

/* A certificate whose key is revoked is as its batch will leave it (revoke_key.h), also before that. */
static void fill_marked(const struct asking *a, const struct scan_field *record,
                        struct ocsp_single *single)
{
	if (!a->mark.revoked || (int64_t)record[NOT_AFTER].number < a->mark.revoked ||
	    (record[STATE].number == SIGNET_REVOKED && !record[WITH_KEY].number))
		return;
	if (single->status != OCSP_REVOKED)
		single->revoked = a->mark.revoked;
	single->status = OCSP_REVOKED;
	single->reason = a->mark.reason;
}

static int fill_single(struct store_txn *txn, const struct asking *a, size_t at)
{
	const struct authority *authority = a->responder->authority;
	struct ocsp_single *single = &a->singles[at];
	struct scan_field record[LAST + 1];
	*single = (struct ocsp_single){.cert_id = a->request.ids[at].der, .status = OCSP_GOOD};
	int result = find_record(txn, a->request.ids[at].serial, record);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	if (result || !bytes_equal(record[ISSUER].octets, BYTES_OF(authority->issuer))) {
		fill_unissued(a, single);
		return 0;
	}
	if (is_revoked(record)) {
		single->status = OCSP_REVOKED;
		single->revoked = (int64_t)record[REVOKED].number;
		single->reason = (unsigned)record[REASON].number;
	}
	fill_marked(a, record, single);
	if (authority->ocsp.cutoff)
		single->cutoff = a->now - authority->ocsp.cutoff;
	return 0;
}

static bool is_compromise(unsigned reason)
{
	return reason == REASON_KEY_COMPROMISE || reason == REASON_CA_COMPROMISE;
}

/* A key that is compromised: nothing that bears its signature is to be believed, also what this engine
 * knows nothing of (RFC 6960 section 2.7). */
static void revoke_since(const struct asking *a, int64_t since)
{
	for (size_t i = 0; i < a->request.count; i++) {
		struct ocsp_single *single = &a->singles[i];
		if (single->status == OCSP_REVOKED && single->revoked <= since)
			continue;
		single->status = OCSP_REVOKED;
		single->revoked = since;
		single->reason = REASON_CA_COMPROMISE;
	}
}

/* That is known of a key that is marked, or of an authority whose certificate this engine has issued. */
static int revoke_all(struct store_txn *txn, const struct asking *a)
{
	const struct certificate *own = &a->responder->authority->certificate;
	struct scan_field record[LAST + 1];
	if (a->mark.revoked && is_compromise(a->mark.reason))
		revoke_since(a, a->mark.revoked);
	int result = find_record(txn, own->serial, record);
	if (result)
		return result == SIGNET_E_NOT_FOUND ? 0 : result;
	if (bytes_equal(record[DER].octets, own->der) && is_revoked(record) &&
	    is_compromise((unsigned)record[REASON].number))
		revoke_since(a, (int64_t)record[REVOKED].number);
	return 0;
}

static int fill_singles(struct store_txn *txn, void *arg)
{
	struct asking *a = arg;
	int result = crl_issuer_mark(txn, a->responder->authority->issuer, &a->mark);
	for (size_t i = 0; result == 0 && i < a->request.count; i++)
		result = fill_single(txn, a, i);
	return result ? result : revoke_all(txn, a);
}

static int64_t find_next_update(const struct asking *a)
{
	int64_t next = a->now + a->responder->authority->ocsp.validity;
	return next < a->responder->not_after ? next : a->responder->not_after;
}

static int sign(struct asking *a, struct ocsp_answered *out, struct error *err)
{
	_cleanup_buffer_ struct buffer response = BUFFER_MAX(RESPONSE_MAX);
	const struct ocsp_answer answer = {
		.singles = a->singles, .count = a->request.count, .produced = a->now,
		.this_update = a->now, .next_update = find_next_update(a),
		.extended = a->responder->authority->ocsp.unissued_revoked,
		.nonce = a->request.nonce};
	struct ocsp_answered made = {.this_update = answer.this_update,
	                             .next_update = answer.next_update,
	                             .cacheable = a->request.nonce.length == 0};
	int result = ocsp_response_build(&response, a->responder->signer, &answer, err);
	if (result)
		return result;
	made.serials = arena_array(a->arena, a->request.count, sizeof *made.serials);
	if (!made.serials || arena_bytes(a->arena, buffer_bytes(&response), &made.response))
		return error_nomem(err);
	for (; made.serial_count < a->request.count; made.serial_count++)
		made.serials[made.serial_count] = a->request.ids[made.serial_count].serial;
	*out = made;
	return 0;
}

static int answer(struct asking *a, struct responder *responder, struct ocsp_answered *out,
                  struct error *err)
{
	a->responder = responder;
	a->now = clock_now();
	a->singles = arena_array(a->arena, a->request.count, sizeof *a->singles);
	if (!a->singles)
		return error_nomem(err);
	if (a->now >= responder->not_after)
		return take_error(a, OCSP_TRY_LATER, out);
	int result = store_read(database_store(ocsp_engine(a->ocsp)->database), fill_singles, a, err);
	if (result == 0)
		result = sign(a, out, err);
	if (result == 0) {
		atomic_fetch_add(&responder->answers, 1);
		ocsp_count(a->ocsp, true);
		measures_signed(ocsp_engine(a->ocsp)->measures);
	}
	return result;
}

/* With the set that there is; SIGNET_E_STATE: the responder has to be made first. */
static int try(struct asking *a, struct ocsp_set *set, struct ocsp_answered *out,
               struct error *err)
{
	struct responder *responder = find_responder(a, set);
	if (!responder)
		return take_error(a, OCSP_UNAUTHORIZED, out);
	if (responder->signer)
		return answer(a, responder, out, err);
	struct error why = {0};
	if (a->at_once)
		return SIGNET_E_STATE;
	if (ocsp_make(a->ocsp, responder->authority, &why))
		return take_error(a, OCSP_TRY_LATER, out);
	return SIGNET_E_STATE;
}

int ocsp_answer_at_once(struct ocsp *ocsp, struct arena *arena, struct bytes request,
                        const char *authority, struct ocsp_answered *out, struct error *err)
{
	struct asking a = {.ocsp = ocsp, .arena = arena, .authority = authority, .at_once = true};
	if (ocsp_request_parse(&a.request, request, NULL))
		return take_error(&a, OCSP_MALFORMED_REQUEST, out);
	struct ocsp_set *set = ocsp_take(ocsp);
	int result = try(&a, set, out, err);
	ocsp_release(ocsp, set);
	return result;
}

int ocsp_answer(struct ocsp *ocsp, struct arena *arena, struct bytes request,
                const char *authority, struct ocsp_answered *out, struct error *err)
{
	struct asking a = {.ocsp = ocsp, .arena = arena, .authority = authority};
	if (ocsp_request_parse(&a.request, request, NULL))
		return take_error(&a, OCSP_MALFORMED_REQUEST, out);
	int result = SIGNET_E_STATE;
	for (unsigned i = 0; i < 2 && result == SIGNET_E_STATE; i++) {
		struct ocsp_set *set = ocsp_take(ocsp);
		result = try(&a, set, out, err);
		ocsp_release(ocsp, set);
	}
	return result == SIGNET_E_STATE ? take_error(&a, OCSP_TRY_LATER, out) : result;
}
