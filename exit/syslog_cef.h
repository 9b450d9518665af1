/*
 * Events in the Common Event Format, version 0: a header whose parts are
 * divided by "|", then pairs of key and value.
 */
#ifndef SIGNET_EXIT_SYSLOG_CEF_H
#define SIGNET_EXIT_SYSLOG_CEF_H

#include "api/exit.h"
#include "base/buffer.h"

/* What may stand in the header as it is, and what as a value. "|" and "\" are escaped in the one, "="
 * and "\" in the other, where ends of lines become "\n" and "\r"; other control characters, and those
 * of the header's lines, become "?". The text is UTF-8. */
int cef_put_header(struct buffer *out, const char *text);
int cef_put_value(struct buffer *out, const char *text);

/* Appends the event. */
int cef_put_event(struct buffer *out, const struct signet_event *event);

#endif
