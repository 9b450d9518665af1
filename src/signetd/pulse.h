/*
 * Whether the engine answers, for systemd's watchdog: now and then a cheap
 * call on request.sock, without waiting for it. That there is an answer is
 * all that is looked at.
 */
#ifndef SIGNET_SIGNETD_PULSE_H
#define SIGNET_SIGNETD_PULSE_H

#include <stdbool.h>
#include <stdint.h>

struct pulse {
	int fd;           /* of the question under way, to be polled; -1: there is none */
	int64_t interval; /* microseconds; 0: nobody wants to know */
	int64_t due;      /* clock_monotonic_us */
};

void pulse_begin(struct pulse *pulse, int64_t interval);
void pulse_end(struct pulse *pulse);
/* Whether it is time to ask again. *next is lowered to when it is. */
bool pulse_is_due(struct pulse *pulse, int64_t now, int64_t *next);
/* There was nobody to ask: it is due again soon. */
void pulse_retry(struct pulse *pulse, int64_t now, int64_t *next);
/* Gives up the last question and asks anew; nothing comes of it where the engine is not there. */
void pulse_ask(struct pulse *pulse, const char *state);
/* fd is readable: true when that is the answer. */
bool pulse_read(struct pulse *pulse);

#endif
