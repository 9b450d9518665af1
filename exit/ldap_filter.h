/*
 * Search filters of directories (RFC 4515): their grammar, so that a wrong
 * one is named when the configuration is read and not at the first event.
 */
#ifndef SIGNET_EXIT_LDAP_FILTER_H
#define SIGNET_EXIT_LDAP_FILTER_H

#include "base/error.h"

/* The whole text is one filter. A value's special characters are escaped ("\2a"); attributes and
 * matching rules have the characters that they may have, whatever the directory knows of them.
 * SIGNET_E_INVALID says what is wrong. */
int directory_filter_check(const char *filter, struct error *err);

#endif
