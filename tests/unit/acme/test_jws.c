#include "tests/unit/data.h"

#include "intermediaries/acme/jws.h"
#include "tests/unit/acme/jose.h"

#define URL "https://ca.test/acme/new-order"

static struct jose open_key(const char *name)
{
	struct key *key = NULL;
	struct jose jose;
	struct error err = {0};
	if (key_from_pem(&key, data_read(arena_printf(arena, "good/keys/%s.pem", name)), NULL, &err))
		fail_msg("%s: %s", name, err.message);
	assert_int_equal(jose_open(&jose, arena, key), 0);
	return jose;
}

static int read_text(struct jws *out, const char *text, struct error *err)
{
	struct bytes octets = exact(bytes_text(text));
	int result = jws_read(out, arena, octets, err);
	exact_free(octets);
	return result;
}

/* A message with this protected header, signed as it should be. */
static int read_header(struct jws *out, const struct jose *jose, const char *header,
                       struct error *err)
{
	const char *text = jose_message(jose, arena, header, "{}");
	assert_non_null(text);
	return read_text(out, text, err);
}

static void every_algorithm_verifies(void **state)
{
	(void)state;
	static const char *const keys[] = {"p-256", "p-384", "rsa-2048", "rsa-3072", "ed25519"};
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		struct jose jose = open_key(keys[i]);
		struct jws jws;
		struct error err = {0};
		struct pubkey *key = NULL;
		const char *header = jose_header(&jose, arena, NULL, "n0", URL);
		assert_int_equal(read_header(&jws, &jose, header, &err), 0);
		assert_string_equal(jws.nonce, "n0");
		assert_string_equal(jws.url, URL);
		assert_null(jws.kid);
		assert_true(bytes_is_text(jws.payload, "{}"));
		assert_int_equal(jwk_to_pubkey(&jws.jwk, &key, &err), 0);
		assert_true(pubkey_equal(key, key_public(jose.key)));
		assert_int_equal(jws_verify(&jws, key, &err), 0);
		pubkey_free(key);
		jose_close(&jose);
	}
}

static void an_empty_payload_is_post_as_get(void **state)
{
	(void)state;
	struct jose jose = open_key("p-256");
	struct jws jws;
	struct error err = {0};
	const char *header = jose_header(&jose, arena, "https://ca.test/acme/account/1", "n", URL);
	assert_int_equal(read_text(&jws, jose_message(&jose, arena, header, ""), &err), 0);
	assert_int_equal(jws.payload.length, 0);
	assert_string_equal(jws.kid, "https://ca.test/acme/account/1");
	assert_int_equal(jws_verify(&jws, key_public(jose.key), &err), 0);
	jose_close(&jose);
}

static void every_changed_octet_breaks_the_signature(void **state)
{
	(void)state;
	struct jose jose = open_key("p-256");
	struct jws jws;
	struct error err = {0};
	assert_int_equal(
		read_header(&jws, &jose, jose_header(&jose, arena, NULL, "n", URL), &err), 0);
	for (size_t i = 0; i < jws.signature.length; i++) {
		uint8_t *octets = (uint8_t *)(uintptr_t)jws.signature.data;
		octets[i] ^= 1;
		assert_int_equal(jws_verify(&jws, key_public(jose.key), &err),
		                 SIGNET_E_BAD_SIGNATURE);
		octets[i] ^= 1;
	}
	for (size_t i = 0; i < jws.input.length; i++) {
		uint8_t *octets = (uint8_t *)(uintptr_t)jws.input.data;
		octets[i] ^= 1;
		assert_int_equal(jws_verify(&jws, key_public(jose.key), &err),
		                 SIGNET_E_BAD_SIGNATURE);
		octets[i] ^= 1;
	}
	assert_int_equal(jws_verify(&jws, key_public(jose.key), &err), 0);
	jws.signature.length--;
	assert_int_equal(jws_verify(&jws, key_public(jose.key), &err), SIGNET_E_BAD_SIGNATURE);
	jose_close(&jose);
}

