/* Between the files of authority.h. */
#ifndef SIGNET_ENGINE_AUTHORITY_PRIVATE_H
#define SIGNET_ENGINE_AUTHORITY_PRIVATE_H

#include "engine/authority.h"

/* Reads `crl` and `urls` of its map, and encodes what every certificate of the authority carries. */
int authority_add_extensions(struct authority *a, struct arena *arena,
                             const struct conf_node *map, struct error *err);
/* The part of it for `urls`. */
int authority_add_urls(struct authority *a, struct arena *arena, const struct conf_node *map,
                       struct error *err);
/* Reads the cross certificates of this file, where there is one, that have not ended and are for a key of the
 * authority or by one. The keys are loaded. */
int authority_load_cross(struct authority *a, struct arena *arena, const char *path, int64_t now,
                         struct error *err);
/* Works out the bounds from the chain. SIGNET_E_INVALID, SIGNET_E_BAD_NAME or an error of
 * certificate_parse says which certificate is wrong, and how. */
int authority_add_bounds(struct authority *a, struct arena *arena, struct error *err);

#endif
