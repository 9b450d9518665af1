#include "base/limits.h"
#include "exit/ldap_private.h"

static void take_entry(struct directory *d, struct directory_entry *out, LDAPMessage *message,
                       const char *attribute)
{
	char name[64];
	size_t length = strcspn(attribute, ";");
	out->message = message;
	out->dn = ldap_get_dn(d->ldap, message);
	out->values = ldap_get_values_len(d->ldap, message, attribute);
	if (!out->values && length < sizeof name) {
		memcpy(name, attribute, length);
		name[length] = '\0';
		out->values = ldap_get_values_len(d->ldap, message, name);
	}
	out->count = out->values ? (size_t)ldap_count_values_len(out->values) : 0;
}

void directory_entry_clear(struct directory_entry *entry)
{
	ldap_memfree(entry->dn);
	if (entry->values)
		ldap_value_free_len(entry->values);
	ldap_msgfree(entry->message);
	*entry = (struct directory_entry){0};
}

/* Messages until the result; an answer that does not end is cut off. */
static int read_entries(struct directory *d, int id, struct directory_entry *out,
                        const char *attribute)
{
	int code;
	for (unsigned i = 0; i < LIMIT_LDAP_REFERENCES; i++) {
		LDAPMessage *message = directory_next(d, id, &code);
		if (!message)
			return code;
		int type = ldap_msgtype(message);
		if (type == LDAP_RES_SEARCH_RESULT)
			return directory_result(d, message);
		if (type == LDAP_RES_SEARCH_ENTRY && out->message) {
			ldap_msgfree(message);
			ldap_abandon_ext(d->ldap, id, NULL, NULL);
			return LDAP_SIZELIMIT_EXCEEDED;
		}
		if (type == LDAP_RES_SEARCH_ENTRY)
			take_entry(d, out, message, attribute);
		else
			ldap_msgfree(message); /* a reference to elsewhere */
	}
	return directory_note(d, LDAP_PROTOCOL_ERROR);
}

int directory_find(struct directory *d, struct directory_entry *out, const char *base, int scope,
                   const char *filter, const char *attribute)
{
	char *attributes[] = {(char *)attribute, NULL};
	struct timeval time = {d->target->timeout, 0};
	struct directory_entry entry = {0};
	int id = 0;
	directory_begin(d);
	int sent = ldap_search_ext(d->ldap, base, scope, filter, attributes, 0, NULL, NULL, &time, 2,
	                           &id);
	int code = sent == LDAP_SUCCESS ? read_entries(d, id, &entry, attribute) : directory_own_result(d);
	if (code == LDAP_SUCCESS && entry.message && !entry.dn)
		code = LDAP_NO_MEMORY;
	if (code != LDAP_SUCCESS) {
		directory_entry_clear(&entry);
		return code;
	}
	*out = entry;
	return LDAP_SUCCESS;
}

int directory_modify(struct directory *d, const char *dn, LDAPMod **mods)
{
	int id = 0;
	directory_begin(d);
	int sent = ldap_modify_ext(d->ldap, dn, mods, NULL, NULL, &id);
	return directory_await(d, sent, id);
}

int directory_modify_or_class(struct directory *d, const char *dn, LDAPMod **mods, size_t count,
                              int operation, const char *class)
{
	struct directory_change change;
	int code = directory_modify(d, dn, mods);
	if (code != LDAP_OBJECT_CLASS_VIOLATION)
		return code;
	directory_change_make(&change, operation, "objectClass", bytes_text(class));
	mods[count] = &change.mod;
	mods[count + 1] = NULL;
	code = directory_modify(d, dn, mods);
	mods[count] = NULL;
	/* it has the class, or has it not: the violation is another */
	return code == LDAP_TYPE_OR_VALUE_EXISTS || code == LDAP_NO_SUCH_ATTRIBUTE
	               ? LDAP_OBJECT_CLASS_VIOLATION
	               : code;
}

int directory_add(struct directory *d, const char *dn, LDAPMod **attributes)
{
	int id = 0;
	directory_begin(d);
	int sent = ldap_add_ext(d->ldap, dn, attributes, NULL, NULL, &id);
	return directory_await(d, sent, id);
}

int directory_delete(struct directory *d, const char *dn, const char *filter, bool anyway)
{
	int id = 0;
	directory_begin(d);
	LDAPControl *control = NULL;
	int code = ldap_create_assertion_control(d->ldap, (char *)filter, 1, &control);
	if (code != LDAP_SUCCESS)
		return code;
	LDAPControl *controls[] = {control, NULL};
	int sent = ldap_delete_ext(d->ldap, dn, controls, NULL, &id);
	code = directory_await(d, sent, id);
	ldap_control_free(control);
	if (code != LDAP_UNAVAILABLE_CRITICAL_EXTENSION || !anyway)
		return code;
	directory_begin(d);
	sent = ldap_delete_ext(d->ldap, dn, NULL, NULL, &id);
	return directory_await(d, sent, id);
}

void directory_change_make(struct directory_change *change, int operation, const char *attribute,
                           struct bytes value)
{
	change->value = (struct berval){value.length, (char *)value.data};
	change->values[0] = &change->value;
	change->values[1] = NULL;
	change->mod.mod_op = operation | LDAP_MOD_BVALUES;
	change->mod.mod_type = (char *)attribute;
	change->mod.mod_bvalues = change->values;
}

/* Wrong with the event, and not to be helped by coming again. */
static bool is_final(int code)
{
	switch (code) {
	case LDAP_UNDEFINED_TYPE:
	case LDAP_INAPPROPRIATE_MATCHING:
	case LDAP_CONSTRAINT_VIOLATION:
	case LDAP_TYPE_OR_VALUE_EXISTS:
	case LDAP_INVALID_SYNTAX:
	case LDAP_ALIAS_PROBLEM:
	case LDAP_INVALID_DN_SYNTAX:
	case LDAP_NAMING_VIOLATION:
	case LDAP_OBJECT_CLASS_VIOLATION:
	case LDAP_NOT_ALLOWED_ON_NONLEAF:
	case LDAP_NOT_ALLOWED_ON_RDN:
	case LDAP_NO_OBJECT_CLASS_MODS:
	case LDAP_AFFECTS_MULTIPLE_DSAS:
	case LDAP_FILTER_ERROR:
	case LDAP_ENCODING_ERROR:
		return true;
	default:
		return false;
	}
}

enum signet_exit_result directory_refused(struct directory *d, int code, const char *what,
                                          const char *dn, struct error *err)
{
	bool final = is_final(code);
	int kind = final ? SIGNET_E_INVALID
	           : code == LDAP_INSUFFICIENT_ACCESS || code == LDAP_STRONG_AUTH_REQUIRED
	                   ? SIGNET_E_PERMISSION
	           : code == LDAP_TIMEOUT ? SIGNET_E_TIMEOUT
	                                  : SIGNET_E_UNAVAILABLE;
	error_set(err, kind, "%s: %s '%s': %s", d->uri, what, dn,
	          code == LDAP_REFERRAL ? "the directory refers to another; name that in 'uri'"
	                                : ldap_err2string(code));
	if (d->diagnostic)
		error_detail(err, "%s", d->diagnostic);
	return final ? SIGNET_EXIT_GIVE_UP : SIGNET_EXIT_RETRY;
}
