#include "exit/file_name.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/encoding.h"

#define VALUE_SIZE 128

/* For which kinds of file a placeholder is. */
#define FOR_CERTIFICATE (1u << FILE_CERTIFICATE)
#define FOR_ISSUED (FOR_CERTIFICATE | 1u << FILE_AUTHORITY)
#define FOR_ALL (FOR_ISSUED | 1u << FILE_CRL)

/* One kind of placeholder; fill writes at most VALUE_SIZE - 1 characters. */
struct placeholder {
	const char *name;
	unsigned kinds;
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

/* Of the file with the CRL: of every key of an authority, and every shard, another one. */
static void fill_crl(char value[VALUE_SIZE], const struct signet_event *event, const char *ext)
{
	if (event->crl_name)
		snprintf(value, VALUE_SIZE, "%s", event->crl_name);
	else
		fill_authority(value, event, ext);
}

static const struct placeholder placeholders[] = {
	{"serial", FOR_ISSUED, 40, fill_serial},
	{"common-name", FOR_CERTIFICATE, 64, fill_common_name},
	{"name", FOR_CERTIFICATE, 100, fill_name},
	{"certificate-id", FOR_CERTIFICATE, 20, fill_certificate_id},
	{"request-id", FOR_CERTIFICATE, 20, fill_request_id},
	{"authority", FOR_ALL, 32, fill_authority},
	{"profile", FOR_CERTIFICATE, 32, fill_profile},
	{"ext", FOR_ALL, 9, fill_ext},
	{"crl", 1u << FILE_CRL, 48, fill_crl},
};
#define PLACEHOLDERS (sizeof placeholders / sizeof *placeholders)

static bool is_safe(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') ||
	       c == '.' || c == '-' || c == '_';
}

/* The placeholder at the brace, and where it ends; NULL for an unknown one. */
static const struct placeholder *placeholder_at(const char *brace, const char **end)
{
	for (size_t i = 0; i < PLACEHOLDERS; i++) {
		size_t length = strlen(placeholders[i].name);
		if (strncmp(brace + 1, placeholders[i].name, length) == 0 &&
		    brace[1 + length] == '}') {
			*end = brace + length + 2;
			return &placeholders[i];
		}
	}
	return NULL;
}

static bool is_common_to_certificates(const struct placeholder *p)
{
	return p->fill == fill_ext || p->fill == fill_authority || p->fill == fill_profile;
}

static int complain_of(const char *at, enum file_kind kind, struct error *err)
{
	char list[256] = "";
	size_t length = 0, end = strcspn(at, "}/");
	for (size_t i = 0; i < PLACEHOLDERS; i++)
		if (placeholders[i].kinds >> kind & 1)
			length += (size_t)snprintf(list + length, sizeof list - length, "%s{%s}",
			                           length ? ", " : "", placeholders[i].name);
	return error_set(err, SIGNET_E_INVALID, "'%.*s' is none of %s",
	                 (int)(end + (at[end] == '}')), at, list);
}

/* One part of a path; *at is then behind it. */
static int check_part(const char **at, enum file_kind kind, bool *varies, struct error *err)
{
	size_t longest = 0;
	if (**at == '.' || **at == '-')
		return error_set(err, SIGNET_E_INVALID, "no part of a path may begin with '%c'",
		                 **at);
	while (**at && **at != '/') {
		const char *start = *at;
		const struct placeholder *p = *start == '{' ? placeholder_at(start, at) : NULL;
		if (*start == '{' && (!p || !(p->kinds >> kind & 1)))
			return complain_of(start, kind, err);
		if (!p && !is_safe(*(*at)++))
			return error_set(err, SIGNET_E_INVALID,
			                 "'%c' may not be in a file name's pattern", *start);
		longest += p ? p->longest : 1;
		*varies |= p && !is_common_to_certificates(p);
	}
	if (longest == 0)
		return error_set(err, SIGNET_E_INVALID, "a part of the path is empty");
	if (longest > FILE_NAME_MAX)
		return error_set(err, SIGNET_E_INVALID, "names could be longer than %d characters",
		                 FILE_NAME_MAX);
	return 0;
}

int file_name_check(const char *pattern, enum file_kind kind, struct error *err)
{
	bool varies = false;
	const char *at = pattern;
	for (unsigned parts = 1;; parts++) {
		if (parts > FILE_PARTS_MAX)
			return error_set(err, SIGNET_E_INVALID, "a path of more than %d parts",
			                 FILE_PARTS_MAX);
		int result = check_part(&at, kind, &varies, err);
		if (result)
			return result;
		if (!*at)
			break;
		at++;
	}
	if (kind == FILE_CERTIFICATE && !varies)
		return error_set(err, SIGNET_E_INVALID,
		                 "every certificate would have the same name: use {serial}");
	return 0;
}

bool file_name_has(const char *pattern, const char *placeholder)
{
	for (const char *at = pattern; *at;) {
		const struct placeholder *p = *at == '{' ? placeholder_at(at, &at) : NULL;
		if (p && strcmp(p->name, placeholder) == 0)
			return true;
		at += !p;
	}
	return false;
}

#define STARS_MAX FILE_PATH_MAX

/* The pattern with "*" for each placeholder, or "+" for one that the administrator has named. */
static void to_stars(char out[STARS_MAX + 1], const char *pattern, char named)
{
	size_t length = 0;
	for (const char *at = pattern; *at && length < STARS_MAX;) {
		const struct placeholder *p = *at == '{' ? placeholder_at(at, &at) : NULL;
		bool is_named = p && (p->fill == fill_authority || p->fill == fill_profile);
		out[length++] = p ? (is_named ? named : '*') : *at;
		at += !p;
	}
	out[length] = '\0';
}

static bool can_star_take(char c)
{
	return c && c != '/';
}

/* Whether there is a path that both fit. "*" is any text of a part; "+" in a is only what "*" in b
 * is. */
static bool can_meet(const char *a, const char *b)
{
	bool rows[2][STARS_MAX + 2]; /* [i % 2][j]: what is left of a from i and of b from j can meet */
	const size_t ends[2] = {strlen(a) + 1, strlen(b) + 1};
	for (size_t i = ends[0]; i-- > 0;) {
		bool *row = rows[i % 2], *below = rows[(i + 1) % 2];
		for (size_t j = ends[1]; j-- > 0;) {
			bool meet = !a[i] && !b[j];
			if (a[i] == '*')
				meet = below[j] || (can_star_take(b[j]) && row[j + 1]);
			else if (b[j] == '*')
				meet = row[j + 1] || (can_star_take(a[i]) && below[j]);
			else if (a[i] && a[i] == b[j])
				meet = below[j + 1];
			row[j] = meet;
		}
	}
	return rows[0][0];
}

bool file_name_is_chosen(const char *pattern)
{
	return file_name_has(pattern, "name") || file_name_has(pattern, "common-name");
}

bool file_name_may_meet(const char *certificates, const char *others)
{
	char a[STARS_MAX + 1], b[STARS_MAX + 1];
	if (!file_name_is_chosen(certificates))
		return false; /* serial numbers are the engine's */
	to_stars(a, certificates, '+');
	to_stars(b, others, '*');
	return can_meet(a, b);
}

bool file_name_fits(const char *pattern, const char *path)
{
	char stars[STARS_MAX + 1];
	to_stars(stars, pattern, '*');
	return strlen(path) <= STARS_MAX && can_meet(path, stars);
}

/* Adds a value to the part that begins at start. */
static int append(char out[FILE_PATH_MAX + 1], size_t start, size_t *length, const char *text,
                  size_t longest, struct error *err)
{
	for (size_t i = 0; i < longest && text[i]; i++) {
		if (*length - start == FILE_NAME_MAX || *length == FILE_PATH_MAX)
			return error_set(err, SIGNET_E_TOO_BIG, "the file name is too long");
		char c = is_safe(text[i]) ? text[i] : '_';
		/* neither ".", nor "..", nor hidden, nor like an option, nor one of our temporary files */
		if (*length == start && (c == '.' || c == '-'))
			c = '_';
		out[(*length)++] = c;
	}
	return 0;
}

int file_name_make(char out[FILE_PATH_MAX + 1], const char *pattern,
                   const struct signet_event *event, const char *extension, struct error *err)
{
	size_t length = 0, start = 0;
	int result = 0;
	for (const char *at = pattern; *at && result == 0;) {
		char value[VALUE_SIZE] = {*at, '\0'};
		const struct placeholder *p = *at == '{' ? placeholder_at(at, &at) : NULL;
		if (p) {
			value[0] = '\0';
			p->fill(value, event, extension);
			result = append(out, start, &length, *value ? value : "none", p->longest,
			                err);
			continue;
		}
		if (*at++ != '/') {
			result = append(out, start, &length, value, 1, err);
		} else if (length == FILE_PATH_MAX) {
			result = error_set(err, SIGNET_E_TOO_BIG, "the path is too long");
		} else {
			out[length++] = '/';
			start = length;
		}
	}
	out[length] = '\0';
	return result;
}
