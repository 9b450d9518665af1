/* A CRL from elsewhere: whether it is one of an authority of ours. */
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/log.h"
#include "crypto/hash.h"
#include "engine/import_private.h"
#include "pki/crl.h"

#define DETAIL_MAX 256

/* Copied: what stands in the file may change while it is read. */
static int read_file(int file, uint8_t **out, size_t *length, struct error *err)
{
	struct stat info;
	size_t done = 0;
	if (fstat(file, &info))
		return error_errno(err, "the CRL");
	if (!S_ISREG(info.st_mode) || info.st_size <= 0)
		return error_set(err, SIGNET_E_INVALID, "the CRL is no regular file, or an empty one");
	if (info.st_size > LIMIT_CRL_FILE)
		return error_set(err, SIGNET_E_TOO_BIG, "the CRL has more than %u octets",
		                 LIMIT_CRL_FILE);
	size_t size = (size_t)info.st_size;
	uint8_t *data = malloc(size);
	if (!data)
		return error_nomem(err);
	while (done < size) {
		ssize_t n = pread(file, data + done, size - done, (off_t)done);
		if (n <= 0) {
			free(data);
			return n ? error_errno(err, "the CRL")
			         : error_set(err, SIGNET_E_INVALID, "the CRL became shorter");
		}
		done += (size_t)n;
	}
	*out = data;
	*length = size;
	return 0;
}

static int verify(const struct authority *key, void *arg)
{
	const struct crl *crl = arg;
	return crl_verify(crl, key->certificate.key, NULL);
}

static int check(const struct configuration *configuration, const char *authority,
                 struct crl *crl, const struct authority **key, struct error *err)
{
	if (crl->base)
		return error_set(err, SIGNET_E_INVALID, "it is a delta CRL: it has not all that is revoked");
	int result = import_find_key(configuration, authority, crl->issuer, verify, crl, key);
	if (result == SIGNET_E_NOT_FOUND)
		return error_set(err, SIGNET_E_INVALID, *authority
		                 ? "it is a CRL of another issuer than '%s'"
		                 : "no authority here is the issuer of the CRL", authority);
	if (result)
		return error_set(err, SIGNET_E_BAD_SIGNATURE, "no key of its issuer has signed the CRL");
	return 0;
}

static int tell(struct engine *engine, struct arena *arena, const struct crl *crl,
                const struct authority *key, const char *actor, struct error *err)
{
	uint8_t digest[HASH_SIZE_MAX];
	char detail[DETAIL_MAX], date[CLOCK_TEXT_SIZE];
	int result = hash_compute(HASH_SHA256, crl->der, digest);
	if (result)
		return error_set(err, result, "the CRL cannot be hashed");
	const char *hash = hex_text(arena, bytes_make(digest, hash_size(HASH_SHA256)));
	if (!hash)
		return error_nomem(err);
	snprintf(detail, sizeof detail, "%s: number %llu of %s, SHA-256 %s", key->public_name,
	         (unsigned long long)crl->number, clock_format(crl->this_update, date), hash);
	const struct audit_entry audit = {.time = clock_now(), .action = AUDIT_IMPORT_CRL,
	                                  .actor = actor, .detail = detail};
	log_event(LOG_INFO, "import-crl", "actor", actor, "detail", detail, NULL);
	return audit_write(database_store(engine->database), &audit, err);
}

int import_check_crl(struct engine *engine, const struct configuration *configuration,
                     struct arena *arena, int file, const char *authority, const char *actor,
                     const struct authority **key, struct error *err)
{
	struct crl crl;
	uint8_t *data = NULL;
	size_t length = 0;
	if (*authority && !configuration_authority(configuration, authority))
		return error_set(err, SIGNET_E_NOT_FOUND, "there is no authority '%.64s'", authority);
	int result = read_file(file, &data, &length, err);
	if (result)
		return result;
	result = crl_parse(&crl, arena, bytes_make(data, length), err);
	if (result == 0)
		result = check(configuration, authority, &crl, key, err);
	if (result == 0)
		result = tell(engine, arena, &crl, *key, actor, err);
	free(data);
	return result;
}
