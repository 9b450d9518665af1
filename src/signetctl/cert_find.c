/* Certificates as people name them. */
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "pki/certificate.h"
#include "signetctl/cert.h"

#define ID_DIGITS 12
#define HEX_MAX 64 /* digits of what names a certificate */

/* Of a chain the first. */
static int read_file(struct arena *arena, const char *path, struct bytes *out, struct error *err)
{
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(LIMIT_PEM_FILE);
	struct bytes chain[LIMIT_CHAIN + 1];
	size_t count;
	int result = file_read(&content, path, err);
	if (result)
		return result;
	struct der der = der_open(buffer_bytes(&content));
	if (der_whole(&der, DER_SEQUENCE, NULL) || der_finish(&der))
		result = certificate_read_chain(arena, buffer_bytes(&content), chain,
		                                LIMIT_CHAIN + 1, &count, err);
	else if (arena_bytes(arena, buffer_bytes(&content), &chain[0]))
		result = error_nomem(err);
	if (result)
		return error_prefix(err, "%s", path);
	*out = chain[0];
	return 0;
}

/* By its serial number; one of another CA may have the same. */
static int find_file(struct command_context *context, const char *path,
                     struct signet_certificate *out, struct error *err)
{
	struct certificate parsed;
	struct bytes der;
	int result = read_file(context->arena, path, &der, err);
	if (result == 0)
		result = certificate_parse(&parsed, context->arena, der, err);
	if (result)
		return result;
	result = signet_get_certificate_by_serial(context->client, context->arena, parsed.serial,
	                                          out, err);
	certificate_clear(&parsed);
	if (result == 0 && !bytes_equal(out->certificate, der))
		return error_set(err, SIGNET_E_NOT_FOUND,
		                 "%s: the engine has another certificate of this serial number", path);
	return result;
}

/* Hex with colons, or with the 0x that says that a short one is no id. */
static int read_hex(const char *text, struct buffer *out)
{
	_cleanup_buffer_ struct buffer hex = BUFFER_MAX(HEX_MAX + 1);
	if (text[0] == '0' && (text[1] == 'x' || text[1] == 'X'))
		text += 2;
	for (const char *p = text; *p; p++)
		if (*p != ':')
			buffer_append_octet(&hex, (uint8_t)*p);
	if (hex.error || hex_decode(out, buffer_bytes(&hex)) || out->length == 0)
		return SIGNET_E_INVALID;
	return 0;
}

static int find_id(struct command_context *context, const char *text, uint64_t id,
                   struct signet_certificate *out, struct error *err)
{
	int result = signet_get_certificate_by_id(context->client, context->arena, id, out, err);
	if (result == SIGNET_E_NOT_FOUND)
		error_set(err, result, "there is no certificate of the id %s (a serial number that is so "
		          "short: 0x%s)", text, text);
	return result;
}

static int find_serial(struct command_context *context, struct bytes serial,
                       struct signet_certificate *out, struct error *err)
{
	bool like_sha1 = serial.length == hash_size(HASH_SHA1);
	while (serial.length > 1 && serial.data[0] == 0)
		serial = bytes_make(serial.data + 1, serial.length - 1);
	int result = signet_get_certificate_by_serial(context->client, context->arena, serial, out,
	                                              err);
	if (result == SIGNET_E_NOT_FOUND && like_sha1)
		error_set(err, result, "there is no certificate of this serial number (a fingerprint must be "
		          "that of SHA-256)");
	return result;
}

int cert_find(struct command_context *context, const char *text, struct signet_certificate *out,
              struct error *err)
{
	_cleanup_buffer_ struct buffer octets = BUFFER_MAX(HEX_MAX / 2);
	uint64_t id;
	if (strpbrk(text, "./"))
		return find_file(context, text, out, err);
	if (strlen(text) <= ID_DIGITS && text_to_uint(text, INT64_MAX, &id) == 0)
		return find_id(context, text, id, out, err);
	if (read_hex(text, &octets))
		return error_set(err, SIGNET_E_INVALID,
		                 "'%s' is no id, no serial number, no fingerprint and no file", text);
	if (octets.length == hash_size(HASH_SHA256))
		return signet_get_certificate_by_fingerprint(context->client, context->arena,
		                                             octets.data, out, err);
	return find_serial(context, buffer_bytes(&octets), out, err);
}

int cert_read_date(const char *text, int64_t *out, struct error *err)
{
	char whole[CLOCK_TEXT_SIZE];
	size_t length = strlen(text);
	if (length == strlen("2026-11-23")) {
		memcpy(whole, text, length);
		memcpy(whole + length, "T00:00:00Z", sizeof "T00:00:00Z");
		text = whole;
	}
	if (clock_parse(text, out))
		return error_set(err, SIGNET_E_INVALID, "'%s' is no date: 2026-11-23 or "
		                 "2026-11-23T12:49:00Z", text);
	return 0;
}
