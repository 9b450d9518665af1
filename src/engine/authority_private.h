/* Between the two files of authority.h. */
#ifndef SIGNET_ENGINE_AUTHORITY_PRIVATE_H
#define SIGNET_ENGINE_AUTHORITY_PRIVATE_H

#include "engine/authority.h"

/* Encodes what every certificate of the authority carries. urls: its `urls` map; NULL for none. */
int authority_add_extensions(struct authority *a, struct arena *arena,
                             const struct conf_node *urls, struct error *err);

#endif
