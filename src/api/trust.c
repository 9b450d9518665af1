#include "api/trust.h"

#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"

int trust_check(const char *path, const struct conf_node *node, struct error *err)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_buffer_ struct buffer der = BUFFER_MAX(LIMIT_PEM_FILE);
	struct error why = {0};
	if (file_read(&pem, path, &why))
		return conf_error(node, err, "%s", why.message);
	struct bytes rest = buffer_bytes(&pem);
	char label[32];
	size_t count = 0;
	int result;
	while ((result = pem_decode(&der, label, sizeof label, &rest)) == 0) {
		if (strcmp(label, "CERTIFICATE") != 0)
			return conf_error(node, err, "%s: holds a %s", path, label);
		count++;
		buffer_clear(&der);
	}
	return result != SIGNET_E_NOT_FOUND || count == 0
		? conf_error(node, err, "%s: holds no certificates in PEM", path) : 0;
}
