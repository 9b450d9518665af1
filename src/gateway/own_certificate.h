/*
 * The gateway's own TLS certificate, from its own engine: made, kept in
 * STATE/gateway/tls.pem (the key, then the chain) and used again while it is
 * still the right one.
 */
#ifndef SIGNET_GATEWAY_OWN_CERTIFICATE_H
#define SIGNET_GATEWAY_OWN_CERTIFICATE_H

#include "api/client.h"
#include "asn1/general_name.h"
#include "base/limits.h"
#include "conf/settings.h"

struct own_certificate {
	struct buffer key;      /* PEM; a secret */
	struct buffer chain;    /* PEM, the gateway's first */
	int64_t renew_at;       /* a third of its life is left then */
	int64_t not_after;
};

#define OWN_CERTIFICATE_EMPTY                                                                     \
	((struct own_certificate){.key = BUFFER_MAX(LIMIT_KEY_FILE),                              \
	                          .chain = BUFFER_MAX(LIMIT_PEM_FILE)})
void own_certificate_clear(struct own_certificate *certificate);

/* The names that the certificate must have: the host name and the addresses of the TLS listeners
 * (but 0.0.0.0), each once, without those that the issuer's name constraints do not permit (issuer
 * NULL: all). Allocated in the arena. SIGNET_E_CONFIG for a host name that is none, and when nothing is
 * permitted. */
int own_certificate_names(struct arena *arena, const struct settings *settings,
                          const struct signet_authority *issuer, struct general_name **out,
                          size_t *count, struct error *err);

/* Reads the file. SIGNET_E_NOT_FOUND; SIGNET_E_INVALID when it is damaged, over, or not for these
 * names. authorities: the engine's, one of which must have issued it; when they are not known, count
 * 0, any may have, and have left out names. */
int own_certificate_load(struct own_certificate *out, const struct settings *settings,
                         const struct signet_authority *authorities, size_t count,
                         struct error *err);

/* Makes a key, has the engine certify it by the profile "gateway", and writes the file. */
int own_certificate_request(struct own_certificate *out, const struct settings *settings,
                            struct signet_client *client, struct error *err);

/* The one that is there if it is good, also when the engine is away for now; else a new one. */
int own_certificate_get(struct own_certificate *out, const struct settings *settings,
                        struct signet_client *client, struct error *err);

#endif
