#include "engine/notices.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "crypto/hash.h"
#include "engine/audit.h"
#include "engine/counters.h"
#include "engine/record.h"

struct notice {
	struct record_event event;
	uint64_t sequence;
};

static int write_notice(struct store_txn *txn, void *arg)
{
	struct notice *notice = arg;
	return events_append_record(txn, &notice->event, &notice->sequence);
}

int notices_raise(struct engine *engine, enum signet_event_kind kind, struct error *err)
{
	struct notice notice = {{kind, clock_now(), 0, "", BYTES_NONE, 0, false}, 0};
	int result = store_write(database_store(engine->database), write_notice, &notice, err);
	if (result == 0)
		events_announce(engine->events, notice.sequence);
	return result;
}

/* The authorities of a configuration against those that are remembered. */
struct comparing {
	const struct configuration *configuration;
	bool differ;
	uint64_t sequence; /* of the last event; 0 for none */
};

#define DIGEST_SIZE 32
#define MEMORY_SIZE COUNTER_AUTHORITY_SIZE
_Static_assert(MEMORY_SIZE == DIGEST_SIZE + AUTHORITY_ISSUER_SIZE, "a digest and an issuer");

/* An authority as it is, and as it was when it was looked at last. */
struct change {
	const struct authority *authority;
	uint8_t now[MEMORY_SIZE], before[MEMORY_SIZE];
	bool known; /* there is a before */
};

static struct store_key key_of(const char *what, const struct authority *authority)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, bytes_text(what));
	store_key_bytes(&key, bytes_text(authority->name));
	return key;
}

static bool change_differs(const struct change *change)
{
	return !change->known || memcmp(change->now, change->before, MEMORY_SIZE) != 0;
}

