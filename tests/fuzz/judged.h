/*
 * A draft that is judged, and what must hold of it whatever the judgement was.
 */
#ifndef SIGNET_TESTS_FUZZ_JUDGED_H
#define SIGNET_TESTS_FUZZ_JUDGED_H

#include "api/draft.h"
#include "api/draft_message.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/limits.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

/* For example.com, with keyUsage and basicConstraints. */
static inline struct signet_draft *judged_draft(struct arena *arena)
{
	static const struct extension usage = {{(const uint8_t *)"\x55\x1d\x0f", 3}, true,
	                                       {(const uint8_t *)"\x03\x02\x07\x80", 4}};
	static const struct extension basic = {{(const uint8_t *)"\x55\x1d\x13", 3}, true,
	                                       {(const uint8_t *)"\x30\x00", 2}};
	const struct general_name name = {GN_DNS, bytes_text("example.com")};
	struct signet_draft *draft = signet_draft_new(arena);
	struct bytes subject;
	FUZZ_CHECK(draft && name_from_text(arena, "CN=example.com", &subject, NULL) == 0);
	signet_draft_begin(draft, SIGNET_ORIGIN_PROFILE);
	FUZZ_CHECK(signet_draft_set_subject(draft, subject) == 0);
	FUZZ_CHECK(signet_draft_set_validity(draft, 1795438140, 1803214140) == 0);
	FUZZ_CHECK(signet_draft_set_alt_names(draft, &name, 1) == 0);
	FUZZ_CHECK(signet_draft_set_extension(draft, &usage) == 0);
	FUZZ_CHECK(signet_draft_set_extension(draft, &basic) == 0);
	signet_draft_begin(draft, SIGNET_ORIGIN_POLICY);
	return draft;
}

static inline void judged_check_draft(const struct signet_draft *draft)
{
	size_t count;
	FUZZ_CHECK(name_check(signet_draft_subject(draft), NULL) == 0);
	FUZZ_CHECK(signet_draft_not_before(draft) >= 0);
	FUZZ_CHECK(signet_draft_not_after(draft) >= signet_draft_not_before(draft));
	const struct general_name *names = signet_draft_alt_names(draft, &count);
	FUZZ_CHECK(count <= LIMIT_SAN_COUNT);
	for (size_t i = 0; i < count; i++)
		FUZZ_CHECK(general_name_check(&names[i], NULL) == 0);
	const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
	FUZZ_CHECK(count <= LIMIT_EXTENSIONS);
	for (size_t i = 0; i < count; i++) {
		FUZZ_CHECK(list[i].extension.value.length && der_check(list[i].extension.value) == 0);
		FUZZ_CHECK(!bytes_equal(list[i].extension.oid, OID_SUBJECT_ALT_NAME));
		for (size_t k = 0; k < i; k++)
			FUZZ_CHECK(!bytes_equal(list[i].extension.oid, list[k].extension.oid));
	}
}

static inline void judged_check_verdict(const struct signet_verdict *verdict)
{
	FUZZ_CHECK(verdict->decision == SIGNET_PASS || verdict->decision == SIGNET_HOLD ||
	           verdict->decision == SIGNET_DENY);
	FUZZ_CHECK((verdict->reason != SIGNET_REASON_NONE) == (verdict->decision == SIGNET_DENY));
	FUZZ_CHECK(verdict->approvals <= LIMIT_APPROVALS);
	FUZZ_CHECK(memchr(verdict->message, '\0', sizeof verdict->message));
	FUZZ_CHECK(text_is_utf8(bytes_text(verdict->message)) && !text_has_control(verdict->message));
}

/* A refused judgement says why and leaves everything as it was. */
static inline void judged_check_refusal(int result, const struct error *err,
                                        const struct signet_draft *draft,
                                        const struct signet_verdict *verdict)
{
	static const struct signet_verdict untouched = {.decision = SIGNET_PASS};
	FUZZ_CHECK(result == SIGNET_E_INVALID || result == SIGNET_E_NOMEM);
	FUZZ_CHECK(err->code == result && err->message[0]);
	FUZZ_CHECK(memcmp(verdict, &untouched, sizeof untouched) == 0);
	FUZZ_CHECK(result == SIGNET_E_NOMEM || *signet_draft_changes(draft) == '\0');
}

#endif
