#include "exit/mail_template.h"

#include "base/clock.h"
#include "base/encoding.h"

#define PLACE_MAX 32 /* octets of a place's name */
#define DAY 86400

static void put_time(struct buffer *out, int64_t seconds)
{
	char text[CLOCK_TEXT_SIZE];
	if (seconds)
		buffer_append_text(out, clock_format(seconds, text));
}

static void put_number(struct buffer *out, uint64_t number)
{
	if (number)
		buffer_printf(out, "%llu", (unsigned long long)number);
}

/* Of a certificate's or a client's making: nothing of it may end a line. */
static void put_text(struct buffer *out, const char *text)
{
	for (; text && *text; text++) {
		char c = (unsigned char)*text < ' ' || *text == 0x7f ? '?' : *text;
		buffer_append(out, &c, 1);
	}
}

static void put_event(struct buffer *out, const struct signet_event *event)
{
	put_text(out, signet_event_name(event->kind));
}

static void put_when(struct buffer *out, const struct signet_event *event)
{
	put_time(out, event->time);
}

static void put_authority(struct buffer *out, const struct signet_event *event)
{
	put_text(out, event->authority);
}

static void put_profile(struct buffer *out, const struct signet_event *event)
{
	put_text(out, event->profile);
}

static void put_requester(struct buffer *out, const struct signet_event *event)
{
	put_text(out, event->requester);
}

static void put_serial(struct buffer *out, const struct signet_event *event)
{
	hex_encode(out, event->serial);
}

static void put_subject(struct buffer *out, const struct signet_event *event)
{
	put_text(out, event->subject);
}

static void put_message(struct buffer *out, const struct signet_event *event)
{
	put_text(out, event->message);
}

static void put_request(struct buffer *out, const struct signet_event *event)
{
	put_number(out, event->request_id);
}

static void put_certificate_id(struct buffer *out, const struct signet_event *event)
{
	put_number(out, event->certificate_id);
}

static void put_not_before(struct buffer *out, const struct signet_event *event)
{
	put_time(out, event->not_before);
}

static void put_not_after(struct buffer *out, const struct signet_event *event)
{
	put_time(out, event->not_after);
}

static void put_days(struct buffer *out, const struct signet_event *event)
{
	int64_t left = event->not_after - event->time;
	if (event->not_after)
		buffer_printf(out, "%lld", (long long)(left > 0 ? left / DAY : 0));
}

static void put_name(struct buffer *out, const struct signet_event *event)
{
	const char *colon = event->name_count ? strchr(event->names[0], ':') : NULL;
	put_text(out, colon ? colon + 1 : event->subject);
}

static void put_names(struct buffer *out, const struct signet_event *event)
{
	for (size_t i = 0; i < event->name_count; i++) {
		put_text(out, i ? ", " : "");
		put_text(out, event->names[i]);
	}
}

static void put_email(struct buffer *out, const struct signet_event *event)
{
	static const char kind[] = "email:";
	for (size_t i = 0; i < event->name_count; i++) {
		if (strncmp(event->names[i], kind, sizeof kind - 1) == 0) {
			put_text(out, event->names[i] + sizeof kind - 1);
			return;
		}
	}
}

static void put_certificate(struct buffer *out, const struct signet_event *event)
{
	if (event->certificate.length)
		pem_encode(out, "CERTIFICATE", event->certificate);
}

static const struct {
	const char *name;
	void (*put)(struct buffer *out, const struct signet_event *event);
} places[] = {
	{"event", put_event},
	{"time", put_when},
	{"authority", put_authority},
	{"profile", put_profile},
	{"requester", put_requester},
	{"serial", put_serial},
	{"subject", put_subject},
	{"message", put_message},
	{"request-id", put_request},
	{"certificate-id", put_certificate_id},
	{"not-before", put_not_before},
	{"not-after", put_not_after},
	{"days", put_days},
	{"name", put_name},
	{"names", put_names},
	{"email", put_email},
	{"certificate", put_certificate},
};
#define PLACES (sizeof places / sizeof *places)

/* The place of this name; PLACES for none. */
static size_t find_place(const char *name, size_t length)
{
	size_t i = 0;
	while (i < PLACES && (strlen(places[i].name) != length ||
	                      memcmp(places[i].name, name, length) != 0))
		i++;
	return i;
}

int mail_template_check(const char *text, struct error *err)
{
	for (; *text; text++) {
		if (*text != '{' && *text != '}')
			continue;
		if (text[1] == *text) {
			text++;
			continue;
		}
		const char *end = *text == '{' ? strchr(text, '}') : NULL;
		if (!end)
			return error_set(err, SIGNET_E_INVALID,
			                 "a '%c' stands alone (write it twice to mean it)", *text);
		if (find_place(text + 1, (size_t)(end - text - 1)) == PLACES)
			return error_set(err, SIGNET_E_INVALID, "there is no {%.*s}",
			                 (int)(end - text - 1 < PLACE_MAX ? end - text - 1 : PLACE_MAX),
			                 text + 1);
		text = end;
	}
	return 0;
}

/* The place that begins at text; returns its end. */
static const char *fill_place(struct buffer *out, const char *text,
                              const struct signet_event *event, bool *missing)
{
	const char *end = strchr(text, '}');
	size_t before = out->length, at = find_place(text + 1, (size_t)(end - text - 1));
	if (at < PLACES)
		places[at].put(out, event);
	if (out->length == before) {
		buffer_append_text(out, "-");
		if (missing)
			*missing = true;
	}
	return end;
}

int mail_template_fill(struct buffer *out, const char *text, const struct signet_event *event,
                       bool *missing)
{
	if (missing)
		*missing = false;
	for (; *text; text++) {
		if (*text == '{' && text[1] != '{') {
			text = fill_place(out, text, event, missing);
			continue;
		}
		buffer_append(out, text, 1);
		text += *text == '{' || *text == '}';
	}
	return out->error;
}
