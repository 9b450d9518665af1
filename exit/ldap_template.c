#include "exit/ldap_template.h"

#include "asn1/der_string.h"
#include "base/limits.h"
#include "exit/ldap_filter.h"
#include "exit/ldap_place.h"
#include "exit/ldap_private.h"

#define BASE "{base}"

/* Everything that has a meaning in a DN or a filter: what is still one with it takes any value. */
static const char probe[] = " #a\"+,;<>=\\*()b ";

/* As hex pairs, which stand for every octet in both forms. */
static void put_escaped(struct buffer *out, struct bytes value, const char *special)
{
	for (size_t i = 0; i < value.length; i++) {
		char c = (char)value.data[i];
		bool at_edge = i == 0 || i + 1 == value.length;
		if ((c >= 0 && c < ' ') || c == 0x7f || strchr(special, c) || (c == ' ' && at_edge))
			buffer_printf(out, "\\%02x", value.data[i]);
		else
			buffer_append_octet(out, value.data[i]);
	}
}

static void put_value(struct buffer *out, struct bytes value, enum directory_form form)
{
	if (form == DIRECTORY_DN)
		put_escaped(out, value, "\"+,;<>=\\#");
	else if (form == DIRECTORY_FILTER)
		put_escaped(out, value, "*()\\");
	else
		buffer_append_bytes(out, value);
}

/* Only a whole DN goes on to the end of one. */
static int check_base(const char *text, const char *at, enum directory_form form, bool based,
                      struct error *err)
{
	if (form != DIRECTORY_DN || !based)
		return error_set(err, SIGNET_E_INVALID, "%s", based ? "{base} stands in DNs only"
		                                                   : "there is no base for {base}");
	if (at[strlen(BASE)] || (at > text && at[-1] != ','))
		return error_set(err, SIGNET_E_INVALID, "{base} stands at the end, behind a comma");
	return 0;
}

/* An escape that a place cuts in two would take the first octets of a value for its own. */
static int check_before(const char *text, const char *at, enum directory_form form,
                        struct error *err)
{
	bool cut = (at > text && at[-1] == '\\') ||
	           (at > text + 1 && at[-2] == '\\' && strchr("0123456789abcdefABCDEF", at[-1]));
	return cut && form != DIRECTORY_VALUE
	               ? error_set(err, SIGNET_E_INVALID, "a place within an escape")
	               : 0;
}

static int check_shape(const char *text, enum directory_form form, struct error *err)
{
	LDAPDN dn = NULL;
	if (form == DIRECTORY_FILTER)
		return directory_filter_check(text, err);
	if (form != DIRECTORY_DN)
		return 0;
	int code = ldap_str2dn(text, &dn, LDAP_DN_FORMAT_LDAPV3);
	bool empty = code == LDAP_SUCCESS && !dn;
	ldap_dnfree(dn);
	return code || empty ? error_set(err, SIGNET_E_INVALID, "no distinguished name (RFC 4514), "
	                                 "or with a place elsewhere than in a value")
	                     : 0;
}

int directory_template_check(const char *text, enum directory_form form, enum directory_use use,
                             bool based, struct error *err)
{
	_cleanup_buffer_ struct buffer filled = BUFFER_MAX(LIMIT_LDAP_TEXT);
	if (der_string_check(DER_UTF8_STRING, bytes_text(text), NULL))
		return error_set(err, SIGNET_E_INVALID,
		                 "empty, not UTF-8, or with a control character");
	for (const char *at = text; *at;) {
		struct directory_place place;
		if (strncmp(at, BASE, strlen(BASE)) == 0) {
			if (check_base(text, at, form, based, err))
				return SIGNET_E_INVALID;
			buffer_append_text(&filled, "dc=base");
			at += strlen(BASE);
		} else if (*at != '{') {
			buffer_append_octet(&filled, (uint8_t)*at++);
		} else {
			int result = check_before(text, at, form, err);
			if (result == 0)
				result = directory_place_read(&at, &place, err);
			if (result == 0)
				result = directory_place_check(&place, use, err);
			if (result)
				return result;
			put_value(&filled, bytes_text(probe), form);
		}
	}
	const char *example = buffer_text(&filled);
	return example ? check_shape(example, form, err)
	               : error_set(err, SIGNET_E_TOO_BIG, "longer than %d octets", LIMIT_LDAP_TEXT);
}

int directory_template_fill(const char **out, const char *text, enum directory_form form,
                            const struct directory_source *source, struct error *err)
{
	_cleanup_buffer_ struct buffer filled = BUFFER_MAX(LIMIT_LDAP_TEXT);
	while (*text) {
		struct directory_place place;
		if (source->base && strncmp(text, BASE, strlen(BASE)) == 0) {
			buffer_append_text(&filled, source->base);
			text += strlen(BASE);
		} else if (*text != '{') {
			buffer_append_octet(&filled, (uint8_t)*text++);
		} else {
			const char *value;
			int result = directory_place_read(&text, &place, err);
			if (result == 0)
				result = directory_place_value(&value, &place, source, err);
			if (result)
				return result;
			put_value(&filled, bytes_text(value), form);
		}
	}
	if (filled.error == SIGNET_E_TOO_BIG)
		return error_set(err, SIGNET_E_TOO_BIG, "longer than %d octets", LIMIT_LDAP_TEXT);
	const char *copy = filled.error ? NULL : arena_text(source->arena, buffer_bytes(&filled));
	if (!copy)
		return error_nomem(err);
	*out = copy;
	return 0;
}
