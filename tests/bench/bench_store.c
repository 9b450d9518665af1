/*
 * Durable writes a second and the CPU that one costs, at 1, 8 and 32
 * callers, next to the bare limit of the disk: a loop of write and
 * fdatasync, and a loop of LMDB's own transactions.
 *
 *   bench_store [--json FILE] [--directory DIR] [--seconds N]
 *
 * DIR is where the databases are made (the working directory by default). N
 * is for each line.
 */
#include <fcntl.h>
#include <ftw.h>
#include <getopt.h>
#include <inttypes.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <unistd.h>

#include <jansson.h>
#include <lmdb.h>

#include "base/clock.h"
#include "base/text.h"
#include "store/store.h"

#define VALUE_SIZE 1500 /* about a certificate with what belongs to it */
#define CALLERS_MAX 32
#define INDEXES 4
#define SECONDS_MAX 3600

enum { CERTIFICATES, INDEX, TABLES };

static const struct store_table tables[TABLES] = {
	[CERTIFICATES] = {"certificates", STORE_GROWING},
	[INDEX] = {"index", 0},
};

struct figures {
	const char *name;
	unsigned callers;
	uint64_t operations;
	double seconds, cpu; /* of the process, user and system */
	double commits;      /* a second */
	int64_t p50, p99;    /* microseconds */
};

struct run {
	struct store *store;
	atomic_uint_least64_t next_id;
	int64_t until;
	bool reads;
};

/* Latencies are kept by caller, up to so many. */
#define SAMPLES_MAX 200000

struct caller {
	struct run *run;
	pthread_t thread;
	uint64_t id, operations;
	uint64_t random;
	int error;
	size_t samples;
	uint32_t *sample;
};

static uint8_t value[VALUE_SIZE];

static double cpu_seconds(void)
{
	struct rusage use;
	getrusage(RUSAGE_SELF, &use);
	return (double)(use.ru_utime.tv_sec + use.ru_stime.tv_sec) +
	       (double)(use.ru_utime.tv_usec + use.ru_stime.tv_usec) / 1e6;
}

static uint64_t next_random(uint64_t *state)
{
	*state ^= *state << 13;
	*state ^= *state >> 7;
	*state ^= *state << 17;
	return *state;
}

/* As an issuance: one record by its growing id, and a few index entries in no order. */
static int put_record(struct store_txn *txn, void *arg)
{
	struct caller *caller = arg;
	struct store_key key = store_key_number(caller->id);
	store_put(txn, CERTIFICATES, store_key_get(&key), BYTES_OF(value));
	for (unsigned i = 0; i < INDEXES; i++) {
		struct store_key entry = store_key_number(next_random(&caller->random));
		store_key_u64(&entry, caller->id);
		store_put(txn, INDEX, store_key_get(&entry), BYTES_NONE);
	}
	return 0;
}

static int get_record(struct store_txn *txn, void *arg)
{
	struct caller *caller = arg;
	struct store_key key = store_key_number(caller->id);
	struct bytes found;
	return store_get(txn, CERTIFICATES, store_key_get(&key), &found);
}

static void *call_until_end(void *arg)
{
	struct caller *caller = arg;
	struct run *run = caller->run;
	for (int64_t begin = clock_monotonic_us(), end; begin < run->until; begin = end) {
		if (run->reads) {
			caller->id = next_random(&caller->random) %
			             atomic_load_explicit(&run->next_id, memory_order_relaxed);
			caller->error = store_read(run->store, get_record, caller, NULL);
		} else {
			caller->id = atomic_fetch_add(&run->next_id, 1);
			caller->error = store_write(run->store, put_record, caller, NULL);
		}
		if (caller->error)
			break;
		end = clock_monotonic_us();
		caller->operations++;
		if (caller->samples < SAMPLES_MAX)
			caller->sample[caller->samples++] = (uint32_t)(end - begin);
	}
	return NULL;
}

