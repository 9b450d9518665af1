#include "signetctl/cert_query.h"

#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/text.h"
#include "conf/conf.h"
#include "crypto/hash.h"
#include "pki/certificate.h"
#include "pki/csr.h"
#include "signetctl/listing.h"
#include "signetctl/placeholder.h"

#define FINGERPRINT 32

/* Of a private key's file, too. */
static int read_spki(struct arena *arena, struct bytes content, struct bytes *out,
                     struct error *err)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_PEM_FILE);
	struct certificate certificate;
	struct csr csr;
	struct key *key;
	int result;
	if (csr_read(&der, content, NULL) == 0 &&
	    csr_parse(&csr, arena, buffer_bytes(&der), NULL) == 0) {
		result = arena_bytes(arena, csr.spki, out);
		csr_clear(&csr);
		return result ? error_nomem(err) : 0;
	}
	buffer_clear(&der);
	struct bytes list[LIMIT_CHAIN + 1];
	size_t count;
	if (certificate_read_chain(arena, content, list, LIMIT_CHAIN + 1, &count, NULL))
		list[0] = content;
	if (certificate_parse(&certificate, arena, list[0], NULL) == 0) {
		result = arena_bytes(arena, certificate.spki, out);
		certificate_clear(&certificate);
		return result ? error_nomem(err) : 0;
	}
	if (key_from_pem(&key, content, NULL, NULL) == 0) {
		result = arena_bytes(arena, pubkey_spki(key_public(key)), out);
		key_free(key);
		return result ? error_nomem(err) : 0;
	}
	char label[32];
	struct bytes text = content;
	if (pem_decode(&der, label, sizeof label, &text) == 0)
		content = buffer_bytes(&der);
	struct pubkey *pubkey;
	if (pubkey_from_spki(&pubkey, content, NULL))
		return error_set(err, SIGNET_E_INVALID, "this is no key, certificate or PKCS#10");
	result = arena_bytes(arena, pubkey_spki(pubkey), out);
	pubkey_free(pubkey);
	return result ? error_nomem(err) : 0;
}

int cert_read_key(struct arena *arena, const char *text, uint8_t out[FINGERPRINT],
                  struct error *err)
{
	_cleanup_buffer_ struct buffer octets = BUFFER_MAX(FINGERPRINT);
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_PEM_FILE);
	struct bytes spki;
	if (strlen(text) == 2 * FINGERPRINT && hex_decode(&octets, bytes_text(text)) == 0) {
		memcpy(out, octets.data, FINGERPRINT);
		return 0;
	}
	int result = file_read(&content, text, err);
	if (result == 0)
		result = read_spki(arena, buffer_bytes(&content), &spki, err);
	if (result)
		return error_prefix(err, "--key %s", text);
	return hash_compute(HASH_SHA256, spki, out);
}

static int read_dates(struct signet_certificate_query *out, const struct command_value *values,
                      struct error *err)
{
	const char *within = values[CERT_QUERY_EXPIRES_WITHIN].value;
	int64_t span;
	if (within && (values[CERT_QUERY_EXPIRES_AFTER].value || values[CERT_QUERY_EXPIRES_BEFORE].value))
		return error_set(err, SIGNET_E_INVALID,
		                 "--expires-within excludes --expires-after and --expires-before");
	if (within && !conf_parse_duration(within, &span))
		return error_set(err, SIGNET_E_INVALID,
		                 "--expires-within: '%s' is no duration such as 30d or 12h", within);
	if (within) {
		out->expires_after = clock_now();
		out->expires_before = out->expires_after + span;
		return 0;
	}
	int result = listing_read_date("expires-after", values[CERT_QUERY_EXPIRES_AFTER].value,
	                            &out->expires_after, err);
	return result ? result : listing_read_date("expires-before",
	                                        values[CERT_QUERY_EXPIRES_BEFORE].value,
	                                        &out->expires_before, err);
}

int cert_read_query(struct signet_certificate_query *out, struct arena *arena,
                    const struct command_value *values, struct error *err)
{
	const char *state = values[CERT_QUERY_STATE].value, *sort = values[CERT_QUERY_SORT].value;
	const char *key = values[CERT_QUERY_KEY].value, *before = values[CERT_QUERY_BEFORE].value;
	*out = (struct signet_certificate_query){
		.name = values[CERT_QUERY_NAME].value, .serial = values[CERT_QUERY_SERIAL].value,
		.requester = values[CERT_QUERY_REQUESTER].value,
		.profile = values[CERT_QUERY_PROFILE].value,
		.authority = values[CERT_QUERY_AUTHORITY].value,
		.reverse = values[CERT_QUERY_REVERSE].value != NULL};
	if (state && !(out->state = signet_certificate_state_from_name(state)))
		return placeholder_refuse(err, "--state", "CERTIFICATE-STATE");
	if (sort && !(out->sort = signet_sort_from_name(sort)))
		return placeholder_refuse(err, "--sort", "SORT");
	if (before && text_to_uint(before, INT64_MAX, &out->before))
		return error_set(err, SIGNET_E_INVALID, "--before: %s is no id", before);
	int result = read_dates(out, values, err);
	if (result == 0)
		result = listing_read_date("issued-after", values[CERT_QUERY_ISSUED_AFTER].value,
		                        &out->issued_after, err);
	if (result == 0)
		result = listing_read_date("issued-before", values[CERT_QUERY_ISSUED_BEFORE].value,
		                        &out->issued_before, err);
	if (result || !key)
		return result;
	uint8_t *fingerprint = arena_alloc(arena, FINGERPRINT);
	out->key = fingerprint;
	return fingerprint ? cert_read_key(arena, key, fingerprint, err) : error_nomem(err);
}

bool cert_has_query(const struct command_value *values)
{
	for (size_t i = 0; i < CERT_QUERY_OPTIONS; i++)
		if (values[i].value)
			return true;
	return false;
}
