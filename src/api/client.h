/*
 * The config/request client: how an intermediary, the publisher and signetctl
 * speak to the engine. The way of one request:
 *
 *   1. An intermediary has read a protocol message and knows who asks. It
 *      fills a struct signet_submission and calls signet_submit.
 *   2. The engine checks proof of possession, drafts a certificate from the
 *      profile and runs the policy chain (policy.h).
 *   3. The outcome comes back: issued with certificate and chain, pending
 *      with a time to come again, or denied with a reason. A pending request
 *      is asked for again with signet_retrieve.
 *   4. What was issued waits in the event queue, from which the publisher
 *      feeds the exit modules (exit.h).
 *
 * Every function may be called by several threads at once. Results are
 * allocated in the caller's arena. The engine may be away for a moment (it
 * restarts): calls wait for it up to their time and then fail with
 * SIGNET_E_UNAVAILABLE or SIGNET_E_TIMEOUT.
 */
#ifndef SIGNET_API_CLIENT_H
#define SIGNET_API_CLIENT_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

struct signet_client;

/* socket: path of request.sock or admin.sock. Connects when it is first used. */
int signet_client_open(struct signet_client **out, const char *socket, struct error *err);
/* No call is under way. Accepts NULL. */
void signet_client_close(struct signet_client *client);
/* The calls under way, and all later ones, fail soon with SIGNET_E_STATE: for a stop that cannot
 * wait for them. */
void signet_client_cancel(struct signet_client *client);

/* The generations that the newest reply carried: configuration grows with every reload of the
 * engine's configuration, revocations with every revocation. What was kept of another generation
 * is stale. Take them before the call whose result is kept: taken after it they may be those of a
 * later reply to another thread, and what is stale already would pass for new. */
void signet_generations(struct signet_client *client, uint64_t *configuration,
                        uint64_t *revocations);

/* ---- config ---- */

/* A key that an authority has, or had. */
struct signet_authority_key {
	unsigned ordinal;         /* 1: its first */
	struct bytes issuer;      /* the beginning of SHA-256 over its SubjectPublicKeyInfo */
	const char *key;          /* "P-256" */
	int64_t not_before, not_after; /* of its certificate */
	int64_t revoked;          /* when it was; 0: it is not */
};

struct signet_authority {
	const char *name;
	const char *subject;      /* RFC 4514 */
	struct bytes certificate; /* DER */
	const char *key;          /* "P-256", "RSA-2048" */
	int64_t not_before;
	int64_t not_after;
	const char *base_url;     /* of CDP and AIA; "" when there is none */
	uint64_t issued;          /* certificates so far */
	/* values of the extensions under which it issues, its own and those of its issuers */
	const struct bytes *name_constraints;
	size_t name_constraint_count;
	struct signet_authority_key *keys; /* the oldest first, the present one last */
	size_t key_count;
	unsigned cross_certificates; /* how many are published beside its chain */
};

struct signet_profile {
	const char *name;
	const char *authority;
	int64_t validity;         /* seconds */
};

int signet_list_authorities(struct signet_client *client, struct arena *arena,
                            struct signet_authority **out, size_t *count, struct error *err);
int signet_list_profiles(struct signet_client *client, struct arena *arena,
                         struct signet_profile **out, size_t *count, struct error *err);
/* The authority's certificate first, then its issuers, the root last if the configuration has it. */
int signet_get_chain(struct signet_client *client, struct arena *arena, const char *authority,
                     struct bytes **out, size_t *count, struct error *err);

/* ---- request ---- */

struct signet_attribute {
	const char *name; /* compared without regard to case, spaces and hyphens */
	const char *value;
};