static int compare(struct store_txn *txn, const struct authority *authority, struct change *out)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct store_key key = key_of(COUNTER_AUTHORITY, authority);
	struct bytes known;
	*out = (struct change){.authority = authority};
	int result = hash_compute(HASH_SHA256, authority->certificate.der, digest);
	if (result)
		return result;
	memcpy(out->now, digest, DIGEST_SIZE);
	memcpy(out->now + DIGEST_SIZE, authority->issuer, AUTHORITY_ISSUER_SIZE);
	result = store_get(txn, TABLE_COUNTERS, store_key_get(&key), &known);
	if (result == 0 && known.length == MEMORY_SIZE) {
		memcpy(out->before, known.data, MEMORY_SIZE);
		out->known = true;
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* Which cross certificates it has, and had when it was looked at last. */
struct crossing {
	const struct authority *authority;
	uint8_t now[LIMIT_CROSS * DIGEST_SIZE];
	size_t length;
	struct bytes before; /* the transaction's */
};

static int compare_cross(struct store_txn *txn, const struct authority *authority,
                         struct crossing *out, bool *differs)
{
	uint8_t digest[HASH_SIZE_MAX];
	struct store_key key = key_of(COUNTER_CROSS, authority);
	*out = (struct crossing){.authority = authority};
	for (size_t i = 0; i < authority->cross_count; i++) {
		int result = hash_compute(HASH_SHA256, authority->cross[i], digest);
		if (result)
			return result;
		memcpy(out->now + out->length, digest, DIGEST_SIZE);
		out->length += DIGEST_SIZE;
	}
	int result = store_get(txn, TABLE_COUNTERS, store_key_get(&key), &out->before);
	if (result)
		out->before = BYTES_NONE;
	*differs = !bytes_equal(out->before, bytes_make(out->now, out->length));
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int look(struct store_txn *txn, void *arg)
{
	struct comparing *comparing = arg;
	const struct configuration *c = comparing->configuration;
	comparing->differ = false;
	for (size_t i = 0; i < c->authority_count; i++) {
		struct change change;
		int result = compare(txn, &c->authorities[i], &change);
		if (result)
			return result;
		struct crossing crossing;
		bool crossed;
		result = compare_cross(txn, &c->authorities[i], &crossing, &crossed);
		if (result)
			return result;
		comparing->differ = comparing->differ || crossed || change_differs(&change);
	}
	return 0;
}

/* "certificate SHA-256, key ISSUER" */
static void describe_memory(const uint8_t memory[MEMORY_SIZE], struct buffer *out)
{
	buffer_append_text(out, "certificate ");
	hex_encode(out, bytes_make(memory, DIGEST_SIZE));
	buffer_append_text(out, ", key ");
	hex_encode(out, bytes_make(memory + DIGEST_SIZE, AUTHORITY_ISSUER_SIZE));
}

static int audit_change(struct store_txn *txn, const struct change *change)
{
	_cleanup_buffer_ struct buffer before = BUFFER_MAX(LIMIT_AUDIT_DETAIL);
	_cleanup_buffer_ struct buffer after = BUFFER_MAX(LIMIT_AUDIT_DETAIL);
	enum audit_action action = AUDIT_AUTHORITY_ADDED;
	if (change->known) {
		action = memcmp(change->now + DIGEST_SIZE, change->before + DIGEST_SIZE,
		                AUTHORITY_ISSUER_SIZE) ? AUDIT_AUTHORITY_ROLLED
		                                       : AUDIT_AUTHORITY_RENEWED;
		describe_memory(change->before, &before);
	}
	describe_memory(change->now, &after);
	const struct audit_entry entry = {
		.time = clock_now(),
		.action = action,
		.actor = "engine",
		.detail = change->authority->name,
		.before = change->known ? buffer_text(&before) : NULL,
		.after = buffer_text(&after),
	};
	if (before.error || !entry.after)
		return SIGNET_E_NOMEM;
	return audit_append(txn, &entry);
}

/* "certificate SHA-256, certificate SHA-256" */
static void describe_cross(struct bytes digests, struct buffer *out)
{
	for (size_t at = 0; at + DIGEST_SIZE <= digests.length; at += DIGEST_SIZE) {
		buffer_append_text(out, at ? ", certificate " : "certificate ");
		hex_encode(out, bytes_make(digests.data + at, DIGEST_SIZE));
	}
}

static int write_cross(struct store_txn *txn, const struct crossing *crossing)
{
	_cleanup_buffer_ struct buffer before = BUFFER_MAX(LIMIT_AUDIT_DETAIL);
	_cleanup_buffer_ struct buffer after = BUFFER_MAX(LIMIT_AUDIT_DETAIL);
	struct store_key key = key_of(COUNTER_CROSS, crossing->authority);
	struct bytes now = bytes_make(crossing->now, crossing->length);
	describe_cross(crossing->before, &before);
	describe_cross(now, &after);
	const struct audit_entry entry = {
		.time = clock_now(),
		.action = AUDIT_AUTHORITY_CROSSED,
		.actor = "engine",
		.detail = crossing->authority->name,
		.before = before.length ? buffer_text(&before) : NULL,
		.after = after.length ? buffer_text(&after) : NULL,
	};
	if (before.error || after.error)
		return SIGNET_E_NOMEM;
	store_put(txn, TABLE_COUNTERS, store_key_get(&key), now);
	return audit_append(txn, &entry);
}

static int write_change(struct store_txn *txn, const struct change *change, uint64_t *sequence)
{
	const struct authority *authority = change->authority;
	struct store_key key = key_of(COUNTER_AUTHORITY, authority);
	struct record_event event = {SIGNET_EVENT_CA_CERTIFICATE, clock_now(), 0, authority->name,
	                             authority->certificate.der, 0, false};
	store_put(txn, TABLE_COUNTERS, store_key_get(&key), BYTES_OF(change->now));
	events_append_record(txn, &event, sequence);
	return audit_change(txn, change);
}

static int write_authorities(struct store_txn *txn, void *arg)
{
	struct comparing *comparing = arg;
	const struct configuration *c = comparing->configuration;
	comparing->sequence = 0;
	for (size_t i = 0; i < c->authority_count; i++) {
		struct change change;
		int result = compare(txn, &c->authorities[i], &change);
		if (result == 0 && change_differs(&change))
			result = write_change(txn, &change, &comparing->sequence);
		struct crossing crossing;
		bool crossed = false;
		if (result == 0)
			result = compare_cross(txn, &c->authorities[i], &crossing, &crossed);
		if (result == 0 && crossed)
			result = write_cross(txn, &crossing);
		if (result)
			return result;
	}
	return store_error(txn);
}

int notices_authorities(struct engine *engine, struct error *err)
{
	struct configuration *c = configuration_take(engine->holder);
	struct comparing comparing = {.configuration = c};
	struct store *store = database_store(engine->database);
	int result = store_read(store, look, &comparing, err);
	if (result == 0 && comparing.differ)
		result = store_write(store, write_authorities, &comparing, err);
	configuration_release(engine->holder, c);
	if (result == 0 && comparing.sequence)
		events_announce(engine->events, comparing.sequence);
	return result;
}
