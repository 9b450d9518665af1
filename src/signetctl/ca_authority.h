/*
 * An authority as its configuration and its files say, without the engine:
 * what signetctl gets another certificate for, or signs one with.
 */
#ifndef SIGNET_SIGNETCTL_CA_AUTHORITY_H
#define SIGNET_SIGNETCTL_CA_AUTHORITY_H

#include "base/limits.h"
#include "base/passphrase.h"
#include "conf/settings.h"
#include "pki/certificate.h"
#include "signetctl/ca_files.h"

struct ca_authority {
	const char *name;
	const struct conf_node *map;     /* authorities.NAME; NULL for one of plain files */
	struct arena *arena;
	struct ca_files files;
	struct buffer passphrase;        /* of its key files; empty: none */
	struct bytes chain[LIMIT_CHAIN]; /* X.pem */
	size_t chain_count;
	struct certificate certificate;  /* the first of them */
	struct key *key;                 /* of that certificate */
	struct key *next;                /* X.new.key; NULL: there is none */
	unsigned earlier;                /* keys that there were before */
};

/* Locks the authority's files, ends what was cut off, and reads them. SIGNET_E_NOT_FOUND: there is none of that
 * name; SIGNET_E_PERMISSION: the passphrase is wrong. To be closed after success. */
int ca_authority_open(struct ca_authority *out, struct arena *arena,
                      const struct settings *settings, const char *name, struct error *err);
/* Reads them only. */
int ca_authority_read(struct ca_authority *out, struct arena *arena,
                      const struct settings *settings, const char *name, struct error *err);
/* The same of two files and a passphrase (NULL: none) that the command line names; NULL for key: without. */
int ca_authority_read_files(struct ca_authority *out, struct arena *arena, const char *certificate,
                            const char *key, const char *passphrase, struct error *err);
void ca_authority_close(struct ca_authority *authority);

/* The Nth earlier key; freed with key_free. */
int ca_authority_earlier_key(const struct ca_authority *authority, unsigned nth, struct key **out,
                             struct error *err);
/* Makes X.new.key of this kind (NULL: as the present key) unless there is one, which must be of that kind. */
int ca_authority_make_next(struct ca_authority *authority, const char *type, struct error *err);
/* What a key is called here: "p-256", "rsa-2048". */
const char *ca_key_type(struct arena *arena, const struct pubkey *key);

/* The certificates of a file, PEM or one in DER. */
int ca_read_certificates(struct arena *arena, const char *path, struct bytes out[LIMIT_CHAIN],
                         size_t *count, struct error *err);

#endif
