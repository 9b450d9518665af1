#include "asn1/extension_describe.h"

/* "permitted dns:example.com"; a base that says "all of the kind" is told so. */
static int put_subtrees(struct buffer *out, struct arena *arena, const char *side, size_t before,
                        const struct general_name *bases, size_t count)
{
	for (size_t i = 0; i < count; i++) {
		const char *text = name_constraint_text(arena, &bases[i]);
		if (!text)
			return SIGNET_E_NOMEM;
		describe_divider(out, before + i, "\n");
		buffer_printf(out, "%s %s", side, text);
		if (text[strlen(text) - 1] == ':')
			buffer_append_text(out, "(any)");
	}
	return 0;
}

int describe_name_constraints(struct buffer *out, struct arena *arena, struct bytes value)
{
	struct name_constraints c;
	int result = name_constraints_decode(arena, value, &c);
	if (result == 0)
		result = put_subtrees(out, arena, "permitted", 0, c.permitted, c.permitted_count);
	if (result == 0)
		result = put_subtrees(out, arena, "excluded", c.permitted_count, c.excluded,
		                      c.excluded_count);
	return result;
}

static void put_skip(struct buffer *out, const char *what, int skip)
{
	if (skip == 0)
		buffer_append_text(out, what);
	else
		buffer_printf(out, "%s below %d more", what, skip);
}

int describe_policy_constraints(struct buffer *out, struct arena *arena, struct bytes value)
{
	int require, inhibit;
	(void)arena;
	int result = policy_constraints_decode(value, &require, &inhibit);
	if (result)
		return result;
	if (require >= 0)
		put_skip(out, "explicit policy required", require);
	if (inhibit >= 0) {
		describe_divider(out, require >= 0, ", ");
		put_skip(out, "no policy mapping", inhibit);
	}
	return 0;
}

int describe_inhibit_any_policy(struct buffer *out, struct arena *arena, struct bytes value)
{
	int skip;
	(void)arena;
	int result = inhibit_any_policy_decode(value, &skip);
	if (result == 0)
		put_skip(out, "no any-policy", skip);
	return result;
}
