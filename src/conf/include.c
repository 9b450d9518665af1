#include <limits.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/buffer.h"
#include "base/file.h"
#include "base/limits.h"
#include "conf/node.h"

#define INCLUDE "include"

struct including {
	struct conf *first, *last; /* the files so far */
	size_t files, octets, nodes;
	struct error *err;
};

/* Beside the file in which the name stands. */
static char *make_path(struct arena *arena, const char *beside, const char *name)
{
	const char *slash = strrchr(beside, '/');
	if (name[0] == '/' || !slash)
		return arena_strdup(arena, name);
	return arena_printf(arena, "%.*s/%s", (int)(slash - beside), beside, name);
}

/* A pipe or a device would have no end, or make us wait. */
static int check_kind(const char *path, const struct conf_node *entry, struct error *err)
{
	struct stat info;
	if (stat(path, &info) == 0 && !S_ISREG(info.st_mode))
		return conf_error(entry, err, "%s: not a regular file", path);
	return 0;
}

static int read_file(struct conf **out, const char *path, const struct conf_node *entry,
                     struct error *err)
{
	_cleanup_secret_ struct buffer text = BUFFER_MAX(LIMIT_CONFIG_FILE);
	struct error why = {0};
	if (check_kind(path, entry, err))
		return SIGNET_E_CONFIG;
	int result = file_read(&text, path, &why);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return conf_error(entry, err, "%s", why.message);
	return conf_parse(out, path, buffer_bytes(&text), err);
}

static int check_limits(const struct including *in, const struct conf_node *entry)
{
	if (in->files > LIMIT_INCLUDE_FILES)
		return conf_error(entry, in->err, "more than %d files", LIMIT_INCLUDE_FILES);
	if (in->octets > LIMIT_CONFIG_FILE)
		return conf_error(entry, in->err, "the files together are larger than %u octets",
		                  LIMIT_CONFIG_FILE);
	if (in->nodes > LIMIT_CONFIG_NODES)
		return conf_error(entry, in->err, "the files together have more than %d values",
		                  LIMIT_CONFIG_NODES);
	return 0;
}

static int add_file(struct including *in, const struct conf_node *entry)
{
	const char *name;
	struct conf *conf;
	if (conf_text(entry, &name, in->err))
		return SIGNET_E_CONFIG;
	if (!*name || strlen(name) >= PATH_MAX)
		return conf_error(entry, in->err, "a file's name is %s", *name ? "too long" : "empty");
	const char *path = make_path(entry->conf->arena, entry->conf->name, name);
	if (!path)
		return error_nomem(in->err);
	for (const struct conf *other = in->first; other; other = other->next)
		if (strcmp(other->name, path) == 0)
			return conf_error(entry, in->err, "%s: is read already, a file is "
			                  "included once", path);
	int result = read_file(&conf, path, entry, in->err);
	if (result)
		return result;
	conf->order = in->files++;
	in->last->next = conf;
	in->last = conf;
	in->octets += conf->octets;
	in->nodes += conf->nodes;
	return check_limits(in, entry);
}

/* The files of one document in their order, each followed by those that it includes. */
static int add_files(struct including *in, const struct conf *conf, unsigned depth)
{
	const struct conf_node *list = conf_find(conf->root, INCLUDE);
	bool single = list && list->kind == CONF_SCALAR && !list->is_null;
	if (!list || (!single && conf_expect(list, CONF_LIST, in->err)))
		return list ? SIGNET_E_CONFIG : 0;
	if (depth == LIMIT_INCLUDE_DEPTH)
		return conf_error(list, in->err, "files include files deeper than %d",
		                  LIMIT_INCLUDE_DEPTH);
	for (size_t i = 0; i < (single ? 1 : list->count); i++) {
		int result = add_file(in, single ? list : list->items[i]);
		if (result == 0)
			result = add_files(in, in->last, depth + 1);
		if (result)
			return result;
	}
	return 0;
}

int conf_include(struct conf *conf, struct error *err)
{
	struct including in = {.first = conf, .last = conf, .files = 1, .octets = conf->octets,
	                       .nodes = conf->nodes, .err = err};
	if (!conf_find(conf->root, INCLUDE))
		return 0;
	int result = add_files(&in, conf, 0);
	return result ? result : conf_join(conf, err);
}

/* ---- the roots of several files become one ---- */

struct section {
	struct conf_node *node;
	size_t order;
};

static int compare_keys(const void *a, const void *b)
{
	const struct section *x = a, *y = b;
	int c = strcmp(x->node->key, y->node->key);
	return c ? c : (x->order > y->order) - (x->order < y->order);
}

static int compare_orders(const void *a, const void *b)
{
	const struct section *x = a, *y = b;
	return (x->order > y->order) - (x->order < y->order);
}

/* Moves the entries of the second to the first, which takes them over; an empty one is whatever the
 * other is. */
static int join_pair(struct conf_node **first, struct conf_node *second, struct error *err)
{
	struct conf_node *node = *first;
	static const char *const kinds[] = {[CONF_LIST] = "a list", [CONF_MAP] = "a map"};
	char place[CONF_PLACE_SIZE];
	bool a = node->kind != CONF_SCALAR, b = second->kind != CONF_SCALAR;
	if (a && (second->is_null || (b && node->kind == second->kind))) {
		for (struct conf_node *entry = second->first, *next; entry; entry = next) {
			next = entry->next;
			entry->parent = node;
			conf_append(node, entry);
		}
		return 0;
	}
	if (b && node->is_null) {
		*first = second;
		return 0;
	}
	conf_place(node, place);
	if (a && b)
		return conf_error(second, err, "must be %s, as it is at %s", kinds[node->kind],
		                  place);
	return conf_error(second, err, "duplicate key, it stands at %s already", place);
}

/* Of the sections of the same name, which stand side by side, one remains. */
static int join_sections(struct section *sections, size_t *count, struct error *err)
{
	size_t kept = 0;
	for (size_t i = 0, end; i < *count; i = end) {
		struct section joined = sections[i];
		int result = 0;
		for (end = i + 1; result == 0 && end < *count &&
		     strcmp(sections[end].node->key, joined.node->key) == 0; end++)
			result = join_pair(&joined.node, sections[end].node, err);
		if (result == 0 && end > i + 1)
			result = conf_index(joined.node, err);
		if (result)
			return result;
		sections[kept++] = joined;
	}
	*count = kept;
	return 0;
}

int conf_join(struct conf *first, struct error *err)
{
	struct conf_node *root = first->root;
	size_t total = 0, count = 0;
	for (const struct conf *conf = first; conf; conf = conf->next)
		total += conf->root->count;
	struct section *sections = calloc(total + 1, sizeof *sections);
	if (!sections)
		return error_nomem(err);
	for (const struct conf *conf = first; conf; conf = conf->next)
		for (struct conf_node *entry = conf->root->first; entry; entry = entry->next)
			if (strcmp(entry->key, INCLUDE) != 0) {
				sections[count] = (struct section){entry, count};
				count++;
			}
	qsort(sections, count, sizeof *sections, compare_keys);
	int result = join_sections(sections, &count, err);
	qsort(sections, count, sizeof *sections, compare_orders);
	root->first = root->last = NULL;
	root->count = 0;
	for (size_t i = 0; result == 0 && i < count; i++) {
		sections[i].node->parent = root;
		conf_append(root, sections[i].node);
	}
	free(sections);
	return result ? result : conf_index(root, err);
}
