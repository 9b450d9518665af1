#include "tests/unit/api/fake_engine.h"

#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encoding.h"
#include "base/file.h"
#include "crypto/hash.h"
#include "pki/certificate.h"
#include "signetctl/cert.h"

static struct bytes leaf, serial; /* a certificate of the test data, and its serial number */

/* Has the certificate 17, whose serial number is this. */
static void answer(struct fake_engine *engine, struct arena *arena,
                   const Signet__Rpc__Call *call, Signet__Rpc__Reply *reply)
{
	(void)engine;
	const Signet__Rpc__CertificateKey *key = call->get_certificate;
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_GET_CERTIFICATE);
	uint8_t sha256[HASH_SIZE_MAX];
	assert_int_equal(hash_compute(HASH_SHA256, leaf, sha256), 0);
	if (key->certificate_id != 17 &&
	    !bytes_equal(bytes_make(key->fingerprint.data, key->fingerprint.len),
	                 bytes_make(sha256, 32)) &&
	    !bytes_equal(bytes_make(key->serial.data, key->serial.len), serial)) {
		reply->code = SIGNET_E_NOT_FOUND;
		reply->message = TEXT("none");
		return;
	}
	reply->certificate = FAKE(arena, certificate);
	reply->certificate->id = 17;
	reply->certificate->certificate =
		(ProtobufCBinaryData){leaf.length, (uint8_t *)(uintptr_t)leaf.data};
	reply->body_case = SIGNET__RPC__REPLY__BODY_CERTIFICATE;
}

static int setup(void **state)
{
	fake_engine_setup(state);
	struct fake_engine *engine = *state;
	struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct certificate parsed;
	const char *source = getenv("srcdir");
	char path[512];
	snprintf(path, sizeof path, "%s/tests/data/good/chain/leaf.der", source ? source : ".");
	assert_int_equal(file_read(&der, path, NULL), 0);
	assert_int_equal(arena_bytes(engine->arena, buffer_bytes(&der), &leaf), 0);
	buffer_free(&der);
	assert_int_equal(certificate_parse(&parsed, engine->arena, leaf, NULL), 0);
	assert_int_equal(arena_bytes(engine->arena, parsed.serial, &serial), 0);
	certificate_clear(&parsed);
	engine->answer = answer;
	return 0;
}

static int find(struct fake_engine *engine, const char *text)
{
	struct command_context context = {.arena = engine->arena, .client = engine->client};
	struct signet_certificate out;
	struct error err = {0};
	int result = cert_find(&context, text, &out, &err);
	assert_int_equal(result, err.code);
	if (result == 0)
		assert_int_equal(out.id, 17);
	return result;
}

