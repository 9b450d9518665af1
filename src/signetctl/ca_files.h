/*
 * The files of an authority while signetctl changes them: beside X.pem (its
 * chain) and X.key lie
 *
 *   X.new.key          the key that is to be its next one
 *   X.new.pem          a certificate on its way to X.pem
 *   X.N.pem, X.N.key   the Nth key that it had before
 *   X.old-SERIAL.pem   a certificate that was replaced by another one for the same key
 *   X.cross.pem        cross certificates: published, never issued under
 *
 * Whatever is changed is on the disk before the next step is begun. Where a
 * command is cut off at any step, the engine still finds a pair that belongs
 * together (engine/authority.c), and ca_files_settle makes the files what they
 * were before, or ends what was begun. New files have owner and mode of the
 * present ones.
 */
#ifndef SIGNET_SIGNETCTL_CA_FILES_H
#define SIGNET_SIGNETCTL_CA_FILES_H

#include "base/arena.h"
#include "base/error.h"

struct ca_files {
	struct arena *arena;
	const char *certificate, *key;         /* X.pem, X.key */
	const char *new_certificate, *new_key;
	const char *cross;
	int lock;
};

/* Names the files and keeps other signetctls out of their directory. SIGNET_E_STATE: one is at work there.
 * After a failure nothing need be closed. */
int ca_files_open(struct ca_files *out, struct arena *arena, const char *certificate,
                  const char *key, struct error *err);
/* The same names for who only reads. */
int ca_files_name(struct ca_files *out, struct arena *arena, const char *certificate,
                  const char *key, struct error *err);
void ca_files_close(struct ca_files *files);

/* Which key X.pem is for. */
enum ca_files_pair { CA_FILES_KEY, CA_FILES_NEW_KEY };
/* Ends a roll over that was cut off, or takes it back where X.pem is still the one before. To be called first
 * after ca_files_open. SIGNET_E_CONFLICT: the files are not what signetctl leaves behind. */
int ca_files_settle(const struct ca_files *files, enum ca_files_pair pair, struct error *err);

/* How many keys there were before the present one. */
int ca_files_count(const struct ca_files *files, unsigned *count, struct error *err);
/* The names of the Nth key's files; NULL without memory. */
const char *ca_files_earlier(const struct ca_files *files, const char *of, unsigned nth);

/* Makes X.new.key. */
int ca_files_put_key(const struct ca_files *files, struct bytes pem, struct error *err);
/* Replaces X.cross.pem. */
int ca_files_put_cross(const struct ca_files *files, struct bytes pem, struct error *err);
/* Puts another certificate for the same key in its place; serial: the present one's. */
int ca_files_renew(const struct ca_files *files, struct bytes serial, struct bytes pem,
                   struct error *err);
/* Makes X.new.key and this certificate the present ones, and the present ones an earlier key. */
int ca_files_roll_over(const struct ca_files *files, struct bytes pem, struct error *err);

#endif
