/*
 * OCSP in the engine: the responders of all keys of all authorities, which are
 * made, renewed and replaced here, and the answers that they sign about what
 * the database says at that moment.
 */
#ifndef SIGNET_ENGINE_OCSP_H
#define SIGNET_ENGINE_OCSP_H

#include "engine/core.h"
#include "engine/responder.h"

struct ocsp;

/* Loads what is there, and makes the responders of authorities with `ocsp` in their configuration. What
 * fails is logged, and tried again. The engine must outlive it. */
int ocsp_new(struct ocsp **out, struct engine *engine, struct error *err);
void ocsp_free(struct ocsp *ocsp);

/* Takes the engine's configuration over, as after a reload. */
int ocsp_refresh(struct ocsp *ocsp, struct error *err);
/* The same if a responder is due for renewal, or its certificate or its authority's key was revoked, or it
 * failed to come some time ago. *due: lowered to when there is something to do again. */
int ocsp_keep(struct ocsp *ocsp, int64_t *due, struct error *err);

/* The state of this certificate has changed: a responder's that is revoked is replaced before it signs much
 * more; what fails is logged, and then there is none. */
void ocsp_note_revoked(struct ocsp *ocsp, struct bytes serial);

struct ocsp_answered {
	struct bytes response;  /* OCSPResponse, in the arena or static */
	int64_t this_update;    /* 0 for an error, as the next */
	int64_t next_update;
	bool cacheable;         /* without a nonce, and no error */
	struct bytes *serials;  /* magnitudes, in the request */
	size_t serial_count;
};
/* Answers an OCSPRequest about certificates of one key of an authority ("": any). What cannot be
 * answered is an OCSP error in the response, too: malformedRequest; unauthorized for issuers that are
 * not here, are several, or of another authority; tryLater while there is no responder. */
int ocsp_answer(struct ocsp *ocsp, struct arena *arena, struct bytes request,
                const char *authority, struct ocsp_answered *out, struct error *err);
/* The same for one that others stand behind: SIGNET_E_STATE when a responder has to be made first. */
int ocsp_answer_at_once(struct ocsp *ocsp, struct arena *arena, struct bytes request,
                        const char *authority, struct ocsp_answered *out, struct error *err);

struct ocsp_totals {
	uint64_t answered, refused;
};
/* Shows each responder; what visit is given stands during the call. */
int ocsp_status(struct ocsp *ocsp, struct ocsp_totals *totals,
                int (*visit)(void *arg, const struct responder *responder), void *arg);

/* For ocsp_answer.c: the responders as they were at one time. */
struct ocsp_set {
	unsigned references;                 /* under ocsp's lock */
	struct configuration *configuration; /* to which their authorities belong */
	struct responder *items;
	size_t count;
};
/* The current one, until it is released. */
struct ocsp_set *ocsp_take(struct ocsp *ocsp);
void ocsp_release(struct ocsp *ocsp, struct ocsp_set *set);
/* Makes the responder of this key unless that has just failed. SIGNET_E_UNAVAILABLE. */
int ocsp_make(struct ocsp *ocsp, const struct authority *authority, struct error *err);
struct engine *ocsp_engine(const struct ocsp *ocsp);
void ocsp_count(struct ocsp *ocsp, bool answered);

#endif
