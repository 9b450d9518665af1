#include "fixture.h"

#include <dirent.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/log.h"
#include "engine/request.h"
#include "pki/certificate.h"
#include "pki/csr.h"

#define YEAR (365 * 86400)
#define MEMORY (16u << 20)
#define NAMES_MAX 100

const char fixture_profiles[] =
	"profiles:\n"
	"  tls-server:\n"
	"    validity: 90d\n"
	"    names: [dns, ip, email, uri]\n"
	"    subject: {common-name: first-dns}\n"
	"    key-usage: [digital-signature]\n"
	"    extended-key-usage: [server-auth]\n"
	"  closed: {}\n"
	"intermediaries:\n"
	"  - acme: {path: /acme, profile: tls-server}\n";

const char fixture_sections[] =
	"profiles:\n"
	"  tls-server:\n"
	"    validity: 90d\n"
	"    names: [dns, ip, email, uri]\n"
	"    subject: {common-name: first-dns}\n"
	"    key-usage: [digital-signature]\n"
	"    extended-key-usage: [server-auth]\n"
	"  closed: {}\n"
	"intermediaries:\n"
	"  - acme: {path: /acme, profile: tls-server}\n"
	"policy:\n"
	"  - keys: {}\n"
	"  - names: {dns: ['*.example.com'], ip: [192.0.2.0/24]}\n"
	"  - validity: {max: 397d}\n";

void fixture_path(const struct fixture *f, const char *name, char out[FIXTURE_PATH])
{
	int n = snprintf(out, FIXTURE_PATH, "%s/%s", f->directory, name);
	assert_in_range(n, 1, FIXTURE_PATH - 1);
}

static void write_bytes(const struct fixture *f, const char *name, struct bytes content)
{
	char path[FIXTURE_PATH];
	fixture_path(f, name, path);
	assert_int_equal(file_write(path, content, 0600, FILE_REPLACE, NULL), 0);
}

void fixture_write(const struct fixture *f, const char *name, const char *text)
{
	write_bytes(f, name, bytes_text(text));
}

static void add_extension(struct arena *arena, struct extension *list, size_t *count,
                          struct bytes oid, bool critical, struct buffer *value)
{
	struct extension *extension = &list[(*count)++];
	extension->oid = oid;
	extension->critical = critical;
	assert_int_equal(value->error, 0);
	assert_int_equal(arena_bytes(arena, buffer_bytes(value), &extension->value), 0);
	buffer_free(value);
}

struct bytes fixture_certificate(struct arena *arena, const struct fixture_authority *a)
{
	struct buffer value = BUFFER_MAX(4096), der = BUFFER_MAX(LIMIT_CERTIFICATE);
	struct extension extensions[5];
	uint8_t serial[SERIAL_SIZE], id[20];
	size_t count = 0;
	struct error err = {0};
	basic_constraints_encode(&value, a->ca, a->path_length);
	add_extension(arena, extensions, &count, OID_BASIC_CONSTRAINTS, true, &value);
	key_usage_encode(&value, a->key_usage);
	add_extension(arena, extensions, &count, OID_KEY_USAGE, true, &value);
	pubkey_id(key_public(a->key), id);
	subject_key_id_encode(&value, BYTES_OF(id));
	add_extension(arena, extensions, &count, OID_SUBJECT_KEY_ID, false, &value);
	pubkey_id(key_public(a->issuer_key), id);
	authority_key_id_encode(&value, BYTES_OF(id));
	add_extension(arena, extensions, &count, OID_AUTHORITY_KEY_ID, false, &value);
	if (a->constraints) {
		assert_int_equal(name_constraints_encode(&value, a->constraints), 0);
		add_extension(arena, extensions, &count, OID_NAME_CONSTRAINTS, true, &value);
	}
	assert_int_equal(serial_make(serial), 0);
	struct certificate_template template = {
		.serial = BYTES_OF(serial), .not_before = a->not_before, .not_after = a->not_after,
		.spki = pubkey_spki(key_public(a->key)), .extensions = extensions,
		.extension_count = count};
	assert_int_equal(name_from_text(arena, a->issuer, &template.issuer, &err), 0);
	assert_int_equal(name_from_text(arena, a->subject, &template.subject, &err), 0);
	if (certificate_build(&der, &template, a->issuer_key, &err))
		fail_msg("%s", err.message);
	struct bytes out = BYTES_NONE;
	assert_int_equal(arena_bytes(arena, buffer_bytes(&der), &out), 0);
	buffer_free(&der);
	return out;
}

