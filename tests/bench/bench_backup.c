/*
 * What a backup costs: certificates are issued by 8 callers as fast as they
 * come, first alone, then while one backup is made after the other; then how
 * quickly the database is checked.
 *
 *   bench_backup [--json FILE] [--directory DIR] [--seconds N] [--certificates N]
 *
 * N certificates are there at the beginning (20000); N seconds for each measurement.
 */
#include <fcntl.h>
#include <pthread.h>
#include <stdio.h>
#include <unistd.h>

#include "api/maintenance.h"
#include "base/clock.h"
#include "tests/bench/engine_load.h"

#define KEYS 64
#define CALLERS 8

struct backups {
	struct engine_load *load;
	struct signet_client *client;
	atomic_bool enough;
	unsigned made;
	uint64_t octets; /* of the last one */
	int64_t us;      /* of all */
};

static void *back_up(void *arg)
{
	struct backups *b = arg;
	char path[FIXTURE_PATH];
	fixture_path(&b->load->f, "backup.mdb", path);
	while (!b->enough) {
		struct error err = {0};
		int fd = open(path, O_RDWR | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
		int64_t began = clock_monotonic_us();
		if (fd < 0 || signet_backup(b->client, fd, &b->octets, &err)) {
			fprintf(stderr, "bench_backup: %s\n", err.message);
			_exit(1);
		}
		b->us += clock_monotonic_us() - began;
		b->made++;
		close(fd);
	}
	return NULL;
}

static double run_with_backups(struct backups *b, double seconds)
{
	struct engine_figures figures;
	pthread_t thread;
	assert_int_equal(pthread_create(&thread, NULL, back_up, b), 0);
	engine_load_run(b->load, CALLERS, seconds, &figures);
	b->enough = true;
	pthread_join(thread, NULL);
	return figures.per_second;
}

static double run_check(struct signet_client *client, uint64_t *looked)
{
	struct bytes place = BYTES_NONE;
	struct arena *arena = arena_new(64u << 20);
	int64_t began = clock_monotonic_us();
	*looked = 0;
	do {
		struct signet_check portion;
		assert_int_equal(signet_check_database(client, arena, place, &portion, NULL), 0);
		assert_int_equal(portion.count, 0);
		*looked += portion.looked;
		place = portion.next;
	} while (place.length);
	arena_free(arena);
	return (double)(clock_monotonic_us() - began) / 1e6;
}

static json_t *measure(struct engine_load *load, double seconds, uint64_t certificates)
{
	struct engine_figures alone, filled;
	struct backups b = {.load = load};
	char path[FIXTURE_PATH];
	uint64_t looked;
	fixture_path(&load->f, "run/admin.sock", path);
	assert_int_equal(signet_client_open(&b.client, path, NULL), 0);
	engine_load_issue(load, 32, certificates ? certificates : 20000, &filled);
	engine_load_run(load, CALLERS, seconds, &alone);
	double during = run_with_backups(&b, seconds);
	double took = run_check(b.client, &looked);
	double each = (double)b.us / 1e6 / b.made, octets = (double)b.octets;
	printf("%10s %10s %8s %10s %12s %12s\n", "alone/s", "during/s", "ratio", "backup s",
	       "MiB", "checked/s");
	printf("%10.0f %10.0f %8.2f %10.2f %12.1f %12.0f\n", alone.per_second, during,
	       during / alone.per_second, each, octets / 1048576, (double)looked / took);
	signet_client_close(b.client);
	return json_pack("[{s:f, s:f, s:i, s:f, s:f, s:f}]", "alone", alone.per_second, "during", during,
	                 "backups", (int)b.made, "backup_seconds", each, "octets", octets,
	                 "checked_per_second", (double)looked / took);
}

static json_t *bench(double seconds, uint64_t certificates)
{
	static struct engine_requests requests;
	static struct engine_load load;
	engine_requests_make(&requests, KEYS);
	engine_load_start(&load, fixture_sections, &requests);
	json_t *list = measure(&load, seconds, certificates);
	engine_load_stop(&load);
	engine_requests_clear(&requests);
	return list;
}

int main(int argc, char **argv)
{
	static const struct engine_bench program = {
		.name = "bench_backup", .option = "certificates", .seconds = 3,
		.number_max = 10000000, .run = bench};
	return engine_bench_main(&program, argc, argv);
}
