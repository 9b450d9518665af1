/*
 * The exit module `ldap`: certificates in the entries of a directory.
 *
 * An issued certificate becomes a value of userCertificate;binary in the entry
 * that a filter finds or a DN names; a revoked one leaves it, and one that is
 * released comes back. Whatever an event is about, the entry is brought to
 * what the certificate is now, so that events that come twice, late or out of
 * their order do no harm. The certificate and the CRLs of an authority go to
 * an entry of its own.
 *
 *   uri, start-tls, ca, certificate, key, bind, timeout   the servers, and who we are to them
 *   base, filter, scope, dn                               the entry of a certificate
 *   create, missing                                       when there is none
 *   mode, remove-expired, remove-entry                    what happens to others, and to empty ones
 *   authority                                             the entry of an authority
 *
 * One connection is kept. Nothing waits for longer than `timeout`, and what
 * passes or an administrator mends (a server that is away, a wrong password) is
 * tried again.
 */
#include <stdlib.h>

#include "base/limits.h"
#include "exit/ldap_private.h"

static bool publishes_certificates(const struct exit_ldap *l)
{
	return l->filter || l->dn;
}

static int read_template(const char **out, const struct conf_node *node, enum directory_form form,
                         enum directory_use use, bool based, struct error *err)
{
	struct error why = {0};
	if (!node)
		return 0;
	if (conf_text(node, out, err))
		return SIGNET_E_CONFIG;
	return directory_template_check(*out, form, use, based, &why)
	               ? conf_error(node, err, "%s", why.message)
	               : 0;
}

static int read_base(struct exit_ldap *l, const struct conf_node *node, struct error *err)
{
	const struct conf_node *base = conf_find(node, "base");
	int result = read_template(&l->base, base, DIRECTORY_DN, DIRECTORY_OF_AUTHORITY, false, err);
	if (result == 0 && l->base && strchr(l->base, '{'))
		result = conf_error(base, err, "has no places for values");
	return result;
}

static int read_scope(struct exit_ldap *l, const struct conf_node *node, struct error *err)
{
	static const char *const names[] = {"sub", "one", NULL};
	const struct conf_node *scope = conf_find(node, "scope");
	int place = 0;
	if (scope && !l->filter)
		return conf_error(scope, err, "belongs to a filter");
	if (scope && conf_choice(scope, names, &place, err))
		return SIGNET_E_CONFIG;
	l->scope = place ? LDAP_SCOPE_ONELEVEL : LDAP_SCOPE_SUBTREE;
	return 0;
}

/* Where certificates go, and what becomes of an entry that is not there. */
static int read_entry(struct exit_ldap *l, const struct conf_node *node, struct error *err)
{
	static const char *const choices[] = {"give-up", "retry", NULL};
	const struct conf_node *create = conf_find(node, "create"), *filter = conf_find(node, "filter");
	const struct conf_node *missing = conf_find(node, "missing"), *dn = conf_find(node, "dn");
	int place = 0;
	int result = read_template(&l->filter, filter, DIRECTORY_FILTER, DIRECTORY_OF_CERTIFICATE,
	                           false, err);
	if (result == 0)
		result = read_template(&l->dn, dn, DIRECTORY_DN, DIRECTORY_OF_CERTIFICATE, l->base, err);
	if (result == 0 && filter && !l->base)
		result = conf_error(filter, err, "needs the key 'base': where it searches");
	if (result == 0 && filter && dn && !create)
		result = conf_error(dn, err, "beside 'filter' it is for entries that are created: "
		                    "the key 'create' is missing");
	if (result == 0 && create && !dn)
		result = conf_error(create, err, "needs the key 'dn': what is created");
	if (result == 0 && create)
		result = directory_create_read(&l->create, create, DIRECTORY_OF_CERTIFICATE, err);
	if (result == 0 && missing)
		result = conf_choice(missing, choices, &place, err);
	l->wait = place == 1;
	return result ? result : read_scope(l, node, err);
}

