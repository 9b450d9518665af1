/*
 * Whole ACME flows, newOrder to the downloaded certificate, against a real
 * signetd: 1, 8 and 32 clients with an account and a TLS connection each, and
 * http-01 answered by this program. Prints throughput, latency, what each role
 * spends on a flow, and that against the signatures and verifications of a
 * flow, whose raw costs are measured in the same run.
 *
 *   bench_acme [--json FILE] [--directory DIR] [--seconds N] [--clients N]
 *
 * DIR is where the databases lie (a directory of its own below it, removed at the end; /tmp by
 * default). N seconds for each number of clients; --clients: only this number.
 */
#include <getopt.h>
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include <curl/curl.h>
#include <jansson.h>

#include "base/clock.h"
#include "base/text.h"
#include "crypto/key.h"
#include "tests/bench/acme_client.h"
#include "tests/bench/daemon.h"
#include "tests/unit/acme/responder.h"

#define SAMPLES_MAX 200000
#define SECONDS_MAX 3600

static const char configuration[] =
	"authorities:\n  issuing: {certificate: issuing.pem, key: issuing.key}\n"
	"profiles:\n  tls-server:\n    validity: 90d\n    subject: {common-name: first-dns}\n"
	"    names: [dns]\n    key-usage: [digital-signature]\n"
	"    extended-key-usage: [server-auth]\n"
	"policy:\n  - keys: {}\n  - names: {dns: ['*.example.com']}\n  - validity: {max: 397d}\n"
	"intermediaries:\n  - acme: {profile: tls-server, validation: {http-port: %u,"
	" redirect-ports: [], deny-networks: [], resolve: {'*': 127.0.0.1}}}\n";

struct bench {
	struct daemon daemon;
	struct responder *responder;
	struct acme_client *clients[ACME_CLIENTS_MAX];
	int64_t until;
};

struct worker {
	struct bench *bench;
	struct acme_client *client;
	pthread_t thread;
	uint32_t *samples;            /* microseconds */
	size_t count;
	struct error err;
};

struct figures {
	unsigned clients;
	uint64_t flows;
	double per_second, p50_ms, p99_ms;
	double messages;              /* a flow */
	uint64_t bad_nonces;
	double cpu_us[DAEMON_ROLES];  /* a flow */
	double cpu_sum_us;
	double disk[DAEMON_ROLES];    /* octets a flow */
	double sign_us, verify_us;
	double limit_us;              /* signatures and verifications of a flow */
	double ratio;
	struct daemon_usage usage[DAEMON_ROLES]; /* at the end */
};

