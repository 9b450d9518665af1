/*
 * What the tests of the import have in common: certificates as another CA has
 * issued them with the key of an authority.
 */
#ifndef TESTS_UNIT_ENGINE_IMPORT_WORLD_H
#define TESTS_UNIT_ENGINE_IMPORT_WORLD_H

#include "fixture.h"

#include "engine/import.h"

#define IMPORT_NOW 1800000000
#define IMPORT_DAY INT64_C(86400)

/* What one says. NULL and 0: as is usual. */
struct old_certificate {
	uint8_t serial;
	const char *name;       /* "dns:a.example.com" */
	const char *subject, *issuer;
	const struct key *signer;
	const char *point;      /* URI of its distribution point */
	int64_t not_before, not_after;
};
/* In the fixture's arena. */
struct bytes old_certificate(struct fixture *f, const struct old_certificate *old);

/* Imports these, with options set by the caller but for what is the same always; fails the test on
 * error. */
struct import_result import_these(struct fixture *f, struct import_order *order,
                                  const struct import_item *items, size_t count);
struct import_result import_one(struct fixture *f, struct bytes der);
/* Why one is refused; NULL: it is not. */
const char *import_refusal(struct fixture *f, struct bytes der);

#endif
