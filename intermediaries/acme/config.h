/*
 * The configuration of an instance.
 */
#ifndef SIGNET_ACME_CONFIG_H
#define SIGNET_ACME_CONFIG_H

#include <stdbool.h>

#include "base/limits.h"
#include "base/text.h"
#include "conf/conf.h"
#include "intermediaries/acme/fetch.h"

/* Bit n: enum acme_challenge n is offered. */
enum acme_challenge { ACME_HTTP_01 = 1 };

struct acme_config {
	const char *external_url;     /* NULL: as the request says */
	const char *terms_of_service; /* NULL: none */
	const char *website;          /* NULL: none */
	const char **caa_identities;  /* NULL-ended, may be NULL */
	unsigned challenges;
	int64_t order_lifetime;         /* seconds; of pending authorizations, too */
	int64_t authorization_lifetime; /* seconds after validation; 0: never used again */
	struct fetch_settings fetch;
	unsigned attempts;              /* of one validation, at least 1 */
	int64_t retry_delay_us;         /* before the second attempt; doubles from there */
	unsigned workers;
};

extern const char *const acme_config_keys[];

/* node: the instance's map. The strings are the document's. On failure nothing need be cleared. */
int acme_config_read(struct acme_config *out, const struct conf_node *node, struct error *err);
void acme_config_clear(struct acme_config *config);

#endif
