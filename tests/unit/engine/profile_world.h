/*
 * What the tests of profiles have in common: an authority, a profile of it,
 * and a request to draft from.
 */
#ifndef TESTS_UNIT_ENGINE_PROFILE_WORLD_H
#define TESTS_UNIT_ENGINE_PROFILE_WORLD_H

#include "fixture.h"

#include "api/draft.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "pki/csr.h"

#define DAY 86400
#define NOW 1800000000

struct world {
	struct fixture f;
	struct profile profile;
	struct authority authority;   /* path length 0, 1000 days before and behind NOW */
	struct csr csr;
	struct signet_request request; /* its attributes, requester ... are the test's to set */
	struct signet_draft *draft;
	struct signet_verdict verdict;
};

int world_setup(void **state);
int world_teardown(void **state);
#define WORLD_TEST(name) cmocka_unit_test_setup_teardown(name, world_setup, world_teardown)

/* Lets the authority's chain allow another path length. */
void world_path_length(struct world *w, int length);

/* Loads the profile "p" from a map such as "{validity: 1d}", on line 1 of test.yaml. */
int world_load(struct world *w, const char *text, struct error *err);
void world_use(struct world *w, const char *text);
/* The profile is refused, with "test.yaml:1: p." and this in the message. */
void world_refuses(struct world *w, const char *text, const char *part);

enum signet_decision world_draft_wish(struct world *w, struct bytes csr, int64_t not_before,
                                      int64_t not_after);
/* Without wishes; denied: for this reason, with this in the message. */
void world_passes(struct world *w, struct bytes csr);
void world_denies(struct world *w, struct bytes csr, enum signet_reason reason,
                  const char *message);

/* An attribute of the submission; NULL takes it away. */
void world_attribute(struct world *w, const char *name, const char *value);

/* The draft's. */
const char *world_subject(const struct world *w);
/* "dns:a, ip:1.2.3.4" */
const char *world_names(const struct world *w);
const struct signet_draft_extension *world_extension(const struct world *w, struct bytes oid);
/* Its value as extension_describe shows it; NULL when it is not there. */
const char *world_shown(const struct world *w, struct bytes oid);

/* A request of w->f.key for a subject and names. */
#define CSR(w, subject, ...) fixture_csr((w)->f.arena, (w)->f.key, subject, __VA_ARGS__, NULL)
/* One with these extensions, no names. */
struct bytes world_csr(struct world *w, const char *subject, const struct extension *extensions,
                       size_t count);
/* An extension from hex. */
struct extension world_hex(struct world *w, struct bytes oid, const char *hex);

#endif
