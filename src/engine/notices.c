#include "engine/notices.h"

#include "base/clock.h"
#include "crypto/hash.h"
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

/* "authority:NAME" -> SHA-256 of its certificate */
static struct store_key memory_key(const struct authority *authority)
{
	struct store_key key;
	store_key_begin(&key);
	store_key_bytes(&key, bytes_text("authority:"));
	store_key_bytes(&key, bytes_text(authority->name));
	return key;
}

static int compare(struct store_txn *txn, const struct authority *authority,
                   uint8_t digest[HASH_SIZE_MAX], bool *differs)
{
	struct store_key key = memory_key(authority);
	struct bytes known;
	int result = hash_compute(HASH_SHA256, authority->certificate.der, digest);
	if (result)
		return result;
	result = store_get(txn, TABLE_COUNTERS, store_key_get(&key), &known);
	*differs = result || !bytes_equal(known, bytes_make(digest, hash_size(HASH_SHA256)));
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int look(struct store_txn *txn, void *arg)
{
	struct comparing *comparing = arg;
	const struct configuration *c = comparing->configuration;
	uint8_t digest[HASH_SIZE_MAX];
	comparing->differ = false;
	for (size_t i = 0; i < c->authority_count; i++) {
		bool differs;
		int result = compare(txn, &c->authorities[i], digest, &differs);
		if (result)
			return result;
		comparing->differ = comparing->differ || differs;
	}
	return 0;
}

static int write_authorities(struct store_txn *txn, void *arg)
{
	struct comparing *comparing = arg;
	const struct configuration *c = comparing->configuration;
	uint8_t digest[HASH_SIZE_MAX];
	comparing->sequence = 0;
	for (size_t i = 0; i < c->authority_count; i++) {
		const struct authority *authority = &c->authorities[i];
		struct store_key key = memory_key(authority);
		struct record_event event = {SIGNET_EVENT_CA_CERTIFICATE, clock_now(), 0,
		                             authority->name, authority->certificate.der, 0,
		                             false};
		bool differs;
		int result = compare(txn, authority, digest, &differs);
		if (result)
			return result;
		if (!differs)
			continue;
		store_put(txn, TABLE_COUNTERS, store_key_get(&key),
		          bytes_make(digest, hash_size(HASH_SHA256)));
		events_append_record(txn, &event, &comparing->sequence);
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
