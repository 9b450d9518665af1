/*
 * What the tests of the engine have in common: a state directory with a root
 * and an issuing authority, a configuration file, and requests.
 */
#ifndef TESTS_UNIT_ENGINE_FIXTURE_H
#define TESTS_UNIT_ENGINE_FIXTURE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/client.h"
#include "api/policy.h"
#include "engine/core.h"

#define FIXTURE_PATH 256

struct fixture {
	char directory[FIXTURE_PATH / 2];
	char config[FIXTURE_PATH];   /* the file's path */
	struct settings *settings;
	struct engine *engine;       /* NULL until fixture_open */
	struct arena *arena;
	struct key *key;             /* P-256, of the requests */
	struct key *root_key, *issuing_key;
	struct bytes root, issuing;  /* DER */
};

/* Profiles tls-server (open to the intermediary "acme") and closed (to none), the three rules. */
extern const char fixture_sections[];
/* The same without the key `policy`. */
extern const char fixture_profiles[];

/* Directory, authorities and the configuration with these sections; fails the test on error. */
void fixture_make(struct fixture *f, const char *sections);
/* Writes the configuration again with other sections; `authorities` comes with it. */
void fixture_configure(struct fixture *f, const char *sections);
void fixture_open(struct fixture *f);
void fixture_shut(struct fixture *f);
/* Closes and removes everything. */
void fixture_end(struct fixture *f);

void fixture_path(const struct fixture *f, const char *name, char out[FIXTURE_PATH]);
void fixture_write(const struct fixture *f, const char *name, const char *text);

/* What an authority's certificate is made of. */
struct fixture_authority {
	const char *subject;
	const struct key *key;
	const struct key *issuer_key;
	const char *issuer;
	unsigned key_usage;
	bool ca;
	int path_length;
	int64_t not_before, not_after;
	const struct name_constraints *constraints; /* NULL: none */
};
struct bytes fixture_certificate(struct arena *arena, const struct fixture_authority *a);
void fixture_write_pem(const struct fixture *f, const char *name, const struct bytes *ders,
                       size_t count);
void fixture_write_key(const struct fixture *f, const char *name, const struct key *key,
                       const char *passphrase);

/* A request for a subject ("" for none) and names such as "dns:a.example.com"; ended by NULL. */
struct bytes fixture_csr(struct arena *arena, const struct key *key, const char *subject, ...)
	__attribute__((sentinel));

/* A submission of the intermediary "acme" for the profile "tls-server". */
struct signet_submission fixture_submission(struct bytes csr, const char *idempotency_key);

/* Submits to f->engine with its current configuration. */
int fixture_submit(struct fixture *f, const struct signet_submission *submission,
                   struct signet_outcome *out, struct error *err);

/* Puts a rule with this check in place of the chain, until the next fixture_open. */
void fixture_use_rule(struct fixture *f,
                      int (*check)(const void *rule, const struct signet_request *request,
                                   struct signet_draft *draft, struct signet_verdict *verdict));

#endif
