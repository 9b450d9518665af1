#include "pki/crl.h"

#include <errno.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "asn1/oid.h"
#include "base/clock.h"
#include "crypto/hash.h"
#include "pki/certificate.h"

#define VERSION_2 1
#define BLOCK 65536          /* octets that are hashed and written at once */
#define ENTRY_MAX 128        /* an entry: 22 of serial, 17 of date, 40 of extensions, and headers */
#define HEAD_MAX 32768
#define READ_BACK_MEMORY 262144
#define SIGNATURE_MAX (LIMIT_RSA_BITS_MAX / 8)
#define DAY 86400

/* One CRL on its way into its file. */
struct writing {
	int fd;
	const struct crl_head *head;
	crl_source *source;
	void *arg;
	struct error *err;
	/* measured */
	uint64_t entries;
	uint64_t entries_size;
	/* around the entries, within the TBSCertList */
	struct buffer before, after;
	struct buffer algorithm;
	struct buffer signature;
	/* the block that is being filled */
	uint8_t *block;
	size_t used;
	off_t at;            /* where it goes */
	struct hash *hash;   /* NULL when the hash is known or is not needed */
	uint64_t visited;
	uint64_t visited_size;
	/* the day whose digits were written last: most dates have neighbours */
	int64_t day;
	char digits[8];
};

/* ---- an entry ---- */

static uint8_t *put_two(uint8_t *at, int value)
{
	*at++ = (uint8_t)('0' + value / 10);
	*at++ = (uint8_t)('0' + value % 10);
	return at;
}

static void find_day(struct writing *w, int64_t day)
{
	struct clock_date date;
	if (day == w->day)
		return;
	clock_to_date(day * DAY, &date);
	uint8_t *at = put_two((uint8_t *)w->digits, date.year / 100);
	at = put_two(at, date.year % 100);
	at = put_two(at, date.month);
	put_two(at, date.day);
	w->day = day;
}

/* UTCTime, or GeneralizedTime where that is wanted or needed (RFC 5280 section 5.1.2.4). The
 * seconds lie between 1970 and 9999. */
static uint8_t *put_time(struct writing *w, uint8_t *at, int64_t seconds, bool generalized)
{
	static const int64_t year_2050 = 2524608000;
	size_t skip = generalized || seconds >= year_2050 ? 0 : 2;
	int rest = (int)(seconds % DAY);
	find_day(w, seconds / DAY);
	*at++ = skip ? DER_UTC_TIME : DER_GENERALIZED_TIME;
	*at++ = skip ? 13 : 15;
	memcpy(at, w->digits + skip, sizeof w->digits - skip);
	at = put_two(at + sizeof w->digits - skip, rest / 3600);
	at = put_two(at, rest / 60 % 60);
	at = put_two(at, rest % 60);
	*at++ = 'Z';
	return at;
}

static uint8_t *put_serial(uint8_t *at, struct bytes serial)
{
	bool lead = serial.data[0] >= 0x80;
	*at++ = DER_INTEGER;
	*at++ = (uint8_t)(serial.length + lead);
	if (lead)
		*at++ = 0;
	memcpy(at, serial.data, serial.length);
	return at + serial.length;
}

/* crlEntryExtensions, whose parts are all so short that a length is one octet. */
static uint8_t *put_entry_extensions(struct writing *w, uint8_t *at, const struct crl_entry *entry)
{
	static const uint8_t reason[] = {0x30, 10, DER_OID, 3, 0x55, 0x1d, 0x15,
	                                 DER_OCTET_STRING, 3, DER_ENUMERATED, 1};
	static const uint8_t invalidity[] = {0x30, 24, DER_OID, 3, 0x55, 0x1d, 0x18,
	                                     DER_OCTET_STRING, 17};
	if (!entry->reason && !entry->invalid)
		return at;
	uint8_t *start = at;
	*at++ = DER_SEQUENCE;
	at++;
	if (entry->reason) {
		memcpy(at, reason, sizeof reason);
		at += sizeof reason;
		*at++ = (uint8_t)entry->reason;
	}
	if (entry->invalid) {
		memcpy(at, invalidity, sizeof invalidity);
		at = put_time(w, at + sizeof invalidity, entry->invalid, true);
	}
	start[1] = (uint8_t)(at - start - 2);
	return at;
}

