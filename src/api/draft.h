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
enum signet_origin signet_draft_alt_names_origin(const struct signet_draft *draft);
enum signet_origin signet_draft_subject_origin(const struct signet_draft *draft);

#endif
