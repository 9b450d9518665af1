#include "tests/unit/api/fake_engine.h"

#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

#include "base/encoding.h"
#include "base/file.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "signetctl/cert_import.h"

#define MADE 1767225600 /* 2026-01-01T00:00:00Z */

struct list {
	const struct crl_entry *entries;
	size_t count;
};

/* Knows two issuers; what else comes is signed by nobody. */
static void answer(struct fake_engine *engine, struct arena *arena, const Signet__Rpc__Call *call,
                   Signet__Rpc__Reply *reply)
{
	assert_int_equal(call->call_case, SIGNET__RPC__CALL__CALL_CHECK_CRL);
	assert_string_equal(call->check_crl->name, engine->arg ? "wanted" : "");
	if (engine->arg) {
		reply->code = SIGNET_E_BAD_SIGNATURE;
		reply->message = TEXT("no key of its issuer has signed the CRL");
		return;
	}
	reply->crl_checked = FAKE(arena, crl_checked);
	reply->crl_checked->authority = TEXT("issuing");
	reply->body_case = SIGNET__RPC__REPLY__BODY_CRL_CHECKED;
}

static struct key *key;

static int setup(void **state)
{
	int result = fake_engine_setup(state);
	struct fake_engine *engine = *state;
	engine->answer = answer;
	engine->arg = NULL;
	return result ? result : key_generate(&key, KEY_P256, 0, NULL);
}

static int teardown(void **state)
{
	key_free(key);
	return fake_engine_teardown(state);
}

static struct bytes name_of(struct fake_engine *engine, const char *text)
{
	struct bytes name = BYTES_NONE;
	assert_int_equal(name_from_text(engine->arena, text, &name, NULL), 0);
	return name;
}

static int visit_list(void *arg, crl_visitor *visitor, void *context)
{
	const struct list *list = arg;
	int result = 0;
	for (size_t i = 0; result == 0 && i < list->count; i++)
		result = visitor(context, &list->entries[i]);
	return result;
}

/* A CRL of this issuer in a file of the engine's directory. */
static const char *write_crl(struct fake_engine *engine, const char *name, const char *issuer,
                             int64_t made, const struct crl_entry *entries, size_t count)
{
	const char *path = arena_printf(engine->arena, "%s/%s", engine->directory, name);
	struct list list = {entries, count};
	uint8_t id[20];
	struct crl_written written;
	pubkey_id(key_public(key), id);
	const struct crl_head head = {.issuer = name_of(engine, issuer), .key_id = BYTES_OF(id),
	                              .number = 1, .this_update = made, .next_update = made + 1};
	_cleanup_fd_ int fd = open(path, O_RDWR | O_CREAT | O_TRUNC, 0600);
	assert_true(fd >= 0);
	assert_int_equal(crl_write(fd, key, SIGNATURE_ECDSA_SHA256, &head, visit_list, &list, &written,
	                           NULL), 0);
	return path;
}

/* What is said of the certificate of this issuer and serial number. */
static struct signet_import_item apply(struct fake_engine *engine,
                                       const struct cert_revocations *revocations,
                                       const char *issuer, uint8_t serial)
{
	struct buffer der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct signet_import_item item = {0};
	const struct certificate_template template = {
		.serial = bytes_make(&serial, 1), .issuer = name_of(engine, issuer),
		.subject = name_of(engine, "CN=leaf"), .not_before = MADE, .not_after = MADE + 1,
		.spki = pubkey_spki(key_public(key))};
	assert_int_equal(certificate_build(&der, &template, key, NULL), 0);
	assert_int_equal(arena_bytes(engine->arena, buffer_bytes(&der), &item.certificate), 0);
	buffer_free(&der);
	cert_revocations_apply(revocations, &item);
	return item;
}

static const uint8_t serials[] = {0x80, 2, 1};

static struct crl_entry entry(size_t at, int64_t revoked, unsigned reason)
{
	return (struct crl_entry){.serial = bytes_make(&serials[at], 1), .revoked = revoked,
	                          .reason = reason};
}