static void a_signature_of_another_key_is_refused(void **state)
{
	(void)state;
	struct jose jose = open_key("p-256"), other = open_key("p-256-other");
	struct jws jws;
	struct error err = {0};
	assert_int_equal(
		read_header(&jws, &jose, jose_header(&jose, arena, NULL, "n", URL), &err), 0);
	assert_int_equal(jws_verify(&jws, key_public(other.key), &err), SIGNET_E_BAD_SIGNATURE);
	jose_close(&jose);
	jose_close(&other);
}

static void an_algorithm_that_is_not_the_keys_is_refused(void **state)
{
	(void)state;
	static const char *const keys[] = {"p-256", "p-384", "p-521", "rsa-2048", "ed25519"};
	static const char *const names[] = {"ES256", "ES384", "ES512", "RS256", "EdDSA"};
	for (size_t i = 0; i < 5; i++) {
		struct key *key = NULL;
		const char *path = arena_printf(arena, "good/keys/%s.pem", keys[i]);
		assert_int_equal(key_from_pem(&key, data_read(path), NULL, NULL), 0);
		for (size_t j = 0; j < 5; j++) {
			struct jws jws;
			struct error err = {0};
			const char *header = arena_printf(
				arena, "{\"alg\":\"%s\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}",
				names[j]);
			const char *text = arena_printf(
				arena, "{\"protected\":\"%s\",\"payload\":\"\",\"signature\":\"AAAA\"}",
				base64url_text(arena, bytes_text(header)));
			int result = read_text(&jws, text, &err);
			/* P-521 has no algorithm here */
			assert_int_equal(result, j == 2 ? SIGNET_E_BAD_ALGORITHM : 0);
			if (result == 0)
				assert_int_equal(jws_verify(&jws, key_public(key), &err),
				                 i == j ? SIGNET_E_BAD_SIGNATURE
				                        : SIGNET_E_BAD_ALGORITHM);
		}
		key_free(key);
	}
}

static void the_vector_of_rfc_7515_verifies(void **state)
{
	(void)state;
	/* RFC 7515 appendix A.3 */
	static const char x[] = "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU";
	static const char y[] = "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0";
	struct jws jws = {
		.algorithm = SIGNATURE_ECDSA_SHA256,
		.input = bytes_text(
			"eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly"
			"9leGFtcGxlLmNvbS9pc19yb290Ijp0cnVlfQ"),
	};
	assert_int_equal(base64url_bytes(arena,
	                                 "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djx"
	                                 "La8ISlSApmWQxfKTUJqPP3-Kg6NU1Q",
	                                 &jws.signature),
	                 0);
	struct jwk jwk = {.algorithm = KEY_P256};
	struct pubkey *key = NULL;
	struct error err = {0};
	assert_int_equal(base64url_bytes(arena, x, &jwk.x), 0);
	assert_int_equal(base64url_bytes(arena, y, &jwk.y), 0);
	assert_int_equal(jwk_to_pubkey(&jwk, &key, &err), 0);
	assert_int_equal(jws_verify(&jws, key, &err), 0);
	pubkey_free(key);
}

