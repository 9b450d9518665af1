/*
 * The policy rule: judges a request before anything is signed.
 *
 * The engine has parsed the certification request and drafted a certificate
 * from the profile. It now calls check of each configured rule in order. A
 * rule reads the request, may change the draft, and says pass, hold or deny.
 * Deny ends the chain; hold is remembered and the chain goes on; a rule that
 * fails (returns an error) denies.
 *
 * A rule is pure and quick: what it knows is the request, the draft and what
 * its configure made. check is called by several threads at once.
 */
#ifndef SIGNET_API_POLICY_H
#define SIGNET_API_POLICY_H

#include "api/client.h"
#include "api/module.h"
#include "asn1/extension.h"
#include "crypto/key.h"

/* What is asked for; read only. */
struct signet_request {
	uint64_t id;                  /* 0 while it is not stored */
	bool resubmitted;             /* an administrator approved or edited it */
	struct bytes csr;             /* DER */
	const char *profile;
	const char *authority;
	const char *intermediary;
	const char *protocol;
	const char *requester;
	const char *address;
	const struct signet_attribute *attributes;
	size_t attribute_count;
	int64_t submitted;
	/* of the certification request, whose possession is proven */
	const struct pubkey *key;
	struct bytes subject;         /* Name */
	const struct general_name *alt_names;
	size_t alt_name_count;
	const struct extension *extensions;
	size_t extension_count;
};

/* The attribute's value; NULL when it is not there. */
const char *signet_request_attribute(const struct signet_request *request, const char *name);

/* Where a part of the draft comes from. */
enum signet_origin {
	SIGNET_ORIGIN_REQUEST = 1,
	SIGNET_ORIGIN_PROFILE,
	SIGNET_ORIGIN_POLICY,
	SIGNET_ORIGIN_ADMIN,
	SIGNET_ORIGIN_ENGINE,
};
const char *signet_origin_name(enum signet_origin origin);

/* The certificate to be. What is set is copied into the draft's arena and takes the origin of the
 * one who sets it. Setters return 0, SIGNET_E_NOMEM, or SIGNET_E_TOO_BIG over LIMIT_SAN_COUNT names
 * or LIMIT_EXTENSIONS extensions. */
struct signet_draft;

struct arena *signet_draft_arena(struct signet_draft *draft);
struct bytes signet_draft_subject(const struct signet_draft *draft); /* Name */
int signet_draft_set_subject(struct signet_draft *draft, struct bytes name);
int64_t signet_draft_not_before(const struct signet_draft *draft);
int64_t signet_draft_not_after(const struct signet_draft *draft);
int signet_draft_set_validity(struct signet_draft *draft, int64_t not_before, int64_t not_after);
/* subjectAltName as a list; it is encoded when the certificate is built. */
const struct general_name *signet_draft_alt_names(const struct signet_draft *draft,
                                                  size_t *count);
int signet_draft_set_alt_names(struct signet_draft *draft, const struct general_name *names,
                               size_t count);
/* All other extensions. */
struct signet_draft_extension {
	struct extension extension;
	enum signet_origin origin;
};
const struct signet_draft_extension *signet_draft_extensions(const struct signet_draft *draft,
                                                             size_t *count);
/* Adds the extension, or replaces the one with its OID. subjectAltName is refused
 * (SIGNET_E_INVALID): use signet_draft_set_alt_names. */
int signet_draft_set_extension(struct signet_draft *draft, const struct extension *extension);
int signet_draft_remove_extension(struct signet_draft *draft, struct bytes oid);

enum signet_decision { SIGNET_PASS, SIGNET_HOLD, SIGNET_DENY };
const char *signet_decision_name(enum signet_decision decision);

#define SIGNET_VERDICT_TEXT 256

/* Comes in as SIGNET_PASS. The message is shown to the client and stored. */
struct signet_verdict {
	enum signet_decision decision;
	enum signet_reason reason;
	char message[SIGNET_VERDICT_TEXT];
};

/* Fill the verdict and return 0, so that a rule may end with `return signet_deny(...)`. */
int signet_deny(struct signet_verdict *verdict, enum signet_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int signet_hold(struct signet_verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

struct signet_policy {
	struct signet_module module;
	/* node: the rule's map. *rule is the module's, immutable, freed by free. */
	int (*configure)(void **rule, const struct conf_node *node, struct error *err);
	int (*check)(const void *rule, const struct signet_request *request,
	             struct signet_draft *draft, struct signet_verdict *verdict);
	void (*free)(void *rule);
};

#endif
