#include "pki/crl.h"

#include <errno.h>
#include <fcntl.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <unistd.h>

#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/file.h"
#include "pki/certificate.h"

#define VERSION_2 1
#define ENTRY_EXTENSIONS 8 /* that one entry may have */

static int refuse(struct error *err, const char *what)
{
	return error_set(err, SIGNET_E_INVALID, "crl: %s", what);
}

/* Dates through 2049 are UTCTime (RFC 5280 section 5.1.2.4). */
static int read_time(struct der *der, int64_t *seconds)
{
	static const int64_t year_2050 = 2524608000, year_1950 = -631152000;
	uint8_t tag = der_peek(der);
	if (der_time(der, seconds))
		return SIGNET_E_INVALID;
	bool utc = *seconds < year_2050 && *seconds >= year_1950;
	return utc == (tag == DER_UTC_TIME) ? 0 : SIGNET_E_INVALID;
}

/* ---- entries ---- */

/* crlEntryExtensions: the known ones once each; others are read over unless they are critical. */
static int read_entry_extensions(struct der *entry, struct crl_entry *out)
{
	struct der list;
	bool has_reason = false, has_date = false;
	if (der_enter(entry, DER_SEQUENCE, &list) || der_at_end(&list))
		return SIGNET_E_INVALID;
	for (unsigned n = 0; !der_at_end(&list); n++) {
		struct der extension;
		struct bytes oid, value;
		bool critical = false;
		if (n == ENTRY_EXTENSIONS || der_enter(&list, DER_SEQUENCE, &extension) ||
		    der_oid(&extension, &oid))
			return SIGNET_E_INVALID;
		if (der_peek(&extension) == DER_BOOLEAN &&
		    (der_boolean(&extension, &critical) || !critical))
			return SIGNET_E_INVALID;
		if (der_octets(&extension, &value) || der_finish(&extension))
			return SIGNET_E_INVALID;
		if (bytes_equal(oid, OID_CRL_REASON)) {
			if (has_reason || crl_reason_decode(value, &out->reason))
				return SIGNET_E_INVALID;
			has_reason = true;
		} else if (bytes_equal(oid, OID_INVALIDITY_DATE)) {
			if (has_date || invalidity_date_decode(value, &out->invalid))
				return SIGNET_E_INVALID;
			has_date = true;
		} else if (critical) {
			return SIGNET_E_INVALID;
		}
	}
	return 0;
}

static int read_entry(struct der *list, struct crl_entry *out)
{
	struct der entry;
	*out = (struct crl_entry){0};
	if (der_enter(list, DER_SEQUENCE, &entry) || der_integer(&entry, &out->serial) ||
	    out->serial.data[0] >= 0x80)
		return SIGNET_E_INVALID;
	if (out->serial.data[0] == 0) {
		out->serial.data++;
		out->serial.length--;
	}
	if (out->serial.length == 0 || out->serial.length > SERIAL_SIZE ||
	    read_time(&entry, &out->revoked))
		return SIGNET_E_INVALID;
	if (!der_at_end(&entry) && read_entry_extensions(&entry, out))
		return SIGNET_E_INVALID;
	return der_finish(&entry);
}

int crl_visit(const struct crl *crl, crl_visitor *visitor, void *context, struct error *err)
{
	struct der list = der_open(crl->entries);
	for (uint64_t n = 1; !der_at_end(&list); n++) {
		struct crl_entry entry;
		if (read_entry(&list, &entry) ||
		    (entry.reason == CRL_REASON_REMOVE && !crl->base))
			return error_set(err, SIGNET_E_INVALID,
			                 "crl: entry %llu is not as RFC 5280 section 5.1.2.6 has it",
			                 (unsigned long long)n);
		int result = visitor(context, &entry);
		if (result)
			return result;
	}
	return 0;
}

struct search {
	struct bytes serial;
	struct crl_entry *found;
};