struct signet_submission {
	struct bytes csr;             /* PKCS#10, DER */
	const char *profile;
	const char *intermediary;     /* the instance's name: decides which profiles are open to it */
	const char *protocol;         /* "acme", "scep", "est", ... */
	const char *requester;        /* the authenticated identity; "" for none */
	const char *address;          /* of the client, text form */
	const struct signet_attribute *attributes; /* each name once */
	size_t attribute_count;
	/* The same key again (of the same intermediary) gives the first outcome and never a second
	 * certificate; with another csr it is SIGNET_E_CONFLICT. 1 to LIMIT_IDEMPOTENCY_KEY characters. */
	const char *idempotency_key;
	int64_t not_before;           /* wishes of the client, 0 for none; the profile and policy rule */
	int64_t not_after;
};

enum signet_disposition { SIGNET_ISSUED = 1, SIGNET_PENDING, SIGNET_DENIED, SIGNET_FAILED };

/* Why a request was denied, for the protocols to map. */
enum signet_reason {
	SIGNET_REASON_NONE,
	SIGNET_REASON_KEY,      /* algorithm, size, weak or blocked key */
	SIGNET_REASON_NAME,     /* subject or alternative name */
	SIGNET_REASON_VALIDITY,
	SIGNET_REASON_REQUEST,  /* the request's form */
	SIGNET_REASON_POLICY,   /* any other rule, an administrator's decision */
	SIGNET_REASON_INTERNAL, /* a rule failed */
	SIGNET_REASON_LIMIT,    /* too many of something in a while: later it may pass */
};
const char *signet_reason_name(enum signet_reason reason);

struct signet_outcome {
	enum signet_disposition disposition;
	uint64_t request_id;
	uint64_t certificate_id;   /* issued: the three are set */
	struct bytes serial;
	struct bytes certificate;  /* DER */
	struct bytes *chain;       /* the issuer first, without a self-signed root */
	size_t chain_count;
	enum signet_reason reason; /* denied, failed */
	const char *message;       /* fit for the client; "" for none */
	int64_t retry_after;       /* pending: seconds */
};

/* Returns 0 for every disposition. Errors say that there is none: SIGNET_E_BAD_REQUEST,
 * _BAD_KEY, _BAD_ALGORITHM, _BAD_NAME, _BAD_SIGNATURE (the csr itself; such requests are not stored),
 * _NOT_FOUND (profile), _PERMISSION (not open to this intermediary), _CONFLICT, _FULL,
 * _UNAVAILABLE, _TIMEOUT (come again with the same key). */
int signet_submit(struct signet_client *client, struct arena *arena,
                  const struct signet_submission *submission, struct signet_outcome *out,
                  struct error *err);
int signet_retrieve(struct signet_client *client, struct arena *arena, uint64_t request_id,
                    struct signet_outcome *out, struct error *err);

enum signet_certificate_state { SIGNET_VALID = 1, SIGNET_REVOKED, SIGNET_HELD, SIGNET_EXPIRED };

struct signet_certificate {
	uint64_t id;
	uint64_t request_id;
	struct bytes serial;
	struct bytes certificate;  /* DER; BYTES_NONE in lists */
	const char *authority;
	const char *profile;
	const char *subject;       /* RFC 4514 */
	const char **names;        /* "dns:example.com" */
	size_t name_count;
	int64_t not_before;
	int64_t not_after;
	enum signet_certificate_state state;
	const char *requester;
	int64_t revoked;           /* 0: it is not */
	unsigned revocation_reason; /* CRLReason (RFC 5280 section 5.3.1) */
	int64_t invalid;           /* since when it is invalid, as was said then; 0: nothing was */
};

/* SIGNET_E_NOT_FOUND. */
int signet_get_certificate_by_serial(struct signet_client *client, struct arena *arena,
                                     struct bytes serial, struct signet_certificate *out,
                                     struct error *err);
int signet_get_certificate_by_request(struct signet_client *client, struct arena *arena,
                                      uint64_t request_id, struct signet_certificate *out,
                                      struct error *err);
/* By the SHA-256 of its DER. */
int signet_get_certificate_by_fingerprint(struct signet_client *client, struct arena *arena,
                                          const uint8_t sha256[32], struct signet_certificate *out,
                                          struct error *err);
