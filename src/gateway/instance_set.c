#include "gateway/instance_set.h"

#include <stdio.h>
#include <stdlib.h>

#include "gateway/path.h"

static int check_profiles(const struct hosted *item, struct error *err)
{
	const struct conf_node *node = item->conf->node;
	if (item->module->without_profiles && item->conf->profile_count)
		return conf_error(node, err, "%s asks for no certificates and takes no profile",
		                  item->conf->kind);
	if (!item->module->without_profiles && !item->conf->profile_count)
		return conf_error(node, err, "needs 'profile' or 'profiles'");
	return 0;
}

/* "/" is the root, below which routes begin with nothing. */
static int read_path(struct hosted *item, struct error *err)
{
	const struct conf_node *node = item->conf->node, *path = conf_find(node, "path");
	int result = conf_get_text(node, "path", item->module->default_path, &item->path, err);
	if (result)
		return result;
	if (!item->path)
		return conf_error(node, err, "'path' is missing");
	if (strcmp(item->path, "/") == 0)
		item->path = "";
	else if (!path_is_plain(item->path))
		return conf_error(path ? path : node, err, "'%s' is not a path such as /acme",
		                  item->path);
	return 0;
}

static int find_module(struct hosted *item, const struct settings *settings, struct error *err)
{
	const struct signet_module *module;
	const struct conf_node *node = item->conf->node;
	int result = signet_module_find(&module, SIGNET_MODULE_INTERMEDIARY, item->conf->kind,
	                                signet_builtin_intermediaries, settings->modules, err);
	if (result)
		return conf_error(node, err, "%s", err ? err->message : "");
	item->module = (const struct signet_intermediary *)module;
	result = signet_module_check_keys(module, node, err);
	if (!result)
		result = check_profiles(item, err);
	return result ? result : read_path(item, err);
}

int instance_set_new(struct instance_set **out, const struct settings *settings,
                     struct error *err)
{
	struct instance_set *set = calloc(1, sizeof *set);
	if (!set)
		return error_nomem(err);
	set->settings = settings;
	set->items = calloc(settings->intermediary_count + 1, sizeof *set->items);
	int result = set->items ? 0 : error_nomem(err);
	for (size_t i = 0; !result && i < settings->intermediary_count; i++) {
		set->items[i].conf = &settings->intermediaries[i];
		set->count = i + 1;
		result = find_module(&set->items[i], settings, err);
	}
	if (result)
		instance_set_free(set);
	else
		*out = set;
	return result;
}

void instance_set_stop(struct instance_set *set)
{
	for (size_t i = set->count; i-- > 0;) {
		struct hosted *item = &set->items[i];
		if (item->started && item->module->stop)
			item->module->stop(item->instance);
		item->started = false;
	}
}

void instance_set_unload(struct instance_set *set)
{
	instance_set_stop(set);
	for (size_t i = set->count; i-- > 0;) {
		if (set->items[i].instance)
			set->items[i].module->free(set->items[i].instance);
		set->items[i].instance = NULL;
	}
	router_free(set->router);
	set->router = NULL;
}

void instance_set_free(struct instance_set *set)
{
	if (!set)
		return;
	instance_set_unload(set);
	free(set->items);
	settings_free(set->owned);
	free(set);
}

void instance_set_free_tables(struct store_table *tables, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free((char *)(uintptr_t)tables[i].name);
	free(tables);
}

static char *table_name(const struct hosted *item, const struct store_table *table)
{
	char *name;
	return asprintf(&name, "%s/%s", item->conf->name, table->name) < 0 ? NULL : name;
}

int instance_set_tables(const struct instance_set *set, struct store_table **out, size_t *count,
                        struct error *err)
{
	size_t total = 0, used = 0;
	for (size_t i = 0; i < set->count; i++)
		for (const struct store_table *t = set->items[i].module->tables; t && t->name; t++)
			total++;
	struct store_table *tables = calloc(total + 1, sizeof *tables);
	if (!tables)
		return error_nomem(err);
	for (size_t i = 0; i < set->count; i++)
		for (const struct store_table *t = set->items[i].module->tables; t && t->name; t++) {
			tables[used] = (struct store_table){table_name(&set->items[i], t), t->flags};
			if (!tables[used++].name) {
				instance_set_free_tables(tables, used);
				return error_nomem(err);
			}
		}
	*out = tables;
	*count = used;
	return 0;
}

/* Whether the open tables from this one on are the instance's. */
static bool tables_are_at(const struct hosted *item, const struct store_table *open, size_t count)
{
	size_t prefix = strlen(item->conf->name);
	for (const struct store_table *t = item->module->tables; t->name; t++, open++, count--)
		if (count == 0 || strncmp(open->name, item->conf->name, prefix) != 0 ||
		    open->name[prefix] != '/' || strcmp(open->name + prefix + 1, t->name) != 0 ||
		    open->flags != t->flags)
			return false;
	return true;
}

int instance_set_place(struct instance_set *set, struct store *store,
                       const struct store_table *tables, size_t count)
{
	for (size_t i = 0; i < set->count; i++) {
		struct hosted *item = &set->items[i];
		size_t at = 0;
		item->state = (struct signet_state){store, 0};
		if (!store || !item->module->tables || !item->module->tables[0].name)
			continue;
		while (at < count && !tables_are_at(item, tables + at, count - at))
			at++;
		if (at == count)
			return SIGNET_E_NOT_FOUND;
		item->state.first_table = (unsigned)at;
	}
	return 0;
}

int instance_set_configure(struct instance_set *set, struct signet_client *client,
                           struct error *err)
{
	set->router = router_new();
	if (!set->router)
		return error_nomem(err);
	for (size_t i = 0; i < set->count; i++) {
		struct hosted *item = &set->items[i];
		item->host = (struct signet_intermediary_host){
			.name = item->conf->name,
			.path = item->path,
			.profiles = (const char *const *)item->conf->profiles,
			.hostname = set->settings->hostname,
			.state_directory = set->settings->state,
			.client = client,
			.state = &item->state,
		};
		int result = item->module->configure(&item->instance, &item->host,
		                                     item->conf->node, err);
		if (result) {
			item->instance = NULL;
			return result;
		}
		if (router_add(set->router, item->path, item->module->routes, item->instance, err))
			return conf_error(item->conf->node, err, "%s", err ? err->message : "");
		router_name(set->router, item->conf->name);
	}
	return 0;
}

int instance_set_start(struct instance_set *set, struct error *err)
{
	for (size_t i = 0; i < set->count; i++) {
		struct hosted *item = &set->items[i];
		int result = item->module->start ? item->module->start(item->instance, err) : 0;
		if (result) {
			instance_set_stop(set);
			return error_prefix(err, "%s", item->conf->name);
		}
		item->started = true;
	}
	return 0;
}
