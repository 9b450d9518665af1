/*
 * OCSP of a real signetd, loaded by wrk(1):
 *
 *   prepared   the same question by GET, whose answer is kept, against what the
 *              bare HTTP server (bare_server.h) reaches with the very same
 *              answer, by turns in the same run
 *   fresh      a question with a nonce by POST, which is signed each time,
 *              against signatures alone on all processors, by turns of a
 *              second in the same run
 *
 * The rates have wrk on the same processors; CPU time of the processes does not.
 *
 *   bench_ocsp [--json FILE] [--directory DIR] [--seconds N] [--connections N]
 */
#include <arpa/inet.h>
#include <fcntl.h>
#include <getopt.h>
#include <netinet/in.h>
#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include <jansson.h>

#include "asn1/der.h"
#include "asn1/oid.h"
#include "base/clock.h"
#include "base/encoding.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"
#include "crypto/hash.h"
#include "pki/certificate.h"
#include "tests/bench/bare_server.h"
#include "tests/bench/daemon.h"
#include "tests/bench/wrk.h"

#define THREADS 192 /* as the gateway's */
#define ROUNDS 3
#define SIGN_US 250000

static const char configuration[] =
	"authorities:\n  issuing: {certificate: issuing.pem, key: issuing.key}\n"
	"profiles:\n  tls-server: {validity: 90d, names: [dns], extended-key-usage: [server-auth]}\n"
	"policy:\n  - keys: {}\n"
	"intermediaries:\n  - ocsp: {}\n";

struct bench {
	struct daemon daemon;
	struct arena *arena;
	struct bytes plain, nonced;   /* OCSPRequests */
	char url[4096];               /* with the plain one in it */
	char script[1024];            /* of wrk, with the other one */
	uint8_t answer[16384];        /* head and body of the plain one's */
	size_t answer_length;
	unsigned connections, seconds;
	double cores;
};

/* Sums of several runs. */
struct figures {
	double requests, seconds, cpu_us, engine_us;
	double p50_ms, p99_ms;        /* of the last */
	uint64_t failed;
};

static double cpu_us(clockid_t clock)
{
	struct timespec t;
	if (clock_gettime(clock, &t))
		die("a process is gone");
	return (double)t.tv_sec * 1e6 + (double)t.tv_nsec / 1e3;
}

static double process_cpu_us(pid_t pid)
{
	clockid_t clock;
	if (clock_getcpuclockid(pid, &clock))
		die("a process is gone");
	return cpu_us(clock);
}

/* ---- the limit ---- */

/* Signatures of one thread, or of several. */
struct signing {
	double count, cpu_us;
};

static void *sign_for_a_while(void *arg)
{
	struct signing *signing = arg;
	struct key *key;
	uint8_t message[300] = {1};
	_cleanup_buffer_ struct buffer signature = BUFFER_MAX(512);
	if (key_generate(&key, KEY_P256, 0, NULL))
		die("no key");
	double start = cpu_us(CLOCK_THREAD_CPUTIME_ID);
	for (int64_t end = clock_monotonic_us() + SIGN_US; clock_monotonic_us() < end; signing->count++) {
		buffer_clear(&signature);
		if (key_sign(key, SIGNATURE_ECDSA_SHA256, BYTES_OF(message), &signature, NULL))
			die("no signature");
	}
	signing->cpu_us = cpu_us(CLOCK_THREAD_CPUTIME_ID) - start;
	key_free(key);
	return NULL;
}

/* P-256 signatures on all processors at once: what each takes then is more than by itself where they share
 * what they compute with, and this is what the daemon has, too. */
static void sign_on_all(unsigned cores, struct signing *sum)
{
	enum { MOST = 64 };
	struct signing each[MOST] = {0};
	pthread_t threads[MOST];
	unsigned count = cores < MOST ? cores : MOST;
	for (unsigned i = 0; i < count; i++)
		if (pthread_create(&threads[i], NULL, sign_for_a_while, &each[i]))
			die("no thread");
	for (unsigned i = 0; i < count; i++) {
		pthread_join(threads[i], NULL);
		sum->count += each[i].count;
		sum->cpu_us += each[i].cpu_us;
	}
}

/* ---- the question ---- */

