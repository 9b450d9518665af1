/*
 * The exit module: is told what has happened and publishes it.
 *
 * The publisher reads the engine's events in order, hands each wanted one to
 * notify, and forgets it only when notify said done. A module sees every
 * event at least once, in order, also across restarts: publishing the same
 * thing twice must be harmless. An instance is called by one thread; it holds
 * up nobody but itself.
 *
 * An event that a module gives up, or that has failed as often as the common
 * key `tries` says, goes to the instance's dead-letter list in the engine's
 * database, and the queue goes on. `signetctl exit retry` brings it back: it
 * then comes out of its order.
 */
#ifndef SIGNET_API_EXIT_H
#define SIGNET_API_EXIT_H

#include "api/client.h"
#include "api/module.h"

enum signet_event_kind {
	SIGNET_EVENT_ISSUED = 1,
	SIGNET_EVENT_PENDING,
	SIGNET_EVENT_DENIED,
	SIGNET_EVENT_REVOKED,
	SIGNET_EVENT_UNREVOKED,
	SIGNET_EVENT_CRL_PUBLISHED,
	SIGNET_EVENT_CA_CERTIFICATE,
	SIGNET_EVENT_STARTUP,
	SIGNET_EVENT_SHUTDOWN,
	SIGNET_EVENT_EXPIRING,    /* a certificate ends soon (configuration: expiring) */
};
#define SIGNET_EVENT_BIT(kind) (UINT64_C(1) << (kind))
#define SIGNET_EVENTS_ALL (SIGNET_EVENT_BIT(SIGNET_EVENT_EXPIRING + 1) - SIGNET_EVENT_BIT(1))
/* "issued", "crl-published", ...; NULL for an unknown kind. */
const char *signet_event_name(enum signet_event_kind kind);
/* 0 for an unknown name. */
enum signet_event_kind signet_event_from_name(const char *name);

struct signet_event {
	uint64_t sequence;
	enum signet_event_kind kind;
	int64_t time;
	uint64_t request_id;      /* 0, "" and BYTES_NONE where a kind has no such thing */
	uint64_t certificate_id;
	const char *authority;
	const char *profile;
	const char *requester;
	struct bytes serial;
	struct bytes certificate; /* DER */
	const char *subject;      /* RFC 4514 */
	const char **names;       /* "dns:example.com" */
	size_t name_count;
	const char *message;
	/* of the certificate as it is now, which may be later than the event: an exit that was away
	 * for long, or is asked again for one event, must not publish what is revoked by now */
	enum signet_certificate_state state; /* 0: there is none */
	int64_t not_before, not_after;
	int64_t revoked;          /* when; 0: it is not */
	unsigned revocation_reason; /* CRLReason (RFC 5280 section 5.3.1) */
	struct bytes crl;         /* crl-published: DER; delta: it is a delta CRL */
	bool delta;
	const char *crl_name;     /* "issuing", with a shard "issuing-3", of another key than the first
	                             "issuing.k2": as the file in URLs, without its ending */
	unsigned crl_shard;       /* 0: it is the complete one of its key */
	bool crl_earlier;         /* of an earlier key of the authority */
	const char *crl_file;     /* where it is below the state directory's public/; the publisher reads it */
};

enum signet_exit_result {
	SIGNET_EXIT_DONE,    /* published, once flush has succeeded, too */
	SIGNET_EXIT_RETRY,   /* later, with growing delays; err says why */
	SIGNET_EXIT_GIVE_UP, /* this event cannot be published: to the dead letters; err says why */
};

/* What an instance may know about its surroundings. Stands while configure runs; what its pointers
 * show stands as long as the instance. */
struct signet_exit_host {
	const char *name;                 /* of the instance */
	const char *state_directory;      /* relative file names of the configuration stand below it */
	struct signet_client *client;     /* to fetch chains */
	const struct conf_node *authorities; /* map of the configured ones by their names; NULL: none */
};

/* For configure: whether there is such an authority. SIGNET_E_CONFIG names file, line and key of the
 * node, where the name stands. */
int signet_exit_check_authority(const struct signet_exit_host *host, const char *name,
                                const struct conf_node *node, struct error *err);

struct signet_exit {
	struct signet_module module;
	uint64_t events;                  /* kinds that it can publish, by SIGNET_EVENT_BIT; the
	                                     configuration's `events` chooses among them */
	int (*configure)(void **instance, const struct signet_exit_host *host,
	                 const struct conf_node *node, struct error *err);
	enum signet_exit_result (*notify)(void *instance, const struct signet_event *event,
	                                  struct error *err);
	/* Makes durable what notify said done of, before the publisher forgets those events: a module
	 * that keeps things in memory or in the system's caches until then serves many events with one
	 * sync. 0, or an error: they are then notified again, from the first one on, and that without
	 * end: `tries` counts failures of single events. May be NULL. */
	int (*flush)(void *instance, struct error *err);
	void (*close)(void *instance);
};

#endif
