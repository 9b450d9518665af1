#include "asn1/general_name.h"

#include "asn1/name.h"
#include "asn1/oid.h"
#include "base/encoding.h"
#include "base/text.h"

static const char *const kind_names[] = {
	[GN_OTHER] = "other", [GN_EMAIL] = "email", [GN_DNS] = "dns",
	[GN_X400] = "x400", [GN_DIRECTORY] = "directory", [GN_EDI] = "edi",
	[GN_URI] = "uri", [GN_IP] = "ip", [GN_REGISTERED_ID] = "registered-id",
};
#define KIND_COUNT ((int)(sizeof kind_names / sizeof *kind_names))

const char *general_name_kind_name(enum general_name_kind kind)
{
	return (int)kind >= 0 && (int)kind < KIND_COUNT ? kind_names[kind] : "?";
}

int general_name_kind_from_name(const char *name)
{
	for (int i = 0; i < KIND_COUNT; i++)
		if (strcmp(name, kind_names[i]) == 0)
			return i;
	return -1;
}

static char *dns_text(struct arena *arena, struct bytes value)
{
	char *text = arena_text(arena, value);
	for (char *at = text; at && *at; at++)
		*at = text_lower(*at);
	return text;
}

static char *ip_text(struct arena *arena, struct bytes value)
{
	char text[64];
	return text_from_address(value, text) ? arena_strdup(arena, text) : NULL;
}

static char *other_text(struct arena *arena, struct bytes content)
{
	struct der der = der_open(content);
	struct bytes oid, value;
	if (der_oid(&der, &oid) || der_expect(&der, DER_CONTEXT_CONSTRUCTED(0), &value))
		return NULL;
	const char *dotted = oid_to_text(arena, oid), *digits = hex_text(arena, value);
	return dotted && digits ? arena_printf(arena, "%s:%s", dotted, digits) : NULL;
}

char *general_name_text(struct arena *arena, const struct general_name *name)
{
	switch (name->kind) {
	case GN_DNS:
		return dns_text(arena, name->value);
	case GN_EMAIL:
	case GN_URI:
		return arena_text(arena, name->value);
	case GN_IP:
		return ip_text(arena, name->value);
	case GN_DIRECTORY:
		return name_to_text(arena, name->value);
	case GN_REGISTERED_ID:
		return oid_to_text(arena, name->value);
	case GN_OTHER:
		return other_text(arena, name->value);
	case GN_X400:
	case GN_EDI:
		return hex_text(arena, name->value);
	}
	return NULL;
}

static int read_ip(struct arena *arena, const char *text, struct bytes *out, struct error *err)
{
	uint8_t address[16];
	size_t length = text_to_address(text, address);
	if (length == 0)
		return error_set(err, SIGNET_E_BAD_NAME, "ip name: not an IPv4 or IPv6 address");
	return arena_bytes(arena, bytes_make(address, length), out) ? error_nomem(err) : 0;
}

static int read_hex(struct arena *arena, const char *text, struct bytes *out, struct error *err)
{
	_cleanup_buffer_ struct buffer octets = BUFFER_MAX(LIMIT_NAME);
	int result = hex_decode(&octets, bytes_text(text));
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return error_set(err, SIGNET_E_BAD_NAME, "alternative name: not hex digits");
	return arena_bytes(arena, buffer_bytes(&octets), out) ? error_nomem(err) : 0;
}

static int read_oid(struct arena *arena, const char *text, struct bytes *out, struct error *err)
{
	int result = oid_from_text(arena, text, out);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? error_set(err, SIGNET_E_BAD_NAME, "alternative name: not an OID") : 0;
}

/* "OID:hex", the hex of the element inside of the [0] EXPLICIT. */
static int read_other(struct arena *arena, const char *text, struct bytes *out, struct error *err)
{
	const char *colon = strchr(text, ':');
	if (!colon)
		return error_set(err, SIGNET_E_BAD_NAME, "other name: not of the form OID:hex");
	const char *dotted = arena_text(arena, bytes_make(text, (size_t)(colon - text)));
	if (!dotted)
		return error_nomem(err);
	struct bytes oid, value;
	int result = read_oid(arena, dotted, &oid, err);
	if (result == 0)
		result = read_hex(arena, colon + 1, &value, err);
	if (result)
		return result;
	_cleanup_buffer_ struct buffer content = BUFFER_MAX(2 * LIMIT_NAME);
	struct der_writer w = der_write(&content);
	der_put_oid(&w, oid);
	der_put(&w, DER_CONTEXT_CONSTRUCTED(0), value);
	if (der_writer_finish(&w) || arena_bytes(arena, buffer_bytes(&content), out))
		return error_nomem(err);
	return 0;
}

static int read_value(struct arena *arena, enum general_name_kind kind, const char *text,
                      struct bytes *out, struct error *err)
{
	switch (kind) {
	case GN_DNS:
	case GN_EMAIL:
	case GN_URI:
		return arena_bytes(arena, bytes_text(text), out) ? error_nomem(err) : 0;
	case GN_IP:
		return read_ip(arena, text, out, err);
	case GN_DIRECTORY:
		return name_from_text(arena, text, out, err);
	case GN_REGISTERED_ID:
		return read_oid(arena, text, out, err);
	case GN_OTHER:
		return read_other(arena, text, out, err);
	case GN_X400:
	case GN_EDI:
		return read_hex(arena, text, out, err);
	}
	return error_set(err, SIGNET_E_BAD_NAME, "alternative name of an unknown kind");
}

int general_name_from_text(struct arena *arena, const char *text, struct general_name *out,
                           struct error *err)
{
	const char *colon = strchr(text, ':');
	const char *kind_name = colon ? arena_text(arena, bytes_make(text, (size_t)(colon - text)))
	                              : "";
	if (!kind_name)
		return error_nomem(err);
	int kind = general_name_kind_from_name(kind_name);
	if (kind < 0)
		return error_set(err, SIGNET_E_BAD_NAME,
		                 "alternative name: not of the form kind:value with kind dns, ip, "
		                 "email, uri, directory, registered-id or other");
	struct general_name name = {.kind = (enum general_name_kind)kind};
	int result = read_value(arena, name.kind, colon + 1, &name.value, err);
	if (result == 0)
		result = general_name_check(&name, err);
	if (result)
		return result;
	*out = name;
	return 0;
}