/* Octets of the entry at at[ENTRY_MAX]. It was checked. */
static size_t put_entry(struct writing *w, uint8_t *at, const struct crl_entry *entry)
{
	uint8_t *end = put_serial(at + 2, entry->serial);
	end = put_time(w, end, entry->revoked, false);
	end = put_entry_extensions(w, end, entry);
	at[0] = DER_SEQUENCE;
	at[1] = (uint8_t)(end - at - 2);
	return (size_t)(end - at);
}

static int check_entry(struct writing *w, struct crl_entry *entry)
{
	static const int64_t year_9999_end = 253402300799;
	while (entry->serial.length && entry->serial.data[0] == 0) {
		entry->serial.data++;
		entry->serial.length--;
	}
	if (entry->serial.length == 0 || entry->serial.length > SERIAL_SIZE)
		return error_set(w->err, SIGNET_E_INVALID,
		                 "crl: a serial number that is zero or longer than %d octets",
		                 SERIAL_SIZE);
	if (entry->revoked < 0 || entry->revoked > year_9999_end || entry->invalid < 0 ||
	    entry->invalid > year_9999_end)
		return error_set(w->err, SIGNET_E_INVALID, "crl: an entry with a date out of range");
	if (!crl_reason_is(entry->reason))
		return error_set(w->err, SIGNET_E_INVALID, "crl: an entry with the reason %u",
		                 entry->reason);
	if (entry->reason == CRL_REASON_REMOVE && !w->head->base)
		return error_set(w->err, SIGNET_E_INVALID,
		                 "crl: removeFromCRL in a complete CRL (RFC 5280 section 5.3.1)");
	return 0;
}

/* ---- the file ---- */

static int write_at(struct writing *w, struct bytes content, off_t at)
{
	while (content.length) {
		ssize_t n = pwrite(w->fd, content.data, content.length, at);
		if (n < 0 && errno == EINTR)
			continue;
		if (n < 0)
			return error_errno(w->err, "crl: not written");
		content.data += n;
		content.length -= (size_t)n;
		at += n;
	}
	return 0;
}

static int flush(struct writing *w)
{
	struct bytes block = bytes_make(w->block, w->used);
	int result = w->hash ? hash_update(w->hash, block) : 0;
	if (result)
		return error_set(w->err, result, "crl: not hashed");
	result = write_at(w, block, w->at);
	w->at += (off_t)w->used;
	w->used = 0;
	return result;
}

static int put_bytes(struct writing *w, struct bytes content)
{
	while (content.length) {
		size_t n = BLOCK - w->used < content.length ? BLOCK - w->used : content.length;
		memcpy(w->block + w->used, content.data, n);
		w->used += n;
		content.data += n;
		content.length -= n;
		int result = w->used == BLOCK ? flush(w) : 0;
		if (result)
			return result;
	}
	return 0;
}

static int measure_entry(void *context, const struct crl_entry *given)
{
	struct writing *w = context;
	struct crl_entry entry = *given;
	uint8_t scratch[ENTRY_MAX];
	int result = check_entry(w, &entry);
	if (result)
		return result;
	w->entries++;
	w->entries_size += put_entry(w, scratch, &entry);
	return w->entries_size <= LIMIT_CRL ? 0
		: error_set(w->err, SIGNET_E_TOO_BIG, "crl: more than %d octets", LIMIT_CRL);
}

