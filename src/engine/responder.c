#include "engine/responder.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "engine/records.pb-c.h"
#include "engine/work.h"

#define DIRECTORY "engine/ocsp"

static const enum hash_algorithm hashes[] = {HASH_SHA1, HASH_SHA256};

/* The content of the BIT STRING of a SubjectPublicKeyInfo. */
static int key_bits(struct bytes spki, struct bytes *out)
{
	struct der der = der_open(spki), inside;
	if (der_enter(&der, DER_SEQUENCE, &inside) || der_expect(&inside, DER_SEQUENCE, NULL))
		return SIGNET_E_INVALID;
	return der_bits(&inside, out, NULL);
}

int responder_init(struct responder *out, const struct authority *authority, struct error *err)
{
	struct bytes bits;
	*out = (struct responder){.authority = authority};
	int result = key_bits(authority->certificate.spki, &bits);
	for (size_t i = 0; result == 0 && i < 2; i++) {
		result = hash_compute(hashes[i], authority->certificate.subject, out->name_hash[i]);
		if (result == 0)
			result = hash_compute(hashes[i], bits, out->key_hash[i]);
	}
	return result ? error_set(err, result, "the key of '%s' cannot be hashed", authority->name)
	              : 0;
}

void responder_clear(struct responder *responder)
{
	ocsp_signer_free(responder->signer);
	key_free(responder->key);
	responder->signer = NULL;
	responder->key = NULL;
}

bool responder_is_for(const struct responder *responder, const struct ocsp_cert_id *id)
{
	for (size_t i = 0; i < 2; i++) {
		size_t size = hash_size(hashes[i]);
		if (id->hash == hashes[i])
			return bytes_equal(id->key_hash, bytes_make(responder->key_hash[i], size)) &&
			       bytes_equal(id->name_hash, bytes_make(responder->name_hash[i], size));
	}
	return false;
}

bool responder_is_due(const struct responder *responder, int64_t now)
{
	return responder->renewal && now >= responder->renewal;
}

bool responder_is_revoked(const struct responder *responder, struct database *database)
{
	struct stored stored;
	if (!responder->key)
		return false;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	bool revoked = arena &&
		database_find_serial(database, arena,
		                     bytes_make(responder->serial, responder->serial_length),
		                     &stored, NULL) == 0 &&
		stored.certificate && (stored.certificate->state == SIGNET_REVOKED ||
		                       stored.certificate->state == SIGNET_HELD);
	arena_free(arena);
	return revoked;
}

/* What is known of the certificate that signs. */
static void take_facts(struct responder *r, const struct certificate *certificate)
{
	memcpy(r->serial, certificate->serial.data, certificate->serial.length);
	r->serial_length = certificate->serial.length;
	r->key_name = key_algorithm_name(pubkey_algorithm(certificate->key));
	r->not_before = certificate->not_before;
	r->not_after = certificate->not_after;
}

static int path_of(char out[PATH_MAX], const char *state, const struct authority *a,
                   const char *extension, struct error *err)
{
	int n = snprintf(out, PATH_MAX, "%s/" DIRECTORY "/%s.%s", state, a->public_name, extension);
	return n < 0 || n >= PATH_MAX ? error_set(err, SIGNET_E_INVALID, "%s: path too long", state)
	                              : 0;
}

static bool signs_ocsp(struct arena *arena, const struct certificate *certificate)
{
	const struct extension *usage = certificate_extension(certificate, OID_EXT_KEY_USAGE);
	struct bytes *oids;
	size_t count;
	if (!usage || ext_key_usage_decode(arena, usage->value, &oids, &count))
		return false;
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(oids[i], OID_OCSP_SIGNING))
			return true;
	return false;
}

static int check(const struct responder *r, struct arena *arena,
                 const struct certificate *certificate, int64_t now, struct error *err)
{
	const struct authority *a = r->authority;
	if (!pubkey_equal(key_public(r->key), certificate->key))
		return error_set(err, SIGNET_E_STATE, "key and certificate do not belong together");
	if (!bytes_equal(certificate->issuer, a->certificate.subject) ||
	    certificate_verify(certificate, key_public(a->key), NULL))
		return error_set(err, SIGNET_E_STATE, "it is not of the authority's key");
	if (!signs_ocsp(arena, certificate))
		return error_set(err, SIGNET_E_STATE, "it is for no OCSP answers");
	if (now >= certificate->not_after)
		return error_set(err, SIGNET_E_STATE, "it has ended");
	return 0;
}