/* The first one in the file. */
static void read_certificate(struct bench *bench, const char *name, struct certificate *out)
{
	_cleanup_buffer_ struct buffer pem = BUFFER_MAX(LIMIT_PEM_FILE);
	_cleanup_secret_ struct buffer der = BUFFER_MAX(LIMIT_KEY_FILE);
	char label[32] = "";
	struct error err;
	if (file_read(&pem, daemon_path(&bench->daemon, name), &err))
		die("%s: %s", name, err.message);
	struct bytes text = buffer_bytes(&pem), copy;
	while (strcmp(label, "CERTIFICATE") != 0) {
		buffer_clear(&der);
		if (pem_decode(&der, label, sizeof label, &text))
			die("%s: no certificate in it", name);
	}
	if (arena_bytes(bench->arena, buffer_bytes(&der), &copy) ||
	    certificate_parse(out, bench->arena, copy, &err))
		die("%s: %s", name, err.message);
}

static void put_hash(struct der_writer *w, struct bytes of)
{
	uint8_t digest[HASH_SIZE_MAX];
	if (hash_compute(HASH_SHA1, of, digest))
		die("no SHA-1");
	der_put(w, DER_OCTET_STRING, bytes_make(digest, 20));
}

static struct bytes key_bits(struct bytes spki)
{
	struct der der = der_open(spki), inside;
	struct bytes bits = BYTES_NONE;
	if (der_enter(&der, DER_SEQUENCE, &inside) || der_expect(&inside, DER_SEQUENCE, NULL) ||
	    der_bits(&inside, &bits, NULL))
		die("no public key");
	return bits;
}

static void put_nonce(struct der_writer *w)
{
	static const uint8_t nonce[32] = {7};
	der_begin(w, 0xa2);
	der_begin(w, DER_SEQUENCE);
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, OID_OCSP_NONCE);
	der_begin(w, DER_OCTET_STRING);
	der_put(w, DER_OCTET_STRING, BYTES_OF(nonce));
	der_end(w);
	der_end(w);
	der_end(w);
	der_end(w);
}

static struct bytes make_request(struct bench *bench, const struct certificate *issuer,
                                 struct bytes serial, bool nonce)
{
	_cleanup_buffer_ struct buffer out = BUFFER_MAX(1024);
	struct der_writer w = der_write(&out);
	struct bytes copy;
	for (int i = 0; i < 5; i++) /* OCSPRequest, TBSRequest, requestList, Request, CertID */
		der_begin(&w, DER_SEQUENCE);
	der_begin(&w, DER_SEQUENCE);
	der_put_oid(&w, OID_SHA1);
	der_put_null(&w);
	der_end(&w);
	put_hash(&w, issuer->subject);
	put_hash(&w, key_bits(issuer->spki));
	der_put_magnitude(&w, serial);
	for (int i = 0; i < 3; i++)
		der_end(&w);
	if (nonce)
		put_nonce(&w);
	der_end(&w);
	der_end(&w);
	if (der_writer_finish(&w) || arena_bytes(bench->arena, buffer_bytes(&out), &copy))
		die("no request");
	return copy;
}

/* About the gateway's own certificate, which the engine has issued. */
static void make_requests(struct bench *bench)
{
	_cleanup_buffer_ struct buffer base64 = BUFFER_MAX(2048);
	struct certificate issuer, own;
	read_certificate(bench, "issuing.pem", &issuer);
	read_certificate(bench, "gateway/tls.pem", &own);
	bench->plain = make_request(bench, &issuer, own.serial, false);
	bench->nonced = make_request(bench, &issuer, own.serial, true);
	base64_encode(&base64, bench->plain);
	snprintf(bench->url, sizeof bench->url, "http://127.0.0.1:%u/ocsp/%s", bench->daemon.plain,
	         buffer_text(&base64));
	certificate_clear(&issuer);
	certificate_clear(&own);
}

static void write_script(struct bench *bench)
{
	snprintf(bench->script, sizeof bench->script, "%s", daemon_path(&bench->daemon, "post.lua"));
	FILE *file = fopen(bench->script, "w");
	if (!file)
		die("%s cannot be written", bench->script);
	fprintf(file, "wrk.method = 'POST'\n"
	              "wrk.headers['Content-Type'] = 'application/ocsp-request'\nwrk.body = '");
	for (size_t i = 0; i < bench->nonced.length; i++)
		fprintf(file, "\\%03u", bench->nonced.data[i]);
	fprintf(file, "'\n");
	fclose(file);
}

