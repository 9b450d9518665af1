/*
 * A call `judge` as the engine makes it.
 */
#ifndef SIGNET_TESTS_ADVISER_QUESTION_H
#define SIGNET_TESTS_ADVISER_QUESTION_H

#include "api/draft.h"
#include "api/draft_message.h"
#include "asn1/name.h"
#include "pki/csr.h"
#include "rpc/ca.pb-c.h"

struct question {
	Signet__Rpc__Judge judge;
	Signet__Rpc__Submission submission;
	struct signet_draft *draft;
	struct buffer csr;
};

/* A draft for example.com with a keyUsage from the profile. */
static inline struct signet_draft *question_draft(struct arena *arena)
{
	static const struct extension usage = {{(const uint8_t *)"\x55\x1d\x0f", 3}, true,
	                                       {(const uint8_t *)"\x03\x02\x07\x80", 4}};
	const struct general_name name = {GN_DNS, bytes_text("example.com")};
	struct signet_draft *draft = signet_draft_new(arena);
	assert_non_null(draft);
	signet_draft_begin(draft, SIGNET_ORIGIN_PROFILE);
	assert_int_equal(signet_draft_set_validity(draft, 100, 200), 0);
	assert_int_equal(signet_draft_set_extension(draft, &usage), 0);
	signet_draft_begin(draft, SIGNET_ORIGIN_REQUEST);
	assert_int_equal(signet_draft_set_alt_names(draft, &name, 1), 0);
	signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
	return draft;
}

static inline void question_make(struct question *q, struct arena *arena, uint64_t fingerprint)
{
	struct key *key;
	*q = (struct question){.csr = BUFFER_MAX(LIMIT_CSR)};
	assert_int_equal(key_generate(&key, KEY_P256, 0, NULL), 0);
	assert_int_equal(csr_build(&q->csr, key, NAME_EMPTY, NULL, 0, NULL), 0);
	key_free(key);
	signet__rpc__judge__init(&q->judge);
	signet__rpc__submission__init(&q->submission);
	q->submission.csr = (ProtobufCBinaryData){q->csr.length, q->csr.data};
	q->submission.profile = (char *)"tls-server";
	q->submission.intermediary = (char *)"acme";
	q->judge.rule = (char *)"apart";
	q->judge.configuration = fingerprint;
	q->judge.submission = &q->submission;
	q->draft = question_draft(arena);
	assert_int_equal(draft_message_make(arena, q->draft, &q->judge.draft), 0);
}

#endif
