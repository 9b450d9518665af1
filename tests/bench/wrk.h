/*
 * wrk(1), the load that others measure HTTP servers with, and what it says.
 */
#ifndef SIGNET_BENCH_WRK_H
#define SIGNET_BENCH_WRK_H

#include "base/bytes.h"

struct wrk_result {
	uint64_t requests;
	uint64_t failed;      /* answers other than 2xx and 3xx, and broken connections */
	double per_second;
	double p50_ms, p99_ms;
};

/* So many connections for so many seconds. script: a Lua file; NULL: GETs. false, with what is wrong in
 * message, when it cannot be run or says nothing. */
bool wrk_run(struct wrk_result *out, const char *url, const char *script, unsigned connections,
             unsigned seconds, const char **message);

#endif
