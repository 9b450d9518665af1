/*
 * What the tests of the store share: a directory for each test, two tables,
 * and one-line reads and writes of texts.
 */
#ifndef SIGNET_TESTS_STORE_FIXTURE_H
#define SIGNET_TESTS_STORE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "store/store.h"

enum { PLAIN, GROWING, TABLES };

struct fixture {
	char directory[256];
	char path[300]; /* of the store, in the directory; not there at first */
	struct store *store;
	struct error err;
};

/* For cmocka_unit_test_setup_teardown; *state is a struct fixture. The teardown closes the store
 * and removes the directory. */
int fixture_setup(void **state);
int fixture_teardown(void **state);

struct store_options fixture_options(const struct fixture *fixture);
/* Opens it in fixture->store; fails the test when that fails. */
void fixture_open(struct fixture *fixture);
void fixture_close(struct fixture *fixture);
void fixture_reopen(struct fixture *fixture);

int put_text(struct store *store, unsigned table, const char *key, const char *value);
/* The value as a text in a static buffer of the thread; NULL when there is none. */
const char *get_text(struct store *store, unsigned table, const char *key);
uint64_t count_entries(struct store *store, unsigned table);

int put_number(struct store *store, unsigned table, uint64_t key, struct bytes value);
/* The length of the value, -1 when there is none. */
int64_t get_length(struct store *store, unsigned table, uint64_t key);

/* Blocks, numbered from 0, in the table GROWING. */
#define BLOCK 4000
int put_block(struct store *store, uint64_t number);
/* There are these and no others. */
void check_blocks(struct store *store, uint64_t count);
/* Opens a store with a text. */
void open_with_one(struct fixture *fixture);

/* The first failed check of a function that runs in a transaction, where cmocka's own must not
 * jump away. */
#define CHECK(condition) \
	do { \
		if (!(condition)) \
			return fixture_failed(__FILE__, __LINE__, #condition); \
	} while (0)
int fixture_failed(const char *file, int line, const char *condition);

/* Waits until so many writes stand in the queue. */
void wait_for_queue(struct store *store, size_t count);

#endif
