/*
 * The log: one line an event, `key=value` or JSON, to standard error (which
 * is the journal's under systemd). Secrets never come here.
 *
 *   log_event(LOG_INFO, "issued", "request", "17", "profile", name, NULL);
 *   time=2026-11-23T12:49:00Z level=info role=engine event=issued request=17 profile=tls-server
 */
#ifndef SIGNET_BASE_LOG_H
#define SIGNET_BASE_LOG_H

#include <stdbool.h>

struct error;

enum log_level { LOG_ERROR, LOG_WARNING, LOG_INFO, LOG_DEBUG };

/* Call once per process before threads start. role is kept, not copied. */
void log_setup(const char *role, enum log_level level, bool json);

/* The level by its name ("error", "warning", "info", "debug"); -1 for another. */
int log_level_from_name(const char *name);
bool log_enabled(enum log_level level);

/* Pairs of key and value strings, ended by NULL; a value of NULL is left out with its key.
 * Control characters, line separators, quotes and bytes that are not UTF-8 are escaped: no value
 * can forge a line. A long value ends with "..."; pairs that do not fit a line of 4096 octets are
 * left out and "cut=true" stands at its end. */
void log_event(enum log_level level, const char *event, ...) __attribute__((sentinel));

/* The same with the error's code, message and detail as its last pairs. */
void log_error(enum log_level level, const char *event, const struct error *err, ...)
	__attribute__((sentinel));

#endif
