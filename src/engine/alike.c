#include "engine/alike.h"

#include <assert.h>

#include "engine/database.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"
#include "pki/certificate.h"

/* Certificates of one key or name that are looked at. */
#define STEPS 10000
/* The newest requests come first. One that waited for an officer is issued later than others behind
 * it: so many that are older than the window end the walk. */
#define OLDER 1000

int alike_make(struct alike *out, struct arena *arena, const struct pubkey *key,
               struct bytes subject, const struct general_name *names, size_t count)
{
	struct bytes *forms;
	struct alike alike = {
		.arena = arena, .subject = subject, .names = names, .name_count = count};
	pubkey_fingerprint(key, alike.fingerprint);
	int result = index_names(arena, subject, names, count, &forms, &alike.form_count);
	if (result == 0)
		result = index_name_row(&alike.name_row, forms, alike.form_count);
	if (result == 0)
		result = index_key_row(&alike.key_row, alike.fingerprint, subject);
	if (result)
		return result;
	alike.forms = forms;
	*out = alike;
	return 0;
}

/* What tells apart those who have the same subject. */
int alike_prepare(struct alike *alike)
{
	struct bytes *alone, *alt;
	size_t alone_count;
	if (alike->prepared)
		return 0;
	int result = index_names(alike->arena, BYTES_NONE, alike->names, alike->name_count, &alt,
	                         &alike->alt_count);
	if (result == 0)
		result = index_names(alike->arena, alike->subject, NULL, 0, &alone, &alone_count);
	if (result == 0)
		result = index_name_row(&alike->subject_row, alone, alone_count);
	if (result)
		return result;
	alike->alt_forms = alt;
	alike->subject_form = alone_count ? alone[0] : BYTES_NONE;
	alike->prepared = true;
	return 0;
}

static bool is_of(struct bytes key, struct bytes prefix)
{
	return key.length == prefix.length + 8 &&
	       bytes_equal(bytes_make(key.data, prefix.length), prefix);
}

/* What is said of one certificate: its id and its row, which is empty when an earlier version has
 * stored it. Returns 0 to go on, *end to end the walk. */
typedef int (*look_function)(struct store_txn *txn, uint64_t id, struct bytes row, bool *end,
                             void *arg);

/* From new to old. SIGNET_E_TOO_BIG after STEPS. */
static int walk(struct store_txn *txn, unsigned table, struct bytes prefix, look_function look,
                void *arg)
{
	struct store_key behind = index_key(prefix, UINT64_MAX);
	struct store_cursor *cursor;
	bool end = false;
	int result = store_cursor_open(&cursor, txn, table);
	if (result)
		return result;
	result = store_seek_before(cursor, store_key_get(&behind));
	for (unsigned steps = 0; result == 0 && !end; steps++) {
		struct bytes key = store_cursor_key(cursor);
		if (!is_of(key, prefix))
			break;
		uint64_t id = store_key_to_u64(bytes_make(key.data + prefix.length, 8));
		result = steps == STEPS ? SIGNET_E_TOO_BIG
		                        : look(txn, id, store_cursor_value(cursor), &end, arg);
		if (result == 0 && !end)
			result = store_previous(cursor);
	}
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* ---- whose a key is ---- */

struct sharing {
	const struct alike *alike;
	bool shared;
};

/* The row of a certificate that was stored without one. */
static int read_key_row(struct store_txn *txn, struct arena *arena, uint64_t id,
                        struct index_row *out)
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
	result = index_key_row(out, fingerprint, certificate.subject);
	certificate_clear(&certificate);
	return result;
}

static bool has_one_of(struct store_txn *txn, uint64_t id, const struct bytes *forms, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		struct store_key name = index_key(forms[i], id);
		if (store_has(txn, TABLE_NAMES, store_key_get(&name)))
			return true;
	}
	return false;
}

/* Whether the certificate of my subject has no names but the subject's own. */
static bool is_subject_alone(struct store_txn *txn, const struct alike *alike, uint64_t id)
{
	struct store_key name = index_key(alike->subject_form, id);
	struct bytes row;
	return store_get(txn, TABLE_NAMES, store_key_get(&name), &row) == 0 &&
	       row.length >= 8 + INDEX_HASH_SIZE &&
	       memcmp(row.data + 8, alike->subject_row.data + 8, INDEX_HASH_SIZE) == 0;
}

