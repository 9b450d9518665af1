#include "asn1/extension_list.h"

int extension_list_open(struct bytes value, struct der *list, size_t *count)
{
	struct der der = der_open(value), inside;
	size_t n = 0;
	if (der_enter(&der, DER_SEQUENCE, &inside) || der_finish(&der))
		return SIGNET_E_INVALID;
	for (struct der at = inside; !der_at_end(&at); n++)
		if (der_any(&at, NULL, NULL, NULL))
			return SIGNET_E_INVALID;
	if (n == 0)
		return SIGNET_E_INVALID;
	if (n > LIMIT_EXTENSION_ITEMS)
		return SIGNET_E_TOO_BIG;
	*list = inside;
	*count = n;
	return 0;
}

bool extension_is_uri(struct bytes uri)
{
	const struct general_name name = {GN_URI, uri};
	return general_name_check(&name, NULL) == 0;
}

int extension_read_full_name(struct der names, struct bytes *uris, size_t *count)
{
	if (der_at_end(&names))
		return SIGNET_E_INVALID;
	while (!der_at_end(&names)) {
		uint8_t tag;
		struct bytes name;
		if (der_any(&names, &tag, &name, NULL))
			return SIGNET_E_INVALID;
		if (tag != DER_CONTEXT(GN_URI))
			continue;
		if (!extension_is_uri(name))
			return SIGNET_E_INVALID;
		if (*count == LIMIT_EXTENSION_ITEMS)
			return SIGNET_E_TOO_BIG;
		uris[(*count)++] = name;
	}
	return 0;
}
