#include "gateway/router.h"

#include <stdlib.h>

#include "gateway/path.h"

#define SEGMENTS_MAX 32 /* of a pattern */

struct mount {
	const char *path;
	size_t length;
	const struct http_route *routes;
	void *instance;
};

struct router {
	struct mount *mounts;
	size_t count;
};

struct router *router_new(void)
{
	return calloc(1, sizeof(struct router));
}

void router_free(struct router *router)
{
	if (!router)
		return;
	free(router->mounts);
	free(router);
}

/* The segment at *p without its slash, and *p moved behind it. Both begin with "/". */
static struct bytes next_segment(const char **p)
{
	const char *from = *p + 1;
	size_t length = strcspn(from, "/");
	*p = from + length;
	return bytes_make(from, length);
}

static bool is_parameter(struct bytes segment)
{
	return segment.length > 2 && segment.data[0] == '{' &&
	       segment.data[segment.length - 1] == '}';
}

/* "" or segments that are literal or {name} as a whole. */
static bool is_pattern(const char *pattern)
{
	size_t parameters = 0, segments = 0;
	while (*pattern) {
		if (*pattern != '/' || ++segments > SEGMENTS_MAX)
			return false;
		struct bytes segment = next_segment(&pattern);
		bool parameter = is_parameter(segment);
		parameters += parameter;
		for (size_t i = parameter; i < segment.length - parameter; i++)
			if (strchr("{}%?#", segment.data[i]))
				return false;
		if (segment.length == 0 && *pattern)
			return false;
	}
	return parameters <= ROUTER_PARAMETERS;
}

int router_add(struct router *router, const char *path, const struct http_route *routes,
               void *instance, struct error *err)
{
	if (!path_is_plain(path))
		return error_set(err, SIGNET_E_CONFIG, "%s: not a path such as /acme", path);
	for (size_t i = 0; i < router->count; i++)
		if (strcmp(router->mounts[i].path, path) == 0)
			return error_set(err, SIGNET_E_CONFIG,
			                 "%s: another instance has this path", path);
	for (const struct http_route *route = routes; route->pattern; route++)
		if (!route->method || !route->handler || !is_pattern(route->pattern))
			return error_set(err, SIGNET_E_CONFIG, "%s%s: malformed route", path,
			                 route->pattern);
	struct mount *mounts =
		realloc(router->mounts, (router->count + 1) * sizeof *router->mounts);
	if (!mounts)
		return error_nomem(err);
	router->mounts = mounts;
	mounts[router->count++] = (struct mount){path, strlen(path), routes, instance};
	return 0;
}

/* The instance with the longest path above this one. */
static const struct mount *find_mount(const struct router *router, const char *path)
{
	const struct mount *best = NULL;
	for (size_t i = 0; i < router->count; i++) {
		const struct mount *mount = &router->mounts[i];
		if (strncmp(path, mount->path, mount->length) == 0 &&
		    (path[mount->length] == '/' || path[mount->length] == '\0') &&
		    (!best || mount->length > best->length))
			best = mount;
	}
	return best;
}

/* How well path fits: -1 not at all, else a number with a bit for each segment, the first one
 * highest, that is set for a literal: so the more literal of two patterns wins. */
static int64_t fit(const char *pattern, const char *path)
{
	int64_t literal = 0;
	while (*pattern && *path) {
		struct bytes wanted = next_segment(&pattern), got = next_segment(&path);
		bool parameter = is_parameter(wanted);
		if (parameter ? got.length == 0 : !bytes_equal(wanted, got))
			return -1;
		literal = literal << 1 | !parameter;
	}
	return *pattern || *path ? -1 : literal;
}

static bool serves(const struct http_route *route, const char *method)
{
	return strcmp(route->method, strcmp(method, "HEAD") == 0 ? "GET" : method) == 0;
}

static int capture(struct arena *arena, const char *pattern, const char *path,
                   struct router_match *out)
{
	out->parameters = arena_array(arena, ROUTER_PARAMETERS, sizeof *out->parameters);
	if (!out->parameters)
		return SIGNET_E_NOMEM;
	while (*pattern) {
		struct bytes wanted = next_segment(&pattern), got = next_segment(&path);
		if (!is_parameter(wanted))
			continue;
		struct http_parameter *parameter = &out->parameters[out->parameter_count++];
		parameter->name =
			arena_text(arena, bytes_make(wanted.data + 1, wanted.length - 2));
		parameter->value = arena_text(arena, got);
		if (!parameter->name || !parameter->value)
			return SIGNET_E_NOMEM;
	}
	return 0;
}

/* Adds the route's method to the list unless it is there. */
static const char *add_allowed(struct arena *arena, const char *allow, const char *method)
{
	const char *text = strcmp(method, "GET") == 0 ? "GET, HEAD" : method;
	if (!allow)
		return text;
	return strstr(allow, method) ? allow : arena_printf(arena, "%s, %s", allow, text);
}

int router_find(const struct router *router, struct arena *arena, const char *method,
                const char *path, struct router_match *out)
{
	struct router_match match = {0};
	const struct mount *mount = find_mount(router, path);
	*out = match;
	if (!mount)
		return 0;
	const char *rest = path + mount->length, *allow = NULL;
	int64_t best = -1;
	for (const struct http_route *route = mount->routes; route->pattern; route++) {
		int64_t fitness = fit(route->pattern, rest);
		if (fitness < 0)
			continue;
		allow = add_allowed(arena, allow, route->method);
		if (!allow)
			return SIGNET_E_NOMEM;
		if (serves(route, method) && fitness > best) {
			best = fitness;
			match.route = route;
		}
	}
	if (!match.route) {
		out->allow = allow;
		return 0;
	}
	match.instance = mount->instance;
	int result = capture(arena, match.route->pattern, rest, &match);
	if (!result)
		*out = match;
	return result;
}
