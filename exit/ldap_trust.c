#include <sys/stat.h>

#include "exit/ldap_private.h"

/* libldap loses the client's key each time that it reads one: the files are read again only when they
 * have changed. What was made of them is kept by a handle of its own, which never connects. */

static struct timespec change_of(const char *path)
{
	struct stat info;
	return path && stat(path, &info) == 0 ? info.st_ctim : (struct timespec){0, 0};
}

static void read_changes(const struct directory_target *t, struct timespec changes[3])
{
	changes[0] = change_of(t->ca);
	changes[1] = change_of(t->certificate);
	changes[2] = change_of(t->key);
}

static bool is_same(const struct timespec a[3], const struct timespec b[3])
{
	for (int i = 0; i < 3; i++)
		if (a[i].tv_sec != b[i].tv_sec || a[i].tv_nsec != b[i].tv_nsec)
			return false;
	return true;
}

/* The library says here what it has made; the keeper's reference to it is all that is left when the
 * connection ends. */
static void keep(LDAP *ldap, void *session, void *context, void *arg)
{
	struct directory_trust *trust = arg;
	(void)ldap;
	(void)session;
	if (trust->context == context)
		return;
	trust->context = NULL;
	if (ldap_set_option(trust->keeper, LDAP_OPT_X_TLS_CTX, context) == LDAP_OPT_SUCCESS)
		trust->context = context;
}

int directory_trust_set(struct directory_trust *trust, LDAP *ldap,
                        const struct directory_target *t)
{
	const int demand = LDAP_OPT_X_TLS_DEMAND, exact = LDAP_OPT_X_TLS_TRY, client = 0;
	struct timespec changes[3];
	if (!trust->keeper && ldap_create(&trust->keeper) != LDAP_SUCCESS)
		return LDAP_NO_MEMORY;
	read_changes(t, changes);
	bool known = trust->context && is_same(changes, trust->changes);
	memcpy(trust->changes, changes, sizeof changes);
	if (!known)
		trust->context = NULL;
	const struct directory_option options[] = {
		{LDAP_OPT_X_TLS_REQUIRE_CERT, &demand},
		/* a certificate with alternative names is not taken by its common name */
		{LDAP_OPT_X_TLS_REQUIRE_SAN, &exact},
		{LDAP_OPT_X_TLS_CACERTFILE, t->ca},
		{LDAP_OPT_X_TLS_CACERTDIR, NULL},
		{LDAP_OPT_X_TLS_CERTFILE, t->certificate},
		{LDAP_OPT_X_TLS_KEYFILE, t->key},
		{LDAP_OPT_X_TLS_CRLFILE, NULL},
		{LDAP_OPT_X_TLS_CIPHER_SUITE, NULL},
		{LDAP_OPT_X_TLS_CONNECT_ARG, trust},
		{LDAP_OPT_X_TLS_CONNECT_CB, (const void *)keep},
		{known ? LDAP_OPT_X_TLS_CTX : LDAP_OPT_X_TLS_NEWCTX,
		 known ? trust->context : (const void *)&client},
	};
	return directory_set_options(ldap, options, sizeof options / sizeof *options);
}

void directory_trust_clear(struct directory_trust *trust)
{
	if (trust->keeper)
		ldap_unbind_ext(trust->keeper, NULL, NULL);
	*trust = (struct directory_trust){0};
}
