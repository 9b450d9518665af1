/*
 * A message on its way: the octet RPC_VERSION, then the protobuf message, as
 * one datagram. The octet is there because SOCK_SEQPACKET cannot tell a
 * datagram of length 0 (an empty protobuf message) from the end.
 */
#ifndef SIGNET_RPC_MESSAGE_H
#define SIGNET_RPC_MESSAGE_H

#include "base/arena.h"
#include "base/limits.h"
#include "rpc/ca.pb-c.h"

#define RPC_VERSION 1

/* Room for a datagram that is one octet too long, so that it is noticed. */
#define RPC_DATAGRAM (LIMIT_MESSAGE + 1)

/* Packs into out[RPC_DATAGRAM]; SIGNET_E_TOO_BIG when the datagram would be over LIMIT_MESSAGE. */
int rpc_pack(uint8_t *out, const ProtobufCMessage *message, size_t *length);

/* Unpacks into the arena, strings and octets copied. SIGNET_E_TOO_BIG, SIGNET_E_VERSION,
 * SIGNET_E_INVALID for what is no such message, SIGNET_E_NOMEM when the arena is exhausted. */
int rpc_unpack(struct arena *arena, const ProtobufCMessageDescriptor *descriptor,
               struct bytes datagram, ProtobufCMessage **out);

#endif
