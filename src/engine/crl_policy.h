/*
 * When an authority publishes CRLs, and which: the key `crl` of its
 * configuration.
 */
#ifndef SIGNET_ENGINE_CRL_POLICY_H
#define SIGNET_ENGINE_CRL_POLICY_H

#include "conf/conf.h"

#define CRL_SHARDS_MAX 4096

struct crl_policy {
	bool published;
	int64_t interval;   /* seconds from one complete CRL to the next, */
	int64_t validity;   /* and from its thisUpdate to its nextUpdate: longer, so that they overlap */
	int64_t delta;      /* the same from one delta CRL to the next; 0: there are none */
	unsigned shards;    /* that certificates are spread over; 0: their CDP names the complete CRL */
	unsigned immediate; /* bit n: a revocation for CRLReason n is published at once */
};

/* node: the map, or `none`; NULL: nothing is said. SIGNET_E_CONFIG. */
int crl_policy_load(struct crl_policy *out, const struct conf_node *node, struct error *err);

/* From a delta CRL's thisUpdate to its nextUpdate. */
int64_t crl_policy_delta_validity(const struct crl_policy *policy);

#endif