/* When two thirds of its time are over; at once when the configuration wants another kind of key; not
 * at all when the authority's end leaves no more. */
static int64_t find_renewal(const struct responder *r)
{
	const struct authority *a = r->authority;
	const struct pubkey *key = key_public(r->key);
	if (pubkey_algorithm(key) != a->ocsp.responder_key ||
	    (pubkey_algorithm(key) == KEY_RSA && pubkey_bits(key) != a->ocsp.responder_bits))
		return r->not_before;
	if (r->not_after >= a->bounds.not_after)
		return 0;
	return r->not_before + (r->not_after - r->not_before) / 3 * 2;
}

static int take(struct responder *r, struct bytes der, struct arena *arena, int64_t now,
                struct error *err)
{
	struct certificate certificate;
	int result = certificate_parse(&certificate, arena, der, err);
	if (result)
		return result;
	result = check(r, arena, &certificate, now, err);
	if (result == 0)
		result = ocsp_signer_new(&r->signer, r->key, &der, 1, err);
	if (result == 0) {
		take_facts(r, &certificate);
		r->renewal = find_renewal(r);
	}
	certificate_clear(&certificate);
	return result;
}

static int load_files(struct responder *r, const char *state, struct arena *arena, int64_t now,
                      struct error *err)
{
	_cleanup_secret_ struct buffer key = BUFFER_MAX(LIMIT_KEY_FILE);
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	char path[PATH_MAX];
	struct bytes der;
	size_t count;
	int result = path_of(path, state, r->authority, "key", err);
	if (result == 0)
		result = file_read(&key, path, err);
	if (result == 0)
		result = path_of(path, state, r->authority, "pem", err);
	if (result == 0)
		result = file_read(&pem, path, err);
	if (result == 0)
		result = key_from_pem(&r->key, buffer_bytes(&key), NULL, err);
	if (result == 0)
		result = certificate_read_chain(arena, buffer_bytes(&pem), &der, 1, &count, err);
	if (result == 0 && count == 0)
		result = error_set(err, SIGNET_E_INVALID, "there is no certificate");
	return result ? result : take(r, der, arena, now, err);
}

int responder_load(struct responder *r, const char *state, int64_t now, struct error *err)
{
	const struct authority *a = r->authority;
	if (r->own) {
		take_facts(r, &a->certificate);
		return ocsp_signer_new(&r->signer, a->key, NULL, 0, err);
	}
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	int result = arena ? load_files(r, state, arena, now, err) : error_nomem(err);
	arena_free(arena);
	if (result)
		responder_clear(r);
	return result;
}

/* ---- a new one ---- */

static int write_files(const struct key *key, struct bytes der, const char *state,
                       const struct authority *a, struct error *err)
{
	_cleanup_secret_ struct buffer secret = BUFFER_MAX(LIMIT_KEY_FILE);
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	char path[PATH_MAX];
	char *directory = file_below(state, DIRECTORY);
	int result = directory ? file_make_directory(directory, 0700, err) : error_nomem(err);
	free(directory);
	if (result == 0)
		result = key_to_pem(key, NULL, &secret, err);
	if (result == 0 && pem_encode(&pem, "CERTIFICATE", der))
		result = error_nomem(err);
	if (result == 0)
		result = path_of(path, state, a, "key", err);
	if (result == 0)
		result = file_write(path, buffer_bytes(&secret), 0600, FILE_REPLACE, err);
	if (result == 0)
		result = path_of(path, state, a, "pem", err);
	return result ? result : file_write(path, buffer_bytes(&pem), 0644, FILE_REPLACE, err);
}

