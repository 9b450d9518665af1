#include "api/exit.h"

int signet_exit_check_authority(const struct signet_exit_host *host, const char *name,
                                const struct conf_node *node, struct error *err)
{
	return host->authorities && conf_find(host->authorities, name)
		? 0 : conf_error(node, err, "there is no authority '%.64s'", name);
}
