/*
 * What the files of the exit module `ldap` share, and the only one of them
 * that includes libldap's headers.
 *
 * No function here begins with "ldap_", as all of the library's do: a program
 * that exports its own would put it in the library's place.
 */
#ifndef SIGNET_EXIT_LDAP_PRIVATE_H
#define SIGNET_EXIT_LDAP_PRIVATE_H

#include <sys/time.h>

#include <ldap.h>
#include <openldap.h>

#include "api/exit.h"
#include "exit/ldap_template.h"
#include "exit/ldap_value.h"

/* ---- the target: where the directory is, and who we are to it (ldap_target.c) ---- */

enum directory_identity { DIRECTORY_ANONYMOUS, DIRECTORY_SIMPLE, DIRECTORY_EXTERNAL };

struct directory_target {
	const char **uris;           /* tried in this order */
	size_t uri_count;
	bool start_tls;              /* on those that are ldap:// */
	char *ca, *certificate, *key; /* PEM files, read at each connection; ca is never NULL */
	enum directory_identity identity;
	const char *dn;              /* simple */
	const struct conf_node *password; /* simple: as in api/secret.h; read at each connection */
	const char *directory;       /* of the password's file */
	int64_t timeout;             /* seconds: to connect, and for each operation */
};

#define DIRECTORY_TARGET_KEYS "uri", "start-tls", "ca", "certificate", "key", "bind", "timeout"

/* Reads those keys. SIGNET_E_CONFIG names file, line and key. A secret never goes to another host
 * without TLS, and TLS always verifies: there is no key to change that. */
int directory_target_read(struct directory_target *out, const struct signet_exit_host *host,
                          const struct conf_node *node, struct error *err);
void directory_target_clear(struct directory_target *target);

/* ---- what TLS trusts and shows (ldap_trust.c) ---- */

struct directory_trust {
	LDAP *keeper;           /* NULL: nothing was made yet */
	void *context;          /* that the keeper keeps; NULL: none */
	struct timespec changes[3]; /* of the files that it was made of */
};

/* Has the connection demand a server's certificate that the target's ca vouches for, by the files as
 * they are now. An LDAP result code. */
int directory_trust_set(struct directory_trust *trust, LDAP *ldap,
                        const struct directory_target *t);
void directory_trust_clear(struct directory_trust *trust);

/* ---- a connection, made when it is needed and kept (ldap_connection.c) ---- */

struct directory {
	const struct directory_target *target;
	int fd;               /* -1: none */
	int64_t deadline;     /* of what is under way, by clock_monotonic_us */
	bool timed_out;       /* a read or write did not end before it */
	LDAP *ldap;           /* NULL: not connected */
	const char *uri;      /* of the server that it is connected to */
	bool broken;          /* to be made anew */
	bool gone;            /* closed by the server */
	struct directory_trust trust;
	char *diagnostic;     /* what the directory said to its last result; NULL for nothing */
};

/* Connects, begins TLS and binds, unless that is done. DONE or RETRY. */
enum signet_exit_result directory_open(struct directory *d, struct error *err);
void directory_close(struct directory *d);

struct directory_option {
	int name;
	const void *value;
};
int directory_set_options(LDAP *ldap, const struct directory_option *options, size_t count);

/* ---- its socket (ldap_socket.c) ----
 *
 * libldap's own timeouts do not reach everywhere: the handshake with a TLS server that says nothing
 * spins for ever in 2.5, and writing to one that reads nothing blocks. So it reads and writes by us. */

/* What begins now is to be over when the target's timeout is. */
void directory_begin(struct directory *d);
/* Connects d->fd. SIGNET_E_UNAVAILABLE with what is wrong. */
int directory_socket_open(struct directory *d, const char *uri, struct error *err);
/* The lowest layer of the library's sockets, with the directory as its argument. */
extern Sockbuf_IO directory_io;

/* ---- requests and their results (ldap_connection.c) ----
 *
 * Results are LDAP's result codes; negative ones are the library's own. */

/* Notes the connection as broken where it cannot be relied upon after this result; returns it. */
int directory_note(struct directory *d, int code);
/* Of the library's call that has failed just now. */
int directory_own_result(struct directory *d);
/* The next message of a request; NULL with a result that says why there is none. */
LDAPMessage *directory_next(struct directory *d, int id, int *code);
/* The result that this message is; frees it. */
int directory_result(struct directory *d, LDAPMessage *message);
/* Waits for the result of a request. sent: what the call that sent it returned. */
int directory_await(struct directory *d, int sent, int id);

