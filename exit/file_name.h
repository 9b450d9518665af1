/*
 * File names of published certificates: a pattern such as
 * "{common-name}-{serial}.{ext}", filled from an event. Whatever the event
 * says, the result is one component of a path that is not hidden.
 */
#ifndef SIGNET_EXIT_FILE_NAME_H
#define SIGNET_EXIT_FILE_NAME_H

#include "api/exit.h"

#define FILE_NAME_MAX 240 /* leaves room for the temporary name within NAME_MAX */

/* What may stand in braces, for messages. */
extern const char file_name_placeholders[];

/* Checks a pattern: letters, digits, ".", "-" and "_" outside of braces, known placeholders, and a
 * result that can never be longer than FILE_NAME_MAX. SIGNET_E_INVALID says what is wrong. */
int file_name_check(const char *pattern, struct error *err);

/* Fills a checked pattern. Every character of a value that is not a letter, a digit, ".", "-" or
 * "_" becomes "_"; a value that is missing becomes "none"; a long one is cut. */
int file_name_make(char out[FILE_NAME_MAX + 1], const char *pattern,
                   const struct signet_event *event, const char *extension, struct error *err);

#endif
