#include "api/audit_head.h"

#include <stdio.h>
#include <string.h>

#include "base/clock.h"
#include "base/encoding.h"
#include "base/text.h"

#define LABEL "signet audit head 1\n"
#define VALUE_MAX 160

int audit_head_text(const struct audit_head *head, struct buffer *out)
{
	char date[CLOCK_TEXT_SIZE];
	buffer_printf(out, LABEL "sequence=%llu\nhash=", (unsigned long long)head->sequence);
	hex_encode(out, BYTES_OF(head->hash));
	buffer_printf(out, "\ntime=%s\n", clock_format(head->time, date));
	return out->error;
}

/* The value of key=value or "key":"value". */
static int find_value(const char *line, const char *key, char out[VALUE_MAX])
{
	char text[32], json[32];
	snprintf(text, sizeof text, " %s=", key);
	snprintf(json, sizeof json, "\"%s\":\"", key);
	const char *at = strstr(line, text);
	const char *begin = at ? at + strlen(text) : strstr(line, json);
	if (!begin)
		return SIGNET_E_CORRUPT;
	if (!at)
		begin += strlen(json);
	size_t length = strcspn(begin, " \"\r\n");
	if (length == 0 || length >= VALUE_MAX)
		return SIGNET_E_CORRUPT;
	memcpy(out, begin, length);
	out[length] = '\0';
	return 0;
}

static int read_octets(const char *line, const char *key, int (*decode)(struct buffer *, struct bytes),
                       uint8_t *out, size_t most, size_t *length)
{
	char value[VALUE_MAX];
	_cleanup_buffer_ struct buffer octets = BUFFER_MAX(most);
	if (find_value(line, key, value) || decode(&octets, bytes_text(value)) || octets.error)
		return SIGNET_E_CORRUPT;
	memcpy(out, octets.data, octets.length);
	*length = octets.length;
	return 0;
}

int audit_head_from_line(const char *line, struct audit_head *out)
{
	struct audit_head head = {0};
	char value[VALUE_MAX];
	size_t length;
	if (!strstr(line, "event=" AUDIT_HEAD_EVENT " ") &&
	    !strstr(line, "\"event\":\"" AUDIT_HEAD_EVENT "\""))
		return SIGNET_E_NOT_FOUND;
	if (find_value(line, "sequence", value) || text_to_uint(value, INT64_MAX, &head.sequence) ||
	    find_value(line, "at", value) || clock_parse(value, &head.time) ||
	    read_octets(line, "hash", hex_decode, head.hash, sizeof head.hash, &length) ||
	    length != sizeof head.hash ||
	    read_octets(line, "signature", base64url_decode, head.signature, sizeof head.signature,
	                &head.signature_length))
		return SIGNET_E_CORRUPT;
	*out = head;
	return 0;
}
