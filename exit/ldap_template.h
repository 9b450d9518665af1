/*
 * Templates of the exit module `ldap`: texts of the configuration with places
 * for what an event brings, "(mail={email})".
 *
 *   {common-name}    the last CN of the certificate's subject
 *   {subject.TYPE}   the last attribute of this type ("UID", "2.5.4.5") of the subject
 *   {name}           the first alternative name of any kind, else the common name
 *   {san.KIND}       the first of this kind: dns, email, ip, uri, upn
 *   {email}          the first mailbox among them, else the subject's emailAddress
 *   {serial}         in hex
 *   {certificate-id} {request-id} {authority} {profile} {requester}
 *   {base}           the configured base, as the end of a DN
 *
 * Filters may follow, as in api/template.h: {requester|local|lower}.
 *
 * What is put in comes from a certificate and is hostile: it is escaped for
 * the form in which it stands, and never read as anything but a value.
 */
#ifndef SIGNET_EXIT_LDAP_TEMPLATE_H
#define SIGNET_EXIT_LDAP_TEMPLATE_H

#include "api/exit.h"
#include "base/arena.h"

enum directory_form {
	DIRECTORY_VALUE,  /* an attribute's value: as it is */
	DIRECTORY_DN,     /* escaped by RFC 4514 section 2.4 */
	DIRECTORY_FILTER, /* escaped by RFC 4515 section 3 */
};

/* Whether a certificate stands behind the event, or no more than its authority's name. */
enum directory_use { DIRECTORY_OF_CERTIFICATE, DIRECTORY_OF_AUTHORITY };

/* Known places, where values may stand; and that what becomes of it is a DN or a filter. based: there
 * is a {base}. SIGNET_E_INVALID says what is wrong; SIGNET_E_NOMEM. */
int directory_template_check(const char *text, enum directory_form form, enum directory_use use,
                             bool based, struct error *err);

struct directory_source {
	const struct signet_event *event;
	struct bytes subject; /* Name in DER */
	const char *base;     /* NULL for none */
	struct arena *arena;
};

/* Fills a checked template into the arena. SIGNET_E_NOT_FOUND: the event does not bring what a place
 * wants; SIGNET_E_BAD_NAME: a value that is not UTF-8 or has control characters; SIGNET_E_TOO_BIG over
 * LIMIT_LDAP_TEXT octets; SIGNET_E_NOMEM. The message names the place. */
int directory_template_fill(const char **out, const char *text, enum directory_form form,
                            const struct directory_source *source, struct error *err);

#endif
