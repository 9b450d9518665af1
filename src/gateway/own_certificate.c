#include "gateway/own_certificate.h"

#include <stdio.h>
#include <stdlib.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "pki/certificate.h"
#include "pki/csr.h"

#define KEY_LABEL "PRIVATE KEY"
#define CERTIFICATE_LABEL "CERTIFICATE"
#define PROFILE "gateway"

void own_certificate_clear(struct own_certificate *certificate)
{
	buffer_wipe(&certificate->key);
	buffer_free(&certificate->chain);
}

/* ---- names ---- */

static bool is_listed(const struct general_name *names, size_t count,
                      const struct general_name *name)
{
	for (size_t i = 0; i < count; i++)
		if (names[i].kind == name->kind && bytes_equal(names[i].value, name->value))
			return true;
	return false;
}

static int add_name(struct arena *arena, const char *text, struct general_name *names,
                    size_t *count, struct error *err)
{
	uint8_t address[16];
	size_t length = text_to_address(text, address);
	struct general_name name = {.kind = length ? GN_IP : GN_DNS};
	char *host = arena_strdup(arena, text);
	if (!host)
		return error_nomem(err);
	for (char *p = host; *p; p++)
		*p = text_lower(*p);
	name.value = bytes_text(host);
	if (!length && !text_is_dns_name(host, false))
		return error_set(err, SIGNET_E_CONFIG, "hostname: %s is no host name", text);
	if (length && arena_bytes(arena, bytes_make(address, length), &name.value))
		return error_nomem(err);
	if (!is_listed(names, *count, &name))
		names[(*count)++] = name;
	return 0;
}

/* SIGNET_E_BAD_NAME: not permitted. */
static int check_permitted(struct arena *arena, const struct signet_authority *issuer,
                           const struct general_name *name, struct error *err)
{
	int result = 0;
	for (size_t i = 0; !result && i < issuer->name_constraint_count; i++) {
		struct name_constraints constraints;
		result = name_constraints_decode(arena, issuer->name_constraints[i], &constraints);
		if (result)
			return error_set(err, result, "the engine's name constraints do not parse");
		result = name_constraints_check(&constraints, arena, NAME_EMPTY, name, 1, err);
	}
	return result;
}

static int keep_permitted(struct arena *arena, const struct signet_authority *issuer,
                          struct general_name *names, size_t *count, struct error *err)
{
	struct error why = {0};
	size_t kept = 0;
	for (size_t i = 0; i < *count; i++) {
		int result = check_permitted(arena, issuer, &names[i], &why);
		if (result && result != SIGNET_E_BAD_NAME)
			return error_set(err, result, "%s", why.message);
		if (!result)
			names[kept++] = names[i];
	}
	*count = kept;
	return kept ? 0 : error_set(err, SIGNET_E_CONFIG, "hostname: %s", why.message);
}

int own_certificate_names(struct arena *arena, const struct settings *settings,
                          const struct signet_authority *issuer, struct general_name **out,
                          size_t *count, struct error *err)
{
	struct general_name *names =
		arena_array(arena, settings->listener_count + 1, sizeof *names);
	size_t used = 0;
	if (!names)
		return error_nomem(err);
	int result = add_name(arena, settings->hostname, names, &used, err);
	for (size_t i = 0; !result && i < settings->listener_count; i++) {
		const struct listener *listener = &settings->listeners[i];
		if (listener->tls && strcmp(listener->address, "0.0.0.0") != 0)
			result = add_name(arena, listener->address, names, &used, err);
	}
	if (!result && issuer)
		result = keep_permitted(arena, issuer, names, &used, err);
	if (result)
		return result;
	*out = names;
	*count = used;
	return 0;
}

/* ---- the file ---- */

static int file_path(const struct settings *settings, char **out, struct error *err)
{
	*out = settings_path(settings, "gateway/tls.pem");
	return *out ? 0 : error_nomem(err);
}

/* Splits the file into the key and the chain, both PEM. */
static int split(struct own_certificate *out, struct bytes text, struct error *err)
{
	_cleanup_secret_ struct buffer der = BUFFER_MAX(LIMIT_PEM_FILE);
	char label[64];
	int result = buffer_reserve(&der, text.length);
	/* no growth: it would leave copies of the key behind */
	if (!result)
		result = buffer_reserve(&out->key, LIMIT_KEY_FILE);
	while (!result) {
		buffer_clear(&der);
		result = pem_decode(&der, label, sizeof label, &text);
		if (result == SIGNET_E_NOT_FOUND)
			return 0;
		if (result)
			break;
		bool secret = strcmp(label, KEY_LABEL) == 0;
		result = secret || strcmp(label, CERTIFICATE_LABEL) == 0
		                 ? pem_encode(secret ? &out->key : &out->chain, label,
		                              buffer_bytes(&der))
		                 : SIGNET_E_INVALID;
	}
	return error_set(err, result, "the kept TLS certificate does not parse");
}

