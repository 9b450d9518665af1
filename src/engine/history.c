#include "engine/history.h"

#include "api/draft.h"
#include "crypto/hash.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "pki/certificate.h"

/* Parts of a window that share one number. */
#define PARTS 60
/* Numbers that are of no use any more, taken away with each certificate beside as many as it may add. */
#define SWEEP 16
/* Certificates of one key that are looked at. */
#define KEY_STEPS 10000

/* A scope that a rule has counted. */
struct claim {
	struct claim *next;
	uint8_t hash[INDEX_HASH_SIZE]; /* of rule and scope */
	int64_t window;
	uint64_t below;  /* the rule relies on fewer than this; 0: on nothing */
};

/* A key that was said to be nobody else's. */
struct key_claim {
	struct key_claim *next;
	uint8_t fingerprint[32];
	struct index_owner owner;
	const struct bytes *names; /* index forms, where the subject is empty */
	size_t name_count;
};

struct history {
	struct arena *arena;
	struct database *database;
	int64_t now;
	struct draft_history interface;
	struct claim *claims;
	struct key_claim *keys;
};

/* ---- counting ---- */

static int64_t width_of(const struct claim *claim)
{
	return claim->window < PARTS ? 1 : claim->window / PARTS;
}

static struct store_key tally_key(const struct claim *claim, int64_t start)
{
	return index_key(BYTES_OF(claim->hash), start > 0 ? (uint64_t)start : 0);
}

static bool is_of(struct bytes key, struct bytes prefix)
{
	return key.length == prefix.length + 8 &&
	       bytes_equal(bytes_make(key.data, prefix.length), prefix);
}

/* All that is counted in the window and behind it: should the clock go back, nothing is
 * forgotten. */
static int sum(struct store_txn *txn, const struct claim *claim, int64_t now, uint64_t *out)
{
	struct store_key first = tally_key(claim, now - claim->window - width_of(claim) + 1);
	struct store_cursor *cursor;
	uint64_t total = 0;
	int result = store_cursor_open(&cursor, txn, TABLE_TALLIES);
	if (result)
		return result;
	for (result = store_seek(cursor, store_key_get(&first));
	     result == 0 && is_of(store_cursor_key(cursor), BYTES_OF(claim->hash));
	     result = store_next(cursor))
		total += store_key_to_u64(store_cursor_value(cursor));
	store_cursor_close(cursor);
	if (result && result != SIGNET_E_NOT_FOUND)
		return result;
	*out = total;
	return 0;
}

struct looking {
	const struct history *history;
	const struct claim *claim;
	uint64_t count;
};

static int look_at_count(struct store_txn *txn, void *arg)
{
	struct looking *looking = arg;
	return sum(txn, looking->claim, looking->history->now, &looking->count);
}

static int hash_scope(const char *rule, struct bytes scope, uint8_t out[INDEX_HASH_SIZE])
{
	uint8_t digest[HASH_SIZE_MAX];
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_CERTIFICATE);
	buffer_append_text(&text, rule);
	buffer_append_octet(&text, 0);
	buffer_append_bytes(&text, scope);
	if (text.error)
		return text.error;
	int result = hash_compute(HASH_SHA256, buffer_bytes(&text), digest);
	if (result == 0)
		memcpy(out, digest, INDEX_HASH_SIZE);
	return result;
}

/* The claim of this scope, which is made where there is none. */
static int find_claim(struct history *history, const uint8_t hash[INDEX_HASH_SIZE],
                      int64_t window, struct claim **out)
{
	struct claim *claim = history->claims;
	while (claim && memcmp(claim->hash, hash, INDEX_HASH_SIZE) != 0)
		claim = claim->next;
	if (!claim) {
		claim = arena_alloc(history->arena, sizeof *claim);
		if (!claim)
			return SIGNET_E_NOMEM;
		memcpy(claim->hash, hash, INDEX_HASH_SIZE);
		claim->window = window;
		claim->next = history->claims;
		history->claims = claim;
	}
	*out = claim;
	return claim->window == window ? 0 : SIGNET_E_INVALID;
}

