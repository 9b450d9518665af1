/*
 * The router: which handler serves a method and path. Built once from the
 * routes of all instances and then read only.
 */
#ifndef SIGNET_GATEWAY_ROUTER_H
#define SIGNET_GATEWAY_ROUTER_H

#include "api/http.h"

#define ROUTER_PARAMETERS 8 /* captures in one pattern */

struct router;

struct router_match {
	const struct http_route *route; /* NULL: none has this path */
	void *instance;
	const char *name;               /* of the instance, whatever its routes say; NULL: none */
	bool raw;                       /* the route has {name*}: found by the undecoded path */
	struct http_parameter *parameters;
	size_t parameter_count;
	/* "GET, HEAD, POST": what the path allows when it exists and the method is not served;
	 * NULL else */
	const char *allow;
};

/* NULL without memory. */
struct router *router_new(void);
void router_free(struct router *router);

/* Adds routes (ended by one without pattern) below path ("" for the root); instance is handed to their handlers.
 * Strings are kept, not copied. SIGNET_E_CONFIG for a pattern that is malformed or a path that
 * another instance has. */
int router_add(struct router *router, const char *path, const struct http_route *routes,
               void *instance, struct error *err);

/* Names what was added last; kept, not copied. */
void router_name(struct router *router, const char *name);

/* path: decoded (path.h); NULL when it cannot be. raw: the same as it came, for routes with {name*}
 * at their end, which is captured as it is; NULL: such routes are not looked at. HEAD is looked for
 * as GET. Literal segments win over {parameters}, these over {rest*}, and one instance's routes do
 * not shadow those of another below a longer path. */
int router_find(const struct router *router, struct arena *arena, const char *method,
                const char *path, const char *raw, struct router_match *out);

#endif
