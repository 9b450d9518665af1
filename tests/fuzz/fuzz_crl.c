/*
 * Revocation lists: what is taken lies within the input, and what is refused
 * is refused with a documented code and a reason.
 */
#include "base/error.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "tests/fuzz/fuzz.h"

static bool is_inside(struct bytes part, struct bytes whole)
{
	return part.length == 0 || (part.data >= whole.data &&
	                            part.data + part.length <= whole.data + whole.length);
}

static int check_entry(void *context, const struct crl_entry *entry)
{
	const struct crl *crl = context;
	FUZZ_CHECK(entry->serial.length > 0 && entry->serial.length <= SERIAL_SIZE);
	FUZZ_CHECK(entry->serial.data[0] != 0 && is_inside(entry->serial, crl->entries));
	FUZZ_CHECK(crl_reason_is(entry->reason));
	return 0;
}

static void check_taken(const struct crl *crl)
{
	struct error err = {0};
	struct crl_entry entry;
	FUZZ_CHECK(is_inside(crl->tbs, crl->der) && is_inside(crl->issuer, crl->tbs));
	FUZZ_CHECK(is_inside(crl->entries, crl->tbs) && is_inside(crl->signature, crl->der));
	FUZZ_CHECK(is_inside(crl->key_id, crl->tbs) && !crl->point.indirect);
	FUZZ_CHECK(crl->next_update == 0 || crl->next_update >= crl->this_update);
	for (size_t i = 0; i < crl->extension_count; i++)
		FUZZ_CHECK(is_inside(crl->extensions[i].value, crl->tbs));
	int result = crl_visit(crl, check_entry, (void *)(uintptr_t)crl, &err);
	FUZZ_CHECK(result == 0 || (result == SIGNET_E_INVALID && err.message[0]));
	FUZZ_CHECK(crl_find(crl, BYTES_NONE, &entry, NULL) == (result ? result : SIGNET_E_NOT_FOUND));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct error err = {0};
	struct crl crl;
	FUZZ_CHECK(arena);
	int result = crl_parse(&crl, arena, bytes_make(data, length), &err);
	if (result)
		FUZZ_CHECK((result == SIGNET_E_INVALID || result == SIGNET_E_BAD_NAME ||
		            result == SIGNET_E_BAD_ALGORITHM || result == SIGNET_E_TOO_BIG) &&
		           err.code == result && err.message[0]);
	else
		check_taken(&crl);
	arena_free(arena);
	return 0;
}
