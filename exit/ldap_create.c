#include <stdlib.h>

#include "asn1/der_string.h"
#include "base/limits.h"
#include "base/text.h"
#include "exit/ldap_private.h"

/* An attribute that a new entry is given: its name and templates for its values. */
struct given {
	const char *name;
	const char **values;
	size_t count;
};

struct directory_create {
	const char **classes;
	size_t class_count;
	struct given given[LIMIT_LDAP_ATTRIBUTES];
	size_t given_count;
};

static bool is_attribute_name(const char *name)
{
	size_t length = strspn(name, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-.;");
	return length && !name[length];
}

static int read_attribute(struct given *out, const struct conf_node *node, enum directory_use use,
                          struct error *err)
{
	struct error why = {0};
	out->name = conf_key(node);
	if (!is_attribute_name(out->name) || text_equal_nocase(out->name, "objectClass"))
		return conf_error(node, err, "no attribute that may be given here");
	int result = conf_text_list(node, &out->values, &out->count, err);
	if (result == 0 && out->count == 0)
		result = conf_error(node, err, "is empty");
	for (size_t i = 0; i < out->count && result == 0; i++)
		if (directory_template_check(out->values[i], DIRECTORY_VALUE, use, false, &why))
			result = conf_error(node, err, "'%s': %s", out->values[i], why.message);
	return result;
}

static int read_attributes(struct directory_create *create, const struct conf_node *map,
                           enum directory_use use, struct error *err)
{
	if (map && conf_expect(map, CONF_MAP, err))
		return SIGNET_E_CONFIG;
	size_t count = map ? conf_count(map) : 0;
	if (count > LIMIT_LDAP_ATTRIBUTES)
		return conf_error(map, err, "more than %d attributes", LIMIT_LDAP_ATTRIBUTES);
	int result = 0;
	for (size_t i = 0; i < count && result == 0; i++) {
		result = read_attribute(&create->given[i], conf_item(map, i), use, err);
		create->given_count++;
	}
	return result;
}

static int read_classes(struct directory_create *create, const struct conf_node *node,
                        struct error *err)
{
	const struct conf_node *list = conf_find(node, "object-classes");
	if (!list)
		return conf_error(node, err, "the key 'object-classes' is missing");
	int result = conf_text_list(list, &create->classes, &create->class_count, err);
	if (result == 0 && create->class_count == 0)
		result = conf_error(list, err, "is empty");
	for (size_t i = 0; i < create->class_count && result == 0; i++)
		if (!is_attribute_name(create->classes[i]))
			result = conf_error(list, err, "'%s' is no object class", create->classes[i]);
	return result;
}

int directory_create_read(struct directory_create **out, const struct conf_node *node,
                          enum directory_use use, struct error *err)
{
	static const char *const keys[] = {"object-classes", "attributes", NULL};
	if (conf_check_keys(node, keys, err))
		return SIGNET_E_CONFIG;
	struct directory_create *create = calloc(1, sizeof *create);
	if (!create)
		return error_nomem(err);
	int result = read_classes(create, node, err);
	if (result == 0)
		result = read_attributes(create, conf_find(node, "attributes"), use, err);
	if (result) {
		directory_create_free(create);
		return result;
	}
	*out = create;
	return 0;
}

void directory_create_free(struct directory_create *create)
{
	if (!create)
		return;
	for (size_t i = 0; i < create->given_count; i++)
		free(create->given[i].values);
	free(create->classes);
	free(create);
}

/* The attributes of an entry that is being made; everything is in the arena. */
struct draft {
	struct arena *arena;
	LDAPMod *mods[2 * LIMIT_LDAP_ATTRIBUTES + 3];
	size_t count;
};

static LDAPMod *find_attribute(const struct draft *draft, const char *name, size_t length)
{
	for (size_t i = 0; i < draft->count; i++) {
		const char *type = draft->mods[i]->mod_type;
		if (strlen(type) == length && strncasecmp(type, name, length) == 0)
			return draft->mods[i];
	}
	return NULL;
}

/* Room for so many values and the NULL behind them. */
static struct berval **begin_attribute(struct draft *draft, const char *name, size_t values)
{
	LDAPMod *mod = arena_alloc(draft->arena, sizeof *mod);
	struct berval **list = arena_array(draft->arena, values + 1, sizeof *list);
	if (!mod || !list || draft->count + 1 == sizeof draft->mods / sizeof *draft->mods)
		return NULL;
	mod->mod_op = LDAP_MOD_ADD | LDAP_MOD_BVALUES;
	mod->mod_type = (char *)name;
	mod->mod_bvalues = list;
	draft->mods[draft->count++] = mod;
	return list;
}

static struct berval *make_value(struct arena *arena, struct bytes octets)
{
	struct berval *value = arena_alloc(arena, sizeof *value);
	if (value)
		*value = (struct berval){octets.length, (char *)octets.data};
	return value;
}

static int put_texts(struct draft *draft, const char *name, const char **texts, size_t count,
                     const struct directory_source *source, struct error *err)
{
	struct berval **list = begin_attribute(draft, name, count);
	if (!list)
		return error_nomem(err);
	for (size_t i = 0; i < count; i++) {
		const char *text = texts[i];
		int result = source ? directory_template_fill(&text, text, DIRECTORY_VALUE, source, err)
		                    : 0;
		if (result)
			return result;
		list[i] = make_value(draft->arena, bytes_text(text));
		if (!list[i])
			return error_nomem(err);
	}
	return 0;
}

/* What the entry's own RDN says is among its attributes, too (X.501 section 9.3). */
static int put_named(struct draft *draft, LDAPRDN rdn, struct error *err)
{
	for (size_t i = 0; rdn && rdn[i]; i++) {
		const LDAPAVA *ava = rdn[i];
		struct bytes type = bytes_make(ava->la_attr.bv_val, ava->la_attr.bv_len);
		struct bytes octets = bytes_make(ava->la_value.bv_val, ava->la_value.bv_len);
		if (find_attribute(draft, ava->la_attr.bv_val, type.length))
			continue;
		const char *name = arena_text(draft->arena, type);
		struct berval **list = name ? begin_attribute(draft, name, 1) : NULL;
		if (!list || arena_bytes(draft->arena, octets, &octets) ||
		    !(list[0] = make_value(draft->arena, octets)))
			return error_nomem(err);
	}
	return 0;
}

static int put_names_of_dn(struct draft *draft, const char *text, struct error *err)
{
	LDAPDN dn = NULL;
	if (ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3) != LDAP_SUCCESS || !dn)
		return error_set(err, SIGNET_E_INVALID, "'%s' is no distinguished name", text);
	int result = put_named(draft, dn[0], err);
	ldap_dnfree(dn);
	return result;
}

