/*
 * Keeps a good certificate in the TLS context: the one that the
 * configuration names, or the gateway's own, which a thread renews in time.
 */
#ifndef SIGNET_GATEWAY_KEEPER_H
#define SIGNET_GATEWAY_KEEPER_H

#include "api/client.h"
#include "conf/settings.h"
#include "gateway/tls.h"

struct keeper;

/* Whether the certificate and key of the section tls: can be read and match; without that section,
 * whether the host name can stand in a certificate. */
int keeper_check(const struct settings *settings, struct error *err);

/* A certificate is in place when it returns. settings, client and tls outlive the keeper. */
int keeper_start(struct keeper **out, const struct settings *settings,
                 struct signet_client *client, struct tls *tls, struct error *err);
/* Accepts NULL. */
void keeper_stop(struct keeper *keeper);

#endif
