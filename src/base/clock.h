/*
 * The one place that reads the clock, so that tests can set it.
 */
#ifndef SIGNET_BASE_CLOCK_H
#define SIGNET_BASE_CLOCK_H

#include <pthread.h>
#include <stddef.h>
#include <stdint.h>

/* Seconds since 1970-01-01T00:00:00Z. */
int64_t clock_now(void);
/* The same in microseconds. */
int64_t clock_now_us(void);
/* Microseconds of a clock that never goes back; for timeouts and durations only. */
int64_t clock_monotonic_us(void);

/* A condition for clock_wait. */
void clock_condition_init(pthread_cond_t *condition);
/* Waits for the condition until clock_monotonic_us reaches the deadline: 0, or ETIMEDOUT. As with
 * pthread_cond_wait the lock is held, and waking up says nothing. */
int clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_us);

/* The same moment as the host's time zone counts it: seconds since 1970-01-01T00:00:00 there. */
int64_t clock_to_local(int64_t seconds);

/* Freezes clock_now and clock_now_us at this time; 0 lets them run again. For tests. */
void clock_freeze(int64_t seconds);

#define CLOCK_TEXT_SIZE 32

/* "2026-11-23T12:49:00Z" (RFC 3339, UTC) into out[CLOCK_TEXT_SIZE]; returns out. */
char *clock_format(int64_t seconds, char *out);
/* Reads that form; SIGNET_E_INVALID else. */
int clock_parse(const char *text, int64_t *seconds);

/* Days and seconds of a proleptic Gregorian UTC date, without the C library's locks:
 * year 0 to 9999, month 1 to 12, day 1 to 31. */
struct clock_date {
	int year, month, day, hour, minute, second;
};
void clock_to_date(int64_t seconds, struct clock_date *date);
/* SIGNET_E_INVALID for a date that does not exist. */
int clock_from_date(const struct clock_date *date, int64_t *seconds);

#endif
