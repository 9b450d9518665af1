/* Of the group ca: revoking an authority. */
#ifndef SIGNET_SIGNETCTL_CA_REVOKE_H
#define SIGNET_SIGNETCTL_CA_REVOKE_H

#include "signetctl/command.h"

extern const struct command_option ca_revoke_options[];
int ca_revoke(struct command_context *context, const struct command_value *values, int argc,
              char **argv);

#endif
