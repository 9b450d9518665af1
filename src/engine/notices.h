/*
 * Events that the engine raises of itself: that it starts and stops, and that
 * an authority's certificate is new or another one than before, which is
 * remembered in the database. The latter goes on record (audit.h), too, with the
 * fingerprints of the certificates before and after.
 */
#ifndef SIGNET_ENGINE_NOTICES_H
#define SIGNET_ENGINE_NOTICES_H

#include "engine/core.h"

/* SIGNET_EVENT_STARTUP or _SHUTDOWN. */
int notices_raise(struct engine *engine, enum signet_event_kind kind, struct error *err);
/* SIGNET_EVENT_CA_CERTIFICATE for each authority of the current configuration whose certificate is not
 * the one that was announced last. */
int notices_authorities(struct engine *engine, struct error *err);

#endif