static void headers_that_are_not_acmes_are_refused(void **state)
{
	(void)state;
	static const struct {
		const char *header;
		int code;
		const char *message;
	} cases[] = {
		{"{\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}", SIGNET_E_INVALID, "no \"alg\""},
		{"{\"alg\":1,\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}", SIGNET_E_INVALID,
	         "no \"alg\""},
		{"{\"alg\":\"none\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_BAD_ALGORITHM, "must be ES256"},
		{"{\"alg\":\"HS256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_BAD_ALGORITHM, "must be ES256"},
		{"{\"alg\":\"PS256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_BAD_ALGORITHM, "must be ES256"},
		{"{\"alg\":\"es256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_BAD_ALGORITHM, "must be ES256"},
		{"{\"alg\":\"ES256\",\"nonce\":\"n\",\"url\":\"u\"}", SIGNET_E_INVALID, "one of"},
		{"{\"alg\":\"ES256\",\"kid\":\"k\",\"jwk\":{},\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_INVALID, "one of"},
		{"{\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":\"n\"}", SIGNET_E_INVALID,
	         "no \"url\""},
		{"{\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":7,\"url\":\"u\"}", SIGNET_E_INVALID,
	         "\"nonce\" is not a string"},
		{"{\"alg\":\"ES256\",\"kid\":[],\"nonce\":\"n\",\"url\":\"u\"}", SIGNET_E_INVALID,
	         "\"kid\" is not a string"},
		{"{\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\",\"crit\":[]}",
	         SIGNET_E_INVALID, "critical"},
		{"{\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\",\"b64\":false,"
	         "\"crit\":[\"b64\"]}",
	         SIGNET_E_INVALID, "critical"},
		{"{\"alg\":\"ES256\",\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_INVALID, "the protected header is not valid JSON"},
		{"{\"alg\":\"ES256\",\"kid\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}x", SIGNET_E_INVALID,
	         "the protected header is not valid JSON"},
		{"{\"alg\":\"ES256\",\"kid\":\"k\\u0000\",\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_INVALID, "the protected header is not valid JSON"},
		{"{\"alg\":\"ES256\",\"kid\":\"k\xff\",\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_INVALID, "the protected header is not valid JSON"},
		{"[]", SIGNET_E_INVALID, "the protected header is not a JSON object"},
		{"", SIGNET_E_INVALID, "the protected header is not valid JSON"},
		{"{\"alg\":\"ES256\",\"jwk\":\"k\",\"nonce\":\"n\",\"url\":\"u\"}",
	         SIGNET_E_INVALID, "\"jwk\" is not an object"},
	};
	struct jose jose = open_key("p-256");
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct jws jws = {.nonce = "untouched"};
		struct error err = {0};
		assert_int_equal(read_header(&jws, &jose, cases[i].header, &err), cases[i].code);
		assert_int_equal(err.code, cases[i].code);
		if (!strstr(err.message, cases[i].message))
			fail_msg("%s: %s", cases[i].header, err.message);
		assert_string_equal(jws.nonce, "untouched");
	}
	jose_close(&jose);
}

/* The parts of a good message, put together in other ways. */
static const char *assemble(const char *format)
{
	struct jose jose = open_key("p-256");
	const char *header = base64url_text(
		arena, bytes_text(jose_header(&jose, arena, "k", "n", URL)));
	const char *input = arena_printf(arena, "%s.e30", header);
	const char *signature = jose_sign(&jose, arena, bytes_text(input));
	struct buffer out = BUFFER_MAX(1 << 16);
	for (const char *c = format; *c; c++) {
		if (*c == 'H')
			buffer_append_text(&out, header);
		else if (*c == 'S')
			buffer_append_text(&out, signature);
		else
			buffer_append_octet(&out, (uint8_t)(*c == '\'' ? '"' : *c));
	}
	const char *text = arena_strdup(arena, buffer_text(&out));
	buffer_free(&out);
	jose_close(&jose);
	return text;
}

static void messages_that_are_not_flattened_jws_are_refused(void **state)
{
	(void)state;
	/* H: the protected header, S: the signature */
	static const char *const bad[] = {
		"",
		"{}",
		"[]",
		"'x'",
		"{'protected':'H','payload':'e30','signature':'S'",
		"{'protected':'H','payload':'e30','signature':'S'}}",
		"{'protected':'H','payload':'e30','signature':'S'}{}",
		"{'protected':'H','payload':'e30','signature':'S'} x",
		"{'payload':'e30','signature':'S'}",
		"{'protected':'H','signature':'S'}",
		"{'protected':'H','payload':'e30'}",
		"{'protected':'H','payload':null,'signature':'S'}",
		"{'protected':{'alg':'ES256'},'payload':'e30','signature':'S'}",
		"{'protected':'H','payload':'e30','signature':'S','header':{}}",
		"{'protected':'H','payload':'e30','signature':'S','header':{'kid':'x'}}",
		"{'payload':'e30','signatures':[{'protected':'H','signature':'S'}]}",
		"{'protected':'H','payload':'e30','signature':'S','signatures':[]}",
		"{'protected':'H','protected':'H','payload':'e30','signature':'S'}",
		"{'protected':'H','payload':'e30','payload':'e30','signature':'S'}",
		"{'protected':'H=','payload':'e30','signature':'S'}",
		"{'protected':'H','payload':'e30=','signature':'S'}",
		"{'protected':'H','payload':'e31','signature':'S'}", /* trailing bits */
		"{'protected':'H','payload':'e3','signature':'S'}",
		"{'protected':'H','payload':'e','signature':'S'}",
		"{'protected':'H','payload':'e+/0','signature':'S'}",
		"{'protected':'H','payload':'e30\\n','signature':'S'}",
		"{'protected':'H','payload':'e 30','signature':'S'}",
		"{'protected':'H','payload':'e30','signature':'S!'}",
		"{'protected':'','payload':'e30','signature':'S'}",
		"{'protected':'H','payload':'e30','signature':'S',}",
		"{'protected':'H','payload':'e30','signature':'S','x':[[[[[[[[1]]]]]]]]}",
	};
	struct jws jws;
	struct error err = {0};
	assert_int_equal(
		read_text(&jws, assemble("{'protected':'H','payload':'e30','signature':'S'}"), &err),
		0);
	/* RFC 7515 section 7.2.2: what is not known is ignored */
	assert_int_equal(
		read_text(&jws,
	                  assemble(" {'x':1,'protected':'H','payload':'e30','signature':'S'} "), &err),
		0);
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++) {
		if (read_text(&jws, assemble(bad[i]), &err) != SIGNET_E_INVALID)
			fail_msg("taken: %s", bad[i]);
		assert_string_not_equal(err.message, "");
	}
}

static void deep_nesting_is_refused_before_it_is_parsed(void **state)
{
	(void)state;
	static char text[60000];
	struct jws jws;
	struct error err = {0};
	memset(text, '[', sizeof text - 1);
	assert_int_equal(read_text(&jws, text, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "too deeply"));
	for (size_t i = 0; i + 5 < sizeof text - 1; i += 5)
		memcpy(text + i, "{\"a\":", 5);
	assert_int_equal(read_text(&jws, text, &err), SIGNET_E_INVALID);
	assert_non_null(strstr(err.message, "too deeply"));
}

static void brackets_in_strings_are_no_nesting(void **state)
{
	(void)state;
	struct jws jws;
	struct error err = {0};
	const char *text = assemble(
		"{'x':'[[[[[[[[[[[{{{{{{\\\\\\'[[[[','protected':'H','payload':'e30','signature':'S'}");
	assert_int_equal(read_text(&jws, text, &err), 0);
}

static void every_truncation_is_refused(void **state)
{
	(void)state;
	const char *text = assemble("{'protected':'H','payload':'e30','signature':'S'}");
	for (size_t length = 0; length < strlen(text); length++) {
		struct jws jws;
		struct error err = {0};
		struct bytes octets = exact(bytes_make(text, length));
		assert_int_equal(jws_read(&jws, arena, octets, &err), SIGNET_E_INVALID);
		exact_free(octets);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_algorithm_verifies),
		cmocka_unit_test(an_empty_payload_is_post_as_get),
		cmocka_unit_test(every_changed_octet_breaks_the_signature),
		cmocka_unit_test(a_signature_of_another_key_is_refused),
		cmocka_unit_test(an_algorithm_that_is_not_the_keys_is_refused),
		cmocka_unit_test(the_vector_of_rfc_7515_verifies),
		cmocka_unit_test(headers_that_are_not_acmes_are_refused),
		cmocka_unit_test(messages_that_are_not_flattened_jws_are_refused),
		cmocka_unit_test(deep_nesting_is_refused_before_it_is_parsed),
		cmocka_unit_test(brackets_in_strings_are_no_nesting),
		cmocka_unit_test(every_truncation_is_refused),
	};
	return cmocka_run_group_tests(tests, arena_setup, arena_teardown);
}
