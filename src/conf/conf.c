#include "conf/conf.h"

#include <stdio.h>
#include <stdlib.h>

#include "base/limits.h"
#include "base/text.h"
#include "conf/node.h"

/* What of a file's name and of a path of keys fits a message beside its text. */
#define NAME_SHOWN 160
#define PATH_SHOWN 160
/* Longer keys get no hint. */
#define HINT_KEY_MAX 40

const struct conf_node *conf_root(const struct conf *conf)
{
	return conf->root;
}

enum conf_kind conf_kind(const struct conf_node *node)
{
	return node->kind;
}

size_t conf_count(const struct conf_node *node)
{
	return node ? node->count : 0;
}

const struct conf_node *conf_item(const struct conf_node *node, size_t at)
{
	return at < conf_count(node) ? node->items[at] : NULL;
}

const char *conf_key(const struct conf_node *node)
{
	return node->key;
}

static int compare_key(const void *key, const void *node)
{
	return strcmp(key, (*(struct conf_node *const *)node)->key);
}

const struct conf_node *conf_find(const struct conf_node *map, const char *key)
{
	if (!map || map->kind != CONF_MAP || !map->count)
		return NULL;
	struct conf_node **found =
		bsearch(key, map->sorted, map->count, sizeof *map->sorted, compare_key);
	return found ? *found : NULL;
}

void conf_append(struct conf_node *parent, struct conf_node *entry)
{
	if (parent->last)
		parent->last->next = entry;
	else
		parent->first = entry;
	parent->last = entry;
	entry->next = NULL;
	parent->count++;
}

static int compare_entries(const void *a, const void *b)
{
	const struct conf_node *x = *(struct conf_node *const *)a;
	const struct conf_node *y = *(struct conf_node *const *)b;
	int c = strcmp(x->key, y->key);
	if (c == 0)
		c = (x->conf->order > y->conf->order) - (x->conf->order < y->conf->order);
	return c ? c : (x->line > y->line) - (x->line < y->line);
}

static int refuse_second(const struct conf_node *first, const struct conf_node *second,
                         struct error *err)
{
	char place[CONF_PLACE_SIZE];
	if (first->conf == second->conf)
		return conf_error(second, err, "duplicate key, it stands on line %zu already",
		                  first->line);
	return conf_error(second, err, "duplicate key, it stands at %s already",
	                  conf_place(first, place));
}

int conf_index(struct conf_node *node, struct error *err)
{
	struct arena *arena = node->conf->arena;
	size_t at = 0;
	if (!node->count)
		return 0;
	node->items = arena_array(arena, node->count, sizeof *node->items);
	if (!node->items)
		return error_nomem(err);
	for (struct conf_node *entry = node->first; entry; entry = entry->next)
		node->items[at++] = entry;
	if (node->kind != CONF_MAP)
		return 0;
	node->sorted = arena_memdup(arena, node->items, node->count * sizeof *node->items);
	if (!node->sorted)
		return error_nomem(err);
	qsort(node->sorted, node->count, sizeof *node->sorted, compare_entries);
	for (size_t i = 1; i < node->count; i++)
		if (strcmp(node->sorted[i - 1]->key, node->sorted[i]->key) == 0)
			return refuse_second(node->sorted[i - 1], node->sorted[i], err);
	return 0;
}

const char *conf_quote(const char *text, char *out)
{
	struct bytes rest = bytes_text(text);
	size_t length = 0, n;
	while ((n = text_utf8_length(rest)) != 0 && length + n < CONF_QUOTE_SIZE - 3) {
		bool control = rest.data[0] < 0x20 || rest.data[0] == 0x7f;
		memcpy(out + length, control ? "?" : (const char *)rest.data, n);
		length += n;
		rest = bytes_make(rest.data + n, rest.length - n);
	}
	memcpy(out + length, rest.length ? "..." : "", rest.length ? 4 : 1);
	return out;
}

/* The end of a text that is too long for a message, "" before it else. */
static const char *tail(const char *text, size_t shown, const char **dots)
{
	size_t length = strlen(text);
	*dots = length > shown ? "..." : "";
	return length > shown ? text + length - shown : text;
}

