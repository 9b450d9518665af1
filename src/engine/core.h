/*
 * The engine as its parts see it: what lives as long as the process.
 */
#ifndef SIGNET_ENGINE_CORE_H
#define SIGNET_ENGINE_CORE_H

#include <stdatomic.h>

#include "engine/configuration.h"
#include "engine/consumers.h"
#include "engine/database.h"
#include "engine/events.h"
#include "engine/flights.h"
#include "engine/measures.h"

#define UNREADABLE_MAX 64

/* Stored requests that do not read back and are passed by, each told of once; beyond so many none is. */
struct unreadable {
	uint64_t ids[UNREADABLE_MAX];
	size_t count;
};

struct ocsp;
struct recent;
struct crl_keeper;

struct engine {
	struct configuration_holder *holder;
	struct database *database;
	struct events *events;
	struct consumers *consumers; /* of the events */
	struct flights *flights;
	struct audit_signer *signer; /* of heads of the audit trail */
	struct measures *measures; /* NULL: nothing is counted */
	struct recent *recent;       /* certificates whose state has changed */
	struct ocsp *ocsp;
	struct crl_keeper *crls;
	char *path;          /* of the configuration file */
	char *state;         /* directory: must not change while it runs */
	int64_t started;
	int64_t pruned;      /* the housekeeping's: when it last did */
	atomic_bool copying; /* a backup is being made */
	struct unreadable unreadable; /* housekeeping's alone */
	_Atomic unsigned connections, admin_connections; /* on request.sock and admin.sock */
	_Atomic uint64_t revocations; /* generation: grows with every change of a certificate's state */
};

/* Everything but the sockets. The settings must outlive it. */
int engine_open(struct engine **out, const struct settings *settings, struct error *err);
void engine_close(struct engine *engine);
/* Reads the configuration file again; on failure the old configuration stands. */
int engine_reload(struct engine *engine, struct error *err);

#endif
