/*
 * Officers' approvals of a pending request. Each is bound to the draft that it
 * was given for, as it is held, and to its profile and authority: of another
 * draft it is void. Only the validity may move and shrink, since it begins
 * anew with each drafting.
 */
#ifndef SIGNET_ENGINE_APPROVAL_H
#define SIGNET_ENGINE_APPROVAL_H

#include <stdbool.h>

#include "base/arena.h"
#include "base/error.h"

struct Signet__Db__Request;
struct Signet__Db__Approval;

#define APPROVAL_DIGEST 32

/* What is approved. */
struct approval_mark {
	uint8_t digest[APPROVAL_DIGEST]; /* of all that the certificate will say but the validity */
	int64_t validity;                /* seconds: not longer than that */
};

/* Of the record's draft. */
int approval_mark(struct approval_mark *out, const struct Signet__Db__Request *record);
/* Whether what was approved as `approved` may become `drafted`. */
bool approval_covers(const struct approval_mark *approved, const struct approval_mark *drafted);
/* Whether it was given for this draft; one of a version that marked none was not. */
bool approval_counts(const struct Signet__Db__Approval *approval, const struct approval_mark *drafted);

/* Moves the approvals that do not count to the record's void ones; all: all of them. In the arena. */
int approval_void(struct arena *arena, struct Signet__Db__Request *record, bool all);
/* Adds this officer's approval of the record's draft. SIGNET_E_EXISTS: it is there. */
int approval_add(struct arena *arena, struct Signet__Db__Request *record, uint64_t id,
                 const char *actor, int64_t time, struct error *err);

#endif
