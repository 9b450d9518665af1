/*
 * Unix socket addresses.
 */
#ifndef SIGNET_RPC_ADDRESS_H
#define SIGNET_RPC_ADDRESS_H

#include <sys/socket.h>
#include <sys/un.h>

#include "base/error.h"

/* SIGNET_E_INVALID for a path that is empty or that sockaddr_un has no room for. */
int rpc_address(struct sockaddr_un *out, const char *path, struct error *err);

#endif
