#include "asn1/general_name.h"

#include "asn1/name.h"
#include "base/text.h"

#define MAX_SHOWN 100

static int refuse(struct error *err, const struct general_name *name, const char *what)
{
	const char *kind = general_name_kind_name(name->kind);
	if (name->value.length == 0 || name->value.length > MAX_SHOWN ||
	    !text_is_printable(name->value))
		return error_set(err, SIGNET_E_BAD_NAME, "%s name: %s", kind, what);
	return error_set(err, SIGNET_E_BAD_NAME, "%s name \"%.*s\": %s", kind,
	                 (int)name->value.length, (const char *)name->value.data, what);
}

/* The characters with a NUL behind them; false when one of them is a control or not ASCII, or
 * when they do not fit. */
static bool copy_text(struct bytes value, char *out, size_t size)
{
	if (value.length == 0 || value.length >= size || !text_is_printable(value))
		return false;
	memcpy(out, value.data, value.length);
	out[value.length] = '\0';
	return true;
}

static int check_dns(const struct general_name *name, struct error *err)
{
	char text[LIMIT_DNS_NAME + 1];
	if (!copy_text(name->value, text, sizeof text) || !text_is_dns_name(text, true))
		return refuse(err, name, "not a host name in ASCII letters, digits and hyphens");
	return 0;
}

/* Local-part "@" Domain (RFC 5280 section 4.2.1.6); quoted local parts with blanks are not taken,
 * nor address literals. */
static int check_email(const struct general_name *name, struct error *err)
{
	char text[LIMIT_EMAIL + 1];
	if (!copy_text(name->value, text, sizeof text) || strchr(text, ' '))
		return refuse(err, name, "not a mailbox in ASCII");
	const char *at = strrchr(text, '@');
	if (!at || at == text || !text_is_dns_name(at + 1, false))
		return refuse(err, name, "not a mailbox of the form local@domain");
	return 0;
}

static bool is_letter(char c)
{
	return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z');
}

static bool is_hex_digit(char c)
{
	return (c >= '0' && c <= '9') || (c >= 'a' && c <= 'f') || (c >= 'A' && c <= 'F');
}

/* RFC 3986 section 3.1: a scheme and ":"; gives what is behind it. */
static const char *skip_scheme(const char *uri)
{
	if (!is_letter(*uri))
		return NULL;
	while (is_letter(*uri) || (*uri >= '0' && *uri <= '9') || (*uri && strchr("+-.", *uri)))
		uri++;
	return *uri == ':' ? uri + 1 : NULL;
}

/* Absolute, in the characters of RFC 3986 section 2 (RFC 5280 section 4.2.1.6). */
static int check_uri(const struct general_name *name, struct error *err)
{
	char text[LIMIT_URI + 1];
	if (!copy_text(name->value, text, sizeof text))
		return refuse(err, name, "not a URI in ASCII");
	const char *rest = skip_scheme(text);
	if (!rest || !*rest)
		return refuse(err, name, "not an absolute URI");
	for (; *rest; rest++) {
		if (strchr(" \"<>\\^`{|}", *rest))
			return refuse(err, name, "a character that a URI does not have");
		if (*rest == '%' && !(is_hex_digit(rest[1]) && is_hex_digit(rest[2])))
			return refuse(err, name, "a broken percent encoding");
	}
	return 0;
}

/* OtherName without its tag: type-id and [0] EXPLICIT value. */
static int check_other(const struct general_name *name, struct error *err)
{
	struct der der = der_open(name->value), value;
	struct bytes oid;
	if (der_oid(&der, &oid) || der_enter(&der, DER_CONTEXT_CONSTRUCTED(0), &value) ||
	    der_finish(&der) || der_any(&value, NULL, NULL, NULL) || der_finish(&value) ||
	    der_check(name->value))
		return error_set(err, SIGNET_E_BAD_NAME, "other name: not an OID and a value");
	return 0;
}

