/*
 * What the adviser answers to the engine: whatever it is, a draft that can be
 * issued comes out of it, without another basicConstraints.
 */
#include "engine/advice.h"
#include "rpc/message.h"
#include "tests/fuzz/judged.h"

static void check_closed(const struct signet_draft *draft)
{
	size_t count;
	const struct signet_draft_extension *list = signet_draft_extensions(draft, &count);
	bool found = false;
	for (size_t i = 0; i < count; i++) {
		FUZZ_CHECK(!bytes_equal(list[i].extension.oid, OID_SUBJECT_KEY_ID));
		FUZZ_CHECK(!bytes_equal(list[i].extension.oid, OID_AUTHORITY_KEY_ID));
		if (!bytes_equal(list[i].extension.oid, OID_BASIC_CONSTRAINTS))
			continue;
		found = true;
		FUZZ_CHECK(list[i].extension.critical && list[i].extension.value.length == 2);
	}
	FUZZ_CHECK(found);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct signet_draft *draft = judged_draft(arena);
	struct signet_verdict verdict = {.decision = SIGNET_PASS};
	ProtobufCMessage *judgement;
	struct error err = {0};
	if (rpc_unpack(arena, &signet__rpc__judgement__descriptor, bytes_make(data, length),
	               &judgement) == 0) {
		int result = advice_take((const Signet__Rpc__Judgement *)judgement, draft, &verdict,
		                         &err);
		if (result)
			judged_check_refusal(result, &err, draft, &verdict);
		else
			judged_check_verdict(&verdict);
		if (result == 0)
			judged_check_draft(draft);
		if (result == 0)
			check_closed(draft);
	}
	arena_free(arena);
	return 0;
}