static int write_entry(void *context, const struct crl_entry *given)
{
	struct writing *w = context;
	struct crl_entry entry = *given;
	int result = BLOCK - w->used < ENTRY_MAX ? flush(w) : 0;
	if (result == 0)
		result = check_entry(w, &entry);
	if (result)
		return result;
	size_t size = put_entry(w, w->block + w->used, &entry);
	w->used += size;
	w->visited++;
	w->visited_size += size;
	return 0;
}

static int visit(struct writing *w, crl_visitor *visitor)
{
	int result = w->source(w->arg, visitor, w);
	if (result && w->err && !w->err->code)
		error_set(w->err, result, "crl: its entries cannot be read");
	return result;
}

/* Tag and length of something with so much in it, at out[8]. */
static struct bytes header(uint8_t *out, uint8_t tag, size_t content)
{
	size_t octets = der_size(content) - content - 1;
	out[0] = tag;
	if (octets == 1)
		out[1] = (uint8_t)content;
	else
		out[1] = (uint8_t)(0x80 | (octets - 1));
	for (size_t i = 1; i < octets; i++)
		out[1 + i] = (uint8_t)(content >> (8 * (octets - 1 - i)));
	return bytes_make(out, octets + 1);
}

static size_t list_size(const struct writing *w)
{
	/* revokedCertificates is not there when there are none (RFC 5280 section 5.1.2.6) */
	return w->entries ? der_size(w->entries_size) : 0;
}

static size_t tbs_content(const struct writing *w)
{
	return w->before.length + list_size(w) + w->after.length;
}

/* What is in the CertificateList when the signature has so many octets. */
static size_t outer_content(const struct writing *w, size_t signature)
{
	return der_size(tbs_content(w)) + w->algorithm.length + der_size(1 + signature);
}

static int write_tbs(struct writing *w, off_t at)
{
	uint8_t space[8];
	w->at = at;
	w->used = 0;
	w->visited = w->visited_size = 0;
	int result = put_bytes(w, header(space, DER_SEQUENCE, tbs_content(w)));
	if (result == 0)
		result = put_bytes(w, buffer_bytes(&w->before));
	if (result == 0 && w->entries)
		result = put_bytes(w, header(space, DER_SEQUENCE, w->entries_size));
	if (result == 0 && w->entries)
		result = visit(w, write_entry);
	if (result == 0 && (w->visited != w->entries || w->visited_size != w->entries_size))
		result = error_set(w->err, SIGNET_E_INTERNAL, "crl: the entries have changed");
	if (result == 0)
		result = put_bytes(w, buffer_bytes(&w->after));
	return result ? result : flush(w);
}

/* ---- what is around the entries ---- */

static int add_extension(struct der_writer *w, struct bytes oid, bool critical,
                         struct buffer *value, int result)
{
	const struct extension extension = {oid, critical, buffer_bytes(value)};
	if (result == 0)
		extension_put(w, &extension);
	buffer_free(value);
	return result;
}

static int put_extensions(struct writing *writing)
{
	const struct crl_head *head = writing->head;
	struct buffer value = BUFFER_MAX(HEAD_MAX);
	struct der_writer w = der_write(&writing->after);
	der_begin(&w, DER_CONTEXT_CONSTRUCTED(0));
	der_begin(&w, DER_SEQUENCE);
	int result = add_extension(&w, OID_AUTHORITY_KEY_ID, false, &value,
	                           authority_key_id_encode(&value, head->key_id));
	if (result == 0)
		result = add_extension(&w, OID_CRL_NUMBER, false, &value,
		                       crl_number_encode(&value, head->number));
	if (result == 0 && head->base)
		result = add_extension(&w, OID_DELTA_CRL, true, &value,
		                       crl_number_encode(&value, head->base));
	if (result == 0 && head->point_count)
		result = add_extension(&w, OID_ISSUING_POINT, true, &value,
		                       issuing_point_encode(&value, head->points,
		                                            head->point_count));
	if (result == 0 && head->freshest_count)
		result = add_extension(&w, OID_FRESHEST_CRL, false, &value,
		                       crl_distribution_encode(&value, head->freshest,
		                                               head->freshest_count));
	der_end(&w);
	der_end(&w);
	return result ? result : der_writer_finish(&w);
}

