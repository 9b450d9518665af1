/*
 * What the rules share that hand request and draft as JSON to somebody else
 * and take a judgement back: how long the answer may be, and what becomes of
 * one that is none. The JSON is described in signet-policy(7).
 */
#ifndef SIGNET_API_ADVISED_H
#define SIGNET_API_ADVISED_H

#include "api/policy.h"
#include "base/buffer.h"

struct advised {
	const char *name; /* of the instance */
	size_t output;    /* octets of the answer: key `output`; default 64k, at most 1M */
};

/* SIGNET_E_CONFIG names file, line and key. */
int advised_read(struct advised *out, const struct signet_policy_host *host,
                 const struct conf_node *node, struct error *err);

/* Asks: appends the answer, within its own limit, to answer. The question may be changed. */
typedef int advised_ask(const void *rule, struct buffer *question, struct buffer *answer,
                        struct error *err);

/* One judgement. What fails is logged and returned, which denies. */
int advised_check(const struct advised *advised, advised_ask *ask, const void *rule,
                  const struct signet_request *request, struct signet_draft *draft,
                  struct signet_verdict *verdict);

#endif