int signet_get_certificate_by_id(struct signet_client *client, struct arena *arena, uint64_t id,
                                 struct signet_certificate *out, struct error *err);

/* ---- OCSP (an intermediary) ---- */

struct signet_ocsp_response {
	struct bytes response;     /* OCSPResponse in DER: an answer, or an error of OCSP */
	int64_t this_update;       /* 0 for an error, as the next */
	int64_t next_update;
	bool cacheable;            /* it has no nonce and is no error: may be kept until next_update,
	                              or until one of the serials changes */
	struct bytes *serials;     /* that it speaks of */
	size_t serial_count;
};
/* Answers an OCSPRequest in DER, which the engine parses again, from what the database says now.
 * authority: whose certificates alone are answered for; "": all. */
int signet_answer_ocsp(struct signet_client *client, struct arena *arena, struct bytes request,
                       const char *authority, struct signet_ocsp_response *out,
                       struct error *err);

struct signet_revocation_changes {
	uint64_t generation;       /* pass it on as `after` */
	struct bytes *serials;     /* of certificates whose state has changed */
	size_t count;
	bool all;                  /* these are not all, or who signs has changed: forget every answer */
};
/* What has changed after this generation (0: none is known), waiting up to wait_ms for something. An engine
 * that goes meanwhile, or is away, is SIGNET_E_UNAVAILABLE at once. */
int signet_watch_revocations(struct signet_client *client, struct arena *arena, uint64_t after,
                             unsigned wait_ms, struct signet_revocation_changes *out,
                             struct error *err);

/* ---- events (the publisher) ---- */

struct signet_event; /* exit.h */

/* What an exit instance has done since it was started. */
struct signet_exit_counts {
	uint64_t published;        /* events, and letters that were sent back */
	uint64_t failed;           /* tries */
	uint64_t given_up;         /* events that went to the dead letters, again or for the first time */
};

struct signet_events_query {
	const char *consumer;      /* the exit instance's name */
	uint64_t kinds;            /* bit n: wanted events of kind n */
	uint64_t after;            /* behind this sequence; 0: behind the consumer's stored cursor */
	unsigned limit;
	unsigned wait_ms;          /* how long to wait for the first one */
	unsigned tries;            /* failures so far of the event at the head, and what the module said */
	const char *trouble;       /* last: for people to see; 0 and NULL while all is well */
	struct signet_exit_counts counts; /* so far: for people to see, too */
};

/* Events of the wanted kinds in their order. *last is the greatest sequence that was looked at,
 * wanted or not: pass it on as `after`, and to advance once all of them are done. count 0 is no
 * error. */
int signet_read_events(struct signet_client *client, struct arena *arena,
                       const struct signet_events_query *query, struct signet_event **out,
                       size_t *count, uint64_t *last, struct error *err);
/* Everything up to this sequence is done for this consumer; durable when it returns. */
int signet_advance_events(struct signet_client *client, const char *consumer, uint64_t sequence,
                          struct error *err);

/* ---- dead letters (the publisher) ---- */

/* This event cannot be published for this consumer, and the cursor may pass it: puts it on the
 * consumer's list, or back on it, where its tries are added up. Durable when it returns. reason:
 * what the module said, for people. SIGNET_E_TOO_BIG: the list is full (LIMIT_LETTERS). */
int signet_bury_event(struct signet_client *client, const char *consumer, uint64_t sequence,
                      unsigned tries, const char *reason, struct error *err);
/* Events of the list that are to be tried again, at most limit. */
int signet_read_letters(struct signet_client *client, struct arena *arena, const char *consumer,
                        unsigned limit, struct signet_event **out, size_t *count,
                        struct error *err);
/* One of those is published: it leaves the list. (One that failed is buried again.) */
int signet_settle_letter(struct signet_client *client, const char *consumer, uint64_t sequence,
                         struct error *err);

/* ---- administration (admin.sock) ---- */

