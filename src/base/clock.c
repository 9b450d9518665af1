#include "base/clock.h"

#include <stdatomic.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include "base/error.h"

#define DAY 86400

static _Atomic int64_t frozen; /* seconds; 0 while the clock runs */

static int64_t read_us(clockid_t which)
{
	struct timespec now;
	clock_gettime(which, &now);
	return (int64_t)now.tv_sec * 1000000 + now.tv_nsec / 1000;
}

int64_t clock_now_us(void)
{
	int64_t at = atomic_load_explicit(&frozen, memory_order_relaxed);
	return at ? at * 1000000 : read_us(CLOCK_REALTIME);
}

int64_t clock_now(void)
{
	return clock_now_us() / 1000000;
}

int64_t clock_monotonic_us(void)
{
	return read_us(CLOCK_MONOTONIC);
}

void clock_condition_init(pthread_cond_t *condition)
{
	pthread_condattr_t attributes;
	pthread_condattr_init(&attributes);
	pthread_condattr_setclock(&attributes, CLOCK_MONOTONIC);
	pthread_cond_init(condition, &attributes);
	pthread_condattr_destroy(&attributes);
}

int clock_wait(pthread_cond_t *condition, pthread_mutex_t *lock, int64_t deadline_us)
{
	const struct timespec until = {deadline_us / 1000000, deadline_us % 1000000 * 1000};
	return pthread_cond_timedwait(condition, lock, &until);
}

int64_t clock_to_local(int64_t seconds)
{
	struct tm local;
	time_t at = seconds;
	return localtime_r(&at, &local) ? seconds + local.tm_gmtoff : seconds;
}

void clock_freeze(int64_t seconds)
{
	atomic_store(&frozen, seconds);
}

/* The civil-from-days algorithm: eras of 400 years that begin on the first of March. */
void clock_to_date(int64_t seconds, struct clock_date *date)
{
	int64_t days = seconds / DAY, rest = seconds % DAY;
	if (rest < 0) {
		rest += DAY;
		days--;
	}
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t doe = days - era * 146097;
	int64_t yoe = (doe - doe / 1460 + doe / 36524 - doe / 146096) / 365;
	int64_t doy = doe - (365 * yoe + yoe / 4 - yoe / 100);
	int64_t mp = (5 * doy + 2) / 153;
	date->day = (int)(doy - (153 * mp + 2) / 5 + 1);
	date->month = (int)(mp < 10 ? mp + 3 : mp - 9);
	date->year = (int)(yoe + era * 400 + (date->month <= 2));
	date->hour = (int)(rest / 3600);
	date->minute = (int)(rest / 60 % 60);
	date->second = (int)(rest % 60);
}

static int month_days(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	int leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
	return days[month - 1] + (month == 2 && leap);
}

int clock_from_date(const struct clock_date *d, int64_t *seconds)
{
	if (d->year < 0 || d->year > 9999 || d->month < 1 || d->month > 12 || d->day < 1 ||
	    d->day > month_days(d->year, d->month) || d->hour < 0 || d->hour > 23 ||
	    d->minute < 0 || d->minute > 59 || d->second < 0 || d->second > 59)
		return SIGNET_E_INVALID;
	int64_t year = d->year - (d->month <= 2);
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t yoe = year - era * 400;
	int64_t doy = (153 * (d->month + (d->month > 2 ? -3 : 9)) + 2) / 5 + d->day - 1;
	int64_t doe = yoe * 365 + yoe / 4 - yoe / 100 + doy;
	int64_t days = era * 146097 + doe - 719468;
	*seconds = days * DAY + d->hour * 3600 + d->minute * 60 + d->second;
	return 0;
}

char *clock_format(int64_t seconds, char *out)
{
	struct clock_date d;
	clock_to_date(seconds, &d);
	snprintf(out, CLOCK_TEXT_SIZE, "%04d-%02d-%02dT%02d:%02d:%02dZ", d.year % 10000, d.month,
	         d.day, d.hour, d.minute, d.second);
	return out;
}

int clock_parse(const char *text, int64_t *seconds)
{
	static const char form[] = "dddd-dd-ddTdd:dd:ddZ";
	int field[6] = {0}, at = 0;
	if (strlen(text) != sizeof form - 1)
		return SIGNET_E_INVALID;
	for (size_t i = 0; i < sizeof form - 1; i++) {
		if (form[i] != 'd') {
			if (text[i] != form[i])
				return SIGNET_E_INVALID;
			at++;
		} else if (text[i] < '0' || text[i] > '9') {
			return SIGNET_E_INVALID;
		} else {
			field[at] = field[at] * 10 + (text[i] - '0');
		}
	}
	struct clock_date d = {field[0], field[1], field[2], field[3], field[4], field[5]};
	return clock_from_date(&d, seconds);
}
