/*
 * What deceives in text beyond ASCII: the only user of libunistring.
 */
#ifndef SIGNET_BASE_UNICODE_H
#define SIGNET_BASE_UNICODE_H

#include "base/bytes.h"

/* Whether the characters of a word come from scripts that no language mixes (UTS 39 section 5.2,
 * "highly restrictive"). word is UTF-8, and mixed when it is not. */
bool unicode_is_mixed(struct bytes word);

enum unicode_oddity {
	UNICODE_MIXED = 1,      /* a word of it is mixed; words end where letters and digits do */
	UNICODE_INVISIBLE = 2,  /* a character that shows nothing or turns others around */
	UNICODE_UNASSIGNED = 4, /* a private, unassigned or broken one */
	UNICODE_BLANK = 8,      /* a blank or a line's end that is not U+0020 */
	UNICODE_DECOMPOSED = 16, /* it is not in normalization form C (UAX 15) */
};
/* Those of a text in UTF-8, as a mask; 0 for printable ASCII. Without memory it is all of them. */
unsigned unicode_oddities(struct bytes text);

#endif
