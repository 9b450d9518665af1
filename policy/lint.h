/*
 * The checks of the rule `lint` and what they look at. Private to its files.
 *
 * A check is one line in a table and one function. It is asked about drafts
 * of its scope only, and leaves alone what it has no opinion about.
 */
#ifndef SIGNET_POLICY_LINT_H
#define SIGNET_POLICY_LINT_H

#include "api/policy.h"
#include "asn1/name.h"

/* What a certificate is for; a draft may be several of them. */
enum lint_scope {
	LINT_ANY = 1,
	LINT_LEAF = 2,    /* no certification authority */
	LINT_CA = 4,
	LINT_SERVER = 8,  /* a leaf for TLS servers, or good for everything */
	LINT_CODE = 16,   /* a leaf that signs code */
	LINT_MAIL = 32,   /* a leaf that protects mail */
};

/* What a draft has: a check that looks for what is wrong with it is asked only where it is there. */
enum lint_fact {
	LINT_HAS_DNS = 1 << 0,            /* among the alternative names, as the next three */
	LINT_HAS_IP = 1 << 1,
	LINT_HAS_EMAIL = 1 << 2,
	LINT_HAS_URI = 1 << 3,
	LINT_HAS_ODD_NAME = 1 << 4,       /* a dns that is no plain host name, or an email */
	LINT_HAS_SUBJECT = 1 << 5,        /* a part of one */
	LINT_HAS_SUBJECT_MORE = 1 << 6,   /* beside common names */
	LINT_HAS_SUBJECT_ODD = 1 << 7,    /* a part that is not printable ASCII in a usual string type,
	                                     has blanks around it or shares its RDN */
	LINT_HAS_BASIC = 1 << 8,          /* extensions */
	LINT_HAS_KEY_USAGE = 1 << 9,
	LINT_HAS_PURPOSES = 1 << 10,
	LINT_HAS_PURPOSE_MORE = 1 << 11,  /* beside those of TLS */
	LINT_HAS_POLICIES = 1 << 12,
	LINT_HAS_CRL = 1 << 13,
	LINT_HAS_ACCESS = 1 << 14,
	LINT_HAS_EXTENSION_MORE = 1 << 15, /* beside those above but for LINT_HAS_ACCESS */
	LINT_HAS_RSA = 1 << 16,           /* such a key */
};

#define LINT_DETAIL 160

/* The draft, read once. */
struct lint {
	struct arena *arena;
	const struct pubkey *key;
	unsigned scopes;             /* enum lint_scope */
	unsigned facts;              /* enum lint_fact */
	int64_t now, not_before, not_after;
	struct bytes subject;
	const struct name_part *parts;
	const char *const *texts;    /* of the parts, in UTF-8 */
	size_t part_count;
	const struct general_name *names; /* subjectAltName; not checked */
	size_t name_count;
	const struct signet_draft_extension *extensions;
	size_t extension_count;
	unsigned key_usage;          /* 0: there is no such extension */
	struct bytes *purposes;      /* of extKeyUsage */
	size_t purpose_count;        /* 0: there is no such extension */
	struct policy_information *policies;
	size_t policy_count;
	struct bytes *crl_uris;
	size_t crl_count;
	struct access_description *access;
	size_t access_count;
	char detail[LINT_DETAIL];    /* what the check that is running found */
};

#define LINT_BROKEN 1

struct lint_check {
	const char *id;
	const char *section;         /* of what lays it down */
	unsigned scope;              /* enum lint_scope; a draft of one of them is judged */
	enum signet_reason reason;   /* when it denies */
	/* 0, LINT_BROKEN with lint->detail filled in, or a negative error. */
	int (*check)(struct lint *lint);
	unsigned needs;              /* enum lint_fact: without all of them there is nothing to find */
};

/* The tables, each ended by a check without an id. */
extern const struct lint_check lint_rfc5280_names[], lint_rfc5280[], lint_cabf[],
	lint_cabf_subject[], lint_cabf_extensions[], lint_unicode[];

/* Reads what the checks look at. SIGNET_E_INVALID with a message for a subject or an extension that
 * does not parse; SIGNET_E_NOMEM. */
int lint_open(struct lint *lint, const struct signet_request *request, struct signet_draft *draft,
              struct error *err);

/* Fills in the detail and returns LINT_BROKEN. */
int lint_found(struct lint *lint, const char *format, ...) __attribute__((format(printf, 2, 3)));

/* Appends as much of the text as fits, and no half character. Returns the new length. */
size_t lint_append(char *out, size_t size, size_t length, const char *text);

/* NULL when the draft has none. */
const struct extension *lint_extension(const struct lint *lint, struct bytes oid);
bool lint_has_purpose(const struct lint *lint, struct bytes oid);
size_t lint_count_parts(const struct lint *lint, struct bytes oid);
/* The characters of a name for a message: "?" for what is not printable ASCII. In the arena; "?"
 * without memory. */
const char *lint_shown(const struct lint *lint, struct bytes value);
/* The short name of a known OID, else its dotted form. */
const char *lint_oid(const struct lint *lint, struct bytes oid);

#endif