/* ---- operations (ldap_operation.c): none takes longer than the target's timeout ---- */

/* The one entry that was found. */
struct directory_entry {
	LDAPMessage *message;   /* owns what is below */
	char *dn;               /* NULL: there is none */
	struct berval **values; /* of the attribute that was asked for; NULL: it has none */
	size_t count;
};
/* Not more than one: LDAP_SIZELIMIT_EXCEEDED then. No entry is LDAP_SUCCESS with a dn of NULL. The
 * attribute is found with and without its option ";binary". */
int directory_find(struct directory *d, struct directory_entry *out, const char *base, int scope,
                   const char *filter, const char *attribute);
void directory_entry_clear(struct directory_entry *entry);

int directory_modify(struct directory *d, const char *dn, LDAPMod **mods);
int directory_add(struct directory *d, const char *dn, LDAPMod **attributes);
/* Once more with this change of objectClass behind the count changes, for which mods has room, when
 * the entry's classes do not allow them alone. */
int directory_modify_or_class(struct directory *d, const char *dn, LDAPMod **mods, size_t count,
                              int operation, const char *class);
/* Only while it matches the filter (RFC 4528). anyway: also where the directory cannot tell; else
 * that is LDAP_UNAVAILABLE_CRITICAL_EXTENSION. */
int directory_delete(struct directory *d, const char *dn, const char *filter, bool anyway);

/* What becomes of an event after this result: RETRY for what passes or an administrator mends,
 * GIVE_UP for what is wrong with the event itself. what: "cannot change", with the DN or base. */
enum signet_exit_result directory_refused(struct directory *d, int code, const char *what,
                                          const char *dn, struct error *err);

/* One change of an attribute; count values. The memory is the caller's. */
struct directory_change {
	LDAPMod mod;
	struct berval *values[2];
	struct berval value;
};
/* operation: LDAP_MOD_ADD ...; with one value. */
void directory_change_make(struct directory_change *change, int operation, const char *attribute,
                           struct bytes value);

/* ---- new entries (ldap_create.c) ---- */

struct directory_create;

/* Reads a map {object-classes: [...], attributes: {NAME: TEMPLATE or [TEMPLATE, ...]}}. */
int directory_create_read(struct directory_create **out, const struct conf_node *node,
                          enum directory_use use, struct error *err);
void directory_create_free(struct directory_create *create);

/* Adds the entry with its attributes, those that its DN names, and this one. DONE, RETRY, or
 * GIVE_UP; parent_missing tells the one refusal that a caller may know more about. */
enum signet_exit_result directory_create_entry(struct directory *d,
                                               const struct directory_create *create,
                                               const struct directory_source *source,
                                               const char *dn, const char *attribute,
                                               struct bytes value, bool *parent_missing,
                                               struct error *err);

/* ---- the module's instance (ldap.c) ---- */

struct exit_ldap {
	struct directory_target target;
	struct directory directory;
	struct arena *arena;        /* of the event at work */
	struct arena *scratch;      /* of one value that is looked at */
	const char *base;           /* NULL for none */
	/* where certificates go; both NULL: nowhere */
	const char *filter;         /* finds the entry below base */
	int scope;
	const char *dn;             /* of the entry; beside a filter: of one that is created */
	struct directory_create *create; /* NULL: a missing entry is not created */
	bool wait;                  /* for a missing entry */
	bool replace;               /* the entry holds one certificate of its authority */
	bool remove_expired;
	bool remove_entry;          /* with its last certificate */
	/* where an authority's certificate and CRLs go; NULL: nowhere */
	const struct conf_node *authority; /* a DN, or a map from authorities to DNs */
	struct directory_create *authority_create;
};

/* The entry of a certificate comes to hold it, or not to hold it any more (ldap_publish.c). */
enum signet_exit_result exit_ldap_publish(struct exit_ldap *l, const struct signet_event *event,
                                          bool wanted, struct error *err);

/* cACertificate, certificateRevocationList, deltaRevocationList (ldap_authority.c). */
enum signet_exit_result exit_ldap_publish_authority(struct exit_ldap *l,
                                                    const struct signet_event *event,
                                                    struct error *err);

/* There is no entry at dn (NULL where a filter was asked): RETRY or GIVE_UP (ldap_publish.c). */
enum signet_exit_result exit_ldap_missing(struct exit_ldap *l, const char *what, struct error *err);

#endif
