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
#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/role.h"
#include "base/text.h"
#include "engine/engine.h"
#include "tests/unit/engine/fixture.h"

#define CSRS 2048
#define KEYS 64
#define CALLERS_MAX 64
#define SAMPLES_MAX 500000
#define SECONDS_MAX 3600

struct bench {
	struct fixture f;
	pid_t engine;
	struct signet_client *client;
	struct bytes csrs[CSRS];
	_Atomic uint64_t next;        /* of submissions, ever */
	int64_t until;
};

struct caller {
	struct bench *bench;
	pthread_t thread;
	uint64_t issued;
	uint32_t *samples;            /* microseconds */
	size_t sample_count;
	struct error err;
};

struct figures {
	unsigned callers;
	uint64_t issued;
	double seconds, per_second;
	double p50_ms, p99_ms;
	double cpu_us;                /* of the engine, for one issuance */
	double limit_us;              /* verify + sign, measured just before and after */
	double ratio;
};

static double cpu_of(pid_t pid)
{
	clockid_t clock;
	struct timespec t = {0, 0};
	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		fail_msg("the engine's CPU time cannot be read");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* What one verification and one signature take of this machine's CPU. */
static double measure_limit(const struct key *key)
{
	enum { ROUNDS = 1000 };
	uint8_t message[500] = {1};
	struct buffer signature = BUFFER_MAX(512);
	double start = cpu_of(getpid());
	for (int i = 0; i < ROUNDS; i++) {
		buffer_clear(&signature);
		assert_int_equal(key_sign(key, SIGNATURE_ECDSA_SHA256, BYTES_OF(message), &signature,
		                          NULL), 0);
		assert_int_equal(pubkey_verify(key_public(key), SIGNATURE_ECDSA_SHA256,
		                               BYTES_OF(message), buffer_bytes(&signature), NULL), 0);
	}
	buffer_free(&signature);
	return (cpu_of(getpid()) - start) / ROUNDS;
}

static void make_requests(struct bench *b)
{
	struct key *keys[KEYS];
	for (size_t i = 0; i < KEYS; i++)
		assert_int_equal(key_generate(&keys[i], KEY_P256, 0, NULL), 0);
	for (size_t i = 0; i < CSRS; i++) {
		char name[64];
		snprintf(name, sizeof name, "dns:host-%zu.example.com", i);
		b->csrs[i] = fixture_csr(b->f.arena, keys[i % KEYS], "", name, NULL);
	}
	for (size_t i = 0; i < KEYS; i++)
		key_free(keys[i]);
}

static void start_engine(struct bench *b)
{
	int fds[2];
	char said[1024] = "", path[FIXTURE_PATH];
	assert_int_equal(pipe(fds), 0);
	b->engine = fork();
	assert_true(b->engine >= 0);
	if (b->engine == 0) {
		struct settings *settings;
		struct error err = {0};
		close(fds[0]);
		/* as a service's log: written, and by somebody else */
		if (!freopen("/dev/null", "w", stderr) || settings_load(&settings, b->f.config, &err))
			_exit(2);
		log_setup("engine", LOG_INFO, false);
		_exit(engine_run(settings, fds[1]));
	}
	close(fds[1]);
	if (read(fds[0], said, sizeof said - 1) < 0 || strcmp(said, ROLE_READY) != 0)
		fail_msg("the engine does not start: %s", said);
	close(fds[0]);
	fixture_path(&b->f, "run/request.sock", path);
	assert_int_equal(signet_client_open(&b->client, path, NULL), 0);
}

static int issue_one(struct caller *c, struct arena *arena)
{
	char key[32];
	uint64_t number = atomic_fetch_add(&c->bench->next, 1);
	snprintf(key, sizeof key, "order-%llu", (unsigned long long)number);
	struct signet_submission s = fixture_submission(c->bench->csrs[number % CSRS], key);
	struct signet_outcome out;
	int64_t start = clock_monotonic_us();
	int result = signet_submit(c->bench->client, arena, &s, &out, &c->err);
	if (result)
		return result;
	if (out.disposition != SIGNET_ISSUED)
		return error_set(&c->err, SIGNET_E_DENIED, "a request was not issued");
	if (c->sample_count < SAMPLES_MAX)
		c->samples[c->sample_count++] = (uint32_t)(clock_monotonic_us() - start);
	c->issued++;
	return 0;
}

static void *call(void *arg)
{
	struct caller *c = arg;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		error_nomem(&c->err);
	while (arena && clock_monotonic_us() < c->bench->until && issue_one(c, arena) == 0)
		arena_clear(arena);
	arena_free(arena);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void fill_latency(const struct caller *callers, unsigned count, struct figures *out)
{
	size_t total = 0, at = 0;
	for (unsigned i = 0; i < count; i++)
		total += callers[i].sample_count;
	uint32_t *all = calloc(total + 1, sizeof *all);
	assert_non_null(all);
	for (unsigned i = 0; i < count; i++) {
		memcpy(all + at, callers[i].samples, callers[i].sample_count * sizeof *all);
		at += callers[i].sample_count;
	}
	qsort(all, total, sizeof *all, compare);
	if (total) {
		out->p50_ms = all[total / 2] / 1e3;
		out->p99_ms = all[total * 99 / 100] / 1e3;
	}
	free(all);
}

static void run(struct bench *b, unsigned count, double seconds, struct figures *out)
{
	static struct caller callers[CALLERS_MAX];
	*out = (struct figures){.callers = count};
	double limit = measure_limit(b->f.key);
	double cpu = cpu_of(b->engine);
	int64_t start = clock_monotonic_us();
	b->until = start + (int64_t)(seconds * 1e6);
	for (unsigned i = 0; i < count; i++) {
		callers[i] = (struct caller){.bench = b,
		                             .samples = malloc(SAMPLES_MAX * sizeof(uint32_t))};
		assert_non_null(callers[i].samples);
		assert_int_equal(pthread_create(&callers[i].thread, NULL, call, &callers[i]), 0);
	}
	for (unsigned i = 0; i < count; i++) {
		pthread_join(callers[i].thread, NULL);
		if (callers[i].err.code)
			fail_msg("%s", callers[i].err.message);
		out->issued += callers[i].issued;
	}
	out->seconds = (double)(clock_monotonic_us() - start) / 1e6;
	out->cpu_us = (cpu_of(b->engine) - cpu) / (double)out->issued;
	out->per_second = (double)out->issued / out->seconds;
	out->limit_us = (limit + measure_limit(b->f.key)) / 2;
	out->ratio = out->cpu_us / out->limit_us;
	fill_latency(callers, count, out);
	for (unsigned i = 0; i < count; i++)
		free(callers[i].samples);
}

static json_t *report(const struct figures *f)
{
	double cores = (double)sysconf(_SC_NPROCESSORS_ONLN);
	printf("%7u %10.0f %9.2f %9.2f %10.1f %10.1f %8.2f %9.0f%%\n", f->callers, f->per_second,
	       f->p50_ms, f->p99_ms, f->cpu_us, f->limit_us, f->ratio,
	       100 * f->per_second / (cores * 1e6 / f->cpu_us));
	fflush(stdout);
	return json_pack("{s:i, s:I, s:f, s:f, s:f, s:f, s:f, s:f, s:f}", "callers", (int)f->callers,
	                 "issued", (json_int_t)f->issued, "per_second", f->per_second, "p50_ms",
	                 f->p50_ms, "p99_ms", f->p99_ms, "cpu_us", f->cpu_us, "ratio", f->ratio,
	                 "limit_us", f->limit_us, "cores", cores);
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

static json_t *report_sizes(const struct bench *b)
{
	char path[FIXTURE_PATH];
	struct stat info;
	uint64_t issued = b->next;
	long memory = memory_of(b->engine);
	fixture_path(&b->f, "engine/data.mdb", path);
	double octets = stat(path, &info) ? 0 : (double)info.st_size / (double)issued;
	printf("\n%llu certificates: %.0f octets of disk each, %ld kB of memory\n",
	       (unsigned long long)issued, octets, memory);
	return json_pack("{s:I, s:f, s:I}", "certificates", (json_int_t)issued, "octets_each", octets,
	                 "memory_kb", (json_int_t)memory);
}

static json_t *run_all(struct bench *b, double seconds, unsigned only)
{
	static const unsigned counts[] = {1, 8, 32};
	json_t *list = json_array();
	struct figures figures;
	run(b, only ? only : 8, 0.3, &figures); /* fills caches and opens connections */
	printf("%7s %10s %9s %9s %10s %10s %8s %10s\n", "callers", "issued/s", "p50 ms", "p99 ms",
	       "CPU us", "limit us", "ratio", "of cores");
	for (size_t i = 0; i < sizeof counts / sizeof *counts; i++) {
		if (only && i > 0)
			break;
		run(b, only ? only : counts[i], seconds, &figures);
		json_array_append_new(list, report(&figures));
	}
	json_array_append_new(list, report_sizes(b));
	return list;
}

static int bench(double seconds, unsigned only, const char *json_file)
{
	static struct bench b;
	fixture_make(&b.f, fixture_sections);
	make_requests(&b);
	start_engine(&b);
	json_t *list = run_all(&b, seconds, only);
	int result = 0;
	if (json_file && json_dump_file(list, json_file, JSON_INDENT(2) | JSON_REAL_PRECISION(6))) {
		fprintf(stderr, "bench_engine: %s: cannot be written\n", json_file);
		result = EXIT_FAILURE;
	}
	json_decref(list);
	signet_client_close(b.client);
	kill(b.engine, SIGTERM);
	waitpid(b.engine, NULL, 0);
	fixture_end(&b.f);
	return result;
}

static int usage(void)
{
	fprintf(stderr, "usage: bench_engine [--json FILE] [--directory DIR] [--seconds N] "
	        "[--callers N]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", required_argument, NULL, 'j'},
		{"directory", required_argument, NULL, 'd'},
		{"seconds", required_argument, NULL, 's'},
		{"callers", required_argument, NULL, 'c'},
		{NULL, 0, NULL, 0},
	};
	const char *json_file = NULL;
	uint64_t seconds = 3, callers = 0;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'j')
			json_file = optarg;
		else if (option == 'd')
			setenv("TMPDIR", optarg, 1);
		else if (option == 's' && text_to_uint(optarg, SECONDS_MAX, &seconds) == 0)
			continue;
		else if (option != 'c' || text_to_uint(optarg, CALLERS_MAX, &callers))
			return usage();
	}
	return optind < argc ? usage() : bench((double)seconds, (unsigned)callers, json_file);
}