static int compare_samples(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static int sum_up(struct figures *figures, struct caller *callers, unsigned count)
{
	size_t samples = 0;
	for (unsigned i = 0; i < count; i++) {
		if (callers[i].error) {
			fprintf(stderr, "bench_store: %s\n", error_name(callers[i].error));
			return callers[i].error;
		}
		figures->operations += callers[i].operations;
		samples += callers[i].samples;
	}
	uint32_t *all = calloc(samples + 1, sizeof *all);
	if (!all)
		return SIGNET_E_NOMEM;
	size_t at = 0;
	for (unsigned i = 0; i < count; i++) {
		memcpy(all + at, callers[i].sample, callers[i].samples * sizeof *all);
		at += callers[i].samples;
	}
	qsort(all, samples, sizeof *all, compare_samples);
	figures->p50 = all[samples / 2];
	figures->p99 = all[samples * 99 / 100];
	free(all);
	return 0;
}

static int run_callers(struct figures *figures, struct run *run, double seconds)
{
	static struct caller callers[CALLERS_MAX];
	static uint32_t samples[CALLERS_MAX][SAMPLES_MAX];
	struct store_stats before, after;
	store_stats(run->store, &before);
	double cpu = cpu_seconds();
	int64_t begin = clock_monotonic_us();
	run->until = begin + (int64_t)(seconds * 1e6);
	for (unsigned i = 0; i < figures->callers; i++) {
		callers[i] = (struct caller){.run = run, .random = 88172645463325252u + i,
		                             .sample = samples[i]};
		if (pthread_create(&callers[i].thread, NULL, call_until_end, &callers[i]))
			abort();
	}
	for (unsigned i = 0; i < figures->callers; i++)
		pthread_join(callers[i].thread, NULL);
	figures->seconds = (double)(clock_monotonic_us() - begin) / 1e6;
	figures->cpu = cpu_seconds() - cpu;
	store_stats(run->store, &after);
	figures->commits = (double)(after.commits - before.commits) / figures->seconds;
	return sum_up(figures, callers, figures->callers);
}

/* The disk alone: a page and a sync each. */
static int run_sync(struct figures *figures, const char *directory, double seconds)
{
	static uint8_t page[4096];
	char path[512];
	snprintf(path, sizeof path, "%s/sync", directory);
	int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC, 0600);
	if (fd < 0)
		return SIGNET_E_IO;
	double cpu = cpu_seconds();
	int64_t begin = clock_monotonic_us(), until = begin + (int64_t)(seconds * 1e6);
	while (clock_monotonic_us() < until) {
		if (write(fd, page, sizeof page) != sizeof page || fdatasync(fd))
			return SIGNET_E_IO;
		figures->operations++;
	}
	figures->seconds = (double)(clock_monotonic_us() - begin) / 1e6;
	figures->commits = (double)figures->operations / figures->seconds;
	figures->cpu = cpu_seconds() - cpu;
	close(fd);
	return 0;
}

static int put_bare(MDB_env *env, const MDB_dbi dbis[TABLES], uint64_t id, uint64_t *random)
{
	MDB_txn *txn;
	struct store_key number = store_key_number(id);
	MDB_val key = {number.length, number.data}, data = {sizeof value, value};
	if (mdb_txn_begin(env, NULL, 0, &txn))
		return SIGNET_E_IO;
	int rc = mdb_put(txn, dbis[CERTIFICATES], &key, &data, MDB_APPEND);
	for (unsigned i = 0; rc == 0 && i < INDEXES; i++) {
		struct store_key entry = store_key_number(next_random(random));
		store_key_u64(&entry, id);
		MDB_val k = {entry.length, entry.data}, nothing = {0, NULL};
		rc = mdb_put(txn, dbis[INDEX], &k, &nothing, 0);
	}
	return rc || mdb_txn_commit(txn) ? SIGNET_E_IO : 0;
}

static int open_bare(MDB_env **env, MDB_dbi dbis[TABLES], const char *directory)
{
	MDB_txn *txn;
	if (mdb_env_create(env) || mdb_env_set_maxdbs(*env, TABLES) ||
	    mdb_env_set_mapsize(*env, (size_t)4 << 30) ||
	    mdb_env_open(*env, directory, MDB_NOTLS, 0600) ||
	    mdb_txn_begin(*env, NULL, 0, &txn))
		return SIGNET_E_IO;
	for (unsigned i = 0; i < TABLES; i++)
		if (mdb_dbi_open(txn, tables[i].name, MDB_CREATE, &dbis[i]))
			return SIGNET_E_IO;
	return mdb_txn_commit(txn) ? SIGNET_E_IO : 0;
}

/* The same records by LMDB itself, one transaction each. */
static int run_bare(struct figures *figures, const char *directory, double seconds)
{
	MDB_env *env;
	MDB_dbi dbis[TABLES];
	uint64_t random = 88172645463325252u;
	if (open_bare(&env, dbis, directory))
		return SIGNET_E_IO;
	double cpu = cpu_seconds();
	int64_t begin = clock_monotonic_us(), until = begin + (int64_t)(seconds * 1e6);
	while (clock_monotonic_us() < until)
		if (put_bare(env, dbis, figures->operations++, &random))
			return SIGNET_E_IO;
	figures->seconds = (double)(clock_monotonic_us() - begin) / 1e6;
	figures->commits = (double)figures->operations / figures->seconds;
	figures->cpu = cpu_seconds() - cpu;
	mdb_env_close(env);
	return 0;
}

