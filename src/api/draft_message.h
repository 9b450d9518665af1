/*
 * A draft on its way between the engine and the adviser. Each side reads what
 * the other wrote as it would what a stranger wrote. Not part of the SDK.
 */
#ifndef SIGNET_API_DRAFT_MESSAGE_H
#define SIGNET_API_DRAFT_MESSAGE_H

#include "api/policy.h"

struct Signet__Rpc__Draft;

/* What the message says, checked by itself: a Name, names and extensions that are well formed and
 * within their limits, each OID once, among what is removed, too, and none of them subjectAltName. */
struct draft_parts {
	struct bytes subject;
	enum signet_origin subject_origin;
	int64_t not_before, not_after;
	struct general_name *names;
	size_t name_count;
	enum signet_origin names_origin;
	struct signet_draft_extension *extensions;
	size_t extension_count;
	struct bytes *removed; /* OIDs */
	size_t removed_count;
};

/* In the arena; what it points to is the draft's. SIGNET_E_NOMEM, SIGNET_E_TOO_BIG. */
int draft_message_make(struct arena *arena, struct signet_draft *draft,
                       struct Signet__Rpc__Draft **out);
/* SIGNET_E_INVALID says what is wrong. */
int draft_message_read(struct arena *arena, const struct Signet__Rpc__Draft *message,
                       struct draft_parts *out, struct error *err);

#endif
