/*
 * Where the passphrase of a key comes from: never from the configuration's
 * own text or a command line.
 */
#ifndef SIGNET_BASE_PASSPHRASE_H
#define SIGNET_BASE_PASSPHRASE_H

#include "base/buffer.h"
#include "base/error.h"

enum passphrase_source {
	PASSPHRASE_NONE,
	PASSPHRASE_FILE,        /* the file's first line */
	PASSPHRASE_ENVIRONMENT, /* a variable's value */
	PASSPHRASE_CREDENTIAL,  /* $CREDENTIALS_DIRECTORY/NAME, as systemd hands it over */
};

#define PASSPHRASE_MAX 1024

/* Appends the passphrase to out (BUFFER_MAX(PASSPHRASE_MAX), wiped by the caller) with a NUL
 * behind it, so that out->data is a string. Empty is an error. PASSPHRASE_NONE leaves out empty,
 * its data NULL. */
int passphrase_read(struct buffer *out, enum passphrase_source source, const char *name,
                    struct error *err);

#endif
