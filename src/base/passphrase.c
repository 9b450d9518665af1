#include "base/passphrase.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/file.h"

static int read_environment(struct buffer *out, const char *name, struct error *err)
{
	const char *value = getenv(name);
	if (!value)
		return error_set(err, SIGNET_E_NOT_FOUND, "no environment variable %s for the passphrase",
		                 name);
	if (buffer_append_text(out, value))
		return error_set(err, out->error, "the passphrase in %s is too long", name);
	return 0;
}

static int read_credential(struct buffer *out, const char *name, struct error *err)
{
	const char *directory = getenv("CREDENTIALS_DIRECTORY");
	char path[PATH_MAX];
	if (!directory)
		return error_set(err, SIGNET_E_NOT_FOUND,
		                 "no CREDENTIALS_DIRECTORY for the credential %s", name);
	int n = snprintf(path, sizeof path, "%s/%s", directory, name);
	if (n < 0 || (size_t)n >= sizeof path)
		return error_set(err, SIGNET_E_INVALID, "the credential's path is too long");
	return file_read(out, path, err);
}

int passphrase_read(struct buffer *out, enum passphrase_source source, const char *name,
                    struct error *err)
{
	int result = 0;
	if (source == PASSPHRASE_NONE)
		return 0;
	if (buffer_reserve(out, PASSPHRASE_MAX))
		return error_nomem(err);
	if (source == PASSPHRASE_FILE)
		result = file_read(out, name, err);
	else if (source == PASSPHRASE_ENVIRONMENT)
		result = read_environment(out, name, err);
	else
		result = read_credential(out, name, err);
	if (result)
		return result;
	size_t length = 0;
	while (length < out->length && out->data[length] != '\n' && out->data[length] != '\r' &&
	       out->data[length] != '\0')
		length++;
	out->length = length;
	if (length == 0)
		return error_set(err, SIGNET_E_INVALID, "the passphrase from %s is empty", name);
	return buffer_text(out) ? 0 : error_nomem(err);
}
