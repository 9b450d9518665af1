/*
 * An ACME client for benchmarks: one account, one keep-alive connection, and
 * whole flows from newOrder to the downloaded certificate. It polls as little
 * as a client can: once the challenge was asked for.
 */
#ifndef SIGNET_BENCH_ACME_CLIENT_H
#define SIGNET_BENCH_ACME_CLIENT_H

#include <stddef.h>
#include <stdint.h>

#include "base/error.h"

struct acme_client;

/* directory: its URL; root: the file of the trust anchor; suffix: of the names that it orders, such
 * as ".example.com". Registers an account. number: unlike that of any other client. */
int acme_client_open(struct acme_client **out, const char *directory, const char *root,
                     const char *suffix, unsigned number, struct error *err);
void acme_client_close(struct acme_client *client);

/* One flow, with a name and a request of its own. */
int acme_client_flow(struct acme_client *client, struct error *err);

struct acme_client_counts {
	uint64_t flows;
	uint64_t messages;     /* signed ones that the server verified */
	uint64_t bad_nonces;
};
struct acme_client_counts acme_client_counts(const struct acme_client *client);

/* The answer to the request of http-01 for a name of one of the clients; an answer function of
 * tests/unit/acme/responder.h, arg: an array of ACME_CLIENTS_MAX clients or NULLs. */
#define ACME_CLIENTS_MAX 64
size_t acme_client_answer(void *arg, const char *request, char *out, size_t size);

#endif
