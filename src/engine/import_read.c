/* One certificate from elsewhere: whose it is, and what the database is to say of it. */
#include "engine/import_private.h"

#include <stdlib.h>

#include "asn1/oid.h"
#include "base/text.h"
#include "engine/outline.h"
#include "engine/record.h"
#include "engine/records.pb-c.h"

#define PROTOCOL "import"
#define REASON_REMOVE 8 /* CRLReason removeFromCRL */
#define EPOCH 1         /* the first second that the indexes of times can tell from none */

/* Stops at the first key that look accepts. */
static int look_at_keys(const struct authority *a, struct bytes issuer,
                        int (*look)(const struct authority *key, void *arg), void *arg,
                        const struct authority **out)
{
	int result = SIGNET_E_NOT_FOUND;
	for (size_t i = 0; result && i <= a->previous_count; i++) {
		const struct authority *key = i ? &a->previous[a->previous_count - i] : a;
		if (!name_equal(key->certificate.subject, issuer))
			continue;
		result = look(key, arg);
		if (result == 0)
			*out = key;
	}
	return result;
}

int import_find_key(const struct configuration *configuration, const char *authority,
                    struct bytes issuer, int (*look)(const struct authority *key, void *arg),
                    void *arg, const struct authority **out)
{
	int result = SIGNET_E_NOT_FOUND;
	for (size_t i = 0; result && i < configuration->authority_count; i++) {
		const struct authority *a = &configuration->authorities[i];
		if (*authority && strcmp(authority, a->name) != 0)
			continue;
		int own = look_at_keys(a, issuer, look, arg, out);
		if (own != SIGNET_E_NOT_FOUND)
			result = own;
	}
	return result;
}

static int verify(const struct authority *key, void *arg)
{
	const struct certificate *certificate = arg;
	return certificate_verify(certificate, key->certificate.key, NULL);
}

static int find_signer(const struct configuration *configuration, struct arena *arena,
                       const char *authority, struct certificate *certificate,
                       const struct authority **out, struct error *err)
{
	int result = import_find_key(configuration, authority, certificate->issuer, verify,
	                             certificate, out);
	const char *issuer = result ? name_to_text(arena, certificate->issuer) : "";
	if (!issuer)
		return error_nomem(err);
	if (result == SIGNET_E_NOT_FOUND && *authority)
		return error_set(err, SIGNET_E_INVALID,
		                 "it is of another issuer than '%s': %s", authority, issuer);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, SIGNET_E_INVALID, "no authority here is its issuer: %s", issuer);
	if (result)
		return error_set(err, SIGNET_E_BAD_SIGNATURE,
		                 "no key of its issuer has signed it: %s", issuer);
	if (pubkey_equal(certificate->key, (*out)->certificate.key) &&
	    name_equal(certificate->subject, certificate->issuer))
		return error_set(err, SIGNET_E_INVALID, "it is the certificate of the authority '%s' itself",
		                 (*out)->name);
	return 0;
}

/* "BASE/crl/NAME-12.crl" of this key: 12; 0 for another URI. */
static int read_shard(struct arena *arena, const struct authority *key, struct bytes uri,
                      unsigned *out)
{
	static const char tail[] = ".crl";
	char digits[8] = "";
	size_t end = uri.length - (sizeof tail - 1), at = end;
	uint64_t number;
	const char *url;
	*out = 0;
	if (uri.length < sizeof tail)
		return 0;
	while (at > 0 && end - at < sizeof digits - 1 && uri.data[at - 1] != '-')
		at--;
	memcpy(digits, uri.data + at, end - at);
	if (text_to_uint(digits, key->crl.shards, &number) || number == 0)
		return 0;
	if (authority_crl_url(arena, key, (unsigned)number, false, &url))
		return SIGNET_E_NOMEM;
	if (url && bytes_is_text(uri, url))
		*out = (unsigned)number;
	return 0;
}

/* The shard of ours that its distribution points name: else it is on the complete CRL alone. */
static int find_shard(struct arena *arena, const struct authority *key,
                      const struct certificate *certificate, unsigned *out)
{
	const struct extension *e = certificate_extension(certificate, OID_CRL_DISTRIBUTION);
	struct bytes *uris;
	size_t count;
	int result = e && key->crl.shards ? crl_distribution_decode(arena, e->value, &uris, &count)
	                                  : SIGNET_E_NOT_FOUND;
	*out = 0;
	if (result)
		return result == SIGNET_E_NOMEM ? result : 0;
	for (size_t i = 0; result == 0 && *out == 0 && i < count; i++)
		result = read_shard(arena, key, uris[i], out);
	return result;
}