static int put_around(struct writing *writing, enum signature_algorithm algorithm)
{
	const struct crl_head *head = writing->head;
	struct der_writer w = der_write(&writing->algorithm);
	signature_algorithm_put(&w, algorithm);
	w = der_write(&writing->before);
	der_put_uint(&w, VERSION_2);
	signature_algorithm_put(&w, algorithm);
	der_put_raw(&w, head->issuer);
	der_put_time(&w, head->this_update);
	der_put_time(&w, head->next_update);
	int result = der_writer_finish(&w);
	if (result == 0)
		result = put_extensions(writing);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(writing->err);
	return result ? error_set(writing->err, result, "crl: a head that cannot be written") : 0;
}

static int check_head(const struct crl_head *head, struct error *err)
{
	/* a delta CRL without its freshestCRL extension (RFC 5280 section 5.2.6) */
	if (head->issuer.length == 0 || head->number == 0 || head->base > head->number ||
	    head->next_update <= head->this_update || (head->base && head->freshest_count))
		return error_set(err, SIGNET_E_INVALID, "crl: a head that contradicts itself");
	return 0;
}

/* ---- the signature ---- */

static size_t expected_signature(const struct key *key)
{
	const struct pubkey *pubkey = key_public(key);
	size_t octets = (pubkey_bits(pubkey) + 7) / 8;
	switch (pubkey_algorithm(pubkey)) {
	case KEY_RSA:
		return octets;
	case KEY_ED25519:
		return 64;
	default: /* the most that two such numbers take */
		return der_size(2 * der_size(octets + (pubkey_bits(pubkey) % 8 == 0)));
	}
}

/* Ed25519 reads the message twice, so it is read from the file. */
static int sign_file(struct writing *w, const struct key *key, enum signature_algorithm algorithm,
                     off_t start)
{
	size_t size = (size_t)w->at;
	void *map = mmap(NULL, size, PROT_READ, MAP_SHARED, w->fd, 0);
	if (map == MAP_FAILED)
		return error_errno(w->err, "crl: not mapped");
	struct bytes tbs = bytes_make((uint8_t *)map + start, size - (size_t)start);
	int result = key_sign(key, algorithm, tbs, &w->signature, w->err);
	munmap(map, size);
	return result;
}

static int sign(struct writing *w, const struct key *key, enum signature_algorithm algorithm,
                off_t start)
{
	uint8_t digest[HASH_SIZE_MAX];
	enum hash_algorithm hash = signature_algorithm_hash(algorithm);
	if (!hash)
		return sign_file(w, key, algorithm, start);
	hash_finish(w->hash, digest);
	return key_sign_hash(key, algorithm, bytes_make(digest, hash_size(hash)), &w->signature,
	                     w->err);
}

/* TBSCertList and signature at their places. The length of an ECDSA signature is known late and may
 * change the length of the first header: then what is behind it is written once more. */
static int write_signed(struct writing *w, const struct key *key,
                        enum signature_algorithm algorithm)
{
	uint8_t space[8];
	off_t start = (off_t)header(space, DER_SEQUENCE,
	                            outer_content(w, expected_signature(key))).length;
	int result = write_tbs(w, start);
	if (result == 0)
		result = sign(w, key, algorithm, start);
	if (result)
		return result;
	struct bytes outer = header(space, DER_SEQUENCE, outer_content(w, w->signature.length));
	if (outer.length != (size_t)start) {
		hash_free(w->hash);
		w->hash = NULL;
		result = write_tbs(w, (off_t)outer.length);
	}
	return result ? result : write_at(w, outer, 0);
}

