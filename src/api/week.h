/*
 * Times of the week, for the condition `time` of policy rules: days, hours,
 * or both, in UTC or in the host's own time. Not part of the SDK.
 */
#ifndef SIGNET_API_WEEK_H
#define SIGNET_API_WEEK_H

#include <stdbool.h>
#include <stdint.h>

/* A part of each week. */
struct week_span {
	uint8_t days;        /* bit n: begins on day n, Sunday is 0 */
	uint16_t from, to;   /* minutes of the day; a span with to <= from ends on the next day */
	bool local;          /* in the host's own time zone, else UTC */
};

/* "mon-fri 08:00-18:00", "sat,sun", "22:00-06:00 local": days, hours and zone, each of which may
 * be left out but not both of days and hours. Without days every day, without hours the whole day,
 * UTC without a zone. Days are sun to sat, ranges may go round the week; the first minute belongs to
 * the span, the last (up to 24:00) does not; one that ends before it begins ends on the next day.
 * SIGNET_E_INVALID. */
int week_span_read(struct week_span *out, const char *text);
/* time: seconds since 1970. */
bool week_span_holds(const struct week_span *span, int64_t time);

#endif
