/*
 * A log message: its header (RFC 5424, or the older form of RFC 3164), and an
 * event that is made short enough for it.
 */
#ifndef SIGNET_EXIT_SYSLOG_MESSAGE_H
#define SIGNET_EXIT_SYSLOG_MESSAGE_H

#include "api/exit.h"
#include "base/buffer.h"

#define SYSLOG_APP_MAX 48
#define SYSLOG_NAME_MAX 255

enum syslog_form {
	SYSLOG_RFC5424,
	SYSLOG_RFC3164,
	SYSLOG_LOCAL,    /* RFC 3164 without the host, as the C library writes to the local daemon */
};

struct syslog_header {
	enum syslog_form form;
	unsigned facility;
	unsigned severity;
	char hostname[SYSLOG_NAME_MAX + 1];
	const char *app;         /* 1 to SYSLOG_APP_MAX printable characters without blanks */
	unsigned pid;
};

/* The facility of this name; -1 for another. */
int syslog_facility(const char *name);
/* What the kind of event is worth. */
unsigned syslog_severity(enum signet_event_kind kind);
/* This host's name, "-" where it has none that fits. */
void syslog_hostname(char out[SYSLOG_NAME_MAX + 1]);

/* Appends the header with the blank behind it. message_id: such as "issued". */
int syslog_put_header(struct buffer *out, const struct syslog_header *header, int64_t time,
                      const char *message_id);

/* A copy whose texts are at most so many octets long, UTF-8, and whose list of names is no longer in
 * all; what was cut ends with "...". Without certificate and CRL, which no log wants. NULL without
 * memory. */
struct signet_event *syslog_shorten(struct arena *arena, const struct signet_event *event,
                                    size_t longest);

#endif
