#include "engine/database_stats.h"

#include "engine/record.h"

#define DAY 86400

struct measuring {
	int64_t now;
	struct database_stats *out;
};

static int64_t request_time(struct bytes value)
{
	return record_request_submitted(value);
}

/* The first and the last number of a table and their times; 0 where it is empty. */
struct ends {
	uint64_t first, last;
	int64_t oldest, newest;
};

static int find_ends(struct store_txn *txn, unsigned table, int64_t (*time_of)(struct bytes value),
                     struct ends *out)
{
	struct store_cursor *cursor;
	*out = (struct ends){0};
	int result = store_cursor_open(&cursor, txn, table);
	if (result)
		return result;
	result = store_next(cursor);
	if (result == 0) {
		out->first = store_key_to_u64(store_cursor_key(cursor));
		out->oldest = time_of(store_cursor_value(cursor));
		result = store_seek_before(cursor, BYTES_NONE);
	}
	if (result == 0) {
		out->last = store_key_to_u64(store_cursor_key(cursor));
		out->newest = time_of(store_cursor_value(cursor));
	}
	store_cursor_close(cursor);
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

/* How many requests were submitted since then, by halving: they stand in the order of their time. */
static int count_since(struct store_txn *txn, const struct ends *ends, int64_t since,
                       uint64_t *out)
{
	uint64_t low = ends->first, high = ends->last + 1; /* the first that counts is in between */
	struct store_cursor *cursor;
	*out = 0;
	if (ends->last == 0)
		return 0;
	int result = store_cursor_open(&cursor, txn, TABLE_REQUESTS);
	while (result == 0 && low < high) {
		uint64_t middle = low + (high - low) / 2;
		struct store_key key = store_key_number(middle);
		result = store_seek(cursor, store_key_get(&key));
		if (result == 0 && request_time(store_cursor_value(cursor)) < since)
			low = store_key_to_u64(store_cursor_key(cursor)) + 1;
		else if (result == 0)
			high = middle;
	}
	if (result == 0)
		*out = ends->last + 1 - low;
	return result == SIGNET_E_NOT_FOUND ? 0 : result;
}

static int measure(struct store_txn *txn, void *arg)
{
	const struct measuring *measuring = arg;
	struct database_stats *out = measuring->out;
	struct ends requests, events;
	int result = store_count_pages(txn, &out->pages);
	for (unsigned i = 0; result == 0 && i < TABLE_COUNT; i++)
		result = store_table_stats(txn, i, &out->tables[i]);
	if (result == 0)
		result = find_ends(txn, TABLE_REQUESTS, request_time, &requests);
	if (result == 0)
		result = find_ends(txn, TABLE_EVENTS, record_event_time, &events);
	if (result == 0)
		result = count_since(txn, &requests, measuring->now - DAY, &out->requests_day);
	if (result == 0)
		result = count_since(txn, &requests, measuring->now - 7 * DAY, &out->requests_week);
	if (result)
		return result;
	out->oldest_request = requests.oldest;
	out->newest_request = requests.newest;
	out->oldest_event = events.oldest;
	out->newest_event = events.newest;
	return 0;
}

int database_measure(struct database *database, int64_t now, struct database_stats *out,
                     struct error *err)
{
	struct measuring measuring = {now, out};
	return store_read(database_store(database), measure, &measuring, err);
}
