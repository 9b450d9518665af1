/*
 * The small languages of a rule's `when`: patterns of requesters, which must
 * say the same as the plain recursive definition of them, and times of the
 * week. The first line is a pattern or a time, the rest a name.
 */
#include <string.h>

#include "api/policy.h"
#include "api/week.h"
#include "base/text.h"
#include "tests/fuzz/fuzz.h"

#define TEXT_MAX 4096
/* What the recursive definition, which takes every way, is asked about. */
#define PLAIN_STARS 4
#define PLAIN_LENGTH 32

/* host: the part of the name in which case does not count. */
static bool fits_plainly(const char *pattern, const char *name, const char *host)
{
	if (*pattern == '*')
		return fits_plainly(pattern + 1, name, host) ||
		       (*name && fits_plainly(pattern, name + 1, host));
	bool same = name < host ? *pattern == *name : text_lower(*pattern) == text_lower(*name);
	return same && (*name == '\0' || fits_plainly(pattern + 1, name + 1, host));
}

static void check_pattern(const char *pattern, const char *name)
{
	bool fits = signet_pattern_fits(NULL, pattern, name);
	const char *at = strrchr(name, '@');
	size_t stars = 0;
	for (const char *c = pattern; *c; c++)
		stars += *c == '*';
	if (*pattern == '@')
		FUZZ_CHECK(!fits);
	else if (stars <= PLAIN_STARS && strlen(name) <= PLAIN_LENGTH)
		FUZZ_CHECK(fits == fits_plainly(pattern, name, at ? at + 1 : name + strlen(name)));
	FUZZ_CHECK(signet_pattern_fits(NULL, "*", name));
}

/* What is taken is a part of each week: some minute of it holds, and the same in the next one. */
static void check_week(const char *text)
{
	struct week_span span;
	bool some = false;
	if (week_span_read(&span, text))
		return;
	FUZZ_CHECK(span.days != 0 && span.days < 0x80);
	FUZZ_CHECK(span.from < 24 * 60 && span.to <= 24 * 60 && span.from != span.to);
	span.local = false;
	for (int64_t minute = 0; minute < 7 * 24 * 60 && !some; minute++)
		some = week_span_holds(&span, minute * 60);
	FUZZ_CHECK(some);
	for (int64_t time = 0; time < 86400; time += 3600)
		FUZZ_CHECK(week_span_holds(&span, time) == week_span_holds(&span, time + 7 * 86400));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t length)
{
	char text[TEXT_MAX + 1];
	if (length > TEXT_MAX)
		return 0;
	memcpy(text, data, length);
	text[length] = '\0';
	char *name = strchr(text, '\n');
	if (name)
		*name++ = '\0';
	check_pattern(text, name ? name : "");
	check_week(text);
	return 0;
}