static void print(const struct figures *f)
{
	printf("%-24s %7u %12.0f %12.1f %11.0f %8" PRId64 " %8" PRId64 "\n", f->name, f->callers,
	       (double)f->operations / f->seconds, f->cpu * 1e6 / (double)f->operations,
	       f->commits, f->p50, f->p99);
	fflush(stdout);
}

static int save(const char *path, const struct figures *figures, size_t count)
{
	json_t *list = json_array();
	int failed = list == NULL;
	for (const struct figures *f = figures; f < figures + count; f++)
		failed |= json_array_append_new(list, json_pack(
			"{s:s, s:i, s:I, s:f, s:f, s:f, s:I, s:I}", "operation", f->name,
			"callers", (int)f->callers, "count", (json_int_t)f->operations,
			"per_second", (double)f->operations / f->seconds,
			"cpu_us", f->cpu * 1e6 / (double)f->operations,
			"commits_per_second", f->commits, "p50_us", (json_int_t)f->p50,
			"p99_us", (json_int_t)f->p99));
	failed |= json_dump_file(list, path, JSON_INDENT(2) | JSON_REAL_PRECISION(6));
	json_decref(list);
	if (failed)
		fprintf(stderr, "bench_store: %s: cannot be written\n", path);
	return failed;
}

static int remove_one(const char *path, const struct stat *info, int type, struct FTW *at)
{
	(void)info, (void)type, (void)at;
	return remove(path);
}

static int run_all(struct figures *figures, size_t *count, const char *directory, double seconds)
{
	static const unsigned callers[] = {1, 8, 32};
	char path[512];
	struct error err = {0};
	struct run run = {.next_id = 0};
	struct store_options options = {.path = path, .tables = tables, .table_count = TABLES,
	                                .schema = 1};
	printf("%-24s %7s %12s %12s %11s %8s %8s\n", "", "callers", "operations/s",
	       "CPU us each", "commits/s", "p50 us", "p99 us");
	struct figures *f = figures;
	*f = (struct figures){.name = "write + fdatasync", .callers = 1};
	if (run_sync(f, directory, seconds))
		return SIGNET_E_IO;
	print(f++);
	*f = (struct figures){.name = "LMDB alone", .callers = 1};
	if (run_bare(f, directory, seconds))
		return SIGNET_E_IO;
	print(f++);
	snprintf(path, sizeof path, "%s/store", directory);
	if (store_open(&run.store, &options, &err)) {
		fprintf(stderr, "bench_store: %s\n", err.message);
		return err.code;
	}
	int result = 0;
	for (unsigned i = 0; result == 0 && i < 6; i++) {
		run.reads = i >= 3;
		*f = (struct figures){.name = run.reads ? "store_read" : "store_write",
		                      .callers = callers[i % 3]};
		result = run_callers(f, &run, seconds);
		if (result == 0)
			print(f++);
	}
	store_close(run.store);
	*count = (size_t)(f - figures);
	return result;
}

static int usage(void)
{
	fprintf(stderr, "usage: bench_store [--json FILE] [--directory DIR] [--seconds N]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", required_argument, NULL, 'j'},
		{"directory", required_argument, NULL, 'd'},
		{"seconds", required_argument, NULL, 's'},
		{NULL, 0, NULL, 0},
	};
	struct figures figures[8];
	size_t count = 0;
	uint64_t seconds = 2;
	const char *json_file = NULL, *base = ".";
	char directory[256];
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'j')
			json_file = optarg;
		else if (option == 'd')
			base = optarg;
		else if (option != 's' || text_to_uint(optarg, SECONDS_MAX, &seconds) || !seconds)
			return usage();
	}
	if (optind < argc)
		return usage();
	snprintf(directory, sizeof directory, "%s/signet-bench-XXXXXX", base);
	if (!mkdtemp(directory)) {
		perror(directory);
		return EXIT_FAILURE;
	}
	for (size_t i = 0; i < sizeof value; i++)
		value[i] = (uint8_t)(i * 7);
	int result = run_all(figures, &count, directory, (double)seconds);
	nftw(directory, remove_one, 8, FTW_DEPTH | FTW_PHYS);
	if (result == 0 && json_file)
		result = save(json_file, figures, count);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
