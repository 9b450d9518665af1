#include "api/http_cache.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/clock.h"
#include "base/text.h"

static const char days[] = "ThuFriSatSunMonTueWed"; /* since 1970-01-01 */
static const char months[] = "JanFebMarAprMayJunJulAugSepOctNovDec";

static void put_pair(char *out, int number)
{
	out[0] = (char)('0' + number / 10 % 10);
	out[1] = (char)('0' + number % 10);
}

char *signet_http_date(int64_t seconds, char *out)
{
	struct clock_date date;
	int64_t day = seconds / 86400 - (seconds % 86400 < 0);
	clock_to_date(seconds, &date);
	/* each answer has one: not by snprintf, which takes ten times as long */
	memcpy(out, "Ddd, DD Mmm YYYY HH:MM:SS GMT", sizeof "Ddd, DD Mmm YYYY HH:MM:SS GMT");
	memcpy(out, days + 3 * ((day % 7 + 7) % 7), 3);
	put_pair(out + 5, date.day);
	memcpy(out + 8, months + 3 * (date.month - 1), 3);
	put_pair(out + 12, date.year / 100);
	put_pair(out + 14, date.year % 100);
	put_pair(out + 17, date.hour);
	put_pair(out + 20, date.minute);
	put_pair(out + 23, date.second);
	return out;
}

/* ---- reading ---- */

/* A text that is taken apart from its beginning; failed once something was not there. */
struct scan {
	const char *at;
	bool failed;
};

static void take(struct scan *scan, const char *text)
{
	size_t length = strlen(text);
	if (strncmp(scan->at, text, length) == 0)
		scan->at += length;
	else
		scan->failed = true;
}

static int take_digits(struct scan *scan, int count)
{
	int number = 0;
	for (; count > 0; count--, scan->at++) {
		if (*scan->at < '0' || *scan->at > '9') {
			scan->failed = true;
			return 0;
		}
		number = number * 10 + (*scan->at - '0');
	}
	return number;
}

/* One of the names of three letters: its place. */
static int take_name(struct scan *scan, const char *names)
{
	for (int i = 0; names[3 * i]; i++)
		if (strncmp(scan->at, names + 3 * i, 3) == 0) {
			scan->at += 3;
			return i;
		}
	scan->failed = true;
	return 0;
}

static void take_time(struct scan *scan, struct clock_date *date)
{
	date->hour = take_digits(scan, 2);
	take(scan, ":");
	date->minute = take_digits(scan, 2);
	take(scan, ":");
	date->second = take_digits(scan, 2);
	if (date->second == 60) /* a leap second; we count none */
		date->second = 59;
}

/* "Sun, 06 Nov 1994 08:49:37 GMT" */
static void take_fixdate(struct scan *scan, struct clock_date *date)
{
	take(scan, ", ");
	date->day = take_digits(scan, 2);
	take(scan, " ");
	date->month = take_name(scan, months) + 1;
	take(scan, " ");
	date->year = take_digits(scan, 4);
	take(scan, " ");
	take_time(scan, date);
	take(scan, " GMT");
}

/* "Sunday, 06-Nov-94 08:49:37 GMT" (RFC 850) */
static void take_rfc850(struct scan *scan, struct clock_date *date)
{
	struct clock_date today;
	clock_to_date(clock_now(), &today);
	scan->at += strspn(scan->at, "abcdefghijklmnopqrstuvwxyz");
	take(scan, ", ");
	date->day = take_digits(scan, 2);
	take(scan, "-");
	date->month = take_name(scan, months) + 1;
	take(scan, "-");
	date->year = today.year - today.year % 100 + take_digits(scan, 2);
	if (date->year > today.year + 50)
		date->year -= 100;
	take(scan, " ");
	take_time(scan, date);
	take(scan, " GMT");
}

/* "Sun Nov  6 08:49:37 1994" (asctime) */
static void take_asctime(struct scan *scan, struct clock_date *date)
{
	take(scan, " ");
	date->month = take_name(scan, months) + 1;
	take(scan, " ");
	bool one = *scan->at == ' ';
	scan->at += one;
	date->day = take_digits(scan, one ? 1 : 2);
	take(scan, " ");
	take_time(scan, date);
	take(scan, " ");
	date->year = take_digits(scan, 4);
}

int signet_http_read_date(const char *text, int64_t *out)
{
	struct scan scan = {text, false};
	struct clock_date date = {0};
	take_name(&scan, days);
	if (*scan.at == ',')
		take_fixdate(&scan, &date);
	else if (*scan.at == ' ')
		take_asctime(&scan, &date);
	else
		take_rfc850(&scan, &date);
	return scan.failed || *scan.at ? SIGNET_E_INVALID : clock_from_date(&date, out);
}

/* ---- conditions ---- */

/* Whether a list of entity tags ("a", W/"b", or "*") has this one; weak comparison. What is not
 * such a list ends it. */
static bool has_tag(const char *list, const char *etag)
{
	size_t length = strlen(etag);
	if (strcmp(list, "*") == 0)
		return true;
	for (const char *p = list;;) {
		p += strspn(p, " \t,");
		if (strncmp(p, "W/", 2) == 0)
			p += 2;
		const char *end = *p == '"' ? strchr(p + 1, '"') : NULL;
		if (!end)
			return false;
		if ((size_t)(end + 1 - p) == length && memcmp(p, etag, length) == 0)
			return true;
		p = end + 1;
	}
}

bool signet_http_is_not_modified(const struct http_request *request, const char *etag,
                                 int64_t modified)
{
	bool asked = false;
	for (size_t i = 0; i < request->header_count; i++)
		if (text_equal_nocase(request->headers[i].name, "If-None-Match")) {
			asked = true;
			if (has_tag(request->headers[i].value, etag))
				return true;
		}
	const char *since = signet_http_header(request, "If-Modified-Since");
	int64_t time;
	return !asked && modified && since && signet_http_read_date(since, &time) == 0 &&
	       modified <= time;
}

bool signet_http_add_validators(const struct http_request *request,
                                struct http_response *response, const char *etag,
                                int64_t modified)
{
	char date[HTTP_DATE_SIZE];
	signet_http_add(request, response, "ETag", etag);
	if (modified)
		signet_http_add(request, response, "Last-Modified",
		                signet_http_date(modified, date));
	if (!signet_http_is_not_modified(request, etag, modified))
		return false;
	signet_http_reply(request, response, 304, NULL, BYTES_NONE);
	return true;
}

void signet_http_add_freshness(const struct http_request *request,
                               struct http_response *response, int64_t expires)
{
	char date[HTTP_DATE_SIZE];
	int64_t now = clock_now();
	signet_http_add(request, response, "Expires", signet_http_date(expires, date));
	signet_http_addf(request, response, "Cache-Control",
	                 "max-age=%" PRId64 ", public, no-transform, must-revalidate",
	                 expires > now ? expires - now : 0);
}
