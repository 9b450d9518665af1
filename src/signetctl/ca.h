/*
 * signetctl ca: the commands that make certificates and keys of authorities.
 * They work on the files of the configuration, as `init` does; no key leaves
 * its directory.
 */
#ifndef SIGNET_SIGNETCTL_CA_H
#define SIGNET_SIGNETCTL_CA_H

#include "signetctl/ca_authority.h"
#include "signetctl/command.h"

extern const struct command_option ca_csr_options[];
int ca_csr(struct command_context *context, const struct command_value *values, int argc,
           char **argv);
extern const struct command_option ca_install_options[];
int ca_install(struct command_context *context, const struct command_value *values, int argc,
               char **argv);

extern const struct command_option ca_renew_options[];
int ca_renew(struct command_context *context, const struct command_value *values, int argc,
             char **argv);
extern const struct command_option ca_roll_over_options[];
int ca_roll_over(struct command_context *context, const struct command_value *values, int argc,
                 char **argv);

extern const struct command_option ca_cross_options[];
int ca_cross(struct command_context *context, const struct command_value *values, int argc,
             char **argv);

/* Another certificate with its chain, on its way to its place. */
struct ca_change {
	struct command_context *context;
	struct ca_authority *authority;
	struct bytes chain[LIMIT_CHAIN];
	size_t count;
	int64_t now;
	bool force, reload;
};
/* Checks it, puts it in its place (for the key of X.new.key that rolls over), and has the daemon reload where
 * that is wanted. Prints what was done, or the error; returns the status. */
int ca_change_apply(struct ca_change *change);

/* The certificate of this kind as PEM to the file, to standard output for NULL. */
int ca_write_pem(const char *path, const char *label, struct bytes der, struct error *err);

#endif
