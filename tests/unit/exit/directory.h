/*
 * A real directory server for the tests of the exit module `ldap`: slapd on
 * loopback, in a directory of its own (tests/system/slapd.sh), and instances
 * of the module that publish in it.
 */
#ifndef TESTS_EXIT_DIRECTORY_H
#define TESTS_EXIT_DIRECTORY_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "api/exit.h"

#define BASE "dc=example,dc=test"

extern const struct signet_exit exit_ldap;

struct server {
	char path[64];
	unsigned port, tls_port;
	int pid; /* 0: it does not run */
};

/* The only one of a test program; for cmocka's group setup and teardown. */
extern struct server server;
int server_setup(void **state);
int server_teardown(void **state);
void server_stop(void);
void server_start(void);
/* A file of the server's directory. */
const char *server_file(const char *name);

/* Changes entries by LDIF, as ldapmodify takes it; entries are added. */
void server_change(const char *ldif);
/* Removes all below ou=people, ou=devices and ou=pki. */
void server_clear(void);
/* How many values the attribute has; -1: there is no such entry. */
int server_count(const char *dn, const char *attribute);
bool server_holds(const char *dn, const char *attribute, struct bytes value);

/* Where the server is and who we are: the beginning of a configuration, which the caller goes on
 * with. */
#define SERVER_LOGIN "bind: {dn: \"cn=signet," BASE "\", password: {file: password}}\n"
#define SERVER_KEYS "uri: \"ldap://127.0.0.1:%u\"\ntimeout: 5s\n" SERVER_LOGIN

/* An instance by this configuration; the first place in it is the server's port, if any. Fails the
 * test when it is refused. All are closed by instances_close. */
void *instance_open(const char *format, ...) __attribute__((format(printf, 1, 2)));
/* The message of an instance that is refused. */
const char *instance_refused(const char *text);
void instances_close(void);

enum signet_exit_result notify(void *instance, const struct signet_event *event);
/* What the last one said. */
extern struct error notified;

#endif
