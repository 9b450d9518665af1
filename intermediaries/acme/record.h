/*
 * The records of an instance in the gateway's store: tables, keys, and
 * reading and writing the messages of acme.proto. Messages that are read are
 * in the arena, so they may be used after the transaction and are not freed.
 */
#ifndef SIGNET_ACME_RECORD_H
#define SIGNET_ACME_RECORD_H

#include "api/state.h"
#include "intermediaries/acme/acme.pb-c.h"
#include "intermediaries/acme/problem.h"

/* Places in acme_tables. */
enum acme_table {
	ACME_META,          /* "secret" -> URL_SECRET octets */
	ACME_ACCOUNT,       /* number -> Account */
	ACME_KEY,           /* thumbprint -> number of the account */
	ACME_ORDER,         /* number -> Order */
	ACME_PROVEN,        /* account number, name -> number of the newest valid authorization */
	ACME_LIST,          /* account number, order number -> nothing */
	ACME_WORK,          /* enum acme_work, number -> Work */
};
extern const struct store_table acme_tables[];

enum acme_work { WORK_AUTHORIZATION = 1, WORK_ORDER };

/* Stored: a number keeps its meaning. */
enum acme_status {
	ACME_DEPENDS = 0, /* an order whose status is that of its authorizations */
	ACME_PENDING,
	ACME_READY,
	ACME_PROCESSING,
	ACME_VALID,
	ACME_INVALID,
	ACME_DEACTIVATED,
	ACME_EXPIRED,
};
const char *acme_status_name(enum acme_status status);

/* An authorization's number: its order's, and its place therein. */
#define AUTHORIZATION_PLACES 128
static inline uint64_t authorization_number(uint64_t order, size_t place)
{
	return order * AUTHORIZATION_PLACES + place;
}
static inline uint64_t authorization_order(uint64_t number)
{
	return number / AUTHORIZATION_PLACES;
}
/* When it ends. */
static inline int64_t authorization_expires(const Acme__Order *order,
                                            const Acme__Authorization *authorization)
{
	return authorization->expires ? authorization->expires : order->expires;
}

/* 0; SIGNET_E_NOT_FOUND; SIGNET_E_CORRUPT or SIGNET_E_NOMEM (which fail the transaction). */
int record_get_account(struct store_txn *txn, const struct signet_state *state,
                       struct arena *arena, uint64_t number, Acme__Account **out);
int record_get_order(struct store_txn *txn, const struct signet_state *state,
                     struct arena *arena, uint64_t number, Acme__Order **out);
/* The authorization and the order that it stands in; not one that refers to another. */
int record_get_authorization(struct store_txn *txn, const struct signet_state *state,
                             struct arena *arena, uint64_t number, Acme__Order **order,
                             Acme__Authorization **out);
int record_get_work(struct store_txn *txn, const struct signet_state *state,
                    struct arena *arena, enum acme_work kind, uint64_t number,
                    Acme__Work **out);
/* Any message read from a cursor's value. */
int record_read(struct store_txn *txn, struct arena *arena,
                const ProtobufCMessageDescriptor *descriptor, struct bytes value, void *out);

/* Inserts or replaces; the packed form is made in the arena. */
int record_put(struct store_txn *txn, const struct signet_state *state, struct arena *arena,
               enum acme_table table, uint64_t number, const ProtobufCMessage *message);
int record_put_work(struct store_txn *txn, const struct signet_state *state, struct arena *arena,
                    enum acme_work kind, uint64_t number, const Acme__Work *work);
int record_delete_work(struct store_txn *txn, const struct signet_state *state,
                       enum acme_work kind, uint64_t number);

/* The number after the greatest one of the table; the first is 1. */
int record_next_number(struct store_txn *txn, const struct signet_state *state,
                       enum acme_table table, uint64_t *out);

/* A problem as it is stored, without its subproblems, in the arena; NULL without memory. */
Acme__Problem *problem_to_record(const struct acme_problem *problem, struct arena *arena);
struct acme_problem problem_from_record(const Acme__Problem *record);

/* Keys that are more than a number. */
struct store_key record_proven_key(uint64_t account, const char *name);
struct store_key record_list_key(uint64_t account, uint64_t order);
struct store_key record_work_key(enum acme_work kind, uint64_t number);
/* A number as a value. */
int record_put_number(struct store_txn *txn, unsigned table, struct bytes key, uint64_t number);
int record_get_number(struct store_txn *txn, unsigned table, struct bytes key, uint64_t *out);

#endif
