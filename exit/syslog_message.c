#include "exit/syslog_message.h"

#include <time.h>
#include <unistd.h>

#include "base/clock.h"
#include "base/text.h"

#define CUT "..."

static const char *const facilities[] = {
	"kern", "user", "mail", "daemon", "auth", "syslog", "lpr", "news", "uucp", "cron", "authpriv",
	"ftp", NULL, NULL, NULL, NULL, "local0", "local1", "local2", "local3", "local4", "local5",
	"local6", "local7"};

int syslog_facility(const char *name)
{
	for (int i = 0; i < (int)(sizeof facilities / sizeof *facilities); i++)
		if (facilities[i] && strcmp(facilities[i], name) == 0)
			return i;
	return -1;
}

/* RFC 5424 section 6.2.1: 4 a warning, 5 a notice, 6 informational. */
unsigned syslog_severity(enum signet_event_kind kind)
{
	switch (kind) {
	case SIGNET_EVENT_DENIED:
	case SIGNET_EVENT_EXPIRING:
		return 4;
	case SIGNET_EVENT_ISSUED:
	case SIGNET_EVENT_CRL_PUBLISHED:
		return 6;
	default:
		return 5;
	}
}

void syslog_hostname(char out[SYSLOG_NAME_MAX + 1])
{
	if (gethostname(out, SYSLOG_NAME_MAX + 1) || !memchr(out, '\0', SYSLOG_NAME_MAX + 1) || !*out ||
	    !text_is_printable(bytes_text(out)) || strchr(out, ' '))
		memcpy(out, "-", 2);
}

/* "Nov 23 12:49:00", in local time, as receivers of this form expect. */
static void put_old_time(struct buffer *out, int64_t seconds)
{
	static const char months[][4] = {"Jan", "Feb", "Mar", "Apr", "May", "Jun",
	                                 "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"};
	time_t time = (time_t)seconds;
	struct tm t = {0};
	localtime_r(&time, &t);
	buffer_printf(out, "%s %2d %02d:%02d:%02d ", months[t.tm_mon], t.tm_mday, t.tm_hour, t.tm_min,
	              t.tm_sec);
}

int syslog_put_header(struct buffer *out, const struct syslog_header *header, int64_t time,
                      const char *message_id)
{
	char text[CLOCK_TEXT_SIZE];
	buffer_printf(out, "<%u>", header->facility * 8 + header->severity);
	if (header->form == SYSLOG_RFC5424)
		return buffer_printf(out, "1 %s %s %s %u %s - ", clock_format(time, text),
		                     header->hostname, header->app, header->pid, message_id);
	put_old_time(out, time);
	if (header->form == SYSLOG_RFC3164)
		buffer_printf(out, "%s ", header->hostname);
	return buffer_printf(out, "%s[%u]: ", header->app, header->pid);
}

/* At most so many octets, never a part of a character. */
static const char *shorten(struct arena *arena, const char *text, size_t longest)
{
	struct bytes left = bytes_text(text ? text : "");
	bool cut = left.length > longest;
	size_t room = cut ? longest - strlen(CUT) : longest, length = 0;
	char *out = arena_alloc(arena, longest + 1);
	while (out && left.length) {
		size_t n = text_utf8_length(left);
		if (length + (n ? n : 1) > room)
			break;
		if (n)
			memcpy(out + length, left.data, n);
		else
			out[length] = '?', n = 1;
		length += n;
		left = bytes_make(left.data + n, left.length - n);
	}
	if (out && cut)
		memcpy(out + length, CUT, sizeof CUT);
	return out;
}

static int shorten_names(struct arena *arena, struct signet_event *event, size_t longest)
{
	const char **names = arena_array(arena, event->name_count + 1, sizeof *names);
	size_t octets = 0, count = 0;
	if (!names)
		return SIGNET_E_NOMEM;
	for (; count < event->name_count; count++) {
		octets += strlen(event->names[count]) + 2;
		names[count] = octets > longest ? CUT : shorten(arena, event->names[count], longest);
		if (!names[count])
			return SIGNET_E_NOMEM;
		if (octets > longest) {
			count++;
			break;
		}
	}
	event->names = names;
	event->name_count = count;
	return 0;
}

struct signet_event *syslog_shorten(struct arena *arena, const struct signet_event *event,
                                    size_t longest)
{
	struct signet_event *copy = arena_memdup(arena, event, sizeof *event);
	if (!copy)
		return NULL;
	copy->certificate = copy->crl = BYTES_NONE;
	copy->authority = shorten(arena, event->authority, longest);
	copy->profile = shorten(arena, event->profile, longest);
	copy->requester = shorten(arena, event->requester, longest);
	copy->subject = shorten(arena, event->subject, longest);
	copy->message = shorten(arena, event->message, longest);
	if (!copy->authority || !copy->profile || !copy->requester || !copy->subject ||
	    !copy->message || shorten_names(arena, copy, longest))
		return NULL;
	return copy;
}
