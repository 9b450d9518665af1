/*
 * What CRLs cost: one of a million entries and a delta of a hundred. First
 * written from entries that are made up as they are visited, so that the
 * figures are those of the writer alone, then read and verified. Then
 * published by an engine from its database.
 *
 *   bench_crl [--json FILE] [--directory DIR] [--seconds N] [--entries N]
 *
 * DIR is where the CRLs are written (/tmp by default). The seconds are only there to be like the other
 * benchmarks: each CRL is written a few times, and the median counts.
 */
#include <fcntl.h>
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "asn1/name.h"
#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "pki/certificate.h"
#include "engine/crl_publish.h"
#include "engine/records.pb-c.h"
#include "engine/repository.h"
#include "engine/revoked.h"
#include "pki/crl.h"
#include "tests/unit/engine/fixture.h"

#define ROUNDS 5
#define BATCH 20000
#define CHANGED 100
#define ENTRIES_MAX 20000000
#define TIME 1767225600 /* 2026-01-01T00:00:00Z */
#define WANTED_CPU_MS 500.0
#define WANTED_MB 32.0
#define WANTED_DELTA_MS 5.0

static void check(int result, const struct error *err)
{
	if (result == 0)
		return;
	fprintf(stderr, "bench_crl: %s %s\n", err->message, err->detail);
	exit(EXIT_FAILURE);
}

static double cpu_ms(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e3 + (double)t.tv_nsec / 1e6;
}

/* Anonymous memory of this process. */
static double anonymous_mb(void)
{
	char line[128];
	unsigned long kb = 0;
	FILE *status = fopen("/proc/self/status", "re");
	while (status && fgets(line, sizeof line, status))
		if (sscanf(line, "RssAnon: %lu kB", &kb) == 1)
			break;
	if (status)
		fclose(status);
	return (double)kb / 1024;
}

/* Entries with reasons as people give them: one in four has one, one in sixteen a date. */
struct source {
	uint64_t entries;
	double most_mb; /* anonymous memory while they were visited */
};

static int visit_all(void *arg, crl_visitor *visitor, void *context)
{
	struct source *s = arg;
	uint8_t serial[SERIAL_SIZE] = {0x51};
	uint64_t random = 0x9e3779b97f4a7c15;
	int result = 0;
	for (uint64_t i = 0; result == 0 && i < s->entries; i++) {
		for (size_t k = 4; k < SERIAL_SIZE; k += 8) {
			random ^= random << 13, random ^= random >> 7, random ^= random << 17;
			memcpy(serial + k, &random, 8);
		}
		const struct crl_entry entry = {
			.serial = BYTES_OF(serial), .revoked = TIME - (int64_t)(i % 10000000),
			.reason = i % 4 == 0 ? (i % 8 == 0 ? 1 : 4) : 0,
			.invalid = i % 16 == 0 ? TIME - 86400 * (int64_t)(i % 1000) : 0};
		result = visitor(context, &entry);
	}
	double now = anonymous_mb();
	if (now > s->most_mb)
		s->most_mb = now;
	return result;
}

static int compare(const void *a, const void *b)
{
	double x = *(const double *)a, y = *(const double *)b;
	return (x > y) - (x < y);
}

struct figures {
	double write_ms, verify_ms, mb; /* CPU, CPU, above idle */
	double wall_ms;
	uint64_t size;
};

static int count(void *context, const struct crl_entry *entry)
{
	(void)entry;
	++*(uint64_t *)context;
	return 0;
}

static void read_back(const char *path, const struct key *key, uint64_t entries, struct figures *out)
{
	struct error err = {0};
	struct crl crl;
	uint64_t seen = 0;
	struct arena *arena = arena_new(1 << 20);
	check(crl_open(&crl, arena, path, &err), &err);
	double start = cpu_ms();
	check(crl_verify(&crl, key_public(key), &err), &err);
	out->verify_ms = cpu_ms() - start;
	check(crl_visit(&crl, count, &seen, &err), &err);
	if (seen != entries)
		check(error_set(&err, SIGNET_E_INTERNAL, "not all entries read back"), &err);
	crl_close(&crl);
	arena_free(arena);
}

