/*
 * The engine's side of struct signet_draft: it makes the draft and says in
 * whose name changes are made.
 */
#ifndef SIGNET_API_DRAFT_H
#define SIGNET_API_DRAFT_H

#include "api/policy.h"

/* An empty draft, allocated in the arena and gone with it; NULL without memory. */
struct signet_draft *signet_draft_new(struct arena *arena);

/* The origin that the following changes take, and whether anything was changed since the last
 * call. */
void signet_draft_begin(struct signet_draft *draft, enum signet_origin origin);
/* What was changed since signet_draft_begin, for the trace: "validity, subject, names,
 * extension keyUsage"; "" for nothing (setting what is there already is no change). In the
 * draft's arena. */
const char *signet_draft_changes(const struct signet_draft *draft);
/* Whether anything was; needs no memory. */
bool signet_draft_is_changed(const struct signet_draft *draft);
/* Whose a certificate is to be. Subject and names are the draft's as they are at this moment; they
 * stand as long as its arena. */
struct draft_identity {
	const struct pubkey *key;
	struct bytes subject;
	const struct general_name *names;
	size_t name_count;
};

/* What was issued before, for signet_draft_count, _count_like and _key_is_shared, whose contracts
 * these keep. A draft without it (in the adviser, where no database is) answers
 * SIGNET_E_UNSUPPORTED. */
struct draft_history {
	int (*count)(void *arg, const char *rule, struct bytes scope, int64_t window, uint64_t max,
	             uint64_t *count);
	int (*count_like)(void *arg, const struct draft_identity *who,
	                  enum signet_likeness likeness, int64_t window, uint64_t max,
	                  uint64_t *count);
	int (*key_is_shared)(void *arg, const struct draft_identity *who, bool *shared);
	/* Gives back what it holds between two questions. */
	void (*rest)(void *arg);
	void *arg;
};
/* *history and the names of rules must outlive their use. */
void signet_draft_set_history(struct signet_draft *draft, const struct draft_history *history);
/* No question is asked for a while, or none any more. On the thread that has asked. */
void signet_draft_rest(struct signet_draft *draft);
/* Under which rule's name counts are, from now on; NULL: none may. */
void signet_draft_set_rule(struct signet_draft *draft, const char *rule);

/* Whether this extension was taken out, there or not, and not set since: the engine then leaves it
 * out, too, where it would add one of its own. */
bool signet_draft_has_removed(const struct signet_draft *draft, struct bytes oid);
/* Those that were, at most LIMIT_EXTENSIONS_REMOVED, into an array of the draft's arena; NULL without memory. */
const struct bytes *signet_draft_removed(const struct signet_draft *draft, size_t *count);
enum signet_origin signet_draft_alt_names_origin(const struct signet_draft *draft);
enum signet_origin signet_draft_subject_origin(const struct signet_draft *draft);

#endif
