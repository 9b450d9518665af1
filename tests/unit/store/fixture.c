#include "fixture.h"

#include <ftw.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "store/lmdb_private.h"

static const struct store_table tables[] = {
	[PLAIN] = {"plain", 0},
	[GROWING] = {"growing", STORE_GROWING},
};

int fixture_setup(void **state)
{
	struct fixture *fixture = calloc(1, sizeof *fixture);
	const char *base = getenv("TMPDIR");
	if (!fixture)
		return -1;
	snprintf(fixture->directory, sizeof fixture->directory, "%s/signet-store-XXXXXX",
	         base && *base ? base : "/tmp");
	if (!mkdtemp(fixture->directory)) {
		free(fixture);
		return -1;
	}
	snprintf(fixture->path, sizeof fixture->path, "%s/db", fixture->directory);
	*state = fixture;
	return 0;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
	(void)info, (void)type, (void)at;
	return remove(path);
}

int fixture_teardown(void **state)
{
	struct fixture *fixture = *state;
	store_close(fixture->store);
	int result = nftw(fixture->directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	free(fixture);
	return result;
}

struct store_options fixture_options(const struct fixture *fixture)
{
	return (struct store_options){
		.path = fixture->path,
		.tables = tables,
		.table_count = TABLES,
		.schema = 1,
	};
}

void fixture_open(struct fixture *fixture)
{
	struct store_options options = fixture_options(fixture);
	if (store_open(&fixture->store, &options, &fixture->err))
		fail_msg("%s (%s)", fixture->err.message, fixture->err.detail);
}

void fixture_close(struct fixture *fixture)
{
	store_close(fixture->store);
	fixture->store = NULL;
}

void fixture_reopen(struct fixture *fixture)
{
	fixture_close(fixture);
	fixture_open(fixture);
}

struct entry {
	unsigned table;
	struct bytes key, value;
	int64_t length;
	char *text;
	size_t size;
};

static int put_entry(struct store_txn *txn, void *arg)
{
	const struct entry *entry = arg;
	return store_put(txn, entry->table, entry->key, entry->value);
}

static int get_entry(struct store_txn *txn, void *arg)
{
	struct entry *entry = arg;
	struct bytes value;
	int result = store_get(txn, entry->table, entry->key, &value);
	if (result)
		return result;
	entry->length = (int64_t)value.length;
	if (entry->size)
		snprintf(entry->text, entry->size, "%.*s", (int)value.length,
		         value.length ? (const char *)value.data : "");
	return 0;
}

int put_text(struct store *store, unsigned table, const char *key, const char *value)
{
	struct entry entry = {.table = table, .key = bytes_text(key), .value = bytes_text(value)};
	return store_write(store, put_entry, &entry, NULL);
}

const char *get_text(struct store *store, unsigned table, const char *key)
{
	static __thread char text[128];
	struct entry entry = {.table = table, .key = bytes_text(key), .text = text,
	                      .size = sizeof text};
	return store_read(store, get_entry, &entry, NULL) ? NULL : text;
}

int put_number(struct store *store, unsigned table, uint64_t key, struct bytes value)
{
	struct store_key number = store_key_number(key);
	struct entry entry = {.table = table, .key = store_key_get(&number), .value = value};
	return store_write(store, put_entry, &entry, NULL);
}

int64_t get_length(struct store *store, unsigned table, uint64_t key)
{
	struct store_key number = store_key_number(key);
	struct entry entry = {.table = table, .key = store_key_get(&number)};
	return store_read(store, get_entry, &entry, NULL) ? -1 : entry.length;
}

struct counting {
	unsigned table;
	uint64_t count;
};

static int count_table(struct store_txn *txn, void *arg)
{
	struct counting *counting = arg;
	counting->count = store_count(txn, counting->table);
	return store_error(txn);
}

uint64_t count_entries(struct store *store, unsigned table)
{
	struct counting counting = {.table = table};
	assert_int_equal(store_read(store, count_table, &counting, NULL), 0);
	return counting.count;
}

int fixture_failed(const char *file, int line, const char *condition)
{
	fprintf(stderr, "%s:%d: %s\n", file, line, condition);
	return SIGNET_E_INTERNAL;
}

void wait_for_queue(struct store *store, size_t count)
{
	for (;;) {
		size_t queued = 0;
		pthread_mutex_lock(&store->queue_lock);
		for (const struct write *write = store->queue; write; write = write->next)
			queued++;
		pthread_mutex_unlock(&store->queue_lock);
		if (queued >= count)
			return;
		sched_yield();
	}
}

int put_block(struct store *store, uint64_t number)
{
	static const uint8_t block[BLOCK];
	return put_number(store, GROWING, number, BYTES_OF(block));
}

void check_blocks(struct store *store, uint64_t count)
{
	assert_int_equal(count_entries(store, GROWING), count);
	for (uint64_t i = 0; i < count; i++)
		assert_int_equal(get_length(store, GROWING, i), BLOCK);
}

void open_with_one(struct fixture *fixture)
{
	fixture_open(fixture);
	assert_int_equal(put_text(fixture->store, PLAIN, "before", "v"), 0);
}