static int compare_entry(void *context, const struct crl_entry *entry)
{
	struct search *search = context;
	if (!bytes_equal(entry->serial, search->serial))
		return 0;
	*search->found = *entry;
	return SIGNET_E_EXISTS;
}

int crl_find(const struct crl *crl, struct bytes serial, struct crl_entry *out, struct error *err)
{
	struct search search = {serial, out};
	int result = crl_visit(crl, compare_entry, &search, err);
	if (result == 0)
		return error_set(err, SIGNET_E_NOT_FOUND, "crl: no entry with this serial number");
	return result == SIGNET_E_EXISTS ? 0 : result;
}

/* ---- around the entries ---- */

static int read_extension(struct crl *crl, struct arena *arena, const struct extension *e)
{
	if (bytes_equal(e->oid, OID_AUTHORITY_KEY_ID))
		return authority_key_id_decode(e->value, &crl->key_id);
	if (bytes_equal(e->oid, OID_CRL_NUMBER))
		return crl_number_decode(e->value, &crl->number);
	if (bytes_equal(e->oid, OID_DELTA_CRL))
		return crl_number_decode(e->value, &crl->base);
	if (bytes_equal(e->oid, OID_ISSUING_POINT))
		return issuing_point_decode(arena, e->value, &crl->point);
	if (bytes_equal(e->oid, OID_FRESHEST_CRL))
		return crl_distribution_decode(arena, e->value, &crl->freshest,
		                               &crl->freshest_count);
	return e->critical ? SIGNET_E_UNSUPPORTED : 0;
}

static int read_extensions(struct der *tbs, struct arena *arena, struct crl *crl,
                           struct error *err)
{
	struct der der;
	struct bytes list;
	if (der_at_end(tbs))
		return 0;
	if (der_enter(tbs, DER_CONTEXT_CONSTRUCTED(0), &der) || der_whole(&der, DER_SEQUENCE, &list) ||
	    der_finish(&der) || der_finish(tbs))
		return refuse(err, "more in it than RFC 5280 section 5.1 knows");
	int result = extensions_parse(arena, list, &crl->extensions, &crl->extension_count, err);
	if (result) {
		error_prefix(err, "crl");
		return result;
	}
	for (size_t i = 0; i < crl->extension_count; i++) {
		const struct extension *e = &crl->extensions[i];
		const char *name = oid_name(e->oid);
		result = read_extension(crl, arena, e);
		if (result == SIGNET_E_NOMEM)
			return error_nomem(err);
		if (result)
			return error_set(err, SIGNET_E_INVALID, "crl: %s extension: %s",
			                 result == SIGNET_E_UNSUPPORTED ? "unknown critical" : "broken",
			                 name ? name : "another");
	}
	if (crl->point.indirect)
		return refuse(err, "an indirect CRL is not read");
	return 0;
}

static int read_tbs(struct der tbs, struct arena *arena, struct crl *crl, struct bytes *algorithm,
                    struct error *err)
{
	uint64_t version;
	if (der_uint(&tbs, &version) || version != VERSION_2)
		return refuse(err, "not of version 2 (RFC 5280 section 5.1.2.1)");
	if (der_whole(&tbs, DER_SEQUENCE, algorithm) || der_whole(&tbs, DER_SEQUENCE, &crl->issuer))
		return refuse(err, "no algorithm or no issuer in it");
	if (name_check(crl->issuer, err)) {
		error_prefix(err, "crl: issuer");
		return SIGNET_E_BAD_NAME;
	}
	if (name_is_empty(crl->issuer))
		return refuse(err, "empty issuer (RFC 5280 section 5.1.2.3)");
	if (read_time(&tbs, &crl->this_update))
		return refuse(err, "thisUpdate not in the form of RFC 5280 section 5.1.2.4");
	uint8_t next = der_peek(&tbs);
	if ((next == DER_UTC_TIME || next == DER_GENERALIZED_TIME) &&
	    (read_time(&tbs, &crl->next_update) || crl->next_update < crl->this_update))
		return refuse(err, "nextUpdate not in the form of RFC 5280 section 5.1.2.5");
	if (der_peek(&tbs) == DER_SEQUENCE &&
	    (der_expect(&tbs, DER_SEQUENCE, &crl->entries) || crl->entries.length == 0))
		return refuse(err, "an empty list of revoked certificates "
		                   "(RFC 5280 section 5.1.2.6)");
	return read_extensions(&tbs, arena, crl, err);
}

