#include "api/groups.h"

#include <stdlib.h>

/* What of a group is a name only is searched by halves: such groups may be long. */
struct group {
	const char *name;
	const char **members;  /* first the names, sorted, then the patterns with a "*" */
	size_t name_count;
	size_t count;
};

struct signet_groups {
	size_t count;
	struct group list[];
};

static int compare(const void *a, const void *b)
{
	return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* Names first. */
static void sort_members(struct group *group)
{
	for (size_t i = 0; i < group->count; i++) {
		const char *member = group->members[i];
		if (strchr(member, '*'))
			continue;
		group->members[i] = group->members[group->name_count];
		group->members[group->name_count++] = member;
	}
	qsort(group->members, group->name_count, sizeof *group->members, compare);
}

static int read_group(struct group *group, const struct conf_node *node, struct error *err)
{
	static const char allowed[] =
		"abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789._-";
	group->name = conf_key(node);
	if (!*group->name || group->name[strspn(group->name, allowed)])
		return conf_error(node, err, "a group's name has letters, digits, '.', '_' and '-' only");
	int result = signet_patterns_read(&group->members, &group->count, NULL, node, err);
	if (result)
		return result;
	sort_members(group);
	return 0;
}

int groups_load(struct signet_groups **out, const struct conf_node *section, struct error *err)
{
	size_t count = conf_count(section);
	struct signet_groups *groups =
		calloc(1, sizeof *groups + count * sizeof *groups->list);
	if (!groups)
		return error_nomem(err);
	for (; groups->count < count; groups->count++) {
		int result = read_group(&groups->list[groups->count],
		                        conf_item(section, groups->count), err);
		if (result) {
			groups_free(groups);
			return result;
		}
	}
	*out = groups;
	return 0;
}

void groups_free(struct signet_groups *groups)
{
	if (!groups)
		return;
	for (size_t i = 0; i < groups->count; i++)
		free(groups->list[i].members);
	free(groups);
}

static const struct group *find(const struct signet_groups *groups, const char *name)
{
	for (size_t i = 0; groups && i < groups->count; i++)
		if (strcmp(groups->list[i].name, name) == 0)
			return &groups->list[i];
	return NULL;
}

/* Each piece between two stars is looked for behind the one before, as early as it comes: no way
 * is tried twice, so that the time grows with the lengths alone. */
static bool fits(const char *pattern, const char *name)
{
	size_t length = strcspn(pattern, "*"), rest = strlen(name);
	if (strncmp(pattern, name, length) != 0)
		return false;
	pattern += length;
	name += length;
	rest -= length;
	if (!*pattern)
		return rest == 0;
	for (;;) {
		pattern += strspn(pattern, "*");
		length = strcspn(pattern, "*");
		if (!pattern[length]) /* the last one ends the name; none: anything does */
			return length <= rest && memcmp(name + rest - length, pattern, length) == 0;
		const char *found = memmem(name, rest, pattern, length);
		if (!found)
			return false;
		rest -= (size_t)(found - name) + length;
		name = found + length;
		pattern += length;
	}
}

static bool is_member(const struct group *group, const char *name)
{
	if (group->name_count && bsearch(&name, group->members, group->name_count,
	                                 sizeof *group->members, compare))
		return true;
	for (size_t i = group->name_count; i < group->count; i++)
		if (fits(group->members[i], name))
			return true;
	return false;
}

bool signet_pattern_fits(const struct signet_groups *groups, const char *pattern,
                         const char *name)
{
	if (*pattern != '@')
		return fits(pattern, name);
	const struct group *group = find(groups, pattern + 1);
	return group && is_member(group, name);
}

bool signet_patterns_fit(const struct signet_groups *groups, const char *const *patterns,
                         size_t count, const char *name)
{
	for (size_t i = 0; i < count; i++)
		if (signet_pattern_fits(groups, patterns[i], name))
			return true;
	return false;
}

static int check_pattern(const struct signet_groups *groups, const char *pattern,
                         const struct conf_node *node, struct error *err)
{
	if (!*pattern)
		return conf_error(node, err, "a pattern is empty");
	if (*pattern != '@' || find(groups, pattern + 1))
		return 0;
	if (!groups)
		return conf_error(node, err, "a group cannot contain another one, '%.64s'", pattern);
	return conf_error(node, err, "there is no group '%.64s'", pattern + 1);
}

int signet_patterns_read(const char ***out, size_t *count, const struct signet_groups *groups,
                         const struct conf_node *node, struct error *err)
{
	const char **patterns;
	size_t n;
	int result = conf_text_list(node, &patterns, &n, err);
	if (result)
		return result;
	if (n == 0)
		result = conf_error(node, err, "the list is empty");
	for (size_t i = 0; result == 0 && i < n; i++)
		result = check_pattern(groups, patterns[i],
		                       conf_count(node) ? conf_item(node, i) : node, err);
	if (result) {
		free(patterns);
		return result;
	}
	*out = patterns;
	*count = n;
	return 0;
}
