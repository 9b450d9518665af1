#include "signetctl/describe.h"

#include "api/policy.h"
#include "asn1/oid.h"
#include "base/limits.h"

#define TEXT_MAX (4 * LIMIT_MESSAGE)

static void put_one_line(struct buffer *out, struct bytes text)
{
	for (size_t i = 0; i < text.length; i++)
		buffer_append_octet(out, text.data[i] == '\n' ? ' ' : text.data[i]);
}

void describe_line(struct buffer *out, const char *text)
{
	put_one_line(out, bytes_text(text));
}

static int put_value(struct buffer *out, const struct extension *extension)
{
	_cleanup_buffer_ struct buffer value = BUFFER_MAX(TEXT_MAX);
	int result = extension_describe(&value, extension);
	put_one_line(out, buffer_bytes(&value));
	return result;
}

int describe_extension(struct buffer *out, struct arena *arena, const struct extension *extension)
{
	const char *name = oid_name(extension->oid);
	if (!name)
		name = oid_to_text(arena, extension->oid);
	buffer_printf(out, "%s%s: ", name ? name : "?", extension->critical ? " (critical)" : "");
	int result = put_value(out, extension);
	return result ? result : out->error;
}

const char *describe_extensions(struct arena *arena, const struct signet_request_info *info)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(TEXT_MAX);
	for (size_t i = 0; i < info->extension_count; i++) {
		const struct signet_request_extension *e = &info->extensions[i];
		struct extension extension = {.critical = e->critical, .value = e->value};
		buffer_printf(&text, "%s%s%s, from %s: ", i ? "\n" : "", *e->name ? e->name : e->oid,
		              e->critical ? " (critical)" : "",
		              signet_origin_name((enum signet_origin)e->origin));
		if (oid_from_text(arena, e->oid, &extension.oid) || put_value(&text, &extension))
			return NULL;
	}
	return text.error ? NULL : arena_text(arena, buffer_bytes(&text));
}

const char *describe_trace(struct arena *arena, const struct signet_request_info *info)
{
	_cleanup_buffer_ struct buffer text = BUFFER_MAX(TEXT_MAX);
	for (size_t i = 0; i < info->trace_count; i++) {
		const struct signet_trace_step *step = &info->trace[i];
		buffer_printf(&text, "%s%s: %s", i ? "\n" : "", step->rule,
		              signet_decision_name((enum signet_decision)step->decision));
		buffer_append_text(&text, *step->message ? ", " : "");
		describe_line(&text, step->message);
		if (*step->change)
			buffer_printf(&text, " (changed %s)", step->change);
	}
	return arena_text(arena, buffer_bytes(&text));
}