enum signet_request_state {
	SIGNET_REQUEST_ISSUED = 1,
	SIGNET_REQUEST_PENDING,
	SIGNET_REQUEST_DENIED,
	SIGNET_REQUEST_FAILED,
};
const char *signet_request_state_name(enum signet_request_state state);
/* 0 for an unknown name. */
enum signet_request_state signet_request_state_from_name(const char *name);
const char *signet_certificate_state_name(enum signet_certificate_state state);
/* 0 for an unknown name. */
enum signet_certificate_state signet_certificate_state_from_name(const char *name);

struct signet_trace_step {
	const char *rule;
	unsigned decision;         /* enum signet_decision of policy.h */
	enum signet_reason reason;
	const char *message;
	const char *change;        /* what the rule changed in the draft; "" for nothing */
};

struct signet_request_extension {
	const char *oid;           /* dotted */
	const char *name;          /* "" when unknown */
	bool critical;
	struct bytes value;
	unsigned origin;           /* enum signet_origin of policy.h */
};

struct signet_request_info {
	uint64_t id;
	enum signet_request_state state;
	int64_t submitted;
	int64_t resolved;          /* 0 while pending */
	const char *profile, *authority, *intermediary, *protocol, *requester, *address;
	const char *subject;       /* RFC 4514 */
	const char **names;
	size_t name_count;
	const char *key;
	enum signet_reason reason;
	const char *message;
	uint64_t certificate_id;   /* 0 for none */
	struct bytes serial;
	struct bytes csr;          /* from here on: empty in lists */
	struct signet_attribute *attributes;
	size_t attribute_count;
	struct signet_trace_step *trace;
	size_t trace_count;
	struct signet_request_extension *extensions;
	size_t extension_count;
	int64_t not_before, not_after; /* of the draft; 0 when issued */
	const char *draft_subject; /* RFC 4514; "" when issued */
	const char **approvers;
	size_t approver_count;
	const char **void_approvers; /* whose approval was of an earlier draft, and does not count */
	size_t void_approver_count;
};

/* Newest first; before: only ids below it, 0 for all; state 0: all. *more: there is another page. */
int signet_list_requests(struct signet_client *client, struct arena *arena, uint64_t before,
                         unsigned limit, enum signet_request_state state,
                         struct signet_request_info **out, size_t *count, bool *more,
                         struct error *err);
/* Which requests, as for certificates; newest first. */
struct signet_request_query {
	enum signet_request_state state;
	const char *name;          /* of its certificate, or else of what it asks for */
	const char *profile, *requester, *intermediary;
	int64_t submitted_after, submitted_before;
	uint64_t before;
	bool reverse;
	unsigned limit;
	struct bytes place;
};
int signet_search_requests(struct signet_client *client, struct arena *arena,
                           const struct signet_request_query *query,
                           struct signet_request_info **out, size_t *count, struct bytes *place,
                           struct error *err);
int signet_show_request(struct signet_client *client, struct arena *arena, uint64_t id,
                        struct signet_request_info *out, struct error *err);
/* name: "" for all, else exactly this subjectAltName or common name. */
int signet_list_certificates(struct signet_client *client, struct arena *arena, uint64_t before,
                             unsigned limit, const char *name, struct signet_certificate **out,
                             size_t *count, bool *more, struct error *err);

/* Their order: the newest requests first, the soonest end first, the latest revocation first. */
enum signet_sort {
	SIGNET_SORT_ANY,           /* as the index that finds them has them */
	SIGNET_SORT_ISSUED,
	SIGNET_SORT_EXPIRES,
	SIGNET_SORT_REVOKED,       /* only what is revoked or held */
};
const char *signet_sort_name(enum signet_sort sort);
/* 0 for an unknown name: "issued", "expires", "revoked". */
enum signet_sort signet_sort_from_name(const char *name);