/* The answer as it comes: what the bare server is to say, too. */
static void fetch_answer(struct bench *bench)
{
	struct sockaddr_in address = {.sin_family = AF_INET,
	                              .sin_addr.s_addr = htonl(INADDR_LOOPBACK),
	                              .sin_port = htons((uint16_t)bench->daemon.plain)};
	char text[4096], *end = NULL;
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	int length = snprintf(text, sizeof text, "GET %s HTTP/1.1\r\nHost: localhost\r\n\r\n",
	                      strstr(bench->url, "/ocsp/"));
	if (connect(fd, (struct sockaddr *)&address, sizeof address) ||
	    write(fd, text, (size_t)length) != length)
		die("the gateway does not answer");
	size_t wanted = sizeof bench->answer - 1;
	while (bench->answer_length < wanted) {
		ssize_t n = read(fd, bench->answer + bench->answer_length,
		                 wanted - bench->answer_length);
		if (n <= 0)
			die("the gateway's answer ends too early");
		bench->answer_length += (size_t)n;
		bench->answer[bench->answer_length] = '\0';
		const char *head = (const char *)bench->answer;
		const char *field = strstr(head, "Content-Length: ");
		if (!end && field && (end = strstr(head, "\r\n\r\n")))
			wanted = (size_t)(end + 4 - head) + strtoul(field + 16, NULL, 10);
	}
	close(fd);
	if (strncmp((const char *)bench->answer, "HTTP/1.1 200", 12) != 0 ||
	    !strstr((const char *)bench->answer, "max-age="))
		die("not an answer that is kept:\n%s", (const char *)bench->answer);
}

/* ---- the load ---- */

static void load(const struct bench *bench, const char *url, const char *script, pid_t server,
                 unsigned seconds, struct figures *out)
{
	struct wrk_result result;
	const char *message;
	double cpu = process_cpu_us(server);
	double engine = process_cpu_us(bench->daemon.roles[DAEMON_ENGINE]);
	if (!wrk_run(&result, url, script, bench->connections, seconds, &message))
		die("%s", message);
	out->cpu_us += process_cpu_us(server) - cpu;
	out->engine_us += process_cpu_us(bench->daemon.roles[DAEMON_ENGINE]) - engine;
	out->requests += (double)result.requests;
	out->seconds += (double)result.requests / result.per_second;
	out->failed += result.failed;
	out->p50_ms = result.p50_ms;
	out->p99_ms = result.p99_ms;
}

static json_t *report(const char *name, const struct figures *f)
{
	double rate = f->requests / f->seconds, us = f->cpu_us / f->requests;
	double engine = f->engine_us / f->requests;
	printf("%-10s %10.0f %9.1f %9.1f %8.2f %8.2f %7llu\n", name, rate, us, engine, f->p50_ms,
	       f->p99_ms, (unsigned long long)f->failed);
	fflush(stdout);
	return json_pack("{s:f, s:f, s:f, s:f, s:f, s:I}", "per_second", rate, "cpu_us", us,
	                 "engine_us", engine, "p50_ms", f->p50_ms, "p99_ms", f->p99_ms, "failed",
	                 (json_int_t)f->failed);
}

static json_t *run_prepared(struct bench *bench)
{
	struct bare_server bare;
	struct figures own = {0}, of_bare = {0};
	char url[64];
	if (!bare_server_start(&bare, bytes_make(bench->answer, bench->answer_length), THREADS))
		die("the bare server does not start");
	snprintf(url, sizeof url, "http://127.0.0.1:%u/", bare.port);
	for (int i = 0; i < ROUNDS; i++) {
		load(bench, url, NULL, bare.pid, bench->seconds, &of_bare);
		load(bench, bench->url, NULL, bench->daemon.roles[DAEMON_GATEWAY], bench->seconds,
		     &own);
	}
	bare_server_stop(&bare);
	json_t *first = report("bare", &of_bare), *second = report("prepared", &own);
	double rates = own.requests / own.seconds / (of_bare.requests / of_bare.seconds);
	double costs = of_bare.cpu_us / of_bare.requests / (own.cpu_us / own.requests);
	printf("prepared against bare: %.2f of the rate, %.2f by CPU time (wanted: 0.70)\n\n", rates,
	       costs);
	return json_pack("{s:o, s:o, s:f, s:f}", "bare", first, "prepared", second, "rate_ratio",
	                 rates, "cpu_ratio", costs);
}