/* Of one subject: a profile may give the same one to all, and then the names tell. Who has none is
 * known by the subject. */
static bool is_other(struct store_txn *txn, const struct alike *alike, uint64_t id)
{
	if (alike->subject_form.length == 0)
		return !has_one_of(txn, id, alike->forms, alike->form_count);
	return alike->alt_count && !has_one_of(txn, id, alike->alt_forms, alike->alt_count) &&
	       !is_subject_alone(txn, alike, id);
}

static int look_at_owner(struct store_txn *txn, uint64_t id, struct bytes row, bool *end, void *arg)
{
	struct sharing *sharing = arg;
	const struct alike *alike = sharing->alike;
	struct index_row read;
	if (row.length == 0) {
		int result = read_key_row(txn, alike->arena, id, &read);
		if (result)
			return result;
		row = index_row_get(&read);
	}
	struct bytes mine = index_row_get(&alike->key_row);
	if (!bytes_equal(index_row_key(row), index_row_key(mine)))
		return 0;
	struct bytes subject = index_row_subject(row), my_subject = index_row_subject(mine);
	sharing->shared = !bytes_equal(subject, my_subject) || is_other(txn, alike, id);
	*end = sharing->shared;
	return 0;
}

int alike_key_is_shared(struct store_txn *txn, const struct alike *alike, bool *shared)
{
	struct sharing sharing = {.alike = alike};
	assert(alike->prepared);
	int result = walk(txn, TABLE_KEYS, bytes_make(alike->fingerprint, INDEX_HASH_SIZE),
	                  look_at_owner, &sharing);
	if (result)
		return result;
	*shared = sharing.shared;
	return 0;
}

/* ---- counting ---- */

struct counting {
	struct bytes wanted; /* of the row, behind its time; empty: any */
	int64_t since;
	uint64_t max;
	uint64_t count;
	unsigned older;
};

static int look_at_time(struct store_txn *txn, uint64_t id, struct bytes row, bool *end, void *arg)
{
	struct counting *counting = arg;
	struct bytes wanted = counting->wanted;
	(void)txn, (void)id;
	if (row.length < 8 || (int64_t)store_key_to_u64(row) <= counting->since)
		counting->older++;
	else if (row.length >= 8 + wanted.length &&
	         bytes_equal(bytes_make(row.data + 8, wanted.length), wanted))
		counting->count++;
	*end = counting->count >= counting->max || counting->older == OLDER;
	return 0;
}

static int count(struct store_txn *txn, unsigned table, struct bytes prefix,
                 struct counting *counting)
{
	if (counting->max == 0)
		return 0;
	int result = walk(txn, table, prefix, look_at_time, counting);
	if (result == SIGNET_E_TOO_BIG) {
		counting->count = counting->max;
		return 0;
	}
	return result;
}

static int count_most(struct store_txn *txn, const struct alike *alike,
                      struct counting *counting)
{
	uint64_t most = 0;
	for (size_t i = 0; i < alike->form_count && most < counting->max; i++) {
		struct counting one = *counting;
		int result = count(txn, TABLE_NAMES, alike->forms[i], &one);
		if (result)
			return result;
		if (one.count > most)
			most = one.count;
	}
	counting->count = most;
	return 0;
}

int alike_count(struct store_txn *txn, const struct alike *alike, enum signet_likeness likeness,
                int64_t since, uint64_t max, uint64_t *out)
{
	struct counting counting = {.since = since, .max = max};
	int result = SIGNET_E_INVALID;
	switch (likeness) {
	case SIGNET_LIKE_KEY:
		counting.wanted = index_row_key(index_row_get(&alike->key_row));
		result = count(txn, TABLE_KEYS, bytes_make(alike->fingerprint, INDEX_HASH_SIZE),
		               &counting);
		break;
	case SIGNET_LIKE_NAMES:
		/* each of its names leads to all that have the same */
		counting.wanted = bytes_make(alike->name_row.data + 8, INDEX_HASH_SIZE);
		result = alike->form_count ? count(txn, TABLE_NAMES, alike->forms[0], &counting) : 0;
		break;
	case SIGNET_LIKE_NAME:
		result = count_most(txn, alike, &counting);
		break;
	}
	if (result == 0)
		*out = counting.count;
	return result;
}
