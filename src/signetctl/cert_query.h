/*
 * Which certificates, as options of cert list and cert export say it.
 */
#ifndef SIGNET_SIGNETCTL_CERT_QUERY_H
#define SIGNET_SIGNETCTL_CERT_QUERY_H

#include "signetctl/cert.h"

/* The first options of a command, in the order of the list. */
enum cert_query_option {
	CERT_QUERY_NAME, CERT_QUERY_SERIAL, CERT_QUERY_KEY, CERT_QUERY_REQUESTER,
	CERT_QUERY_PROFILE, CERT_QUERY_AUTHORITY, CERT_QUERY_STATE, CERT_QUERY_EXPIRES_WITHIN,
	CERT_QUERY_EXPIRES_AFTER, CERT_QUERY_EXPIRES_BEFORE, CERT_QUERY_ISSUED_AFTER,
	CERT_QUERY_ISSUED_BEFORE, CERT_QUERY_SORT, CERT_QUERY_REVERSE, CERT_QUERY_BEFORE,
	CERT_QUERY_OPTIONS,
};

#define CERT_QUERY_OPTION_LIST \
	{"name", "NAME", "with this alternative or common name; one * stands for anything"}, \
	{"serial", "HEX", "with a serial number that begins so"}, \
	{"key", "SHA256|FILE", "of this key: its SHA-256, or a file with it, a certificate or a PKCS#10"}, \
	{"requester", "REQUESTER", "of this requester"}, \
	{"profile", "PROFILE", "of this profile"}, \
	{"authority", "AUTHORITY", "of this authority"}, \
	{"state", "CERTIFICATE-STATE", "only these"}, \
	{"expires-within", "DURATION", "that end from now on until then, such as 30d"}, \
	{"expires-after", "DATE", "that end at DATE or later"}, \
	{"expires-before", "DATE", "that end before DATE"}, \
	{"issued-after", "DATE", "issued at DATE or later"}, \
	{"issued-before", "DATE", "issued before DATE"}, \
	{"sort", "SORT", "the newest, the next to end, the last revoked first"}, \
	{"reverse", NULL, "the other way around"}, \
	{"before", "ID", "only certificates with smaller ids"}

/* SIGNET_E_INVALID with a message. */
int cert_read_query(struct signet_certificate_query *out, struct arena *arena,
                    const struct command_value *values, struct error *err);
/* Whether any of the options is there. */
bool cert_has_query(const struct command_value *values);

#endif