static int write_end(struct writing *w, struct crl_written *written)
{
	_cleanup_buffer_ struct buffer end = BUFFER_MAX(SIGNATURE_MAX + 256);
	struct der_writer der = der_write(&end);
	der_put_raw(&der, buffer_bytes(&w->algorithm));
	der_put_bits(&der, buffer_bytes(&w->signature), 0);
	int result = der_writer_finish(&der);
	if (result)
		return error_set(w->err, result, "crl: signature not stored");
	result = write_at(w, buffer_bytes(&end), w->at);
	if (result)
		return result;
	off_t size = w->at + (off_t)end.length;
	if (ftruncate(w->fd, size))
		return error_errno(w->err, "crl: not written");
	*written = (struct crl_written){.entries = w->entries, .size = (uint64_t)size};
	return 0;
}

static int write_all(struct writing *w, const struct key *key, enum signature_algorithm algorithm,
                     struct crl_written *written)
{
	int result = put_around(w, algorithm);
	if (result == 0)
		result = visit(w, measure_entry);
	if (result == 0 && outer_content(w, SIGNATURE_MAX) > LIMIT_CRL - 16)
		result = error_set(w->err, SIGNET_E_TOO_BIG, "crl: more than %d octets", LIMIT_CRL);
	enum hash_algorithm hash = signature_algorithm_hash(algorithm);
	if (result == 0 && hash && (result = hash_open(&w->hash, hash)))
		result = error_set(w->err, result, "crl: not hashed");
	if (result == 0)
		result = write_signed(w, key, algorithm);
	return result ? result : write_end(w, written);
}

/* What cannot be read back as a CRL of this key is none: better now than with those who rely on it. */
static int check_written(const struct writing *w, const struct key *key,
                         const struct crl_written *written)
{
	struct arena *arena = arena_new(READ_BACK_MEMORY);
	struct crl crl;
	if (!arena)
		return error_nomem(w->err);
	void *map = mmap(NULL, written->size, PROT_READ, MAP_SHARED, w->fd, 0);
	if (map == MAP_FAILED) {
		arena_free(arena);
		return error_errno(w->err, "crl: not mapped");
	}
	int result = crl_parse(&crl, arena, bytes_make(map, written->size), w->err);
	if (result == 0)
		result = crl_verify(&crl, key_public(key), w->err);
	munmap(map, written->size);
	arena_free(arena);
	if (result == 0)
		return 0;
	error_prefix(w->err, "what was written does not read back");
	if (w->err)
		w->err->code = SIGNET_E_INTERNAL;
	return SIGNET_E_INTERNAL;
}

int crl_write(int fd, const struct key *key, enum signature_algorithm algorithm,
              const struct crl_head *head, crl_source *source, void *arg,
              struct crl_written *written, struct error *err)
{
	struct writing w = {
		.fd = fd, .head = head, .source = source, .arg = arg, .err = err, .day = -1,
		.before = BUFFER_MAX(HEAD_MAX), .after = BUFFER_MAX(HEAD_MAX),
		.algorithm = BUFFER_MAX(64), .signature = BUFFER_MAX(SIGNATURE_MAX)};
	struct crl_written made;
	int result = check_head(head, err);
	if (result)
		return result;
	if (!signature_algorithm_fits(algorithm, pubkey_algorithm(key_public(key))))
		return error_set(err, SIGNET_E_BAD_ALGORITHM, "crl: %s by a key of kind %s",
		                 signature_algorithm_name(algorithm),
		                 key_algorithm_name(pubkey_algorithm(key_public(key))));
	w.block = malloc(BLOCK);
	if (err)
		err->code = 0; /* whether the source has set it is seen by this */
	result = w.block ? write_all(&w, key, algorithm, &made) : error_nomem(err);
	if (result == 0)
		result = check_written(&w, key, &made);
	if (result == 0)
		*written = made;
	free(w.block);
	hash_free(w.hash);
	buffer_free(&w.before);
	buffer_free(&w.after);
	buffer_free(&w.algorithm);
	buffer_free(&w.signature);
	return result;
}
