#include "engine/crl_source.h"

#include "engine/database.h"

static bool is_of(const struct revoked *row, const uint8_t *issuer, unsigned shard)
{
	return memcmp(row->issuer, issuer, AUTHORITY_ISSUER_SIZE) == 0 &&
	       (shard == 0 || row->shard == shard);
}

/* Rows of one shard stand together in the order of their changes: those before `from` are passed over
 * at once. */
static int each(struct store_cursor *cursor, const uint8_t *issuer, unsigned shard, uint64_t from,
                int (*visit)(void *arg, const struct revoked *row), void *arg)
{
	struct store_key key = revoked_begin(issuer, shard, from);
	int result = store_seek(cursor, store_key_get(&key));
	while (result == 0) {
		struct revoked row;
		result = revoked_read(cursor, &row);
		if (result || !is_of(&row, issuer, shard))
			break;
		if (row.changed < from) {
			key = revoked_begin(issuer, row.shard, from);
			result = store_seek(cursor, store_key_get(&key));
			continue;
		}
		result = visit(arg, &row);
		if (result == 0)
			result = store_next(cursor);
	}
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

int crl_rows_each(struct store_txn *txn, const uint8_t *issuer, unsigned shard, uint64_t from,
                  int (*visit)(void *arg, const struct revoked *row), void *arg)
{
	struct store_cursor *cursor;
	int result = store_cursor_open(&cursor, txn, TABLE_REVOKED);
	if (result)
		return result;
	result = each(cursor, issuer, shard, from, visit, arg);
	store_cursor_close(cursor);
	return result;
}

struct visiting {
	struct crl_rows *rows;
	crl_visitor *visitor;
	void *context;
};

static int visit_row(void *arg, const struct revoked *row)
{
	const struct visiting *visiting = arg;
	struct crl_rows *rows = visiting->rows;
	bool released = row->reason == CRL_REASON_REMOVE;
	if (!rows->delta && (released || row->not_after < rows->ended_before)) {
		rows->superfluous++;
		return 0;
	}
	const struct crl_entry entry = {row->serial, row->revoked, row->invalid, row->reason};
	return visiting->visitor(visiting->context, &entry);
}

int crl_rows_visit(void *arg, crl_visitor *visitor, void *context)
{
	struct crl_rows *rows = arg;
	struct visiting visiting = {rows, visitor, context};
	rows->superfluous = 0;
	return crl_rows_each(rows->txn, rows->issuer, rows->shard, rows->from, visit_row, &visiting);
}
