/*
 * A set of names as patterns of the configuration say, and whether a name is
 * one of them. For the rule `names` alone.
 */
#ifndef SIGNET_POLICY_NAMES_MATCH_H
#define SIGNET_POLICY_NAMES_MATCH_H

#include "asn1/general_name.h"
#include "asn1/name.h"
#include "base/text.h"
#include "conf/conf.h"

/* Values that an attribute of the subject may have. */
struct part_patterns {
	struct bytes oid;
	struct bytes *patterns;       /* globs in lower case, ended by a zero octet behind each; those
	                               * of denied values as they are and folded (name_part_folded) */
	size_t count;
};

struct name_set {
	const struct bytes *dns;      /* patterns, in A-labels */
	size_t dns_count;
	const struct network *ip;
	size_t ip_count;
	const struct bytes *email;    /* mailboxes and patterns of domains */
	size_t email_count;
	const struct bytes *uri;      /* beginnings; in a set of denied names patterns of hosts, too */
	size_t uri_count;
	const struct bytes *other;    /* OIDs */
	size_t other_count;
	struct part_patterns *parts;
	size_t part_count;
};

/* The keys that name_set_read knows. */
#define NAME_SET_KEYS "dns", "ip", "email", "uri", "other", "subject"

/* Reads those of them that the map has; denied: for a set of denied names. Everything is allocated in
 * the arena. SIGNET_E_CONFIG. */
int name_set_read(struct name_set *out, struct arena *arena, const struct conf_node *map,
                  bool denied, struct error *err);

/* Whether every name that this one stands for (a wildcard stands for many) is in the set. */
bool name_set_covers(const struct name_set *set, const struct general_name *name);
/* Whether any of them is, or may be: in doubt it is. */
bool name_set_touches(const struct name_set *set, const struct general_name *name);
/* The mailbox of a subject, as if it were an alternative name. */
bool name_set_covers_mailbox(const struct name_set *set, struct bytes mailbox);
bool name_set_touches_mailbox(const struct name_set *set, struct bytes mailbox);

/* URIs, as the two before; for those alone (names_uri.c). */
bool name_set_covers_uri(const struct name_set *set, struct bytes uri);
bool name_set_touches_uri(const struct name_set *set, struct bytes uri);

/* One host name against one pattern; a wildcard name fits when all that it stands for does. */
bool name_host_fits(struct bytes name, struct bytes pattern);

/* The patterns for this attribute; NULL for none. */
const struct part_patterns *name_set_part(const struct name_set *set, struct bytes oid);
/* 1 when the value, in UTF-8, fits one of them, without regard to ASCII case; 0; SIGNET_E_NOMEM. */
int part_fits(const struct part_patterns *part, struct arena *arena, const char *value);
/* The same for denied values: it also fits in every spelling that is another one of it to some
 * (blanks, full width forms, what has no width, case beyond ASCII). */
int part_may_fit(const struct part_patterns *part, struct arena *arena,
                 const struct name_part *value, const char *text);

/* "*.": the name is a wildcard. */
bool name_is_wildcard(struct bytes name);

#endif