static int check_registered_id(const struct general_name *name, struct error *err)
{
	uint8_t element[2 + LIMIT_OID] = {DER_OID, (uint8_t)name->value.length};
	struct bytes oid;
	if (name->value.length && name->value.length <= LIMIT_OID) {
		memcpy(element + 2, name->value.data, name->value.length);
		struct der der = der_open(bytes_make(element, 2 + name->value.length));
		if (der_oid(&der, &oid) == 0)
			return 0;
	}
	return error_set(err, SIGNET_E_BAD_NAME, "registered-id name: not an OID");
}

int general_name_check(const struct general_name *name, struct error *err)
{
	switch (name->kind) {
	case GN_DNS:
		return check_dns(name, err);
	case GN_EMAIL:
		return check_email(name, err);
	case GN_URI:
		return check_uri(name, err);
	case GN_IP:
		if (name->value.length != 4 && name->value.length != 16)
			return error_set(err, SIGNET_E_BAD_NAME, "ip name: %zu octets, not 4 or 16",
			                 name->value.length);
		return 0;
	case GN_DIRECTORY:
		return name_check(name->value, err);
	case GN_REGISTERED_ID:
		return check_registered_id(name, err);
	case GN_OTHER:
		return check_other(name, err);
	case GN_X400:
	case GN_EDI:
		if (name->value.length == 0 || der_check(name->value))
			return error_set(err, SIGNET_E_BAD_NAME, "%s name: not DER",
			                 general_name_kind_name(name->kind));
		return 0;
	}
	return error_set(err, SIGNET_E_BAD_NAME, "alternative name of an unknown kind");
}

/* The tag as it is encoded; a Name is a CHOICE, so its tag is EXPLICIT (X.680 section 31.2.7). */
static uint8_t tag_of(enum general_name_kind kind)
{
	bool constructed = kind == GN_OTHER || kind == GN_X400 || kind == GN_DIRECTORY ||
	                   kind == GN_EDI;
	return (uint8_t)(constructed ? DER_CONTEXT_CONSTRUCTED(kind) : DER_CONTEXT(kind));
}

static int count_names(struct der names, size_t *count, struct error *err)
{
	*count = 0;
	while (!der_at_end(&names)) {
		if (der_any(&names, NULL, NULL, NULL))
			return error_set(err, SIGNET_E_BAD_NAME, "alternative names: not DER");
		if (++*count > LIMIT_SAN_COUNT)
			return error_set(err, SIGNET_E_BAD_NAME, "more than %d alternative names",
			                 LIMIT_SAN_COUNT);
	}
	return *count ? 0 : error_set(err, SIGNET_E_BAD_NAME, "no name in the alternative names");
}

int general_name_read(struct der *names, struct general_name *out, struct error *err)
{
	struct der next = *names;
	uint8_t tag;
	struct general_name name;
	if (der_any(&next, &tag, &name.value, NULL))
		return error_set(err, SIGNET_E_BAD_NAME, "alternative names: not DER");
	name.kind = tag & 0x1f;
	if (name.kind > GN_REGISTERED_ID || tag != tag_of(name.kind))
		return error_set(err, SIGNET_E_BAD_NAME, "alternative name of an unknown kind");
	*out = name;
	*names = next;
	return 0;
}

int general_names_parse(struct arena *arena, struct bytes der, struct general_name **out,
                        size_t *count, struct error *err)
{
	struct der reader = der_open(der), names;
	size_t n;
	if (der_enter(&reader, DER_SEQUENCE, &names) || der_finish(&reader))
		return error_set(err, SIGNET_E_BAD_NAME, "alternative names: not DER");
	int result = count_names(names, &n, err);
	if (result)
		return result;
	struct general_name *array = arena_array(arena, n, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		result = general_name_read(&names, &array[i], err);
		if (result == 0)
			result = general_name_check(&array[i], err);
		if (result)
			return result;
	}
	*out = array;
	*count = n;
	return 0;
}

void general_name_put(struct der_writer *w, const struct general_name *name)
{
	der_put(w, tag_of(name->kind), name->value);
}

void general_names_put(struct der_writer *w, const struct general_name *names, size_t count)
{
	der_begin(w, DER_SEQUENCE);
	for (size_t i = 0; i < count; i++)
		general_name_put(w, &names[i]);
	der_end(w);
}
