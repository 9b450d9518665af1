/*
 * A profile: what a certificate of one kind looks like before policy has its
 * say. Read once from the configuration, with every extension that does not
 * depend on the request encoded already.
 */
#ifndef SIGNET_ENGINE_PROFILE_H
#define SIGNET_ENGINE_PROFILE_H

#include "api/policy.h"
#include "conf/settings.h"
#include "engine/authority.h"

/* The reserved name of the profile and the intermediary by which the gateway gets its own TLS
 * certificate. */
#define PROFILE_GATEWAY "gateway"

enum profile_subject {
	PROFILE_SUBJECT_FIRST_DNS,   /* common name: the first dNSName that fits */
	PROFILE_SUBJECT_COMMON_NAME, /* common name: the request's */
	PROFILE_SUBJECT_REQUEST,     /* the request's subject as it is */
	PROFILE_SUBJECT_EMPTY,
};

struct profile {
	const char *name;
	const struct authority *authority;
	int64_t validity;            /* seconds, both ends counted */
	int64_t backdate;
	enum profile_subject subject;
	unsigned name_kinds;         /* bit n: subjectAltNames of general_name_kind n are taken */
	unsigned key_usage;          /* mask; 0: no such extension */
	bool ca;
	/* keyUsage for RSA keys, and for the others, which cannot encipher (RFC 8813 section 3);
	 * an empty value: no such extension */
	struct extension usage_rsa, usage_other;
	struct extension extensions[3]; /* the invariant ones */
	size_t extension_count;
};

/* Reads `profiles.NAME`. SIGNET_E_CONFIG names file and line. Everything is allocated in the
 * arena; the authorities must outlive it. */
int profile_load(struct profile *out, struct arena *arena, const struct conf_node *node,
                 const struct authority *authorities, size_t authority_count, struct error *err);

/* The built-in profile of the gateway's own certificate. */
int profile_make_gateway(struct profile *out, struct arena *arena,
                         const struct authority *authority, struct error *err);

/* What stands in place of the policy chain for the built-in profile: every name of the draft is
 * the configured host name or a listener's address, and the key is as strong as P-256. */
void profile_judge_gateway(const struct settings *settings, const struct signet_request *request,
                           const struct signet_draft *draft, struct signet_verdict *verdict);

/* Drafts a certificate for the request: subject, validity, subjectAltName, extensions, each
 * with its origin. The client's wishes (0: none) narrow the validity and never widen it; it
 * never passes the issuer's end. What the profile does not serve is a deny in *verdict.
 * SIGNET_E_NOMEM. */
int profile_draft(const struct profile *profile, const struct signet_request *request,
                  int64_t wish_not_before, int64_t wish_not_after, struct arena *arena,
                  struct signet_draft **out, struct signet_verdict *verdict, struct error *err);

#endif
