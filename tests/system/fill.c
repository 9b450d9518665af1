/*
 * Fills the database of a running engine through its ordinary door: submits
 * one certification request again and again, each time as a new one.
 *
 *   fill SOCKET CSR COUNT
 *
 * CSR is a file in DER. What becomes of the requests is the policy's affair; prints how many were issued.
 */
#include <pthread.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "api/client.h"
#include "base/file.h"
#include "base/limits.h"
#include "base/text.h"

#define CALLERS 16
#define COUNT_MAX 1000000

struct filling {
	struct signet_client *client;
	struct bytes csr;
	uint64_t count;
	atomic_uint_fast64_t next, issued;
	atomic_bool failed;
};

static int submit(struct filling *f, struct arena *arena, uint64_t number, struct error *err)
{
	char key[40];
	struct signet_outcome out;
	snprintf(key, sizeof key, "%d-%llu", (int)getpid(), (unsigned long long)number);
	const struct signet_submission submission = {
		.csr = f->csr, .profile = "tls-server", .intermediary = "acme", .protocol = "acme",
		.requester = "fill", .address = "127.0.0.1", .idempotency_key = key};
	int result = signet_submit(f->client, arena, &submission, &out, err);
	if (result == 0 && out.disposition == SIGNET_ISSUED)
		f->issued++;
	return result;
}

static void *call(void *arg)
{
	struct filling *f = arg;
	struct error err = {0};
	struct arena *arena = arena_new(LIMIT_REQUEST_ARENA);
	uint64_t number;
	while (arena && !f->failed && (number = f->next++) < f->count) {
		if (submit(f, arena, number, &err)) {
			fprintf(stderr, "fill: %s\n", err.message);
			f->failed = true;
		}
		arena_clear(arena);
	}
	if (!arena)
		f->failed = true;
	arena_free(arena);
	return NULL;
}

static int run(struct filling *f)
{
	pthread_t threads[CALLERS];
	unsigned started = 0;
	while (started < CALLERS && pthread_create(&threads[started], NULL, call, f) == 0)
		started++;
	for (unsigned i = 0; i < started; i++)
		pthread_join(threads[i], NULL);
	printf("%llu\n", (unsigned long long)f->issued);
	return started == 0 || f->failed ? EXIT_FAILURE : EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
	static struct filling f;
	struct error err = {0};
	_cleanup_buffer_ struct buffer csr = BUFFER_MAX(LIMIT_CSR);
	if (argc != 4 || text_to_uint(argv[3], COUNT_MAX, &f.count)) {
		fprintf(stderr, "usage: fill SOCKET CSR COUNT\n");
		return EXIT_FAILURE;
	}
	if (file_read(&csr, argv[2], &err) || signet_client_open(&f.client, argv[1], &err)) {
		fprintf(stderr, "fill: %s\n", err.message);
		return EXIT_FAILURE;
	}
	f.csr = buffer_bytes(&csr);
	int status = run(&f);
	signet_client_close(f.client);
	return status;
}
