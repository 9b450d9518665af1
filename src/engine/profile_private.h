/*
 * Between the files of profile.h: each reads some keys of a profile and
 * drafts what they say.
 */
#ifndef SIGNET_ENGINE_PROFILE_PRIVATE_H
#define SIGNET_ENGINE_PROFILE_PRIVATE_H

#include "engine/profile.h"

/* The extensions of the profile and those that are taken from the request: what every certificate
 * has beside them are subjectAltName, the key identifiers, keyUsage, the SID, and two derived ones. */
#define PROFILE_EXTENSIONS_MAX (LIMIT_EXTENSIONS - 7)

/* A profile while it is read. */
struct profile_reader {
	struct profile *profile;
	struct arena *arena;
	const struct conf_node *map; /* `profiles.NAME` */
	struct error *err;
};

/* Readers return 0, SIGNET_E_CONFIG or SIGNET_E_NOMEM. Those of usages need the authority, those that
 * are for an authority's certificate only the basic constraints. */
int profile_read_subject(const struct profile_reader *r);
int profile_read_names(const struct profile_reader *r);
int profile_read_usages(const struct profile_reader *r);
int profile_read_extensions(const struct profile_reader *r);
int profile_read_constraints(const struct profile_reader *r);
int profile_read_urls(const struct profile_reader *r);
int profile_read_others(const struct profile_reader *r);
int profile_read_requested(const struct profile_reader *r);

/* Adds an invariant extension with a copy of the value. node: the key that asks for it. A value of
 * SIGNET_E_TOO_BIG, a second one of its OID and one too many are errors. */
int profile_add(const struct profile_reader *r, const struct conf_node *node, struct bytes oid,
                bool critical, const struct buffer *value);
/* An OID, "2.5.29.37" or a name that asn1/oid.h knows. */
int profile_read_oid(const struct profile_reader *r, const struct conf_node *node,
                     struct bytes *out);
/* Copies a template that is good, without {value}. */
int profile_read_template(const struct profile_reader *r, const struct conf_node *node,
                          const char **out);
/* Whether the template has a place for something of the request. */
bool profile_is_template(const char *text);
/* The kind of a name, and its number; "upn" beside those of asn1/general_name.h. -1: unknown. */
int profile_name_kind(const char *name);
const char *profile_name_kind_name(unsigned kind);
/* A name of this kind from its text, such as "example.com". SIGNET_E_BAD_NAME. */
int profile_make_name(struct arena *arena, unsigned kind, const char *text,
                      struct general_name *out, struct error *err);

/* The bits of the mask that a key of this kind can use (RFC 3279 section 2.3, RFC 8813 section 3,
 * RFC 8410 section 5). */
unsigned profile_usage_of(enum profile_key kind, unsigned mask);
enum profile_key profile_key_of(const struct pubkey *key);

/* What is drafted, names first. A deny is in *verdict with 0 returned; SIGNET_E_NOMEM. */
struct profile_drafting {
	const struct profile *profile;
	const struct signet_request *request;
	struct signet_draft *draft;
	struct signet_verdict *verdict;
};
int profile_draft_names(const struct profile_drafting *d);
int profile_draft_subject(const struct profile_drafting *d);
int profile_draft_requested(const struct profile_drafting *d);

struct profile_filling {
	const char *template;
	const char *what;    /* that is to be filled, for the message */
	const char *refused; /* characters that what is put in may not have; NULL: any may be there */
	bool optional;
};
/* Fills a template from the request and the draft. *out is NULL when the request brings nothing for an
 * optional one, and after a deny. */
int profile_fill(const struct profile_drafting *d, const struct profile_filling *filling,
                 const char **out);
/* The profile's own extension of this OID; NULL. */
const struct extension *profile_extension(const struct profile *profile, struct bytes oid);

#endif
