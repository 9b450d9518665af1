/*
 * From a submission to a durable certificate: a whole engine process, asked
 * through api/client.h by 1, 8 and 32 callers. Prints throughput, latency and
 * what the engine's process spends on one issuance, next to what no engine can
 * do without, measured in the same run: one P-256 verification (the request's
 * proof of possession) and one signature.
 *
 *   bench_engine [--json FILE] [--directory DIR] [--seconds N] [--callers N]
 *
 * DIR is where the database lies (a directory of its own below it, removed at the end; /tmp by
 * default). N seconds for each number of callers; --callers: only this number.
 */
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "tests/bench/engine_load.h"

#define KEYS 64

struct figures {
	struct engine_figures of;
	double limit_us;              /* verify + sign, measured just before and after */
	double ratio;
};

/* What one verification and one signature take of this machine's CPU. */
static double measure_limit(const struct key *key)
{
	enum { ROUNDS = 1000 };
	uint8_t message[500] = {1};
	struct buffer signature = BUFFER_MAX(512);
	double start = engine_load_cpu_of(getpid());
	for (int i = 0; i < ROUNDS; i++) {
		buffer_clear(&signature);
		assert_int_equal(key_sign(key, SIGNATURE_ECDSA_SHA256, BYTES_OF(message), &signature,
		                          NULL), 0);
		assert_int_equal(pubkey_verify(key_public(key), SIGNATURE_ECDSA_SHA256,
		                               BYTES_OF(message), buffer_bytes(&signature), NULL), 0);
	}
	buffer_free(&signature);
	return (engine_load_cpu_of(getpid()) - start) / ROUNDS;
}

static void run(struct engine_load *load, unsigned callers, double seconds, struct figures *out)
{
	double limit = measure_limit(load->f.key);
	engine_load_run(load, callers, seconds, &out->of);
	out->limit_us = (limit + measure_limit(load->f.key)) / 2;
	out->ratio = out->of.cpu_us / out->limit_us;
}

static json_t *report(const struct figures *figures)
{
	const struct engine_figures *f = &figures->of;
	double cores = (double)sysconf(_SC_NPROCESSORS_ONLN);
	printf("%7u %10.0f %9.2f %9.2f %10.1f %10.1f %8.2f %9.0f%%\n", f->callers, f->per_second,
	       f->p50_ms, f->p99_ms, f->cpu_us, figures->limit_us, figures->ratio,
	       100 * f->per_second / (cores * 1e6 / f->cpu_us));
	fflush(stdout);
	return json_pack("{s:i, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "callers", (int)f->callers,
	                 "issued", (json_int_t)f->issued, "per_second", f->per_second, "p50_ms",
	                 f->p50_ms, "p99_ms", f->p99_ms, "cpu_us", f->cpu_us, "ratio",
	                 figures->ratio, "limit_us", figures->limit_us, "cores", cores);
}

/* Kilobytes of memory of its own, the mapped database and program text apart. */
static long memory_of(pid_t pid)
{
	char path[64], line[256];
	long kilobytes = 0;
	snprintf(path, sizeof path, "/proc/%d/status", (int)pid);
	FILE *file = fopen(path, "r");
	while (file && fgets(line, sizeof line, file))
		if (sscanf(line, "RssAnon: %ld kB", &kilobytes) == 1)
			break;
	if (file)
		fclose(file);
	return kilobytes;
}

static json_t *report_sizes(const struct engine_load *load)
{
	char path[FIXTURE_PATH];
	struct stat info;
	uint64_t issued = load->next;
	long memory = memory_of(load->engine);
	fixture_path(&load->f, "engine/data.mdb", path);
	double octets = stat(path, &info) ? 0 : (double)info.st_size / (double)issued;
	printf("\n%llu certificates: %.0f octets of disk each, %ld kB of memory\n",
	       (unsigned long long)issued, octets, memory);
	return json_pack("{s:I, s:f, s:I}", "certificates", (json_int_t)issued, "octets_each", octets,
	                 "memory_kb", (json_int_t)memory);
}

static json_t *run_all(struct engine_load *load, double seconds, unsigned only)
{
	static const unsigned counts[] = {1, 8, 32};
	json_t *list = json_array();
	struct figures figures;
	run(load, only ? only : 8, 0.3, &figures); /* fills caches and opens connections */
	printf("%7s %10s %9s %9s %10s %10s %8s %10s\n", "callers", "issued/s", "p50 ms", "p99 ms",
	       "CPU us", "limit us", "ratio", "of cores");
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		if (only && i > 0)
			break;
		run(load, only ? only : counts[i], seconds, &figures);
		json_array_append_new(list, report(&figures));
	}
	json_array_append_new(list, report_sizes(load));
	return list;
}

static json_t *bench(double seconds, uint64_t only)
{
	static struct engine_requests requests;
	static struct engine_load load;
	engine_requests_make(&requests, KEYS);
	engine_load_start(&load, fixture_sections, &requests);
	json_t *list = run_all(&load, seconds, (unsigned)only);
	engine_load_stop(&load);
	engine_requests_clear(&requests);
	return list;
}

int main(int argc, char **argv)
{
	static const struct engine_bench program = {
		.name = "bench_engine", .option = "callers", .seconds = 3,
		.number_max = ENGINE_LOAD_CALLERS, .run = bench};
	return engine_bench_main(&program, argc, argv);
}
