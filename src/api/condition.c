#include "api/condition.h"

#include <stdlib.h>

#include "api/week.h"
#include "base/text.h"

/* A list that is NULL stands for a key that is not there. */
struct condition {
	const char **speakers; /* the intermediaries of the protocols; lists of names end in NULL */
	const char **intermediaries, **profiles, **authorities;
	const char **requesters;
	size_t requester_count;
	struct network *networks;
	size_t network_count;
	struct week_span *times;
	size_t time_count;
	struct condition *unless;
};

static const char *const keys[] = {"protocol", "intermediary", "profile", "authority",
                                   "requester", "address", "time", "not", NULL};

/* The entry of a list that may be a single value. */
static const struct conf_node *entry(const struct conf_node *node, size_t at)
{
	return conf_count(node) ? conf_item(node, at) : node;
}

/* NULL where there is no node. */
static int read_list(const char ***out, size_t *count, const struct conf_node *node,
                     struct error *err)
{
	const char **list;
	*out = NULL;
	*count = 0;
	if (!node)
		return 0;
	int result = conf_text_list(node, &list, count, err);
	if (result)
		return result;
	if (*count == 0) {
		free(list);
		return conf_error(node, err, "the list is empty");
	}
	*out = list;
	return 0;
}

typedef bool (*is_known)(const struct settings *settings, const char *name);

static bool is_intermediary(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->intermediary_count; i++)
		if (strcmp(settings->intermediaries[i].name, name) == 0)
			return true;
	return false;
}

static bool is_protocol(const struct settings *settings, const char *name)
{
	for (size_t i = 0; i < settings->intermediary_count; i++)
		if (strcmp(settings->intermediaries[i].kind, name) == 0)
			return true;
	return false;
}

static bool is_profile(const struct settings *settings, const char *name)
{
	return conf_find(settings->profiles, name);
}

static bool is_authority(const struct settings *settings, const char *name)
{
	return conf_find(settings->authorities, name);
}

static int read_names(const char ***out, const struct settings *settings,
                      const struct conf_node *map, const char *key, is_known known,
                      struct error *err)
{
	const struct conf_node *node = conf_find(map, key);
	const char **list;
	size_t count;
	int result = read_list(&list, &count, node, err);
	if (result || !list)
		return result;
	*out = list;
	for (size_t i = 0; i < count; i++)
		if (!known(settings, list[i]))
			return conf_error(entry(node, i), err, "there is no %s '%.64s'", key, list[i]);
	return 0;
}

static bool is_listed(const char *const *list, const char *name)
{
	for (; *list; list++)
		if (strcmp(*list, name) == 0)
			return true;
	return false;
}

/* A protocol goes by the name of its module. Which it is follows from the intermediary, whose right
 * to ask the engine has checked: what the gateway says of the protocol is not relied on. */
static int read_protocols(struct condition *c, const struct settings *settings,
                          const struct conf_node *map, struct error *err)
{
	const char **protocols = NULL;
	size_t count = 0;
	int result = read_names(&protocols, settings, map, "protocol", is_protocol, err);
	if (result == 0 && protocols) {
		c->speakers = calloc(settings->intermediary_count + 1, sizeof *c->speakers);
		if (!c->speakers)
			result = error_nomem(err);
	}
	for (size_t i = 0; c->speakers && i < settings->intermediary_count; i++)
		if (is_listed(protocols, settings->intermediaries[i].kind))
			c->speakers[count++] = settings->intermediaries[i].name;
	free(protocols);
	return result;
}

static int read_networks(struct condition *c, const struct conf_node *node, struct error *err)
{
	const char **list;
	size_t count;
	int result = read_list(&list, &count, node, err);
	if (result || !list)
		return result;
	c->networks = calloc(count, sizeof *c->networks);
	if (!c->networks)
		result = error_nomem(err);
	for (size_t i = 0; result == 0 && i < count; i++)
		if (text_to_network(list[i], &c->networks[c->network_count++]))
			result = conf_error(entry(node, i), err,
			                    "'%.64s' is not a network such as 10.0.0.0/8", list[i]);
	free(list);
	return result;
}

