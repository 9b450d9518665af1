#include "publisher/exits.h"

#include <stdlib.h>

#define TRIES_DEFAULT 50
#define TRIES_MAX 1000000
#define PROFILE_BUILT_IN "gateway"

static int add_event(const struct signet_exit *module, const struct conf_node *list,
                     const char *name, uint64_t *kinds, struct error *err)
{
	enum signet_event_kind kind = signet_event_from_name(name);
	if (!kind)
		return conf_error(list, err, "'%s' is no kind of event", name);
	if (!(module->events & SIGNET_EVENT_BIT(kind)))
		return conf_error(list, err, "the module '%s' does not publish '%s'",
		                  module->module.name, name);
	*kinds |= SIGNET_EVENT_BIT(kind);
	return 0;
}

/* All that the module can publish, unless `events` chooses. */
static int read_events(struct exit_instance *item, const struct conf_node *node, struct error *err)
{
	const struct conf_node *list = conf_find(node, "events");
	if (!list) {
		item->kinds = item->module->events;
		return 0;
	}
	const char **names;
	size_t count;
	int result = conf_text_list(list, &names, &count, err);
	if (result)
		return result;
	if (!count)
		result = conf_error(list, err, "is empty");
	for (size_t i = 0; i < count && result == 0; i++)
		result = add_event(item->module, list, names[i], &item->kinds, err);
	free(names);
	return result;
}

/* Names of configured profiles, or of the built-in one. */
static int read_profiles(struct exit_instance *item, const struct settings *settings,
                         const struct conf_node *node, struct error *err)
{
	const struct conf_node *list = conf_find(node, "profiles");
	int result = list ? conf_text_list(list, &item->profiles, &item->profile_count, err) : 0;
	if (result == 0 && list && !item->profile_count)
		result = conf_error(list, err, "is empty");
	for (size_t i = 0; i < item->profile_count && result == 0; i++)
		if (strcmp(item->profiles[i], PROFILE_BUILT_IN) != 0 &&
		    !conf_find(settings->profiles, item->profiles[i]))
			result = conf_error(list, err, "there is no profile '%s'", item->profiles[i]);
	return result;
}

static int read_tries(struct exit_instance *item, const struct conf_node *node, struct error *err)
{
	int64_t tries;
	int result = conf_get_integer(node, "tries", 0, TRIES_MAX, TRIES_DEFAULT, &tries, err);
	if (result == 0)
		item->tries = (unsigned)tries;
	return result;
}

static int load_item(struct exit_instance *item, const struct exits *exits,
                     const struct settings *settings, const struct instance *config,
                     struct error *err)
{
	const struct signet_module *module;
	int result = signet_module_find(&module, SIGNET_MODULE_EXIT, config->kind,
	                                signet_builtin_exits, settings->modules, err);
	if (result)
		return conf_error(config->node, err, "%s", err->message);
	result = signet_module_check_keys(module, config->node, err);
	if (result)
		return result;
	item->name = config->name;
	item->module = (const struct signet_exit *)module;
	item->host = (struct signet_exit_host){config->name, settings->state, exits->client,
	                                       settings->authorities};
	result = read_events(item, config->node, err);
	if (result == 0)
		result = read_profiles(item, settings, config->node, err);
	if (result == 0)
		result = read_tries(item, config->node, err);
	if (result == 0)
		result = item->module->configure(&item->instance, &item->host, config->node, err);
	if (result)
		free(item->profiles);
	return result;
}

bool exits_wants(const struct exit_instance *item, const struct signet_event *event)
{
	if (!item->profile_count || !event->profile || !*event->profile)
		return true;
	for (size_t i = 0; i < item->profile_count; i++)
		if (strcmp(item->profiles[i], event->profile) == 0)
			return true;
	return false;
}

static int open_clients(struct exits *exits, const struct settings *settings, struct error *err)
{
	char *path = settings_path(settings, "run/request.sock");
	if (!path)
		return error_nomem(err);
	int result = signet_client_open(&exits->reader, path, err);
	if (result == 0)
		result = signet_client_open(&exits->client, path, err);
	free(path);
	return result;
}

int exits_load(struct exits **out, const struct settings *settings, struct error *err)
{
	struct exits *exits = calloc(1, sizeof *exits);
	if (!exits)
		return error_nomem(err);
	exits->items = calloc(settings->exit_count + 1, sizeof *exits->items);
	int result = exits->items ? open_clients(exits, settings, err) : error_nomem(err);
	for (size_t i = 0; i < settings->exit_count && result == 0; i++) {
		result = load_item(&exits->items[i], exits, settings, &settings->exits[i], err);
		exits->count += result == 0;
	}
	if (result) {
		exits_free(exits);
		return result;
	}
	*out = exits;
	return 0;
}

void exits_free(struct exits *exits)
{
	if (!exits)
		return;
	for (size_t i = 0; i < exits->count; i++) {
		exits->items[i].module->close(exits->items[i].instance);
		free(exits->items[i].profiles);
	}
	signet_client_close(exits->reader);
	signet_client_close(exits->client);
	free(exits->items);
	free(exits);
}