/* Which certificates: all that is said must be so. 0, NULL and "" say nothing. */
struct signet_certificate_query {
	const char *name;          /* a subjectAltName or common name; with one "*", which stands for any
	                              characters, a pattern for those of up to 64 characters */
	const char *serial;        /* the beginning of its hex digits */
	const uint8_t *key;        /* SHA-256 of the SubjectPublicKeyInfo: 32 octets */
	const char *requester, *profile, *authority;
	enum signet_certificate_state state;
	int64_t expires_after, expires_before; /* notAfter: from, and until before */
	int64_t issued_after, issued_before;
	uint64_t before;           /* ids below this one */
	enum signet_sort sort;
	bool reverse;
	unsigned limit;
	struct bytes place;        /* of the page before; empty: from the beginning */
};

/* A page: at most limit rows. The engine bounds what it looks at for one page, so that one may have few
 * rows or none although there are more. *place, in the arena: where the next page of the same query
 * goes on; empty at the end. */
int signet_search_certificates(struct signet_client *client, struct arena *arena,
                               const struct signet_certificate_query *query,
                               struct signet_certificate **out, size_t *count,
                               struct bytes *place, struct error *err);

/* Decisions on a pending request. reason: for the audit and, when denied, for the client; "" for
 * none; one line, at most LIMIT_REASON octets. SIGNET_E_STATE when it is not pending,
 * SIGNET_E_PERMISSION for who may not. After SIGNET_E_UNAVAILABLE and _TIMEOUT it may have been made
 * or not: signet_show_request says.
 *
 * Approve runs the chain again with the holds lifted that so many approvals lift; the outcome is
 * issued, denied, failed, or pending when another officer is needed. Approving twice is
 * SIGNET_E_EXISTS. When the configuration drafts another certificate than the one that is shown, it
 * is SIGNET_E_STATE: the request stays pending with the new draft, and all approvals are void. */
int signet_approve_request(struct signet_client *client, struct arena *arena, uint64_t id,
                           const char *reason, struct signet_outcome *out, struct error *err);
int signet_deny_request(struct signet_client *client, struct arena *arena, uint64_t id,
                        const char *reason, struct signet_outcome *out, struct error *err);

/* What an administrator changes in a pending request. Earlier approvals are void afterwards. */
struct signet_request_edit {
	const struct signet_attribute *attributes;   /* set; one with the value "" is removed */
	size_t attribute_count;
	const struct signet_request_extension *extensions; /* set: oid, critical, value */
	size_t extension_count;
	const char *const *removed;                  /* OIDs of extensions that are left out, dotted */
	size_t removed_count;
};
int signet_edit_request(struct signet_client *client, struct arena *arena, uint64_t id,
                        const struct signet_request_edit *edit, const char *reason,
                        struct error *err);

/* Judges a submission as if it came from the intermediary that it names ("": the first one to which
 * the profile is open), by its protocol ("": that intermediary's), and stores and signs nothing.
 * *out is as of a stored request: issued when it would be, with the extensions that would be
 * signed. Needs no idempotency key; errors of signet_submit. */
int signet_test_policy(struct signet_client *client, struct arena *arena,
                       const struct signet_submission *submission,
                       struct signet_request_info *out, struct error *err);

/* Revocation (RFC 5280 section 5.3.1). reason: CRLReason; certificateHold (6) may be released by
 * removeFromCRL (8). date: since when it is invalid, not to come; 0: not said. comment: for the audit
 * trail, as the reasons above. Repeating what is so already is no error; another reason or date
 * corrects it. SIGNET_E_NOT_FOUND, SIGNET_E_STATE (released but never held; held but revoked). */
#define SIGNET_REVOKE_UNSAID 256u /* a reason that is not given: unspecified, or what it is already */
int signet_revoke(struct signet_client *client, struct bytes serial, unsigned reason,
                  int64_t date, const char *comment, struct error *err);
/* "key-compromise", ... (RFC 5280 section 5.3.1, hyphenated); NULL for none. */
const char *signet_revocation_reason_name(unsigned reason);
/* -1 for an unknown name. */
int signet_revocation_reason_from_name(const char *name);