/* A request for the subject "NAME OCSP responder", in the arena. */
static int make_csr(struct arena *arena, const struct key *key, const char *name,
                    struct bytes *out, struct error *err)
{
	_cleanup_buffer_ struct buffer subject = BUFFER_MAX(LIMIT_NAME);
	_cleanup_buffer_ struct buffer csr = BUFFER_MAX(LIMIT_CSR);
	const char *text = arena_printf(arena, "%.40s OCSP responder", name);
	struct der_writer w = der_write(&subject);
	if (!text)
		return error_nomem(err);
	der_begin(&w, DER_SEQUENCE);
	int result = name_put_part(&w, OID_COMMON_NAME, bytes_text(text), err);
	der_end(&w);
	if (result == 0 && der_writer_finish(&w))
		result = error_nomem(err);
	if (result == 0)
		result = csr_build(&csr, key, buffer_bytes(&subject), NULL, 0, err);
	if (result == 0 && arena_bytes(arena, buffer_bytes(&csr), out))
		result = error_nomem(err);
	return result;
}

/* What other certificates go through, without the chain: nobody asks for this one. */
static int certify(struct work *work, struct bytes csr, struct error *err)
{
	uint8_t digest[32], key[INDEX_HASH_SIZE];
	struct signet_outcome outcome;
	struct database_entry entry = {.idempotency = key};
	int result = hash_compute(HASH_SHA256, csr, digest);
	if (result == 0)
		result = index_idempotency(PROFILE_RESPONDER, hex_text(work->arena, BYTES_OF(digest)),
		                           key);
	if (result)
		return error_set(err, result, "the request cannot be hashed");
	result = work_begin(work, err);
	if (result == 0)
		result = work_judge(work, err);
	if (result == 0)
		result = work_decide(work, err);
	if (result == 0 && work->state != SIGNET_REQUEST_ISSUED)
		result = error_set(err, SIGNET_E_DENIED, "%s", work->message);
	if (result == 0)
		result = work_fill_entry(work, &entry, err);
	if (result == 0)
		result = database_add(work->engine->database, &entry, err);
	return result ? result : work_finish(work, &entry, &outcome, err);
}

static int issue_for(struct engine *engine, const struct configuration *configuration,
                     const struct authority *a, struct arena *arena, const struct key *key,
                     struct bytes *out, struct error *err)
{
	struct profile profile;
	struct bytes csr;
	int result = profile_make_responder(&profile, arena, a, err);
	if (result == 0)
		result = make_csr(arena, key, a->public_name, &csr, err);
	if (result)
		return result;
	const struct signet_submission submission = {
		.csr = csr, .profile = PROFILE_RESPONDER, .intermediary = PROFILE_RESPONDER,
		.protocol = "engine", .requester = "engine", .address = "",
		.idempotency_key = a->public_name};
	struct work work = {.engine = engine, .configuration = configuration, .arena = arena,
	                    .submission = &submission, .profile = &profile, .unasked = true};
	result = certify(&work, csr, err);
	*out = work.issued.certificate;
	work_clear(&work);
	return result;
}

int responder_renew(struct responder *r, struct engine *engine,
                    const struct configuration *configuration, struct error *err)
{
	const struct authority *a = r->authority;
	struct responder renewed = {.authority = a};
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct bytes der;
	if (!arena)
		return error_nomem(err);
	int result = key_generate(&renewed.key, a->ocsp.responder_key, a->ocsp.responder_bits, err);
	if (result == 0)
		result = issue_for(engine, configuration, a, arena, renewed.key, &der, err);
	if (result == 0)
		result = write_files(renewed.key, der, engine->state, a, err);
	if (result == 0)
		result = take(&renewed, der, arena, clock_now(), err);
	arena_free(arena);
	if (result) {
		responder_clear(&renewed);
		return result;
	}
	responder_clear(r);
	r->key = renewed.key;
	r->signer = renewed.signer;
	memcpy(r->serial, renewed.serial, sizeof r->serial);
	r->serial_length = renewed.serial_length;
	r->key_name = renewed.key_name;
	r->not_before = renewed.not_before;
	r->not_after = renewed.not_after;
	r->renewal = renewed.renewal;
	return 0;
}
