/*
 * What extensions and policy rules say, in a line each.
 */
#ifndef SIGNET_SIGNETCTL_DESCRIBE_H
#define SIGNET_SIGNETCTL_DESCRIBE_H

#include "api/client.h"
#include "asn1/extension.h"

/* "keyUsage (critical): digital-signature". */
int describe_extension(struct buffer *out, struct arena *arena, const struct extension *extension);
/* The extensions of a request with their origins, for PRINT_LIST; NULL without memory. */
const char *describe_extensions(struct arena *arena, const struct signet_request_info *info);
/* What each policy rule said and changed, for PRINT_LIST; NULL without memory. */
const char *describe_trace(struct arena *arena, const struct signet_request_info *info);
/* Text that others wrote, as one line of a list. */
void describe_line(struct buffer *out, const char *text);

#endif
