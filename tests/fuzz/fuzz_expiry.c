/*
 * The time of a CRL that is read from its beginning: the one that the whole
 * says, and none that lies beyond what was given.
 */
#include "base/arena.h"
#include "intermediaries/repository/expiry.h"
#include "pki/crl.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	struct bytes all = bytes_make(data, size);
	struct crl crl;
	int64_t whole = -1, beginning = -1;
	struct arena *arena = arena_new(1 << 20);
	FUZZ_CHECK(arena);
	int result = expiry_of_crl(all, &whole);
	FUZZ_CHECK(result == 0 || (result == SIGNET_E_INVALID && whole == -1));
	int other = expiry_of_crl(bytes_make(data, size < EXPIRY_HEAD ? size : EXPIRY_HEAD), &beginning);
	FUZZ_CHECK(other || (result == 0 && whole == beginning));
	if (crl_parse(&crl, arena, all, NULL) == 0 && crl.next_update)
		FUZZ_CHECK(other == 0 && crl.next_update == beginning);
	arena_free(arena);
	return 0;
}