static int read_mode(struct exit_ldap *l, const struct conf_node *node, struct error *err)
{
	static const char *const names[] = {"add", "replace", NULL};
	const struct conf_node *mode = conf_find(node, "mode");
	int place = 0;
	if (mode && conf_choice(mode, names, &place, err))
		return SIGNET_E_CONFIG;
	l->replace = place == 1;
	int result = conf_get_boolean(node, "remove-expired", true, &l->remove_expired, err);
	if (result == 0)
		result = conf_get_boolean(node, "remove-entry", false, &l->remove_entry, err);
	if (result == 0 && l->remove_entry && !l->create)
		result = conf_error(conf_find(node, "remove-entry"), err,
		                    "only what is created here is removed: the key 'create' is missing");
	return result;
}

/* One DN, or a map of them by the names of authorities. */
static int read_authority_dn(struct exit_ldap *l, const struct signet_exit_host *host,
                             const struct conf_node *dn, struct error *err)
{
	const char *text;
	if (conf_kind(dn) != CONF_MAP)
		return read_template(&text, dn, DIRECTORY_DN, DIRECTORY_OF_AUTHORITY, l->base, err);
	int result = conf_count(dn) ? 0 : conf_error(dn, err, "is empty");
	for (size_t i = 0; i < conf_count(dn) && result == 0; i++) {
		const struct conf_node *item = conf_item(dn, i);
		result = signet_exit_check_authority(host, conf_key(item), item, err);
		if (result == 0)
			result = read_template(&text, item, DIRECTORY_DN, DIRECTORY_OF_AUTHORITY,
			                       l->base, err);
	}
	return result;
}

static int read_authority(struct exit_ldap *l, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err)
{
	static const char *const keys[] = {"dn", "create", NULL};
	const struct conf_node *map = conf_find(node, "authority");
	const struct conf_node *create = conf_find(map, "create");
	if (!map)
		return 0;
	if (conf_check_keys(map, keys, err))
		return SIGNET_E_CONFIG;
	l->authority = conf_find(map, "dn");
	if (!l->authority)
		return conf_error(map, err, "the key 'dn' is missing");
	int result = read_authority_dn(l, host, l->authority, err);
	return result == 0 && create ? directory_create_read(&l->authority_create, create,
	                                                     DIRECTORY_OF_AUTHORITY, err)
	                             : result;
}

/* An event that is asked for by name has a place to go to. */
static int check_events(const struct exit_ldap *l, const struct conf_node *node, struct error *err)
{
	const struct conf_node *list = conf_find(node, "events");
	const char **names = NULL;
	size_t count = 0;
	if (!publishes_certificates(l) && !l->authority)
		return conf_error(node, err, "nothing is published: 'filter', 'dn' or 'authority' is "
		                  "missing");
	int result = list ? conf_text_list(list, &names, &count, err) : 0;
	for (size_t i = 0; i < count && result == 0; i++) {
		enum signet_event_kind kind = signet_event_from_name(names[i]);
		bool authority = kind == SIGNET_EVENT_CA_CERTIFICATE || kind == SIGNET_EVENT_CRL_PUBLISHED;
		if (!(authority ? l->authority != NULL : publishes_certificates(l)))
			result = conf_error(list, err, "'%s' has no place to go: %s is missing", names[i],
			                    authority ? "'authority'" : "'filter' or 'dn'");
	}
	free(names);
	return result;
}

static void exit_ldap_free(void *instance)
{
	struct exit_ldap *l = instance;
	directory_close(&l->directory);
	directory_trust_clear(&l->directory.trust);
	directory_target_clear(&l->target);
	directory_create_free(l->create);
	directory_create_free(l->authority_create);
	arena_free(l->arena);
	arena_free(l->scratch);
	free(l);
}

