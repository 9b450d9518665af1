/* What CRLs of another CA say of certificates that come here. */
#include <stdlib.h>
#include <sys/mman.h>
#include <unistd.h>

#include "asn1/name.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "pki/certificate.h"
#include "pki/crl.h"
#include "signetctl/cert_import.h"

#define ARENA_MAX (4u << 20)
#define CRLS_MAX 256
#define ENTRIES_FIRST 1024

struct entry {
	uint8_t serial[SERIAL_SIZE], length;
	uint8_t reason;
	uint16_t crl;
	int64_t revoked, invalid;
};

struct cert_revocations {
	struct arena *arena;
	struct bytes issuers[CRLS_MAX];     /* Names, of each CRL */
	int64_t times[CRLS_MAX];            /* and when they were made */
	size_t crl_count;
	const char *authorities[CRLS_MAX];
	size_t authority_count;
	struct entry *entries;              /* by serial */
	size_t count, capacity;
};

static struct cert_revocations *make(void)
{
	struct cert_revocations *made = calloc(1, sizeof *made);
	if (made && !(made->arena = arena_new(ARENA_MAX))) {
		free(made);
		return NULL;
	}
	return made;
}

void cert_revocations_free(struct cert_revocations *revocations)
{
	if (!revocations)
		return;
	arena_free(revocations->arena);
	free(revocations->entries);
	free(revocations);
}

static int read_der(const char *path, struct buffer *out, struct error *err)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(2 * (size_t)LIMIT_CRL_FILE);
	char label[64];
	int result = file_read(&content, path, err);
	if (result)
		return result;
	struct bytes rest = buffer_bytes(&content);
	struct der der = der_open(rest);
	if (der_whole(&der, DER_SEQUENCE, NULL) == 0 && der_finish(&der) == 0)
		buffer_append_bytes(out, rest);
	else if (pem_decode(out, label, sizeof label, &rest) || strcmp(label, "X509 CRL") != 0)
		return error_set(err, SIGNET_E_INVALID, "it is no CRL in DER or PEM");
	return out->error ? error_set(err, out->error, "it has more than %u octets", LIMIT_CRL_FILE)
	                  : 0;
}

/* The engine gets a copy that nobody else writes to. */
static int verify(struct signet_client *client, struct arena *arena, struct bytes der,
                  const char *wanted, const char **authority, struct error *err)
{
	_cleanup_fd_ int file = memfd_create("crl", MFD_CLOEXEC);
	if (file < 0 || file_write_all(file, der))
		return error_errno(err, "a copy of the CRL");
	return signet_check_crl(client, arena, file, wanted, authority, err);
}

static int add_entry(void *context, const struct crl_entry *entry)
{
	struct cert_revocations *r = context;
	if (r->count == r->capacity) {
		size_t capacity = r->capacity ? 2 * r->capacity : ENTRIES_FIRST;
		struct entry *grown = reallocarray(r->entries, capacity, sizeof *grown);
		if (!grown)
			return SIGNET_E_NOMEM;
		r->entries = grown;
		r->capacity = capacity;
	}
	if (entry->serial.length > SERIAL_SIZE)
		return SIGNET_E_INVALID;
	struct entry *row = &r->entries[r->count++];
	*row = (struct entry){.length = (uint8_t)entry->serial.length, .reason = (uint8_t)entry->reason,
	                      .crl = (uint16_t)r->crl_count, .revoked = entry->revoked,
	                      .invalid = entry->invalid};
	memcpy(row->serial, entry->serial.data, entry->serial.length);
	return 0;
}

static struct bytes serial_of(const struct entry *entry)
{
	return bytes_make(entry->serial, entry->length);
}

static int compare(const void *a, const void *b)
{
	return bytes_compare(serial_of(a), serial_of(b));
}

static int add_authority(struct cert_revocations *r, const char *authority)
{
	for (size_t i = 0; i < r->authority_count; i++)
		if (strcmp(r->authorities[i], authority) == 0)
			return 0;
	r->authorities[r->authority_count] = arena_strdup(r->arena, authority);
	return r->authorities[r->authority_count++] ? 0 : SIGNET_E_NOMEM;
}

static int add_crl(struct cert_revocations *r, struct arena *arena, struct signet_client *client,
                   struct bytes der, const char *wanted, struct error *err)
{
	const char *authority;
	struct crl crl;
	int result = crl_parse(&crl, arena, der, err);
	if (result == 0)
		result = verify(client, arena, der, wanted, &authority, err);
	if (result == 0)
		result = crl_visit(&crl, add_entry, r, err);
	if (result)
		return result;
	if (arena_bytes(r->arena, crl.issuer, &r->issuers[r->crl_count]) ||
	    add_authority(r, authority))
		return error_nomem(err);
	r->times[r->crl_count++] = crl.this_update;
	qsort(r->entries, r->count, sizeof *r->entries, compare);
	return 0;
}

int cert_revocations_add(struct cert_revocations **revocations, struct signet_client *client,
                         const char *path, const char *authority, struct error *err)
{
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CRL_FILE);
	if (!*revocations && !(*revocations = make()))
		return error_nomem(err);
	if ((*revocations)->crl_count == CRLS_MAX)
		return error_set(err, SIGNET_E_TOO_BIG, "more than %d CRLs", CRLS_MAX);
	struct arena *arena = arena_new(ARENA_MAX);
	if (!arena)
		return error_nomem(err);
	int result = read_der(path, &der, err);
	if (result == 0)
		result = add_crl(*revocations, arena, client, buffer_bytes(&der), authority, err);
	arena_free(arena);
	return result ? error_prefix(err, "%s", path) : 0;
}

/* Serial number and issuer; the engine reads all of it. */
static int read_identity(struct bytes der, struct bytes *serial, struct bytes *issuer)
{
	struct der whole = der_open(der), certificate, tbs;
	if (der_enter(&whole, DER_SEQUENCE, &certificate) ||
	    der_enter(&certificate, DER_SEQUENCE, &tbs) || der_any(&tbs, NULL, NULL, NULL) ||
	    der_integer(&tbs, serial) || der_any(&tbs, NULL, NULL, NULL) ||
	    der_whole(&tbs, DER_SEQUENCE, issuer))
		return SIGNET_E_INVALID;
	while (serial->length > 1 && serial->data[0] == 0)
		*serial = bytes_make(serial->data + 1, serial->length - 1);
	return 0;
}

static const struct entry *first_of(const struct cert_revocations *r, struct bytes serial)
{
	size_t low = 0, high = r->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		if (bytes_compare(serial_of(&r->entries[middle]), serial) < 0)
			low = middle + 1;
		else
			high = middle;
	}
	return r->entries + low;
}

void cert_revocations_apply(const struct cert_revocations *r, struct signet_import_item *item)
{
	struct bytes serial, issuer;
	const struct entry *newest = NULL;
	if (!r || r->count == 0 || read_identity(item->certificate, &serial, &issuer))
		return;
	for (const struct entry *e = first_of(r, serial);
	     e < r->entries + r->count && bytes_equal(serial_of(e), serial); e++)
		if (name_equal(issuer, r->issuers[e->crl]) &&
		    (!newest || r->times[e->crl] > r->times[newest->crl]))
			newest = e;
	if (!newest)
		return;
	item->revoked = newest->revoked;
	item->invalid = newest->invalid;
	item->reason = newest->reason;
}

size_t cert_revocations_authorities(const struct cert_revocations *revocations,
                                    const char *const **out)
{
	*out = revocations ? revocations->authorities : NULL;
	return revocations ? revocations->authority_count : 0;
}
