/* The configuration of the rule `subject`. */
#include <stdlib.h>

#include "api/template.h"
#include "asn1/name.h"
#include "asn1/oid.h"
#include "policy/subject.h"

/* An attribute's short name or OID; name is the one for messages. */
static int read_type(struct subject *subject, const char *text, const struct conf_node *node,
                     struct bytes *oid, const char **name, struct error *err)
{
	int result = name_type_from_text(subject->arena, bytes_text(text), oid);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return conf_error(node, err, "'%.64s' is no attribute of a name and no OID", text);
	*name = oid_name(*oid);
	if (!*name)
		*name = oid_to_text(subject->arena, *oid);
	return *name ? 0 : error_nomem(err);
}

static int read_patterns(struct subject *subject, const struct conf_node *node,
                         struct subject_part *part, struct error *err)
{
	const char **patterns;
	int result = signet_patterns_read(&patterns, &part->pattern_count, subject->groups, node,
	                                  err);
	if (result)
		return result;
	part->patterns = arena_memdup(subject->arena, patterns,
	                              part->pattern_count * sizeof *patterns);
	free(patterns);
	return part->patterns ? 0 : error_nomem(err);
}

static int read_part(struct subject *subject, const char *text, const struct conf_node *node,
                     bool has_patterns, struct subject_part *list, size_t at, struct error *err)
{
	struct subject_part *part = &list[at];
	int result = read_type(subject, text, node, &part->oid, &part->name, err);
	for (size_t i = 0; result == 0 && i < at; i++)
		if (bytes_equal(list[i].oid, part->oid))
			return conf_error(node, err, "'%s' is there twice", part->name);
	if (result == 0 && has_patterns)
		result = read_patterns(subject, node, part, err);
	return result;
}

/* [CN, O], or {CN: "*", O: [Example Ltd, Example Inc]}. */
static int read_parts(struct subject *subject, const struct conf_node *node,
                      struct subject_part **out, size_t *count, struct error *err)
{
	bool map = conf_kind(node) == CONF_MAP;
	if (!map && conf_expect(node, CONF_LIST, err))
		return SIGNET_E_CONFIG;
	size_t length = conf_count(node);
	struct subject_part *list = arena_array(subject->arena, length, sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < length; i++) {
		const struct conf_node *item = conf_item(node, i);
		const char *text = conf_key(item);
		int result = map ? 0 : conf_text(item, &text, err);
		if (result == 0)
			result = read_part(subject, text, item, map, list, i, err);
		if (result)
			return result;
	}
	*out = list;
	*count = length;
	return 0;
}

static int read_text(struct subject *subject, const struct conf_node *node, bool value,
                     struct subject_text *out, struct error *err)
{
	const char *text;
	struct error why = {0};
	int result = read_type(subject, conf_key(node), node, &out->oid, &out->name, err);
	if (result == 0)
		result = conf_text(node, &text, err);
	if (result)
		return result;
	result = signet_template_check(text, value, &why);
	if (result == SIGNET_E_NOMEM)
		return error_nomem(err);
	if (result)
		return conf_error(node, err, "%s", why.message);
	out->text = arena_strdup(subject->arena, text);
	return out->text ? 0 : error_nomem(err);
}

