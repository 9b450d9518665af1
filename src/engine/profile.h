/*
 * A profile: what a certificate of one kind looks like before policy has its
 * say. Read once from the configuration, with every extension that does not
 * depend on the request encoded already. signet-profile(5) has the keys.
 */
#ifndef SIGNET_ENGINE_PROFILE_H
#define SIGNET_ENGINE_PROFILE_H

#include "api/policy.h"
#include "conf/settings.h"
#include "engine/authority.h"

/* The reserved name of the profile and the intermediary by which the gateway gets its own TLS
 * certificate. */
#define PROFILE_GATEWAY "gateway"
/* The reserved name of the profile of OCSP responders. */
#define PROFILE_RESPONDER "responder"

/* One attribute of a subject that is made of parts. */
struct profile_part {
	enum profile_part_source {
		PROFILE_PART_FIXED,
		PROFILE_PART_TEMPLATE,
		PROFILE_PART_FIRST_DNS, /* the first dNSName that fits a common name */
		PROFILE_PART_REQUEST,   /* the request's common name */
	} source;
	bool optional;          /* left out when the request brings nothing for it */
	struct bytes oid;
	struct bytes rdn;       /* FIXED: encoded */
	const char *template;
};

struct profile_subject {
	enum profile_subject_kind {
		PROFILE_SUBJECT_FIXED,   /* whole, which may be empty */
		PROFILE_SUBJECT_REQUEST, /* the request's as it is */
		PROFILE_SUBJECT_PARTS,
	} kind;
	bool of_request;         /* PARTS: all of them are the request's */
	struct bytes whole;      /* Name */
	struct profile_part *parts; /* in the order of the encoding */
	size_t part_count;
};

/* Kinds of alternative name: those of enum general_name_kind, and userPrincipalName, which is
 * encoded as one of them. */
enum { PROFILE_NAME_UPN = GN_REGISTERED_ID + 1, PROFILE_NAME_KINDS };

/* A name that the profile adds. */
struct profile_name {
	unsigned kind;           /* of PROFILE_NAME_KINDS */
	bool optional;           /* left out when the request brings nothing for it */
	const char *template;    /* NULL: fixed */
	struct general_name fixed;
};

struct profile_names {
	uint8_t most[PROFILE_NAME_KINDS]; /* names that are taken from the request; 0: none of that kind */
	bool required[PROFILE_NAME_KINDS];
	bool any_required;
	bool common_name;        /* of the request, as a dNSName where it is a host name */
	bool ignore;             /* kinds that are not taken are left out; else they are denied */
	struct profile_name *added;
	size_t added_count;
};

/* What kinds of key can do differs: encoded for each; an empty value: there is no such extension. */
enum profile_key { PROFILE_KEY_RSA, PROFILE_KEY_EC, PROFILE_KEY_SIGNING, PROFILE_KEYS };

struct profile {
	const char *name;
	const struct authority *authority;
	int64_t validity;        /* seconds, both ends counted: what is given without a wish, */
	int64_t validity_most;   /* the most that a wish can get, */
	int64_t validity_least;  /* and what a certificate has at least */
	bool wishes;             /* the request may say when it begins and ends */
	int64_t backdate;
	struct profile_subject subject;
	struct profile_names names;
	unsigned key_usage;      /* mask; 0: no such extension */
	bool key_usage_critical;
	struct extension usages[PROFILE_KEYS];
	struct bytes *ext_usages; /* OIDs; none: no such extension */
	size_t ext_usage_count;
	bool ca;
	const char *sid;         /* template of the SID extension; NULL: none, or fixed */
	bool sid_optional;
	struct extension *extensions; /* the invariant ones of the profile, */
	size_t extension_count;
	struct extension derived[3]; /* and those that come of the authority's URLs */
	size_t derived_count;
	struct bytes *requested; /* OIDs that are taken from the request */
	size_t requested_count;
	bool deny_unexpected;    /* a request that asks for another extension is denied */
};

/* Reads `profiles.NAME`. SIGNET_E_CONFIG names file and line. Everything is allocated in the
 * arena; the authorities must outlive it. */
int profile_load(struct profile *out, struct arena *arena, const struct conf_node *node,
                 const struct authority *authorities, size_t authority_count, struct error *err);

/* The built-in profile of the gateway's own certificate. */
int profile_make_gateway(struct profile *out, struct arena *arena,
                         const struct authority *authority, struct error *err);

/* The built-in profile of the certificates of OCSP responders: ocsp-signing, no-check, and as long as
 * the authority says. */
int profile_make_responder(struct profile *out, struct arena *arena,
                           const struct authority *authority, struct error *err);

/* What stands in place of the policy chain for the built-in profile: every name of the draft is
 * the configured host name or a listener's address, and the key is as strong as P-256. */
void profile_judge_gateway(const struct settings *settings, const struct signet_request *request,
                           const struct signet_draft *draft, struct signet_verdict *verdict);

/* Drafts a certificate for the request: subject, validity, subjectAltName, extensions, each
 * with its origin. The client's wishes (0: none) move the validity within the profile's bounds; it
 * never passes the issuer's end. What the profile does not serve is a deny in *verdict.
 * SIGNET_E_NOMEM. */
int profile_draft(const struct profile *profile, const struct signet_request *request,
                  int64_t wish_not_before, int64_t wish_not_after, struct arena *arena,
                  struct signet_draft **out, struct signet_verdict *verdict, struct error *err);

#endif
