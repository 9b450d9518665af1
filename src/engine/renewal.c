#include "engine/renewal.h"

#include "asn1/oid.h"
#include "engine/alike.h"
#include "engine/records.pb-c.h"
#include "pki/certificate.h"

/* Entries of an index that are looked at, and certificates that are read for it. */
#define LOOKS 64
#define LOADS 16

struct search {
	struct arena *arena;
	const struct stored *old;
	struct alike alike;
	int64_t not_after; /* of the old one */
	int64_t now;
	unsigned loads;
	bool found;
};

static int read_alike(struct arena *arena, const struct certificate *certificate,
                      struct alike *out)
{
	const struct extension *e = certificate_extension(certificate, OID_SUBJECT_ALT_NAME);
	struct general_name *names = NULL;
	size_t count = 0;
	int result = e ? subject_alt_name_decode(arena, e->value, &names, &count, NULL) : 0;
	return result ? result : alike_make(out, arena, certificate->key, certificate->subject, names,
	                                    count);
}

static int begin(struct search *s)
{
	const Signet__Db__Certificate *record = s->old->certificate;
	struct certificate certificate = {0};
	int result = certificate_parse(&certificate, s->arena,
	                               bytes_make(record->der.data, record->der.len), NULL);
	if (result == 0)
		result = read_alike(s->arena, &certificate, &s->alike);
	s->not_after = certificate.not_after;
	certificate_clear(&certificate);
	return result;
}

static bool is_good(const struct search *s, const struct stored *stored)
{
	struct certificate certificate = {0};
	const Signet__Db__Certificate *record = stored->certificate;
	if (!record || record->state != 0 ||
	    strcmp(stored->request->profile, s->old->request->profile) != 0)
		return false;
	bool good = certificate_parse(&certificate, s->arena,
	                              bytes_make(record->der.data, record->der.len), NULL) == 0 &&
	            certificate.not_after > s->not_after && certificate.not_after > s->now &&
	            certificate.not_before <= s->now;
	certificate_clear(&certificate);
	return good;
}

static unsigned count_common(struct store_txn *txn, const struct alike *alike, uint64_t id)
{
	unsigned count = 0;
	for (size_t i = 0; i < alike->form_count; i++) {
		struct store_key name = index_key(alike->forms[i], id);
		count += store_has(txn, TABLE_NAMES, store_key_get(&name));
	}
	return count;
}

/* by_key: it was found by its key, else by a name. */
static void look_at(struct store_txn *txn, struct search *s, uint64_t id, struct bytes row, bool by_key)
{
	struct stored stored;
	unsigned common = id == s->old->id ? 0 : count_common(txn, &s->alike, id);
	bool same_key = by_key && bytes_equal(index_row_key(row),
	                                      index_row_key(index_row_get(&s->alike.key_row)));
	if (common == 0 || (!same_key && common < s->alike.form_count) || s->loads == LOADS)
		return;
	s->loads++;
	s->found = database_load(txn, s->arena, id, &stored) == 0 && is_good(s, &stored);
}

/* From new to old. */
static void walk(struct store_txn *txn, struct search *s, unsigned table, struct bytes prefix)
{
	struct store_key behind = index_key(prefix, UINT64_MAX);
	struct store_cursor *cursor;
	if (store_cursor_open(&cursor, txn, table))
		return;
	int result = store_seek_before(cursor, store_key_get(&behind));
	for (unsigned i = 0; result == 0 && !s->found && i < LOOKS; i++) {
		struct bytes key = store_cursor_key(cursor);
		if (key.length != prefix.length + 8 ||
		    !bytes_equal(bytes_make(key.data, prefix.length), prefix))
			break;
		look_at(txn, s, store_key_to_u64(bytes_make(key.data + prefix.length, 8)),
		        store_cursor_value(cursor), table == TABLE_KEYS);
		result = store_previous(cursor);
	}
	store_cursor_close(cursor);
}

int renewal_exists(struct store_txn *txn, struct arena *arena, const struct stored *stored,
                   int64_t now, bool *out)
{
	struct search search = {.arena = arena, .old = stored, .now = now};
	*out = false;
	if (!stored->certificate || begin(&search) || search.alike.form_count == 0)
		return 0;
	walk(txn, &search, TABLE_NAMES, search.alike.forms[0]);
	if (!search.found)
		walk(txn, &search, TABLE_KEYS, bytes_make(search.alike.fingerprint, INDEX_HASH_SIZE));
	*out = search.found;
	return store_error(txn);
}
