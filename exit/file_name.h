/*
 * Paths of published files, below the directory: a pattern such as
 * "{authority}/{common-name}-{serial}.{ext}", filled from an event. Whatever
 * the event says, the result has exactly the parts that the pattern has, and
 * none of them is hidden.
 */
#ifndef SIGNET_EXIT_FILE_NAME_H
#define SIGNET_EXIT_FILE_NAME_H

#include "api/exit.h"

#define FILE_NAME_MAX 240  /* of a part; leaves room within NAME_MAX for what is appended to it */
#define FILE_PARTS_MAX 8   /* the file's own name among them */
#define FILE_PATH_MAX 1024

enum file_kind {
	FILE_CERTIFICATE, /* has to be another path for each certificate */
	FILE_AUTHORITY,
	FILE_CRL,
};

/* Checks a pattern for this kind of file: letters, digits, ".", "-" and "_" outside of braces, "/"
 * between parts, and placeholders that the kind has; no part is hidden or can be longer than
 * FILE_NAME_MAX. SIGNET_E_INVALID says what is wrong. */
int file_name_check(const char *pattern, enum file_kind kind, struct error *err);

/* Whether the result differs with this placeholder ("ext"). */
bool file_name_has(const char *pattern, const char *placeholder);
/* Whether who asks for a certificate chooses parts of its path. */
bool file_name_is_chosen(const char *pattern);
/* Whether one may be chosen such that it is one of the other pattern's: a certificate must not take the
 * place of an authority's or a CRL. What the administrator has named (an authority, a profile) is
 * not taken to be what stands literally in the other pattern: that is for file_name_fits. */
bool file_name_may_meet(const char *certificates, const char *others);
/* Whether a path could have been made of this pattern. */
bool file_name_fits(const char *pattern, const char *path);

/* Fills a checked pattern. Every character of a value that is not a letter, a digit, ".", "-" or
 * "_" becomes "_"; a value that is missing becomes "none"; a long one is cut. SIGNET_E_TOO_BIG. */
int file_name_make(char out[FILE_PATH_MAX + 1], const char *pattern,
                   const struct signet_event *event, const char *extension, struct error *err);

#endif
