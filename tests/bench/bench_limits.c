/*
 * What this machine can do at the most: the operations that an issuance
 * cannot be without, one at a time in one thread. Other benchmarks give their
 * figures as ratios to these, measured in the same run.
 *
 *   bench_limits [--json FILE] [--directory DIR] [--seconds N]
 *
 * DIR is where fdatasync is measured: the file system of the database (the
 * working directory by default). N is for each operation.
 */
#include <fcntl.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "base/clock.h"
#include "base/file.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "crypto/key.h"

#define TBS_SIZE 500 /* octets that a certificate's signature is over */
#define BLOCK_SIZE 8192
#define FILE_BLOCKS 2048
#define SECONDS_MAX 3600

struct subject {
	struct key *key;
	enum signature_algorithm algorithm;
	uint8_t message[TBS_SIZE];
	struct buffer signature;
	int fd;
	size_t block;
	struct error err;
};

typedef int (*operation)(struct subject *subject);

static int sign(struct subject *s)
{
	buffer_clear(&s->signature);
	return key_sign(s->key, s->algorithm, BYTES_OF(s->message), &s->signature, &s->err);
}

static int verify(struct subject *s)
{
	return pubkey_verify(key_public(s->key), s->algorithm, BYTES_OF(s->message),
	                     buffer_bytes(&s->signature), &s->err);
}

static int write_block(struct subject *s)
{
	static const uint8_t block[BLOCK_SIZE] = {1};
	off_t at = (off_t)(s->block++ % FILE_BLOCKS) * BLOCK_SIZE;
	if (pwrite(s->fd, block, sizeof block, at) != (ssize_t)sizeof block)
		return error_errno(&s->err, "write of %d octets", BLOCK_SIZE);
	return 0;
}

/* Once over the whole file: a database overwrites pages and seldom grows. */
static int write_file(struct subject *s)
{
	for (int i = 0; i < FILE_BLOCKS; i++)
		if (write_block(s))
			return s->err.code;
	return fsync(s->fd) ? error_errno(&s->err, "fsync") : 0;
}

static int sync_block(struct subject *s)
{
	if (write_block(s))
		return s->err.code;
	return fdatasync(s->fd) ? error_errno(&s->err, "fdatasync") : 0;
}

static double cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

struct figure {
	uint64_t count;
	double cpu_us, wall_us; /* of one operation */
};

static int measure(struct subject *subject, operation run, double seconds, struct figure *out)
{
	/* the first ones pay for caches and lazy initialisation */
	for (int i = 0; i < 10; i++)
		if (run(subject))
			return subject->err.code;
	double cpu = cpu_us();
	int64_t start = clock_monotonic_us(), elapsed;
	uint64_t count = 0;
	do {
		if (run(subject))
			return subject->err.code;
		count++;
		elapsed = clock_monotonic_us() - start;
	} while ((double)elapsed < seconds * 1e6);
	*out = (struct figure){count, (cpu_us() - cpu) / (double)count,
	                       (double)elapsed / (double)count};
	return 0;
}

static int report(json_t *list, const char *name, const struct figure *figure)
{
	printf("%-16s %10.1f %10.1f %10llu\n", name, figure->cpu_us, figure->wall_us,
	       (unsigned long long)figure->count);
	fflush(stdout);
	return json_array_append_new(list, json_pack("{s:s, s:f, s:f, s:I}", "operation", name,
	                                             "cpu_us", figure->cpu_us, "wall_us",
	                                             figure->wall_us, "count",
	                                             (json_int_t)figure->count));
}

static int run_one(json_t *list, const char *name, struct subject *subject, operation run,
                   double seconds)
{
	struct figure figure = {0};
	int result = measure(subject, run, seconds, &figure);
	if (result)
		return result;
	return report(list, name, &figure) ? error_nomem(&subject->err) : 0;
}

static int run_key(json_t *list, enum key_algorithm algorithm, unsigned bits,
                   const char *sign_name, const char *verify_name, double seconds,
                   struct error *err)
{
	struct subject s = {.signature = BUFFER_MAX(4096)};
	int result = key_generate(&s.key, algorithm, bits, &s.err);
	if (!result && random_octets(s.message, sizeof s.message))
		result = error_set(&s.err, SIGNET_E_CRYPTO, "no random octets");
	s.algorithm = signature_algorithm_for(algorithm);
	if (!result)
		result = run_one(list, sign_name, &s, sign, seconds);
	if (!result)
		result = run_one(list, verify_name, &s, verify, seconds);
	key_free(s.key);
	buffer_free(&s.signature);
	*err = s.err;
	return result;
}

static int run_sync(json_t *list, const char *directory, double seconds, struct error *err)
{
	char path[4096];
	int n = snprintf(path, sizeof path, "%s/bench-limits-XXXXXX", directory);
	if (n < 0 || (size_t)n >= sizeof path)
		return error_set(err, SIGNET_E_INVALID, "%s: too long", directory);
	struct subject s = {.fd = mkostemp(path, O_CLOEXEC)};
	if (s.fd < 0)
		return error_errno(err, "%s", path);
	unlink(path);
	int result = write_file(&s);
	if (!result)
		result = run_one(list, "fdatasync-8k", &s, sync_block, seconds);
	close(s.fd);
	*err = s.err;
	return result;
}

static int run_all(json_t *list, const char *directory, double seconds, struct error *err)
{
	static const struct {
		enum key_algorithm algorithm;
		unsigned bits;
		const char *sign, *verify;
	} keys[] = {
		{KEY_P256, 256, "p-256-sign", "p-256-verify"},
		{KEY_ED25519, 256, "ed25519-sign", "ed25519-verify"},
		{KEY_RSA, 2048, "rsa-2048-sign", "rsa-2048-verify"},
	};
	printf("%-16s %10s %10s %10s\n", "operation", "CPU us", "wall us", "count");
	for (size_t i = 0; i < sizeof keys / sizeof *keys; i++) {
		int result = run_key(list, keys[i].algorithm, keys[i].bits, keys[i].sign,
		                     keys[i].verify, seconds, err);
		if (result)
			return result;
	}
	return run_sync(list, directory, seconds, err);
}

static int usage(void)
{
	fprintf(stderr, "usage: bench_limits [--json FILE] [--directory DIR] [--seconds N]\n");
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
	const char *json_file = NULL, *directory = ".";
	uint64_t seconds = 1;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'j')
			json_file = optarg;
		else if (option == 'd')
			directory = optarg;
		else if (option != 's' || text_to_uint(optarg, SECONDS_MAX, &seconds))
			return usage();
	}
	if (optind < argc)
		return usage();
	struct error err = {0};
	json_t *list = json_array();
	int result = list ? run_all(list, directory, (double)seconds, &err) : error_nomem(&err);
	if (result)
		fprintf(stderr, "bench_limits: %s %s\n", err.message, err.detail);
	else if (json_file && json_dump_file(list, json_file, JSON_INDENT(2) | JSON_REAL_PRECISION(6))) {
		fprintf(stderr, "bench_limits: %s: cannot be written\n", json_file);
		result = SIGNET_E_IO;
	}
	json_decref(list);
	return result ? EXIT_FAILURE : EXIT_SUCCESS;
}
