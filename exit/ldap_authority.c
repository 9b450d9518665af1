#include "base/text.h"
#include "exit/ldap_private.h"

/* What goes to the entry of an authority, and the class that lets it (RFC 4523 sections 3.2, 3.4). */
struct thing {
	const char *attribute;
	const char *class;
	struct bytes value;
	bool crl;
};

static struct thing thing_of(const struct signet_event *event)
{
	if (event->kind == SIGNET_EVENT_CA_CERTIFICATE)
		return (struct thing){"cACertificate;binary", "pkiCA", event->certificate, false};
	if (event->delta)
		return (struct thing){"deltaRevocationList;binary", "deltaCRL", event->crl, true};
	return (struct thing){"certificateRevocationList;binary", "pkiCA", event->crl, true};
}

/* NULL when the configuration has none for this authority. */
static const char *template_of(const struct exit_ldap *l, const char *authority)
{
	const struct conf_node *node = l->authority;
	const char *text = NULL;
	if (conf_kind(node) == CONF_MAP)
		node = authority ? conf_find(node, authority) : NULL;
	return node && conf_text(node, &text, NULL) == 0 ? text : NULL;
}

/* Whether the entry has no use for it: it is there, or a later CRL is. */
static int compare(const struct directory_entry *entry, const struct thing *thing, bool *superfluous,
                   struct error *err)
{
	int64_t ours = 0, theirs;
	*superfluous = false;
	if (thing->crl && directory_crl_time(&ours, thing->value))
		return error_set(err, SIGNET_E_INVALID, "the event's CRL is malformed");
	for (size_t i = 0; i < entry->count; i++) {
		struct bytes held = bytes_make(entry->values[i]->bv_val, entry->values[i]->bv_len);
		bool same = bytes_equal(held, thing->value);
		if (!thing->crl)
			*superfluous |= same;
		else if (same ? entry->count == 1
		              : directory_crl_time(&theirs, held) == 0 && theirs > ours)
			*superfluous = true;
	}
	return 0;
}

static enum signet_exit_result put(struct exit_ldap *l, const struct directory_entry *entry,
                                   const struct thing *thing, struct error *err)
{
	struct directory_change change;
	bool superfluous;
	if (compare(entry, thing, &superfluous, err))
		return SIGNET_EXIT_GIVE_UP;
	if (superfluous)
		return SIGNET_EXIT_DONE;
	/* certificates of earlier keys stay, while chains need them; there is one CRL */
	directory_change_make(&change, thing->crl ? LDAP_MOD_REPLACE : LDAP_MOD_ADD, thing->attribute,
	                      thing->value);
	LDAPMod *mods[3] = {&change.mod};
	int code = directory_modify_or_class(&l->directory, entry->dn, mods, 1, LDAP_MOD_ADD,
	                                     thing->class);
	return code == LDAP_SUCCESS || code == LDAP_TYPE_OR_VALUE_EXISTS
	               ? SIGNET_EXIT_DONE
	               : directory_refused(&l->directory, code, "cannot change", entry->dn, err);
}

static enum signet_exit_result create(struct exit_ldap *l, const struct directory_source *source,
                                      const char *dn, const struct thing *thing, struct error *err)
{
	bool parent_missing = true;
	enum signet_exit_result result = SIGNET_EXIT_DONE;
	if (l->authority_create)
		result = directory_create_entry(&l->directory, l->authority_create, source, dn,
		                                thing->attribute, thing->value, &parent_missing, err);
	return parent_missing ? exit_ldap_missing(l, dn, err) : result;
}

enum signet_exit_result exit_ldap_publish_authority(struct exit_ldap *l,
                                                    const struct signet_event *event,
                                                    struct error *err)
{
	const struct directory_source source = {event, BYTES_NONE, l->base, l->arena};
	const struct thing thing = thing_of(event);
	const char *dn, *text = template_of(l, event->authority);
	struct directory_entry entry = {0};
	if (!text || !thing.value.length) {
		error_set(err, SIGNET_E_NOT_FOUND, text ? "the event has no %s"
		                                        : "no entry is configured for the authority '%s'",
		          text ? thing.attribute : event->authority ? event->authority : "");
		return SIGNET_EXIT_GIVE_UP;
	}
	int code = directory_template_fill(&dn, text, DIRECTORY_DN, &source, err);
	if (code)
		return code == SIGNET_E_NOMEM ? SIGNET_EXIT_RETRY : SIGNET_EXIT_GIVE_UP;
	code = directory_find(&l->directory, &entry, dn, LDAP_SCOPE_BASE, "(objectClass=*)",
	                      thing.attribute);
	enum signet_exit_result result;
	if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_OBJECT)
		result = directory_refused(&l->directory, code, "cannot find", dn, err);
	else if (entry.dn)
		result = put(l, &entry, &thing, err);
	else
		result = create(l, &source, dn, &thing, err);
	directory_entry_clear(&entry);
	return result;
}
