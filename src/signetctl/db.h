/*
 * The parts of signetctl db, and what backup and restore share.
 */
#ifndef SIGNET_SIGNETCTL_DB_H
#define SIGNET_SIGNETCTL_DB_H

#include "signetctl/command.h"
#include "signetctl/manifest.h"

int db_backup(struct command_context *context, const struct command_value *values, int argc,
              char **argv);
int db_restore(struct command_context *context, const struct command_value *values, int argc,
               char **argv);
int db_check(struct command_context *context, const struct command_value *values, int argc,
             char **argv);

extern const struct command_option db_backup_options[];

/* Below the state directory. */
#define DB_ENGINE "engine"
#define DB_GATEWAY "gateway/state"
#define DB_DATA "data.mdb"
/* Beside the engine's database: tells the engine that it was brought back (engine/backup.h). */
#define DB_NOTE "restored"

/* The names of the files of the authorities (certificates and keys, those of earlier keys too) that
 * lie in the state directory itself, without those that stand twice or are not there. */
int db_authority_files(struct command_context *context, const char ***out, size_t *count,
                       struct error *err);

/* Ends with SIGINT and SIGTERM in a way that leaves nothing half-made: true once one has come. */
void db_catch_signals(void);
bool db_is_interrupted(void);

#endif
