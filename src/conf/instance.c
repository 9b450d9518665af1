#include "conf/instance.h"

#include <stdlib.h>

#include "base/limits.h"

#define NAME_MAX_LENGTH 32

/* What may name a module's file and a table in a database. */
static bool is_name(const char *text)
{
	size_t length = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789-");
	return length > 0 && length <= NAME_MAX_LENGTH && text[length] == '\0';
}

static int read_name(struct instance *instance, struct error *err)
{
	const struct conf_node *node = conf_find(instance->node, "name");
	instance->name = instance->kind;
	if (!node)
		return 0;
	if (conf_text(node, &instance->name, err))
		return SIGNET_E_CONFIG;
	if (!is_name(instance->name))
		return conf_error(node, err, "must be 1 to %d of the characters a-z, 0-9 and '-'",
		                  NAME_MAX_LENGTH);
	return 0;
}

static int check_profiles(const struct instance *instance, const struct conf_node *node,
                          struct error *err)
{
	if (!instance->profile_count)
		return conf_error(node, err, "needs at least one profile");
	if (instance->profile_count > LIMIT_INSTANCE_PROFILES)
		return conf_error(node, err, "more than %d profiles", LIMIT_INSTANCE_PROFILES);
	for (size_t i = 0; i < instance->profile_count; i++) {
		if (!*instance->profiles[i])
			return conf_error(node, err, "a profile's name is empty");
		for (size_t k = 0; k < i; k++)
			if (strcmp(instance->profiles[i], instance->profiles[k]) == 0)
				return conf_error(node, err, "profile '%.64s' stands here twice",
				                  instance->profiles[i]);
	}
	return 0;
}

static int read_profiles(struct instance *instance, struct error *err)
{
	const struct conf_node *one = conf_find(instance->node, "profile");
	const struct conf_node *several = conf_find(instance->node, "profiles");
	if (one && several)
		return conf_error(several, err, "'profile' and 'profiles' exclude each other");
	if (!one && !several)
		return 0;
	const struct conf_node *node = one ? one : several;
	const char *text;
	if (one && conf_text(one, &text, err)) /* a list belongs under 'profiles' */
		return SIGNET_E_CONFIG;
	int result = conf_text_list(node, &instance->profiles, &instance->profile_count, err);
	return result ? result : check_profiles(instance, node, err);
}

static int read_instance(struct instance *instance, const struct conf_node *entry,
                         bool with_profiles, struct error *err)
{
	if (conf_expect(entry, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	if (conf_count(entry) != 1)
		return conf_error(entry, err, "an entry is one module's name and its keys, "
		                  "such as '- NAME: {...}', but this one has %zu names",
		                  conf_count(entry));
	instance->node = conf_item(entry, 0);
	instance->kind = conf_key(instance->node);
	if (!is_name(instance->kind))
		return conf_error(instance->node, err,
		                  "a module's name is 1 to %d of the characters a-z, 0-9 and '-'",
		                  NAME_MAX_LENGTH);
	if (conf_expect(instance->node, CONF_MAP, err) || read_name(instance, err))
		return SIGNET_E_CONFIG;
	return with_profiles ? read_profiles(instance, err) : 0;
}

static int compare_names(const void *a, const void *b)
{
	const struct instance *const *x = a, *const *y = b;
	int c = strcmp((*x)->name, (*y)->name);
	return c ? c : (*x > *y) - (*x < *y);
}

static int check_names_differ(const struct instance *list, size_t count, struct error *err)
{
	const struct instance **sorted = calloc(count + 1, sizeof *sorted);
	if (!sorted)
		return error_nomem(err);
	for (size_t i = 0; i < count; i++)
		sorted[i] = &list[i];
	qsort(sorted, count, sizeof *sorted, compare_names);
	int result = 0;
	for (size_t i = 1; result == 0 && i < count; i++)
		if (strcmp(sorted[i - 1]->name, sorted[i]->name) == 0)
			result = conf_error(sorted[i]->node, err,
			                    "the name '%s' is taken by another entry: give this "
			                    "one a 'name' of its own", sorted[i]->name);
	free(sorted);
	return result;
}

int instance_list_read(struct instance **out, size_t *count, const struct conf_node *section,
                       bool with_profiles, struct error *err)
{
	if (!section)
		return 0;
	if (conf_expect(section, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	struct instance *list = calloc(conf_count(section) + 1, sizeof *list);
	if (!list)
		return error_nomem(err);
	*out = list;
	*count = conf_count(section);
	for (size_t i = 0; i < *count; i++) {
		int result = read_instance(&list[i], conf_item(section, i), with_profiles, err);
		if (result)
			return result;
	}
	return check_names_differ(list, *count, err);
}

void instance_list_free(struct instance *list, size_t count)
{
	for (size_t i = 0; i < count; i++)
		free(list[i].profiles);
	free(list);
}
