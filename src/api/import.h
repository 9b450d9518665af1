/*
 * What signetctl cert import asks of the engine. Not for modules.
 */
#ifndef SIGNET_API_IMPORT_H
#define SIGNET_API_IMPORT_H

#include "api/client.h"

/* Octets of certificates in one call, which has LIMIT_IMPORT of them at most: with all that stands around
 * them it is a message. */
#define SIGNET_IMPORT_OCTETS 50000

struct signet_import_item {
	struct bytes certificate;  /* DER */
	int64_t revoked;           /* when it was revoked or held elsewhere; 0: it is not */
	int64_t invalid;           /* invalidity date; 0: not said */
	unsigned reason;           /* CRLReason */
};
struct signet_import {
	const struct signet_import_item *items;
	size_t count;
	const char *authority;     /* whose they must be; NULL: of any */
	bool unexpired;            /* those that have ended are left out */
	bool check;                /* says what would be, and stores nothing */
	bool publish;              /* exits are told that they were issued */
};
struct signet_import_refusal {
	size_t item;
	int code;
	const char *message;
};
struct signet_imported {
	size_t imported, skipped, ended, revoked;
	struct signet_import_refusal *refused;
	size_t refused_count;
};
/* Stores certificates that were issued elsewhere with a key of one of our authorities, all that can be in
 * one transaction. What was imported already is skipped. SIGNET_E_NOT_FOUND: there is no such authority. */
int signet_import_certificates(struct signet_client *client, struct arena *arena,
                               const struct signet_import *import, struct signet_imported *out,
                               struct error *err);

/* Has the engine verify that this file, a CRL in DER, is a complete CRL of the authority (NULL: of any)
 * *authority, signed by a key of it. SIGNET_E_INVALID, _BAD_SIGNATURE. */
int signet_check_crl(struct signet_client *client, struct arena *arena, int file,
                     const char *wanted, const char **authority, struct error *err);

#endif