static void measure(const char *directory, const struct key *key, const struct crl_head *head,
                    uint64_t entries, struct figures *out)
{
	double times[ROUNDS], idle = anonymous_mb();
	struct source source = {.entries = entries};
	struct crl_written written;
	struct error err = {0};
	char path[4096];
	enum signature_algorithm algorithm =
		signature_algorithm_for(pubkey_algorithm(key_public(key)));
	snprintf(path, sizeof path, "%s/signet-bench-XXXXXX", directory);
	int fd = mkstemp(path);
	if (fd < 0)
		check(error_errno(&err, "%s", path), &err);
	for (size_t i = 0; i < ROUNDS; i++) {
		double start = cpu_ms();
		check(crl_write(fd, key, algorithm, head, visit_all, &source, &written, &err), &err);
		times[i] = cpu_ms() - start;
	}
	close(fd);
	qsort(times, ROUNDS, sizeof *times, compare);
	out->write_ms = times[ROUNDS / 2];
	out->mb = source.most_mb > idle ? source.most_mb - idle : 0;
	out->size = written.size;
	read_back(path, key, entries, out);
	unlink(path);
}

static json_t *report(const char *name, const char *what, uint64_t entries, const struct figures *f)
{
	printf("%-8s %-6s %9llu %12llu %10.2f %10.2f %10.2f\n", name, what,
	       (unsigned long long)entries, (unsigned long long)f->size, f->write_ms, f->mb,
	       f->verify_ms);
	fflush(stdout);
	return json_pack("{s:I, s:I, s:f, s:f, s:f}", "entries", (json_int_t)entries, "octets",
	                 (json_int_t)f->size, "write_cpu_ms", f->write_ms, "memory_mb", f->mb,
	                 "verify_cpu_ms", f->verify_ms);
}

static json_t *run_key(const char *directory, enum key_algorithm algorithm, uint64_t entries)
{
	struct error err = {0};
	struct key *key;
	struct figures full, delta;
	struct bytes issuer;
	uint8_t id[20];
	struct arena *arena = arena_new(1 << 20);
	check(key_generate(&key, algorithm, 3072, &err), &err);
	check(name_from_text(arena, "CN=Issuing,O=Example,C=DE", &issuer, &err), &err);
	pubkey_id(key_public(key), id);
	struct crl_head head = {.issuer = issuer, .key_id = BYTES_OF(id), .number = TIME,
	                        .this_update = TIME, .next_update = TIME + 172800};
	const char *name = key_algorithm_name(algorithm);
	measure(directory, key, &head, entries, &full);
	json_t *first = report(name, "full", entries, &full);
	head.base = head.number - 1;
	measure(directory, key, &head, CHANGED, &delta);
	json_t *second = report(name, "delta", CHANGED, &delta);
	key_free(key);
	arena_free(arena);
	return json_pack("{s:o, s:o}", "full", first, "delta", second);
}

/* ---- from the database ---- */

/* Anonymous memory while something else runs. */
struct watch {
	pthread_t thread;
	atomic_bool done;
	double most_mb;
};

static void *watch_memory(void *arg)
{
	struct watch *w = arg;
	const struct timespec pause = {0, 5000000};
	while (!atomic_load(&w->done)) {
		double now = anonymous_mb();
		if (now > w->most_mb)
			w->most_mb = now;
		nanosleep(&pause, NULL);
	}
	return NULL;
}

/* Rows of revoked certificates, as revocations would have left them. */
struct filling {
	const struct authority *key;
	uint64_t from, count;
};

static int fill(struct store_txn *txn, void *arg)
{
	const struct filling *f = arg;
	uint8_t serial[SERIAL_SIZE] = {0x51};
	struct revoked row = {.not_after = 4000000000, .serial = BYTES_OF(serial)};
	memcpy(row.issuer, f->key->issuer, sizeof row.issuer);
	for (uint64_t i = f->from; i < f->from + f->count; i++) {
		uint64_t mixed = (i + 1) * 0x9e3779b97f4a7c15;
		memcpy(serial + 4, &mixed, 8);
		memcpy(serial + 12, &i, 8);
		row.changed = row.id = i + 1;
		row.revoked = TIME - (int64_t)(i % 10000000);
		row.reason = i % 4 == 0 ? 1 : 0;
		revoked_put(txn, &row);
	}
	struct store_key generation = store_key_number(f->from + f->count);
	store_put(txn, TABLE_COUNTERS, bytes_text("revocations"), store_key_get(&generation));
	return store_error(txn);
}

static void fill_database(struct fixture *f, const struct authority *key, uint64_t from,
                          uint64_t count)
{
	struct error err = {0};
	struct store *store = database_store(f->engine->database);
	for (uint64_t done = 0; done < count; done += BATCH) {
		uint64_t left = count - done;
		struct filling filling = {key, from + done, left < BATCH ? left : BATCH};
		check(store_write(store, fill, &filling, &err), &err);
	}
}

