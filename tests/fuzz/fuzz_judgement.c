/*
 * Judgements as JSON, from programs and web servers: what is taken leaves a
 * draft that the engine's own reader takes, too, and what is refused leaves it
 * as it was.
 */
#include "api/json.h"
#include "tests/fuzz/judged.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct signet_draft *draft = judged_draft(arena);
	struct signet_verdict verdict = {.decision = SIGNET_PASS};
	struct Signet__Rpc__Draft *message;
	struct draft_parts parts;
	struct error err = {0};
	int result = json_read_judgement(bytes_make(data, length), draft, &verdict, &err);
	if (result) {
		judged_check_refusal(result, &err, draft, &verdict);
	} else {
		judged_check_verdict(&verdict);
		judged_check_draft(draft);
		result = draft_message_make(arena, draft, &message);
		FUZZ_CHECK(result == 0 || result == SIGNET_E_NOMEM || result == SIGNET_E_TOO_BIG);
		result = result ? 0 : draft_message_read(arena, message, &parts, &err);
		FUZZ_CHECK(result == 0 || result == SIGNET_E_NOMEM);
	}
	arena_free(arena);
	return 0;
}