static int read_crl(struct crl *crl, struct arena *arena, struct bytes der, struct error *err)
{
	struct der reader = der_open(der), outer, tbs;
	struct bytes inner_algorithm, outer_algorithm;
	crl->der = der;
	if (der.length > LIMIT_CRL)
		return error_set(err, SIGNET_E_TOO_BIG, "crl: more than %d octets", LIMIT_CRL);
	if (der_enter(&reader, DER_SEQUENCE, &outer) || der_finish(&reader) ||
	    der_whole(&outer, DER_SEQUENCE, &crl->tbs) ||
	    der_whole(&outer, DER_SEQUENCE, &outer_algorithm) ||
	    der_bits(&outer, &crl->signature, NULL) || der_finish(&outer))
		return refuse(err, "not a CertificateList in DER (RFC 5280 section 5.1)");
	reader = der_open(crl->tbs);
	if (der_enter(&reader, DER_SEQUENCE, &tbs))
		return refuse(err, "not a CertificateList in DER (RFC 5280 section 5.1)");
	int result = read_tbs(tbs, arena, crl, &inner_algorithm, err);
	if (result)
		return result;
	if (!bytes_equal(inner_algorithm, outer_algorithm))
		return refuse(err, "two signature algorithms (RFC 5280 section 5.1.1.2)");
	reader = der_open(outer_algorithm);
	if (signature_algorithm_read(&reader, &crl->signature_algorithm))
		return error_set(err, SIGNET_E_BAD_ALGORITHM,
		                 "crl: a signature algorithm that is not accepted");
	return 0;
}

int crl_parse(struct crl *out, struct arena *arena, struct bytes der, struct error *err)
{
	struct crl crl = {0};
	int result = read_crl(&crl, arena, der, err);
	if (result == 0)
		*out = crl;
	return result;
}

int crl_verify(const struct crl *crl, const struct pubkey *issuer, struct error *err)
{
	return pubkey_verify(issuer, crl->signature_algorithm, crl->tbs, crl->signature, err);
}

int crl_open(struct crl *out, struct arena *arena, const char *path, struct error *err)
{
	struct stat info;
	_cleanup_fd_ int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOCTTY | O_NONBLOCK);
	if (fd < 0 && (errno == ENOENT || errno == ENOTDIR))
		return error_set(err, SIGNET_E_NOT_FOUND, "%s: no such file", path);
	if (fd < 0 || fstat(fd, &info))
		return error_errno(err, "%s", path);
	if (!S_ISREG(info.st_mode) || info.st_size == 0)
		return error_set(err, SIGNET_E_INVALID, "%s: no CRL", path);
	if (info.st_size > LIMIT_CRL)
		return error_set(err, SIGNET_E_TOO_BIG, "%s: more than %d octets", path, LIMIT_CRL);
	size_t size = (size_t)info.st_size;
	void *map = mmap(NULL, size, PROT_READ, MAP_PRIVATE, fd, 0);
	if (map == MAP_FAILED)
		return error_errno(err, "%s", path);
	int result = crl_parse(out, arena, bytes_make(map, size), err);
	if (result) {
		munmap(map, size);
		return error_prefix(err, "%s", path), result;
	}
	out->map = map;
	return 0;
}

void crl_close(struct crl *crl)
{
	if (crl->map)
		munmap(crl->map, crl->der.length);
	*crl = (struct crl){0};
}
