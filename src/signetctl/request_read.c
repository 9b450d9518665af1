/* What stands on the command line of request edit. */
#include "asn1/oid.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "pki/csr.h"
#include "signetctl/request.h"

int request_read_attribute(struct arena *arena, const char *text, struct signet_attribute *out,
                           struct error *err)
{
	size_t length = strcspn(text, "=");
	if (length == 0 || text[length] != '=')
		return error_set(err, SIGNET_E_INVALID, "'%s' is not NAME=VALUE", text);
	out->name = arena_text(arena, bytes_make(text, length));
	out->value = arena_strdup(arena, text + length + 1);
	return out->name && out->value ? 0 : error_nomem(err);
}

int request_read_oid(struct arena *arena, const char *text, const char **out, struct error *err)
{
	struct bytes oid;
	if (oid_from_text(arena, text, &oid))
		return error_set(err, SIGNET_E_INVALID, "'%s' is no OID and no known name of one",
		                 text);
	*out = oid_to_text(arena, oid);
	return *out ? 0 : error_nomem(err);
}

static bool take_suffix(size_t *length, const char *text, const char *suffix)
{
	size_t n = strlen(suffix);
	if (*length < n || memcmp(text + *length - n, suffix, n) != 0)
		return false;
	*length -= n;
	return true;
}

int request_read_extension(struct arena *arena, const char *text,
                           struct signet_request_extension *out, struct error *err)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(LIMIT_CERTIFICATE);
	size_t length = strcspn(text, "=");
	if (text[length] != '=' || hex_decode(&value, bytes_text(text + length + 1)) ||
	    value.length == 0)
		return error_set(err, SIGNET_E_INVALID, "'%s' is not OID=HEX or OID:critical=HEX",
		                 text);
	*out = (struct signet_request_extension){
		.critical = take_suffix(&length, text, ":critical"), .name = ""};
	const char *oid = arena_text(arena, bytes_make(text, length));
	if (!oid || arena_bytes(arena, buffer_bytes(&value), &out->value))
		return error_nomem(err);
	return request_read_oid(arena, oid, &out->oid, err);
}

int request_read_csr(struct arena *arena, const char *path, struct bytes *out, struct error *err)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_CSR);
	int result = file_read(&text, path, err);
	if (result == 0)
		result = csr_read(&der, buffer_bytes(&text), err);
	if (result == 0 && arena_bytes(arena, buffer_bytes(&der), out))
		return error_nomem(err);
	return result;
}
