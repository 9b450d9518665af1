#include "exit/file_name.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/encoding.h"

const char file_name_placeholders[] = "{serial}, {common-name}, {name}, {certificate-id}, "
                                      "{request-id}, {authority}, {profile}, {ext}";

#define VALUE_SIZE 128

/* One kind of placeholder; fill writes at most VALUE_SIZE - 1 characters. */
struct placeholder {
	const char *name;
	size_t longest;
	void (*fill)(char value[VALUE_SIZE], const struct signet_event *event,
	             const char *extension);
};

static void fill_serial(char value[VALUE_SIZE], const struct signet_event *event, const char *ext)
{
	(void)ext;
	uint8_t memory[VALUE_SIZE];
	struct buffer text = {memory, 0, sizeof memory, sizeof memory - 1, 0};
	if (hex_encode(&text, event->serial) == 0)
		snprintf(value, VALUE_SIZE, "%s", buffer_text(&text));
}

static int hex_digit(char c)
{
	const char digits[] = "0123456789abcdef";
	const char *at = c ? strchr(digits, c | ('a' ^ 'A')) : NULL;
	return at ? (int)(at - digits) : -1;
}

/* The value of the first CN of an RFC 4514 text, its escapes undone (section 3). */
static void fill_common_name(char value[VALUE_SIZE], const struct signet_event *event,
                             const char *ext)
{
	(void)ext;
	const char *at = event->subject ? event->subject : "";
	while (*at && strncmp(at, "CN=", 3) != 0) {
		for (; *at && *at != ',' && *at != '+'; at++)
			if (*at == '\\' && at[1])
				at++;
		at += *at != '\0';
	}
	size_t n = 0;
	for (at += *at ? 3 : 0; *at && *at != ',' && *at != '+' && n < VALUE_SIZE - 1; at++) {
		if (*at == '\\' && hex_digit(at[1]) >= 0 && hex_digit(at[2]) >= 0) {
			value[n++] = '_'; /* an octet that a file name has no place for */
			at += 2;
		} else {
			at += *at == '\\' && at[1];
			value[n++] = *at;
		}
	}
	value[n] = '\0';
}

/* The first alternative name without its kind, else the common name. */
static void fill_name(char value[VALUE_SIZE], const struct signet_event *event, const char *ext)
{
	const char *first = event->name_count ? event->names[0] : NULL;
	const char *colon = first ? strchr(first, ':') : NULL;
	if (first)
		snprintf(value, VALUE_SIZE, "%s", colon ? colon + 1 : first);
	else
		fill_common_name(value, event, ext);
}

static void fill_certificate_id(char value[VALUE_SIZE], const struct signet_event *event,
                                const char *ext)
{
	(void)ext;
	snprintf(value, VALUE_SIZE, "%" PRIu64, event->certificate_id);
}

static void fill_request_id(char value[VALUE_SIZE], const struct signet_event *event,
                            const char *ext)
{
	(void)ext;
	snprintf(value, VALUE_SIZE, "%" PRIu64, event->request_id);
}

static void fill_authority(char value[VALUE_SIZE], const struct signet_event *event,
                           const char *ext)
{
	(void)ext;
	snprintf(value, VALUE_SIZE, "%s", event->authority ? event->authority : "");
}

static void fill_profile(char value[VALUE_SIZE], const struct signet_event *event,
                         const char *ext)
{
	(void)ext;
	snprintf(value, VALUE_SIZE, "%s", event->profile ? event->profile : "");
}

static void fill_ext(char value[VALUE_SIZE], const struct signet_event *event, const char *ext)
{
	(void)event;
	snprintf(value, VALUE_SIZE, "%s", ext);
}

static const struct placeholder placeholders[] = {
	{"serial", 40, fill_serial},
	{"common-name", 64, fill_common_name},
	{"name", 100, fill_name},
	{"certificate-id", 20, fill_certificate_id},
	{"request-id", 20, fill_request_id},
	{"authority", 32, fill_authority},
	{"profile", 32, fill_profile},
	{"ext", 8, fill_ext},
};

static bool is_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_';
}

/* The placeholder at the brace, and where it ends; NULL for an unknown one. */
static const struct placeholder *placeholder_at(const char *brace, const char **end)
{
	for (size_t i = 0; i < sizeof placeholders / sizeof *placeholders; i++) {
		size_t length = strlen(placeholders[i].name);
		if (strncmp(brace + 1, placeholders[i].name, length) == 0 &&
		    brace[1 + length] == '}') {
			*end = brace + length + 2;
			return &placeholders[i];
		}
	}
	return NULL;
}

int file_name_check(const char *pattern, struct error *err)
{
	size_t longest = 0;
	bool varies = false;
	for (const char *at = pattern; *at;) {
		if (*at != '{') {
			if (!is_safe(*at))
				return error_set(err, SIGNET_E_INVALID,
				                 "'%c' may not be in a file name's pattern", *at);
			longest++;
			at++;
			continue;
		}
		const struct placeholder *p = placeholder_at(at, &at);
		if (!p)
			return error_set(err, SIGNET_E_INVALID, "'%.32s' is none of %s", at,
			                 file_name_placeholders);
		longest += p->longest;
		varies |= p->fill != fill_ext && p->fill != fill_authority && p->fill != fill_profile;
	}
	if (!varies)
		return error_set(err, SIGNET_E_INVALID,
		                 "every certificate would have the same name: use {serial}");
	if (longest > FILE_NAME_MAX)
		return error_set(err, SIGNET_E_INVALID, "names could be longer than %d characters",
		                 FILE_NAME_MAX);
	return 0;
}

int file_name_make(char out[FILE_NAME_MAX + 1], const char *pattern,
                   const struct signet_event *event, const char *extension, struct error *err)
{
	size_t length = 0;
	for (const char *at = pattern; *at;) {
		char value[VALUE_SIZE] = {*at, '\0'};
		size_t longest = 1;
		const struct placeholder *p = *at == '{' ? placeholder_at(at, &at) : NULL;
		if (p) {
			value[0] = '\0';
			p->fill(value, event, extension);
			longest = p->longest;
		} else {
			at++;
		}
		const char *text = *value ? value : "none";
		for (size_t i = 0; i < longest && text[i]; i++) {
			if (length == FILE_NAME_MAX)
				return error_set(err, SIGNET_E_TOO_BIG, "the file name is too long");
			out[length++] = is_safe(text[i]) ? text[i] : '_';
		}
	}
	out[length] = '\0';
	/* neither ".", nor "..", nor hidden, nor like an option, nor one of our temporary files */
	if (out[0] == '.' || out[0] == '-')
		out[0] = '_';
	return length ? 0 : error_set(err, SIGNET_E_INVALID, "the file name is empty");
}
