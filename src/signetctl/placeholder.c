#include "signetctl/placeholder.h"

#include <string.h>

#include "api/audit_action.h"
#include "api/client.h"
#include "base/limits.h"
#include "signetctl/cert.h"
#include "signetctl/key_type.h"
#include "signetctl/reason.h"
#include "signetctl/request.h"

/* The values of an enumeration from 1 on: a name that is not read as what it names is none. */
static const char *certificate_state(size_t at)
{
	const char *name = signet_certificate_state_name((enum signet_certificate_state)(at + 1));
	return signet_certificate_state_from_name(name) ? name : NULL;
}

static const char *request_state(size_t at)
{
	const char *name = signet_request_state_name((enum signet_request_state)(at + 1));
	return signet_request_state_from_name(name) ? name : NULL;
}

static const char *sort(size_t at)
{
	const char *name = signet_sort_name((enum signet_sort)(at + 1));
	return signet_sort_from_name(name) ? name : NULL;
}

/* Their numbers have gaps. */
static const char *action(size_t at)
{
	for (unsigned i = 1; i < AUDIT_ACTIONS; i++) {
		const char *name = audit_action_name((enum audit_action)i);
		if (audit_action_from_name(name) && at-- == 0)
			return name;
	}
	return NULL;
}

static const struct placeholder placeholders[] = {
	{.name = "CERTIFICATE-STATE", .word = certificate_state},
	{.name = "REQUEST-STATE", .word = request_state},
	{.name = "SORT", .word = sort},
	{.name = "FORMAT", .word = cert_export_format},
	{.name = "CERTIFICATE-COLUMNS", .shown = "COLUMN,...", .word = cert_list_column, .list = true},
	{.name = "REQUEST-COLUMNS", .shown = "COLUMN,...", .word = request_list_column, .list = true},
	{.name = "REASON", .shown = "REASON", .word = reason_word},
	{.name = "KEY-TYPE", .shown = "TYPE", .word = key_type_word},
	{.name = "ACTION", .shown = "ACTION", .word = action},
	{.name = "KIND", .word = placeholder_kind},
	{.name = "PROFILE", .kind = "profiles"},
	{.name = "AUTHORITY", .kind = "authorities"},
	{.name = "EXIT", .kind = "exits"},
	{.name = "INTERMEDIARY", .kind = "intermediaries"},
};
#define COUNT (sizeof placeholders / sizeof *placeholders)

const char *placeholder_kind(size_t at)
{
	for (size_t i = 0; i < COUNT; i++)
		if (placeholders[i].kind && at-- == 0)
			return placeholders[i].kind;
	return NULL;
}

static bool ends_with(struct bytes text, const char *end)
{
	size_t length = strlen(end);
	return text.length >= length &&
	       memcmp(text.data + text.length - length, end, length) == 0;
}

bool placeholder_is_word(struct bytes name)
{
	for (size_t i = 0; i < name.length; i++)
		if ((name.data[i] < 'a' || name.data[i] > 'z') && name.data[i] != '-')
			return false;
	return name.length > 0;
}

static const struct placeholder *find(struct bytes name)
{
	for (size_t i = 0; i < COUNT; i++)
		if (bytes_equal(bytes_text(placeholders[i].name), name))
			return &placeholders[i];
	return NULL;
}

bool placeholder_next(struct placeholder *out, struct bytes *name, const char **text)
{
	const char *from = *text + strspn(*text, "[|");
	*name = bytes_make(from, strcspn(from, "|[]., "));
	*text = from + name->length;
	if (name->length == 0)
		return false;
	const struct placeholder *known = find(*name);
	*out = known ? *known : (struct placeholder){
		.file = ends_with(*name, "FILE") || ends_with(*name, "PATH"),
		.directory = ends_with(*name, "DIR"),
	};
	return true;
}

/* "a, b, c" */
static void put_words(struct buffer *out, const struct placeholder *p, const char *between)
{
	const char *word;
	for (size_t i = 0; (word = p->word(i)); i++)
		buffer_printf(out, "%s%s", i ? between : "", word);
}

void placeholder_show(struct buffer *out, const char *text)
{
	while (*text) {
		struct bytes name = bytes_make(text, strcspn(text, "|[]., "));
		const struct placeholder *p = find(name);
		if (p && p->shown)
			buffer_append_text(out, p->shown);
		else if (p && p->word)
			put_words(out, p, "|");
		else
			buffer_append_bytes(out, name);
		text += name.length;
		if (*text)
			buffer_append_bytes(out, bytes_make(text++, 1));
	}
}

int placeholder_refuse(struct error *err, const char *what, const char *name)
{
	_cleanup_buffer_ struct buffer words = BUFFER_MAX(LIMIT_REASON);
	put_words(&words, find(bytes_text(name)), ", ");
	return error_set(err, SIGNET_E_INVALID, "%s: there is %s", what, buffer_text(&words));
}
