/*
 * Watches over a program from a process of its own, so that what the program
 * starts ends with it, also what leaves its process group (setsid, a double
 * fork): orphans come to the keeper, which is their subreaper, and to nobody
 * else, whatever runs beside it. Private to process.c: for a child between
 * fork and exec, in which only what is async-signal-safe may be called.
 */
#ifndef SIGNET_BASE_KEEPER_H
#define SIGNET_BASE_KEEPER_H

#include <stdbool.h>
#include <sys/types.h>

/* How long killed processes may take to be gone; one that hangs in the kernel is left. */
#define KEEPER_PATIENCE_MS 1000

/* Makes the calling process a keeper, whose signals are blocked; it is sent SIGTERM when the thread
 * that started it ends. False with errno, also when that has happened already. */
bool keeper_begin(pid_t parent);
/* Waits until the program, a child and the leader of its process group, has ended or a SIGTERM comes;
 * then kills all that descends from it. Returns the program's status as in wait(2), -1 when it was
 * left. */
int keeper_watch(pid_t program);

#endif
