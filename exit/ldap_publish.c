#include "base/clock.h"
#include "base/log.h"
#include "exit/ldap_private.h"

#define USER_CERTIFICATE "userCertificate;binary"
#define ANY "(objectClass=*)"

/* What lets an entry hold certificates (RFC 4523 section 3.1), and the older class that does not let
 * it be without one (section 3.8). */
#define CLASS_WITH "pkiUser"
#define CLASS_NEVER_WITHOUT "strongAuthenticationUser"

static enum signet_exit_result cannot_fill(int code)
{
	return code == SIGNET_E_NOMEM ? SIGNET_EXIT_RETRY : SIGNET_EXIT_GIVE_UP;
}

/* A directory without its base is not what it should be (it is being restored, perhaps): what is
 * published there is waited for, and what is to be removed may come back with it. */
static enum signet_exit_result check_base(struct exit_ldap *l, struct error *err)
{
	struct directory_entry base;
	if (!l->base)
		return SIGNET_EXIT_DONE;
	int code = directory_find(&l->directory, &base, l->base, LDAP_SCOPE_BASE, ANY, "1.1");
	if (code != LDAP_SUCCESS) {
		directory_refused(&l->directory, code, "cannot find the base", l->base, err);
		return SIGNET_EXIT_RETRY;
	}
	directory_entry_clear(&base);
	return SIGNET_EXIT_DONE;
}

enum signet_exit_result exit_ldap_missing(struct exit_ldap *l, const char *what, struct error *err)
{
	enum signet_exit_result result = check_base(l, err);
	if (result != SIGNET_EXIT_DONE)
		return result;
	error_set(err, SIGNET_E_NOT_FOUND, "there is no entry '%s'", what);
	return l->wait ? SIGNET_EXIT_RETRY : SIGNET_EXIT_GIVE_UP;
}

/* One certificate on its way: what it is, and the entry that it belongs to. */
struct publication {
	struct exit_ldap *l;
	struct directory_certificate certificate;
	struct directory_source source;
	const char *place;            /* the filter, or the DN, that leads to the entry */
	struct directory_entry entry;
};

static bool is_same(const struct publication *p, size_t at)
{
	const struct berval *value = p->entry.values[at];
	return bytes_equal(bytes_make(value->bv_val, value->bv_len), p->certificate.der);
}

static enum signet_exit_result find_entry(struct publication *p, struct error *err)
{
	struct exit_ldap *l = p->l;
	enum directory_form form = l->filter ? DIRECTORY_FILTER : DIRECTORY_DN;
	int code = directory_template_fill(&p->place, l->filter ? l->filter : l->dn, form, &p->source,
	                                   err);
	if (code)
		return cannot_fill(code);
	if (l->filter)
		code = directory_find(&l->directory, &p->entry, l->base, l->scope, p->place,
		                      USER_CERTIFICATE);
	else
		code = directory_find(&l->directory, &p->entry, p->place, LDAP_SCOPE_BASE, ANY,
		                      USER_CERTIFICATE);
	if (code == LDAP_SUCCESS || (code == LDAP_NO_SUCH_OBJECT && !l->filter))
		return SIGNET_EXIT_DONE;
	if (code == LDAP_SIZELIMIT_EXCEEDED) {
		error_set(err, SIGNET_E_CONFLICT, "more than one entry matches '%s'", p->place);
		return SIGNET_EXIT_GIVE_UP;
	}
	return directory_refused(&l->directory, code, "cannot find", p->place, err);
}

static enum signet_exit_result create(struct publication *p, struct error *err)
{
	struct exit_ldap *l = p->l;
	bool parent_missing;
	const char *dn;
	if (!l->create)
		return exit_ldap_missing(l, p->place, err);
	int code = directory_template_fill(&dn, l->dn, DIRECTORY_DN, &p->source, err);
	if (code)
		return cannot_fill(code);
	enum signet_exit_result result =
		directory_create_entry(&l->directory, l->create, &p->source, dn, USER_CERTIFICATE,
	                               p->certificate.der, &parent_missing, err);
	if (!parent_missing)
		return result;
	result = check_base(l, err);
	if (result == SIGNET_EXIT_DONE)
		error_set(err, SIGNET_E_NOT_FOUND, "there is no entry above '%s'", dn);
	return result == SIGNET_EXIT_DONE ? SIGNET_EXIT_GIVE_UP : result;
}

/* How a certificate that the entry holds stands to the one that is to come. */
enum relation {
	RELATION_FOREIGN,  /* of another authority, or none that we can read */
	RELATION_OTHER,
	RELATION_EXPIRED,
	RELATION_LATER,    /* was issued after it, and has not expired */
};

static enum relation relate(const struct publication *p, size_t at)
{
	const struct berval *value = p->entry.values[at];
	struct directory_certificate held;
	arena_clear(p->l->scratch);
	if (directory_certificate_read(&held, p->l->scratch, bytes_make(value->bv_val, value->bv_len),
	                               NULL) ||
	    !bytes_equal(held.issuer, p->certificate.issuer))
		return RELATION_FOREIGN;
	if (held.not_after < clock_now())
		return RELATION_EXPIRED;
	return held.not_before > p->certificate.not_before ? RELATION_LATER : RELATION_OTHER;
}

