/*
 * Copies of the database for administrators, made while it is in use, and
 * the trace that one leaves which was brought back.
 */
#ifndef SIGNET_ENGINE_BACKUP_H
#define SIGNET_ENGINE_BACKUP_H

#include "engine/core.h"
#include "rpc/rpc.h"

/* Writes a copy into the file that came with the call: a regular one, empty, open for writing. One at a
 * time: SIGNET_E_EXISTS while another is made. Ends with SIGNET_E_STATE when nobody waits any more. An
 * audit record tells of a copy that is whole. */
int backup_write(struct engine *engine, const struct rpc_file *file, const char *actor,
                 uint64_t *octets, struct error *err);

/* SIGNET_E_STATE when a restoration into this directory, the database's, was not finished: what lies there may be
 * half of it, and an empty database in its place would be worse. Asked before it is opened. */
int backup_check_restored(const char *directory, struct error *err);

/* A database that `signetctl db restore` has put in place has a note beside it, of who did it and from
 * what: it becomes an audit record, and goes. directory: the database's. */
int backup_note_restored(struct store *store, const char *directory, struct error *err);

#endif
