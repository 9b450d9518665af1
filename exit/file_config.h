/*
 * The configuration of the exit module `file`.
 */
#ifndef SIGNET_EXIT_FILE_CONFIG_H
#define SIGNET_EXIT_FILE_CONFIG_H

#include <sys/types.h>

#include "exit/file_content.h"
#include "exit/file_hook.h"
#include "exit/file_name.h"

enum file_on_revoke { FILE_KEEP, FILE_REMOVE, FILE_RENAME };

/* Files of one kind. */
struct file_output {
	const char *pattern;
	unsigned formats;          /* bits of enum file_format; one at least */
};

struct file_config {
	char *directory;           /* absolute */
	struct file_output certificate, authority, crl, delta;
	bool chain;                /* FILE_PEM has the chain, too */
	mode_t mode;
	enum file_on_revoke on_revoke;
	const char **authorities;  /* only theirs; NULL: everybody's */
	size_t authority_count;
	struct file_hook hook;
};

extern const char *const file_keys[];

/* SIGNET_E_CONFIG. The strings stay the document's. file_config_clear after a failure, too. */
int file_config_read(struct file_config *config, const struct signet_exit_host *host,
                     const struct conf_node *node, struct error *err);
void file_config_clear(struct file_config *config);

#endif
