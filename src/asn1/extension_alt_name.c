/* subjectAltName (RFC 5280 section 4.2.1.6). */
#include "asn1/extension.h"

int subject_alt_name_encode(struct buffer *out, const struct general_name *names, size_t count)
{
	if (count == 0)
		return SIGNET_E_INVALID;
	struct der_writer w = der_write(out);
	general_names_put(&w, names, count);
	return der_writer_finish(&w);
}

int subject_alt_name_decode(struct arena *arena, struct bytes value, struct general_name **names,
                            size_t *count, struct error *err)
{
	return general_names_parse(arena, value, names, count, err);
}