/* Nobody is known to have asked for it. */
static int pack_request(struct arena *arena, const struct import_order *order,
                        const struct authority *key, const struct certificate *certificate,
                        int64_t now, struct database_entry *entry)
{
	Signet__Db__Request record;
	const char *actor = order->actor;
	signet__db__request__init(&record);
	record.state = SIGNET_REQUEST_ISSUED;
	record.submitted = now;
	record.resolved = certificate->not_before > EPOCH ? certificate->not_before : EPOCH;
	record.authority = (char *)(uintptr_t)key->name;
	record.intermediary = (char *)(uintptr_t)CONFIGURATION_ADMIN;
	record.protocol = (char *)(uintptr_t)PROTOCOL;
	record.message = arena_printf(arena, "imported by %s", actor);
	record.authors = (char **)(uintptr_t)&actor;
	record.n_authors = 1;
	entry->elsewhere = record.resolved;
	return record.message ? record_repack_request(arena, &record, &entry->record)
	                      : SIGNET_E_NOMEM;
}

static int pack_certificate(struct arena *arena, const struct authority *key,
                            const struct certificate *certificate, int64_t now,
                            struct database_entry *entry)
{
	struct record_certificate record = {
		.der = certificate->der, .issuer = BYTES_OF(key->issuer),
		.not_after = certificate->not_after, .imported = now};
	int result = find_shard(arena, key, certificate, &record.shard);
	return result ? result : record_pack_certificate(arena, &record, &entry->certificate);
}

/* What the indexes say of it, and lists read of it. */
static int fill_indexes(struct arena *arena, const struct certificate *certificate,
                        struct database_entry *entry, struct error *err)
{
	struct outline outline;
	struct bytes *names;
	int result = outline_read(&outline, arena, certificate->der);
	if (result == SIGNET_E_CORRUPT)
		return error_set(err, SIGNET_E_BAD_NAME, "its alternative names cannot be read");
	if (result == 0)
		result = index_names(arena, certificate->subject, outline.names, outline.name_count,
		                     &names, &entry->name_count);
	if (result)
		return result;
	entry->names = names;
	pubkey_fingerprint(certificate->key, entry->fingerprint);
	result = index_name_row(&entry->name_row, names, entry->name_count);
	if (result == 0)
		result = index_key_row(&entry->key_row, entry->fingerprint, certificate->subject);
	index_row_stamp(&entry->key_row, entry->elsewhere);
	index_row_stamp(&entry->name_row, entry->elsewhere);
	return result ? result : index_fingerprint(certificate->der, entry->print);
}

static int fill_entry(struct import_subject *subject, struct arena *arena,
                      const struct import_order *order, const struct certificate *certificate,
                      int64_t now, struct error *err)
{
	const struct authority *key = subject->key;
	struct database_entry *entry = &subject->entry;
	*entry = (struct database_entry){
		.arena = arena, .state = SIGNET_REQUEST_ISSUED, .time = now, .silent = !order->publish,
		.not_after = certificate->not_after, .issuer = key->issuer, .authority = key->name};
	int result = arena_bytes(arena, certificate->serial, &entry->serial);
	if (result == 0)
		result = pack_request(arena, order, key, certificate, now, entry);
	if (result == 0)
		result = pack_certificate(arena, key, certificate, now, entry);
	return result ? result : fill_indexes(arena, certificate, entry, err);
}

static int check_item(const struct import_item *item, int64_t now, struct error *err)
{
	if (!item->revoked)
		return 0;
	if (!signet_revocation_reason_name(item->reason) || item->reason == REASON_REMOVE)
		return error_set(err, SIGNET_E_INVALID, "%u is no reason for a revocation", item->reason);
	if (item->revoked < 0 || item->revoked > now || item->invalid < 0 || item->invalid > now)
		return error_set(err, SIGNET_E_INVALID, "the date of its revocation is to come");
	return 0;
}

int import_read(struct import_subject *out, struct arena *arena,
                const struct configuration *configuration, const struct import_order *order,
                size_t at, int64_t now, bool *ended, struct error *err)
{
	struct import_subject subject = {.item = &order->items[at], .at = at};
	struct certificate certificate;
	*ended = false;
	int result = certificate_parse(&certificate, arena, subject.item->der, err);
	if (result)
		return result;
	if (certificate.not_after < EPOCH)
		result = error_set(err, SIGNET_E_INVALID, "it has ended before 1970");
	if (result == 0)
		result = check_item(subject.item, now, err);
	if (result == 0)
		result = find_signer(configuration, arena, order->authority, &certificate,
		                     &subject.key, err);
	*ended = result == 0 && order->unexpired && certificate.not_after < now;
	if (result == 0 && !*ended)
		result = fill_entry(&subject, arena, order, &certificate, now, err);
	certificate_clear(&certificate);
	if (result == 0 && !*ended)
		*out = subject;
	return result;
}