static int exit_ldap_configure(void **instance, const struct signet_exit_host *host,
                               const struct conf_node *node, struct error *err)
{
	struct exit_ldap *l = calloc(1, sizeof *l);
	if (!l)
		return error_nomem(err);
	l->directory.target = &l->target;
	l->directory.fd = -1;
	l->arena = arena_new(LIMIT_REQUEST_ARENA);
	l->scratch = arena_new(LIMIT_REQUEST_ARENA);
	int result = l->arena && l->scratch ? 0 : error_nomem(err);
	if (result == 0)
		result = directory_target_read(&l->target, host, node, err);
	if (result == 0)
		result = read_base(l, node, err);
	if (result == 0)
		result = read_entry(l, node, err);
	if (result == 0)
		result = read_mode(l, node, err);
	if (result == 0)
		result = read_authority(l, host, node, err);
	if (result == 0)
		result = check_events(l, node, err);
	if (result) {
		exit_ldap_free(l);
		return result;
	}
	*instance = l;
	return 0;
}

/* By what the certificate is now, where that is known. */
static bool is_wanted(const struct signet_event *event)
{
	switch (event->state) {
	case SIGNET_VALID:
		return true;
	case SIGNET_REVOKED:
	case SIGNET_HELD:
		return false;
	default:
		return event->kind != SIGNET_EVENT_REVOKED;
	}
}

static enum signet_exit_result publish(struct exit_ldap *l, const struct signet_event *event,
                                       struct error *err)
{
	switch (event->kind) {
	case SIGNET_EVENT_ISSUED:
	case SIGNET_EVENT_REVOKED:
	case SIGNET_EVENT_UNREVOKED:
		return exit_ldap_publish(l, event, is_wanted(event), err);
	default:
		return exit_ldap_publish_authority(l, event, err);
	}
}

static bool has_place(const struct exit_ldap *l, const struct signet_event *event)
{
	switch (event->kind) {
	case SIGNET_EVENT_ISSUED:
	case SIGNET_EVENT_REVOKED:
	case SIGNET_EVENT_UNREVOKED:
		return publishes_certificates(l);
	case SIGNET_EVENT_CRL_PUBLISHED:
		/* the entry has room for one CRL: the complete one of the present key */
		return l->authority && !event->crl_shard && !event->crl_earlier;
	case SIGNET_EVENT_CA_CERTIFICATE:
		return l->authority;
	default:
		return false;
	}
}

static enum signet_exit_result exit_ldap_notify(void *instance, const struct signet_event *event,
                                                struct error *err)
{
	struct exit_ldap *l = instance;
	struct directory *d = &l->directory;
	enum signet_exit_result result = SIGNET_EXIT_DONE;
	if (!has_place(l, event))
		return SIGNET_EXIT_DONE;
	/* a server closes connections that are idle: a second one decides */
	for (int round = 0; round < 2; round++) {
		bool kept = d->ldap && !d->broken;
		arena_clear(l->arena);
		result = directory_open(d, err);
		if (result == SIGNET_EXIT_DONE)
			result = publish(l, event, err);
		if (!kept || !d->gone || result != SIGNET_EXIT_RETRY)
			break;
	}
	if (d->broken)
		directory_close(d);
	return result;
}

static const char *const exit_ldap_keys[] = {
	DIRECTORY_TARGET_KEYS, "base", "filter", "scope", "dn", "create", "missing", "mode",
	"remove-expired", "remove-entry", "authority", NULL,
};

const struct signet_exit exit_ldap = {
	.module = {SIGNET_API_VERSION, SIGNET_MODULE_EXIT, "ldap",
	           "certificates and CRLs in the entries of a directory", exit_ldap_keys},
	.events = SIGNET_EVENT_BIT(SIGNET_EVENT_ISSUED) | SIGNET_EVENT_BIT(SIGNET_EVENT_REVOKED) |
	          SIGNET_EVENT_BIT(SIGNET_EVENT_UNREVOKED) |
	          SIGNET_EVENT_BIT(SIGNET_EVENT_CA_CERTIFICATE) |
	          SIGNET_EVENT_BIT(SIGNET_EVENT_CRL_PUBLISHED),
	.configure = exit_ldap_configure,
	.notify = exit_ldap_notify,
	.close = exit_ldap_free,
};
