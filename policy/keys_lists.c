#include "policy/keys_lists.h"

#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"

#define ENTRY_MAX 64
#define DIGITS_MAX 512

static int add(struct key_list *list, struct bytes entry)
{
	/* doubles at every power of two */
	if ((list->count & (list->count - 1)) == 0) {
		size_t room = list->count ? 2 * list->count : 1;
		uint8_t *grown = reallocarray(list->entries, room, list->size);
		if (!grown)
			return SIGNET_E_NOMEM;
		list->entries = grown;
	}
	memcpy(list->entries + list->count++ * list->size, entry.data, list->size);
	return 0;
}

/* The hex digits of a line without colons and blanks around; false when it is too long. */
static bool trim(struct bytes line, char out[DIGITS_MAX], size_t *length)
{
	*length = 0;
	for (size_t i = 0; i < line.length && line.data[i] != '#'; i++) {
		char c = (char)line.data[i];
		if (c == ':' || c == ' ' || c == '\t' || c == '\r')
			continue;
		if (*length == DIGITS_MAX)
			return false;
		out[(*length)++] = c;
	}
	return true;
}

static int add_line(struct key_list *list, struct bytes line)
{
	char digits[DIGITS_MAX];
	size_t length;
	if (!trim(line, digits, &length))
		return SIGNET_E_INVALID;
	if (length == 0)
		return 0;
	_cleanup_buffer_ struct buffer entry = BUFFER_MAX(ENTRY_MAX);
	int result = hex_decode(&entry, bytes_make((const uint8_t *)digits, length));
	if (result || entry.length != list->size)
		return result == SIGNET_E_NOMEM ? result : SIGNET_E_INVALID;
	return add(list, buffer_bytes(&entry));
}

static int add_lines(struct key_list *list, struct bytes text, size_t *line)
{
	int result = 0;
	for (*line = 1; result == 0 && text.length; (*line)++) {
		const uint8_t *end = memchr(text.data, '\n', text.length);
		size_t length = end ? (size_t)(end - text.data) : text.length;
		result = add_line(list, bytes_make(text.data, length));
		if (result)
			break;
		length += end != NULL;
		text = bytes_make(text.data + length, text.length - length);
	}
	return result;
}

int key_list_read(struct key_list *list, const char *directory, const struct conf_node *node,
                  struct error *err)
{
	char path[PATH_MAX];
	const char *name;
	size_t line = 0;
	struct error why = {0};
	if (conf_text(node, &name, err))
		return SIGNET_E_CONFIG;
	int n = *name == '/' ? snprintf(path, sizeof path, "%s", name)
	                     : snprintf(path, sizeof path, "%s/%s", directory, name);
	if (n < 0 || (size_t)n >= sizeof path)
		return conf_error(node, err, "the path is too long");
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(LIMIT_KEY_LIST);
	if (file_read(&text, path, &why))
		return conf_error(node, err, "%s", why.message);
	int result = add_lines(list, buffer_bytes(&text), &line);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	return result ? conf_error(node, err, "line %zu of '%s' is not %zu octets in hex", line, path,
	                           list->size) : 0;
}

static int compare(const void *a, const void *b, void *size)
{
	return memcmp(a, b, *(const size_t *)size);
}

void key_list_sort(struct key_list *list)
{
	if (list->count)
		qsort_r(list->entries, list->count, list->size, compare, &list->size);
}

bool key_list_has(const struct key_list *list, const uint8_t *entry)
{
	size_t low = 0, high = list->count;
	while (low < high) {
		size_t middle = low + (high - low) / 2;
		int order = memcmp(entry, list->entries + middle * list->size, list->size);
		if (order == 0)
			return true;
		if (order < 0)
			high = middle;
		else
			low = middle + 1;
	}
	return false;
}

void key_list_clear(struct key_list *list)
{
	free(list->entries);
	list->entries = NULL;
	list->count = 0;
}