/* issuer: NULL when it is not known what it permits. */
static int check_names(struct arena *arena, const struct certificate *certificate,
                       const struct settings *settings, const struct signet_authority *issuer,
                       struct error *err)
{
	struct general_name *wanted, *got;
	size_t wanted_count, got_count;
	const struct extension *extension =
		certificate_extension(certificate, OID_SUBJECT_ALT_NAME);
	int result = own_certificate_names(arena, settings, issuer, &wanted, &wanted_count, err);
	if (result)
		return result;
	if (!extension)
		return error_set(err, SIGNET_E_INVALID, "the kept TLS certificate has no names");
	result = subject_alt_name_decode(arena, extension->value, &got, &got_count, err);
	if (result)
		return result;
	bool same = !issuer || wanted_count == got_count;
	for (size_t i = 0; same && i < got_count; i++)
		same = is_listed(wanted, wanted_count, &got[i]);
	return same ? 0
	            : error_set(err, SIGNET_E_INVALID,
	                        "the kept TLS certificate has other names than the configuration");
}

static int check_issuer(struct arena *arena, const struct certificate *certificate,
                        const struct signet_authority *authorities, size_t count,
                        struct error *err)
{
	for (size_t i = 0; i < count; i++) {
		struct certificate issuer;
		if (certificate_parse(&issuer, arena, authorities[i].certificate, NULL))
			continue;
		bool issued = bytes_equal(issuer.subject, certificate->issuer) &&
		              certificate_verify(certificate, issuer.key, NULL) == 0;
		certificate_clear(&issuer);
		if (issued)
			return 0;
	}
	return count == 0 ? 0
	                  : error_set(err, SIGNET_E_INVALID,
	                              "the kept TLS certificate is of another authority");
}

static int check_key(const struct own_certificate *own, const struct certificate *certificate,
                     struct error *err)
{
	struct key *key;
	int result = key_from_pem(&key, buffer_bytes(&own->key), NULL, err);
	if (result)
		return result;
	bool same = pubkey_equal(key_public(key), certificate->key);
	key_free(key);
	return same ? 0
	            : error_set(err, SIGNET_E_INVALID, "the kept TLS certificate is of another key");
}

static int check_time(struct own_certificate *own, const struct certificate *certificate,
                      struct error *err)
{
	int64_t now = clock_now();
	if (now < certificate->not_before || now >= certificate->not_after)
		return error_set(err, SIGNET_E_INVALID, "the kept TLS certificate is not valid now");
	own->not_after = certificate->not_after;
	own->renew_at = certificate->not_after -
	                (certificate->not_after - certificate->not_before) / 3;
	return 0;
}

static int check_leaf(struct own_certificate *own, const struct settings *settings,
                      const struct signet_authority *authorities, size_t count,
                      struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct bytes chain[LIMIT_CHAIN + 1];
	struct certificate leaf;
	size_t length = 0;
	if (!arena)
		return error_nomem(err);
	int result = certificate_read_chain(arena, buffer_bytes(&own->chain), chain,
	                                    LIMIT_CHAIN + 1, &length, err);
	if (!result && length == 0)
		result = error_set(err, SIGNET_E_INVALID, "there is no kept TLS certificate");
	if (!result)
		result = certificate_parse(&leaf, arena, chain[0], err);
	if (!result) {
		if (!(result = check_time(own, &leaf, err)) &&
		    !(result = check_key(own, &leaf, err)) &&
		    !(result = check_names(arena, &leaf, settings, count ? authorities : NULL, err)))
			result = check_issuer(arena, &leaf, authorities, count, err);
		certificate_clear(&leaf);
	}
	arena_free(arena);
	return result;
}

int own_certificate_load(struct own_certificate *out, const struct settings *settings,
                         const struct signet_authority *authorities, size_t count,
                         struct error *err)
{
	struct own_certificate own = OWN_CERTIFICATE_EMPTY;
	_cleanup_secret_ struct buffer text = BUFFER_MAX(LIMIT_PEM_FILE);
	char *path;
	int result = file_path(settings, &path, err);
	if (result)
		return result;
	result = file_read(&text, path, err);
	free(path);
	if (!result)
		result = split(&own, buffer_bytes(&text), err);
	if (!result)
		result = check_leaf(&own, settings, authorities, count, err);
	if (result)
		own_certificate_clear(&own);
	else
		*out = own;
	return result;
}

static int save(const struct own_certificate *own, const struct settings *settings,
                struct error *err)
{
	_cleanup_secret_ struct buffer text = BUFFER_MAX(LIMIT_PEM_FILE);
	char *path;
	/* no growth: it would leave copies of the key behind */
	if (buffer_reserve(&text, own->key.length + own->chain.length) ||
	    buffer_append_bytes(&text, buffer_bytes(&own->key)) ||
	    buffer_append_bytes(&text, buffer_bytes(&own->chain)))
		return error_set(err, text.error, "the TLS certificate is too long");
	int result = file_path(settings, &path, err);
	if (result)
		return result;
	result = file_write(path, buffer_bytes(&text), 0600, FILE_REPLACE, err);
	free(path);
	return result;
}