static int count(void *arg, const char *rule, struct bytes scope, int64_t window, uint64_t max,
                 uint64_t *out)
{
	struct history *history = arg;
	struct looking looking = {.history = history};
	struct claim *claim;
	uint8_t hash[INDEX_HASH_SIZE];
	int result = hash_scope(rule, scope, hash);
	if (result == 0)
		result = find_claim(history, hash, window, &claim);
	if (result)
		return result;
	looking.claim = claim;
	result = store_read(database_store(history->database), look_at_count, &looking, NULL);
	if (result)
		return result;
	if (looking.count < max && (!claim->below || max < claim->below))
		claim->below = max;
	*out = looking.count;
	return 0;
}

static int check_count(struct store_txn *txn, const struct history *history,
                       const struct claim *claim)
{
	uint64_t now;
	if (!claim->below)
		return 0;
	int result = sum(txn, claim, history->now, &now);
	return result ? result : now < claim->below ? 0 : SIGNET_E_CONFLICT;
}

static void write_count(struct store_txn *txn, const struct history *history,
                        const struct claim *claim)
{
	int64_t width = width_of(claim), now = history->now > 0 ? history->now : 0;
	int64_t start = now - now % width;
	struct store_key key = tally_key(claim, start), end;
	struct bytes value;
	uint64_t before = 0;
	if (store_get(txn, TABLE_TALLIES, store_key_get(&key), &value) == 0) {
		before = store_key_to_u64(value);
	} else {
		store_key_begin(&end);
		store_key_u64(&end, (uint64_t)(start + width + claim->window));
		store_key_bytes(&end, store_key_get(&key));
		store_put(txn, TABLE_TALLY_ENDS, store_key_get(&end), BYTES_NONE);
	}
	struct store_key number = store_key_number(before + 1);
	store_put(txn, TABLE_TALLIES, store_key_get(&key), store_key_get(&number));
}

/* Takes away what has left its window, the oldest first. */
static void sweep(struct store_txn *txn, int64_t now, unsigned most)
{
	struct store_cursor *cursor;
	if (store_cursor_open(&cursor, txn, TABLE_TALLY_ENDS))
		return;
	int result = store_seek(cursor, BYTES_NONE);
	for (unsigned i = 0; result == 0 && i < most; i++) {
		struct bytes at = store_cursor_key(cursor);
		struct store_key end;
		if (at.length < 8 || (int64_t)store_key_to_u64(at) > now)
			break;
		store_key_begin(&end);
		store_key_bytes(&end, at);
		store_delete(txn, TABLE_TALLIES, bytes_make(end.data + 8, end.length - 8));
		store_delete(txn, TABLE_TALLY_ENDS, store_key_get(&end));
		result = store_next(cursor);
	}
	store_cursor_close(cursor);
}

/* ---- keys ---- */

struct key_looking {
	struct arena *arena;
	const struct key_claim *claim;
	bool shared;
};

/* A certificate that was stored before the index knew whose its key is: it says so itself. */
static int read_owner(struct store_txn *txn, struct arena *arena, uint64_t id,
                      struct index_owner *out)
{
	struct store_key key = store_key_number(id);
	struct Signet__Db__Certificate *record;
	struct certificate certificate = {0};
	struct bytes value;
	uint8_t fingerprint[32];
	int result = store_get(txn, TABLE_CERTIFICATES, store_key_get(&key), &value);
	if (result == 0)
		result = record_unpack_certificate(arena, value, &record);
	if (result == 0)
		result = certificate_parse(&certificate, arena,
		                           bytes_make(record->der.data, record->der.len), NULL);
	if (result)
		return SIGNET_E_CORRUPT;
	pubkey_fingerprint(certificate.key, fingerprint);
	result = index_owner_make(out, fingerprint, certificate.subject);
	certificate_clear(&certificate);
	return result;
}

static bool has_common_name(struct store_txn *txn, const struct key_claim *claim, uint64_t id)
{
	for (size_t i = 0; i < claim->name_count; i++) {
		struct store_key name = index_key(claim->names[i], id);
		if (store_has(txn, TABLE_NAMES, store_key_get(&name)))
			return true;
	}
	return false;
}

