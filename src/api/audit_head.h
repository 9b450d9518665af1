/*
 * A signed head of the audit trail: what its last record was at a time. It is
 * logged, so that whoever keeps the log elsewhere can tell a trail that was
 * cut off or written anew. Not part of the SDK: for the engine, which signs,
 * and signetctl, which compares.
 *
 *   event=audit-head sequence=17 hash=HEX at=2026-11-23T12:49:00Z signature=BASE64URL
 */
#ifndef SIGNET_API_AUDIT_HEAD_H
#define SIGNET_API_AUDIT_HEAD_H

#include "api/audit_chain.h"
#include "base/buffer.h"

#define AUDIT_HEAD_EVENT "audit-head"
#define AUDIT_HEAD_SIGNATURE 96

struct audit_head {
	uint64_t sequence;
	uint8_t hash[AUDIT_CHAIN_HASH];
	int64_t time;
	uint8_t signature[AUDIT_HEAD_SIGNATURE]; /* ECDSA with SHA-256, DER */
	size_t signature_length;
};

/* What is signed: a text that begins with a label of its own, so that it can be nothing else. */
int audit_head_text(const struct audit_head *head, struct buffer *out);
/* From a line of a log, text or JSON, whatever stands before it. SIGNET_E_NOT_FOUND: it is no head;
 * SIGNET_E_CORRUPT: one that does not read. */
int audit_head_from_line(const char *line, struct audit_head *out);

#endif
