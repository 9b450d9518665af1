#include "asn1/extension.h"

#include "asn1/oid.h"

static int broken(struct error *err, const char *what)
{
	return error_set(err, SIGNET_E_INVALID, "extensions: %s", what);
}

/* Extension ::= SEQUENCE { extnID, critical BOOLEAN DEFAULT FALSE, extnValue OCTET STRING } */
static int read_extension(struct der *list, struct extension *out)
{
	struct der der;
	out->critical = false;
	if (der_enter(list, DER_SEQUENCE, &der) || der_oid(&der, &out->oid))
		return SIGNET_E_INVALID;
	/* a DEFAULT value is not encoded (X.690 section 11.5) */
	if (der_peek(&der) == DER_BOOLEAN && (der_boolean(&der, &out->critical) || !out->critical))
		return SIGNET_E_INVALID;
	return der_octets(&der, &out->value) || der_finish(&der) ? SIGNET_E_INVALID : 0;
}

static int count_extensions(struct der list, size_t *count, struct error *err)
{
	*count = 0;
	while (!der_at_end(&list)) {
		if (der_any(&list, NULL, NULL, NULL))
			return broken(err, "not DER");
		if (++*count > LIMIT_EXTENSIONS)
			return error_set(err, SIGNET_E_INVALID, "extensions: more than %d",
			                 LIMIT_EXTENSIONS);
	}
	return *count ? 0 : broken(err, "none in the list");
}

static bool is_repeated(const struct extension *extensions, size_t count)
{
	for (size_t i = 0; i < count; i++)
		if (bytes_equal(extensions[i].oid, extensions[count].oid))
			return true;
	return false;
}

int extensions_parse(struct arena *arena, struct bytes der, struct extension **out, size_t *count,
                     struct error *err)
{
	struct der reader = der_open(der), list;
	size_t n;
	if (der_enter(&reader, DER_SEQUENCE, &list) || der_finish(&reader))
		return broken(err, "not DER");
	int result = count_extensions(list, &n, err);
	if (result)
		return result;
	struct extension *array = arena_array(arena, n, sizeof *array);
	if (!array)
		return error_nomem(err);
	for (size_t i = 0; i < n; i++) {
		if (read_extension(&list, &array[i]))
			return broken(err, "not an Extension in DER (RFC 5280 section 4.1)");
		if (is_repeated(array, i)) {
			const char *name = oid_name(array[i].oid);
			return error_set(err, SIGNET_E_INVALID,
			                 "extensions: %s twice (RFC 5280 section 4.2)",
			                 name ? name : "one");
		}
	}
	*out = array;
	*count = n;
	return 0;
}

void extension_put(struct der_writer *w, const struct extension *extension)
{
	der_begin(w, DER_SEQUENCE);
	der_put_oid(w, extension->oid);
	if (extension->critical)
		der_put_boolean(w, true);
	der_put(w, DER_OCTET_STRING, extension->value);
	der_end(w);
}
