#include "tests/bench/engine_load.h"

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
#include "engine/engine.h"

#define SAMPLES_MAX 500000

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

static void make_requests(struct engine_load *load, size_t key_count)
{
	struct key *key = NULL;
	assert_in_range(key_count, 1, ENGINE_LOAD_CSRS);
	for (size_t i = 0; i < ENGINE_LOAD_CSRS; i++) {
		char name[64];
		if (i % (ENGINE_LOAD_CSRS / key_count) == 0) {
			key_free(key);
			assert_int_equal(key_generate(&key, KEY_P256, 0, NULL), 0);
		}
		snprintf(name, sizeof name, "dns:host-%zu.example.com", i);
		load->csrs[i] = fixture_csr(load->f.arena, key, "", name, NULL);
	}
	key_free(key);
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

static int issue_one(struct caller *c, struct arena *arena)
{
	char key[32], requester[32];
	uint64_t number = atomic_fetch_add(&c->load->next, 1);
	snprintf(key, sizeof key, "order-%llu", (unsigned long long)number);
	engine_load_requester(number, requester);
	struct signet_submission s =
		fixture_submission(c->load->csrs[number % ENGINE_LOAD_CSRS], key);
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
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	if (!arena)
		error_nomem(&c->err);
	while (arena && clock_monotonic_us() < c->load->until && issue_one(c, arena) == 0)
		arena_clear(arena);
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

void engine_load_run(struct engine_load *load, unsigned count, double seconds,
                     struct engine_figures *out)
{
	static struct caller callers[ENGINE_LOAD_CALLERS];
	*out = (struct engine_figures){.callers = count};
	double cpu = engine_load_cpu_of(load->engine);
	int64_t start = clock_monotonic_us();
	load->until = start + (int64_t)(seconds * 1e6);
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

void engine_load_start(struct engine_load *load, const char *sections, size_t keys)
{
	load->next = 0;
	fixture_make(&load->f, sections);
	make_requests(load, keys);
	start_engine(load);
}

void engine_load_stop(struct engine_load *load)
{
	signet_client_close(load->client);
	kill(load->engine, SIGTERM);
	waitpid(load->engine, NULL, 0);
	fixture_end(&load->f);
}
