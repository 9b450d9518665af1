/*
 * What the files of print share.
 */
#ifndef SIGNET_SIGNETCTL_PRINT_PRIVATE_H
#define SIGNET_SIGNETCTL_PRINT_PRIVATE_H

#include <stddef.h>

#include <jansson.h>

#include "signetctl/print.h"

/* The terminal's columns; 0: it is none. */
size_t print_terminal_width(void);

/* Characters, not octets: what a terminal shows. */
size_t print_text_width(const char *text);
/* At most so many characters, without what would steer a terminal; line ends as this character. */
void print_clean(const char *text, size_t length, char line_end);
/* One that is cut to so many characters ends in an ellipsis. */
void print_clean_cut(const char *text, size_t width, char line_end);
/* In the colour of the state, without padding. */
void print_state(const char *state);
/* Between these, standard output is bold where it has colours. */
void print_bold(bool on);

/* One cell of CSV, and what comes behind it. */
void print_csv_cell(const char *value, enum print_kind kind, bool last);
json_t *print_json_value(const char *value, enum print_kind kind);

#endif