const char *conf_place(const struct conf_node *node, char *out)
{
	const char *dots, *name = tail(node->conf->name, CONF_PLACE_SIZE - 32, &dots);
	snprintf(out, CONF_PLACE_SIZE, "%s%s:%zu", dots, name, node->line);
	return out;
}

static void put_path(const struct conf_node *node, char *out, size_t size)
{
	const char *keys[LIMIT_CONFIG_DEPTH + 1];
	size_t count = 0, length = 0;
	for (; node && count < LIMIT_CONFIG_DEPTH + 1; node = node->parent)
		if (*node->key)
			keys[count++] = node->key;
	out[0] = '\0';
	while (count-- && length < size) {
		int n = snprintf(out + length, size - length, "%s%s", keys[count],
		                 count ? "." : "");
		length += n < 0 ? 0 : (size_t)n;
	}
}

int conf_error_at(const struct conf *conf, const struct conf_node *node, size_t line,
                  struct error *err, const char *format, va_list ap)
{
	char text[ERROR_MESSAGE_MAX], path[(LIMIT_CONFIG_DEPTH + 1) * (LIMIT_CONFIG_KEY + 1) + 1];
	const char *name_dots, *path_dots;
	vsnprintf(text, sizeof text, format, ap);
	put_path(node, path, sizeof path);
	const char *name = tail(conf->name, NAME_SHOWN, &name_dots);
	const char *keys = tail(path, PATH_SHOWN, &path_dots);
	return error_set(err, SIGNET_E_CONFIG, "%s%s:%zu: %s%s%s%s", name_dots, name, line,
	                 path_dots, keys, *keys ? ": " : "", text);
}

int conf_error(const struct conf_node *node, struct error *err, const char *format, ...)
{
	va_list ap;
	va_start(ap, format);
	int code = conf_error_at(node->conf, node, node->line, err, format, ap);
	va_end(ap);
	return code;
}

int conf_expect(const struct conf_node *node, enum conf_kind kind, struct error *err)
{
	static const char *const what[] = {
		[CONF_SCALAR] = "a single value", [CONF_LIST] = "a list", [CONF_MAP] = "a map"};
	if (node->kind == kind || node->is_null)
		return 0;
	return conf_error(node, err, "must be %s, not %s", what[kind], what[node->kind]);
}

static size_t least(size_t a, size_t b, size_t c)
{
	size_t ab = a < b ? a : b;
	return ab < c ? ab : c;
}

/* Levenshtein's: how many characters to insert, delete or replace. Both are at most
 * HINT_KEY_MAX long. */
static size_t distance(const char *a, const char *b)
{
	size_t row[HINT_KEY_MAX + 1], length = strlen(b);
	for (size_t j = 0; j <= length; j++)
		row[j] = j;
	for (size_t i = 1; a[i - 1]; i++) {
		size_t corner = row[0];
		row[0] = i;
		for (size_t j = 1; j <= length; j++) {
			size_t above = row[j];
			row[j] = least(above + 1, row[j - 1] + 1, corner + (a[i - 1] != b[j - 1]));
			corner = above;
		}
	}
	return row[length];
}

static const char *nearest(const char *key, const char *const *known)
{
	const char *best = NULL;
	size_t best_distance = strlen(key) / 3 + 2; /* further off is no likeness */
	if (strlen(key) > HINT_KEY_MAX)
		return NULL;
	for (; *known; known++) {
		if (strlen(*known) > HINT_KEY_MAX)
			continue;
		size_t d = distance(key, *known);
		if (d < best_distance && d < strlen(*known)) {
			best = *known;
			best_distance = d;
		}
	}
	return best;
}

static bool is_known(const char *key, const char *const *known)
{
	while (*known && strcmp(*known, key) != 0)
		known++;
	return *known;
}

int conf_check_keys(const struct conf_node *map, const char *const *known, struct error *err)
{
	if (conf_expect(map, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	for (size_t i = 0; i < map->count; i++) {
		const struct conf_node *entry = map->items[i];
		if (is_known(entry->key, known))
			continue;
		const char *hint = nearest(entry->key, known);
		char shown[CONF_QUOTE_SIZE];
		return conf_error(entry, err, "unknown key '%s'%s%s%s",
		                  conf_quote(entry->key, shown), hint ? ", did you mean '" : "",
		                  hint ? hint : "", hint ? "'?" : "");
	}
	return 0;
}
