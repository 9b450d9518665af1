/*
 * A real signetd in a directory of its own, for benchmarks: started, watched
 * and stopped. Errors end the program with one line.
 */
#ifndef SIGNET_BENCH_DAEMON_H
#define SIGNET_BENCH_DAEMON_H

#include <sys/types.h>

#include "base/bytes.h"

enum { DAEMON_ENGINE, DAEMON_GATEWAY, DAEMON_PUBLISHER, DAEMON_ROLES };
extern const char *const daemon_roles[DAEMON_ROLES];

struct daemon {
	char directory[512];
	pid_t supervisor;
	pid_t roles[DAEMON_ROLES];
	unsigned port;            /* of its TLS listener on 127.0.0.1 */
	unsigned plain;           /* of its listener without TLS */
};

struct daemon_usage {
	double cpu_us;            /* since the process began */
	long resident_kb;         /* all that is mapped and in memory, the database's pages too */
	long anonymous_kb;        /* of its own */
	uint64_t disk;            /* octets that its files take */
};

/* parent: where the directory is made. rest: the configuration behind state, hostname and listen
 * (which has two listeners on free ports). Makes authorities with signetctl and waits until
 * the gateway answers. */
void daemon_start(struct daemon *daemon, const char *parent, const char *rest);
/* Stops it and removes the directory. */
void daemon_stop(struct daemon *daemon);

/* A file below the state directory, in static memory. */
const char *daemon_path(const struct daemon *daemon, const char *name);
struct daemon_usage daemon_usage(const struct daemon *daemon, int role);

/* Prints and ends the program, stopping the daemon first if there is one. */
void die(const char *format, ...) __attribute__((format(printf, 1, 2), noreturn));

#endif
