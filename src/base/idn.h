/*
 * Host names beyond ASCII (IDNA 2008, RFC 5890 to 5893): the only user of
 * libidn2.
 */
#ifndef SIGNET_BASE_IDN_H
#define SIGNET_BASE_IDN_H

#include "base/bytes.h"
#include "base/limits.h"

/* The name with A-labels ("xn--...") for its U-labels, in lower case. name is UTF-8; a first label "*"
 * stays. SIGNET_E_INVALID when it is no such name, SIGNET_E_NOMEM. */
int idn_to_ascii(const char *name, char out[LIMIT_DNS_NAME + 1]);

enum idn_verdict {
	IDN_NONE,    /* no A-label in it */
	IDN_VALID,
	IDN_BROKEN,  /* a label that begins with "xn--" and is no A-label, or not the shortest form */
	IDN_MIXED,   /* a label mixes scripts (unicode.h): a homograph, perhaps */
};
/* Of a host name in ASCII. Without memory it is IDN_BROKEN. */
enum idn_verdict idn_judge(struct bytes host);

#endif
