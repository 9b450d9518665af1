/* Between the files of the group crl. */
#ifndef SIGNET_SIGNETCTL_CRL_H
#define SIGNET_SIGNETCTL_CRL_H

#include "signetctl/command.h"

extern const struct command_option crl_show_options[];
/* Of a file, DER or PEM, or of what is published of an authority (its public name, with a shard:
 * "issuing", "issuing.delta", "issuing-3"): no engine is needed for that. */
int crl_show(struct command_context *context, const struct command_value *values, int argc,
             char **argv);

#endif