static double own_cpu_us(void)
{
	struct timespec t;
	clock_gettime(CLOCK_THREAD_CPUTIME_ID, &t);
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

/* One P-256 signature and one verification in this machine's CPU time. */
static void measure_limits(double *sign_us, double *verify_us)
{
	enum { ROUNDS = 500 };
	struct key *key;
	uint8_t message[500] = {1};
	struct buffer signature = BUFFER_MAX(512);
	if (key_generate(&key, KEY_P256, 0, NULL))
		die("no key");
	double start = own_cpu_us();
	for (int i = 0; i < ROUNDS; i++) {
		buffer_clear(&signature);
		if (key_sign(key, SIGNATURE_ECDSA_SHA256, BYTES_OF(message), &signature, NULL))
			die("no signature");
	}
	double middle = own_cpu_us();
	for (int i = 0; i < ROUNDS; i++)
		if (pubkey_verify(key_public(key), SIGNATURE_ECDSA_SHA256, BYTES_OF(message),
		                  buffer_bytes(&signature), NULL))
			die("a signature does not verify");
	*sign_us += (middle - start) / ROUNDS / 2;
	*verify_us += (own_cpu_us() - middle) / ROUNDS / 2;
	buffer_free(&signature);
	key_free(key);
}

static void *work(void *arg)
{
	struct worker *worker = arg;
	while (clock_monotonic_us() < worker->bench->until) {
		int64_t start = clock_monotonic_us();
		if (acme_client_flow(worker->client, &worker->err) < 0)
			break;
		if (worker->count < SAMPLES_MAX)
			worker->samples[worker->count++] = (uint32_t)(clock_monotonic_us() - start);
	}
	return NULL;
}

static int compare(const void *a, const void *b)
{
	uint32_t x = *(const uint32_t *)a, y = *(const uint32_t *)b;
	return (x > y) - (x < y);
}

static void fill_latency(const struct worker *workers, unsigned count, struct figures *out)
{
	size_t total = 0, at = 0;
	for (unsigned i = 0; i < count; i++)
		total += workers[i].count;
	uint32_t *all = calloc(total + 1, sizeof *all);
	if (!all || !total)
		die("no flow was finished");
	for (unsigned i = 0; i < count; i++) {
		memcpy(all + at, workers[i].samples, workers[i].count * sizeof *all);
		at += workers[i].count;
	}
	qsort(all, total, sizeof *all, compare);
	out->flows = total;
	out->p50_ms = all[total / 2] / 1e3;
	out->p99_ms = all[total * 99 / 100] / 1e3;
	free(all);
}

static void run_workers(struct bench *bench, unsigned count, double seconds,
                        struct figures *out)
{
	static struct worker workers[ACME_CLIENTS_MAX];
	int64_t start = clock_monotonic_us();
	bench->until = start + (int64_t)(seconds * 1e6);
	for (unsigned i = 0; i < count; i++) {
		workers[i] = (struct worker){.bench = bench, .client = bench->clients[i],
		                             .samples = malloc(SAMPLES_MAX * sizeof(uint32_t))};
		if (!workers[i].samples ||
		    pthread_create(&workers[i].thread, NULL, work, &workers[i]))
			die("no thread");
	}
	for (unsigned i = 0; i < count; i++) {
		pthread_join(workers[i].thread, NULL);
		if (workers[i].err.code)
			die("%s", workers[i].err.message);
	}
	double elapsed = (double)(clock_monotonic_us() - start) / 1e6;
	fill_latency(workers, count, out);
	out->per_second = (double)out->flows / elapsed;
	for (unsigned i = 0; i < count; i++)
		free(workers[i].samples);
}

static struct acme_client_counts sum_counts(const struct bench *bench)
{
	struct acme_client_counts sum = {0};
	for (unsigned i = 0; i < ACME_CLIENTS_MAX && bench->clients[i]; i++) {
		struct acme_client_counts counts = acme_client_counts(bench->clients[i]);
		sum.messages += counts.messages;
		sum.bad_nonces += counts.bad_nonces;
	}
	return sum;
}

static void open_clients(struct bench *bench, unsigned count)
{
	char url[128], root[1024];
	struct error err = {0};
	snprintf(url, sizeof url, "https://localhost:%u/acme/directory", bench->daemon.port);
	snprintf(root, sizeof root, "%s", daemon_path(&bench->daemon, "root.pem"));
	for (unsigned i = 0; i < count; i++)
		if (!bench->clients[i] &&
		    acme_client_open(&bench->clients[i], url, root, ".example.com", i, &err) < 0)
			die("%s", err.message);
}

static void run(struct bench *bench, unsigned count, double seconds, struct figures *out)
{
	struct daemon_usage before[DAEMON_ROLES];
	*out = (struct figures){.clients = count};
	open_clients(bench, count);
	measure_limits(&out->sign_us, &out->verify_us);
	struct acme_client_counts counted = sum_counts(bench);
	for (int role = 0; role < DAEMON_ROLES; role++)
		before[role] = daemon_usage(&bench->daemon, role);
	run_workers(bench, count, seconds, out);
	for (int role = 0; role < DAEMON_ROLES; role++) {
		out->usage[role] = daemon_usage(&bench->daemon, role);
		out->cpu_us[role] = (out->usage[role].cpu_us - before[role].cpu_us) / (double)out->flows;
		out->disk[role] = ((double)out->usage[role].disk - (double)before[role].disk) /
		                  (double)out->flows;
		out->cpu_sum_us += out->cpu_us[role];
	}
	struct acme_client_counts now = sum_counts(bench);
	measure_limits(&out->sign_us, &out->verify_us);
	out->messages = (double)(now.messages - counted.messages) / (double)out->flows;
	out->bad_nonces = now.bad_nonces - counted.bad_nonces;
	/* each message, the request's proof of possession, and the certificate's signature */
	out->limit_us = (out->messages + 1) * out->verify_us + out->sign_us;
	out->ratio = out->cpu_sum_us / out->limit_us;
}

static json_t *report(const struct figures *f)
{
	json_t *roles = json_object();
	printf("%7u %9.0f %8.2f %8.2f %7.2f %9.0f %9.0f %9.0f %9.0f %9.0f %6.2f\n", f->clients,
	       f->per_second, f->p50_ms, f->p99_ms, f->messages + 1, f->cpu_us[DAEMON_ENGINE],
	       f->cpu_us[DAEMON_GATEWAY], f->cpu_us[DAEMON_PUBLISHER], f->cpu_sum_us, f->limit_us,
	       f->ratio);
	fflush(stdout);
	for (int role = 0; role < DAEMON_ROLES; role++)
		json_object_set_new(
			roles, daemon_roles[role],
			json_pack("{s:f, s:f, s:I, s:I}", "cpu_us", f->cpu_us[role], "disk",
		                  f->disk[role], "resident_kb", (json_int_t)f->usage[role].resident_kb,
		                  "anonymous_kb", (json_int_t)f->usage[role].anonymous_kb));
	return json_pack("{s:i, s:I, s:f, s:f, s:f, s:f, s:f, s:I, s:f, s:f, s:f, s:f, s:f, s:o}",
	                 "clients", (int)f->clients, "flows", (json_int_t)f->flows, "per_second",
	                 f->per_second, "p50_ms", f->p50_ms, "p99_ms", f->p99_ms, "verifications",
	                 f->messages + 1, "signatures", 1.0, "bad_nonces",
	                 (json_int_t)f->bad_nonces, "sign_us", f->sign_us, "verify_us",
	                 f->verify_us, "cpu_us", f->cpu_sum_us, "limit_us", f->limit_us, "ratio",
	                 f->ratio, "roles", roles);
}

static void report_sizes(const struct figures *last, uint64_t flows,
                         const uint64_t first[DAEMON_ROLES])
{
	printf("\n%-10s %14s %14s %16s\n", "role", "resident kB", "own memory kB", "disk B a flow");
	for (int role = 0; role < DAEMON_ROLES; role++)
		printf("%-10s %14ld %14ld %16.0f\n", daemon_roles[role],
		       last->usage[role].resident_kb, last->usage[role].anonymous_kb,
		       ((double)last->usage[role].disk - (double)first[role]) / (double)flows);
	printf("after %llu flows; sign %.1f us, verify %.1f us\n", (unsigned long long)flows,
	       last->sign_us, last->verify_us);
}

static json_t *run_all(struct bench *bench, const unsigned *counts, size_t count,
                       double seconds)
{
	struct figures figures = {0};
	uint64_t flows = 0, first[DAEMON_ROLES];
	json_t *list = json_array();
	for (int role = 0; role < DAEMON_ROLES; role++)
		first[role] = daemon_usage(&bench->daemon, role).disk;
	printf("%7s %9s %8s %8s %7s %9s %9s %9s %9s %9s %6s\n", "clients", "flows/s", "p50 ms",
	       "p99 ms", "verify", "engine us", "gatew. us", "publ. us", "sum us", "limit us",
	       "ratio");
	for (size_t i = 0; i < count; i++) {
		run(bench, counts[i], seconds, &figures);
		flows += figures.flows;
		json_array_append_new(list, report(&figures));
	}
	report_sizes(&figures, flows, first);
	return list;
}

static uint64_t number(const char *text, uint64_t most)
{
	uint64_t value;
	if (text_to_uint(text, most, &value) < 0 || !value)
		die("%s: not a number from 1 to %llu", text, (unsigned long long)most);
	return value;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", required_argument, NULL, 'j'},
		{"directory", required_argument, NULL, 'd'},
		{"seconds", required_argument, NULL, 's'},
		{"clients", required_argument, NULL, 'c'},
		{0},
	};
	static struct bench bench;
	unsigned counts[] = {1, 8, 32};
	size_t count = 3;
	uint64_t seconds = 10;
	const char *file = NULL, *directory = "/tmp";
	char text[2048];
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'j')
			file = optarg;
		else if (option == 'd')
			directory = optarg;
		else if (option == 's')
			seconds = number(optarg, SECONDS_MAX);
		else if (option == 'c')
			counts[0] = (unsigned)number(optarg, ACME_CLIENTS_MAX), count = 1;
		else
			return 2;
	}
	curl_global_init(CURL_GLOBAL_DEFAULT);
	bench.responder = responder_open(acme_client_answer, bench.clients);
	if (!bench.responder)
		die("no port to answer challenges on");
	snprintf(text, sizeof text, configuration, responder_port(bench.responder));
	daemon_start(&bench.daemon, directory, text);
	json_t *list = run_all(&bench, counts, count, (double)seconds);
	json_t *json = json_pack("{s:s, s:I, s:o}", "benchmark", "acme", "cores",
	                         (json_int_t)sysconf(_SC_NPROCESSORS_ONLN), "runs", list);
	if (file && json_dump_file(json, file, JSON_INDENT(2)))
		die("%s: cannot be written", file);
	json_decref(json);
	responder_close(bench.responder);
	for (unsigned i = 0; i < ACME_CLIENTS_MAX && bench.clients[i]; i++)
		acme_client_close(bench.clients[i]);
	daemon_stop(&bench.daemon);
	return 0;
}
