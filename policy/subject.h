/*
 * What the rule `subject` is told. Private to its files.
 */
#ifndef SIGNET_POLICY_SUBJECT_H
#define SIGNET_POLICY_SUBJECT_H

#include "api/policy.h"
#include "base/limits.h"

/* A type of attribute and, with patterns, the values that it may have. */
struct subject_part {
	struct bytes oid;
	const char *name;
	const char *const *patterns;
	size_t pattern_count; /* 0: any value */
};

struct subject_text {
	struct bytes oid;
	const char *name;
	const char *text; /* template */
};

/* The most of something, for one type or, where oid is empty, for every one. */
struct subject_bound {
	struct bytes oid;
	int64_t most;
};

enum subject_strings { SUBJECT_STRINGS_ANY, SUBJECT_STRINGS_CONVERT, SUBJECT_STRINGS_DENY };

struct subject {
	struct arena *arena; /* of everything below */
	const struct signet_groups *groups;
	struct subject_part *required;
	size_t required_count;
	struct subject_part *allowed;
	size_t allowed_count;
	bool any; /* there is no list of allowed ones */
	bool strip;
	struct subject_text *rewritten;
	size_t rewritten_count;
	struct subject_text *filled;
	size_t filled_count;
	struct subject_bound *counts;
	size_t count_count;
	struct subject_bound *lengths;
	size_t length_count;
	enum subject_strings strings;
	bool multi_valued;
};

/* Fills in what the rule's map says. SIGNET_E_CONFIG, SIGNET_E_NOMEM. */
int subject_read(struct subject *subject, const struct conf_node *node, struct error *err);

#endif