static void publish(struct fixture *f, const struct authority *key, bool delta, uint64_t entries,
                    struct figures *out)
{
	const struct crl_order order = {.key = key, .delta = delta};
	struct watch watch = {.most_mb = 0};
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	Signet__Db__Crl *record;
	struct error err = {0};
	char path[FIXTURE_PATH];
	double idle = anonymous_mb(), times[ROUNDS], wall[ROUNDS];
	pthread_create(&watch.thread, NULL, watch_memory, &watch);
	for (size_t i = 0; i < ROUNDS; i++) {
		double start = cpu_ms();
		int64_t began = clock_monotonic_us();
		arena_clear(arena);
		check(crl_publish(f->engine, arena, &order, &record, NULL, &err), &err);
		times[i] = cpu_ms() - start;
		wall[i] = (double)(clock_monotonic_us() - began) / 1e3;
	}
	atomic_store(&watch.done, true);
	pthread_join(watch.thread, NULL);
	qsort(times, ROUNDS, sizeof *times, compare);
	qsort(wall, ROUNDS, sizeof *wall, compare);
	out->write_ms = times[ROUNDS / 2];
	out->wall_ms = wall[ROUNDS / 2];
	out->mb = watch.most_mb > idle ? watch.most_mb - idle : 0;
	out->size = record->size;
	fixture_path(f, delta ? REPOSITORY_CRL "/issuing.delta.crl" : REPOSITORY_CRL "/issuing.crl", path);
	read_back(path, key->key, entries, out);
	arena_free(arena);
}

static json_t *run_database(uint64_t entries)
{
	static struct fixture f;
	char text[4096];
	struct figures full, delta;
	struct error err = {0};
	snprintf(text, sizeof text, "authorities:\n  issuing: {certificate: issuing.pem, key: issuing.key, "
	         "crl: {delta: 1h}, urls: {base: 'http://ca.example.com'}}\n%s", fixture_sections);
	fixture_make(&f, text);
	fixture_open(&f);
	check(repository_open(f.engine->state, &err), &err);
	struct configuration *c = configuration_take(f.engine->holder);
	const struct authority *key = &c->authorities[0];
	fill_database(&f, key, 0, entries);
	publish(&f, key, false, entries, &full);
	json_t *first = report("database", "full", entries, &full);
	fill_database(&f, key, entries, CHANGED);
	publish(&f, key, true, CHANGED, &delta);
	json_t *second = report("database", "delta", CHANGED, &delta);
	printf("until they are durable: %.2f ms, %.2f ms\n", full.wall_ms, delta.wall_ms);
	configuration_release(f.engine->holder, c);
	fixture_end(&f);
	return json_pack("{s:o, s:o, s:f, s:f}", "full", first, "delta", second, "full_wall_ms",
	                 full.wall_ms, "delta_wall_ms", delta.wall_ms);
}

static int bench(const char *directory, uint64_t entries, const char *json_file)
{
	static const enum key_algorithm keys[] = {KEY_P256, KEY_P384, KEY_RSA, KEY_ED25519};
	json_t *result = json_object();
	int status = 0;
	printf("%-8s %-6s %9s %12s %10s %10s %10s\n", "key", "CRL", "entries", "octets", "CPU ms",
	       "memory MB", "verify ms");
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++)
		json_object_set_new(result, key_algorithm_name(keys[i]),
		                    run_key(directory, keys[i], entries));
	json_object_set_new(result, "database", run_database(entries));
	printf("wanted of a million: under %.0f ms and %.0f MB; of a delta: under %.0f ms\n",
	       WANTED_CPU_MS, WANTED_MB, WANTED_DELTA_MS);
	if (json_file && json_dump_file(result, json_file, JSON_INDENT(2) | JSON_REAL_PRECISION(6))) {
		fprintf(stderr, "bench_crl: %s: cannot be written\n", json_file);
		status = EXIT_FAILURE;
	}
	json_decref(result);
	return status;
}

static int usage(void)
{
	fprintf(stderr, "usage: bench_crl [--json FILE] [--directory DIR] [--seconds N] "
	        "[--entries N]\n");
	return 2;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", required_argument, NULL, 'j'},
		{"directory", required_argument, NULL, 'd'},
		{"seconds", required_argument, NULL, 's'},
		{"entries", required_argument, NULL, 'e'},
		{NULL, 0, NULL, 0},
	};
	const char *json_file = NULL, *directory = "/tmp";
	uint64_t entries = 1000000;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'j')
			json_file = optarg;
		else if (option == 'd')
			setenv("TMPDIR", directory = optarg, 1);
		else if (option == 's')
			continue;
		else if (option != 'e' || text_to_uint(optarg, ENTRIES_MAX, &entries) || entries == 0)
			return usage();
	}
	return optind < argc ? usage() : bench(directory, entries, json_file);
}
