#include "intermediaries/ocsp/target.h"

#include "asn1/der.h"
#include "base/encoding.h"
#include "base/limits.h"

/* The text with %XX decoded; NULL when one is broken, hides a NUL, or there is no memory. */
static char *decode(struct arena *arena, const char *text)
{
	_cleanup_buffer_ struct buffer octet = BUFFER_MAX(1);
	char *out = arena_strdup(arena, text), *at = out;
	for (const char *p = text; out && *p; p++, at++) {
		*at = *p;
		if (*p != '%')
			continue;
		buffer_clear(&octet);
		if (!p[1] || hex_decode(&octet, bytes_make(p + 1, 2)) || octet.data[0] == 0)
			return NULL;
		*at = (char)octet.data[0];
		p += 2;
	}
	if (out)
		*at = '\0';
	return out;
}

/* A whole SEQUENCE in base64: no name of an authority looks like one. */
static int read_base64(struct arena *arena, const char *text, struct bytes *out)
{
	_cleanup_buffer_ struct buffer padded = BUFFER_MAX(LIMIT_HTTP_PATH + 4);
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_HTTP_PATH);
	struct bytes content;
	buffer_append_text(&padded, text);
	while (!padded.error && padded.length % 4)
		buffer_append_octet(&padded, '=');
	if (padded.error || base64_decode(&der, buffer_bytes(&padded)))
		return SIGNET_E_INVALID;
	struct der reader = der_open(buffer_bytes(&der));
	if (der_expect(&reader, DER_SEQUENCE, &content) || der_finish(&reader))
		return SIGNET_E_INVALID;
	return arena_bytes(arena, buffer_bytes(&der), out);
}

int target_read(struct arena *arena, const char *rest, const char **authority,
                struct bytes *request)
{
	char *text = decode(arena, rest);
	if (!text)
		return SIGNET_E_INVALID;
	/* who joins an address that ends with a slash and the text has two of them */
	text += strspn(text, "/");
	if (read_base64(arena, text, request) == 0) {
		*authority = "";
		return 0;
	}
	char *slash = strchr(text, '/');
	if (!slash || read_base64(arena, slash + strspn(slash, "/"), request))
		return SIGNET_E_INVALID;
	*slash = '\0';
	*authority = text;
	return 0;
}
