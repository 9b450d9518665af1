/*
 * `authorities.NAME.ocsp`: how an authority answers about its certificates.
 */
#ifndef SIGNET_ENGINE_OCSP_SETTINGS_H
#define SIGNET_ENGINE_OCSP_SETTINGS_H

#include "conf/conf.h"
#include "crypto/algorithm.h"

struct ocsp_settings {
	bool answers;               /* false: `ocsp: none` */
	bool eager;                 /* `ocsp` is there: responders are made before the first question */
	bool delegated;             /* by a responder's key, else by the authority's own */
	bool unissued_revoked;      /* what a serial number is that was never issued: revoked, else
	                               unknown */
	int64_t validity;           /* seconds from thisUpdate to nextUpdate */
	int64_t cutoff;             /* archiveCutoff: so long before the answer; 0: none */
	int64_t responder_validity; /* of the responder's certificate, seconds */
	enum key_algorithm responder_key;
	unsigned responder_bits;
};

/* node: NULL when the key is missing: what then holds is what is said in signet.yaml(5).
 * SIGNET_E_CONFIG. */
int ocsp_settings_load(struct ocsp_settings *out, const struct conf_node *node, struct error *err);

#endif
