#include "asn1/extension_describe.h"

#include "asn1/der_describe.h"

int describe_ocsp_nocheck(struct buffer *out, struct arena *arena, struct bytes value)
{
	(void)arena;
	int result = ocsp_nocheck_decode(value);
	return result ? result : buffer_append_text(out, "its revocation is not checked");
}

/* RFC 6066 section 8, RFC 6961 */
static const char *feature_name(unsigned feature)
{
	return feature == 5 ? "status_request (must-staple)"
	       : feature == 17 ? "status_request_v2" : NULL;
}

int describe_tls_feature(struct buffer *out, struct arena *arena, struct bytes value)
{
	unsigned *features;
	size_t count;
	int result = tls_feature_decode(arena, value, &features, &count);
	if (result)
		return result;
	for (size_t i = 0; i < count; i++) {
		const char *name = feature_name(features[i]);
		describe_divider(out, i, ", ");
		if (name)
			buffer_append_text(out, name);
		else
			buffer_printf(out, "%u", features[i]);
	}
	return 0;
}

int describe_ms_template(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct ms_template template;
	int result = ms_template_decode(value, &template);
	if (result == 0)
		result = der_describe_oid(out, arena, template.oid);
	if (result)
		return result;
	if (template.major >= 0)
		buffer_printf(out, " version %lld", (long long)template.major);
	if (template.minor >= 0)
		buffer_printf(out, ".%lld", (long long)template.minor);
	return 0;
}

int describe_ms_sid(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct bytes sid;
	(void)arena;
	int result = ms_sid_decode(value, &sid);
	return result ? result : buffer_append_bytes(out, sid);
}
