#include "gateway/router.h"

#include <stdlib.h>

#include "gateway/path.h"

#define SEGMENTS_MAX 31 /* of a pattern */

struct mount {
	const char *path;
	size_t length;
	const struct http_route *routes;
	void *instance;
	const char *name;
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

/* {name*}: whatever follows, undecoded. */
static bool is_rest(struct bytes segment)
{
	return is_parameter(segment) && segment.length > 3 &&
	       segment.data[segment.length - 2] == '*';
}

static bool ends_with_rest(const char *pattern)
{
	size_t length = strlen(pattern);
	return length > 2 && pattern[length - 1] == '}' && pattern[length - 2] == '*';
}

/* The segment without the braces of a parameter. */
static struct bytes bare_name(struct bytes segment)
{
	if (!is_parameter(segment))
		return segment;
	return bytes_make(segment.data + 1, segment.length - 2 - is_rest(segment));
}

static bool is_bare(struct bytes name)
{
	for (size_t i = 0; i < name.length; i++)
		if (strchr("{}%?#*", name.data[i]))
			return false;
	return true;
}

/* "" or segments that are literal or {name} as a whole; {name*} is the last one, behind literal
 * ones. */
static bool is_pattern(const char *pattern)
{
	size_t parameters = 0, segments = 0;
	while (*pattern) {
		if (*pattern != '/' || ++segments > SEGMENTS_MAX)
			return false;
		struct bytes segment = next_segment(&pattern);
		if (!is_bare(bare_name(segment)) || (segment.length == 0 && *pattern) ||
		    (is_rest(segment) && (*pattern || parameters)))
			return false;
		parameters += is_parameter(segment);
	}
	return parameters <= ROUTER_PARAMETERS;
}

int router_add(struct router *router, const char *path, const struct http_route *routes,
               void *instance, struct error *err)
{
	if (*path && !path_is_plain(path))
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
	mounts[router->count++] = (struct mount){path, strlen(path), routes, instance, NULL};
	return 0;
}

void router_name(struct router *router, const char *name)
{
	router->mounts[router->count - 1].name = name;
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

/* How well a path fits: -1 not at all, else a number with a digit for each segment, the first one
 * highest: 2 for a literal, 1 for a parameter, 0 for the rest. So the more literal of two patterns
 * wins. */
static int64_t fit(const char *pattern, const char *path)
{
	int64_t fitness = 0;
	unsigned shift = 2 * SEGMENTS_MAX - 2;
	for (; *pattern && *path; shift -= 2) {
		struct bytes wanted = next_segment(&pattern);
		if (is_rest(wanted))
			return path[1] ? fitness : -1;
		struct bytes got = next_segment(&path);
		bool parameter = is_parameter(wanted);
		if (parameter ? got.length == 0 : !bytes_equal(wanted, got))
			return -1;
		fitness |= INT64_C(1) << (shift + !parameter);
	}
	return *pattern || *path ? -1 : fitness;
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
		struct bytes wanted = next_segment(&pattern);
		struct bytes got = is_rest(wanted) ? bytes_text(path + 1) : next_segment(&path);
		if (!is_parameter(wanted))
			continue;
		struct http_parameter *parameter = &out->parameters[out->parameter_count++];
		parameter->name = arena_text(arena, bare_name(wanted));
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

/* What of the path is below the mount; NULL when the path is not there or another mount's. */
static const char *below(const struct router *router, const struct mount *mount, const char *path)
{
	return path && find_mount(router, path) == mount ? path + mount->length : NULL;
}

int router_find(const struct router *router, struct arena *arena, const char *method,
                const char *path, const char *raw, struct router_match *out)
{
	struct router_match match = {0};
	const struct mount *mount = path || raw ? find_mount(router, path ? path : raw) : NULL;
	*out = match;
	if (!mount)
		return 0;
	match.name = out->name = mount->name;
	const char *decoded = below(router, mount, path), *undecoded = below(router, mount, raw);
	const char *allow = NULL;
	int64_t best = -1;
	for (const struct http_route *route = mount->routes; route->pattern; route++) {
		const char *rest = ends_with_rest(route->pattern) ? undecoded : decoded;
		int64_t fitness = rest ? fit(route->pattern, rest) : -1;
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
	match.raw = ends_with_rest(match.route->pattern);
	int result = capture(arena, match.route->pattern, match.raw ? undecoded : decoded, &match);
	if (!result)
		*out = match;
	return result;
}