static void ids_and_serial_numbers_are_told_apart(void **state)
{
	struct fake_engine *engine = *state;
	/* longer than an id */
	char *hex = arena_printf(engine->arena, "%022d%s", 0, hex_text(engine->arena, serial));
	assert_int_equal(find(engine, "17"), 0);
	assert_int_equal(find(engine, "18"), SIGNET_E_NOT_FOUND);
	assert_int_equal(find(engine, hex), 0);
	assert_int_equal(find(engine, arena_printf(engine->arena, "%.2s:%s", hex, hex + 2)), 0);
	assert_int_equal(find(engine, "abcdef"), SIGNET_E_NOT_FOUND);
	/* what would be an id without its mark */
	assert_int_equal(find(engine, "0x17"), SIGNET_E_NOT_FOUND);
	assert_int_equal(find(engine, arena_printf(engine->arena, "0x%s", hex)), 0);
	static const char *const wrong[] = {"", ":", "0x", "xyz", "abc", "17 ", "-1"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(find(engine, wrong[i]), SIGNET_E_INVALID);
}

static void a_fingerprint_is_of_sha256(void **state)
{
	struct fake_engine *engine = *state;
	struct command_context context = {.arena = engine->arena, .client = engine->client};
	uint8_t digest[HASH_SIZE_MAX];
	struct buffer colons = BUFFER_MAX(128);
	struct signet_certificate out;
	struct error err = {0};
	assert_int_equal(hash_compute(HASH_SHA256, leaf, digest), 0);
	char *hex = hex_text(engine->arena, bytes_make(digest, 32));
	for (size_t i = 0; i < 64; i += 2)
		buffer_printf(&colons, "%s%c%c", i ? ":" : "", toupper(hex[i]), hex[i + 1]);
	assert_int_equal(find(engine, hex), 0);
	assert_int_equal(find(engine, buffer_text(&colons)), 0);
	hex[63] = hex[63] == '0' ? '1' : '0';
	assert_int_equal(find(engine, hex), SIGNET_E_NOT_FOUND);
	assert_int_equal(find(engine, arena_printf(engine->arena, "%s00", hex)), SIGNET_E_INVALID);
	buffer_free(&colons);
	/* it could be a serial number */
	hex[40] = '\0';
	assert_int_equal(cert_find(&context, hex, &out, &err), SIGNET_E_NOT_FOUND);
	assert_non_null(strstr(err.message, "SHA-256"));
}

static void a_file_is_the_certificate_itself(void **state)
{
	struct fake_engine *engine = *state;
	char *path = arena_printf(engine->arena, "%s/leaf.der", engine->directory);
	assert_int_equal(file_write(path, leaf, 0600, FILE_REPLACE, NULL), 0);
	assert_int_equal(find(engine, path), 0);
	struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	pem_encode(&pem, "CERTIFICATE", leaf);
	pem_encode(&pem, "CERTIFICATE", leaf); /* a chain */
	assert_int_equal(file_write(path, buffer_bytes(&pem), 0600, FILE_REPLACE, NULL), 0);
	buffer_free(&pem);
	assert_int_equal(find(engine, path), 0);
	assert_int_equal(file_write(path, bytes_text("nothing"), 0600, FILE_REPLACE, NULL), 0);
	assert_int_equal(find(engine, path), SIGNET_E_INVALID);
	assert_int_equal(find(engine, "./no-such-file"), SIGNET_E_NOT_FOUND);
}

/* Of another CA: with the same serial number it would be the wrong one to revoke. */
static void a_file_of_another_certificate_is_not_taken(void **state)
{
	struct fake_engine *engine = *state;
	char *path = arena_printf(engine->arena, "%s/leaf.der", engine->directory);
	assert_int_equal(file_write(path, leaf, 0600, FILE_REPLACE, NULL), 0);
	uint8_t *other = arena_memdup(engine->arena, leaf.data, leaf.length);
	other[leaf.length - 1] ^= 1;
	leaf.data = other;
	assert_int_equal(find(engine, path), SIGNET_E_NOT_FOUND);
}

static void dates_are_days_or_moments(void **state)
{
	int64_t date;
	(void)state;
	assert_int_equal(cert_read_date("2026-11-23", &date, NULL), 0);
	assert_int_equal(date, 1795392000);
	assert_int_equal(cert_read_date("2026-11-23T01:00:01Z", &date, NULL), 0);
	assert_int_equal(date, 1795392000 + 3601);
	static const char *const wrong[] = {"", "2026-13-01", "2026-11-3x", "yesterday", "20261123",
	                                    "2026-11-23T01:00:01"};
	for (size_t i = 0; i < sizeof wrong / sizeof *wrong; i++)
		assert_int_equal(cert_read_date(wrong[i], &date, NULL), SIGNET_E_INVALID);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, fake_engine_teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(ids_and_serial_numbers_are_told_apart),
		TEST(a_fingerprint_is_of_sha256),
		TEST(a_file_is_the_certificate_itself),
		TEST(a_file_of_another_certificate_is_not_taken),
		cmocka_unit_test(dates_are_days_or_moments),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
