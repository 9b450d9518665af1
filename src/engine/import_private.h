/*
 * What the files of the import share.
 */
#ifndef SIGNET_ENGINE_IMPORT_PRIVATE_H
#define SIGNET_ENGINE_IMPORT_PRIVATE_H

#include "engine/import.h"

/* One that was read and verified, and is ready for the database. */
struct import_subject {
	const struct import_item *item;
	size_t at;                   /* its place in the order */
	struct database_entry entry;
	const struct authority *key; /* that has signed it */
};

/* Reads, verifies and prepares one, in the arena. ended: it is over at this time, and the order leaves
 * such out. SIGNET_E_NOMEM; other errors say why it is refused. */
int import_read(struct import_subject *out, struct arena *arena,
                const struct configuration *configuration, const struct import_order *order,
                size_t at, int64_t now, bool *ended, struct error *err);

/* Calls look for the keys of the authority ("": of all) whose name this is until it returns 0: the key is
 * *out. SIGNET_E_NOT_FOUND: no authority has the name; else what look said of the last one. */
int import_find_key(const struct configuration *configuration, const char *authority,
                    struct bytes issuer, int (*look)(const struct authority *key, void *arg),
                    void *arg, const struct authority **out);

#endif
