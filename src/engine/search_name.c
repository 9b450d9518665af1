/* Names as queries give them. */
#include "base/limits.h"
#include "base/text.h"
#include "engine/outline.h"
#include "engine/search_private.h"

static int lower(struct arena *arena, const char *text, size_t length, struct bytes *out)
{
	uint8_t *copy = arena_alloc(arena, length + 1);
	if (!copy)
		return SIGNET_E_NOMEM;
	for (size_t i = 0; i < length; i++)
		copy[i] = (uint8_t)text_lower(text[i]);
	*out = bytes_make(copy, length);
	return 0;
}

int search_read_name(struct search_name *out, struct arena *arena, const char *text,
                     struct error *err)
{
	struct search_name made = {.given = text && *text};
	const char *star = made.given ? strchr(text, '*') : NULL;
	int result = 0;
	if (star && strchr(star + 1, '*'))
		return error_set(err, SIGNET_E_INVALID, "a name has at most one '*'");
	if (star) {
		made.pattern = true;
		result = lower(arena, text, (size_t)(star - text), &made.begin);
		if (result == 0)
			result = lower(arena, star + 1, strlen(star + 1), &made.end);
	} else if (made.given) {
		result = index_name(arena, text, &made.form);
	}
	if (result)
		return error_set(err, result, "cannot look for this name");
	*out = made;
	return 0;
}

bool search_is_name(const struct search_name *name, struct bytes form)
{
	if (!name->pattern)
		return bytes_equal(form, name->form);
	if (form.length < 2 || form.data[0] < ' ') /* hashed, or a subject's */
		return false;
	size_t length = form.length - 1; /* without the end mark */
	return length >= name->begin.length + name->end.length &&
	       bytes_equal(bytes_make(form.data, name->begin.length), name->begin) &&
	       bytes_equal(bytes_make(form.data + length - name->end.length, name->end.length),
	                   name->end);
}

int search_find_name(struct arena *arena, const struct search_name *name, struct bytes der,
                     struct bytes *out)
{
	struct outline outline;
	struct bytes *forms, least = BYTES_NONE;
	size_t count = 0;
	int result = outline_read(&outline, arena, der);
	if (result == 0)
		result = index_names(arena, outline.subject, outline.names, outline.name_count, &forms,
		                     &count);
	if (result)
		return result;
	for (size_t i = 0; i < count; i++)
		if (search_is_name(name, forms[i]) &&
		    (least.length == 0 || bytes_compare(forms[i], least) < 0))
			least = forms[i];
	*out = least;
	return 0;
}
