/*
 * OCSP requests: what is taken lies within the input and can be answered, and
 * what is refused is refused with a documented code and a reason.
 */
#include "base/error.h"
#include "pki/certificate.h"
#include "pki/ocsp.h"
#include "tests/fuzz/fuzz.h"

static bool is_inside(struct bytes part, struct bytes whole)
{
	return part.length == 0 || (part.data >= whole.data &&
	                            part.data + part.length <= whole.data + whole.length);
}

static void check_id(const struct ocsp_cert_id *id, struct bytes whole)
{
	struct der der = der_open(id->der);
	FUZZ_CHECK(is_inside(id->der, whole) && der_expect(&der, DER_SEQUENCE, NULL) == 0);
	FUZZ_CHECK(der_at_end(&der));
	FUZZ_CHECK(is_inside(id->name_hash, id->der) && is_inside(id->key_hash, id->der));
	FUZZ_CHECK(is_inside(id->serial, id->der) && id->serial.length <= SERIAL_SIZE);
	FUZZ_CHECK(!id->hash || id->name_hash.length == hash_size(id->hash));
	FUZZ_CHECK(id->key_hash.length == id->name_hash.length);
}

/* One key for all inputs. */
static const struct ocsp_signer *signer(void)
{
	static struct ocsp_signer *made;
	struct key *key;
	if (made)
		return made;
	FUZZ_CHECK(key_generate(&key, KEY_ED25519, 0, NULL) == 0);
	FUZZ_CHECK(ocsp_signer_new(&made, key, NULL, 0, NULL) == 0);
	return made;
}

static void answer(const struct ocsp_request *request)
{
	struct ocsp_single singles[LIMIT_OCSP_IDS];
	struct buffer out = BUFFER_MAX(65536);
	for (size_t i = 0; i < request->count; i++)
		singles[i] = (struct ocsp_single){.cert_id = request->ids[i].der, .status = i % 3,
		                                  .revoked = 1, .reason = 1, .cutoff = 1};
	const struct ocsp_answer a = {.singles = singles, .count = request->count, .produced = 1,
	                              .this_update = 1, .next_update = 2, .extended = true,
	                              .nonce = request->nonce};
	FUZZ_CHECK(ocsp_response_build(&out, signer(), &a, NULL) == 0);
	FUZZ_CHECK(der_check(buffer_bytes(&out)) == 0);
	buffer_free(&out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	struct ocsp_request request;
	struct error err = {0};
	struct bytes der = bytes_make(data, length);
	int result = ocsp_request_parse(&request, der, &err);
	if (result) {
		FUZZ_CHECK((result == SIGNET_E_INVALID || result == SIGNET_E_TOO_BIG) &&
		           err.code == result && err.message[0]);
		return 0;
	}
	FUZZ_CHECK(request.count > 0 && request.count <= LIMIT_OCSP_IDS);
	FUZZ_CHECK(is_inside(request.nonce, der) && request.nonce.length <= OCSP_NONCE_MAX);
	for (size_t i = 0; i < request.count; i++)
		check_id(&request.ids[i], der);
	answer(&request);
	return 0;
}