static int read_times(struct condition *c, const struct conf_node *node, struct error *err)
{
	const char **list;
	size_t count;
	int result = read_list(&list, &count, node, err);
	if (result || !list)
		return result;
	c->times = calloc(count, sizeof *c->times);
	if (!c->times)
		result = error_nomem(err);
	for (size_t i = 0; result == 0 && i < count; i++)
		if (week_span_read(&c->times[c->time_count++], list[i]))
			result = conf_error(entry(node, i), err, "'%.64s' is not a time of the week such "
			                    "as 'mon-fri 08:00-18:00'", list[i]);
	free(list);
	return result;
}

static int read_condition(struct condition *c, const struct settings *settings,
                          const struct signet_groups *groups, const struct conf_node *node,
                          struct error *err)
{
	const struct conf_node *requester = conf_find(node, "requester");
	const struct conf_node *unless = conf_find(node, "not");
	int result = conf_check_keys(node, keys, err);
	if (result == 0 && conf_count(node) == 0)
		result = conf_error(node, err, "says no condition");
	if (result == 0)
		result = read_protocols(c, settings, node, err);
	if (result == 0)
		result = read_names(&c->intermediaries, settings, node, "intermediary",
		                    is_intermediary, err);
	if (result == 0)
		result = read_names(&c->profiles, settings, node, "profile", is_profile, err);
	if (result == 0)
		result = read_names(&c->authorities, settings, node, "authority", is_authority, err);
	if (result == 0 && requester)
		result = signet_patterns_read(&c->requesters, &c->requester_count, groups, requester,
		                              err);
	if (result == 0)
		result = read_networks(c, conf_find(node, "address"), err);
	if (result == 0)
		result = read_times(c, conf_find(node, "time"), err);
	return result || !unless ? result
	                         : condition_load(&c->unless, settings, groups, unless, err);
}

int condition_load(struct condition **out, const struct settings *settings,
                   const struct signet_groups *groups, const struct conf_node *node,
                   struct error *err)
{
	struct condition *condition = calloc(1, sizeof *condition);
	if (!condition)
		return error_nomem(err);
	int result = read_condition(condition, settings, groups, node, err);
	if (result) {
		condition_free(condition);
		return result;
	}
	*out = condition;
	return 0;
}

void condition_free(struct condition *condition)
{
	if (!condition)
		return;
	condition_free(condition->unless);
	free(condition->speakers);
	free(condition->intermediaries);
	free(condition->profiles);
	free(condition->authorities);
	free(condition->requesters);
	free(condition->networks);
	free(condition->times);
	free(condition);
}

static bool is_in_network(const struct condition *c, const char *text)
{
	uint8_t octets[16];
	struct bytes address = bytes_make(octets, text_to_peer(text, octets));
	for (size_t i = 0; address.length && i < c->network_count; i++)
		if (network_contains(&c->networks[i], address))
			return true;
	return false;
}

static bool is_in_time(const struct condition *c, int64_t now)
{
	for (size_t i = 0; i < c->time_count; i++)
		if (week_span_holds(&c->times[i], now))
			return true;
	return false;
}

bool condition_holds(const struct condition *c, const struct signet_request *request, int64_t now)
{
	if (!c)
		return true;
	if ((c->speakers && !is_listed(c->speakers, request->intermediary)) ||
	    (c->intermediaries && !is_listed(c->intermediaries, request->intermediary)) ||
	    (c->profiles && !is_listed(c->profiles, request->profile)) ||
	    (c->authorities && !is_listed(c->authorities, request->authority)))
		return false;
	if (c->requesters && !signet_patterns_fit(request->groups, c->requesters,
	                                          c->requester_count, request->requester))
		return false;
	if ((c->networks && !is_in_network(c, request->address)) ||
	    (c->times && !is_in_time(c, now)))
		return false;
	return !c->unless || !condition_holds(c->unless, request, now);
}
