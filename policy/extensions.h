/*
 * What the rule `extensions` is told. Private to its files.
 */
#ifndef SIGNET_POLICY_EXTENSIONS_H
#define SIGNET_POLICY_EXTENSIONS_H

#include "api/policy.h"

struct extensions {
	struct arena *arena; /* of everything below */
	struct bytes *allowed;
	size_t allowed_count;
	bool any;          /* there is no list of allowed ones */
	bool strip_others; /* those that are not allowed are taken out, not denied */
	struct bytes *stripped;
	size_t stripped_count;
	struct extension *forced;
	size_t forced_count;
	struct bytes *required;
	size_t required_count;
	bool any_key_usage, any_purpose; /* there is no such list */
	unsigned key_usage;              /* enum key_usage that may appear */
	struct bytes *purposes;          /* of extKeyUsage, that may appear */
	size_t purpose_count;
	bool narrow;                     /* other usages are taken out, not denied */
};

/* Fills in what the rule's map says. SIGNET_E_CONFIG, SIGNET_E_NOMEM. */
int extensions_read(struct extensions *extensions, const struct conf_node *node,
                    struct error *err);

#endif
