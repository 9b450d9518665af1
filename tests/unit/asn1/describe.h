/*
 * What extension_describe says, for the tests of its parts.
 */
#ifndef SIGNET_TESTS_ASN1_DESCRIBE_H
#define SIGNET_TESTS_ASN1_DESCRIBE_H

#include "tests/unit/asn1/hex.h"

#include "asn1/extension.h"

/* With "> " before it: what was in the buffer stays. */
static inline const char *describe(struct bytes oid, const char *value)
{
	struct buffer out = BUFFER_MAX(10000);
	const struct extension extension = {oid, false, hex(value)};
	buffer_append_text(&out, "> ");
	assert_int_equal(extension_describe(&out, &extension), 0);
	const char *text = arena_strdup(arena, buffer_text(&out));
	buffer_free(&out);
	return text;
}

#endif
