/*
 * The processes of the running daemon, as /proc shows them.
 */
#ifndef SIGNET_SIGNETCTL_PROCESSES_H
#define SIGNET_SIGNETCTL_PROCESSES_H

#include <stdint.h>

#include "base/arena.h"

struct process_role {
	const char *name;   /* "engine"; "supervisor" for the one that started the others */
	unsigned pid;
	int64_t uptime;     /* seconds */
	uint64_t resident;  /* octets */
	int64_t restarts;   /* how often it has died and was started again; -1: not known */
};

/* The supervisor and its roles, found by the engine's process. SIGNET_E_NOT_FOUND when /proc does not show
 * them, as from another container. */
int processes_find(struct arena *arena, unsigned engine, struct process_role **out, size_t *count);

#endif
