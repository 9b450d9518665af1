#include "tests/bench/engine_load.h"

#include <getopt.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/log.h"
#include "base/role.h"
#include "base/text.h"
#include "engine/engine.h"

#define SAMPLES_MAX 500000
#define SECONDS_MAX 3600

struct caller {
	struct engine_load *load;
	pthread_t thread;
	uint64_t issued;
	uint32_t *samples;            /* microseconds */
	size_t sample_count;
	struct error err;
};

double engine_load_cpu_of(pid_t pid)
{
	clockid_t clock;
	struct timespec t = {0, 0};
	if (clock_getcpuclockid(pid, &clock) || clock_gettime(clock, &t))
		fail_msg("the engine's CPU time cannot be read");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

void engine_requests_make(struct engine_requests *requests, size_t keys)
{
	struct key *key = NULL;
	assert_in_range(keys, 1, ENGINE_LOAD_CSRS);
	requests->arena = arena_new(ENGINE_LOAD_CSRS * 4096);
	assert_non_null(requests->arena);
	for (size_t i = 0; i < ENGINE_LOAD_CSRS; i++) {
		char name[64];
		if (i % (ENGINE_LOAD_CSRS / keys) == 0) {
			key_free(key);
			assert_int_equal(key_generate(&key, KEY_P256, 0, NULL), 0);
		}
		snprintf(name, sizeof name, "dns:host-%zu.example.com", i);
		requests->csrs[i] = fixture_csr(requests->arena, key, "", name, NULL);
	}
	key_free(key);
}

void engine_requests_clear(struct engine_requests *requests)
{
	arena_free(requests->arena);
}

static void start_engine(struct engine_load *load)
{
	int fds[2];
	char said[1024] = "", path[FIXTURE_PATH];
	assert_int_equal(pipe(fds), 0);
	load->engine = fork();
	assert_true(load->engine >= 0);
	if (load->engine == 0) {
		struct settings *settings;
		struct error err = {0};
		close(fds[0]);
		/* as a service's log: written, and by somebody else */
		if (!freopen("/dev/null", "w", stderr) || settings_load(&settings, load->f.config, &err))
			_exit(2);
		log_setup("engine", LOG_INFO, false);
		_exit(engine_run(settings, fds[1]));
	}
	close(fds[1]);
	if (read(fds[0], said, sizeof said - 1) < 0 || strcmp(said, ROLE_READY) != 0)
		fail_msg("the engine does not start: %s", said);
	close(fds[0]);
	fixture_path(&load->f, "run/request.sock", path);
	assert_int_equal(signet_client_open(&load->client, path, NULL), 0);
}

void engine_load_requester(uint64_t number, char out[32])
{
	snprintf(out, 32, "account/%u", (unsigned)(number % ENGINE_LOAD_REQUESTERS));
}

static int issue_one(struct caller *c, struct arena *arena, uint64_t number)
{
	char key[32], requester[32];
	snprintf(key, sizeof key, "order-%llu", (unsigned long long)number);
	engine_load_requester(number, requester);
	struct signet_submission s =
		fixture_submission(c->load->requests->csrs[number % ENGINE_LOAD_CSRS], key);
	struct signet_outcome out;
	s.requester = requester;
	int64_t start = clock_monotonic_us();
	int result = signet_submit(c->load->client, arena, &s, &out, &c->err);
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
	struct engine_load *load = c->load;
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		error_nomem(&c->err);
	while (arena && clock_monotonic_us() < load->until) {
		uint64_t number = atomic_fetch_add(&load->next, 1);
		if (number >= load->end || issue_one(c, arena, number))
			break;
		arena_clear(arena);
	}
	arena_free(arena);
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void fill_latency(const struct caller *callers, unsigned count, struct engine_figures *out)
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

/* Until the time or the number of submissions that stand in the load. */
static void run(struct engine_load *load, unsigned count, struct engine_figures *out)
{
	static struct caller callers[ENGINE_LOAD_CALLERS];
	*out = (struct engine_figures){.callers = count};
	double cpu = engine_load_cpu_of(load->engine);
	int64_t start = clock_monotonic_us();
	for (unsigned i = 0; i < count; i++) {
		callers[i] = (struct caller){.load = load,
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
	out->cpu_us = (engine_load_cpu_of(load->engine) - cpu) / (double)out->issued;
	out->per_second = (double)out->issued / out->seconds;
	fill_latency(callers, count, out);
	for (unsigned i = 0; i < count; i++)
		free(callers[i].samples);
}

void engine_load_run(struct engine_load *load, unsigned callers, double seconds,
                     struct engine_figures *out)
{
	load->end = UINT64_MAX;
	load->until = clock_monotonic_us() + (int64_t)(seconds * 1e6);
	run(load, callers, out);
}

void engine_load_issue(struct engine_load *load, unsigned callers, uint64_t count,
                       struct engine_figures *out)
{
	load->end = load->next + count;
	load->until = INT64_MAX;
	run(load, callers, out);
	load->next = load->end; /* each caller has taken one too many */
	assert_true(out->issued == count);
}

void engine_load_start(struct engine_load *load, const char *sections,
                       const struct engine_requests *requests)
{
	load->next = 0;
	load->requests = requests;
	fixture_make(&load->f, sections);
	start_engine(load);
}

void engine_load_stop(struct engine_load *load)
{
	signet_client_close(load->client);
	kill(load->engine, SIGTERM);
	waitpid(load->engine, NULL, 0);
	fixture_end(&load->f);
}

/* ---- the frame of a program ---- */

static int write_json(const struct engine_bench *bench, json_t *figures, const char *file)
{
	int status = 0;
	if (file && json_dump_file(figures, file, JSON_INDENT(2) | JSON_REAL_PRECISION(6))) {
		fprintf(stderr, "%s: %s: cannot be written\n", bench->name, file);
		status = EXIT_FAILURE;
	}
	json_decref(figures);
	return status;
}

static int usage(const struct engine_bench *bench)
{
	fprintf(stderr, "usage: %s [--json FILE] [--directory DIR] [--seconds N] [--%s N]\n",
	        bench->name, bench->option);
	return 2;
}

int engine_bench_main(const struct engine_bench *bench, int argc, char **argv)
{
	const struct option options[] = {
		{"json", required_argument, NULL, 'j'},
		{"directory", required_argument, NULL, 'd'},
		{"seconds", required_argument, NULL, 's'},
		{bench->option, required_argument, NULL, 'n'},
		{NULL, 0, NULL, 0},
	};
	const char *json_file = NULL;
	uint64_t seconds = bench->seconds, number = bench->number;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'j')
			json_file = optarg;
		else if (option == 'd')
			setenv("TMPDIR", optarg, 1);
		else if (option == 's' && text_to_uint(optarg, SECONDS_MAX, &seconds) == 0)
			continue;
		else if (option != 'n' || text_to_uint(optarg, bench->number_max, &number))
			return usage(bench);
	}
	if (optind < argc)
		return usage(bench);
	return write_json(bench, bench->run((double)seconds, number), json_file);
}
