/*
 * The policy rule: judges a request before anything is signed.
 *
 * The engine has parsed the certification request and drafted a certificate
 * from the profile. It now calls check of each configured rule in order. A
 * rule reads the request, may change the draft, and says pass, hold or deny.
 * Deny ends the chain; hold is remembered and the chain goes on; a rule that
 * fails (returns an error) denies.
 *
 * A rule is pure and quick: what it knows is the request, the draft, what
 * was issued before (signet_draft_count, signet_draft_key_is_shared) and what
 * its configure made. check is called by several threads at once. A rule that
 * must start programs, connect or parse what comes from outside says `apart`:
 * it is then run in the adviser process, away from the keys.
 *
 * Which requests a rule judges is said by the key `when` of each (chain.h);
 * a request that no rule judges is denied.
 */
#ifndef SIGNET_API_POLICY_H
#define SIGNET_API_POLICY_H

#include "api/client.h"
#include "api/module.h"
#include "asn1/extension.h"
#include "asn1/name.h"
#include "crypto/key.h"

/* Named sets of requesters, of the configuration's `groups`. */
struct signet_groups;

/* What is asked for; read only. */
struct signet_request {
	uint64_t id;                  /* 0 while it is not stored */
	bool resubmitted;             /* an administrator approved or edited it */
	bool test;                    /* only the verdict is wanted: nothing will be issued */
	struct bytes csr;             /* DER */
	const char *profile;
	const char *authority;
	const char *intermediary;
	const char *protocol;
	const char *requester;
	const char *address;
	const struct signet_attribute *attributes;
	size_t attribute_count;
	int64_t submitted;            /* resubmitted: when that was */
	const char *const *approvers; /* officers who approved it as it is now: "uid 1000" */
	size_t approver_count;
	const struct signet_groups *groups; /* NULL: none */
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

/* Whether two names are those of one attribute. */
bool signet_attribute_is_same(const char *a, const char *b);

/* Whether a name, such as request->requester, fits a pattern: "*" stands for any octets, everything
 * else for itself; "@NAME" for what fits a pattern of that group. "" fits only "*" and "". Case counts,
 * as it does in names of accounts and users and in the local part of a mailbox (RFC 5321 section 2.4),
 * but for ASCII letters in the host behind the last "@" of a name. Takes time by the sum of both lengths,
 * whatever they are. */
bool signet_pattern_fits(const struct signet_groups *groups, const char *pattern,
                         const char *name);
/* Whether it fits one of them. */
bool signet_patterns_fit(const struct signet_groups *groups, const char *const *patterns,
                         size_t count, const char *name);
/* Reads a pattern or a list of patterns for a module's configure. An empty list, an empty pattern and
 * a group that does not exist (host->groups) are SIGNET_E_CONFIG. *out is freed with free(), its
 * strings are the document's. */
int signet_patterns_read(const char ***out, size_t *count, const struct signet_groups *groups,
                         const struct conf_node *node, struct error *err);

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
 * or LIMIT_EXTENSIONS extensions, or LIMIT_EXTENSIONS_REMOVED that are taken out. */
struct signet_draft;

struct arena *signet_draft_arena(struct signet_draft *draft);
struct bytes signet_draft_subject(const struct signet_draft *draft); /* Name */
int signet_draft_set_subject(struct signet_draft *draft, struct bytes name);
/* The attributes of the subject in their order, and their values in UTF-8. */
struct signet_subject {
	const struct name_part *parts;
	const char *const *texts;
	size_t count;
};
/* Read once while the subject stays the same, for all rules; in the draft's arena. SIGNET_E_BAD_NAME with
 * what is wrong, SIGNET_E_NOMEM. */
int signet_draft_read_subject(struct signet_draft *draft, struct signet_subject *out,
                              struct error *err);
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
/* Takes it out, also where it is not there yet but derived from the authority when the certificate is
 * made (authorityInfoAccess, cRLDistributionPoints); the key identifiers always stay. */
int signet_draft_remove_extension(struct signet_draft *draft, struct bytes oid);

/* How many certificates the rule that is running has counted under this scope (any octets) in the
 * last `window` seconds. The certificate at hand is counted when it is issued, in the same
 * transaction; *count does not hold it. A rule that goes on with *count below max may rely on it: when
 * others were counted in between so that max is reached, the engine judges anew. Counting is per
 * instance of the rule, by its name; counts of the last window/60 seconds share one number, so that
 * a count leaves the window up to so much late. A scope has one window: a rule with several begins
 * their scopes differently. SIGNET_E_INVALID for a window out of bounds or another one than before
 * for this scope, SIGNET_E_UNSUPPORTED in a rule that is run apart. */
#define SIGNET_WINDOW_MIN 60
#define SIGNET_WINDOW_MAX (INT64_C(3653) * 86400) /* 10 years */
int signet_draft_count(struct signet_draft *draft, struct bytes scope, int64_t window,
                       uint64_t max, uint64_t *count);
/* What certificates may have in common. */
enum signet_likeness {
	SIGNET_LIKE_KEY = 1, /* the key */
	SIGNET_LIKE_NAMES,   /* exactly the same names */
	SIGNET_LIKE_NAME,    /* a name: that of the draft's which most have */
};
/* How many certificates were issued in the last `window` seconds, by whatever rule's leave, that are
 * like this one: of this key, or of the draft's names as they are now. These are the alternative names
 * and each common name, whatever their spelling; where there are none, the whole subject. *count goes no
 * further than max. What is told below max is relied on as with signet_draft_count. SIGNET_E_INVALID
 * for a window out of bounds, SIGNET_E_UNSUPPORTED in a rule that is run apart. */
int signet_draft_count_like(struct signet_draft *draft, enum signet_likeness likeness,
                            const struct pubkey *key, int64_t window, uint64_t max,
                            uint64_t *count);
/* Whether a certificate of somebody else was issued for this key before: one with another subject than
 * the draft has now, or, since a profile may give one subject (or none) to all, with the same and
 * without a common alternative name, unless one of the two has none at all but its subject. What is told is looked at again in the transaction that stores the certificate. */
int signet_draft_key_is_shared(struct signet_draft *draft, const struct pubkey *key, bool *shared);

enum signet_decision { SIGNET_PASS, SIGNET_HOLD, SIGNET_DENY };
const char *signet_decision_name(enum signet_decision decision);

#define SIGNET_VERDICT_TEXT 256

/* Comes in as SIGNET_PASS. The message is shown to the client and stored. */
struct signet_verdict {
	enum signet_decision decision;
	enum signet_reason reason;
	unsigned approvals;           /* hold: lifted when so many officers have approved; 0 is 1 */
	char message[SIGNET_VERDICT_TEXT];
};

/* Fill the verdict and return 0, so that a rule may end with `return signet_deny(...)`. */
int signet_deny(struct signet_verdict *verdict, enum signet_reason reason, const char *format, ...)
	__attribute__((format(printf, 3, 4)));
int signet_hold(struct signet_verdict *verdict, const char *format, ...)
	__attribute__((format(printf, 2, 3)));

/* What an instance may know about its surroundings. Stands while configure runs; what its pointers
 * show stands as long as the instance. */
struct signet_policy_host {
	const char *name;                   /* of the instance */
	const char *state_directory;        /* relative file names of the configuration stand below it */
	const struct signet_groups *groups; /* never NULL */
};

struct signet_policy {
	struct signet_module module;
	/* node: the rule's map. *rule is the module's, immutable, freed by free. */
	int (*configure)(void **rule, const struct signet_policy_host *host,
	                 const struct conf_node *node, struct error *err);
	int (*check)(const void *rule, const struct signet_request *request,
	             struct signet_draft *draft, struct signet_verdict *verdict);
	void (*free)(void *rule);
	/* check is called in the adviser process, on a copy of request and draft; what it changes in the
	 * draft, and its verdict, travel back. It may not touch basicConstraints nor key identifiers.
	 * configure and free are called in both processes. The key `timeout`, where the module has it
	 * (default 10s, at most LIMIT_ADVICE_TIMEOUT seconds), says when the engine gives the check up, a
	 * little after the module itself should have. */
	bool apart;
	/* For rules that are apart; may be NULL. Called once after configure, in the adviser alone: reads
	 * the secrets and looks at the programs that the engine may not see. SIGNET_E_CONFIG. */
	int (*start)(void *rule, struct error *err);
};

#endif
