/*
 * Who signs a certificate of an authority here.
 */
#ifndef SIGNET_SIGNETCTL_CA_ISSUER_H
#define SIGNET_SIGNETCTL_CA_ISSUER_H

#include "signetctl/authority.h"
#include "signetctl/ca_authority.h"
#include "signetctl/command.h"

/* What the command line says of it; NULL: not said. */
struct ca_issuer_wish {
	const char *certificate, *key;
	const char *passphrase_file, *passphrase_environment, *passphrase_credential;
};

struct ca_issuer {
	struct ca_authority authority; /* empty when it is itself */
	bool itself;              /* the certificate is self-signed */
	bool same;                /* the key that signed the present certificate */
	struct authority_urls urls; /* as its configuration has them */
};

/* The issuer of this authority's certificate: the one of the wish, itself, an authority of the configuration
 * with that name, or root.pem and root.key of the state directory. SIGNET_E_NOT_FOUND: none of them, with what to
 * do; SIGNET_E_PERMISSION: a wrong passphrase. To be closed after success. */
int ca_issuer_find(struct ca_issuer *out, const struct settings *settings,
                   const struct ca_authority *of, const struct ca_issuer_wish *wish,
                   struct error *err);
void ca_issuer_close(struct ca_issuer *issuer);

/* Where certificates of this authority point. In its arena, or the configuration's. */
int ca_issuer_urls(const struct ca_authority *authority, struct authority_urls *out, struct error *err);

#endif