static bool is_to_go(const struct exit_ldap *l, enum relation relation)
{
	return (relation == RELATION_EXPIRED && (l->remove_expired || l->replace)) ||
	       (relation == RELATION_OTHER && l->replace);
}

/* The values that the certificate makes go, ended by NULL; and what of it is there already. */
static int look_through(const struct publication *p, struct berval ***going, size_t *count,
                        bool *present, bool *later)
{
	struct berval **list = arena_array(p->l->arena, p->entry.count + 1, sizeof *list);
	if (!list)
		return SIGNET_E_NOMEM;
	*count = 0;
	*present = *later = false;
	for (size_t i = 0; i < p->entry.count; i++) {
		if (is_same(p, i)) {
			*present = true;
			continue;
		}
		enum relation relation = relate(p, i);
		*later |= relation == RELATION_LATER;
		if (is_to_go(p->l, relation))
			list[(*count)++] = p->entry.values[i];
	}
	*going = list;
	return 0;
}

static enum signet_exit_result put(struct publication *p, struct error *err)
{
	struct exit_ldap *l = p->l;
	struct directory_change adding;
	struct berval **going;
	size_t count, changes = 0;
	bool present, later;
	if (!p->entry.dn)
		return create(p, err);
	if (look_through(p, &going, &count, &present, &later)) {
		error_nomem(err);
		return SIGNET_EXIT_RETRY;
	}
	/* one that comes late, out of its order, must not take the place of its successor */
	if ((present && count == 0) || (later && l->replace))
		return SIGNET_EXIT_DONE;
	LDAPMod removing = {.mod_op = LDAP_MOD_DELETE | LDAP_MOD_BVALUES,
	                    .mod_type = (char *)USER_CERTIFICATE, .mod_bvalues = going};
	LDAPMod *mods[4] = {NULL};
	if (count)
		mods[changes++] = &removing;
	directory_change_make(&adding, LDAP_MOD_ADD, USER_CERTIFICATE, p->certificate.der);
	if (!present)
		mods[changes++] = &adding.mod;
	int code = directory_modify_or_class(&l->directory, p->entry.dn, mods, changes, LDAP_MOD_ADD,
	                                     CLASS_WITH);
	return code == LDAP_SUCCESS || code == LDAP_TYPE_OR_VALUE_EXISTS
	               ? SIGNET_EXIT_DONE
	               : directory_refused(&l->directory, code, "cannot change", p->entry.dn, err);
}

static enum signet_exit_result remove_entry(struct publication *p, bool seen, struct error *err)
{
	/* another's certificate may come in between: the directory itself looks once more */
	int code = directory_delete(&p->l->directory, p->entry.dn, "(!(userCertificate=*))", seen);
	switch (code) {
	case LDAP_SUCCESS:
	case LDAP_NO_SUCH_OBJECT:
	case LDAP_ASSERTION_FAILED:
	case LDAP_NOT_ALLOWED_ON_NONLEAF:
	case LDAP_UNAVAILABLE_CRITICAL_EXTENSION:
		return SIGNET_EXIT_DONE;
	default:
		return directory_refused(&p->l->directory, code, "cannot remove", p->entry.dn, err);
	}
}

static enum signet_exit_result take_away(struct publication *p, struct error *err)
{
	struct exit_ldap *l = p->l;
	struct directory_change change;
	bool seen = false;
	if (!p->entry.dn) {
		enum signet_exit_result result = check_base(l, err);
		if (result == SIGNET_EXIT_DONE)
			log_event(LOG_INFO, "directory-has-no-entry", "for", p->place, NULL);
		return result;
	}
	for (size_t i = 0; i < p->entry.count; i++)
		seen |= is_same(p, i);
	/* values may be hidden from us: the directory says whether it is there */
	directory_change_make(&change, LDAP_MOD_DELETE, USER_CERTIFICATE, p->certificate.der);
	LDAPMod *mods[3] = {&change.mod};
	int code = directory_modify_or_class(&l->directory, p->entry.dn, mods, 1, LDAP_MOD_DELETE,
	                                     CLASS_NEVER_WITHOUT);
	if (code != LDAP_SUCCESS && code != LDAP_NO_SUCH_ATTRIBUTE && code != LDAP_NO_SUCH_OBJECT)
		return directory_refused(&l->directory, code, "cannot change", p->entry.dn, err);
	return l->remove_entry && p->entry.count == seen ? remove_entry(p, seen, err)
	                                                 : SIGNET_EXIT_DONE;
}

enum signet_exit_result exit_ldap_publish(struct exit_ldap *l, const struct signet_event *event,
                                          bool wanted, struct error *err)
{
	struct publication p = {.l = l};
	int code = directory_certificate_read(&p.certificate, l->arena, event->certificate, err);
	if (code)
		return cannot_fill(code);
	if (wanted && p.certificate.not_after < clock_now())
		return SIGNET_EXIT_DONE;
	p.source = (struct directory_source){event, p.certificate.subject, l->base, l->arena};
	enum signet_exit_result result = find_entry(&p, err);
	if (result == SIGNET_EXIT_DONE)
		result = wanted ? put(&p, err) : take_away(&p, err);
	directory_entry_clear(&p.entry);
	return result;
}
