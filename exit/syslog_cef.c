#include "exit/syslog_cef.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/encoding.h"
#include "base/text.h"
#include "config.h"

#define SERIAL_MAX 256

static const struct {
	const char *name;
	unsigned severity; /* 0 to 10 */
} kinds[] = {
	[SIGNET_EVENT_ISSUED] = {"Certificate issued", 3},
	[SIGNET_EVENT_PENDING] = {"Request held for approval", 4},
	[SIGNET_EVENT_DENIED] = {"Request denied", 6},
	[SIGNET_EVENT_REVOKED] = {"Certificate revoked", 6},
	[SIGNET_EVENT_UNREVOKED] = {"Certificate released from hold", 5},
	[SIGNET_EVENT_CRL_PUBLISHED] = {"CRL published", 2},
	[SIGNET_EVENT_CA_CERTIFICATE] = {"Authority has a certificate", 5},
	[SIGNET_EVENT_STARTUP] = {"Signet started", 3},
	[SIGNET_EVENT_SHUTDOWN] = {"Signet stopped", 3},
	[SIGNET_EVENT_EXPIRING] = {"Certificate expires soon", 5},
};

/* The next character of *text in its safe form. */
static void put_character(struct buffer *out, struct bytes *text, char escaped, bool lines)
{
	size_t length = text_utf8_length(*text);
	uint8_t c = *text->data;
	bool c1 = length == 2 && c == 0xc2 && text->data[1] < 0xa0;
	if (length == 0)
		length = 1;
	if (c == '\n' && lines)
		buffer_append_text(out, "\\n");
	else if (c == '\r' && lines)
		buffer_append_text(out, "\\r");
	else if (c < 0x20 || c == 0x7f || c1 || (c >= 0x80 && length == 1))
		buffer_append_octet(out, '?');
	else if (c == '\\' || c == escaped)
		buffer_printf(out, "\\%c", c);
	else
		buffer_append(out, text->data, length);
	*text = bytes_make(text->data + length, text->length - length);
}

static int put(struct buffer *out, const char *text, char escaped, bool lines)
{
	for (struct bytes left = bytes_text(text); left.length;)
		put_character(out, &left, escaped, lines);
	return out->error;
}

int cef_put_header(struct buffer *out, const char *text)
{
	return put(out, text, '|', false);
}

int cef_put_value(struct buffer *out, const char *text)
{
	return put(out, text, '=', true);
}

static void put_pair(struct buffer *out, const char *key, const char *value)
{
	if (!value || !*value)
		return;
	buffer_printf(out, " %s=", key);
	cef_put_value(out, value);
}

/* One of the keys that the format leaves to the device, with its meaning. */
static void put_labelled(struct buffer *out, const char *key, const char *label, const char *value)
{
	if (!value || !*value)
		return;
	buffer_printf(out, " %sLabel=%s", key, label);
	put_pair(out, key, value);
}

static void put_number(struct buffer *out, const char *key, const char *label, uint64_t number)
{
	char text[24];
	snprintf(text, sizeof text, "%" PRIu64, number);
	if (number)
		put_labelled(out, key, label, text);
}

/* Milliseconds since 1970. */
static void put_time(struct buffer *out, const char *key, const char *label, int64_t seconds)
{
	if (seconds)
		buffer_printf(out, " %sLabel=%s %s=%" PRId64, key, label, key, seconds * 1000);
}

static void put_names(struct buffer *out, const struct signet_event *event)
{
	for (size_t i = 0; i < event->name_count; i++) {
		buffer_append_text(out, i ? ", " : " cs5Label=names cs5=");
		cef_put_value(out, event->names[i]);
	}
}

static void put_certificate(struct buffer *out, const struct signet_event *event)
{
	uint8_t memory[SERIAL_MAX];
	struct buffer serial = {memory, 0, sizeof memory, sizeof memory - 1, 0};
	if (hex_encode(&serial, event->serial) == 0 && serial.length)
		put_labelled(out, "cs2", "serial", buffer_text(&serial));
	put_number(out, "cn2", "certificateId", event->certificate_id);
	if (event->state)
		put_labelled(out, "cs6", "state", signet_certificate_state_name(event->state));
	if (event->revoked)
		buffer_printf(out, " cn3Label=revocationReason cn3=%u", event->revocation_reason);
	put_time(out, "deviceCustomDate1", "notBefore", event->not_before);
	put_time(out, "deviceCustomDate2", "notAfter", event->not_after);
}

int cef_put_event(struct buffer *out, const struct signet_event *event)
{
	size_t kind = event->kind < sizeof kinds / sizeof *kinds ? event->kind : 0;
	const char *id = signet_event_name(event->kind);
	const char *name = kinds[kind].name ? kinds[kind].name : "Event";
	buffer_append_text(out, "CEF:0|Signet|Signet|");
	cef_put_header(out, PACKAGE_VERSION);
	buffer_printf(out, "|%s|%s|%u|", id ? id : "unknown", name, kinds[kind].severity);
	buffer_printf(out, "rt=%" PRId64 " externalId=%" PRIu64, event->time * 1000, event->sequence);
	put_pair(out, "suser", event->requester);
	put_pair(out, "msg", event->message);
	put_labelled(out, "cs1", "subject", event->subject);
	put_certificate(out, event);
	put_labelled(out, "cs3", "authority", event->authority);
	put_labelled(out, "cs4", "profile", event->profile);
	put_names(out, event);
	put_number(out, "cn1", "requestId", event->request_id);
	return out->error;
}