void fixture_write_pem(const struct fixture *f, const char *name, const struct bytes *ders,
                       size_t count)
{
	struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	for (size_t i = 0; i < count; i++)
		assert_int_equal(pem_encode(&pem, "CERTIFICATE", ders[i]), 0);
	write_bytes(f, name, buffer_bytes(&pem));
	buffer_free(&pem);
}

void fixture_write_key(const struct fixture *f, const char *name, const struct key *key,
                       const char *passphrase)
{
	struct buffer pem = BUFFER_MAX(LIMIT_KEY_FILE);
	assert_int_equal(key_to_pem(key, passphrase, &pem, NULL), 0);
	write_bytes(f, name, buffer_bytes(&pem));
	buffer_free(&pem);
}

static void make_authorities(struct fixture *f)
{
	int64_t now = clock_now();
	assert_int_equal(key_generate(&f->key, KEY_P256, 0, NULL), 0);
	assert_int_equal(key_generate(&f->root_key, KEY_P256, 0, NULL), 0);
	assert_int_equal(key_generate(&f->issuing_key, KEY_P256, 0, NULL), 0);
	struct fixture_authority root = {
		.subject = "CN=Test Root", .issuer = "CN=Test Root", .key = f->root_key,
		.issuer_key = f->root_key, .key_usage = KU_KEY_CERT_SIGN | KU_CRL_SIGN, .ca = true,
		.path_length = PATH_LENGTH_NONE, .not_before = now - YEAR, .not_after = now + 10 * YEAR};
	struct fixture_authority issuing = root;
	issuing.subject = "CN=Test Issuing";
	issuing.key = f->issuing_key;
	issuing.path_length = 0;
	f->root = fixture_certificate(f->arena, &root);
	f->issuing = fixture_certificate(f->arena, &issuing);
	struct bytes chain[] = {f->issuing, f->root};
	fixture_write_pem(f, "issuing.pem", chain, 2);
	fixture_write_key(f, "issuing.key", f->issuing_key, NULL);
}

void fixture_configure(struct fixture *f, const char *sections)
{
	struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	buffer_printf(&text, "state: .\nhostname: ca.example.com\n"
	              "listen:\n  - {address: 127.0.0.1, port: 8443, tls: true}\n");
	if (!strstr(sections, "authorities:"))
		buffer_append_text(&text, "authorities:\n"
		                   "  issuing:\n"
		                   "    certificate: issuing.pem\n"
		                   "    key: issuing.key\n"
		                   "    crl: none\n" /* its thread has tests of its own */
		                   "    urls: {crl: ['http://ca.example.com/issuing.crl'], "
		                   "issuers: ['http://ca.example.com/issuing.cer']}\n");
	buffer_append_text(&text, sections);
	assert_int_equal(text.error, 0);
	write_bytes(f, "signet.yaml", buffer_bytes(&text));
	buffer_free(&text);
}

void fixture_make(struct fixture *f, const char *sections)
{
	const char *base = getenv("TMPDIR");
	log_setup("test", LOG_ERROR, false);
	*f = (struct fixture){.arena = arena_new(MEMORY)};
	assert_non_null(f->arena);
	snprintf(f->directory, sizeof f->directory, "%s/signet-engine-XXXXXX", base ? base : "/tmp");
	assert_non_null(mkdtemp(f->directory));
	fixture_path(f, "signet.yaml", f->config);
	make_authorities(f);
	fixture_configure(f, sections);
}

