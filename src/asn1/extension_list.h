/*
 * What the handlers of extensions share that are a SEQUENCE SIZE (1..MAX) OF
 * something. Private to asn1.
 */
#ifndef SIGNET_ASN1_EXTENSION_LIST_H
#define SIGNET_ASN1_EXTENSION_LIST_H

#include "asn1/general_name.h"

/* The elements of a whole extension value that is a SEQUENCE, and how many they are:
 * SIGNET_E_INVALID for none, SIGNET_E_TOO_BIG for more than LIMIT_EXTENSION_ITEMS. */
int extension_list_open(struct bytes value, struct der *list, size_t *count);

/* Adds the URIs of these GeneralNames to uris[LIMIT_EXTENSION_ITEMS]; other kinds are skipped. */
int extension_read_full_name(struct der names, struct bytes *uris, size_t *count);

/* A GeneralName of kind uri, checked. */
bool extension_is_uri(struct bytes uri);

#endif