/* ---- from the engine ---- */

/* issuer: the engine's first authority, which issues by the profile "gateway". */
static int build_request(struct buffer *csr, struct arena *arena, const struct key *key,
                         const struct settings *settings, const struct signet_authority *issuer,
                         struct error *err)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CSR);
	struct general_name *names;
	size_t count;
	int result = own_certificate_names(arena, settings, issuer, &names, &count, err);
	if (result)
		return result;
	result = subject_alt_name_encode(&value, names, count);
	if (result)
		return error_set(err, result, "the names of the TLS certificate do not encode");
	const struct extension extension = {.oid = OID_SUBJECT_ALT_NAME,
	                                    .critical = true, /* the subject is empty */
	                                    .value = buffer_bytes(&value)};
	return csr_build(csr, key, NAME_EMPTY, &extension, 1, err);
}

static int submit(struct signet_outcome *outcome, struct signet_client *client,
                  struct arena *arena, struct bytes csr, struct error *err)
{
	uint8_t digest[HASH_SIZE_MAX];
	if (hash_compute(HASH_SHA256, csr, digest))
		return error_set(err, SIGNET_E_CRYPTO, "no hash");
	/* each request has a new key, so this is one submission, however often it is sent */
	const char *id = hex_text(arena, bytes_make(digest, hash_size(HASH_SHA256)));
	if (!id)
		return error_nomem(err);
	const struct signet_submission submission = {
		.csr = csr,
		.profile = PROFILE,
		.intermediary = "gateway",
		.protocol = "gateway",
		.requester = "",
		.address = "",
		.idempotency_key = id,
	};
	int result = signet_submit(client, arena, &submission, outcome, err);
	if (result)
		return error_prefix(err, "no TLS certificate from the engine");
	if (outcome->disposition != SIGNET_ISSUED)
		return error_set(err, SIGNET_E_DENIED,
		                 "no TLS certificate from the engine: request %llu was not issued%s%s",
		                 (unsigned long long)outcome->request_id,
		                 outcome->message && *outcome->message ? ": " : "",
		                 outcome->message ? outcome->message : "");
	return 0;
}

static int take_outcome(struct own_certificate *own, const struct key *key,
                        const struct signet_outcome *outcome, struct error *err)
{
	int result = buffer_reserve(&own->key, LIMIT_KEY_FILE);
	if (result)
		return error_nomem(err);
	result = key_to_pem(key, NULL, &own->key, err);
	if (result)
		return result;
	result = pem_encode(&own->chain, CERTIFICATE_LABEL, outcome->certificate);
	for (size_t i = 0; !result && i < outcome->chain_count; i++)
		result = pem_encode(&own->chain, CERTIFICATE_LABEL, outcome->chain[i]);
	return result ? error_set(err, result, "the TLS certificate is too long") : 0;
}

int own_certificate_request(struct own_certificate *out, const struct settings *settings,
                            struct signet_client *client, struct error *err)
{
	struct own_certificate own = OWN_CERTIFICATE_EMPTY;
	_cleanup_buffer_ struct buffer csr = BUFFER_MAX(LIMIT_CSR);
	struct signet_outcome outcome;
	struct signet_authority *authorities;
	size_t count;
	struct key *key = NULL;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	int result = arena ? key_generate(&key, KEY_P256, 0, err) : error_nomem(err);
	if (!result)
		result = signet_list_authorities(client, arena, &authorities, &count, err);
	if (!result)
		result = build_request(&csr, arena, key, settings, count ? authorities : NULL, err);
	if (!result)
		result = submit(&outcome, client, arena, buffer_bytes(&csr), err);
	if (!result)
		result = take_outcome(&own, key, &outcome, err);
	if (!result)
		result = check_leaf(&own, settings, authorities, count, err);
	if (!result)
		result = save(&own, settings, err);
	key_free(key);
	arena_free(arena);
	if (result)
		own_certificate_clear(&own);
	else
		*out = own;
	return result;
}

int own_certificate_get(struct own_certificate *out, const struct settings *settings,
                        struct signet_client *client, struct error *err)
{
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	struct signet_authority *authorities = NULL;
	size_t count = 0;
	if (!arena)
		return error_nomem(err);
	int result = signet_list_authorities(client, arena, &authorities, &count, err);
	bool away = result == SIGNET_E_UNAVAILABLE || result == SIGNET_E_TIMEOUT;
	if (!result || away) {
		int loaded = own_certificate_load(out, settings, authorities, count, NULL);
		if (loaded == 0)
			result = 0;
		else if (!away)
			result = own_certificate_request(out, settings, client, err);
	}
	arena_free(arena);
	return result;
}
