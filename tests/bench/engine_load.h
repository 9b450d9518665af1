/*
 * An engine process under load, for benchmarks: a state directory with an
 * authority, the engine as a process of its own, and callers that ask it for
 * certificates through api/client.h. What goes wrong fails the program.
 */
#ifndef SIGNET_BENCH_ENGINE_LOAD_H
#define SIGNET_BENCH_ENGINE_LOAD_H

#include <stdatomic.h>

#include "tests/unit/engine/fixture.h"

#define ENGINE_LOAD_CSRS 2048
#define ENGINE_LOAD_CALLERS 64      /* most */
#define ENGINE_LOAD_REQUESTERS 100

struct engine_load {
	struct fixture f;
	pid_t engine;
	struct signet_client *client;
	struct bytes csrs[ENGINE_LOAD_CSRS]; /* of one name each */
	_Atomic uint64_t next;        /* of submissions, ever */
	int64_t until;
};

struct engine_figures {
	unsigned callers;
	uint64_t issued;
	double seconds, per_second;
	double p50_ms, p99_ms;
	double cpu_us;                /* of the engine, for one issuance */
};

/* sections: of the configuration, with the profile "tls-server" and the intermediary "acme". The
 * requests are for so many keys. */
void engine_load_start(struct engine_load *load, const char *sections, size_t keys);
/* So many callers at once for so long. */
void engine_load_run(struct engine_load *load, unsigned callers, double seconds,
                     struct engine_figures *out);
void engine_load_stop(struct engine_load *load);

/* Microseconds of CPU that a process has used. */
double engine_load_cpu_of(pid_t pid);
/* "account/17": who asks with the submission of this number. */
void engine_load_requester(uint64_t number, char out[32]);

#endif
