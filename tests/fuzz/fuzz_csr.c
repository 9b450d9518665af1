/*
 * Certification requests: what is taken is what the request says, and what is
 * refused is refused with a documented code and a reason.
 */
#include "base/error.h"
#include "pki/csr.h"
#include "tests/fuzz/fuzz.h"

static bool is_inside(struct bytes part, struct bytes whole)
{
	return part.length == 0 || (part.data >= whole.data &&
	                            part.data + part.length <= whole.data + whole.length);
}

static bool is_documented(int code)
{
	return code == SIGNET_E_BAD_REQUEST || code == SIGNET_E_BAD_KEY ||
	       code == SIGNET_E_BAD_ALGORITHM || code == SIGNET_E_BAD_NAME ||
	       code == SIGNET_E_TOO_BIG;
}

static void check_taken(const struct csr *csr)
{
	FUZZ_CHECK(csr->der.length <= LIMIT_CSR);
	FUZZ_CHECK(is_inside(csr->info, csr->der) && is_inside(csr->subject, csr->info));
	FUZZ_CHECK(is_inside(csr->spki, csr->info) && is_inside(csr->signature, csr->der));
	FUZZ_CHECK(name_check(csr->subject, NULL) == 0);
	FUZZ_CHECK(bytes_equal(csr->spki, pubkey_spki(csr->key)));
	FUZZ_CHECK(signature_algorithm_fits(csr->signature_algorithm, pubkey_algorithm(csr->key)));
	FUZZ_CHECK(csr->extension_count <= LIMIT_EXTENSIONS);
	FUZZ_CHECK(csr->alt_name_count <= LIMIT_SAN_COUNT);
	for (size_t i = 0; i < csr->extension_count; i++) {
		FUZZ_CHECK(is_inside(csr->extensions[i].value, csr->info));
		FUZZ_CHECK(der_check(csr->extensions[i].value) == 0);
	}
	for (size_t i = 0; i < csr->alt_name_count; i++)
		FUZZ_CHECK(general_name_check(&csr->alt_names[i], NULL) == 0);
	int result = csr_verify_possession(csr, NULL);
	FUZZ_CHECK(result == 0 || result == SIGNET_E_BAD_SIGNATURE);
}

static void parse(struct arena *arena, struct bytes der)
{
	struct csr csr;
	struct error err = {0};
	int result = csr_parse(&csr, arena, der, &err);
	if (result) {
		FUZZ_CHECK(is_documented(result) && err.code == result && err.message[0]);
		return;
	}
	check_taken(&csr);
	csr_clear(&csr);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct buffer der = BUFFER_MAX(LIMIT_CSR);
	struct error err = {0};
	FUZZ_CHECK(arena);
	parse(arena, bytes_make(data, length));
	int result = csr_read(&der, bytes_make(data, length), &err);
	if (result)
		FUZZ_CHECK((result == SIGNET_E_BAD_REQUEST || result == SIGNET_E_TOO_BIG) &&
		           err.message[0] && der.length == 0);
	else if (der.length != length)
		parse(arena, buffer_bytes(&der));
	buffer_free(&der);
	arena_free(arena);
	return 0;
}
