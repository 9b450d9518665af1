#include "api/secret.h"

#include <stdlib.h>

#include "base/file.h"

static const char *const sources[] = {"file", "environment", "credential", NULL};
static const enum passphrase_source kinds[] = {PASSPHRASE_FILE, PASSPHRASE_ENVIRONMENT,
                                               PASSPHRASE_CREDENTIAL};

static int read_source(const struct conf_node *node, enum passphrase_source *kind,
                       const char **name, struct error *err)
{
	size_t at = 0;
	if (conf_check_keys(node, sources, err))
		return SIGNET_E_CONFIG;
	if (conf_count(node) != 1)
		return conf_error(node, err, "one of file, environment, credential is wanted");
	if (conf_text(conf_item(node, 0), name, err))
		return SIGNET_E_CONFIG;
	while (strcmp(sources[at], conf_key(conf_item(node, 0))) != 0)
		at++;
	*kind = kinds[at];
	return 0;
}

int secret_check(const struct conf_node *node, struct error *err)
{
	enum passphrase_source kind;
	const char *name;
	return read_source(node, &kind, &name, err);
}

int secret_read(struct buffer *out, const struct conf_node *node, const char *directory,
                struct error *err)
{
	enum passphrase_source kind;
	const char *name;
	char *path = NULL;
	struct error why = {0};
	if (read_source(node, &kind, &name, err))
		return SIGNET_E_CONFIG;
	if (kind == PASSPHRASE_FILE && !(path = file_below(directory, name)))
		return error_nomem(err);
	int result = passphrase_read(out, kind, path ? path : name, &why);
	free(path);
	return result ? conf_error(node, err, "%s", why.message) : 0;
}
