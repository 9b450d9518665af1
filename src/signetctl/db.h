/*
 * The parts of signetctl db, and what backup and restore share.
 */
#ifndef SIGNET_SIGNETCTL_DB_H
#define SIGNET_SIGNETCTL_DB_H

#include <sys/types.h>

#include "signetctl/command.h"
#include "signetctl/manifest.h"
#include "store/store.h"

int db_backup(struct command_context *context, const struct command_value *values, int argc,
              char **argv);
int db_restore(struct command_context *context, const struct command_value *values, int argc,
               char **argv);
int db_check(struct command_context *context, const struct command_value *values, int argc,
             char **argv);

extern const struct command_option db_backup_options[];

/* The copy of the gateway's database goes to this file. *failed: it is there, and something is wrong
 * with it; else it is not there, or not for this user. What it says is fit for the manifest. */
int db_gateway_copy(struct command_context *context, int to, bool *failed, struct error *err);
/* A small file in a folder of the state directory that a role made, with the rights of that role. */
int db_copy_file(struct command_context *context, const char *folder, const char *name, int to,
                 struct error *err);
/* store_inspect of a file in a directory that is open, with the rights of that directory's owner. */
int db_inspect(int directory, const char *name, const char *last_of, struct store_inspection *out,
               struct error *err);

/* Below the state directory. */
#define DB_ENGINE "engine"
#define DB_GATEWAY "gateway/state"
#define DB_DATA "data.mdb"
#define DB_PUBLIC "public"
/* Of the heads of the audit trail, under these names in a backup, too. */
#define DB_AUDIT_KEY "audit.key"
#define DB_AUDIT_PUBLIC "audit.pub"

struct db_owner {
	bool set;
	uid_t uid;
	gid_t gid;
};

/* The note of a restoration, in the directory of the engine's database, which must be there: from
 * before the first file until after the last. */
int db_note_begin(struct command_context *context, const struct manifest *manifest,
                  const struct db_owner *owner, struct error *err);
/* Whether one was begun that has not come to its end. */
bool db_note_is_there(struct command_context *context);
/* Nothing was restored after all. */
void db_note_withdraw(struct command_context *context);
/* All is in place and durable. */
int db_note_finish(struct command_context *context, struct error *err);

/* The names of the files of the authorities (certificates and keys, those of earlier keys too) that
 * lie in the state directory itself, without those that stand twice or are not there. */
int db_authority_files(struct command_context *context, const char ***out, size_t *count,
                       struct error *err);

/* Ends with SIGINT and SIGTERM in a way that leaves nothing half-made: true once one has come. */
void db_catch_signals(void);
bool db_is_interrupted(void);

#endif