/* Whether this certificate is of the claim's key and another subject. */
static int is_of_another(struct store_txn *txn, struct key_looking *looking, uint64_t id,
                         struct bytes stored, bool *out)
{
	const struct key_claim *claim = looking->claim;
	struct index_owner owner = {.length = stored.length};
	int result = 0;
	if (stored.length == 0)
		result = read_owner(txn, looking->arena, id, &owner);
	else if (stored.length <= sizeof owner.data)
		memcpy(owner.data, stored.data, stored.length);
	if (result || owner.length > sizeof owner.data)
		return result ? result : SIGNET_E_CORRUPT;
	bool same_key = memcmp(owner.data, claim->owner.data, INDEX_HASH_SIZE) == 0;
	bool no_subject = owner.length == INDEX_HASH_SIZE && claim->owner.length == INDEX_HASH_SIZE;
	if (!same_key)
		*out = false;
	else if (no_subject)
		*out = !has_common_name(txn, claim, id);
	else
		*out = !bytes_equal(bytes_make(owner.data, owner.length),
		                    bytes_make(claim->owner.data, claim->owner.length));
	return 0;
}

static int look_at_key(struct store_txn *txn, void *arg)
{
	struct key_looking *looking = arg;
	struct bytes prefix = bytes_make(looking->claim->fingerprint, INDEX_HASH_SIZE);
	struct store_key first = index_key(prefix, 0);
	struct store_cursor *cursor;
	looking->shared = false;
	int result = store_cursor_open(&cursor, txn, TABLE_KEYS);
	if (result)
		return result;
	result = store_seek(cursor, store_key_get(&first));
	for (unsigned steps = 0; result == 0 && !looking->shared; steps++) {
		struct bytes at = store_cursor_key(cursor);
		if (!is_of(at, prefix))
			break;
		if (steps == KEY_STEPS)
			result = SIGNET_E_TOO_BIG;
		else
			result = is_of_another(txn, looking,
			                       store_key_to_u64(bytes_make(at.data + prefix.length, 8)),
			                       store_cursor_value(cursor), &looking->shared);
		if (result == 0)
			result = store_next(cursor);
	}
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int key_is_shared(void *arg, const struct pubkey *key, struct bytes subject,
                         const struct general_name *names, size_t name_count, bool *shared)
{
	struct history *history = arg;
	struct key_claim *claim = arena_alloc(history->arena, sizeof *claim);
	struct key_looking looking = {.arena = history->arena, .claim = claim};
	struct bytes *forms = NULL;
	if (!claim)
		return SIGNET_E_NOMEM;
	pubkey_fingerprint(key, claim->fingerprint);
	int result = index_owner_make(&claim->owner, claim->fingerprint, subject);
	if (result == 0 && name_is_empty(subject))
		result = index_names(history->arena, subject, names, name_count, &forms,
		                     &claim->name_count);
	claim->names = forms;
	if (result == 0)
		result = store_read(database_store(history->database), look_at_key, &looking, NULL);
	if (result)
		return result;
	if (!looking.shared) {
		claim->next = history->keys;
		history->keys = claim;
	}
	*shared = looking.shared;
	return 0;
}

/* What has become too much to look at is a conflict, too: the rule then hears of it. */
static int check_key(struct store_txn *txn, const struct history *history,
                     const struct key_claim *claim)
{
	struct key_looking looking = {.arena = history->arena, .claim = claim};
	int result = look_at_key(txn, &looking);
	return looking.shared || result == SIGNET_E_TOO_BIG ? SIGNET_E_CONFLICT : result;
}

/* ---- */

struct history *history_new(struct arena *arena, struct database *database, int64_t now)
{
	struct history *history = arena_alloc(arena, sizeof *history);
	if (!history)
		return NULL;
	*history = (struct history){.arena = arena, .database = database, .now = now};
	history->interface = (struct draft_history){count, key_is_shared, history};
	return history;
}

void history_attach(struct history *history, struct signet_draft *draft)
{
	signet_draft_set_history(draft, &history->interface);
}

int history_claim(struct store_txn *txn, const struct history *history)
{
	unsigned counted = 0;
	int result = 0;
	for (const struct claim *c = history->claims; result == 0 && c; c = c->next)
		result = check_count(txn, history, c);
	for (const struct key_claim *k = history->keys; result == 0 && k; k = k->next)
		result = check_key(txn, history, k);
	if (result)
		return store_fail(txn, result);
	for (const struct claim *c = history->claims; c; c = c->next, counted++)
		write_count(txn, history, c);
	if (counted)
		sweep(txn, history->now, SWEEP + counted);
	return store_error(txn);
}