static json_t *run_fresh(struct bench *bench)
{
	struct figures figures = {0};
	char url[64];
	snprintf(url, sizeof url, "http://127.0.0.1:%u/ocsp", bench->daemon.plain);
	struct signing signing = {0};
	/* short turns: what a shared machine gives changes within seconds */
	for (unsigned i = 0; i < ROUNDS * bench->seconds; i++) {
		sign_on_all((unsigned)bench->cores, &signing);
		load(bench, url, bench->script, bench->daemon.roles[DAEMON_GATEWAY], 1, &figures);
	}
	sign_on_all((unsigned)bench->cores, &signing);
	json_t *json = report("fresh", &figures);
	double sign = signing.cpu_us / signing.count;
	double limit = bench->cores * 1e6 / sign, rate = figures.requests / figures.seconds;
	double spent = (figures.cpu_us + figures.engine_us) / figures.requests;
	printf("a signature costs %.1f us: %.0f/s on %.0f cores\n"
	       "fresh against signatures: %.2f of the rate, %.2f by CPU time (wanted: 0.60)\n",
	       sign, limit, bench->cores, rate / limit, sign / spent);
	return json_pack("{s:o, s:f, s:f, s:f, s:f}", "fresh", json, "sign_us", sign,
	                 "limit_per_second", limit, "rate_ratio", rate / limit, "cpu_ratio",
	                 sign / spent);
}

static unsigned number(const char *text, unsigned most)
{
	uint64_t value;
	if (text_to_uint(text, most, &value) < 0 || !value)
		die("%s: not a number from 1 to %u", text, most);
	return (unsigned)value;
}

static void run(struct bench *bench, const char *directory, const char *file)
{
	daemon_start(&bench->daemon, directory, configuration);
	make_requests(bench);
	write_script(bench);
	fetch_answer(bench);
	printf("%-10s %10s %9s %9s %8s %8s %7s\n", "", "answers/s", "server us", "engine us", "p50 ms",
	       "p99 ms", "failed");
	json_t *prepared = run_prepared(bench), *fresh = run_fresh(bench);
	struct daemon_usage usage = daemon_usage(&bench->daemon, DAEMON_GATEWAY);
	json_t *json = json_pack("{s:s, s:f, s:i, s:i, s:I, s:o, s:o}", "benchmark", "ocsp", "cores",
	                         bench->cores, "connections", (int)bench->connections, "octets",
	                         (int)bench->answer_length, "gateway_resident_kb",
	                         (json_int_t)usage.resident_kb, "prepared", prepared, "fresh", fresh);
	if (file && json_dump_file(json, file, JSON_INDENT(2)))
		die("%s: cannot be written", file);
	json_decref(json);
	daemon_stop(&bench->daemon);
}

int main(int argc, char **argv)
{
	static const struct option options[] = {
		{"json", required_argument, NULL, 'j'},
		{"directory", required_argument, NULL, 'd'},
		{"seconds", required_argument, NULL, 's'},
		{"connections", required_argument, NULL, 'c'},
		{0},
	};
	static struct bench bench;
	const char *file = NULL, *directory = "/tmp";
	bench.seconds = 5;
	bench.connections = 32;
	for (int option; (option = getopt_long(argc, argv, "", options, NULL)) != -1;) {
		if (option == 'j')
			file = optarg;
		else if (option == 'd')
			directory = optarg;
		else if (option == 's')
			bench.seconds = number(optarg, 3600);
		else if (option == 'c')
			bench.connections = number(optarg, THREADS);
		else
			return 2;
	}
	bench.cores = (double)sysconf(_SC_NPROCESSORS_ONLN);
	bench.arena = arena_new(1 << 20);
	if (!bench.arena)
		die("no memory");
	run(&bench, directory, file);
	arena_free(bench.arena);
	return 0;
}
