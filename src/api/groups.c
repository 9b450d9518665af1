#include "api/groups.h"

#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"

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

/* The host behind the last "@" of a name such as a mailbox or a principal; NULL when there is none that
 * could be one. */
static const char *host_of(const char *name)
{
	const char *at = strrchr(name, '@');
	return at && at[1] && strlen(at + 1) <= LIMIT_DNS_NAME ? at + 1 : NULL;
}

/* By octets, those of hosts without case. */
static int compare(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	const char *x_host = host_of(x), *y_host = host_of(y);
	for (;; x++, y++) {
		char c = x_host && x >= x_host ? text_lower(*x) : *x;
		char d = y_host && y >= y_host ? text_lower(*y) : *y;
		if (c != d || !c)
			return (unsigned char)c - (unsigned char)d;
	}
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

/* What of a name is still to be matched. */
struct rest {
	const char *at, *end;
	const char *host; /* where case does not count any more: the end without one */
};

/* Whether the piece stands at this place, which has room for it. */
static bool stands_at(const struct rest *rest, const char *place, const char *piece, size_t length)
{
	for (size_t i = 0; i < length; i++)
		if (place + i < rest->host ? place[i] != piece[i]
		                           : text_lower(place[i]) != text_lower(piece[i]))
			return false;
	return true;
}

static void lower(char *out, const char *text, size_t length)
{
	for (size_t i = 0; i < length; i++)
		out[i] = text_lower(text[i]);
}

/* In the host, whose length is bounded. */
static const char *find_in_host(const struct rest *rest, const char *piece, size_t length)
{
	const char *from = rest->at > rest->host ? rest->at : rest->host;
	char host[LIMIT_DNS_NAME], wanted[LIMIT_DNS_NAME];
	size_t left = (size_t)(rest->end - from);
	if (length > left)
		return NULL;
	lower(host, from, left);
	lower(wanted, piece, length);
	const char *found = memmem(host, left, wanted, length);
	return found ? from + (found - host) : NULL;
}

/* The first place of a piece. One without an "@" lies before the host or in it; the last "@" of another
 * one may be that before the host, which is one place. */
static const char *find_piece(const struct rest *rest, const char *piece, size_t length)
{
	const char *found = NULL;
	if (rest->at < rest->host)
		found = memmem(rest->at, (size_t)(rest->host - rest->at), piece, length);
	if (found || rest->host == rest->end)
		return found;
	const char *at = memrchr(piece, '@', length);
	if (!at)
		return find_in_host(rest, piece, length);
	size_t before = (size_t)(at + 1 - piece);
	if (rest->at > rest->host || (size_t)(rest->host - rest->at) < before ||
	    (size_t)(rest->end - rest->host) < length - before)
		return NULL;
	found = rest->host - before;
	return stands_at(rest, found, piece, length) ? found : NULL;
}

/* Each piece between two stars is looked for behind the one before, as early as it comes: no way
 * is tried twice, so that the time grows with the lengths alone. */
static bool fits(const char *pattern, const char *name)
{
	const char *host = host_of(name), *end = name + strlen(name);
	struct rest rest = {name, end, host ? host : end};
	size_t length = strcspn(pattern, "*");
	if (length > (size_t)(end - name) || !stands_at(&rest, name, pattern, length))
		return false;
	pattern += length;
	rest.at += length;
	if (!*pattern)
		return rest.at == end;
	for (;;) {
		pattern += strspn(pattern, "*");
		length = strcspn(pattern, "*");
		if (!pattern[length]) /* the last one ends the name; none: anything does */
			return length <= (size_t)(end - rest.at) &&
			       stands_at(&rest, end - length, pattern, length);
		const char *found = find_piece(&rest, pattern, length);
		if (!found)
			return false;
		rest.at = found + length;
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