static int read_texts(struct subject *subject, const struct conf_node *node, bool value,
                      struct subject_text **out, size_t *count, struct error *err)
{
	if (!node)
		return 0;
	if (conf_expect(node, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	struct subject_text *list = arena_array(subject->arena, conf_count(node), sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < conf_count(node); i++) {
		const struct conf_node *item = conf_item(node, i);
		int result = read_text(subject, item, value, &list[i], err);
		if (result)
			return result;
		for (size_t k = 0; k < i; k++)
			if (bytes_equal(list[k].oid, list[i].oid))
				return conf_error(item, err, "'%s' is there twice", list[i].name);
	}
	*out = list;
	*count = conf_count(node);
	return 0;
}

/* A number for all types, or {CN: 1, OU: 3}. */
static int read_bounds(struct subject *subject, const struct conf_node *node, int64_t least,
                       int64_t most, struct subject_bound **out, size_t *count,
                       struct error *err)
{
	if (!node)
		return 0;
	bool map = conf_kind(node) == CONF_MAP;
	size_t length = map ? conf_count(node) : 1;
	struct subject_bound *list = arena_array(subject->arena, length, sizeof *list);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < length; i++) {
		const struct conf_node *item = map ? conf_item(node, i) : node;
		const char *name = "";
		int result = map ? read_type(subject, conf_key(item), item, &list[i].oid, &name,
		                             err) : 0;
		if (result == 0)
			result = conf_integer(item, least, most, &list[i].most, err);
		if (result)
			return result;
		for (size_t k = 0; k < i; k++)
			if (bytes_equal(list[k].oid, list[i].oid))
				return conf_error(item, err, "'%s' is there twice", name);
	}
	*out = list;
	*count = length;
	return 0;
}

static bool is_allowed_type(const struct subject *subject, struct bytes oid)
{
	for (size_t i = 0; i < subject->allowed_count; i++)
		if (bytes_equal(subject->allowed[i].oid, oid))
			return true;
	return subject->any;
}

/* What one key asks for and another one forbids is a slip. */
static int check_whole(const struct subject *subject, const struct conf_node *node,
                       struct error *err)
{
	const struct conf_node *require = conf_find(node, "require");
	if (require && subject->required_count == 0)
		return conf_error(require, err, "is empty");
	if (subject->strip && subject->any)
		return conf_error(conf_find(node, "strip"), err, "needs 'allow'");
	for (size_t i = 0; i < subject->required_count; i++)
		if (!is_allowed_type(subject, subject->required[i].oid))
			return conf_error(conf_item(require, i), err,
			                  "'%s' does not stand in 'allow'",
			                  subject->required[i].name);
	for (size_t i = 0; i < subject->filled_count; i++)
		if (!is_allowed_type(subject, subject->filled[i].oid))
			return conf_error(conf_item(conf_find(node, "fill"), i), err,
			                  "'%s' does not stand in 'allow'",
			                  subject->filled[i].name);
	return 0;
}

static int read_choices(struct subject *subject, const struct conf_node *node, struct error *err)
{
	static const char *const strings[] = {"any", "convert", "deny", NULL};
	const struct conf_node *chosen = conf_find(node, "strings");
	int choice = SUBJECT_STRINGS_ANY;
	if (conf_get_boolean(node, "strip", false, &subject->strip, err) ||
	    conf_get_boolean(node, "multi-valued", false, &subject->multi_valued, err) ||
	    (chosen && conf_choice(chosen, strings, &choice, err)))
		return SIGNET_E_CONFIG;
	subject->strings = (enum subject_strings)choice;
	return 0;
}

int subject_read(struct subject *subject, const struct conf_node *node, struct error *err)
{
	const struct conf_node *require = conf_find(node, "require"),
	                       *allow = conf_find(node, "allow");
	subject->any = !allow;
	int result = require ? read_parts(subject, require, &subject->required,
	                                  &subject->required_count, err) : 0;
	if (result == 0 && allow)
		result = read_parts(subject, allow, &subject->allowed, &subject->allowed_count, err);
	if (result == 0)
		result = read_texts(subject, conf_find(node, "rewrite"), true, &subject->rewritten,
		                    &subject->rewritten_count, err);
	if (result == 0)
		result = read_texts(subject, conf_find(node, "fill"), false, &subject->filled,
		                    &subject->filled_count, err);
	if (result == 0)
		result = read_bounds(subject, conf_find(node, "max"), 0, LIMIT_NAME_PARTS,
		                     &subject->counts, &subject->count_count, err);
	if (result == 0)
		result = read_bounds(subject, conf_find(node, "max-length"), 1, LIMIT_NAME,
		                     &subject->lengths, &subject->length_count, err);
	if (result == 0)
		result = read_choices(subject, node, err);
	return result ? result : check_whole(subject, node, err);
}
