#include "engine/urls.h"

#include <stdlib.h>

#include "asn1/general_name.h"

static int check(const struct conf_node *node, const char *const *list, size_t count,
                 struct error *err)
{
	if (count > URLS_MAX)
		return conf_error(node, err, "more than %d URLs", URLS_MAX);
	for (size_t i = 0; i < count; i++) {
		struct general_name name = {GN_URI, bytes_text(list[i])};
		struct error why = {0};
		if (general_name_check(&name, &why))
			return conf_error(node, err, "%s", why.message);
	}
	return 0;
}

int urls_read(const struct conf_node *node, const char ***out, size_t *count, struct error *err)
{
	const char *text, **list;
	size_t length;
	*count = 0;
	*out = NULL;
	if (!node || (conf_kind(node) == CONF_SCALAR && conf_text(node, &text, NULL) == 0 &&
	              strcmp(text, "none") == 0))
		return 0;
	int result = conf_text_list(node, &list, &length, err);
	if (result)
		return result;
	result = check(node, list, length, err);
	if (result || length == 0) {
		free(list);
		return result;
	}
	*out = list;
	*count = length;
	return 0;
}