/* A CRL that is published. */
struct signet_crl {
	const char *authority;
	const char *file;          /* below public/crl/ of the state directory */
	unsigned shard;            /* 0: the complete one */
	bool delta;
	uint64_t number;
	uint64_t base;             /* delta: the number of the complete one that it adds to */
	int64_t this_update, next_update;
	uint64_t entries;
	uint64_t size;             /* octets */
};

/* How far the revocation of an authority's key is. */
struct signet_key_progress {
	const char *key;           /* "issuing", of a second key "issuing.k2" */
	int64_t revoked;           /* when the key was */
	uint64_t count;            /* certificates that were since, for the reason of now */
	bool finished;
};
/* Revokes a key of this authority (ordinal 1: its first, 0: the present one) for good: it issues no
 * certificates any more, and all that it has issued and that have not ended are revoked for this reason, by
 * the engine and over its restarts. It comes back at once; repeated, it says how far that is; with another
 * reason that is corrected, with all certificates that were revoked with the key.
 * SIGNET_E_NOT_FOUND; SIGNET_E_INVALID for certificateHold and removeFromCRL. */
int signet_revoke_authority(struct signet_client *client, struct arena *arena,
                            const char *authority, unsigned ordinal, unsigned reason,
                            const char *comment, struct signet_key_progress *out,
                            struct error *err);
/* Only how far that is; revoked is 0 when it is not. */
int signet_get_key_progress(struct signet_client *client, struct arena *arena,
                            const char *authority, unsigned ordinal,
                            struct signet_key_progress *out, struct error *err);

/* Publishes now, in place of when it is due, the CRLs of this authority ("": of all) and of its earlier
 * keys; delta: only the delta CRLs. *more: there were others that do not fit the answer.
 * SIGNET_E_NOT_FOUND: there is no such authority, or it publishes none; SIGNET_E_FULL, _IO. */
int signet_publish_crls(struct signet_client *client, struct arena *arena, const char *authority,
                        bool delta, struct signet_crl **out, size_t *count, bool *more,
                        struct error *err);
/* What is published, behind this place (BYTES_NONE: from the first on). *last: the place to go on from. */
int signet_list_crls(struct signet_client *client, struct arena *arena, struct bytes after,
                     unsigned limit, struct signet_crl **out, size_t *count, struct bytes *last,
                     bool *more, struct error *err);

struct signet_letter {
	const char *consumer;
	uint64_t sequence;
	unsigned kind;             /* enum signet_event_kind of exit.h */
	uint64_t request_id;
	const char *subject;
	int64_t time;              /* when it was given up */
	unsigned tries;
	const char *reason;
	bool retrying;             /* waits for the publisher */
};

/* The dead letters of a consumer ("" for all), by consumer and sequence, after this place. */
int signet_list_letters(struct signet_client *client, struct arena *arena, const char *consumer,
                        const char *after_consumer, uint64_t after, unsigned limit,
                        struct signet_letter **out, size_t *count, bool *more,
                        struct error *err);
/* One letter, or all of the consumer for sequence 0: back to the publisher, or away for good.
 * SIGNET_E_NOT_FOUND. */
int signet_retry_letters(struct signet_client *client, const char *consumer, uint64_t sequence,
                         uint64_t *moved, struct error *err);
int signet_drop_letters(struct signet_client *client, const char *consumer, uint64_t sequence,
                        uint64_t *moved, struct error *err);

/* What an exit that is configured no more left behind, and takes with it when it is forgotten. */
struct signet_forgotten {
	uint64_t waiting;          /* events that it had not come to, of whatever kind */
	uint64_t letters;
};
/* Forgets its place in the queue and its dead letters: an exit of this name begins anew. SIGNET_E_STATE
 * while it is configured, SIGNET_E_NOT_FOUND. */
int signet_forget_exit(struct signet_client *client, const char *consumer,
                       struct signet_forgotten *out, struct error *err);