void fixture_open(struct fixture *f)
{
	struct error err = {0};
	if (settings_load(&f->settings, f->config, &err) ||
	    engine_open(&f->engine, f->settings, &err))
		fail_msg("%s (%s)", err.message, err.detail);
}

void fixture_shut(struct fixture *f)
{
	engine_close(f->engine);
	settings_free(f->settings);
	f->engine = NULL;
	f->settings = NULL;
}

static void remove_tree(const char *path)
{
	DIR *directory = opendir(path);
	for (struct dirent *entry; directory && (entry = readdir(directory));) {
		char below[2 * FIXTURE_PATH];
		if (strcmp(entry->d_name, ".") == 0 || strcmp(entry->d_name, "..") == 0)
			continue;
		snprintf(below, sizeof below, "%s/%s", path, entry->d_name);
		if (unlink(below))
			remove_tree(below);
	}
	if (directory)
		closedir(directory);
	rmdir(path);
}

void fixture_end(struct fixture *f)
{
	fixture_shut(f);
	key_free(f->key);
	key_free(f->root_key);
	key_free(f->issuing_key);
	arena_free(f->arena);
	remove_tree(f->directory);
}

struct bytes fixture_csr(struct arena *arena, const struct key *key, const char *subject, ...)
{
	struct general_name names[NAMES_MAX];
	size_t count = 0;
	struct error err = {0};
	va_list ap;
	va_start(ap, subject);
	for (const char *text; (text = va_arg(ap, const char *)); count++) {
		assert_in_range(count, 0, NAMES_MAX - 1);
		if (general_name_from_text(arena, text, &names[count], &err))
			fail_msg("%s: %s", text, err.message);
	}
	va_end(ap);
	struct buffer value = BUFFER_MAX(LIMIT_CSR), der = BUFFER_MAX(LIMIT_CSR);
	struct extension extension = {.oid = OID_SUBJECT_ALT_NAME};
	struct bytes name, out = BYTES_NONE;
	if (count)
		assert_int_equal(subject_alt_name_encode(&value, names, count), 0);
	extension.value = buffer_bytes(&value);
	assert_int_equal(name_from_text(arena, subject, &name, &err), 0);
	assert_int_equal(csr_build(&der, key, name, &extension, count ? 1 : 0, &err), 0);
	assert_int_equal(arena_bytes(arena, buffer_bytes(&der), &out), 0);
	buffer_free(&value);
	buffer_free(&der);
	return out;
}

struct signet_submission fixture_submission(struct bytes csr, const char *idempotency_key)
{
	return (struct signet_submission){
		.csr = csr, .profile = "tls-server", .intermediary = "acme", .protocol = "acme",
		.requester = "account 1", .address = "192.0.2.7",
		.idempotency_key = idempotency_key};
}

int fixture_submit(struct fixture *f, const struct signet_submission *submission,
                   struct signet_outcome *out, struct error *err)
{
	struct configuration *configuration = configuration_take(f->engine->holder);
	int result = request_submit(f->engine, configuration, f->arena, submission, out, err);
	configuration_release(f->engine->holder, configuration);
	return result;
}

void fixture_use_rule(struct fixture *f,
                      int (*check)(const void *rule, const struct signet_request *request,
                                   struct signet_draft *draft, struct signet_verdict *verdict))
{
	static struct signet_policy policy = {
		.module = {SIGNET_API_VERSION, SIGNET_MODULE_POLICY, "test", "for tests", NULL}};
	policy.check = check;
	struct rule rule = {.name = "test", .module = &policy};
	struct configuration *c = configuration_take(f->engine->holder);
	chain_free(c->chain);
	assert_int_equal(chain_make(&c->chain, &rule, 1, NULL), 0);
	configuration_release(f->engine->holder, c);
}