static int make_draft(struct draft *draft, const struct directory_create *create,
                      const struct directory_source *source, const char *dn,
                      const char *attribute, struct bytes value, struct error *err)
{
	int result = put_texts(draft, "objectClass", create->classes, create->class_count, NULL, err);
	for (size_t i = 0; i < create->given_count && result == 0; i++)
		result = put_texts(draft, create->given[i].name, create->given[i].values,
		                   create->given[i].count, source, err);
	if (result == 0)
		result = put_names_of_dn(draft, dn, err);
	if (result)
		return result;
	struct berval **list = begin_attribute(draft, attribute, 1);
	if (!list || !(list[0] = make_value(draft->arena, value)))
		return error_nomem(err);
	return 0;
}

enum signet_exit_result directory_create_entry(struct directory *d,
                                               const struct directory_create *create,
                                               const struct directory_source *source,
                                               const char *dn, const char *attribute,
                                               struct bytes value, bool *parent_missing,
                                               struct error *err)
{
	struct draft draft = {.arena = source->arena};
	*parent_missing = false;
	int result = make_draft(&draft, create, source, dn, attribute, value, err);
	if (result)
		return result == SIGNET_E_NOMEM ? SIGNET_EXIT_RETRY : SIGNET_EXIT_GIVE_UP;
	int code = directory_add(d, dn, draft.mods);
	*parent_missing = code == LDAP_NO_SUCH_OBJECT;
	return code == LDAP_SUCCESS ? SIGNET_EXIT_DONE
	                            : directory_refused(d, code, "cannot create", dn, err);
}