static void an_entry_goes_to_its_certificate(void **state)
{
	struct fake_engine *engine = *state;
	struct cert_revocations *revocations = NULL;
	const char *const *authorities;
	struct crl_entry entries[] = {entry(0, MADE - 5, 0), entry(1, MADE - 6, 6), entry(2, MADE - 7, 1)};
	entries[2].invalid = MADE - 8;
	const char *path = write_crl(engine, "a.crl", "CN=One", MADE, entries, 3);
	assert_int_equal(cert_revocations_add(&revocations, engine->client, path, NULL, NULL), 0);
	struct signet_import_item item = apply(engine, revocations, "CN=One", 1);
	assert_int_equal(item.revoked, MADE - 7);
	assert_int_equal(item.invalid, MADE - 8);
	assert_int_equal(item.reason, 1);
	assert_int_equal(apply(engine, revocations, "CN=One", 2).reason, 6);
	assert_int_equal(apply(engine, revocations, "CN=One", 0x80).revoked, MADE - 5);
	assert_int_equal(apply(engine, revocations, "cn=one", 0x80).revoked, MADE - 5);
	assert_int_equal(apply(engine, revocations, "CN=One", 3).revoked, 0);
	assert_int_equal(apply(engine, revocations, "CN=Two", 1).revoked, 0);
	assert_int_equal(apply(engine, NULL, "CN=One", 1).revoked, 0);
	assert_int_equal(cert_revocations_authorities(revocations, &authorities), 1);
	assert_string_equal(authorities[0], "issuing");
	struct signet_import_item garbage = {.certificate = bytes_text("garbage")};
	cert_revocations_apply(revocations, &garbage);
	assert_int_equal(garbage.revoked, 0);
	cert_revocations_free(revocations);
}

static void the_newest_crl_of_an_issuer_is_believed(void **state)
{
	struct fake_engine *engine = *state;
	struct cert_revocations *revocations = NULL;
	const char *const *authorities;
	struct crl_entry now = entry(2, MADE, 4), before = entry(2, MADE - 9, 6), other = entry(2, MADE - 1, 5);
	const char *const paths[] = {
		write_crl(engine, "a.crl", "CN=One", MADE, &now, 1),
		write_crl(engine, "b.crl", "CN=One", MADE - 100, &before, 1),
		write_crl(engine, "c.crl", "CN=Two", MADE, &other, 1)};
	for (size_t i = 0; i < 3; i++)
		assert_int_equal(cert_revocations_add(&revocations, engine->client, paths[i], NULL, NULL),
		                 0);
	assert_int_equal(apply(engine, revocations, "CN=One", 1).reason, 4);
	assert_int_equal(apply(engine, revocations, "CN=Two", 1).reason, 5);
	assert_int_equal(cert_revocations_authorities(revocations, &authorities), 1);
	cert_revocations_free(revocations);
}

static void pem_is_a_crl_too(void **state)
{
	struct fake_engine *engine = *state;
	struct cert_revocations *revocations = NULL;
	struct crl_entry one = entry(2, MADE, 4);
	struct buffer der = BUFFER_MAX(65536), pem = BUFFER_MAX(65536);
	const char *path = write_crl(engine, "a.crl", "CN=One", MADE, &one, 1);
	assert_int_equal(file_read(&der, path, NULL), 0);
	assert_int_equal(pem_encode(&pem, "X509 CRL", buffer_bytes(&der)), 0);
	assert_int_equal(file_write(path, buffer_bytes(&pem), 0600, FILE_REPLACE, NULL), 0);
	assert_int_equal(cert_revocations_add(&revocations, engine->client, path, NULL, NULL), 0);
	assert_int_equal(apply(engine, revocations, "CN=One", 1).reason, 4);
	cert_revocations_free(revocations);
	buffer_free(&der);
	buffer_free(&pem);
}

static void what_the_engine_does_not_take_is_refused(void **state)
{
	struct fake_engine *engine = *state;
	struct cert_revocations *revocations = NULL;
	struct crl_entry one = entry(2, MADE, 4);
	struct error err = {0};
	const char *path = write_crl(engine, "a.crl", "CN=One", MADE, &one, 1);
	engine->arg = engine;
	assert_int_equal(cert_revocations_add(&revocations, engine->client, path, "wanted", &err),
	                 SIGNET_E_BAD_SIGNATURE);
	assert_non_null(strstr(err.message, "a.crl: no key of its issuer"));
	assert_int_equal(apply(engine, revocations, "CN=One", 1).revoked, 0);
	assert_int_equal(file_write(path, bytes_text("garbage"), 0600, FILE_REPLACE, NULL), 0);
	assert_int_equal(cert_revocations_add(&revocations, engine->client, path, "wanted", &err),
	                 SIGNET_E_INVALID);
	cert_revocations_free(revocations);
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(an_entry_goes_to_its_certificate),
		TEST(the_newest_crl_of_an_issuer_is_believed),
		TEST(pem_is_a_crl_too),
		TEST(what_the_engine_does_not_take_is_refused),
	};
	return cmocka_run_group_tests(tests, NULL, NULL);
}
