/*
 * Datagrams that bring an open file along (SCM_RIGHTS, unix(7)): one at most.
 */
#ifndef SIGNET_RPC_DESCRIPTOR_H
#define SIGNET_RPC_DESCRIPTOR_H

#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

/* As send(2) with these flags; file -1: none. The file stays the caller's. */
ssize_t descriptor_send(int socket, const uint8_t *data, size_t length, int flags, int file);

/* As recv(2). *file: the one that came, close-on-exec and the caller's; -1 for none. What a peer sends
 * beyond one file is closed, and the whole is an error: -1 with EPROTO. */
ssize_t descriptor_receive(int socket, uint8_t *data, size_t room, int *file);

#endif
