/*
 * An engine process under load, for benchmarks: a state directory with an
 * authority, the engine as a process of its own, and callers that ask it for
 * certificates through api/client.h. What goes wrong fails the program. And the
 * frame of a program that measures one.
 */
#ifndef SIGNET_BENCH_ENGINE_LOAD_H
#define SIGNET_BENCH_ENGINE_LOAD_H

#include <stdatomic.h>

#include <jansson.h>

#include "tests/unit/engine/fixture.h"

#define ENGINE_LOAD_CSRS 2048
#define ENGINE_LOAD_CALLERS 64      /* most */
#define ENGINE_LOAD_REQUESTERS 100

/* What engines are asked for: requests of one name each. */
struct engine_requests {
	struct arena *arena;
	struct bytes csrs[ENGINE_LOAD_CSRS];
};

struct engine_load {
	struct fixture f;
	pid_t engine;
	struct signet_client *client;
	const struct engine_requests *requests;
	_Atomic uint64_t next;        /* of submissions, ever */
	uint64_t end;                 /* of this run: the submission that is not made */
	int64_t until;                /* monotonic */
};

struct engine_figures {
	unsigned callers;
	uint64_t issued;
	double seconds, per_second;
	double p50_ms, p99_ms;
	double cpu_us;                /* of the engine, for one issuance */
};

/* For so many keys. */
void engine_requests_make(struct engine_requests *requests, size_t keys);
void engine_requests_clear(struct engine_requests *requests);

/* sections: of the configuration, with the profile "tls-server" and the intermediary "acme". The
 * requests stay the caller's: submission n, counted from the start, is of request n, round and round. */
void engine_load_start(struct engine_load *load, const char *sections,
                       const struct engine_requests *requests);
/* So many callers at once, for so long. */
void engine_load_run(struct engine_load *load, unsigned callers, double seconds,
                     struct engine_figures *out);
/* The same until so many certificates are issued. */
void engine_load_issue(struct engine_load *load, unsigned callers, uint64_t count,
                       struct engine_figures *out);
void engine_load_stop(struct engine_load *load);

/* Microseconds of CPU that a process has used. */
double engine_load_cpu_of(pid_t pid);
/* "account/17": who asks with the submission of this number. */
void engine_load_requester(uint64_t number, char out[32]);

/* A program of the options --json FILE, --directory DIR, --seconds N and one number of its own. */
struct engine_bench {
	const char *name;             /* of the program */
	const char *option;           /* "callers" */
	uint64_t seconds, number;     /* where they are not given */
	uint64_t number_max;
	json_t *(*run)(double seconds, uint64_t number);
};
/* What main returns. */
int engine_bench_main(const struct engine_bench *bench, int argc, char **argv);

#endif
