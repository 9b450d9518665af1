/*
 * Reading the audit trail. Not part of the SDK: for signetctl.
 */
#ifndef SIGNET_API_CLIENT_AUDIT_H
#define SIGNET_API_CLIENT_AUDIT_H

#include "api/client.h"

struct signet_audit_query {
	uint64_t from;        /* forwards, this sequence first; 0: backwards, */
	uint64_t before;      /* below this one; 0: from the newest */
	unsigned limit;       /* 0: as many as the engine gives at once */
	const char *actor, *action; /* exactly; NULL or "": any */
	uint64_t request;     /* 0: any, as the times */
	int64_t since, until; /* until is the second behind the last one */
};

struct signet_audit_record {
	uint64_t sequence;
	const char *action;
	struct bytes stored;  /* for audit_chain.h */
	int64_t time;         /* what is stored, read; all of it empty when it does not read */
	uint64_t request;
	const char *actor, *from, *detail, *before, *after;
};

struct signet_audit_page {
	struct signet_audit_record *records;
	size_t count;
	uint64_t next;        /* where to go on, as from or before; 0: that was all */
	uint64_t last;        /* the newest sequence of the trail */
};
/* SIGNET_E_INVALID: there is no such action. */
int signet_read_audit(struct signet_client *client, struct arena *arena,
                      const struct signet_audit_query *query, struct signet_audit_page *out,
                      struct error *err);

#endif
