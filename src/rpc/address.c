#include "rpc/address.h"

#include <string.h>

int rpc_address(struct sockaddr_un *out, const char *path, struct error *err)
{
	struct sockaddr_un address = {.sun_family = AF_UNIX};
	size_t length = strlen(path);
	if (length == 0)
		return error_set(err, SIGNET_E_INVALID, "the path of a socket is empty");
	if (length >= sizeof address.sun_path)
		return error_set(err, SIGNET_E_INVALID,
		                 "%s: longer than the %zu characters that a socket's path may have; "
		                 "choose a shorter state directory",
		                 path, sizeof address.sun_path - 1);
	memcpy(address.sun_path, path, length + 1);
	*out = address;
	return 0;
}
