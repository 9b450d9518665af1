/*
 * The engine's records between their packed form in the database and the
 * rest of the engine.
 */
#ifndef SIGNET_ENGINE_RECORD_H
#define SIGNET_ENGINE_RECORD_H

#include "api/policy.h"
#include "engine/chain.h"
#include "engine/issue.h"

struct Signet__Db__Request;
struct Signet__Db__Certificate;
struct Signet__Db__Crl;
struct Signet__Db__CrlIssuer;

/* Everything that is known of a request when it is stored. */
struct record_request {
	const struct signet_request *request; /* submitted: when it was judged */
	const struct signet_submission *submission;
	enum signet_request_state state;
	const struct chain_result *chain;
	const struct signet_draft *draft;
	const struct issued *issued;  /* NULL unless the state is issued */
	enum signet_reason reason;
	const char *message;
	const char *author;           /* of a new request: the administrator who submits it; NULL: none */
	/* the record that this one replaces, with the decision in it: what was approved and edited,
	 * and when it was submitted, is taken from there; NULL for a new request */
	const struct Signet__Db__Request *stored;
};

/* Into the arena. SIGNET_E_NOMEM. */
int record_pack_request(struct arena *arena, const struct record_request *in, struct bytes *out);
/* The record's draft, in the arena but for what the draft owns. */
int record_make_draft(struct arena *arena, const struct signet_draft *draft,
                      struct Signet__Db__Request *record);
/* A record that was unpacked and changed. */
int record_repack_request(struct arena *arena, const struct Signet__Db__Request *record,
                          struct bytes *out);
int record_repack_certificate(struct arena *arena, const struct Signet__Db__Certificate *record,
                              struct bytes *out);
/* A certificate as it is issued, or comes from elsewhere. */
struct record_certificate {
	struct bytes der;
	struct bytes issuer; /* authority.h */
	unsigned shard;      /* of the CRL that it names; 0: the complete one */
	int64_t not_after;
	int64_t imported;    /* when it came; 0: issued here */
};
int record_pack_certificate(struct arena *arena, const struct record_certificate *in,
                            struct bytes *out);

int record_pack_crl(struct arena *arena, const struct Signet__Db__Crl *record, struct bytes *out);
/* Into the arena. */
int record_unpack_crl(struct arena *arena, struct bytes packed, struct Signet__Db__Crl **out);
int record_pack_crl_issuer(struct arena *arena, const struct Signet__Db__CrlIssuer *record,
                           struct bytes *out);
int record_unpack_crl_issuer(struct arena *arena, struct bytes packed,
                             struct Signet__Db__CrlIssuer **out);

struct record_event {
	unsigned kind;         /* enum signet_event_kind */
	int64_t time;
	uint64_t request;      /* 0 for none */
	const char *authority; /* of an event of no request: whose, */
	struct bytes data;     /* and what; "" and BYTES_NONE else */
	unsigned shard;        /* crl-published: of the CRL; 0: the complete one */
	bool earlier;          /* crl-published: of an earlier key of the authority */
};
/* An event of a request: needs no memory to be packed. */
#define RECORD_EVENT_MAX 40
size_t record_event_size(const struct record_event *event);
/* out has that size. Returns the octets used. */
size_t record_pack_event(const struct record_event *event, uint8_t *out);
/* Into the arena. */
int record_unpack_event(struct arena *arena, struct bytes packed, struct record_event *out);
/* The request of one, 0 for none; SIGNET_E_CORRUPT. */
int record_event_request(struct bytes packed, uint64_t *out);
/* The time of one. */
int64_t record_event_time(struct bytes packed);
/* The kind of a packed event without reading the rest; 0 when it is none. */
unsigned record_event_kind(struct bytes packed);

struct record_letter {
	int64_t time;
	unsigned tries;
	bool retrying;
	char reason[LIMIT_CONSUMER_SAYS + 1];
};
#define RECORD_LETTER_MAX (LIMIT_CONSUMER_SAYS + 32)
/* Returns the octets used. */
size_t record_pack_letter(const struct record_letter *letter, uint8_t out[RECORD_LETTER_MAX]);
int record_unpack_letter(struct bytes packed, struct record_letter *out);

/* Copies everything into the arena. SIGNET_E_CORRUPT when it does not read back (or memory is
 * out). */
int record_unpack_request(struct arena *arena, struct bytes packed,
                          struct Signet__Db__Request **out);
int record_unpack_certificate(struct arena *arena, struct bytes packed,
                              struct Signet__Db__Certificate **out);

/* The state of a packed request, and when it was submitted, without reading the rest; 0 when it is
 * none. */
enum signet_request_state record_request_state(struct bytes packed);
int64_t record_request_submitted(struct bytes packed);

#endif
