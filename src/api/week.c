#include "api/week.h"

#include "base/clock.h"
#include "base/error.h"
#include "base/text.h"

#define DAY_MINUTES (24 * 60)
#define WEEK_DAYS 7
#define ALL_DAYS 0x7f

static const char *const day_names[WEEK_DAYS] = {"sun", "mon", "tue", "wed", "thu", "fri", "sat"};

static bool take(const char **text, char c)
{
	if (**text != c)
		return false;
	++*text;
	return true;
}

static bool take_day(const char **text, unsigned *day)
{
	for (unsigned i = 0; i < WEEK_DAYS; i++) {
		const char *name = day_names[i], *p = *text;
		while (*name && text_lower(*p) == *name)
			p++, name++;
		if (*name)
			continue;
		*text = p;
		*day = i;
		return true;
	}
	return false;
}

/* "mon-fri", "sat": adds to the days. A day that stands there twice is a mistake. */
static bool take_days_range(const char **text, uint8_t *days)
{
	unsigned first, last;
	if (!take_day(text, &first))
		return false;
	last = first;
	if (take(text, '-') && !take_day(text, &last))
		return false;
	for (unsigned day = first;; day = (day + 1) % WEEK_DAYS) {
		if (*days & 1u << day)
			return false;
		*days |= (uint8_t)(1u << day);
		if (day == last)
			return true;
	}
}

static bool take_days(const char **text, uint8_t *days)
{
	do {
		if (!take_days_range(text, days))
			return false;
	} while (take(text, ','));
	return true;
}

static bool take_two_digits(const char **text, unsigned *out)
{
	const char *p = *text;
	if (p[0] < '0' || p[0] > '9' || p[1] < '0' || p[1] > '9')
		return false;
	*out = (unsigned)(p[0] - '0') * 10 + (unsigned)(p[1] - '0');
	*text += 2;
	return true;
}

static bool take_time(const char **text, uint16_t *out)
{
	unsigned hour, minute;
	if (!take_two_digits(text, &hour) || !take(text, ':') || !take_two_digits(text, &minute) ||
	    minute > 59 || hour * 60 + minute > DAY_MINUTES)
		return false;
	*out = (uint16_t)(hour * 60 + minute);
	return true;
}

static bool take_hours(const char **text, struct week_span *span)
{
	return take_time(text, &span->from) && take(text, '-') && take_time(text, &span->to) &&
	       span->from != span->to && span->from < DAY_MINUTES && span->to > 0;
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

int week_span_read(struct week_span *out, const char *text)
{
	struct week_span span = {.to = DAY_MINUTES};
	bool good = true, with_days = !is_digit(*text);
	if (with_days)
		good = take_days(&text, &span.days);
	else
		span.days = ALL_DAYS;
	if (good && (!with_days || (text[0] == ' ' && is_digit(text[1])))) {
		text += with_days;
		good = take_hours(&text, &span);
	}
	if (!good)
		return SIGNET_E_INVALID;
	span.local = text_equal_nocase(text, " local");
	if (*text && !span.local && !text_equal_nocase(text, " UTC"))
		return SIGNET_E_INVALID;
	*out = span;
	return 0;
}

/* Rounds down before 1970, too. */
static int64_t divide(int64_t a, int64_t b)
{
	return a / b - (a % b < 0);
}

bool week_span_holds(const struct week_span *span, int64_t time)
{
	int64_t minutes = divide(span->local ? clock_to_local(time) : time, 60);
	int64_t days = divide(minutes, DAY_MINUTES);
	int64_t minute = minutes - days * DAY_MINUTES;
	/* 1970-01-01 was a Thursday */
	int64_t today = days + 4 - divide(days + 4, WEEK_DAYS) * WEEK_DAYS;
	int64_t yesterday = (today + WEEK_DAYS - 1) % WEEK_DAYS;
	if (span->from < span->to)
		return span->days & 1u << today && minute >= span->from && minute < span->to;
	return (span->days & 1u << today && minute >= span->from) ||
	       (span->days & 1u << yesterday && minute < span->to);
}