/* Who signs OCSP answers about the certificates of one key of an authority. */
struct signet_ocsp_responder {
	const char *authority;
	const char *public_name;   /* of the key */
	bool delegated;            /* by a certificate of its own, else by the authority itself */
	const char *key;           /* "P-256"; "" when there is none yet */
	struct bytes serial;       /* of the certificate that signs; empty when there is none yet */
	int64_t not_before, not_after;
	int64_t renewal;           /* when it is made anew; 0: by hand */
	uint64_t answers;          /* since the engine was started */
	const char *trouble;       /* why it cannot be made or renewed; "": all is well */
};
struct signet_ocsp_status {
	struct signet_ocsp_responder *responders;
	size_t count;
	uint64_t answered;         /* requests, since the engine was started */
	uint64_t refused;          /* malformed, or not about an authority that is here */
};
int signet_get_ocsp_status(struct signet_client *client, struct arena *arena,
                           struct signet_ocsp_status *out, struct error *err);

struct signet_consumer_status {
	const char *name;
	uint64_t cursor;
	uint64_t waiting;          /* events behind the cursor */
	uint64_t dead;             /* letters on its list */
	uint64_t retrying;         /* of them on their way back */
	const char *trouble;       /* what its module said last, while it fails; "" for none */
	unsigned tries;            /* of the event at the head of its queue */
	struct signet_exit_counts counts; /* 0 until it was heard of */
	int64_t oldest;            /* time of the oldest event that waits; 0: none does */
};

/* The CRLs of a key of an authority: the complete one or all shards, or the delta CRLs of them. */
struct signet_crl_summary {
	const char *authority;     /* public name of the key: "issuing", of a second key "issuing.k2" */
	bool shards, delta;
	unsigned count;            /* that are published */
	unsigned stale;            /* past their nextUpdate, or missing */
	uint64_t number;           /* the lowest */
	uint64_t entries;          /* of all */
	int64_t this_update;       /* the oldest */
	int64_t next_update;       /* the first */
};

/* What a role has to do. */
struct signet_role_load {
	const char *role;          /* "engine", "gateway", "publisher", "adviser" */
	int64_t busy, queue;       /* what it is at work on, and what waits; -1: it has no such number */
	const uint32_t *done, *failed; /* in each of the last minutes, the one that runs first */
	size_t minute_count;
};

/* What the gateway says of itself. */
struct signet_gateway_load {
	unsigned threads, busy;    /* HTTP requests that can be served at once, and that are */
	unsigned connections;
	uint64_t requests, errors; /* since it was started, and those that were answered with 5xx */
	unsigned working, waiting; /* what the intermediaries do beside requests: under way, and waiting */
	unsigned prepared, doubtful; /* OCSP answers that are kept, and those of them that the engine is
	                                asked about first */
};

struct signet_status {
	const char *version;
	unsigned pid;
	int64_t started;
	uint64_t requests, certificates, pending, events;
	uint64_t database_used, database_file; /* octets */
	struct signet_consumer_status *consumers;
	size_t consumer_count;
	/* in each of the last minutes, the one that runs first */
	const uint32_t *issued, *denied;
	size_t minute_count;
	int64_t counted;           /* when the following were; 0: not yet */
	uint64_t valid, held, revoked, expired;
	uint64_t expiring_week, expiring_month; /* within 7 days, within 30 */
	struct signet_crl_summary *crls;
	size_t crl_count;
	uint64_t stale_crls;       /* in all */
	unsigned connections, admin_connections; /* on request.sock and admin.sock */
	struct signet_role_load *roles; /* those that something is known of now */
	size_t role_count;
	const struct signet_gateway_load *gateway; /* NULL: it has said nothing for a while */
	bool crls_busy;            /* the engine is at work on CRLs */
	uint64_t crls_failing;     /* what it failed at, and will try again */
	const uint32_t *ocsp_signed; /* answers in each of the last minutes */
	size_t ocsp_minute_count;
};
int signet_get_status(struct signet_client *client, struct arena *arena,
                      struct signet_status *out, struct error *err);

#endif
