/*
 * Placeholders: what stands in --help for the value of an option or for an
 * argument ("PROFILE"), and which values there are for it. One table for
 * --help, for the shells' completion and for what is said of a wrong value;
 * the words of a placeholder are those by which its parser reads them.
 */
#ifndef SIGNET_SIGNETCTL_PLACEHOLDER_H
#define SIGNET_SIGNETCTL_PLACEHOLDER_H

#include <stdbool.h>
#include <stddef.h>

#include "base/buffer.h"
#include "base/error.h"

struct placeholder {
	const char *name;                /* as it stands in tables of options and commands */
	const char *shown;               /* in --help, when that is something else; NULL: its words,
	                                    if it has any and it is no list, else its name */
	const char *(*word)(size_t at);  /* its words one after the other, NULL behind the last; NULL: none */
	bool list;                       /* several of them may be given, with commas between */
	const char *kind;                /* of names that only configuration and engine know: what
	                                    `signetctl completion values` calls them; NULL: none */
	bool file, directory;            /* it is the name of one */
};

/* The alternatives of one argument, such as "FILE|AUTHORITY" or "[SERIAL|FILE]...", from the left: *text
 * goes behind the one that is read, *name is what it is called. One that is not in the table and ends
 * with "FILE" or "PATH" is a file, one with "DIR" a directory, one without capitals a word, which has
 * no more than its name. False behind the last. */
bool placeholder_next(struct placeholder *out, struct bytes *name, const char **text);
/* Whether a name is a word that is typed as it is: "all" of "N|all". */
bool placeholder_is_word(struct bytes name);

/* Appends an option's or a command's arguments as --help shows them: "CERTIFICATE-STATE" as
 * "valid|revoked|held|expired". */
void placeholder_show(struct buffer *out, const char *text);

/* SIGNET_E_INVALID: "--state: there is valid, revoked, held, expired"; what: "--state". */
int placeholder_refuse(struct error *err, const char *what, const char *name);

/* The kinds of names, one after the other, NULL behind the last. */
const char *placeholder_kind(size_t at);

#endif
